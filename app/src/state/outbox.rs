//! Messages that were written but are not on the timeline yet, in the order they were written.
//!
//! A message is taken in once, with its key, and leaves when its row is on the timeline. In between it is on the shelf
//! (the browser's storage, one item a message), so it survives a reload, and a tab opened later sends what a closed
//! one left. Two tabs may send the same message; the server keeps one for each key.

use protocol::limits::MESSAGE_BYTES_MAX;
use protocol::{ErrorCode, MessageKey, Millis, NewMessage, RoomId, Seq, UserId};
use serde::{Deserialize, Serialize};

/// Where unsent messages outlive the page. Storage that fails (full, forbidden) costs the reload, never the message.
pub trait Shelf {
    /// All values whose name starts so.
    fn all(&self, prefix: &str) -> Vec<String>;
    fn put(&self, name: &str, value: &str);
    fn remove(&self, name: &str);
}

/// What is known of an unsent message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Will be sent, or is under way.
    Waiting,
    /// Refused; only its author can go on.
    Refused(ErrorCode),
    /// Durable under this position; its row has not come yet.
    Stored(Seq),
}

/// A message in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Shelved", into = "Shelved")]
pub struct Unsent {
    pub message: NewMessage,
    /// When it was written, by this browser's clock; keeps the order across tabs.
    pub at: Millis,
    pub progress: Progress,
}

/// An [`Unsent`] as it is on the shelf, where it always waits.
#[derive(Serialize, Deserialize)]
struct Shelved {
    room: RoomId,
    key: MessageKey,
    text: String,
    at: Millis,
}

impl From<Shelved> for Unsent {
    fn from(Shelved { room, key, text, at }: Shelved) -> Self {
        Self { message: NewMessage { room, key, text }, at, progress: Progress::Waiting }
    }
}

impl From<Unsent> for Shelved {
    fn from(Unsent { message: NewMessage { room, key, text }, at, .. }: Unsent) -> Self {
        Self { room, key, text, at }
    }
}

/// The first pause after a refusal that may pass, in milliseconds, when the server names none.
const FIRST_PAUSE_MS: u32 = 1_000;

/// The longest such pause, in milliseconds.
const LONGEST_PAUSE_MS: u32 = 15_000;

#[derive(Debug, Clone, Default)]
pub struct Outbox {
    unsent: Vec<Unsent>,
    /// One at a time: were two under way, a refusal of the first would let the second overtake it.
    under_way: Option<MessageKey>,
    /// Refusals in a row that may pass; while one is being waited for, nothing is sent.
    setbacks: u32,
    pausing: bool,
}

impl Outbox {
    /// Everything written for this room, in order.
    pub fn of_room(&self, room: RoomId) -> impl Iterator<Item = &Unsent> {
        self.unsent.iter().filter(move |unsent| unsent.message.room == room)
    }

    /// The room of a message.
    #[must_use]
    pub fn room_of(&self, key: MessageKey) -> Option<RoomId> {
        self.position(key).map(|at| self.unsent[at].message.room)
    }

