//! The browser's links and its history. Runs in effects and event handlers only, so never on the server.

use super::Navigation;
use super::away::here;
use crate::effect::effect;
use crate::routes::is_drawn;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MouseEvent};

pub(super) fn start(navigation: Navigation, address: &str) {
    show_address(address);
    if navigation.viewer().is_none() {
        // From here the way leads through `/login`.
        return;
    }
    effect(move || {
        document().set_title(&navigation.shown.with(|shown| shown.page.title()));
    });
    let _ = window_event_listener(ev::click, move |event| {
        if let Some(path) = path_of(&event) {
            event.prevent_default();
            navigation.go(path);
        }
    });
    let _ = window_event_listener(ev::popstate, move |_| {
        let path = here();
        let is_here = navigation.shown.with_untracked(|shown| shown.path == path);
        if is_here || is_drawn(&path) {
            navigation.travel(path, false);
        } else {
            // The address is shown already.
            let _ = window().location().reload();
        }
    });
}

/// The page that a click asks for, when it is a plain one on a link to a page that only needs its data.
fn path_of(event: &MouseEvent) -> Option<String> {
    let is_plain = event.button() == 0
        && !(event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key())
        && !event.default_prevented();
    let target = is_plain.then(|| event.target())??.dyn_into::<Element>().ok()?;
    let link = target.closest("a[href]").ok()??;
    // Ours are written as paths; one in a message is a whole address and opens a tab.
    let path = link.get_attribute("href")?;
    is_drawn(&path).then_some(path)
}

/// Arrives at `path`, at its top.
pub(super) fn arrive(path: &str) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(path));
    }
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

/// Shows this path and query in the address bar, without loading anything.
fn show_address(address: &str) {
    let location = window().location();
    let shown = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if shown != address
        && let Ok(history) = window().history()
    {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(address));
    }
}
