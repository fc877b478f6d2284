//! Where the keyboard goes when what had it leaves the page: the browser would lead it back to the top of the document.
//! Runs in event handlers and tasks of the browser only.

use crate::device;
use leptos::prelude::{document, request_animation_frame};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// What is about to change may take the focused element away. Then the composer gets the keyboard; where there is none, or
/// it would bring up a keyboard on the screen, the main part of the page does.
pub fn keep() {
    request_animation_frame(|| {
        let active = document().active_element();
        if active.is_some_and(|active| active.tag_name() != "BODY") {
            return;
        }
        let element = |id: &str| document().get_element_by_id(id);
        let composer = (!device::is_touch()).then(|| element("composer")).flatten();
        let next = composer.or_else(|| element("main"));
        if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
            let _ = next.focus();
        }
    });
}
