//! What people do, but for sending.

use super::{Chat, CreateRoomState, OpenRoom};
use crate::device;
use crate::net;
use crate::state::connection::Connection;
use crate::state::outbox::Outbox;
use crate::state::pending_commands::PendingCommand;
use leptos::prelude::*;
use protocol::{ClientFrame, ErrorCode, PageIdentity};

impl Chat {
    /// Brings the page to life: local times, what earlier pages left unsent, the socket.
    pub fn start(self, identity: PageIdentity) {
        self.inner.update_value(|inner| inner.identity = identity);
        self.outbox.set(Outbox::new(identity.epoch));
        self.clock.set(device::local_clock());
        self.now.set(device::now());
        device::every_minute(move || self.now.set(device::now()));
        self.start_sending();
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
            self.ask(PendingCommand::Nothing, |id| ClientFrame::CloseRoom { id, room: room.id });
            self.look_online();
        }
    }

    /// Whether a room is created by its plain form: no socket has come yet, or none gets through, and HTTP may be
    /// answered all the same.
    #[must_use]
    pub fn creates_by_form(self) -> bool {
        let connection = self.connection.get_untracked();
        !self.is_linked() && matches!(connection, Connection::Connecting | Connection::Blocked)
    }

    /// Creates a room; [`Chat::creation`] tells how it went.
    pub fn create_room(self, name: String) {
        if self.is_linked() {
            self.creation.set(CreateRoomState::PendingCommand);
            self.ask(PendingCommand::Create, |id| ClientFrame::CreateRoom { id, name });
        } else {
            self.creation.set(CreateRoomState::Refused(ErrorCode::Unavailable));
        }
    }
}
