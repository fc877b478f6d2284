//! The store: everything durable, behind one trait whose methods are whole transactions.
//!
//! Here: the trait, its types and what it promises; when two names are the same is in `name`. Next door: `chat` decides what may be written (writes outside it are
//! refused by `clippy.toml`), `sqlite` is the embedded implementation. `tests/blackbox/store_contract.rs` runs against every
//! implementation.

mod error;
mod name;
pub mod sqlite;

pub use error::{Cause, StoreError};
pub use name::{Name, key as name_key};

use async_trait::async_trait;
use protocol::{Epoch, Message, MessageKey, MessagePage, Millis, Room, RoomId, Seq, User};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub type Result<T> = std::result::Result<T, StoreError>;

/// A session's row number. It is never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId(pub i64);

/// SHA-256 of a session token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// A live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: User,
    /// When it was last recorded to be in use; renewed by [`Store::touch_session`].
    pub seen_at: Millis,
    /// Whether its token ever came back, so that somebody is known to have it. Until then it keeps nobody from its name:
    /// the answer may have been lost, or the browser keeps no cookies.
    pub is_confirmed: bool,
}

/// Since when a session must have been created and seen to be alive.
#[derive(Debug, Clone, Copy)]
pub struct SessionCutoff {
    pub created_after: Millis,
    pub seen_after: Millis,
}

/// A request to sign in by name.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub name: Name,
    pub token: TokenHash,
    /// The session that the same browser had until now; it ends, and does not count as somebody else.
    pub replaces: Option<SessionId>,
    /// Names to suggest when this one is taken, best first.
    pub alternatives: Vec<Name>,
    pub at: Millis,
    pub cutoff: SessionCutoff,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInOutcome {
    SignedIn(Session),
    /// A live, confirmed session of somebody else has the name or one that looks like it; the first alternative that is
    /// free.
    Taken {
        suggestion: Option<String>,
    },
}

#[derive(Debug, Clone)]
pub struct NewRoom {
    pub name: Name,
    /// The wanted slug. Where it is taken `-2`, `-3` … is added, and something random where those are taken, too.
    pub slug: String,
    pub at: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateRoomOutcome {
    Created(Room),
    /// The room that has the name already.
    Exists(Room),
}

/// A message to append.
#[derive(Debug, Clone)]
pub struct Append {
    pub room: RoomId,
    pub author: User,
    pub key: MessageKey,
    pub text: String,
    pub at: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendOutcome {
    /// Stored with the next `seq` of its room.
    Stored {
        room: RoomId,
        message: Message,
    },
    /// The author sent this message before, under this key; the `seq` and time it got then.
    Repeated {
        seq: Seq,
        at: Millis,
    },
    /// The author sent this key before with another text, or to another room. That one stays, and this one is not stored.
    KeyReused,
    UnknownRoom,
}

/// A room with the facts of its timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRecord {
    pub room: Room,
    pub last_seq: Seq,
    pub last_message_at: Option<Millis>,
}

/// Which rooms are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomsQuery {
    /// What their names contain, as they are compared (see [`Name::key`]). Empty for all rooms.
    pub search: String,
    /// The room that they follow.
    pub after: Option<RoomId>,
    pub limit: u32,
}

/// Rooms in the order of their names as they are compared, which never change: a page's place stays while people talk, and no
/// message has to move its room in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomsPage {
    pub rooms: Vec<RoomRecord>,
    /// How many there are on all pages. Those of a search are counted up to
    /// [`protocol::limits::ROOMS_COUNTED_MAX`].
    pub count: u32,
    /// What the next page follows, where there is one.
    pub next: Option<RoomId>,
}

/// How much one page may hold. A page has at least one message where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit {
    pub messages: u32,
    /// Bytes of text; the message that goes beyond them is the page's last.
    pub bytes: usize,
}

/// The messages that changed in `(after, through]`, as they are now, ordered by `changed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesPage {
    pub messages: Vec<Message>,
    pub through: Seq,
    /// Whether `through` is the room's last change.
    pub complete: bool,
}

