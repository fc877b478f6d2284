//! Sessions that may have ended without anybody having heard of it here, because events were lost since they were read.
//!
//! Each of them is looked at once, however many sockets it has; that is done in `chat`, which may ask the store.

use crate::store::SessionId;
use parking_lot::Mutex;
use protocol::UserId;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Notify;

/// How often events had been lost when something was read from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Losses(u64);

#[derive(Default)]
pub(super) struct Doubts {
    losses: AtomicU64,
    sessions: Mutex<BTreeMap<SessionId, UserId>>,
    arisen: Notify,
}

impl Doubts {
    pub(super) fn losses(&self) -> Losses {
        Losses(self.losses.load(Ordering::Acquire))
    }

    /// Events were lost. The sockets of this moment are doubted after it: one that comes in between is doubted twice rather
    /// than not at all.
    pub(super) fn count_loss(&self) {
        self.losses.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn add(&self, sessions: impl IntoIterator<Item = (SessionId, UserId)>) {
        let mut doubted = self.sessions.lock();
        doubted.extend(sessions);
        if !doubted.is_empty() {
            self.arisen.notify_one();
        }
    }

    /// Returns when there is somebody to doubt.
    pub(super) async fn arisen(&self) {
        while self.sessions.lock().is_empty() {
            self.arisen.notified().await;
        }
    }

    /// Takes some of them.
    pub(super) fn take(&self, most: usize) -> BTreeMap<SessionId, UserId> {
        let mut sessions = self.sessions.lock();
        let rest = sessions.keys().nth(most).copied();
        let rest = rest.map(|first| sessions.split_off(&first)).unwrap_or_default();
        std::mem::replace(&mut *sessions, rest)
    }
}
