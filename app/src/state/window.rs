//! Which of the loaded messages are on the page: a bounded run of them, so that a long read stays light.

use super::timeline::{SHOWN_MAX, Timeline};
use protocol::{Message, Seq};
use std::sync::Arc;

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

    /// The last message on the page, while that need not be the newest.
    #[must_use]
    pub fn bottom(&self) -> Option<Seq> {
        self.bottom
    }

    /// The messages on the page, oldest first.
    #[must_use]
    pub fn shown(&self, timeline: &Timeline) -> Vec<Arc<Message>> {
        let mut shown: Vec<_> = timeline.back_from(self.bottom).take(SHOWN_MAX).cloned().collect();
        shown.reverse();
        shown
    }

    /// Whether the first message of the room is on the page.
    #[must_use]
    pub fn is_at_start(&self, timeline: &Timeline) -> bool {
        timeline.older().is_none() && timeline.back_from(self.bottom).nth(SHOWN_MAX).is_none()
    }

    /// Moves towards older messages. False when all loaded ones before the run are on the page already.
    pub fn go_older(&mut self, timeline: &Timeline) -> bool {
        let hidden = timeline.back_from(self.bottom).skip(SHOWN_MAX).take(STRIDE).count();
        if hidden == 0 {
            return false;
        }
        self.bottom = timeline.back_from(self.bottom).nth(hidden).map(|message| message.seq);
        true
    }

    /// Moves towards newer messages, and follows them once the newest is reached. False when what comes next has to be read
    /// first.
    pub fn go_newer(&mut self, timeline: &Timeline) -> bool {
        let Some(bottom) = self.bottom else { return false };
        let mut ahead = timeline.forward_from(bottom);
        let next = ahead.by_ref().take(STRIDE).last().map(|message| message.seq);
        let is_end = ahead.next().is_none();
        match (next, timeline.newer(bottom)) {
            (None, Some(_)) => return false,
            (_, None) if is_end => self.bottom = None,
            _ => self.bottom = next,
        }
        true
    }

    /// Keeps a full page where it is, while the reader is away from its end: following would take rows from the top.
    pub fn hold(&mut self, timeline: &Timeline) {
        if self.follows() && timeline.len() >= SHOWN_MAX {
            self.bottom = timeline.last().map(|message| message.seq);
        }
    }

    /// Stays with what is on the page, where that ended with the newest message and now ends with `last`.
    pub fn stay(&mut self, last: Seq) {
        self.bottom.get_or_insert(last);
    }

    /// Shows the newest messages.
    pub fn go_latest(&mut self) {
        self.bottom = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{SHOWN_MAX, Window};
    use crate::state::timeline::{Applied, Timeline};
    use protocol::{Message, MessageKey, MessagePage, Millis, Seq, User, UserId};

    /// A room with this many messages, all of them loaded.
    fn timeline(count: i64) -> Timeline {
        let mut timeline = Timeline::new(MessagePage::default(), Seq::ZERO);
        say(&mut timeline, 1, count);
        timeline
    }

    fn say(timeline: &mut Timeline, first: i64, last: i64) {
        let message = |number| Message {
            seq: Seq(number),
            changed: Seq(number),
            author: User { id: UserId(1), name: "Ana".into() },
            key: MessageKey(uuid::Uuid::nil()),
            text: String::new(),
            at: Millis(number),
        };
        let messages = (first..=last).map(message).collect();
        assert_eq!(timeline.apply(Seq(first - 1), Seq(last), messages), Applied::Merged);
    }

    /// The first and the last message on the page.
    fn shown(window: Window, timeline: &Timeline) -> (i64, i64) {
        let shown = window.shown(timeline);
        assert!(shown.len() <= SHOWN_MAX);
        (shown[0].seq.0, shown[shown.len() - 1].seq.0)
    }

    #[test]
    fn the_newest_messages_are_shown_and_never_more_than_the_page_holds() {
        let window = Window::default();
        assert_eq!(shown(window, &timeline(50)), (1, 50));
        assert_eq!(shown(window, &timeline(1_000)), (701, 1_000));
        assert!(window.is_at_start(&timeline(50)) && !window.is_at_start(&timeline(1_000)));
    }

    #[test]
    fn reading_back_trims_the_newest_end_and_forth_again_the_oldest() {
        let timeline = timeline(450);
        let mut window = Window::default();
        assert!(window.go_older(&timeline));
        assert_eq!(shown(window, &timeline), (51, 350));
        assert!(window.go_older(&timeline));
        assert_eq!(shown(window, &timeline), (1, 300));
        assert!(!window.go_older(&timeline));
        assert!(window.go_newer(&timeline) && !window.follows());
        assert!(window.go_newer(&timeline) && window.follows());
        assert_eq!(shown(window, &timeline), (151, 450));
    }

    #[test]
    fn a_full_page_stays_put_while_its_reader_is_away_from_the_end() {
        let mut timeline = timeline(300);
        let mut window = Window::default();
        window.hold(&timeline);
        say(&mut timeline, 301, 400);
        assert_eq!(shown(window, &timeline), (1, 300));
        window.go_latest();
        assert_eq!(shown(window, &timeline), (101, 400));
    }

    #[test]
    fn a_page_with_room_left_keeps_following() {
        let mut window = Window::default();
        window.hold(&timeline(20));
        assert!(window.follows());
    }

    #[test]
    fn a_reader_far_up_stays_there_whatever_is_forgotten_and_goes_on_once_it_was_read() {
        let mut timeline = timeline(300);
        let mut window = Window::default();
        window.hold(&timeline);
        for first in (301..50_000).step_by(100) {
            say(&mut timeline, first, first + 99);
            timeline.trim(window.bottom());
        }
        assert_eq!(shown(window, &timeline), (1, 300));
        while window.go_newer(&timeline) {}
        assert_eq!(shown(window, &timeline), (301, 600), "the end of what was kept");
        let bottom = window.bottom().expect("it does not follow");
        assert!(timeline.newer(bottom).is_some(), "more has to be read");
        window.go_latest();
        timeline.trim(window.bottom());
        assert_eq!(shown(window, &timeline), (50_000 - 299, 50_000), "the end is there at once");
    }
}
