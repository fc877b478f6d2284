//! Who is in which room on this node: plain state, no clock and no sockets of its own.
//!
//! A user is in a room while one of their sockets has it open, and for a short grace after a socket dropped, so that a
//! reload does not flicker. Changes are gathered and told as one diff; the larger a room, the longer the gathering.

use protocol::limits::ROSTER_LIST_MAX;
use protocol::{RoomId, Roster, User, UserId};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

/// How long a user stays in a room after their last socket dropped.
pub const GRACE: Duration = Duration::from_secs(5);

/// The shortest time between two diffs of a room: below what people notice.
const DIFF_INTERVAL_MIN: Duration = Duration::from_millis(200);

/// The longest, reached by a room of 5,000.
const DIFF_INTERVAL_MAX: Duration = Duration::from_secs(5);

/// How a socket stopped being in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It said so: gone at once.
    Closed,
    /// Its connection ended, perhaps for a reload: gone after [`GRACE`].
    Dropped,
}

/// What to tell the members of a room.
#[derive(Debug, PartialEq, Eq)]
pub enum Update {
    Diff {
        count: u32,
        joined: Vec<User>,
        left: Vec<UserId>,
    },
    /// The room shrank to a size whose names are told: all of them.
    Whole(Roster),
}

struct Member {
    user: User,
    sockets: u32,
    /// Set while `sockets` is 0.
    leaves_at: Option<Instant>,
}

#[derive(Default)]
struct Room {
    members: HashMap<UserId, Member>,
    /// Who came or went since the last update, and may have done both.
    touched: HashSet<UserId>,
    /// Whom the members were told of.
    told: HashSet<UserId>,
    told_at: Option<Instant>,
}

#[derive(Default)]
pub struct Presence {
    rooms: HashMap<RoomId, Room>,
    /// Rooms with something to tell or somebody to expire.
    unsettled: BTreeSet<RoomId>,
}

impl Presence {
    pub fn join(&mut self, room: RoomId, user: &User) {
        let state = self.rooms.entry(room).or_default();
        let member = state.members.entry(user.id).or_insert_with(|| Member {
            user: user.clone(),
            sockets: 0,
            leaves_at: None,
        });
        member.sockets += 1;
        member.leaves_at = None;
        state.touched.insert(user.id);
        self.unsettled.insert(room);
    }

    pub fn leave(&mut self, room: RoomId, user: UserId, how: Leave, now: Instant) {
        let Some(state) = self.rooms.get_mut(&room) else { return };
        let Some(member) = state.members.get_mut(&user) else { return };
        member.sockets = member.sockets.saturating_sub(1);
        if member.sockets > 0 {
            return;
        }
        match how {
            Leave::Closed => {
                state.members.remove(&user);
            }
            Leave::Dropped => member.leaves_at = Some(now + GRACE),
        }
        state.touched.insert(user);
        self.unsettled.insert(room);
    }

    /// How many users are in a room.
    #[must_use]
    pub fn count(&self, room: RoomId) -> u32 {
        self.rooms.get(&room).map_or(0, Room::count)
    }

    #[must_use]
    pub fn roster(&self, room: RoomId) -> Roster {
        self.rooms.get(&room).map_or_else(Roster::default, Room::roster)
    }

    /// What there is to tell at `now`, room by room.
    pub fn updates(&mut self, now: Instant) -> Vec<(RoomId, Update)> {
        let mut updates = Vec::new();
        let rooms = &mut self.rooms;
        self.unsettled.retain(|id| {
            let Some(room) = rooms.get_mut(id) else { return false };
            room.expire(now);
            if room.is_due(now)
                && let Some(update) = room.update(now)
            {
                updates.push((*id, update));
            }
            let settled = room.touched.is_empty();
            if settled && room.members.is_empty() {
                rooms.remove(id);
            }
            !settled
        });
        updates
    }
}

impl Room {
    fn count(&self) -> u32 {
        u32::try_from(self.members.len()).unwrap_or(u32::MAX)
    }

    fn roster(&self) -> Roster {
        let mut users: Vec<User> =
            self.members.values().map(|member| member.user.clone()).collect();
        users.sort_by(|a, b| a.name.cmp(&b.name));
        users.truncate(ROSTER_LIST_MAX);
        Roster { count: self.count(), users }
    }

    fn expire(&mut self, now: Instant) {
        self.members.retain(|_, member| member.leaves_at.is_none_or(|at| at > now));
    }

    /// One millisecond of waiting for each member keeps the frames of a room at about a thousand a second.
    fn is_due(&self, now: Instant) -> bool {
        let interval = Duration::from_millis(u64::from(self.count()))
            .clamp(DIFF_INTERVAL_MIN, DIFF_INTERVAL_MAX);
        self.told_at.is_none_or(|at| now.duration_since(at) >= interval)
    }

