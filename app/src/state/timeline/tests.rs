use super::{Applied, Beside, KEPT_MAX, SHOWN_MAX, Timeline, Wish};
use crate::state::window::Window;
use proptest::prelude::*;
use protocol::{Message, MessageKey, MessagePage, Millis, Seq, User, UserId};

/// A room on the server, reduced to what a client can see of it.
#[derive(Debug, Clone, Default)]
struct Server {
    messages: Vec<Message>,
    seq: Seq,
}

impl Server {
    fn post(&mut self) {
        self.seq = self.seq.next();
        let number = self.seq.0;
        self.messages.push(Message {
            seq: self.seq,
            changed: self.seq,
            author: User { id: UserId(1), name: "Ana".into() },
            key: MessageKey(uuid(number)),
            text: format!("text {number}"),
            at: Millis(number),
        });
    }

    fn edit(&mut self, pick: usize) {
        if self.messages.is_empty() {
            return;
        }
        let at = pick % self.messages.len();
        self.seq = self.seq.next();
        self.messages[at].changed = self.seq;
        self.messages[at].text = format!("edited at {}", self.seq);
    }

    /// One page of catch-up: what changed after `after`, at most `limit` messages.
    fn changes(&self, after: Seq, limit: usize) -> Frame {
        let mut changed: Vec<_> =
            self.messages.iter().filter(|message| message.changed > after).cloned().collect();
        changed.sort_by_key(|message| message.changed);
        let through = match changed.get(limit) {
            Some(_) => changed[limit - 1].changed,
            None => self.seq,
        };
        changed.truncate(limit);
        Frame { after, through, messages: changed }
    }

    fn history(&self, before: Seq, limit: usize) -> MessagePage {
        let older: Vec<_> =
            self.messages.iter().filter(|message| message.seq < before).cloned().collect();
        let cut = older.len().saturating_sub(limit);
        MessagePage { has_older: cut > 0, messages: older[cut..].to_vec() }
    }

    /// The page that a client wishes for.
    fn page(&self, wish: Wish, limit: usize) -> MessagePage {
        match wish.beside {
            Beside::Before(before) => self.history(before, limit),
            Beside::After(after) => {
                let newer = self.messages.iter().filter(|message| message.seq > after);
                let messages = newer.take(limit).cloned().collect();
                MessagePage { messages, has_older: true }
            }
        }
    }

    fn open(&self) -> Timeline {
        Timeline::new(self.history(self.seq.next(), 5), self.seq)
    }
}

#[derive(Debug, Clone)]
struct Frame {
    after: Seq,
    through: Seq,
    messages: Vec<Message>,
}

fn uuid(number: i64) -> uuid::Uuid {
    uuid::Uuid::from_u128(number.unsigned_abs().into())
}

fn apply(timeline: &mut Timeline, frame: Frame) -> Applied {
    timeline.apply(frame.after, frame.through, frame.messages)
}

/// What is loaded, oldest first.
fn seen(timeline: &Timeline) -> Vec<Message> {
    let mut seen: Vec<_> = timeline.back_from(None).map(|message| (**message).clone()).collect();
    seen.reverse();
    seen
}

