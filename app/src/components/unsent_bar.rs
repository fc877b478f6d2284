//! How many messages are stuck, with one button for all of them.

use super::live::live;
use crate::focus;
use crate::state::chat::use_chat;
use crate::state::connection::Connection;
use crate::words::count;
use leptos::prelude::*;

#[component]
pub fn UnsentBar() -> impl IntoView {
    let chat = use_chat();
    let stuck = Memo::new(move |_| {
        let online = chat.connection.get() == Connection::Online;
        chat.outbox.with(|outbox| if online { outbox.refused() } else { outbox.unconfirmed() })
    });
    let words = move || {
        let number = u32::try_from(stuck.get()).unwrap_or(u32::MAX);
        count(number, "message not sent yet", "messages not sent yet")
    };
    view! {
        <Show when=move || { stuck.get() > 0 }>
            <div class="unsent-bar">
                <span inner_html=live(words)></span>
                <button
                    class="button-link"
                    type="button"
                    on:click=move |_| {
                        chat.retry_all();
                        focus::keep();
                    }
                >
                    "Retry all"
                </button>
            </div>
        </Show>
    }
}
