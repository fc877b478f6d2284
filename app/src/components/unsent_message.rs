//! A message of the viewer's that is not stored yet: waiting, or refused with a way on.

use super::avatar::{Avatar, hue};
use super::message_text::MessageText;
use super::moment::Moment;
use crate::navigation::use_navigation;
use crate::state::chat::use_chat;
use crate::state::outbox::{Progress, Unsent};
use crate::words::refusal;
use leptos::prelude::*;

#[component]
pub fn UnsentMessage(
    unsent: Unsent,
    /// Whether it begins a run of the viewer's.
    first: bool,
) -> impl IntoView {
    let chat = use_chat();
    let key = unsent.message.key;
    let author = use_navigation().viewer();
    let head = author.map(|author| {
        view! {
            {first.then(|| view! { <Avatar user=author.clone() /> })}
            <p class="message-head" class:visually-hidden=!first>
                <span class="message-author" data-hue=hue(author.id).to_string() dir="auto">
                    {author.name}
                </span>
                <span class="you">"you"</span>
                {first.then(|| view! { <Moment at=unsent.at /> })}
            </p>
            {(!first).then(|| view! { <Moment at=unsent.at /> })}
        }
    });
    let discard = move || {
        view! {
            <button class="button-link" type="button" on:click=move |_| chat.discard(key)>
                "Discard"
            </button>
        }
    };
    let foot = match unsent.progress {
        Progress::Refused(code) => view! {
            <p class="unsent-reason">
                <span>"Not sent. " {refusal(code)}</span>
                <button class="button-link" type="button" on:click=move |_| chat.retry(key)>
                    "Retry"
                </button>
                <button class="button-link" type="button" on:click=move |_| chat.edit(key)>
                    "Edit"
                </button>
                {discard()}
            </p>
        }
        .into_any(),
        Progress::Waiting => view! {
            <span class="visually-hidden">"Sending"</span>
            // Style shows it when the wait has become one.
            <p class="unsent-waiting">{discard()}</p>
        }
        .into_any(),
        Progress::Stored(_) => view! { <span class="visually-hidden">"Sending"</span> }.into_any(),
    };
    view! {
        <article
            class="message unsent"
            class:message-first=first
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
