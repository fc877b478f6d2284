//! One line through which every message of this node passes: saved in order, published in the same order.
//!
//! Messages that arrive while a group is being saved form the next group. A message that comes alone is saved at once;
//! when more follow within milliseconds they wait for each other, because a commit costs the same for one as for ten.

use crate::bus::{Bus, Event};
use crate::store::{Append, AppendOutcome, Store, StoreError};
use protocol::{Message, RoomId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

/// Most messages in one group. Beyond it the commit is the smaller part of the cost.
const GROUP_MAX: usize = 256;

/// The shortest time from one commit to the next while few messages wait. Where the disk takes longer it adds nothing.
const PACE: Duration = Duration::from_millis(3);

/// With this many waiting a commit is worth its cost.
const GROUP_ENOUGH: usize = 8;

type Answer = Result<AppendOutcome, StoreError>;

/// Bytes of messages that may wait to be saved. Sockets and requests may be gone before their messages are: their number
/// bounds nothing when the disk is slow.
const WAITING_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes of a message that waits, besides its text.
const ENTRY_BYTES: usize = 512;

struct Entry {
    draft: Append,
    answer: oneshot::Sender<Answer>,
    /// Its part of [`WAITING_BYTES_MAX`], given back by being dropped.
    waiting: OwnedSemaphorePermit,
}

pub(super) struct Sequencer {
    /// Bounded by what `free_bytes` has left.
    entries: mpsc::UnboundedSender<Entry>,
    free_bytes: Arc<Semaphore>,
}

impl Sequencer {
    pub(super) fn start(store: Arc<dyn Store>, bus: Arc<dyn Bus>) -> Self {
        let (entries, queue) = mpsc::unbounded_channel();
        tokio::spawn(run(store, bus, queue));
        Self { entries, free_bytes: Arc::new(Semaphore::new(WAITING_BYTES_MAX)) }
    }

    /// Waits until the task is gone.
    pub(super) fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let entries = self.entries.clone();
        async move { entries.closed().await }
    }

    /// Saves and publishes a message. It takes its place in the line by the call itself, not by the first poll. The store
    /// counts as busy when too much waits for it.
    pub(super) fn append(&self, draft: Append) -> impl Future<Output = Answer> + Send + use<> {
        let (answer, answered) = oneshot::channel();
        let bytes = u32::try_from(ENTRY_BYTES + draft.text.len()).unwrap_or(u32::MAX);
        let queued = match self.free_bytes.clone().try_acquire_many_owned(bytes) {
            Ok(waiting) => {
                let entry = Entry { draft, answer, waiting };
                self.entries.send(entry).map_err(|_| StoreError::Closed)
            }
            Err(full) => Err(StoreError::Busy(Arc::new(full))),
        };
        async move {
            queued?;
            answered.await.map_err(|_| StoreError::Closed)?
        }
    }
}

async fn run(store: Arc<dyn Store>, bus: Arc<dyn Bus>, mut queue: mpsc::UnboundedReceiver<Entry>) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    let mut paced = Instant::now();
    while queue.recv_many(&mut group, GROUP_MAX).await > 0 {
        while group.len() < GROUP_ENOUGH
            && let more = queue.recv_many(&mut group, GROUP_MAX)
            && let Ok(1..) = timeout_at(paced, more).await
        {}
        paced = Instant::now() + PACE;
        let (drafts, answers): (Vec<_>, Vec<_>) =
            group.drain(..).map(|entry| (entry.draft, (entry.answer, entry.waiting))).unzip();
        match store.append(drafts).await {
            Ok(outcomes) => {
                let events = events(&outcomes);
                for ((answer, _), outcome) in answers.into_iter().zip(outcomes) {
                    let _ = answer.send(Ok(outcome));
                }
                for event in events {
                    bus.publish(event).await;
                }
            }
            Err(error) => {
                for (answer, _) in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
    }
}

/// One event for each room that the group changed.
fn events(outcomes: &[AppendOutcome]) -> Vec<Event> {
    let mut by_room: BTreeMap<RoomId, Vec<Message>> = BTreeMap::new();
    for outcome in outcomes {
        if let AppendOutcome::Stored { room, message } = outcome {
            by_room.entry(*room).or_default().push(message.clone());
        }
    }
    by_room
        .into_iter()
        .filter_map(|(room, messages)| {
            let (first, last) = (messages.first()?, messages.last()?);
            let (after, through) = (first.changed.previous(), last.changed);
            Some(Event::Changed { room, after, through, messages })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::LocalBus;
    use crate::store::sqlite::SqliteStore;
    use futures_util::FutureExt;
    use protocol::{MessageKey, Millis, User, UserId};
    use uuid::Uuid;

    #[tokio::test]
    async fn what_waits_to_be_saved_is_bounded_and_what_is_saved_makes_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("hubbub.db")).expect("a store");
        let sequencer = Sequencer::start(Arc::new(store), Arc::new(LocalBus::default()));
        let draft = |number: u128| Append {
            room: RoomId(1),
            author: User { id: UserId(1), name: "Ada".into() },
            key: MessageKey(Uuid::from_u128(number)),
            text: "x".repeat(WAITING_BYTES_MAX / 10),
            at: Millis(0),
        };
        // The sequencer comes to its turn only when this task waits.
        let mut waiting: Vec<_> = (0..20).map(|number| sequencer.append(draft(number))).collect();
        let refused = waiting.split_off(9);
        for answer in refused {
            assert!(matches!(answer.now_or_never(), Some(Err(StoreError::Busy(_)))));
        }
        for answer in waiting {
            assert!(!matches!(answer.await, Err(StoreError::Busy(_))));
        }
        assert!(!matches!(sequencer.append(draft(99)).await, Err(StoreError::Busy(_))));
    }
}
