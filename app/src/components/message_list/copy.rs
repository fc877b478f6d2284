//! Copying out of the timeline: several messages become lines that say when and who, as one would quote them. A part of
//! one message stays what was selected.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, Element, Node, Range, Selection};

/// Puts the selected messages of `log` on the clipboard, when there are several.
pub fn copy_messages(event: &ClipboardEvent, log: &Element) {
    let Some(quote) = quote(log) else { return };
    if let Some(clipboard) = event.clipboard_data()
        && clipboard.set_data("text/plain", &quote).is_ok()
    {
        event.prevent_default();
    }
}

fn quote(log: &Element) -> Option<String> {
    let selection = window().get_selection().ok()??;
    let articles = log.query_selector_all("article").ok()?;
    let articles = (0..articles.length())
        .filter_map(|at| articles.item(at)?.dyn_into::<Element>().ok())
        .filter_map(|article| line(&article, &selection));
    let lines: Vec<_> = articles.collect();
    (lines.len() > 1).then(|| lines.join("\n"))
}

/// What is selected of a message, behind its time and author.
fn line(article: &Element, selection: &Selection) -> Option<String> {
    let text = article.query_selector(".message-text").ok()??;
    let selected = selected_within(&text, selection)?;
    let said = |part: &str| {
        let element = article.query_selector(part).ok().flatten();
        element.and_then(|element| element.text_content()).unwrap_or_default()
    };
    Some(format!("[{}] {}: {selected}", said(".moment"), said(".message-author")))
}

/// The selected part of an element's text. Firefox has several ranges where something between cannot be selected.
fn selected_within(element: &Element, selection: &Selection) -> Option<String> {
    let ranges = (0..selection.range_count()).filter_map(|at| selection.get_range_at(at).ok());
    let parts = ranges.filter_map(|range| part_within(element, &range));
    let selected: String = parts.collect();
    (!selected.is_empty()).then_some(selected)
}

fn part_within(node: &Node, range: &Range) -> Option<String> {
    if !range.intersects_node(node).ok()? {
        return None;
    }
    let part = document().create_range().ok()?;
    part.select_node_contents(node).ok()?;
    if range.compare_boundary_points(Range::START_TO_START, &part).ok()? > 0 {
        part.set_start(&range.start_container().ok()?, range.start_offset().ok()?).ok()?;
    }
    if range.compare_boundary_points(Range::END_TO_END, &part).ok()? < 0 {
        part.set_end(&range.end_container().ok()?, range.end_offset().ok()?).ok()?;
    }
    part.to_string().as_string()
}
