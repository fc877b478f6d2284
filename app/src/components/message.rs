//! A stored message. All of them name their author to assistive technology; only the first of a run shows it.

use super::message_head::MessageHead;
use super::message_text::MessageText;
use leptos::prelude::*;
use protocol::{Message as Stored, UserId};
use std::sync::Arc;

#[component]
pub fn Message(
    message: Arc<Stored>,
    /// Whether it begins a run of its author.
    first: Signal<bool>,
    viewer: UserId,
) -> impl IntoView {
    let is_viewer = message.author.id == viewer;
    view! {
        <article
            class="message"
            class:message-first=move || first.get()
            data-seq=message.seq.to_string()
        >
            <MessageHead author=message.author.clone() is_viewer at=message.at />
            <MessageText text=message.text.clone() />
        </article>
    }
}
