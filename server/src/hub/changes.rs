//! Changes of a room on their way to its followers.

use super::encode;
use bytes::Bytes;
use protocol::limits::CATCH_UP_MESSAGES;
use protocol::{Message, RoomId, Seq, ServerFrame};
use std::borrow::Cow;

/// Messages told together. With more to tell, reading them from the store in pages is the better way, and bounded.
pub(super) const MESSAGES_MAX: usize = CATCH_UP_MESSAGES as usize;

/// The changes in `(after, through]`, gathered to be told together.
pub(super) struct Changes {
    after: Seq,
    through: Seq,
    messages: Vec<Message>,
    /// Whether `messages` are not all of them.
    has_hole: bool,
}

impl Changes {
    pub(super) fn new(after: Seq, through: Seq, messages: Vec<Message>) -> Self {
        let has_hole = messages.len() > MESSAGES_MAX;
        Self { after, through, messages, has_hole }
    }

    /// Adds the changes in `(after, through]`.
    pub(super) fn append(&mut self, after: Seq, through: Seq, messages: Vec<Message>) {
        self.has_hole |=
            after > self.through || self.messages.len() + messages.len() > MESSAGES_MAX;
        self.through = self.through.max(through);
        if self.has_hole {
            self.messages = Vec::new();
        } else {
            self.messages.extend(messages);
        }
    }

    pub(super) fn encode(self, room: RoomId) -> Encoded {
        let frame = self.frame(room, self.after);
        Encoded { room, changes: self, frame }
    }

    /// The frame for somebody who has everything up to `after`; none where the store has to help.
    fn frame(&self, room: RoomId, after: Seq) -> Option<Bytes> {
        let Self { through, has_hole, .. } = *self;
        let is_new = |message: &&Message| message.changed > after;
        let messages = || self.messages.iter().filter(is_new).cloned().collect();
        let frame = || encode(&ServerFrame::Changes { room, after, through, messages: messages() });
        (!has_hole && after >= self.after).then(frame)
    }
}

/// Changes with the frame that most followers get.
pub(super) struct Encoded {
    room: RoomId,
    changes: Changes,
    frame: Option<Bytes>,
}

impl Encoded {
    pub(super) fn through(&self) -> Seq {
        self.changes.through
    }

    /// The frame for a follower that has everything up to `after`; none where it has to ask the store.
    pub(super) fn since(&self, after: Seq) -> Option<Cow<'_, Bytes>> {
        if after == self.changes.after {
            return self.frame.as_ref().map(Cow::Borrowed);
        }
        // It got a part from the store, just before the rest was to be told.
        self.changes.frame(self.room, after).map(Cow::Owned)
    }
}
