//! What people do.

use super::{Chat, Creation, OpenRoom};
use crate::device::{self, DeviceShelf};
use crate::net;
use crate::state::outbox::{self, Outbox};
use crate::state::wire::Asked;
use leptos::prelude::*;
use protocol::{ClientFrame, ErrorCode, MessageKey, NewMessage, RoomId, User};
use uuid::Uuid;

impl Chat {
    /// Brings the page to life: local times, what earlier pages left unsent, the socket.
    pub fn start(self, viewer: &User) {
        let user = viewer.id;
        self.inner.update_value(|inner| inner.user = user);
        self.clock.set(device::local_clock());
        self.now.set(device::now());
        device::every_minute(move || self.now.set(device::now()));
        self.outbox.update(|outbox| outbox.adopt(outbox::saved(&DeviceShelf, user)));
        device::on_shelf_removal(move |name| self.shelf_item_removed(name));
        let link = net::connect(self);
        self.inner.update_value(|inner| inner.link = link);
    }

    /// Puts a room on the page and follows it.
    pub fn enter(self, room: OpenRoom) {
        self.inner.update_value(|inner| inner.open.push(room));
        if self.is_linked() {
            self.follow(room);
        }
    }

    /// Takes a room off the page.
    pub fn leave(self, room: OpenRoom) {
        let mut gone = false;
        self.inner.update_value(|inner| {
            inner.open.retain(|open| *open != room);
            gone = inner.open.iter().all(|open| open.id != room.id);
        });
        if gone {
            self.settle(room.id);
            self.ask(Asked::Nothing, |id| ClientFrame::CloseRoom { id, room: room.id });
        }
    }

    /// Takes a message over from its author.
    ///
    /// # Errors
    /// [`ErrorCode::MessageEmpty`] or [`ErrorCode::MessageTooLong`]; then the author keeps the text.
    pub fn send(self, room: RoomId, text: String) -> Result<(), ErrorCode> {
        let message = NewMessage { room, key: MessageKey(Uuid::new_v4()), text };
        let user = self.user();
        self.outbox
            .try_update(|outbox| {
                let unsent = outbox.add(message, device::now())?;
                outbox::save(&DeviceShelf, user, unsent);
                Ok(())
            })
            .unwrap_or(Err(ErrorCode::Unknown))?;
        self.pump();
        Ok(())
    }

    /// Sends a refused message again.
    pub fn retry(self, key: MessageKey) {
        self.outbox.update(|outbox| outbox.retry(key));
        self.pump();
    }

    /// Sends everything unsent again, now.
    pub fn retry_all(self) {
        self.outbox.update(Outbox::retry_all);
        self.inner.with_value(|inner| inner.link.hurry());
        self.pump();
    }

    /// Throws a message away on its author's wish, here and in other tabs.
    pub fn discard(self, key: MessageKey) {
        outbox::forget(&DeviceShelf, self.user(), key);
        self.outbox.update(|outbox| outbox.seen(key));
        self.pump();
    }

    /// Follows another tab that stored or discarded a message.
    fn shelf_item_removed(self, name: &str) {
        if let Some(key) = outbox::shelved_key(self.user(), name) {
            self.outbox.update(|outbox| outbox.seen(key));
            self.pump();
        }
    }

    /// Creates a room; [`Chat::creation`] tells how it went.
    pub fn create_room(self, name: String) {
        if self.is_linked() {
            self.creation.set(Creation::Asked);
            self.ask(Asked::Create, |id| ClientFrame::CreateRoom { id, name });
        } else {
            self.creation.set(Creation::Refused(ErrorCode::Unavailable));
        }
    }
}
