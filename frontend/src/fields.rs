//! What was typed into a page that is drawn anew.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

/// The fields that somebody can type into; hidden ones are the server's.
const FIELDS: &str = "textarea[id], input[id]:not([type=hidden])";

/// The texts of a page's fields by their ids, and which of them has the keyboard.
pub struct Fields {
    texts: Vec<(String, String)>,
    focused: Option<String>,
}

impl Fields {
    pub fn of(root: &HtmlElement) -> Self {
        let fields = all(root);
        let is_focused = |field: &&Element| field.matches(":focus").unwrap_or(false);
        Self {
            focused: fields.iter().find(is_focused).map(Element::id),
            texts: fields.iter().filter_map(|field| Some((field.id(), text(field)?))).collect(),
        }
    }

    pub fn put_back(self, root: &HtmlElement) {
        for field in all(root) {
            let id = field.id();
            if let Some((_, text)) = self.texts.iter().find(|(other, _)| *other == id) {
                put(&field, text);
            }
            if self.focused.as_ref() == Some(&id)
                && let Some(field) = field.dyn_ref::<HtmlElement>()
            {
                let _ = field.focus();
            }
        }
    }
}

fn all(root: &HtmlElement) -> Vec<Element> {
    let Ok(fields) = root.query_selector_all(FIELDS) else { return Vec::new() };
    (0..fields.length()).filter_map(|at| fields.item(at)?.dyn_into().ok()).collect()
}

fn text(field: &JsValue) -> Option<String> {
    match field.dyn_ref::<HtmlTextAreaElement>() {
        Some(field) => Some(field.value()),
        None => field.dyn_ref::<HtmlInputElement>().map(HtmlInputElement::value),
    }
}

fn put(field: &JsValue, text: &str) {
    if let Some(field) = field.dyn_ref::<HtmlTextAreaElement>() {
        field.set_value(text);
    } else if let Some(field) = field.dyn_ref::<HtmlInputElement>() {
        field.set_value(text);
    }
}
