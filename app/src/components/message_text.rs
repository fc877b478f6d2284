//! The text of a message: text as text, web addresses as links.

use crate::state::link_text::{Piece, pieces};
use leptos::prelude::*;

#[component]
pub fn MessageText(text: String) -> impl IntoView {
    let pieces: Vec<_> = pieces(&text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.into_any(),
            Piece::Link(address) => {
                let href = address.clone();
                view! {
                    <a href=href target="_blank" rel="noopener noreferrer nofollow">
                        {address}
                    </a>
                }
                .into_any()
            }
        })
        .collect();
    view! {
        <p class="message-text" dir="auto">
            {pieces}
        </p>
    }
}
