//! Messages that were written but are not on the timeline yet, in the order they were written.
//!
//! A message is taken in once, with its key, and leaves when its row is on the timeline. How it survives the page in
//! between is next door, in [`stored`].

pub mod stored;

use super::sorted::sort;
use protocol::{
    ClientFrame, CommandId, Epoch, ErrorCode, Limits, MessageKey, Millis, NewMessage, RoomId, Seq,
    tidy,
};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    pub message: NewMessage,
    pub home: Home,
    /// When it was written, by this browser's clock, to be shown. A clock that is set back must not change the order.
    pub at: Millis,
    /// Its place among all that was written in this browser.
    pub order: Order,
    pub progress: Progress,
    /// Whether it may be stored although no answer came, because it was under way when its connection was lost.
    pub is_doubtful: bool,
}

/// Where a message was written. The number of its room is good in one epoch only: in data that were restored from an older
/// copy it may be another room's, while an address stays that of the same room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Home {
    /// The address of the room. Empty in what older versions stored, which is taken as it is.
    pub slug: String,
    pub epoch: Epoch,
}

impl Home {
    /// Whether the room's number is not one of `epoch`.
    fn is_of_other(&self, epoch: Epoch) -> bool {
        !self.slug.is_empty() && self.epoch != epoch
    }
}

/// A count of what was written, which only grows. Messages from before there was one have 0.
pub type Order = u32;

/// The first pause after a refusal that may pass, in milliseconds, when the server names none.
const FIRST_PAUSE_MS: u32 = 1_000;

/// The longest such pause, in milliseconds.
const LONGEST_PAUSE_MS: u32 = 15_000;

#[derive(Debug, Clone, Default)]
pub struct Outbox {
    unsent: Vec<Unsent>,
    /// The epoch of the page.
    epoch: Epoch,
    /// One at a time: were two under way, a refusal of the first would let the second overtake it.
    under_way: Option<MessageKey>,
    /// Refusals in a row that may pass; while one is being waited for, nothing is sent.
    setbacks: u32,
    pausing: bool,
    /// What could not be stored in the browser, and would be gone with the page.
    unkept: Vec<MessageKey>,
}

impl Outbox {
    /// The outbox of a page whose rooms have the numbers of this epoch.
    #[must_use]
    pub fn new(epoch: Epoch) -> Self {
        Self { epoch, ..Self::default() }
    }

    /// Everything written for this room, in order, and what has no room any more: its author must find it somewhere.
    pub fn of_room(&self, room: RoomId) -> impl Iterator<Item = &Unsent> {
        self.unsent.iter().filter(move |unsent| {
            let is_homeless = unsent.progress == Progress::Refused(ErrorCode::UnknownRoom);
            is_homeless || unsent.message.room == room && !unsent.home.is_of_other(self.epoch)
        })
    }

    /// What is known of a message.
    #[must_use]
    pub fn get(&self, key: MessageKey) -> Option<&Unsent> {
        self.position(key).map(|at| &self.unsent[at])
    }

