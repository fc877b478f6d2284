//! The device as the server sees it: not at all.

use crate::state::clock::Clock;
use crate::state::outbox::Shelf;
use protocol::Millis;

/// Storage that keeps nothing.
#[derive(Debug, Clone, Copy)]
pub struct DeviceShelf;

impl Shelf for DeviceShelf {
    fn all(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn put(&self, _: &str, _: &str) {}

    fn remove(&self, _: &str) {}
}

#[must_use]
pub fn now() -> Millis {
    Millis(0)
}

#[must_use]
pub fn local_clock() -> Clock {
    Clock::Utc
}

#[must_use]
pub fn is_touch() -> bool {
    false
}

pub fn on_shelf_removal(_: impl Fn(&str) + 'static) {}

pub fn after(_: u32, _: impl FnOnce() + 'static) {}

#[must_use]
pub fn read(_: &str) -> Option<String> {
    None
}

pub fn write(_: &str, _: &str) {}
