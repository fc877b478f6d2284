//! Bringing in what the reader is about to reach: from memory, or a page of history.

use super::Reader;
use crate::api::{self, ReadError};
use crate::device;
use crate::effect::effect;
use crate::navigation::away;
use crate::state::connection::Connection;
use crate::state::timeline::{Timeline, Wish};
use crate::state::window::Window;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// After this long what could not be read is tried again by itself, in milliseconds, unless the connection is back before.
const RETRY_MS: u32 = 5_000;

impl Reader {
    /// Reads again what may be other by now than it is here.
    pub(super) fn renew(self) {
        if !self.loading.get_untracked()
            && !self.pausing.get_value()
            && let Some(wish) = self.open.timeline.with_untracked(Timeline::doubtful)
        {
            self.read(wish, Self::pause);
        }
    }

    /// Brings in older messages: those loaded before, or the next page of history.
    pub fn load_older(self) {
        if !self.loading.get_untracked()
            && !self.bring_back(Window::go_older)
            && let Some(wish) = self.open.timeline.with_untracked(Timeline::older)
        {
            self.failed.set(false);
            self.read(wish, |reader| reader.failed.set(true));
        }
    }

    /// Brings in newer messages, towards the end of the room.
    pub(super) fn load_newer(self) {
        let Some(bottom) = self.window.with_untracked(Window::bottom) else { return };
        let newer = |timeline: &Timeline| timeline.newer(bottom);
        if !self.bring_back(Window::go_newer)
            && !self.loading.get_untracked()
            && !self.pausing.get_value()
            && let Some(wish) = self.open.timeline.with_untracked(newer)
        {
            self.read(wish, Self::pause);
        }
    }

    /// Looks again after a while.
    fn pause(self) {
        self.pausing.set_value(true);
        device::after(RETRY_MS, move || {
            if self.pausing.try_set_value(false).is_none() {
                self.look();
            }
        });
    }

    /// What could not be read can be read now, perhaps.
    fn retry(self) {
        if self.failed.get_untracked() || self.pausing.get_value() {
            self.failed.set(false);
            self.pausing.set_value(false);
            self.look_soon();
        }
    }

    /// Reads a page of history.
    fn read(self, wish: Wish, failed: fn(Self)) {
        self.loading.set(true);
        spawn_local(async move {
            let identity = self.chat.identity();
            let page = api::history(identity, self.open.id, wish.beside).await;
            if self.open.timeline.is_disposed() {
                return;
            }
            match page {
                // One that fits no more is wished for again by the look below.
                Ok(page) => {
                    self.open.change(|timeline| timeline.take(wish, page));
                }
                Err(ReadError::SignedOut) => away::sign_in(&away::here()),
                Err(ReadError::Stale) if away::load_anew(identity, &away::here()) => {}
                Err(_) => failed(self),
            }
            // The rows are on the page by then: what is older must not be read out as news.
            request_animation_frame(move || {
                if self.loading.try_set(false).is_none() {
                    self.look();
                }
            });
        });
    }
}

/// Lets a reader go on with what could not be read, as soon as the connection is back.
pub fn retry_online(reader: Reader) {
    effect(move || {
        if reader.chat.connection.get() == Connection::Online {
            reader.retry();
        }
    });
}
