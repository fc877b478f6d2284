//! The entry point in the browser: brings the page that the server rendered to life, and sees to it that whatever goes
//! wrong leaves a page whose forms and links work.

// The type of the whole page is as deep here as in `app`.
#![recursion_limit = "256"]

mod fields;
mod plain;
mod rescue;

use app::{App, shape};
use fields::Fields;
use leptos::prelude::IntoView;
use wasm_bindgen::prelude::wasm_bindgen;

/// The attribute of the root that says how its page came to life.
const ALIVE: &str = "data-alive";

/// Called by the page's script as soon as the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    rescue::stand_by();
    if rescue::stays_plain() {
        return;
    }
    // Without its data a page could only be drawn as another one: the plain one works.
    let (Some(root), Some(given)) = (shape::root(), app::page::read()) else { return };
    if !given.shown.page.screen().is_drawn() || shape::is_as_sent(&root) {
        leptos::mount::hydrate_from(root.clone(), App).forget();
        let _ = root.set_attribute(ALIVE, "hydrated");
    } else {
        // Somebody else has changed the page on its way or since: what was typed into it stays, all else is drawn anew.
        let fields = Fields::of(&root);
        root.set_inner_html("");
        leptos::mount::mount_to_renderer(&root, || App().into_view()).forget();
        fields.put_back(&root);
        let _ = root.set_attribute(ALIVE, "drawn anew");
    }
}
