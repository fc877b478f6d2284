//! The text of a message: text as text, web addresses as links. A very tall one is folded until its reader asks for it.

use super::live::live;
use super::reader::Reader;
use crate::state::link_text::{Span, pieces};
use crate::state::tall::is_tall;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};

#[component]
pub fn MessageText(text: String) -> impl IntoView {
    let folded = is_tall(&text).then(|| RwSignal::new(true));
    let pieces: Vec<_> = pieces(&text)
        .into_iter()
        .map(|piece| match piece {
            Span::Text(text) => text.into_any(),
            Span::Link(address) => {
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
        <p
            class="message-text"
            class:message-text-folded=move || folded.is_some_and(|folded| folded.get())
        >
            {pieces}
        </p>
        {folded.map(|folded| view! { <Fold folded /> })}
    }
}

#[component]
fn Fold(folded: RwSignal<bool>) -> impl IntoView {
    let reader = use_context::<Reader>();
    let pressed = move |event: MouseEvent| {
        let button = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
        let message = button.and_then(|button| button.closest("article").ok()?);
        if let (Some(reader), Some(message)) = (reader, message) {
            reader.keep(&message);
        }
        folded.update(|folded| *folded = !*folded);
    };
    view! {
        <button
            class="button-link message-fold"
            type="button"
            aria-expanded=move || if folded.get() { "false" } else { "true" }
            on:click=pressed
            inner_html=live(move || if folded.get() { "Show more" } else { "Show less" })
        ></button>
    }
}
