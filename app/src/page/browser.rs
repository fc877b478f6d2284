//! The page as it stands in the document.

use super::{ELEMENT, Given};
use leptos::prelude::document;

pub fn given() -> Given {
    let text = document().get_element_by_id(ELEMENT).and_then(|element| element.text_content());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// What stands in a `<textarea>` of the document; hydration leaves it as it is.
pub fn textarea_content(_text: &str) -> String {
    String::new()
}
