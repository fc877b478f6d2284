//! The device as the server sees it: not at all, but for the time.

use crate::state::clock::Clock;
use crate::state::outbox::stored::TabId;
use crate::state::shelf::{Change, Shelf};
use protocol::Millis;
use std::time::{SystemTime, UNIX_EPOCH};

/// Storage that keeps nothing.
#[derive(Debug, Clone, Copy)]
pub enum BrowserShelf {
    Device,
    Tab,
}

impl Shelf for BrowserShelf {
    fn get(&self, _: &str) -> Option<String> {
        None
    }

    fn all(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn put(&self, _: &str, _: &str) -> bool {
        false
    }

    fn remove(&self, _: &str) {}
}

#[must_use]
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[must_use]
pub fn lower(text: &str) -> String {
    text.to_lowercase()
}

#[must_use]
pub fn upper(text: &str) -> String {
    text.to_uppercase()
}

#[must_use]
pub fn first_letter(word: &str) -> String {
    use unicode_segmentation::UnicodeSegmentation;
    word.graphemes(true).next().unwrap_or_default().to_owned()
}

#[must_use]
pub fn local_clock() -> Clock {
    Clock::Utc
}

#[must_use]
pub fn is_touch() -> bool {
    false
}

#[must_use]
pub fn random() -> f64 {
    0.0
}

pub fn on_shelf_change(_: impl Fn(Change) + 'static) {}

#[must_use]
pub fn begin_tab(_: TabId) -> bool {
    false
}

pub fn end_tab() {}

pub fn ask_before_leaving(_: impl Fn() -> bool + 'static) {}

pub fn when_tab_ended(_: TabId, _: impl FnOnce() + 'static) {}

pub fn every_minute(_: impl Fn() + 'static) {}

pub fn after(_: u32, _: impl FnOnce() + 'static) {}
