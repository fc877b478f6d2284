//! The device as the browser shows it.

use crate::state::clock::Clock;
use crate::state::outbox::stored::TabId;
use crate::state::shelf::{Change, Shelf};
use js_sys::{Array, Date, Function, Intl, JsString, Object, Promise, Reflect};
use leptos::ev;
use leptos::prelude::{set_interval, set_timeout, window, window_event_listener};
use protocol::Millis;
use std::cell::RefCell;
use std::time::Duration;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Storage;

/// What the browser keeps beyond the page, unless its storage is full or forbidden by the user.
#[derive(Debug, Clone, Copy)]
pub enum BrowserShelf {
    /// What all tabs of this browser share.
    Device,
    /// What is this tab's, and outlives a reload.
    Tab,
}

impl BrowserShelf {
    fn storage(self) -> Option<Storage> {
        let found = match self {
            Self::Device => window().local_storage(),
            Self::Tab => window().session_storage(),
        };
        found.ok()?
    }
}

impl Shelf for BrowserShelf {
    fn get(&self, name: &str) -> Option<String> {
        self.storage()?.get_item(name).ok()?
    }

    fn all(&self, prefix: &str) -> Vec<String> {
        let Some(storage) = self.storage() else { return Vec::new() };
        let names = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok()?);
        names
            .filter(|name| name.starts_with(prefix))
            .filter_map(|name| storage.get_item(&name).ok()?)
            .collect()
    }

    fn put(&self, name: &str, value: &str) -> bool {
        self.storage().is_some_and(|storage| storage.set_item(name, value).is_ok())
    }

    fn remove(&self, name: &str) {
        if let Some(storage) = self.storage() {
            let _ = storage.remove_item(name);
        }
    }
}

/// Calls back when another tab changes what all tabs share.
pub fn on_shelf_change(changed: impl Fn(Change) + 'static) {
    let _ = window_event_listener(ev::storage, move |event| {
        // Without a name everything was cleared, by hand or by the browser: then what is on the page counts.
        if let Some(name) = event.key() {
            changed(Change { name, old: event.old_value(), new: event.new_value() });
        }
    });
}

/// Lets the browser ask before the page is left, whenever that would lose something.
pub fn ask_before_leaving(would_lose: impl Fn() -> bool + 'static) {
    let _ = window_event_listener(ev::beforeunload, move |event| {
        if would_lose() {
            event.prevent_default();
        }
    });
}

/// Milliseconds by a clock that is never set, since some moment before.
#[must_use]
pub fn monotonic() -> f64 {
    window().performance().map_or_else(Date::now, |performance| performance.now())
}

thread_local! {
    /// Ends the life of this tab in the eyes of the others.
    static END: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Lets other tabs see that this one lives, until its document is gone in whatever way or [`end_tab`]. Says whether the
/// browser can: Web Locks need HTTPS or the browser's own machine.
pub fn begin_tab(tab: TabId) -> bool {
    // The lock is held until this is settled.
    let life: JsValue = Promise::new(&mut |end, _| END.set(Some(end))).into();
    request_lock(tab, move || life.clone())
}

/// This tab has stopped sending: what it has may be taken over.
pub fn end_tab() {
    if let Some(end) = END.take() {
        let _ = end.call0(&JsValue::UNDEFINED);
    }
}

/// Calls back once a tab is gone.
pub fn when_tab_ended(tab: TabId, ended: impl FnOnce() + 'static) {
    let mut ended = Some(ended);
    request_lock(tab, move || {
        if let Some(ended) = ended.take() {
            ended();
        }
        JsValue::UNDEFINED
    });
}

/// Waits for the lock of a tab, and holds it until what `granted` gives is settled. By name, because web-sys counts the
/// locks among what may still change.
fn request_lock(tab: TabId, granted: impl FnMut() -> JsValue + 'static) -> bool {
    let member = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let Some(locks) = member(&window().navigator(), "locks") else { return false };
    let request = member(&locks, "request").and_then(|request| request.dyn_into::<Function>().ok());
    let Some(request) = request else { return false };
    let granted = Closure::<dyn FnMut() -> JsValue>::new(granted).into_js_value();
    request.call2(&locks, &tab.lock_name().into(), &granted).is_ok()
}

/// The time by the device's clock.
#[must_use]
pub fn now() -> Millis {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    Millis(Date::now() as i64)
}

/// The text in small letters.
#[must_use]
pub fn lower(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

/// The text in capitals.
#[must_use]
pub fn upper(text: &str) -> String {
    JsString::from(text).to_upper_case().into()
}

/// The first letter as people see letters: marks, joiners and pairs included.
#[must_use]
pub fn first_letter(word: &str) -> String {
    thread_local! {
        // Costly to make, and every avatar asks.
        static SEGMENTER: Intl::Segmenter = Intl::Segmenter::new(&Array::new(), &Object::new());
    }
    let segments = SEGMENTER.with(|segmenter| segmenter.segment(word));
    let first =
        js_sys::try_iter(&segments).ok().flatten().and_then(|mut letters| letters.next()?.ok());
    let letter = first.and_then(|first| Reflect::get(&first, &"segment".into()).ok());
    letter.and_then(|letter| letter.as_string()).unwrap_or_default()
}

/// How this device tells the time.
#[must_use]
pub fn local_clock() -> Clock {
    Clock::Local { twelve_hours: counts_to_twelve(), offset }
}

/// Whether Enter is a key on a screen, where it has to break the line.
#[must_use]
pub fn is_touch() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|list| list.matches())
}

/// A number in `0.0..1.0`, another one each time.
#[must_use]
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// Runs something later, after a pause in milliseconds.
pub fn after(pause_ms: u32, run: impl FnOnce() + 'static) {
    set_timeout(run, Duration::from_millis(pause_ms.into()));
}

/// Runs something every minute for as long as the page lives.
pub fn every_minute(run: impl Fn() + 'static) {
    set_interval(run, Duration::from_secs(60));
}

fn offset(at: Millis) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds stay below 2^53")]
    let date = Date::new(&(at.0 as f64).into());
    #[expect(clippy::cast_possible_truncation, reason = "minutes, less than a day of them")]
    let west = date.get_timezone_offset() as i64;
    -west
}

fn counts_to_twelve() -> bool {
    let options = Object::new();
    let _ = Reflect::set(&options, &"hour".into(), &"numeric".into());
    let format = Intl::DateTimeFormat::new(&Array::new(), &options);
    Reflect::get(&format.resolved_options(), &"hour12".into())
        .is_ok_and(|answer| answer.as_bool() == Some(true))
}
