//! Counts what no chat may do: lose a message, show it twice, show it out of order.
//!
//! Every receiver is checked on its own, message by message; what a receiver saw under a number must be what all the
//! others saw under it.

use fixedbitset::FixedBitSet;
use serde::Serialize;

/// Promises broken, by kind. A run with any of them has failed, whatever its speed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Violations {
    /// Deliveries that never came.
    pub missing: u64,
    /// Deliveries that came again.
    pub doubled: u64,
    /// Deliveries that came after a later one.
    pub out_of_order: u64,
    /// Deliveries whose content was not the one sent under that number, or the same for all.
    pub altered: u64,
    /// Frames whose range does not continue the one before, or does not match their messages.
    pub misframed: u64,
}

impl Violations {
    pub fn any(&self) -> bool {
        *self != Self::default()
    }

    pub fn add(&mut self, other: &Self) {
        self.missing += other.missing;
        self.doubled += other.doubled;
        self.out_of_order += other.out_of_order;
        self.altered += other.altered;
        self.misframed += other.misframed;
    }
}

impl std::fmt::Display for Violations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { missing, doubled, out_of_order, altered, misframed } = self;
        write!(
            f,
            "{missing} missing, {doubled} doubled, {out_of_order} out of order, {altered} altered, \
             {misframed} misframed"
        )
    }
}

/// What one receiver has seen of one room.
#[derive(Debug, Default, Clone)]
pub struct Receiver {
    /// One bit for each number above `start`, up to the highest seen.
    seen: FixedBitSet,
    count: u64,
    /// Number before the first that is expected.
    start: u64,
    /// End of the last range or the highest number so far.
    cursor: u64,
}

impl Receiver {
    /// A receiver that has everything up to `start`.
    pub fn after(start: u64) -> Self {
        Self { start, cursor: start, ..Self::default() }
    }

    /// Up to where it has been told that it has everything.
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// A frame said that it covers `after..=through`.
    pub fn range(&mut self, after: u64, through: u64, messages: u64, violations: &mut Violations) {
        // Nothing is edited under load, so each number has a message.
        let expected = through.checked_sub(after);
        if after != self.cursor || expected != Some(messages) {
            violations.misframed += 1;
        }
        self.cursor = self.cursor.max(through);
    }

    /// A message arrived. Whether it is new to this receiver.
    pub fn message(&mut self, number: u64, violations: &mut Violations) -> bool {
        let Some(offset) = number.checked_sub(self.start + 1) else {
            violations.doubled += 1;
            return false;
        };
        let Ok(offset) = usize::try_from(offset) else { return false };
        let is_late = offset < self.seen.len();
        self.seen.grow(offset + 1);
        if self.seen.put(offset) {
            violations.doubled += 1;
            return false;
        }
        if is_late {
            violations.out_of_order += 1;
        }
        self.count += 1;
        true
    }

    /// As [`Self::range`] for servers whose frames carry no ranges.
    pub fn advance(&mut self, number: u64) {
        self.cursor = self.cursor.max(number);
    }

    /// The run is over and `through` was the last number: what never came is missing.
    pub fn finish(&self, through: u64, violations: &mut Violations) {
        violations.missing += (through.saturating_sub(self.start)).saturating_sub(self.count);
    }
}

/// What was said under each number of a room, by whoever saw it first.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Index of the send plus one, by number; 0 is "not seen yet".
    said: Vec<u64>,
}

impl Ledger {
    /// A receiver saw the `index`-th send under `number`.
    pub fn entry(&mut self, number: u64, index: u64, violations: &mut Violations) {
        let Some(offset) = number.checked_sub(1) else { return };
        let Ok(offset) = usize::try_from(offset) else { return };
        if offset >= self.said.len() {
            self.said.resize(offset + 1, 0);
        }
        match &mut self.said[offset] {
            unseen @ 0 => *unseen = index + 1,
            said if *said != index + 1 => violations.altered += 1,
            _ => {}
        }
    }

    /// The run is over: one send stored under two numbers is doubled for everybody.
    pub fn finish(&self, violations: &mut Violations) {
        let mut sends: Vec<u64> = self.said.iter().copied().filter(|&send| send != 0).collect();
        sends.sort_unstable();
        violations.doubled += sends.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(numbers: &[u64]) -> (Receiver, Violations) {
        let mut receiver = Receiver::after(10);
        let mut violations = Violations::default();
        for &number in numbers {
            receiver.message(number, &mut violations);
        }
        receiver.finish(14, &mut violations);
        (receiver, violations)
    }

    #[test]
    fn a_complete_timeline_breaks_nothing() {
        let (receiver, violations) = after(&[11, 12, 13, 14]);
        assert!(!violations.any());
        assert_eq!(receiver.count(), 4);
    }

    #[test]
    fn a_lost_message_is_missing() {
        assert_eq!(after(&[11, 12, 14]).1, Violations { missing: 1, ..Violations::default() });
        assert_eq!(after(&[11, 12, 13]).1, Violations { missing: 1, ..Violations::default() });
        assert_eq!(after(&[]).1, Violations { missing: 4, ..Violations::default() });
    }

    #[test]
    fn a_repeated_message_is_doubled() {
        let doubled = Violations { doubled: 1, ..Violations::default() };
        assert_eq!(after(&[11, 12, 12, 13, 14]).1, doubled);
        assert_eq!(after(&[11, 12, 13, 14, 11]).1, doubled);
        assert_eq!(after(&[10, 11, 12, 13, 14]).1, doubled, "from before the start");
    }

    #[test]
    fn a_late_message_is_out_of_order_and_not_missing() {
        let late = Violations { out_of_order: 1, ..Violations::default() };
        assert_eq!(after(&[11, 13, 12, 14]).1, late);
    }

    #[test]
    fn a_late_message_is_noticed_across_words() {
        let mut receiver = Receiver::after(0);
        let mut violations = Violations::default();
        receiver.message(500, &mut violations);
        receiver.message(3, &mut violations);
        assert_eq!(violations.out_of_order, 1);
    }

    #[test]
    fn a_range_must_continue_and_match_its_messages() {
        let mut receiver = Receiver::after(10);
        let mut violations = Violations::default();
        receiver.range(10, 12, 2, &mut violations);
        receiver.range(12, 13, 1, &mut violations);
        assert!(!violations.any());
        receiver.range(14, 15, 1, &mut violations);
        assert_eq!(violations.misframed, 1, "a hole");
        receiver.range(15, 17, 1, &mut violations);
        assert_eq!(violations.misframed, 2, "a range with too few messages");
        receiver.range(15, 17, 2, &mut violations);
        assert_eq!(violations.misframed, 3, "a range again");
    }

    #[test]
    fn receivers_that_disagree_are_noticed() {
        let mut ledger = Ledger::default();
        let mut violations = Violations::default();
        ledger.entry(11, 0, &mut violations);
        ledger.entry(12, 1, &mut violations);
        ledger.entry(11, 0, &mut violations);
        ledger.finish(&mut violations);
        assert!(!violations.any());
        ledger.entry(12, 2, &mut violations);
        assert_eq!(violations.altered, 1);
    }

    #[test]
    fn a_message_stored_under_two_numbers_is_doubled() {
        let mut ledger = Ledger::default();
        let mut violations = Violations::default();
        ledger.entry(1, 7, &mut violations);
        ledger.entry(2, 7, &mut violations);
        ledger.finish(&mut violations);
        assert_eq!(violations.doubled, 1);
    }
}
