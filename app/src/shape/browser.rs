//! The shape of the document as it stands.

use super::{Node, ROOT, SHAPE, Shape};
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Elements, texts and comments, in the numbers of the DOM.
const WHAT_COUNTS: u32 = 0x1 | 0x4 | 0x80;

/// The element that holds the page.
#[must_use]
pub fn root() -> Option<HtmlElement> {
    document().get_element_by_id(ROOT)?.dyn_into().ok()
}

/// Whether the page in it is still as the server sent it.
#[must_use]
pub fn is_as_sent(root: &HtmlElement) -> bool {
    root.get_attribute(SHAPE) == of_children(root)
}

fn of_children(root: &HtmlElement) -> Option<String> {
    let walker = document().create_tree_walker_with_what_to_show(root, WHAT_COUNTS).ok()?;
    let mut shape = Shape::EMPTY;
    while let Some(node) = walker.next_node().ok()? {
        shape = shape.and(match node.node_type() {
            web_sys::Node::ELEMENT_NODE => Node::Element,
            web_sys::Node::TEXT_NODE => Node::Text,
            _ => Node::Comment,
        });
    }
    Some(shape.0.to_string())
}
