//! The client as one handle: the signals that views read, and what frames and people do to them.

use super::clock::Clock;
use super::connection::{Connection, StopReason};
use super::outbox::{self, Outbox};
use super::presence::Presence;
use super::rooms::Rooms;
use super::timeline::{Applied, Timeline};
use super::wire::{Asked, Wire};
use crate::device::{self, DeviceShelf};
use crate::net::{self, Link};
use leptos::prelude::*;
use protocol::{
    AckResult, ClientFrame, CommandId, ErrorCode, MessageKey, MessagePage, Millis, NewMessage,
    Room, RoomId, RoomSnapshot, Seq, ServerFrame, User, UserId,
};
use uuid::Uuid;

/// A room that is on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenRoom {
    pub id: RoomId,
    pub timeline: RwSignal<Timeline>,
    pub presence: RwSignal<Presence>,
    /// Whether everything missed has come since the socket was opened.
    caught_up: RwSignal<bool>,
}

impl OpenRoom {
    /// A room as its page came.
    #[must_use]
    pub fn new(snapshot: RoomSnapshot) -> Self {
        Self {
            id: snapshot.room.id,
            timeline: RwSignal::new(Timeline::new(snapshot.page, snapshot.through)),
            presence: RwSignal::new(Presence::new(snapshot.roster)),
            caught_up: RwSignal::new(false),
        }
    }
}

/// Where the creation of a room stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creation {
    Idle,
    Asked,
    Refused(ErrorCode),
    Done(Room),
}

/// The handle. Copies of it are the same client.
#[derive(Debug, Clone, Copy)]
pub struct Chat {
    pub connection: RwSignal<Connection>,
    pub clock: RwSignal<Clock>,
    /// The present, to the minute: enough to tell today from yesterday.
    pub now: RwSignal<Millis>,
    pub rooms: RwSignal<Rooms>,
    pub outbox: RwSignal<Outbox>,
    pub creation: RwSignal<Creation>,
    inner: StoredValue<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    user: UserId,
    link: Link,
    /// Whether the server has said hello on the present socket.
    linked: bool,
    wire: Wire,
    open: Vec<OpenRoom>,
}

/// Provides the client of the page as context. Its first view is that of the server, down to the time of day.
pub fn provide_chat() -> Chat {
    let chat = Chat::new(SharedValue::new(device::now).into_inner());
    provide_context(chat);
    chat
}

/// The client of this page.
///
/// # Panics
/// Outside of `App`.
#[must_use]
pub fn use_chat() -> Chat {
    expect_context::<Chat>()
}

/// What people do.
impl Chat {
    fn new(now: Millis) -> Self {
        Self {
            connection: RwSignal::new(Connection::Connecting),
            clock: RwSignal::new(Clock::Utc),
            now: RwSignal::new(now),
            rooms: RwSignal::default(),
            outbox: RwSignal::default(),
            creation: RwSignal::new(Creation::Idle),
            inner: StoredValue::default(),
        }
    }

    /// Brings the page to life: local times, what earlier pages left unsent, the socket.
    pub fn start(self, viewer: &User) {
        let user = viewer.id;
        self.inner.update_value(|inner| inner.user = user);
        self.clock.set(device::local_clock());
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

/// What the socket tells.
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
            ServerFrame::Hello { .. } => self.hello(),
            ServerFrame::Ack { id, result } => self.acknowledged(id, result),
            ServerFrame::Error { id: Some(id), code, retry_after_ms } => {
                let asked = self.answered(id);
                self.refused(asked, code, retry_after_ms);
            }
            ServerFrame::Changes { room, after, through, messages } => {
                let keys: Vec<_> = messages
                    .iter()
                    .filter(|message| message.author.id == self.user())
                    .map(|message| message.key)
                    .collect();
                for open in self.open_rooms_of(room) {
                    let mut applied = Applied::Old;
                    open.timeline.update(|timeline| {
                        applied = timeline.apply(after, through, messages.clone())
                    });
                    if applied == Applied::Gap && !self.is_opening(room) {
                        self.follow(open);
                    }
                }
                self.seen(room, &keys);
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
            ServerFrame::Error { id: None, .. } | ServerFrame::Unknown => {}
        }
    }

    fn hello(self) {
        self.inner.update_value(|inner| inner.linked = true);
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
                outbox::forget(&DeviceShelf, self.user(), key);
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
                outbox::forget(&DeviceShelf, self.user(), *key);
            }
            self.outbox.update(|outbox| keys.iter().for_each(|key| outbox.seen(*key)));
            self.pump();
        }
        self.settle(room);
    }

    /// Lets go of stored messages whose rows are there, or will not come because nobody looks at the room.
    fn settle(self, room: RoomId) {
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

/// The way to the server.
impl Chat {
    fn follow(self, room: OpenRoom) {
        let after = room.timeline.with_untracked(Timeline::through);
        self.ask(Asked::Open(room.id), |id| ClientFrame::OpenRoom { id, room: room.id, after });
    }

    /// Puts the next unsent message on the wire, when it is its turn.
    fn pump(self) {
        if !self.is_linked() {
            return;
        }
        let mut next = None;
        self.outbox.maybe_update(|outbox| {
            next = outbox.take_next();
            next.is_some()
        });
        if let Some(message) = next {
            self.ask(Asked::Send(message.key), |id| ClientFrame::Send { id, message });
        }
    }

    fn ask(self, asked: Asked, frame: impl FnOnce(CommandId) -> ClientFrame) {
        if !self.is_linked() {
            return;
        }
        let frame = frame(self.number(asked));
        self.inner.with_value(|inner| inner.link.send(frame));
    }

    fn number(self, asked: Asked) -> CommandId {
        self.inner.try_update_value(|inner| inner.wire.ask(asked)).unwrap_or_default()
    }

    fn answered(self, id: CommandId) -> Option<Asked> {
        self.inner.try_update_value(|inner| inner.wire.answered(id)).flatten()
    }

    fn is_opening(self, room: RoomId) -> bool {
        self.inner.with_value(|inner| inner.wire.is_opening(room))
    }

    fn is_linked(self) -> bool {
        self.inner.with_value(|inner| inner.linked)
    }

    fn user(self) -> UserId {
        self.inner.with_value(|inner| inner.user)
    }

    fn open_rooms(self) -> Vec<OpenRoom> {
        self.inner.with_value(|inner| inner.open.clone())
    }

    fn open_rooms_of(self, room: RoomId) -> Vec<OpenRoom> {
        let mut open = self.open_rooms();
        open.retain(|open| open.id == room);
        open
    }
}
