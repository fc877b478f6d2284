//! The reducer of one room: its newest messages up to `through`, and the stretch around the reader where that is far above.
//!
//! Frames may be lost, doubled, late or shuffled. Whatever they do, the timeline only ever moves forward, and a hole in
//! what came is reported instead of being papered over.
//!
//! What is far from the reader is forgotten ([`Timeline::trim`]) and read again when wanted, so a tab that stays open costs
//! no more after a year than after an hour, and nothing here takes longer because more was ever loaded.

use protocol::{Message, MessagePage, Seq};
use std::sync::Arc;

/// Messages on the page at most: several screens each way, and still quick to lay out on a phone.
pub const SHOWN_MAX: usize = 300;

/// Messages that are kept before it is worth looking which to forget.
pub const KEPT_MAX: usize = 6 * SHOWN_MAX;

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

/// Where a page of history has to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    Before(Seq),
    After(Seq),
}

/// A wish for a page of history. It is bound to what was known when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    pub beside: Beside,
    unseen: Seq,
}

/// Messages strictly between these are not loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hole {
    after: Seq,
    before: Seq,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The loaded ones in their order: few enough that moving them costs less than the code of a tree.
    messages: Vec<Arc<Message>>,
    /// Everything from here on is loaded, but for the hole; [`Seq::ZERO`] when the room begins there.
    floor: Seq,
    /// Only while the reader is above it.
    hole: Option<Hole>,
    /// Messages up to here, above the hole, are as they were before the room started over.
    doubtful: Option<Seq>,
    through: Seq,
    /// The last change of a message that is not loaded: a page asked for before it may have the old text.
    unseen: Seq,
}

impl Timeline {
    /// A room as its page showed it.
    #[must_use]
    pub fn new(page: MessagePage, through: Seq) -> Self {
        let (floor, unseen) = (through.next(), Seq::ZERO);
        let (messages, hole, doubtful) = (Vec::new(), None, None);
        let mut timeline = Self { messages, floor, hole, doubtful, through, unseen };
        timeline.prepend(page);
        timeline
    }

    /// Starts over with the room's last page, because too much was missed. With `place`, the stretch that it is in stays,
    /// above a hole and to be read again; the end of that stretch, unless the room is not what it was.
    pub fn start_over(
        &mut self,
        page: MessagePage,
        through: Seq,
        place: Option<Seq>,
    ) -> Option<Seq> {
        let old = std::mem::replace(self, Self::new(page, through));
        // What was asked for before is not meant for this timeline.
        self.unseen = through;
        let (start, end) = old.stretch(place?);
        // A page of history may have been newer than the last change that was told.
        let known = old.last().map_or(old.through, |last| last.seq.max(old.through));
        // What is on the new page, too, is taken from there.
        let end = end.min(known).min(self.floor.previous());
        if old.through > through || start > end {
            return None;
        }
        let hole = Hole { after: end, before: self.floor };
        self.messages.splice(..0, old.within(start, end).iter().cloned());
        self.floor = start;
        self.hole = (hole.after.next() < hole.before).then_some(hole);
        self.doubtful = Some(end);
        Some(end)
    }

    /// The position up to which everything is known.
    #[must_use]
    pub fn through(&self) -> Seq {
        self.through
    }

    /// How many messages are loaded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The wish for the history before what is loaded, while there is some.
    #[must_use]
    pub fn older(&self) -> Option<Wish> {
        (self.floor > Seq::ZERO).then_some(self.wish(Beside::Before(self.floor)))
    }

    /// The wish for what follows the stretch that a reader at `bottom` is in, when its end was forgotten.
    #[must_use]
    pub fn newer(&self, bottom: Seq) -> Option<Wish> {
        let hole = self.hole.filter(|hole| bottom <= hole.after)?;
        Some(self.wish(Beside::After(hole.after)))
    }

    /// The wish for what may be other by now than it is here.
    #[must_use]
    pub fn doubtful(&self) -> Option<Wish> {
        Some(self.wish(Beside::Before(self.doubtful?.next())))
    }

    /// The messages of one stretch up to `bottom` (or up to the newest), the last one first.
    pub fn back_from(&self, bottom: Option<Seq>) -> impl Iterator<Item = &Arc<Message>> {
        let end = bottom.unwrap_or(Seq(i64::MAX));
        let (start, _) = self.stretch(end);
        self.within(start, end).iter().rev()
    }

    /// The messages after `bottom` in the same stretch, oldest first.
    pub fn forward_from(&self, bottom: Seq) -> impl Iterator<Item = &Arc<Message>> {
        let (_, end) = self.stretch(bottom);
        self.within(bottom.next(), end).iter()
    }