    /// How many are neither stored nor under way without trouble.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.unsent.iter().filter(|unsent| matches!(unsent.progress, Progress::Refused(_))).count()
    }

    /// How many the server has not confirmed.
    #[must_use]
    pub fn unconfirmed(&self) -> usize {
        self.unsent.iter().filter(|unsent| !matches!(unsent.progress, Progress::Stored(_))).count()
    }

    /// Takes a message in.
    ///
    /// # Errors
    /// [`ErrorCode::MessageEmpty`] or [`ErrorCode::MessageTooLong`]; then nothing was taken.
    pub fn add(&mut self, message: NewMessage, at: Millis) -> Result<&Unsent, ErrorCode> {
        let text = message.text.trim();
        if text.is_empty() {
            return Err(ErrorCode::MessageEmpty);
        }
        if text.len() > MESSAGE_BYTES_MAX {
            return Err(ErrorCode::MessageTooLong);
        }
        let message = NewMessage { text: text.to_owned(), ..message };
        self.unsent.push(Unsent { message, at, progress: Progress::Waiting });
        self.unsent.last().ok_or(ErrorCode::Unknown)
    }

    /// Takes over what is on the shelf, in the order it was written.
    pub fn adopt(&mut self, saved: Vec<Unsent>) {
        for unsent in saved {
            if self.position(unsent.message.key).is_none() {
                self.unsent.push(unsent);
            }
        }
        self.unsent.sort_by_key(|unsent| unsent.at);
    }

    /// The next message to put on the wire, which then counts as under way.
    pub fn take_next(&mut self) -> Option<NewMessage> {
        if self.under_way.is_some() || self.pausing {
            return None;
        }
        let next = self.unsent.iter().find(|unsent| unsent.progress == Progress::Waiting)?;
        self.under_way = Some(next.message.key);
        Some(next.message.clone())
    }

    /// The server stored it. It stays until its row is [`seen`](Self::seen).
    pub fn stored(&mut self, key: MessageKey, seq: Seq) {
        self.arrived(key);
        self.setbacks = 0;
        if let Some(at) = self.position(key) {
            self.unsent[at].progress = Progress::Stored(seq);
        }
    }

    /// The server refused it. When that may pass, says how many milliseconds to wait before [`resume`](Self::resume).
    #[must_use]
    pub fn refused_with(
        &mut self,
        key: MessageKey,
        code: ErrorCode,
        retry_after_ms: Option<u32>,
    ) -> Option<u32> {
        self.arrived(key);
        if code.is_retryable() {
            let own = FIRST_PAUSE_MS.saturating_mul(1 << self.setbacks.min(8));
            self.setbacks = self.setbacks.saturating_add(1);
            self.pausing = true;
            return Some(retry_after_ms.unwrap_or(own).min(LONGEST_PAUSE_MS));
        }
        if let Some(at) = self.position(key) {
            self.unsent[at].progress = Progress::Refused(code);
        }
        None
    }

    /// The pause after a refusal is over.
    pub fn resume(&mut self) {
        self.pausing = false;
    }

    /// The socket is gone, and with it every answer it still owed.
    pub fn disconnected(&mut self) {
        self.under_way = None;
        self.pausing = false;
    }

    /// Its row is on the timeline, or nobody looks at its room: it may go.
    pub fn seen(&mut self, key: MessageKey) {
        self.arrived(key);
        self.unsent.retain(|unsent| unsent.message.key != key);
    }

    /// Lets go of stored messages of a room whose rows must be on the timeline, now that it is known through `through`,
    /// or that nobody waits for, because the room is not open. Says whether there were any.
    pub fn settle(&mut self, room: RoomId, through: Option<Seq>) -> bool {
        let before = self.unsent.len();
        self.unsent.retain(|unsent| match unsent.progress {
            Progress::Stored(seq) if unsent.message.room == room => {
                through.is_some_and(|through| seq > through)
            }
            _ => true,
        });
        self.unsent.len() < before
    }

    /// Sends a refused message again, with its old key.
    pub fn retry(&mut self, key: MessageKey) {
        if let Some(at) = self.position(key) {
            self.unsent[at].progress = Progress::Waiting;
        }
    }

    /// Sends everything again that is refused or waits out a pause.
    pub fn retry_all(&mut self) {
        self.pausing = false;
        for unsent in &mut self.unsent {
            if matches!(unsent.progress, Progress::Refused(_)) {
                unsent.progress = Progress::Waiting;
            }
        }
    }

    fn arrived(&mut self, key: MessageKey) {
        if self.under_way == Some(key) {
            self.under_way = None;
        }
    }

    fn position(&self, key: MessageKey) -> Option<usize> {
        self.unsent.iter().position(|unsent| unsent.message.key == key)
    }
}

/// The start of the names of all items of a user, so that people who share a browser do not send for each other.
fn shelf_prefix(user: UserId) -> String {
    format!("hubbub.unsent.{user}.")
}

/// The name of one item.
fn shelf_name(user: UserId, key: MessageKey) -> String {
    format!("{}{key}", shelf_prefix(user))
}

/// The key behind the name of an item, when it is one of this user's.
#[must_use]
pub fn shelved_key(user: UserId, name: &str) -> Option<MessageKey> {
    let key = name.strip_prefix(&shelf_prefix(user))?;
    key.parse().ok().map(MessageKey)
}

/// Keeps a message beyond the page.
pub fn save(shelf: &impl Shelf, user: UserId, unsent: &Unsent) {
    if let Ok(value) = serde_json::to_string(unsent) {
        shelf.put(&shelf_name(user, unsent.message.key), &value);
    }
}

/// Lets go of a message.
pub fn forget(shelf: &impl Shelf, user: UserId, key: MessageKey) {
    shelf.remove(&shelf_name(user, key));
}

/// Everything kept for this user, in the order it was written.
#[must_use]
pub fn saved(shelf: &impl Shelf, user: UserId) -> Vec<Unsent> {
    let values = shelf.all(&shelf_prefix(user));
    let mut saved: Vec<Unsent> =
        values.iter().filter_map(|value| serde_json::from_str(value).ok()).collect();
    saved.sort_by_key(|unsent| unsent.at);
    saved
}

#[cfg(test)]
mod tests;
