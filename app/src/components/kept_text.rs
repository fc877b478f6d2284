//! What somebody wrote whose room cannot be shown: it is theirs, and must not be gone with the page.

use super::field_error::FieldError;
use crate::navigation::use_navigation;
use crate::page::{FormKind, textarea_content};
use crate::words::why;
use leptos::prelude::*;

const ERROR: &str = "kept-text-error";

/// The refused message of this page, to be copied.
#[component]
pub fn KeptText() -> impl IntoView {
    let refused =
        use_navigation().shown.with_untracked(|shown| shown.refused(FormKind::Message).cloned());
    refused.map(|refused| {
        let words = why(&refused.why);
        view! {
            <div class="kept-text">
                <label for="kept-text">"What you wrote is not sent"</label>
                <textarea
                    id="kept-text"
                    rows="4"
                    readonly
                    dir="auto"
                    aria-describedby=ERROR
                    inner_html=textarea_content(&refused.typed)
                ></textarea>
                <FieldError id=ERROR text=Signal::derive(move || Some(words.clone())) />
            </div>
        }
    })
}
