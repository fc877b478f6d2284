//! The device as the browser shows it.

use crate::state::clock::Clock;
use crate::state::outbox::Shelf;
use js_sys::{Array, Date, Intl, JsString, Object, Reflect};
use leptos::ev;
use leptos::prelude::{set_interval, set_timeout, window, window_event_listener};
use protocol::Millis;
use std::time::Duration;
use web_sys::Storage;

/// The browser's local storage. Every failure (full, forbidden by the user) is passed over: nothing depends on it.
#[derive(Debug, Clone, Copy)]
pub struct DeviceShelf;

impl Shelf for DeviceShelf {
    fn all(&self, prefix: &str) -> Vec<String> {
        let Some(storage) = storage() else { return Vec::new() };
        let names = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok()?);
        names
            .filter(|name| name.starts_with(prefix))
            .filter_map(|name| storage.get_item(&name).ok()?)
            .collect()
    }

    fn put(&self, name: &str, value: &str) {
        if let Some(storage) = storage() {
            let _ = storage.set_item(name, value);
        }
    }

    fn remove(&self, name: &str) {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(name);
        }
    }
}

/// What is stored under this name.
#[must_use]
pub fn read(name: &str) -> Option<String> {
    storage()?.get_item(name).ok()?
}

/// Stores under this name; an empty value leaves nothing behind.
pub fn write(name: &str, value: &str) {
    if value.is_empty() { DeviceShelf.remove(name) } else { DeviceShelf.put(name, value) }
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

/// Runs something later, after a pause in milliseconds.
pub fn after(pause_ms: u32, run: impl FnOnce() + 'static) {
    set_timeout(run, Duration::from_millis(pause_ms.into()));
}

/// Runs something every minute for as long as the page lives.
pub fn every_minute(run: impl Fn() + 'static) {
    set_interval(run, Duration::from_secs(60));
}

/// Tells when another tab removes an item.
pub fn on_shelf_removal(removed: impl Fn(&str) + 'static) {
    let _ = window_event_listener(ev::storage, move |event| {
        if let (Some(name), None) = (event.key(), event.new_value()) {
            removed(&name);
        }
    });
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

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}
