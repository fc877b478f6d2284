//! The page as it stands in the document.

use super::{ELEMENT, Given};
use leptos::prelude::document;

pub fn given() -> Given {
    let text = document().get_element_by_id(ELEMENT).and_then(|element| element.text_content());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}