    fn update(&mut self, now: Instant) -> Option<Update> {
        let told_before = self.told.len();
        let mut joined = Vec::new();
        let mut left = Vec::new();
        let (members, told) = (&self.members, &mut self.told);
        self.touched.retain(|user| {
            match members.get(user) {
                Some(member) => {
                    if told.insert(*user) {
                        joined.push(member.user.clone());
                    }
                    // Somebody in their grace has not left yet: look again.
                    member.leaves_at.is_some()
                }
                None => {
                    if told.remove(user) {
                        left.push(*user);
                    }
                    false
                }
            }
        });
        if joined.is_empty() && left.is_empty() {
            return None;
        }
        self.told_at = Some(now);
        if self.members.len() > ROSTER_LIST_MAX {
            joined.clear();
            left.clear();
        } else if told_before > ROSTER_LIST_MAX {
            return Some(Update::Whole(self.roster()));
        }
        Some(Update::Diff { count: self.count(), joined, left })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId(1);

    fn user(id: i64) -> User {
        User { id: UserId(id), name: format!("user {id:05}") }
    }

    fn names(presence: &Presence) -> Vec<String> {
        presence.roster(ROOM).users.into_iter().map(|user| user.name).collect()
    }

    #[test]
    fn two_sockets_of_a_user_count_once() {
        let (mut presence, now) = (Presence::default(), Instant::now());
        presence.join(ROOM, &user(1));
        presence.join(ROOM, &user(1));
        assert_eq!(presence.count(ROOM), 1);
        presence.leave(ROOM, UserId(1), Leave::Closed, now);
        assert_eq!(names(&presence), ["user 00001"]);
        presence.leave(ROOM, UserId(1), Leave::Closed, now);
        assert_eq!(presence.count(ROOM), 0);
    }

    #[test]
    fn a_reload_within_the_grace_tells_nobody() {
        let (mut presence, now) = (Presence::default(), Instant::now());
        presence.join(ROOM, &user(1));
        presence.updates(now);
        presence.leave(ROOM, UserId(1), Leave::Dropped, now);
        assert_eq!(presence.updates(now + GRACE / 2), []);
        presence.join(ROOM, &user(1));
        assert_eq!(presence.updates(now + GRACE * 2), []);
        assert_eq!(presence.count(ROOM), 1);
    }

    #[test]
    fn a_dropped_user_leaves_after_the_grace() {
        let (mut presence, now) = (Presence::default(), Instant::now());
        presence.join(ROOM, &user(1));
        presence.updates(now);
        presence.leave(ROOM, UserId(1), Leave::Dropped, now);
        let left = Update::Diff { count: 0, joined: vec![], left: vec![UserId(1)] };
        assert_eq!(presence.updates(now + GRACE), [(ROOM, left)]);
        assert!(presence.rooms.is_empty(), "an empty room is forgotten");
    }

    #[test]
    fn joins_are_gathered_into_one_diff() {
        let (mut presence, now) = (Presence::default(), Instant::now());
        presence.join(ROOM, &user(1));
        assert_eq!(presence.updates(now).len(), 1);
        presence.join(ROOM, &user(2));
        presence.join(ROOM, &user(3));
        assert_eq!(presence.updates(now + DIFF_INTERVAL_MIN / 2), [], "too soon for another");
        let updates = presence.updates(now + DIFF_INTERVAL_MIN);
        let [(_, Update::Diff { count: 3, joined, .. })] = updates.as_slice() else {
            panic!("one diff, not {updates:?}");
        };
        assert_eq!(joined.len(), 2);
    }

    #[test]
    fn a_crowd_is_told_as_a_count_and_by_name_again_when_it_shrinks() {
        let (mut presence, now) = (Presence::default(), Instant::now());
        let crowd = i64::try_from(ROSTER_LIST_MAX).expect("a small number") + 1;
        for id in 1..=crowd {
            presence.join(ROOM, &user(id));
        }
        let updates = presence.updates(now);
        let [(_, Update::Diff { joined, .. })] = updates.as_slice() else {
            panic!("one diff, not {updates:?}");
        };
        assert_eq!(joined.len(), 0);
        assert_eq!(presence.roster(ROOM).users.len(), ROSTER_LIST_MAX);
        presence.leave(ROOM, UserId(crowd), Leave::Closed, now);
        let updates = presence.updates(now + DIFF_INTERVAL_MAX);
        assert!(matches!(updates.as_slice(), [(_, Update::Whole(_))]), "not {updates:?}");
    }
}
