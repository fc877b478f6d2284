//! The page as it stands in the document.

use super::{ELEMENT, PageData};
use crate::json;
use leptos::prelude::document;

pub fn given() -> PageData {
    read().unwrap_or_default()
}

/// What the server has given, where it can be read: something on the way may have taken it out.
#[must_use]
pub fn read() -> Option<PageData> {
    let text = document().get_element_by_id(ELEMENT)?.text_content()?;
    json::read(&text)
}

/// The markup of a text inside of a `<textarea>` that is drawn here. Hydration leaves one of the document as it is.
pub fn textarea_content(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
