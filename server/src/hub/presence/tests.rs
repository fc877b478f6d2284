//! What is told, as somebody has it who takes the whole roster once and every diff after that.

use super::super::roster::{DIFF_INTERVAL_MAX, DIFF_INTERVAL_MIN, JOINED_MAX};
use super::*;
use app::state::presence::Presence as Merged;
use protocol::limits::ROSTER_LIST_MAX;

const ROOM: RoomId = RoomId(1);

fn user(id: i64) -> User {
    User { id: UserId(id), name: format!("user {id:05}") }
}

fn crowd() -> i64 {
    i64::try_from(ROSTER_LIST_MAX).expect("a small number")
}

/// A room with a clock, and a subscriber that has been there from the beginning.
struct Scene {
    presence: Presence,
    now: Instant,
    merged: Merged,
}

impl Scene {
    fn new() -> Self {
        Self { presence: Presence::default(), now: Instant::now(), merged: Merged::default() }
    }

    fn join(&mut self, id: i64) {
        self.presence.join(ROOM, &user(id), self.now);
    }

    fn leave(&mut self, id: i64, how: Leave) {
        self.presence.leave(ROOM, UserId(id), how, self.now);
    }

    /// Tells what is due; gives the names and ids in it.
    fn tell(&mut self) -> Vec<(usize, usize)> {
        let diffs = self.presence.take_due(self.now);
        let told = diffs.iter().map(|(_, diff)| (diff.joined.len(), diff.left.len())).collect();
        for (_, diff) in diffs {
            self.merged.change(diff.count, diff.joined, &diff.left);
        }
        told
    }

    /// Lets the time pass and tells until everything is told; gives the names and ids of each diff.
    fn settle(&mut self) -> Vec<(usize, usize)> {
        let mut told = self.tell();
        while let Some(due) = self.presence.next_due() {
            self.now = due;
            told.extend(self.tell());
        }
        told
    }

    fn names(&self) -> Vec<&str> {
        self.merged.users().iter().map(|user| user.name.as_str()).collect()
    }
}

#[test]
fn two_sockets_of_a_user_count_once() {
    let mut scene = Scene::new();
    scene.join(1);
    scene.join(1);
    scene.settle();
    assert_eq!(scene.merged.count(), 1);
    scene.leave(1, Leave::Closed);
    scene.settle();
    assert_eq!(scene.names(), ["user 00001"]);
    scene.leave(1, Leave::Closed);
    scene.settle();
    assert_eq!((scene.merged.count(), scene.names().len()), (0, 0));
}

#[test]
fn a_reload_within_the_grace_tells_nobody() {
    let mut scene = Scene::new();
    scene.join(1);
    scene.settle();
    scene.leave(1, Leave::Dropped);
    scene.now += GRACE / 2;
    assert_eq!(scene.tell(), []);
    scene.join(1);
    assert_eq!(scene.settle(), []);
    assert_eq!(scene.names(), ["user 00001"]);
}

#[test]
fn a_dropped_user_leaves_after_the_grace() {
    let mut scene = Scene::new();
    scene.join(1);
    scene.settle();
    scene.leave(1, Leave::Dropped);
    assert_eq!(scene.presence.next_due(), Some(scene.now + GRACE));
    assert_eq!(scene.settle(), [(0, 1)]);
    assert!(scene.presence.rooms.is_empty(), "an empty room is forgotten");
    assert_eq!(scene.presence.next_due(), None, "and nothing is left to wait for");
}

#[test]
fn a_user_who_drops_again_has_the_whole_grace_again() {
    let mut scene = Scene::new();
    scene.join(1);
    scene.settle();
    scene.leave(1, Leave::Dropped);
    scene.now += GRACE / 2;
    scene.join(1);
    scene.leave(1, Leave::Dropped);
    scene.now += GRACE / 2;
    assert_eq!(scene.tell(), [], "the first grace is over, and the second is not");
    assert_eq!(scene.settle(), [(0, 1)]);
}

