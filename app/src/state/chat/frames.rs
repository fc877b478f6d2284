//! What the socket tells.

use super::{Chat, Creation};
use crate::device::{self, DeviceShelf};
use crate::state::connection::{Connection, StopReason};
use crate::state::outbox::Outbox;
use crate::state::outbox::stored;
use crate::state::presence::Presence;
use crate::state::timeline::{Applied, Timeline};
use crate::state::wire::Asked;
use leptos::prelude::*;
use protocol::{
    AckResult, ClientFrame, CommandId, ErrorCode, Limits, Message, MessageKey, MessagePage, RoomId,
    Seq, ServerFrame,
};

impl Chat {
    /// The socket is gone, for the time being.
    pub fn lost(self, has_network: bool) {
        let owed = self
            .inner
            .try_update_value(|inner| {
                inner.linked = false;
                inner.wire.disconnected()
            })
            .unwrap_or_default();
        for room in self.open_rooms() {
            room.caught_up.set(false);
        }
        if owed.contains(&Asked::Create) {
            self.creation.set(Creation::Refused(ErrorCode::Unavailable));
        }
        self.outbox.update(Outbox::disconnected);
        self.connection.set(match self.connection.get_untracked() {
            _ if !has_network => Connection::Offline,
            Connection::Connecting => Connection::Connecting,
            _ => Connection::Reconnecting,
        });
    }

    /// The server has ended it.
    pub fn stopped(self, reason: StopReason) {
        self.connection.set(Connection::Stopped(reason));
    }

    /// Asks for a sign of life.
    pub fn ping(self) -> ClientFrame {
        ClientFrame::Ping { id: self.number(Asked::Nothing) }
    }

    /// Takes a frame.
    pub fn receive(self, frame: ServerFrame) {
        match frame {
            ServerFrame::Hello { limits, .. } => self.hello(limits),
            ServerFrame::Ack { id, result } => self.acknowledged(id, result),
            ServerFrame::Error { id: Some(id), code, retry_after_ms } => {
                let asked = self.answered(id);
                self.refused(asked, code, retry_after_ms);
            }
            ServerFrame::Changes { room, after, through, messages } => {
                self.changed(room, after, through, &messages);
            }
            ServerFrame::CaughtUp { room, seq } => self.caught_up(room, seq),
            ServerFrame::Roster { room, roster } => {
                for open in self.open_rooms_of(room) {
                    open.presence.set(Presence::new(roster.clone()));
                }
            }
            ServerFrame::RosterChanged { room, count, joined, left } => {
                for open in self.open_rooms_of(room) {
                    open.presence.update(|presence| presence.change(count, joined.clone(), &left));
                }
            }
            ServerFrame::Rooms { rooms } => self.rooms.update(|known| known.merge(rooms)),
            ServerFrame::Error { id: None, .. }
            | ServerFrame::Reset { .. }
            | ServerFrame::Unknown => {}
        }
    }

    fn changed(self, room: RoomId, after: Seq, through: Seq, messages: &[Message]) {
        for open in self.open_rooms_of(room) {
            let mut applied = Applied::Old;
            open.timeline.update(|timeline| {
                applied = timeline.apply(after, through, messages.to_vec());
            });
            if applied == Applied::Gap && !self.is_opening(room) {
                self.follow(open);
            }
        }
        let user = self.user();
        let own = messages.iter().filter(|message| message.author.id == user);
        let keys: Vec<_> = own.map(|message| message.key).collect();
        self.seen(room, &keys);
    }

    fn hello(self, limits: Limits) {
        self.inner.update_value(|inner| {
            inner.linked = true;
            inner.limits = limits;
        });
        self.ask(Asked::Nothing, |id| ClientFrame::WatchRooms { id });
        for room in self.open_rooms() {
            self.follow(room);
        }
        self.outbox.update(Outbox::resume);
        self.pump();
        self.look_online();
    }

    fn acknowledged(self, id: CommandId, result: AckResult) {
        self.answered(id);
        match result {
            AckResult::Sent { key, seq, .. } => {
                stored::forget(&DeviceShelf, self.user(), key);
                let room = self.outbox.with_untracked(|outbox| outbox.room_of(key));
                self.outbox.update(|outbox| outbox.stored(key, seq));
                if let Some(room) = room {
                    self.settle(room);
                }
                self.pump();
            }
            AckResult::Created { room } => self.creation.set(Creation::Done(room)),
            _ => {}
        }
    }

    fn refused(self, asked: Option<Asked>, code: ErrorCode, retry_after_ms: Option<u32>) {
        match asked {
            Some(Asked::Send(key)) => {
                let mut pause = None;
                self.outbox.update(|outbox| pause = outbox.refused_with(key, code, retry_after_ms));
                match pause {
                    Some(pause) => device::after(pause, move || {
                        self.outbox.update(Outbox::resume);
                        self.pump();
                    }),
                    None => self.pump(),
                }
            }
            Some(Asked::Create) => self.creation.set(Creation::Refused(code)),
            // The server has lost what this page has seen; what is left counts.
            Some(Asked::Open(room)) if code == ErrorCode::SeqAhead => {
                for open in self.open_rooms_of(room) {
                    open.timeline.set(Timeline::new(MessagePage::default(), Seq::ZERO));
                    self.follow(open);
                }
            }
            // Opening again at once would meet the same refusal.
            Some(Asked::Open(room)) if code.is_retryable() => {
                device::after(retry_after_ms.unwrap_or(1_000), move || {
                    for open in self.open_rooms_of(room) {
                        self.follow(open);
                    }
                });
            }
            _ => {}
        }
    }

    fn caught_up(self, room: RoomId, seq: Seq) {
        for open in self.open_rooms_of(room) {
            if open.timeline.with_untracked(|timeline| timeline.through() >= seq) {
                open.caught_up.set(true);
            } else if !self.is_opening(room) {
                self.follow(open);
            }
        }
        self.settle(room);
        self.look_online();
    }

    /// Own rows are on the timeline: their unsent twins go.
    fn seen(self, room: RoomId, keys: &[MessageKey]) {
        if !keys.is_empty() {
            for key in keys {
                stored::forget(&DeviceShelf, self.user(), *key);
            }
            self.outbox.update(|outbox| keys.iter().for_each(|key| outbox.seen(*key)));
            self.pump();
        }
        self.settle(room);
    }

    /// Lets go of stored messages whose rows are there, or will not come because nobody looks at the room.
    pub(super) fn settle(self, room: RoomId) {
        let through = self
            .open_rooms_of(room)
            .first()
            .map(|open| open.timeline.with_untracked(Timeline::through));
        self.outbox.maybe_update(|outbox| outbox.settle(room, through));
    }

    fn look_online(self) {
        let missing = self.open_rooms().iter().any(|room| !room.caught_up.get_untracked());
        if self.is_linked() && !missing {
            self.connection.set(Connection::Online);
        }
    }
}
