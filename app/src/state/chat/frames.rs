//! What the socket tells.

use super::{Chat, CreateRoomState, Standing};
use crate::device::{self, BrowserShelf};
use crate::state::connection::{Backoff, Connection, StopReason};
use crate::state::outbox::Outbox;
use crate::state::outbox::stored;
use crate::state::pending_commands::PendingCommand;
use crate::state::presence::Presence;
use crate::state::timeline::{Applied, Timeline};
use crate::state::window::Window;
use leptos::prelude::*;
use protocol::{
    Ack, ClientFrame, ErrorCode, Limits, Message, MessageKey, MessagePage, PageIdentity, RoomId,
    RoomList, Roster, Seq, ServerFrame,
};

impl Chat {
    /// The socket is gone, for the time being. Says whether the server had greeted it.
    pub fn lost(self, has_network: bool) -> bool {
        let was_linked = self.is_linked();
        let owed = self
            .inner
            .try_update_value(|inner| {
                inner.linked = false;
                inner.wire.disconnected()
            })
            .unwrap_or_default();
        for room in self.open_rooms() {
            room.standing.set(Standing::Behind);
        }
        if owed.contains(&PendingCommand::Create) {
            self.creation.set(CreateRoomState::Refused(ErrorCode::Unavailable));
        }
        // What is being posted has its own way, and its own answer.
        if !self.inner.with_value(|inner| inner.posting) {
            self.outbox.update(Outbox::disconnected);
        }
        self.connection.set(match self.connection.get_untracked() {
            _ if !has_network => Connection::Offline,
            still @ (Connection::Connecting | Connection::Blocked) => still,
            _ => Connection::Reconnecting,
        });
        was_linked
    }

    /// The server has ended it. What this tab cannot send any more is left to the others.
    pub fn stopped(self, reason: StopReason) {
        self.connection.set(Connection::Stopped(reason));
        device::end_tab();
    }

    /// Asks for a sign of life.
    pub fn ping(self) -> ClientFrame {
        ClientFrame::Ping { id: self.number(PendingCommand::Nothing) }
    }

    /// Takes a frame.
    pub fn receive(self, frame: ServerFrame) {
        if self.is_stopped() {
            return;
        }
        match frame {
            ServerFrame::Hello { protocol, epoch, user, limits } => {
                self.greeted(PageIdentity { protocol, epoch, user: user.id }, limits);
            }
            ServerFrame::Ack(ack) => self.acknowledged(ack),
            ServerFrame::Error { id: Some(id), code, retry_after_ms } => {
                let asked = self.answered(id);
                self.refused(asked, code, retry_after_ms);
            }
            ServerFrame::Changes { room, after, through, messages } => {
                self.changed(room, after, through, &messages);
            }
            ServerFrame::Reset { room, through, messages, has_older, .. } => {
                self.reset(room, through, MessagePage { messages, has_older });
            }
            ServerFrame::CaughtUp { room, seq } => self.caught_up(room, seq),
            ServerFrame::Roster { room, count, users } => {
                self.rooms.maybe_update(|rooms| rooms.count_here(room, count));
                let roster = Roster { count, users };
                for open in self.open_rooms_of(room) {
                    open.presence.set(Presence::new(roster.clone()));
                }
            }
            ServerFrame::RosterChanged { room, count, joined, left } => {
                self.rooms.maybe_update(|rooms| rooms.count_here(room, count));
                for open in self.open_rooms_of(room) {
                    open.presence.update(|presence| presence.change(count, joined.clone(), &left));
                }
            }
            ServerFrame::Rooms { rooms, count } => {
                self.rooms.update(|known| known.merge(RoomList { rooms, count, next: None }));
            }
            ServerFrame::Error { id: None, .. } => {}
        }
    }

    pub(super) fn changed(self, room: RoomId, after: Seq, through: Seq, messages: &[Message]) {
        for open in self.open_rooms_of(room) {
            let applied = open.change(|timeline| timeline.apply(after, through, messages.to_vec()));
            if applied == Some(Applied::Gap) && !self.is_opening(room) {
                self.follow(open);
            }
        }
        self.seen(room, &self.own_keys(messages));
    }