    /// The newest message.
    #[must_use]
    pub fn last(&self) -> Option<&Arc<Message>> {
        self.messages.last()
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
            if self.is_loaded(message.seq) {
                self.merge(message);
            } else {
                self.unseen = self.unseen.max(message.changed);
            }
        }
        self.through = through;
        Applied::Merged
    }

    /// Takes the page that was wished for; `false` when it fits no more and has to be wished for again.
    pub fn take(&mut self, wish: Wish, page: MessagePage) -> bool {
        if wish.unseen != self.unseen {
            return false;
        }
        match (wish.beside, self.hole) {
            (Beside::Before(before), _) if before == self.floor => self.prepend(page),
            (Beside::Before(before), _) if Some(before.previous()) == self.doubtful => {
                self.renew(page);
            }
            (Beside::After(after), Some(hole)) if after == hole.after => self.fill(hole, page),
            _ => return false,
        }
        true
    }

    /// Forgets what is far from a reader whose page ends with `bottom`, or follows the newest: a page's worth is kept above
    /// and below theirs, and at the end, where they may jump to.
    pub fn trim(&mut self, bottom: Option<Seq>) {
        // Below the hole nothing leads back across it but reading.
        let is_left = |hole: &Hole| bottom.is_none_or(|bottom| bottom >= hole.before);
        if let Some(hole) = self.hole.filter(is_left) {
            self.forget_before(hole.before);
        }
        if self.messages.len() <= KEPT_MAX {
            return;
        }
        let above = self.within(Seq::ZERO, bottom.unwrap_or(Seq(i64::MAX)));
        if let Some(first) = above.iter().rev().map(|message| message.seq).nth(2 * SHOWN_MAX - 1) {
            self.forget_before(first);
        }
        let Some(bottom) = bottom else { return };
        let below = self.within(bottom.next(), Seq(i64::MAX));
        let after = below.iter().map(|message| message.seq).nth(SHOWN_MAX - 1);
        let before = self.messages.iter().rev().map(|message| message.seq).nth(SHOWN_MAX - 1);
        let (Some(mut after), Some(mut before)) = (after, before) else { return };
        if let Some(hole) = self.hole {
            (after, before) = (after.min(hole.after), before.max(hole.before));
        }
        if after < before {
            self.messages.retain(|message| message.seq <= after || message.seq >= before);
            self.hole = Some(Hole { after, before });
        }
    }

    fn wish(&self, beside: Beside) -> Wish {
        Wish { beside, unseen: self.unseen }
    }

    /// From where to where everything is loaded around a place.
    fn stretch(&self, place: Seq) -> (Seq, Seq) {
        let end = Seq(i64::MAX);
        self.hole.map_or((self.floor, end), |hole| {
            if place >= hole.before { (hole.before, end) } else { (self.floor, hole.after) }
        })
    }

    fn is_loaded(&self, seq: Seq) -> bool {
        let is_in_hole = |hole: Hole| seq > hole.after && seq < hole.before;
        seq >= self.floor && !self.hole.is_some_and(is_in_hole)
    }

    /// Takes the page just before the floor.
    fn prepend(&mut self, page: MessagePage) {
        self.floor = match page.messages.first() {
            Some(first) if page.has_older => self.floor.min(first.seq),
            _ if page.has_older => self.floor,
            _ => Seq::ZERO,
        };
        page.messages.into_iter().for_each(|message| self.merge(message));
    }

    /// Takes the page that begins the hole. One that is empty, or reaches beyond it, leaves nothing missing.
    fn fill(&mut self, hole: Hole, page: MessagePage) {
        let end = page.messages.last().map_or(hole.before, |last| last.seq.next());
        self.hole = (end < hole.before).then_some(Hole { after: end.previous(), ..hole });
        page.messages.into_iter().for_each(|message| self.merge(message));
    }

    /// Takes the page that ends the doubtful messages.
    fn renew(&mut self, page: MessagePage) {
        let rest = page.messages.first().map(|first| first.seq.previous());
        self.doubtful = rest.filter(|rest| page.has_older && *rest >= self.floor);
        for message in page.messages {
            if self.is_loaded(message.seq) {
                self.merge(message);
            }
        }
    }

    fn forget_before(&mut self, first: Seq) {
        self.messages.retain(|message| message.seq >= first);
        self.floor = first;
        self.doubtful = self.doubtful.filter(|doubtful| *doubtful >= first);
        self.hole = self.hole.filter(|hole| hole.after >= first);
    }

    fn merge(&mut self, message: Message) {
        match self.messages.binary_search_by_key(&message.seq, |known| known.seq) {
            Ok(at) if self.messages[at].changed < message.changed => {
                self.messages[at] = Arc::new(message);
            }
            Ok(_) => {}
            Err(at) => self.messages.insert(at, Arc::new(message)),
        }
    }

    /// The loaded messages from `start` up to and including `end`.
    fn within(&self, start: Seq, end: Seq) -> &[Arc<Message>] {
        let from = self.messages.partition_point(|message| message.seq < start);
        let to = self.messages.partition_point(|message| message.seq <= end);
        self.messages.get(from..to).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
