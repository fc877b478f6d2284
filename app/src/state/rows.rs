//! The timeline as rows: days between messages, runs of one author together, what is unsent at the end.

use super::clock::{Clock, Day};
use super::outbox::{Progress, Unsent};
use protocol::{Message, Millis, Seq, UserId};
use std::sync::Arc;

/// Messages of one author this close together are one run, with the name once, in milliseconds.
const RUN_MS: i64 = 5 * 60 * 1_000;

/// Positions after which a run that goes on says its name again: about a screen of a phone in messages of one line. Counted
/// from the beginning of the room, so that it is the same rows whatever is loaded before them.
const NAMED_EVERY: i64 = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A new day begins before the message at this position.
    Day(Day, Option<Seq>),
    Message {
        message: Arc<Message>,
        /// Whether it shows its author: it begins a run, or the last row that did is a screen away.
        first: bool,
    },
    Unsent {
        unsent: Unsent,
        first: bool,
    },
}

impl Row {
    /// What makes a row on the page the same row; a row whose key changes is drawn anew. Whether it is the first of a run
    /// is not part of it: that changes when older messages are loaded, and the row stays.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Day(Day(day), seq) => format!("day {day} {}", seq.unwrap_or_default()),
            Self::Message { message, .. } => format!("{} {}", message.seq, message.changed),
            Self::Unsent { unsent, .. } => {
                let refused = matches!(unsent.progress, Progress::Refused(_));
                format!("{} {refused}", unsent.message.key)
            }
        }
    }

    /// Whether it shows its author.
    #[must_use]
    pub fn is_first(&self) -> bool {
        match self {
            Self::Day(..) => false,
            Self::Message { first, .. } | Self::Unsent { first, .. } => *first,
        }
    }
}

/// The rows of a run of messages, oldest first, and the viewer's unsent ones after them.
#[must_use]
pub fn rows<'a>(
    messages: &[Arc<Message>],
    unsent: impl Iterator<Item = &'a Unsent>,
    viewer: UserId,
    clock: Clock,
) -> Vec<Row> {
    let mut rows = Vec::with_capacity(messages.len() + 8);
    let mut last = None;
    let mut stretch = None;
    for message in messages {
        let begins =
            step(&mut rows, &mut last, message.author.id, message.at, clock, Some(message.seq));
        let its_stretch = message.seq.0.div_euclid(NAMED_EVERY);
        let first = begins || stretch != Some(its_stretch);
        stretch = Some(its_stretch);
        rows.push(Row::Message { message: Arc::clone(message), first });
    }
    for unsent in unsent {
        let first = step(&mut rows, &mut last, viewer, unsent.at, clock, None);
        rows.push(Row::Unsent { unsent: unsent.clone(), first });
    }
    rows
}

/// Puts a day before the next row where one begins, and says whether that row begins a run.
fn step(
    rows: &mut Vec<Row>,
    last: &mut Option<(UserId, Millis)>,
    author: UserId,
    at: Millis,
    clock: Clock,
    seq: Option<Seq>,
) -> bool {
    let day = clock.day(at);
    let new_day = last.is_none_or(|(_, before)| clock.day(before) != day);
    if new_day {
        rows.push(Row::Day(day, seq));
    }
    let same_run = last.is_some_and(|(who, before)| who == author && at.0 - before.0 < RUN_MS);
    *last = Some((author, at));
    new_day || !same_run
}

#[cfg(test)]
mod tests {
    use super::{Row, rows};
    use crate::state::clock::{Clock, Day};
    use crate::state::outbox::{Home, Progress, Unsent};
    use protocol::{Message, MessageKey, Millis, NewMessage, RoomId, Seq, User, UserId};
    use std::sync::Arc;

    const MINUTE: i64 = 60_000;
    const VIEWER: UserId = UserId(1);

    fn message(seq: i64, author: i64, at: i64) -> Arc<Message> {
        Arc::new(Message {
            seq: Seq(seq),
            changed: Seq(seq),
            author: User { id: UserId(author), name: "x".into() },
            key: MessageKey(uuid::Uuid::nil()),
            text: String::new(),
            at: Millis(at),
        })
    }

    fn shape(rows: &[Row]) -> String {
        rows.iter()
            .map(|row| match row {
                Row::Day(Day(day), _) => format!("day{day}"),
                Row::Message { first, .. } => if *first { "first" } else { "more" }.to_owned(),
                Row::Unsent { first, .. } => if *first { "UNSENT" } else { "unsent" }.to_owned(),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn one_author_within_five_minutes_is_one_run() {
        let messages = [
            message(1, 1, 0),
            message(2, 1, 4 * MINUTE),
            message(3, 2, 5 * MINUTE),
            message(4, 2, 10 * MINUTE),
        ];
        let rows = rows(&messages, [].iter(), VIEWER, Clock::Utc);
        assert_eq!(shape(&rows), "day0 first more first first");
    }

    #[test]
    fn a_day_of_the_reader_ends_every_run() {
        let midnight = 24 * 60 * MINUTE;
        let messages = [message(1, 1, midnight - MINUTE), message(2, 1, midnight + MINUTE)];
        let utc = rows(&messages, [].iter(), VIEWER, Clock::Utc);
        assert_eq!(shape(&utc), "day0 first day1 first");
        let east = Clock::Local { twelve_hours: false, offset: |_| 60 };
        assert_eq!(shape(&rows(&messages, [].iter(), VIEWER, east)), "day1 first more");
    }

    #[test]
    fn a_long_run_says_its_name_again_in_the_same_rows_whatever_is_loaded() {
        let messages: Vec<_> = (1..=40).map(|seq| message(seq, 1, seq)).collect();
        let named = |from: usize| {
            let rows = rows(&messages[from..], [].iter(), VIEWER, Clock::Utc);
            let messages = rows.iter().filter_map(|row| match row {
                Row::Message { message, first: true } => Some(message.seq.0),
                _ => None,
            });
            messages.collect::<Vec<_>>()
        };
        assert_eq!(named(0), [1, 16, 32]);
        assert_eq!(named(20), [21, 32]);
    }

    #[test]
    fn a_row_stays_the_same_when_it_no_longer_begins_a_run() {
        let messages = [message(1, 1, 0), message(2, 1, 1)];
        let last = |from: usize| rows(&messages[from..], [].iter(), VIEWER, Clock::Utc).pop();
        let (alone, behind) = (last(1).expect("a row"), last(0).expect("a row"));
        assert_eq!((alone.is_first(), behind.is_first()), (true, false));
        assert_eq!(alone.key(), behind.key());
    }

    #[test]
    fn what_is_unsent_comes_last_and_joins_the_viewers_run() {
        let unsent = |at| Unsent {
            message: NewMessage {
                room: RoomId(1),
                key: MessageKey(uuid::Uuid::nil()),
                text: "x".into(),
            },
            home: Home::default(),
            at: Millis(at),
            order: 0,
            progress: Progress::Waiting,
            is_doubtful: false,
        };
        let unsent = [unsent(MINUTE), unsent(20 * MINUTE)];
        let rows = rows(&[message(1, 1, 0)], unsent.iter(), VIEWER, Clock::Utc);
        assert_eq!(shape(&rows), "day0 first unsent UNSENT");
    }
}
