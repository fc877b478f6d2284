//! The reducer of one room: its messages, without a hole from the first loaded one up to `through`.
//!
//! Frames may be lost, doubled, late or shuffled. Whatever they do, the timeline only ever moves forward, and a hole is
//! reported instead of being papered over.

use protocol::{Message, MessageKey, MessagePage, Seq};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What became of a batch of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Applied {
    /// The timeline moved on.
    Merged,
    /// All of it was known already.
    Old,
    /// Something between is missing: ask again for what follows [`Timeline::through`].
    Gap,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Also holds messages before `floor` that changed while they were not loaded: a page of history that was read
    /// before the change must not bring the old text back.
    messages: BTreeMap<Seq, Arc<Message>>,
    /// Everything from here on is loaded; [`Seq::ZERO`] when that is the whole room.
    floor: Seq,
    through: Seq,
}

impl Timeline {
    /// A room as its page showed it.
    #[must_use]
    pub fn new(page: MessagePage, through: Seq) -> Self {
        let mut timeline = Self { messages: BTreeMap::new(), floor: through.next(), through };
        timeline.prepend(through.next(), page);
        timeline
    }

    /// The position up to which everything is known.
    #[must_use]
    pub fn through(&self) -> Seq {
        self.through
    }

    /// The position to read older history before, while there is some.
    #[must_use]
    pub fn older_before(&self) -> Option<Seq> {
        (self.floor > Seq::ZERO).then_some(self.floor)
    }

    /// The loaded messages, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        self.messages.range(self.floor..).map(|(_, message)| message)
    }

    /// The newest message.
    #[must_use]
    pub fn last(&self) -> Option<&Arc<Message>> {
        self.messages().next_back()
    }

    /// Takes every change after `after` up to and including `through`, be it a snapshot, catch-up or live.
    pub fn apply(&mut self, after: Seq, through: Seq, messages: Vec<Message>) -> Applied {
        if through <= self.through {
            return Applied::Old;
        }
        if after > self.through {
            return Applied::Gap;
        }
        for message in messages {
            self.merge(message);
        }
        self.through = through;
        Applied::Merged
    }

    /// Takes the page of history just before `before`.
    pub fn prepend(&mut self, before: Seq, page: MessagePage) {
        if before < self.floor {
            return;
        }
        let first = page.messages.first().map_or(before, |message| message.seq);
        for message in page.messages {
            self.merge(message);
        }
        self.floor = if page.has_older { self.floor.min(first) } else { Seq::ZERO };
    }

    /// Whether a message with this key is among the loaded ones.
    #[must_use]
    pub fn has_key(&self, key: MessageKey) -> bool {
        self.messages().rev().any(|message| message.key == key)
    }

    fn merge(&mut self, message: Message) {
        let known = self.messages.get(&message.seq);
        if known.is_none_or(|known| known.changed < message.changed) {
            self.messages.insert(message.seq, Arc::new(message));
        }
    }
}

#[cfg(test)]
mod tests;
