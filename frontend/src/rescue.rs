//! After a panic the script can do nothing sensible any more, and what it has taken over of the page (forms, links) would
//! do nothing at all. So the page is loaded anew. When that did not help, pages stay plain for a while: their forms and
//! links need no script. Messages are safe: what is unsent, and drafts, are in the browser's storage.
//!
//! It goes by counts and by the age of the page. No clock that somebody could set decides how often a page is loaded.

use crate::plain;
use leptos::prelude::window;
use std::cell::Cell;
use std::panic;
use web_sys::Storage;

/// Failures in a row after which a page is loaded anew with its script. The next one is no accident.
const RELOADS_MAX: u32 = 1;

/// Pages in a row that then stay plain: a few steps of a conversation, and the next version is not waited for in vain.
const PLAIN_PAGES: u32 = 8;

/// A page that is older than this when it fails has lived well before, in milliseconds: nobody minds one that is loaded
/// anew every few minutes as much as one that does without its script.
const LIVED_WELL_MS: f64 = 120_000.0;

/// Where the tab counts its failures in a row; beyond [`RELOADS_MAX`], the pages that stay plain.
const FAILURES: &str = "hubbub.failures";

thread_local! {
    /// A page fails once; what else goes wrong while it is being left counts no more.
    static HAS_FAILED: Cell<bool> = const { Cell::new(false) };
}

/// Takes care of every panic from now on.
pub fn stand_by() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        if !HAS_FAILED.replace(true) {
            load_anew();
        }
    }));
}

/// Whether this page is to stay plain, because the script has failed on those before it. Then the page says so.
pub fn stays_plain() -> bool {
    let Some(storage) = storage() else { return false };
    let failures = failures(&storage);
    if failures <= RELOADS_MAX {
        return false;
    }
    note(&storage, failures - 1);
    plain::say_so(|| {
        if let Some(storage) = self::storage() {
            note(&storage, 0);
        }
        let _ = window().location().reload();
    });
    true
}

fn load_anew() {
    // A tab that cannot remember it would load itself for ever.
    let Some(storage) = storage() else { return };
    let age = window().performance().map_or(0.0, |performance| performance.now());
    let before = if age < LIVED_WELL_MS { failures(&storage) } else { 0 };
    let failures = if before < RELOADS_MAX { before + 1 } else { RELOADS_MAX + PLAIN_PAGES };
    if note(&storage, failures) {
        let _ = window().location().reload();
    }
}

fn failures(storage: &Storage) -> u32 {
    let noted = storage.get_item(FAILURES).ok().flatten();
    noted.and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// Says whether it could be noted.
fn note(storage: &Storage, failures: u32) -> bool {
    storage.set_item(FAILURES, &failures.to_string()).is_ok()
}

fn storage() -> Option<Storage> {
    window().session_storage().ok()?
}
