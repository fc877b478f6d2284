//! After a panic the script can do nothing sensible any more, and what it has taken over of the page (forms, links) would
//! do nothing at all. So the page is loaded once more; when the script failed right at its start it stays plain then,
//! since it would most likely fail again. Messages are safe: what is unsent, and drafts, are in the browser's storage.

use js_sys::Date;
use leptos::prelude::window;
use std::cell::Cell;
use std::panic;
use web_sys::Storage;

/// A panic this soon after the start is one that every start would meet, in milliseconds.
const START_MS: f64 = 10_000.0;

/// How long pages of this tab stay plain after such a panic, in milliseconds: a page or two of a conversation, and the
/// next version is not waited for in vain.
const PLAIN_MS: f64 = 60_000.0;

/// Where the tab remembers the time of it.
const FAILED_AT: &str = "hubbub.failed-at";

thread_local! {
    static STARTED_AT: Cell<f64> = const { Cell::new(0.0) };
}

/// Takes care of every panic from now on.
pub fn stand_by() {
    STARTED_AT.set(Date::now());
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        load_again();
    }));
}

/// Whether the script failed at its start a moment ago.
pub fn is_to_stay_plain() -> bool {
    let failed_at = storage().and_then(|storage| storage.get_item(FAILED_AT).ok()?);
    let failed_at = failed_at.and_then(|text| text.parse::<f64>().ok());
    failed_at.is_some_and(|at| (0.0..PLAIN_MS).contains(&(Date::now() - at)))
}

fn load_again() {
    let now = Date::now();
    if (0.0..START_MS).contains(&(now - STARTED_AT.get())) {
        let Some(storage) = storage() else { return };
        // A tab that cannot remember it would load itself for ever.
        if storage.set_item(FAILED_AT, &now.to_string()).is_err() {
            return;
        }
    }
    let _ = window().location().reload();
}

fn storage() -> Option<Storage> {
    window().session_storage().ok()?
}