/// Durable state. Every method is one transaction: all of it is kept, or nothing.
///
/// A write has reached the disk when its method returns; every method fails with [`StoreError`] when the database does.
#[async_trait]
pub trait Store: Send + Sync {
    /// Names what the store holds: made with it, the same for as long as it goes on, new once it was set back to an
    /// earlier state.
    fn epoch(&self) -> Epoch;

    /// Starts a session for the user of this name, or of one that looks like it, creating the user if need be. Sessions of
    /// that user that were never confirmed end.
    async fn sign_in(&self, request: SignIn) -> Result<SignInOutcome>;

    /// The live session of a token.
    async fn session(&self, token: TokenHash, cutoff: SessionCutoff) -> Result<Option<Session>>;

    /// Which of these sessions live.
    async fn live_sessions(
        &self,
        ids: BTreeSet<SessionId>,
        cutoff: SessionCutoff,
    ) -> Result<BTreeSet<SessionId>>;

    /// Records that a session is in use, and so confirms it; `false` when it has ended or expired.
    async fn touch_session(&self, id: SessionId, at: Millis, cutoff: SessionCutoff)
    -> Result<bool>;

    /// Ends a session. Ending an ended one changes nothing.
    async fn end_session(&self, id: SessionId) -> Result<()>;

    /// Forgets the sessions that have expired.
    async fn forget_sessions(&self, cutoff: SessionCutoff) -> Result<()>;

    /// Creates a room, unless its name is taken, or one that looks like it.
    async fn create_room(&self, request: NewRoom) -> Result<CreateRoomOutcome>;

    /// The rooms with the newest messages, then the newest of those without any.
    async fn liveliest_rooms(&self, limit: u32) -> Result<Vec<RoomRecord>>;

    async fn count_rooms(&self) -> Result<u32>;

    /// Rooms in the order of their names; `None` where the room that they are to follow is unknown.
    async fn rooms_page(&self, query: RoomsQuery) -> Result<Option<RoomsPage>>;

    async fn room(&self, id: RoomId) -> Result<Option<RoomRecord>>;

    /// These rooms, as far as there are such.
    async fn rooms_by_id(&self, ids: BTreeSet<RoomId>) -> Result<Vec<RoomRecord>>;

    async fn room_by_slug(&self, slug: &str) -> Result<Option<RoomRecord>>;

    /// A room with its last messages, both as of the same moment.
    async fn room_with_history(
        &self,
        slug: &str,
        limit: PageLimit,
    ) -> Result<Option<(RoomRecord, MessagePage)>>;

    /// Appends messages in order, all in one transaction; one outcome for each. Keys may repeat inside the batch too.
    async fn append(&self, drafts: Vec<Append>) -> Result<Vec<AppendOutcome>>;

    /// The last messages of a room before `before` (or of all), ordered by `seq`. Empty for an unknown room.
    async fn history(
        &self,
        room: RoomId,
        before: Option<Seq>,
        limit: PageLimit,
    ) -> Result<MessagePage>;

    /// The first messages of a room after `after`, ordered by `seq`; `has_older` says whether there are any up to it. Empty
    /// for an unknown room.
    async fn history_after(
        &self,
        room: RoomId,
        after: Seq,
        limit: PageLimit,
    ) -> Result<MessagePage>;

    /// What changed first in a room after `after`. Empty and complete for an unknown room.
    async fn changes_after(
        &self,
        room: RoomId,
        after: Seq,
        limit: PageLimit,
    ) -> Result<ChangesPage>;

    /// Whether reading and writing work now.
    async fn check(&self) -> Result<()>;

    /// Waits until the store has broken for good without being closed: a thread of it has ended, say. It never does as long as
    /// all is well.
    async fn broken(&self);

    /// Finishes what was accepted and closes the files. Later calls fail with [`StoreError::Closed`].
    async fn close(&self);
}
