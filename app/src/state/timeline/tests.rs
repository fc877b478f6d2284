use super::{Applied, Timeline};
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

fn catch_up(timeline: &mut Timeline, server: &Server) {
    while timeline.through() < server.seq {
        let applied = apply(timeline, server.changes(timeline.through(), 3));
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
    AskHistory,
    DeliverHistory,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Post),
        2 => any::<usize>().prop_map(Step::Edit),
        5 => (any::<usize>(), any::<bool>()).prop_map(|(pick, again)| Step::Deliver { pick, again }),
        1 => any::<usize>().prop_map(Step::Drop),
        1 => Just(Step::AskHistory),
        1 => Just(Step::DeliverHistory),
    ]
}

proptest! {
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
        let mut history = None;
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
                Step::AskHistory => {
                    history = timeline.older_before().map(|seq| (seq, server.history(seq, 4)));
                }
                Step::DeliverHistory => {
                    if let Some((seq, page)) = history.take() {
                        timeline.prepend(seq, page);
                    }
                }
                Step::Deliver { .. } | Step::Drop(_) => {}
            }
            if server.seq > last {
                under_way.push(server.changes(last, usize::MAX));
            }
        }
        catch_up(&mut timeline, &server);
        while let Some(seq) = timeline.older_before() {
            timeline.prepend(seq, server.history(seq, 4));
        }
        let seen: Vec<_> = timeline.messages().map(|message| (**message).clone()).collect();
        prop_assert_eq!(seen, server.messages);
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
    assert_eq!(timeline.messages().count(), 0);
    assert_eq!(timeline.through(), Seq::ZERO);
}

#[test]
fn an_edit_of_a_message_that_is_not_loaded_waits_for_its_page() {
    let mut server = Server::default();
    for _ in 0..10 {
        server.post();
    }
    let mut timeline = server.open();
    let stale = server.history(Seq(6), 5);
    server.edit(0);
    let edit = server.changes(timeline.through(), 10);
    assert_eq!(apply(&mut timeline, edit), Applied::Merged);
    assert_eq!(timeline.messages().count(), 5);
    timeline.prepend(Seq(6), stale);
    assert_eq!(timeline.messages().next().map(|first| first.text.as_str()), Some("edited at 11"));
}

#[test]
fn a_key_is_found_once_its_message_is_there() {
    let mut server = Server::default();
    server.post();
    let timeline = server.open();
    assert!(timeline.has_key(MessageKey(uuid(1))));
    assert!(!timeline.has_key(MessageKey(uuid(2))));
}
