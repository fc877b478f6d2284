//! Why sockets are refused, where the server itself refuses them: a browser does not tell its script, so the page asks.

use super::live::live;
use crate::api;
use crate::device;
use crate::effect::effect;
use crate::state::chat::use_chat;
use crate::state::connection::Connection;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How long no socket gets through before the page asks why, in milliseconds: a restart is over by then.
const ASK_AFTER_MS: u32 = 10_000;

#[component]
pub fn SocketAdvice() -> impl IntoView {
    let connection = use_chat().connection;
    let setting = RwSignal::new(None::<String>);
    let is_lost = Memo::new(move |_| connection.get() != Connection::Online);
    effect(move || {
        setting.set(None);
        if is_lost.get() {
            device::after(ASK_AFTER_MS, move || {
                if is_lost.try_get_untracked() == Some(true) {
                    spawn_local(async move {
                        let found = api::socket_setting().await;
                        let _ = setting.try_set(found);
                    });
                }
            });
        }
    });
    let words = move || {
        let setting = setting.get().unwrap_or_default();
        format!(
            "The server does not know this address. Whoever runs it has to set {setting} to it."
        )
    };
    view! {
        <Show when=move || setting.with(Option::is_some)>
            <span class="connection-words" inner_html=live(words)></span>
        </Show>
    }
}
