//! The client as one handle: the signals that views read, and what frames and people do to them.

mod actions;
mod blocked;
mod frames;
mod sending;

use super::clock::Clock;
use super::connection::{Backoff, Connection};
use super::drafts::FromOutside;
use super::outbox::Outbox;
use super::outbox::stored::TabId;
use super::pending_commands::{PendingCommand, PendingCommands};
use super::presence::Presence;
use super::rooms::Rooms;
use super::shelf::Keeper;
use super::timeline::Timeline;
use super::window::Window;
use crate::net::Link;
use leptos::prelude::*;
use protocol::{
    ClientFrame, CommandId, ErrorCode, Limits, Millis, PageIdentity, Room, RoomId, RoomList,
    RoomSnapshot, User, UserId,
};

/// How far the present socket has come with a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Not everything missed has come.
    Behind,
    CaughtUp,
    /// The server does not know it.
    Unknown,
    /// The server has refused to open it, for good: nothing comes.
    Refused,
}

/// Changes that are caught up one by one. More of them bring the room's last page instead: a timeline would forget most of
/// what came, and nobody waits for a week of messages to pass.
const CATCH_UP_MAX: u32 = 500;

/// A room that is on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenRoom {
    pub id: RoomId,
    /// Its address, which never changes.
    slug: StoredValue<String>,
    pub timeline: RwSignal<Timeline>,
    pub presence: RwSignal<Presence>,
    /// Where its reader is.
    pub window: RwSignal<Window>,
    /// Whether the end of the page is in view.
    pub at_end: RwSignal<bool>,
    standing: RwSignal<Standing>,
}

impl OpenRoom {
    /// A room as its page came.
    #[must_use]
    pub fn new(snapshot: RoomSnapshot) -> Self {
        Self {
            id: snapshot.room.id,
            slug: StoredValue::new(snapshot.room.slug),
            timeline: RwSignal::new(Timeline::new(snapshot.page, snapshot.through)),
            presence: RwSignal::new(Presence::new(snapshot.roster)),
            window: RwSignal::default(),
            at_end: RwSignal::new(true),
            standing: RwSignal::new(Standing::Behind),
        }
    }

    /// Changes the timeline, and forgets what is far from the reader.
    pub fn change<T>(self, change: impl FnOnce(&mut Timeline) -> T) -> Option<T> {
        let bottom = self.window.try_with_untracked(Window::bottom)?;
        self.timeline.try_update(|timeline| {
            let changed = change(timeline);
            timeline.trim(bottom);
            changed
        })
    }
}

/// Where the creation of a room stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateRoomState {
    Idle,
    PendingCommand,
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
    pub creation: RwSignal<CreateRoomState>,
    /// The last thing that changed a composer from outside.
    pub composed: RwSignal<Option<FromOutside>>,
    /// An open room that the server does not know: these data are older than the page.
    pub unknown_room: RwSignal<Option<RoomId>>,
    inner: StoredValue<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Whose page this is. Only a socket that greets them is spoken to.
    identity: PageIdentity,
    /// Whose what this page keeps beyond itself is.
    keeper: Keeper,
    tab: TabId,
    /// Other tabs that are known to have something to send.
    watched: Vec<TabId>,
    /// What the server takes, as its last hello said.
    limits: Limits,
    link: Link,
    /// Whether the server has said hello on the present socket.
    linked: bool,
    /// Whether a message is on its way over HTTP.
    posting: bool,
    /// Whether open rooms are read over HTTP.
    reading: bool,
    /// The pauses before a room that could not be opened just now is opened again.
    reopening: Backoff,
    wire: PendingCommands,
    open: Vec<OpenRoom>,
}

/// Provides the client of the page as context. Its first view is that of the server, down to the time of day.
pub fn provide_chat(now: Millis, rooms: Option<RoomList>, viewer: Option<&User>) -> Chat {
    let chat = Chat::new(now);
    if let Some(viewer) = viewer {
        chat.inner.update_value(|inner| inner.keeper = Keeper::new(viewer));
    }
    if let Some(rooms) = rooms {
        chat.rooms.update(|known| known.merge(rooms));
    }
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

impl Chat {
    fn new(now: Millis) -> Self {
        Self {
            connection: RwSignal::new(Connection::Connecting),
            clock: RwSignal::new(Clock::Utc),
            now: RwSignal::new(now),
            rooms: RwSignal::default(),
            outbox: RwSignal::default(),
            creation: RwSignal::new(CreateRoomState::Idle),
            composed: RwSignal::new(None),
            unknown_room: RwSignal::new(None),
            inner: StoredValue::new(Inner {
                identity: PageIdentity::default(),
                keeper: Keeper::default(),
                tab: TabId::default(),
                watched: Vec::new(),
                limits: Limits::CURRENT,
                link: Link::default(),
                linked: false,
                posting: false,
                reading: false,
                reopening: Backoff::default(),
                wire: PendingCommands::default(),
                open: Vec::new(),
            }),
        }
    }
}

/// The way to the server.
impl Chat {
    fn follow(self, room: OpenRoom) {
        let after = room.timeline.with_untracked(Timeline::through);
        let epoch = Some(self.identity().epoch);
        self.ask(PendingCommand::Open(room.id), |id| ClientFrame::OpenRoom {
            id,
            room: room.id,
            after,
            epoch,
            at_most: Some(CATCH_UP_MAX),
        });
    }

    fn ask(self, asked: PendingCommand, frame: impl FnOnce(CommandId) -> ClientFrame) {
        if !self.is_linked() {
            return;
        }
        let frame = frame(self.number(asked));
        self.inner.with_value(|inner| inner.link.send(frame));
    }

    fn number(self, asked: PendingCommand) -> CommandId {
        self.inner.try_update_value(|inner| inner.wire.ask(asked)).unwrap_or_default()
    }

    fn answered(self, id: CommandId) -> Option<PendingCommand> {
        self.inner.try_update_value(|inner| inner.wire.answered(id)).flatten()
    }

    fn is_opening(self, room: RoomId) -> bool {
        self.inner.with_value(|inner| inner.wire.is_opening(room))
    }

    fn is_linked(self) -> bool {
        self.inner.with_value(|inner| inner.linked)
    }

    /// Whose page this is.
    #[must_use]
    pub fn identity(self) -> PageIdentity {
        self.inner.with_value(|inner| inner.identity)
    }

    /// Whether this page is done with the server.
    #[must_use]
    pub fn is_stopped(self) -> bool {
        matches!(self.connection.get_untracked(), Connection::Stopped(_))
    }

    /// Whose what this page keeps beyond itself is.
    #[must_use]
    pub fn keeper(self) -> Keeper {
        self.inner.with_value(|inner| inner.keeper.clone())
    }

    fn user(self) -> UserId {
        self.identity().user
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

#[cfg(test)]
mod tests;