    /// The room of a message.
    #[must_use]
    pub fn room_of(&self, key: MessageKey) -> Option<RoomId> {
        self.get(key).map(|unsent| unsent.message.room)
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

    /// Takes a message in, as the tidy text that the server will store.
    ///
    /// # Errors
    /// [`ErrorCode::MessageEmpty`] or [`ErrorCode::MessageTooLong`]; then nothing was taken.
    pub fn add(
        &mut self,
        message: NewMessage,
        slug: String,
        at: Millis,
        order: Order,
    ) -> Result<&Unsent, ErrorCode> {
        let message = NewMessage { text: tidy(&message.text)?, ..message };
        let (home, progress) = (Home { slug, epoch: self.epoch }, Progress::Waiting);
        self.unsent.push(Unsent { message, home, at, order, progress, is_doubtful: false });
        self.unsent.last().ok_or(ErrorCode::Unknown)
    }

    /// A message could not be stored in the browser.
    pub fn not_kept(&mut self, key: MessageKey) {
        self.unkept.push(key);
    }

    /// Whether something that the server has not confirmed would be gone with the page.
    #[must_use]
    pub fn has_unkept(&self) -> bool {
        let is_stored = |unsent: &Unsent| matches!(unsent.progress, Progress::Stored(_));
        let is_unkept = |unsent: &Unsent| self.unkept.contains(&unsent.message.key);
        self.unsent.iter().any(|unsent| is_unkept(unsent) && !is_stored(unsent))
    }

    /// Takes over what another page has left, in the order it was written. What an older version took and this one would
    /// not is left to its author.
    pub fn adopt(&mut self, left: Vec<Unsent>) {
        for mut unsent in left {
            if self.position(unsent.message.key).is_none() {
                match tidy(&unsent.message.text) {
                    Ok(text) => unsent.message.text = text,
                    Err(code) => unsent.progress = Progress::Refused(code),
                }
                self.unsent.push(unsent);
            }
        }
        sort(&mut self.unsent, |unsent| (unsent.order.into(), String::new(), unsent.at.0));
    }

    /// The highest place that is taken.
    #[must_use]
    pub fn last_order(&self) -> Order {
        self.unsent.iter().map(|unsent| unsent.order).max().unwrap_or_default()
    }

    /// The next message to put on the wire, which then counts as under way. What is beyond the server's limits is refused
    /// here, because a frame that is too long would cost the socket, again and again.
    pub fn take_next(&mut self, limits: Limits) -> Option<NewMessage> {
        if self.under_way.is_some() || self.pausing {
            return None;
        }
        let waiting = |unsent: &&mut Unsent| unsent.progress == Progress::Waiting;
        let epoch = self.epoch;
        for next in self.unsent.iter_mut().filter(waiting) {
            if next.home.is_of_other(epoch) {
                return None;
            }
            if fits(&next.message, limits) {
                self.under_way = Some(next.message.key);
                return Some(next.message.clone());
            }
            next.progress = Progress::Refused(ErrorCode::MessageTooLong);
        }
        None
    }

    /// The next message, when the number of its room is of another epoch: which room it is for has to be found out before it
    /// may go. Until then it counts as under way. Gives its key and the address of the room.
    pub fn take_stray(&mut self) -> Option<(MessageKey, String)> {
        if self.under_way.is_some() || self.pausing {
            return None;
        }
        let next = self.unsent.iter().find(|unsent| unsent.progress == Progress::Waiting)?;
        let (key, slug) = (next.message.key, next.home.slug.clone());
        next.home.is_of_other(self.epoch).then(|| {
            self.under_way = Some(key);
            (key, slug)
        })
    }

    /// The room at this address has this number now: what was written there may go.
    pub fn found(&mut self, key: MessageKey, slug: &str, room: RoomId) {
        self.arrived(key);
        let epoch = self.epoch;
        for unsent in &mut self.unsent {
            if unsent.home.slug == slug && unsent.home.is_of_other(epoch) {
                unsent.message.room = room;
                unsent.home.epoch = epoch;
            }
        }
    }

    /// The socket was closed because of what it was sent: what is under way is not sent again by itself.
    pub fn rejected(&mut self, code: ErrorCode) {
        let at = self.under_way.take().and_then(|key| self.position(key));
        // One whose room was only looked for was not sent.
        if let Some(at) = at.filter(|at| !self.unsent[*at].home.is_of_other(self.epoch)) {
            self.unsent[at].progress = Progress::Refused(code);
        }
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
            // Had an earlier try been stored, this one would have got its answer.
            self.unsent[at].is_doubtful = false;
        }
        None
    }

    /// The pause after a refusal is over.
    pub fn resume(&mut self) {
        self.pausing = false;
    }

    /// The socket is gone, and with it every answer it still owed.
    pub fn disconnected(&mut self) {
        if let Some(at) = self.under_way.take().and_then(|key| self.position(key)) {
            let unsent = &mut self.unsent[at];
            unsent.is_doubtful |= !unsent.home.is_of_other(self.epoch);
        }
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

    /// Sends a refused message again: with its old key, or with this `fresh` one where the old one is another message's.
    pub fn retry(&mut self, key: MessageKey, fresh: MessageKey) -> Option<&Unsent> {
        let at = self.position(key)?;
        let unsent = &mut self.unsent[at];
        if unsent.progress == Progress::Refused(ErrorCode::KeyReused) {
            unsent.message.key = fresh;
        }
        unsent.progress = Progress::Waiting;
        Some(unsent)
    }

    /// Whether its author may still take a message back: it is not stored, and nothing was sent that may have stored it.
    #[must_use]
    pub fn is_free(&self, key: MessageKey) -> bool {
        let is_free = |unsent: &Unsent| match unsent.progress {
            Progress::Waiting => !unsent.is_doubtful,
            Progress::Refused(_) => true,
            Progress::Stored(_) => false,
        };
        self.under_way != Some(key) && self.get(key).is_some_and(is_free)
    }

    /// Gives the text of a message back to its author, and lets go of it, while that is possible.
    pub fn take_back(&mut self, key: MessageKey) -> Option<NewMessage> {
        let at = self.position(key).filter(|_| self.is_free(key))?;
        Some(self.unsent.remove(at).message)
    }

    /// What is refused, to be sent again.
    pub fn refused_keys(&self) -> Vec<MessageKey> {
        let refused = |unsent: &&Unsent| matches!(unsent.progress, Progress::Refused(_));
        self.unsent.iter().filter(refused).map(|unsent| unsent.message.key).collect()
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

/// Whether the server takes a message of this size, alone and as a frame.
fn fits(message: &NewMessage, limits: Limits) -> bool {
    let frame = ClientFrame::Send { id: CommandId(u32::MAX), message: message.clone() };
    let is_within =
        |bytes: usize, limit: u32| u32::try_from(bytes).is_ok_and(|bytes| bytes <= limit);
    let encoded = serde_json::to_string(&frame).map_or(usize::MAX, |frame| frame.len());
    is_within(message.text.len(), limits.message_bytes) && is_within(encoded, limits.frame_bytes)
}

#[cfg(test)]
mod tests;
