//! The list of rooms: who watches it, and what changed in it.

use super::SocketId;
use super::queue::{SocketQueue, Topic};
use super::subscribers::Subscribers;
use parking_lot::Mutex;
use protocol::RoomId;
use protocol::limits::ROOMS_LISTED;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use tokio::sync::Notify;

/// As many rooms as the list has: however many were spoken in, only the last of them can be in it.
const LIVELY_MAX: usize = ROOMS_LISTED as usize;

/// What changed in the list of rooms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirectoryChanges {
    /// Rooms with new messages, and new rooms, the liveliest last; no more than [`LIVELY_MAX`].
    pub lively: VecDeque<RoomId>,
    /// Rooms in which another number of users is now.
    pub counted: BTreeSet<RoomId>,
    /// Whether there are more rooms than before.
    pub has_new: bool,
    /// Whether more may have changed than is known.
    pub some_lost: bool,
}

impl DirectoryChanges {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn note_lively(&mut self, room: RoomId) {
        self.lively.retain(|lively| *lively != room);
        self.lively.push_back(room);
        if self.lively.len() > LIVELY_MAX {
            self.lively.pop_front();
        }
    }

    /// Adds what changed after it.
    fn append(&mut self, later: Self) {
        later.lively.into_iter().for_each(|room| self.note_lively(room));
        self.counted.extend(later.counted);
        self.has_new |= later.has_new;
        self.some_lost |= later.some_lost;
    }
}

#[derive(Default)]
struct State {
    watchers: Subscribers,
    changes: DirectoryChanges,
}

#[derive(Default)]
pub(super) struct Directory {
    state: Mutex<State>,
    has_changed: Notify,
}

impl Directory {
    pub(super) fn watch(&self, socket: SocketId, queue: &Arc<SocketQueue>) {
        self.state.lock().watchers.insert(socket, queue);
    }

    pub(super) fn leave(&self, socket: SocketId) {
        self.state.lock().watchers.remove(socket);
    }

    pub(super) fn watchers(&self) -> Subscribers {
        self.state.lock().watchers.clone()
    }

    /// Notes that something was said in a room.
    pub(super) fn spoke(&self, room: RoomId) {
        self.change(|changes| changes.note_lively(room));
    }

    pub(super) fn created(&self, room: RoomId) {
        self.change(|changes| {
            changes.note_lively(room);
            changes.has_new = true;
        });
    }

    /// Notes that other numbers of users are in these rooms.
    pub(super) fn counted(&self, rooms: impl IntoIterator<Item = RoomId>) {
        self.change(|changes| changes.counted.extend(rooms));
    }

    /// Returns when something has changed since the changes were taken.
    pub(super) async fn changed(&self) {
        while self.state.lock().changes.is_empty() {
            self.has_changed.notified().await;
        }
    }

    /// Takes what is to be told.
    pub(super) fn take_changes(&self) -> DirectoryChanges {
        std::mem::take(&mut self.state.lock().changes)
    }

    /// Takes back what was taken and could not be told.
    pub(super) fn give_back(&self, mut earlier: DirectoryChanges) {
        self.change(|changes| {
            earlier.append(std::mem::take(changes));
            *changes = earlier;
        });
    }

    /// Has the whole list read again for all who watch it.
    pub(super) fn resync(&self) {
        self.change(|changes| changes.some_lost = true);
        self.watchers().for_each(|queue| queue.mark_stale(Topic::Directory));
    }

    fn change(&self, change: impl FnOnce(&mut DirectoryChanges)) {
        change(&mut self.state.lock().changes);
        self.has_changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_rooms_that_were_spoken_in_the_last_ones_are_kept() {
        let directory = Directory::default();
        for id in (1..=100).chain([60]) {
            directory.spoke(RoomId(id));
        }
        let taken = directory.take_changes();
        let kept: Vec<i64> = taken.lively.iter().map(|room| room.0).collect();
        assert_eq!(kept, (51..60).chain(61..=100).chain([60]).collect::<Vec<_>>());
        assert!(directory.take_changes().is_empty());
    }

    #[test]
    fn what_could_not_be_told_stays_before_what_came_later() {
        let directory = Directory::default();
        directory.created(RoomId(1));
        directory.spoke(RoomId(2));
        let taken = directory.take_changes();
        directory.spoke(RoomId(1));
        directory.counted([RoomId(3)]);
        directory.give_back(taken);
        let expected = DirectoryChanges {
            lively: [RoomId(2), RoomId(1)].into(),
            counted: [RoomId(3)].into(),
            has_new: true,
            some_lost: false,
        };
        assert_eq!(directory.take_changes(), expected);
    }
}
