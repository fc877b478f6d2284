//! A stored message. The first of a run shows its author; all of them name it to assistive technology.

use super::avatar::{Avatar, hue};
use super::message_text::MessageText;
use super::moment::Moment;
use leptos::prelude::*;
use protocol::{Message as Stored, UserId};
use std::sync::Arc;

#[component]
pub fn Message(
    message: Arc<Stored>,
    /// Whether it begins a run of its author.
    first: bool,
    viewer: UserId,
) -> impl IntoView {
    let author = message.author.clone();
    let name = author.name.clone();
    view! {
        <article class="message" class:message-first=first data-seq=message.seq.to_string()>
            {first.then(|| view! { <Avatar user=author.clone() /> })}
            <p class="message-head" class:visually-hidden=!first>
                <span class="message-author" data-hue=hue(author.id).to_string() dir="auto">
                    {name}
                </span>
                {(author.id == viewer).then(|| view! { <span class="you">"you"</span> })}
                {first.then(|| view! { <Moment at=message.at /> })}
            </p>
            {(!first).then(|| view! { <Moment at=message.at /> })}
            <MessageText text=message.text.clone() />
        </article>
    }
}
