//! The entry point in the browser: hydrates the page that the server rendered, and nothing else.

// The type of the whole page is as deep here as in `app`.
#![recursion_limit = "256"]

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's script as soon as the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