#[test]
fn a_lone_join_is_told_at_once_and_those_that_follow_together() {
    let mut scene = Scene::new();
    scene.join(1);
    assert_eq!(scene.tell(), [(1, 0)]);
    scene.join(2);
    scene.join(3);
    scene.now += DIFF_INTERVAL_MIN / 2;
    assert_eq!(scene.tell(), [], "too soon for another");
    scene.now += DIFF_INTERVAL_MIN / 2;
    assert_eq!(scene.tell(), [(2, 0)]);
}

#[test]
fn a_name_that_is_written_in_another_way_is_told() {
    let mut scene = Scene::new();
    scene.join(1);
    scene.settle();
    scene.leave(1, Leave::Dropped);
    scene.presence.join(ROOM, &User { id: UserId(1), name: "USER 00001".into() }, scene.now);
    scene.settle();
    assert_eq!(scene.names(), ["USER 00001"]);
}

#[test]
fn a_whole_roster_is_what_everybody_was_told_and_made_once() {
    let mut scene = Scene::new();
    scene.join(1);
    scene.settle();
    let (told, first) = scene.presence.roster_frame(ROOM);
    scene.join(2);
    let (version, frame) = scene.presence.roster_frame(ROOM);
    assert_eq!(version, told, "the second is not told yet");
    assert_eq!(frame.as_ptr(), first.as_ptr(), "the same bytes for everybody");
    scene.settle();
    assert_ne!(scene.presence.roster_frame(ROOM).1, first);
    assert_eq!(scene.presence.roster(ROOM).users.len(), 2);
}

#[test]
fn in_a_crowd_the_same_are_listed_for_early_and_late_comers() {
    let mut scene = Scene::new();
    scene.join(1);
    scene.settle();
    for id in 2..=crowd() + 100 {
        scene.join(id);
    }
    let told = scene.settle();
    assert!(told.iter().all(|(names, _)| *names <= JOINED_MAX), "all at once: {told:?}");
    assert_eq!(scene.merged.users().len(), ROSTER_LIST_MAX);
    assert_eq!(scene.merged, Merged::new(scene.presence.roster(ROOM)));
    assert_eq!(scene.merged.unlisted(), 100);
}

#[test]
fn who_leaves_the_list_of_a_crowd_makes_place_for_another() {
    let mut scene = Scene::new();
    for id in 1..=crowd() + 2 {
        scene.join(id);
    }
    scene.settle();
    scene.leave(1, Leave::Closed);
    assert_eq!(scene.settle(), [(1, 1)]);
    // One of those who are only counted.
    scene.leave(crowd() + 2, Leave::Closed);
    assert_eq!(scene.settle(), [(0, 0)]);
    assert_eq!(scene.merged, Merged::new(scene.presence.roster(ROOM)));
    assert_eq!(scene.merged.unlisted(), 0);
}

#[test]
fn a_room_that_hovers_around_the_length_of_the_list_tells_few_names() {
    let mut scene = Scene::new();
    for id in 1..=crowd() + 10 {
        scene.join(id);
    }
    scene.settle();
    for _ in 0..5 {
        for id in 1..=20 {
            scene.leave(id, Leave::Closed);
            assert!(scene.settle().iter().all(|(names, _)| *names <= 1));
        }
        for id in 1..=20 {
            scene.join(id);
            assert!(scene.settle().iter().all(|(names, _)| *names <= 1));
        }
    }
    assert_eq!(scene.merged, Merged::new(scene.presence.roster(ROOM)));
}

#[test]
fn a_large_room_is_told_rarely() {
    let mut scene = Scene::new();
    for id in 1..=5_000 {
        scene.join(id);
    }
    scene.settle();
    let told_at = scene.now;
    scene.join(5_001);
    assert_eq!(scene.presence.next_due(), Some(told_at + DIFF_INTERVAL_MAX));
}
