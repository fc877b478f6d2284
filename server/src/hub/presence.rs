//! Who is in which room on this node, and when to tell: plain state, no clock and no sockets of its own.
//!
//! A user is in a room while one of their sockets has it open, and for a short grace after a socket dropped, so that a
//! reload does not flicker. Changes are gathered and told as one diff; the larger a room, the longer the gathering. The
//! people of a single room are kept in `roster`.

use super::roster::{Diff, People, Version};
use bytes::Bytes;
use protocol::{RoomId, Roster, ServerFrame, User, UserId};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// How long a user stays in a room after their last socket dropped.
pub const GRACE: Duration = Duration::from_secs(5);

/// How a socket stopped being in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It said so: gone at once.
    Closed,
    /// Its connection ended, perhaps for a reload: gone after [`GRACE`].
    Dropped,
}

#[derive(Default)]
struct Room {
    people: People,
    /// Its place in the agenda.
    due: Option<Instant>,
}

#[derive(Default)]
pub(super) struct Presence {
    rooms: HashMap<RoomId, Room>,
    /// When which room has something to tell.
    agenda: BTreeSet<(Instant, RoomId)>,
    /// Whose grace ends when, the next one first: the grace is the same for all.
    graces: VecDeque<(Instant, RoomId, UserId)>,
    version: Version,
}

impl Presence {
    pub(super) fn join(&mut self, room: RoomId, user: &User, now: Instant) {
        self.rooms.entry(room).or_default().people.join(user);
        self.plan(room, now);
    }

    pub(super) fn leave(&mut self, room: RoomId, user: UserId, how: Leave, now: Instant) {
        let Some(Room { people, .. }) = self.rooms.get_mut(&room) else { return };
        if !people.drop_socket(user) {
            return;
        }
        match how {
            Leave::Closed => people.remove(user),
            Leave::Dropped => {
                let at = now + GRACE;
                people.leave_at(user, at);
                self.graces.push_back((at, room, user));
            }
        }
        self.plan(room, now);
    }

    /// How many users are in a room, as everybody was told.
    #[must_use]
    pub(super) fn count(&self, room: RoomId) -> u32 {
        self.rooms.get(&room).map_or(0, |room| room.people.told_count())
    }

    /// Who is in a room, as everybody was told.
    #[must_use]
    pub(super) fn roster(&self, room: RoomId) -> Roster {
        self.rooms.get(&room).map_or_else(Roster::default, |room| room.people.told())
    }

    /// The same as a frame.
    #[must_use]
    pub(super) fn roster_frame(&mut self, room: RoomId) -> (Version, Bytes) {
        match self.rooms.get_mut(&room) {
            Some(state) => state.people.told_frame(room),
            None => {
                let Roster { count, users } = Roster::default();
                (Version::default(), super::encode(&ServerFrame::Roster { room, count, users }))
            }
        }
    }

    /// When to ask for diffs again, if nothing happens until then.
    #[must_use]
    pub(super) fn next_due(&self) -> Option<Instant> {
        let told = self.agenda.first().map(|(at, _)| *at);
        let gone = self.graces.front().map(|(at, _, _)| *at);
        told.into_iter().chain(gone).min()
    }

    /// What is to be broadcast at `now`, room by room.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<(RoomId, Diff)> {
        while let Some((at, room, user)) = self.graces.pop_front_if(|(at, _, _)| *at <= now) {
            if let Some(state) = self.rooms.get_mut(&room) {
                state.people.expire(user, at);
                self.plan(room, now);
            }
        }
        let mut diffs = Vec::new();
        while let Some(&(at, room)) = self.agenda.first()
            && at <= now
        {
            self.agenda.pop_first();
            if let Some(state) = self.rooms.get_mut(&room) {
                state.due = None;
                self.version = self.version.next();
                diffs.push((room, state.people.tell(self.version, now)));
            }
            self.plan(room, now);
        }
        diffs
    }

    /// Moves a room to its place in the agenda, and forgets one that is over.
    fn plan(&mut self, room: RoomId, now: Instant) {
        let Entry::Occupied(mut entry) = self.rooms.entry(room) else { return };
        let state = entry.get_mut();
        let due = state.people.due(now);
        if due != state.due {
            if let Some(at) = std::mem::replace(&mut state.due, due) {
                self.agenda.remove(&(at, room));
            }
            self.agenda.extend(due.map(|at| (at, room)));
        }
        if state.people.is_over() {
            entry.remove();
        }
    }
}

#[cfg(test)]
mod tests;
