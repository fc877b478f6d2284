//! A message of the viewer's that is not stored yet: waiting, or refused with a way on.

use super::message_head::MessageHead;
use super::message_text::MessageText;
use crate::focus;
use crate::navigation::use_navigation;
use crate::state::chat::use_chat;
use crate::state::outbox::{Home, Progress, Unsent};
use crate::words::refusal;
use leptos::prelude::*;
use protocol::ErrorCode;

#[component]
pub fn UnsentMessage(
    unsent: Unsent,
    /// Whether it begins a run of the viewer's.
    first: Signal<bool>,
) -> impl IntoView {
    let chat = use_chat();
    let key = unsent.message.key;
    let author = use_navigation().viewer();
    let head = author.map(|author| view! { <MessageHead author is_viewer=true at=unsent.at /> });
    let discard = move || {
        view! {
            <button
                class="button-link"
                type="button"
                on:click=move |_| {
                    chat.discard(key);
                    focus::keep();
                }
            >
                "Discard"
            </button>
        }
    };
    // What is gone may be stored: it must not look as if it could be called back.
    let is_free = Memo::new(move |_| chat.outbox.with(|outbox| outbox.is_free(key)));
    let is_doubtful = Memo::new(move |_| {
        chat.outbox.with(|outbox| outbox.get(key).is_some_and(|unsent| unsent.is_doubtful))
    });
    let foot = match unsent.progress {
        Progress::Refused(code) => view! {
            <p class="unsent-reason">
                <span>"Not sent. " {reason(code, &unsent.home)}</span>
                <button
                    class="button-link"
                    type="button"
                    on:click=move |_| {
                        chat.retry(key);
                        focus::keep();
                    }
                >
                    "Retry"
                </button>
                <button class="button-link" type="button" on:click=move |_| chat.edit(key)>
                    "Edit"
                </button>
                {discard()}
            </p>
        }
        .into_any(),
        // The row is not drawn anew when one becomes the other.
        Progress::Waiting | Progress::Stored(_) => view! {
            <span class="visually-hidden">"Sending"</span>
            <Show when=move || is_free.get()>
                // Style shows it when the wait has become one.
                <p class="unsent-waiting">{discard()}</p>
            </Show>
            <p class="unsent-waiting" hidden=move || !is_doubtful.get()>
                "May have been sent already"
            </p>
        }
        .into_any(),
    };
    view! {
        <article
            class="message unsent"
            class:message-first=move || first.get()
            class:unsent-refused=matches!(unsent.progress, Progress::Refused(_))
            // Its stored row will be read out; once is enough.
            aria-live="off"
        >
            {head}
            <MessageText text=unsent.message.text />
            {foot}
        </article>
    }
}

/// Why a message was not sent. One whose room is gone is shown in other rooms.
fn reason(code: ErrorCode, home: &Home) -> String {
    match code {
        ErrorCode::UnknownRoom if !home.slug.is_empty() => {
            format!("The room “{}” does not exist.", home.slug)
        }
        _ => refusal(code),
    }
}
