//! Changes of a room on their way to its subscribers.

use super::backlog::QUEUE_BYTES_MAX;
use super::encode;
use bytes::Bytes;
use protocol::limits::CATCH_UP_MESSAGES;
use protocol::{Message, RoomId, Seq, ServerFrame};
use std::borrow::Cow;
use std::collections::VecDeque;

/// Messages that may wait to be broadcast. With more to tell, reading them from the store in pages is the better way.
pub(super) const MESSAGES_MAX: usize = CATCH_UP_MESSAGES as usize;

/// Bytes that may wait to be broadcast: more than is said while a room is being told, and a bound on what a room holds.
pub(super) const BYTES_MAX: usize = 2 * 1024 * 1024;

/// Bytes sent in one frame, so that it fits into the queue of every socket that keeps up.
const FRAME_BYTES_MAX: usize = QUEUE_BYTES_MAX;

/// Bytes of a frame, and of each message in it, besides text and name: the names of the fields and the longest numbers.
const FIELDS_BYTES: usize = 256;

/// Bytes that JSON may make of one: stored texts have quotes, backslashes, tabs and line breaks to escape, and no other
/// control characters.
const ESCAPED_BYTES: usize = 2;

/// Changes that wait to be broadcast, as the frames they will be sent in.
#[derive(Default)]
pub(super) struct Gathered {
    frames: VecDeque<Changes>,
}

impl Gathered {
    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whether a frame is full, so that waiting for more would save nothing.
    pub(super) fn has_full_frame(&self) -> bool {
        self.frames.len() > 1
    }

    /// Adds the changes in `(after, through]`. With too many, all are left to the store.
    pub(super) fn append(&mut self, after: Seq, through: Seq, messages: Vec<Message>) {
        let mut end = after;
        for message in messages {
            let bytes = bytes_of(&message);
            let frame = self.frame_from(end, bytes);
            end = message.changed;
            frame.through = end;
            frame.bytes += bytes;
            frame.messages.push(message);
        }
        self.frame_from(end, 0).through = through;
        let messages: usize = self.frames.iter().map(|frame| frame.messages.len()).sum();
        let bytes: usize = self.frames.iter().map(|frame| frame.bytes).sum();
        if messages > MESSAGES_MAX || bytes > BYTES_MAX {
            self.frames = VecDeque::from([Changes::new(through)]);
        }
    }

    /// Takes the changes of the first frame.
    pub(super) fn take(&mut self) -> Option<Changes> {
        self.frames.pop_front()
    }

    /// The frame that goes on after `end` and has place for so many bytes.
    fn frame_from(&mut self, end: Seq, bytes: usize) -> &mut Changes {
        let fits = |last: &Changes| last.through == end && last.bytes + bytes <= FRAME_BYTES_MAX;
        if !self.frames.back().is_some_and(fits) {
            self.frames.push_back(Changes::new(end));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }
}

/// The changes in `(after, through]`, told in one frame. With none in between they only say that something happened.
pub(super) struct Changes {
    after: Seq,
    through: Seq,
    messages: Vec<Message>,
    /// The most that the frame may have.
    bytes: usize,
}

impl Changes {
    fn new(after: Seq) -> Self {
        Self { after, through: after, messages: Vec::new(), bytes: FIELDS_BYTES }
    }

    pub(super) fn encode(self, room: RoomId) -> Encoded {
        let frame = self.frame(room, self.after);
        Encoded { room, changes: self, frame }
    }

    /// The frame for somebody who has everything up to `after`; none where the store has to help.
    fn frame(&self, room: RoomId, after: Seq) -> Option<Bytes> {
        let through = self.through;
        let is_new = |message: &&Message| message.changed > after;
        let messages = || self.messages.iter().filter(is_new).cloned().collect();
        let frame = || encode(&ServerFrame::Changes { room, after, through, messages: messages() });
        (after >= self.after && after < through).then(frame)
    }
}

fn bytes_of(message: &Message) -> usize {
    FIELDS_BYTES + ESCAPED_BYTES * (message.text.len() + message.author.name.len())
}

/// Changes with the frame that most subscribers get.
pub(super) struct Encoded {
    room: RoomId,
    changes: Changes,
    frame: Option<Bytes>,
}

impl Encoded {
    pub(super) fn through(&self) -> Seq {
        self.changes.through
    }

    /// The frame for a subscriber that has everything up to `after`; none where it has to ask the store.
    pub(super) fn since(&self, after: Seq) -> Option<Cow<'_, Bytes>> {
        if after == self.changes.after {
            return self.frame.as_ref().map(Cow::Borrowed);
        }
        // It got a part from the store, just before the rest was to be told.
        self.changes.frame(self.room, after).map(Cow::Owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::limits::{MESSAGE_BYTES_MAX, USER_NAME_CHARS_MAX};
    use protocol::{MessageKey, Millis, User, UserId};
    use uuid::Uuid;

    #[test]
    fn the_largest_frame_fits_into_an_empty_queue() {
        let user = User { id: UserId(i64::MAX), name: "\u{10348}".repeat(USER_NAME_CHARS_MAX) };
        // As many short messages as fit, and long ones of nothing but what has to be escaped.
        for text in ["x".to_owned(), "\"".repeat(MESSAGE_BYTES_MAX)] {
            let mut gathered = Gathered::default();
            for seq in (i64::MAX - 100)..i64::MAX {
                let message = Message {
                    seq: Seq(seq),
                    changed: Seq(seq),
                    author: user.clone(),
                    key: MessageKey(Uuid::max()),
                    text: text.clone(),
                    at: Millis(i64::MAX),
                };
                gathered.append(Seq(seq - 1), Seq(seq), vec![message]);
                if gathered.has_full_frame() {
                    break;
                }
            }
            let encoded = gathered.take().expect("a frame").encode(RoomId(i64::MAX));
            let frame = encoded.frame.expect("changes to tell");
            assert!(frame.len() <= QUEUE_BYTES_MAX, "{} bytes", frame.len());
        }
    }

    #[test]
    fn what_waits_is_bounded_in_bytes() {
        let mut gathered = Gathered::default();
        let text = "x".repeat(MESSAGE_BYTES_MAX);
        let most = i64::try_from(BYTES_MAX / MESSAGE_BYTES_MAX).expect("a small number");
        for seq in 1..=most {
            let user = User { id: UserId(1), name: "Ada".into() };
            let (seq, key, text) = (Seq(seq), MessageKey(Uuid::nil()), text.clone());
            let message = Message { seq, changed: seq, author: user, key, text, at: Millis(0) };
            gathered.append(seq.previous(), seq, vec![message]);
            let held: usize = gathered.frames.iter().map(|frame| frame.bytes).sum();
            assert!(held <= BYTES_MAX, "{held} bytes");
        }
        let first = gathered.take().expect("news").encode(RoomId(1));
        assert!(first.since(Seq(0)).is_none(), "who has nothing yet reads the store");
        assert!(first.through() > Seq(0), "and knows that there is something");
    }
}
