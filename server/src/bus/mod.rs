//! The bus: what one node tells all nodes, itself included, after it was stored.
//!
//! Events are hints that something changed; the store stays the truth, and a receiver that misses one reads it there.
//! `local` serves a single node; `wire` is an event as bytes, for a bus that leaves the process. `chat` publishes, `hub`
//! listens.

#[cfg(test)]
mod contract;
mod local;
pub mod wire;

pub use local::LocalBus;

use crate::store::SessionId;
use async_trait::async_trait;
use protocol::{Message, RoomId, Seq, UserId};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// Something that happened and is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The changes of a room in `(after, through]`.
    Changed { room: RoomId, after: Seq, through: Seq, messages: Vec<Message> },
    /// A room came to be.
    RoomCreated { room: RoomId },
    /// A session ended, and with it every socket that it opened.
    SessionEnded { user: UserId, session: SessionId },
}

/// What a listener is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Event(Event),
    /// Events are missing, nobody knows which: whatever was learned from events has to be read from the store again.
    SomeLost,
}

#[async_trait]
pub trait Bus: Send + Sync {
    /// Sends an event to every node. Events of one room published in order by one node arrive in that order, unless some
    /// are lost. Waits while the receiver is behind.
    async fn publish(&self, event: Event);

    /// The events of all nodes, for the one listener of this node; `None` when it is taken already.
    fn subscribe(&self) -> Option<mpsc::Receiver<Heard>>;
}
