//! One line through which every message of this node passes: saved in order, published in the same order.
//!
//! Messages that arrive while a group is being saved form the next group. A message that comes alone is saved at once;
//! when more follow within milliseconds they wait for each other, because a commit costs the same for one as for ten.

use crate::bus::{Bus, Event};
use crate::store::{AppendOutcome, Draft, Store, StoreError};
use protocol::{Message, RoomId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

/// Most messages in one group. Beyond it the commit is the smaller part of the cost.
const GROUP_MAX: usize = 256;

/// The shortest time from one commit to the next while few messages wait. Where the disk takes longer it adds nothing.
const PACE: Duration = Duration::from_millis(3);

/// With this many waiting a commit is worth its cost.
const GROUP_ENOUGH: usize = 8;

type Answer = Result<AppendOutcome, StoreError>;

struct Entry {
    draft: Draft,
    answer: oneshot::Sender<Answer>,
}

pub(super) struct Sequencer {
    /// Unbounded: each socket may only have a few unanswered commands, which bounds it.
    entries: mpsc::UnboundedSender<Entry>,
}

impl Sequencer {
    pub(super) fn start(store: Arc<dyn Store>, bus: Arc<dyn Bus>) -> Self {
        let (entries, queue) = mpsc::unbounded_channel();
        tokio::spawn(run(store, bus, queue));
        Self { entries }
    }

    /// Waits until the task is gone.
    pub(super) fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let entries = self.entries.clone();
        async move { entries.closed().await }
    }

    /// Saves and publishes a message. It takes its place in the line by the call itself, not by the first poll.
    pub(super) fn append(&self, draft: Draft) -> impl Future<Output = Answer> + Send + use<> {
        let (answer, answered) = oneshot::channel();
        let queued = self.entries.send(Entry { draft, answer });
        async move {
            queued.map_err(|_| StoreError::Closed)?;
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
            group.drain(..).map(|entry| (entry.draft, entry.answer)).unzip();
        match store.append(drafts).await {
            Ok(outcomes) => {
                let events = events(&outcomes);
                for (answer, outcome) in answers.into_iter().zip(outcomes) {
                    let _ = answer.send(Ok(outcome));
                }
                for event in events {
                    bus.publish(event).await;
                }
            }
            Err(error) => {
                for answer in answers {
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
