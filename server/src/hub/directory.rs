//! The list of rooms: who watches it, and which of its lines changed.

use super::SocketId;
use super::queue::{SocketQueue, Topic};
use super::subscribers::Subscribers;
use parking_lot::Mutex;
use protocol::RoomId;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Notify;

/// Counts how often the changed lines were taken to be told. A list that is read in one edition has all that was taken
/// until then; what changes later will be told. So all who ask for the list in one edition may get the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Edition(u64);

#[derive(Default)]
struct State {
    watchers: Subscribers,
    changed: BTreeSet<RoomId>,
    edition: Edition,
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

    /// Notes that the lines of these rooms changed.
    pub(super) fn mark(&self, rooms: impl IntoIterator<Item = RoomId>) {
        let mut state = self.state.lock();
        state.changed.extend(rooms);
        self.has_changed.notify_one();
    }

    /// Returns when a line has changed since the changes were taken.
    pub(super) async fn changed(&self) {
        while self.state.lock().changed.is_empty() {
            self.has_changed.notified().await;
        }
    }

    /// Takes the rooms whose lines are to be told; none while nobody watches.
    pub(super) fn take_changes(&self) -> BTreeSet<RoomId> {
        let mut state = self.state.lock();
        state.edition.0 += 1;
        let changed = std::mem::take(&mut state.changed);
        if state.watchers.is_empty() { BTreeSet::new() } else { changed }
    }

    /// Has the whole list read again for all who watch it.
    pub(super) fn resync(&self) {
        let mut state = self.state.lock();
        state.edition.0 += 1;
        state.watchers.for_each(|queue| queue.mark_stale(Topic::Directory));
    }

    pub(super) fn edition(&self) -> Edition {
        self.state.lock().edition
    }
}
