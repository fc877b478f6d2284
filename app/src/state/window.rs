//! Which of the loaded messages are on the page: a bounded run of them, so that a long read stays light.

use protocol::{Message, Seq};
use std::ops::Range;
use std::sync::Arc;

/// Messages on the page at most: several screens each way, and still quick to lay out on a phone.
pub const SHOWN_MAX: usize = 300;

/// How far the run moves when the reader comes near its end.
const STRIDE: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// The last message on the page; none while the newest is, whichever that will be.
    bottom: Option<Seq>,
}

impl Window {
    /// Whether new messages appear on the page.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.bottom.is_none()
    }

    /// The part of `messages` (oldest first) that is on the page.
    #[must_use]
    pub fn range(&self, messages: &[Arc<Message>]) -> Range<usize> {
        let end = match self.bottom {
            Some(bottom) => messages.partition_point(|message| message.seq <= bottom),
            None => messages.len(),
        };
        end.saturating_sub(SHOWN_MAX)..end
    }

    /// Moves towards older messages. False when all loaded ones before the run are on the page already.
    pub fn go_older(&mut self, messages: &[Arc<Message>]) -> bool {
        let shown = self.range(messages);
        if shown.start == 0 {
            return false;
        }
        let end = shown.end - STRIDE.min(shown.start);
        self.bottom = end.checked_sub(1).map(|last| messages[last].seq);
        true
    }

    /// Moves towards newer messages, and follows them once the newest is reached.
    pub fn go_newer(&mut self, messages: &[Arc<Message>]) {
        let end = self.range(messages).end + STRIDE;
        self.bottom = messages.get(end).map(|_| messages[end - 1].seq);
    }

    /// Keeps a full page where it is, while the reader is away from its end: following would take rows from the top.
    pub fn hold(&mut self, messages: &[Arc<Message>]) {
        if self.follows() && messages.len() >= SHOWN_MAX {
            self.bottom = messages.last().map(|message| message.seq);
        }
    }

    /// Shows the newest messages.
    pub fn go_latest(&mut self) {
        self.bottom = None;
    }
}

#[cfg(test)]
mod tests {
    use super::Window;
    use protocol::{Message, MessageKey, Millis, Seq, User, UserId};
    use std::sync::Arc;

    fn messages(count: i64) -> Vec<Arc<Message>> {
        let message = |number| Message {
            seq: Seq(number),
            changed: Seq(number),
            author: User { id: UserId(1), name: "Ana".into() },
            key: MessageKey(uuid::Uuid::nil()),
            text: String::new(),
            at: Millis(number),
        };
        (1..=count).map(|number| Arc::new(message(number))).collect()
    }

    #[test]
    fn the_newest_messages_are_shown_and_never_more_than_the_page_holds() {
        let window = Window::default();
        assert_eq!(window.range(&messages(50)), 0..50);
        assert_eq!(window.range(&messages(1_000)), 700..1_000);
    }

    #[test]
    fn reading_back_trims_the_newest_end_and_forth_again_the_oldest() {
        let messages = messages(450);
        let mut window = Window::default();
        assert!(window.go_older(&messages));
        assert_eq!(window.range(&messages), 50..350);
        assert!(window.go_older(&messages));
        assert_eq!(window.range(&messages), 0..300);
        assert!(!window.go_older(&messages));
        window.go_newer(&messages);
        window.go_newer(&messages);
        assert_eq!(window.range(&messages), 150..450);
        assert!(window.follows());
    }

    #[test]
    fn a_full_page_stays_put_while_its_reader_is_away_from_the_end() {
        let mut window = Window::default();
        window.hold(&messages(300));
        assert_eq!(window.range(&messages(400)), 0..300);
        window.go_latest();
        assert_eq!(window.range(&messages(400)), 100..400);
    }

    #[test]
    fn a_page_with_room_left_keeps_following() {
        let mut window = Window::default();
        window.hold(&messages(20));
        assert!(window.follows());
    }
}
