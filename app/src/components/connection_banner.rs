//! Says so when the connection is gone. Silent at first: most losses are over before anybody could read it.

use super::live::live;
use super::socket_advice::SocketAdvice;
use crate::device;
use crate::effect::effect;
use crate::state::chat::use_chat;
use crate::state::connection::{Connection, StopReason};
use leptos::prelude::*;

/// How long a loss goes unmentioned, in milliseconds.
const SILENT_MS: u32 = 2_000;

#[component]
pub fn ConnectionBanner() -> impl IntoView {
    let connection = use_chat().connection;
    let shown = RwSignal::new(false);
    let lost = Memo::new(move |_| connection.get() != Connection::Online);
    effect(move || {
        let this_loss = StoredValue::new(());
        shown.set(false);
        if lost.get() {
            device::after(SILENT_MS, move || {
                // Gone when the connection came back, or the page went, in the meantime.
                if this_loss.try_get_value().is_some() {
                    shown.set(true);
                }
            });
        }
    });
    let words = Memo::new(move |_| match connection.get() {
        Connection::Stopped(reason) => Some(farewell(reason)),
        // It took a few tries to find out.
        Connection::Blocked => Some("Live updates are blocked"),
        Connection::Refused => Some("No live updates in this room. Reload the page to have them."),
        _ if !shown.get() => None,
        Connection::Connecting => Some("Connecting…"),
        Connection::Reconnecting => Some("Reconnecting…"),
        Connection::Offline => Some("Offline"),
        Connection::Online => None,
    });
    view! {
        <div class="connection-banner" role="status">
            <Show when=move || words.get().is_some()>
                <span
                    class="connection-words"
                    inner_html=live(move || words.get().unwrap_or_default())
                ></span>
            </Show>
            <SocketAdvice />
        </div>
    }
}

fn farewell(reason: StopReason) -> &'static str {
    match reason {
        StopReason::SignedOut => "Signed out",
        StopReason::Stale => "This page is loaded anew…",
        StopReason::Outdated => {
            "This page is out of date, and loading it anew did not help. Open the chat in a new tab."
        }
        StopReason::Other => "Disconnected. Reload the page to go on.",
    }
}
