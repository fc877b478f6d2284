//! Who says something, and when. Within a run the style hides all of it but the time, which waits in the gutter: a row that
//! comes to begin a run, or no longer does, keeps its elements.

use super::avatar::{Avatar, hue};
use super::moment::Timestamp;
use leptos::prelude::*;
use protocol::{Millis, User};

#[component]
pub fn MessageHead(author: User, is_viewer: bool, at: Millis) -> impl IntoView {
    view! {
        <Avatar user=author.clone() />
        <p class="message-head">
            <span class="message-author" data-hue=hue(author.id).to_string() dir="auto">
                {author.name}
            </span>
            {is_viewer.then(|| view! { <span class="you">"you"</span> })}
            <Timestamp at />
        </p>
    }
}