fn catch_up(timeline: &mut Timeline, server: &Server) {
    while timeline.through() < server.seq {
        let applied = apply(timeline, server.changes(timeline.through(), 1_000));
        assert_eq!(applied, Applied::Merged);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Post,
    Edit(usize),
    /// Deliver one of the frames that are under way, leaving it there when `again`.
    Deliver {
        pick: usize,
        again: bool,
    },
    Drop(usize),
    /// Read a page of history now, deliver it with a later step.
    AskHistory {
        newer: bool,
    },
    DeliverHistory,
    /// The server brings the last page instead of what is missing.
    Reset,
    /// Many are said at once, so that some have to be forgotten.
    Flood(usize),
    /// The reader goes there (or to the newest), and what is far from them is forgotten.
    Read(Option<usize>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Post),
        2 => any::<usize>().prop_map(Step::Edit),
        5 => (any::<usize>(), any::<bool>()).prop_map(|(pick, again)| Step::Deliver { pick, again }),
        1 => any::<usize>().prop_map(Step::Drop),
        1 => any::<bool>().prop_map(|newer| Step::AskHistory { newer }),
        1 => Just(Step::DeliverHistory),
        1 => Just(Step::Reset),
        1 => (0..2 * KEPT_MAX).prop_map(Step::Flood),
        2 => prop::option::of(any::<usize>()).prop_map(Step::Read),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_happens_to_frames_the_timeline_ends_as_the_servers(
        before in 0..12_usize,
        steps in prop::collection::vec(step(), 0..80),
    ) {
        let mut server = Server::default();
        for _ in 0..before {
            server.post();
        }
        let mut timeline = server.open();
        let mut under_way: Vec<Frame> = Vec::new();
        let (mut history, mut bottom): (_, Option<Seq>) = (None, None);
        // Until what was missed has been read, the end is as short as the page that came.
        let mut is_short = false;
        for step in steps {
            let last = server.seq;
            match step {
                Step::Post => server.post(),
                Step::Edit(pick) => server.edit(pick),
                Step::Deliver { pick, again } if !under_way.is_empty() => {
                    let at = pick % under_way.len();
                    let frame = if again { under_way[at].clone() } else { under_way.remove(at) };
                    if apply(&mut timeline, frame) == Applied::Gap {
                        under_way.push(server.changes(timeline.through(), 3));
                    }
                }
                Step::Drop(pick) if !under_way.is_empty() => {
                    under_way.remove(pick % under_way.len());
                }
                Step::AskHistory { newer } => {
                    let wish = if newer { timeline.newer(Seq::ZERO) } else { timeline.older() };
                    history = wish.map(|wish| (wish, server.page(wish, 40)));
                }
                Step::DeliverHistory => {
                    if let Some((wish, page)) = history.take() {
                        timeline.take(wish, page);
                    }
                }
                Step::Reset => {
                    let page = server.history(server.seq.next(), 5);
                    is_short = timeline.start_over(page, server.seq, bottom).is_some();
                    bottom = bottom.filter(|_| is_short);
                }
                Step::Flood(count) => (0..count).for_each(|_| server.post()),
                Step::Read(place) => {
                    let loaded: Vec<_> = timeline.messages.iter().map(|message| message.seq).collect();
                    bottom = place.filter(|_| !loaded.is_empty()).map(|at| loaded[at % loaded.len()]);
                }
                Step::Deliver { .. } | Step::Drop(_) => {}
            }
            if server.seq > last {
                under_way.push(server.changes(last, usize::MAX));
            }
            timeline.trim(bottom);
            prop_assert!(timeline.len() <= KEPT_MAX, "{} are kept", timeline.len());
            if let Some(bottom) = bottom {
                prop_assert!(timeline.messages.iter().any(|message| message.seq == bottom), "where the reader is");
            }
            let newest = timeline.messages.iter().rev().map(|message| message.seq).take(SHOWN_MAX);
            let latest: Vec<_> = timeline.back_from(None).take(SHOWN_MAX).map(|of| of.seq).collect();
            is_short &= timeline.hole.is_some();
            prop_assert!(is_short || newest.eq(latest.iter().copied()), "the end is in one piece");
        }
        catch_up(&mut timeline, &server);
        let missing = |timeline: &Timeline| {
            timeline.doubtful().or_else(|| timeline.newer(Seq::ZERO)).or_else(|| timeline.older())
        };
        while let Some(wish) = missing(&timeline) {
            prop_assert!(timeline.take(wish, server.page(wish, 400)));
        }
        prop_assert_eq!(seen(&timeline), server.messages);
    }
}

#[test]
fn a_frame_applied_twice_changes_nothing() {
    let mut server = Server::default();
    let mut timeline = server.open();
    server.post();
    let frame = server.changes(Seq::ZERO, 10);
    assert_eq!(apply(&mut timeline, frame.clone()), Applied::Merged);
    let once = timeline.clone();
    assert_eq!(apply(&mut timeline, frame), Applied::Old);
    assert_eq!(timeline, once);
}

#[test]
fn a_frame_beyond_a_hole_is_reported_and_not_kept() {
    let mut server = Server::default();
    let mut timeline = server.open();
    server.post();
    server.post();
    let second = server.changes(Seq(1), 10);
    assert_eq!(apply(&mut timeline, second), Applied::Gap);
    assert!(timeline.is_empty());
    assert_eq!(timeline.through(), Seq::ZERO);
}

#[test]
fn a_page_that_was_read_before_an_edit_is_read_again() {
    let mut server = Server::default();
    for _ in 0..10 {
        server.post();
    }
    let mut timeline = server.open();
    let wish = timeline.older().expect("there is more");
    let stale = server.page(wish, 5);
    server.edit(0);
    let edit = server.changes(timeline.through(), 10);
    assert_eq!(apply(&mut timeline, edit), Applied::Merged);
    assert_eq!(timeline.len(), 5, "what is not loaded is not kept");
    assert!(!timeline.take(wish, stale));
    let wish = timeline.older().expect("there is more");
    assert!(timeline.take(wish, server.page(wish, 5)));
    assert_eq!(seen(&timeline)[0].text, "edited at 11");
}

#[test]
fn a_tab_that_stays_open_keeps_no_more_than_its_reader_can_reach() {
    let mut server = Server::default();
    let mut timeline = server.open();
    let mut reader = Window::default();
    let mut most = 0;
    for number in 0..50_000 {
        server.post();
        let message = server.messages.pop().expect("it was said");
        let (after, through) = (server.seq.previous(), server.seq);
        assert_eq!(timeline.apply(after, through, vec![message]), Applied::Merged);
        if number == 20_000 {
            reader.hold(&timeline);
        }
        timeline.trim(reader.bottom());
        most = most.max(timeline.len());
    }
    assert_eq!(most, KEPT_MAX);
    assert_eq!(reader.shown(&timeline).len(), SHOWN_MAX, "of a reader who went away from the end");
}

#[test]
fn a_hole_that_was_forgotten_is_filled_page_by_page() {
    let mut server = Server::default();
    for _ in 0..400 {
        server.post();
    }
    let mut timeline = Timeline::new(server.history(Seq(401), 400), server.seq);
    let bottom = Seq(350);
    for _ in 0..3_000 {
        server.post();
    }
    let frame = server.changes(timeline.through(), usize::MAX);
    assert_eq!(apply(&mut timeline, frame), Applied::Merged);
    timeline.trim(Some(bottom));
    let mut pages = 0;
    while let Some(wish) = timeline.newer(bottom) {
        assert!(timeline.take(wish, server.page(wish, 200)));
        pages += 1;
    }
    assert_eq!(seen(&timeline), server.messages);
    assert!(pages > 5, "in {pages} pages");
}

#[test]
fn who_reads_far_up_keeps_their_stretch_when_the_room_starts_over_and_has_it_read_again() {
    let mut server = Server::default();
    for _ in 0..100 {
        server.post();
    }
    let mut timeline = Timeline::new(server.history(Seq(101), 50), server.seq);
    for _ in 0..1_000 {
        server.post();
    }
    server.edit(70);
    let page = server.history(server.seq.next(), 50);
    assert_eq!(timeline.start_over(page, server.seq, Some(Seq(80))), Some(Seq(100)));
    let stretch: Vec<_> = timeline.back_from(Some(Seq(100))).map(|message| message.seq).collect();
    assert_eq!((stretch[0], stretch[49]), (Seq(100), Seq(51)));
    assert_eq!(timeline.back_from(None).count(), 50, "and the end is the new one");
    while let Some(wish) = timeline.doubtful() {
        assert!(timeline.take(wish, server.page(wish, 20)));
    }
    let edited = timeline.back_from(Some(Seq(71))).next().expect("it is loaded");
    assert_eq!(edited.text, "edited at 1101");
    while let Some(wish) = timeline.newer(Seq(100)).or_else(|| timeline.older()) {
        assert!(timeline.take(wish, server.page(wish, 200)));
    }
    assert_eq!(seen(&timeline), server.messages);
}

#[test]
fn a_room_that_is_not_what_it_was_starts_over_as_a_whole() {
    let mut server = Server::default();
    for _ in 0..100 {
        server.post();
    }
    let mut timeline = Timeline::new(server.history(Seq(101), 50), server.seq);
    let restored = MessagePage { messages: server.messages[30..40].to_vec(), has_older: true };
    assert_eq!(timeline.start_over(restored.clone(), Seq(40), Some(Seq(80))), None);
    assert_eq!(timeline.through(), Seq(40));
    assert_eq!(seen(&timeline), restored.messages);
}
