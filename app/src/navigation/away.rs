//! Leaving the page as a whole: to sign in, or to have it anew because it is not meant any more.

use crate::routes::{LOGIN, shown_path};
use leptos::prelude::window;
use protocol::PageIdentity;
use web_sys::Storage;

/// Where this tab notes for which identity it has loaded itself anew.
const LOADED_ANEW: &str = "hubbub.stale";

/// Goes to the sign-in, and back to `path` afterwards.
pub fn sign_in(path: &str) {
    let next = js_sys::encode_uri_component(path);
    let _ = window().location().set_href(&format!("{LOGIN}?next={next}"));
}

/// What the address that the browser shows is known by.
pub fn here() -> String {
    let location = window().location();
    let query = location.search().unwrap_or_default();
    shown_path(&location.pathname().unwrap_or_default(), query.trim_start_matches('?'))
}

/// Loads `path` as a whole, because the page of this identity is stale. `false` when that was done before and brought the
/// same page again, out of a cache perhaps: a tab that goes on loading itself would help nobody.
pub fn load_anew(identity: PageIdentity, path: &str) -> bool {
    let identity = identity.to_string();
    // Without a place for the note nothing would end the loop.
    let Some(notes) = notes() else { return false };
    if notes.get_item(LOADED_ANEW).ok().flatten().as_ref() == Some(&identity) {
        return false;
    }
    if notes.set_item(LOADED_ANEW, &identity).is_err() {
        return false;
    }
    load(path);
    true
}

/// Loads `path` as a whole.
pub fn load(path: &str) {
    let location = window().location();
    // Going to the address where one is may only scroll.
    let _ = if path == here() { location.reload() } else { location.set_href(path) };
}

/// The server has greeted this page's user: it fits.
#[cfg(feature = "hydrate")]
pub fn page_fits() {
    if let Some(notes) = notes() {
        let _ = notes.remove_item(LOADED_ANEW);
    }
}

/// Storage that this tab has for itself, and that outlives a reload.
fn notes() -> Option<Storage> {
    window().session_storage().ok()?
}