    /// Too much was missed, or positions mean nothing any more: the room starts over with its last page. Who reads farther up
    /// stays there.
    pub(super) fn reset(self, room: RoomId, through: Seq, page: MessagePage) {
        let keys = self.own_keys(&page.messages);
        for open in self.open_rooms_of(room) {
            let bottom = open.window.with_untracked(Window::bottom);
            let is_away = bottom.is_some() || !open.at_end.get_untracked();
            let place = is_away.then_some(bottom.unwrap_or(Seq(i64::MAX)));
            let start_over =
                |timeline: &mut Timeline| timeline.start_over(page.clone(), through, place);
            match open.timeline.try_update(start_over).flatten() {
                Some(last) => open.window.update(|window| window.stay(last)),
                None => open.window.set(Window::default()),
            }
            // Not before the reader's place is known.
            open.change(|_| ());
        }
        self.seen(room, &keys);
    }

    fn own_keys(self, messages: &[Message]) -> Vec<MessageKey> {
        let user = self.user();
        let own = messages.iter().filter(|message| message.author.id == user);
        own.map(|message| message.key).collect()
    }

    /// A socket is spoken to only when it is this page's: of its user, its store and its protocol. What waits in the outbox
    /// stays there for its author otherwise.
    fn greeted(self, identity: PageIdentity, limits: Limits) {
        if identity == self.identity() {
            self.hello(limits);
        } else {
            self.stopped(StopReason::Stale);
        }
    }

    fn hello(self, limits: Limits) {
        self.inner.update_value(|inner| {
            inner.linked = true;
            inner.limits = limits;
        });
        self.ask(PendingCommand::Nothing, |id| ClientFrame::WatchRooms { id });
        for room in self.open_rooms() {
            self.follow(room);
        }
        self.outbox.update(Outbox::resume);
        self.pump();
        self.look_online();
    }

    fn acknowledged(self, ack: Ack) {
        self.answered(ack.id);
        if let Some(sent) = ack.sent {
            self.stored(sent.key, sent.seq);
        }
        if let Some(room) = ack.created {
            self.creation.set(CreateRoomState::Done(room));
        }
    }

    fn refused(self, asked: Option<PendingCommand>, code: ErrorCode, retry_after_ms: Option<u32>) {
        match asked {
            Some(PendingCommand::Send(key)) => self.send_refused(key, code, retry_after_ms),
            Some(PendingCommand::Create) => self.creation.set(CreateRoomState::Refused(code)),
            // Opening again at once would meet the same refusal, and all tabs together would be a storm.
            Some(PendingCommand::Open(room)) if code.is_retryable() => {
                let pause = self
                    .inner
                    .try_update_value(|inner| inner.reopening.next_pause(device::random()))
                    .unwrap_or_default();
                device::after(pause.max(retry_after_ms.unwrap_or_default()), move || {
                    for open in self.open_rooms_of(room) {
                        self.follow(open);
                    }
                });
            }
            Some(PendingCommand::Open(room)) => {
                let is_unknown = code == ErrorCode::UnknownRoom;
                let standing = if is_unknown { Standing::Unknown } else { Standing::Refused };
                for open in self.open_rooms_of(room) {
                    open.standing.set(standing);
                }
                if is_unknown {
                    self.unknown_room.set(Some(room));
                }
                self.look_online();
            }
            _ => {}
        }
    }

    fn caught_up(self, room: RoomId, seq: Seq) {
        for open in self.open_rooms_of(room) {
            if open.timeline.with_untracked(|timeline| timeline.through() >= seq) {
                open.standing.set(Standing::CaughtUp);
                self.inner.update_value(|inner| inner.reopening = Backoff::default());
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
                stored::forget(&BrowserShelf::Device, &self.keeper(), *key);
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

    pub(super) fn look_online(self) {
        let rooms = self.open_rooms();
        let any = |standing| rooms.iter().any(|room| room.standing.get_untracked() == standing);
        if self.is_linked() && !any(Standing::Behind) {
            let is_refused = any(Standing::Refused);
            self.connection.set(if is_refused { Connection::Refused } else { Connection::Online });
        }
    }
}
