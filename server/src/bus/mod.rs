//! The bus: what one node tells all nodes, itself included, after it was stored.
//!
//! Events are hints that something changed; the store stays the truth, and a receiver that misses one reads it there.
//! `local` serves a single node. `chat` publishes, `hub` listens.

mod local;

pub use local::LocalBus;

use crate::store::SessionId;
use async_trait::async_trait;
use protocol::{Message, RoomId, Seq, UserId};
use tokio::sync::mpsc;

/// Something that happened and is durable.
#[derive(Debug, Clone)]
pub enum Event {
    /// The changes of a room in `(after, through]`.
    Changed { room: RoomId, after: Seq, through: Seq, messages: Vec<Message> },
    /// A room came to be.
    RoomCreated { room: RoomId },
    /// A session ended, and with it every socket that it opened.
    SessionEnded { user: UserId, session: SessionId },
}

#[async_trait]
pub trait Bus: Send + Sync {
    /// Sends an event to every node. Events of one room published in order by one node arrive in that order. Waits while
    /// the receiver is behind.
    async fn publish(&self, event: Event);

    /// The events of all nodes, for the one listener of this node; `None` when it is taken already.
    fn subscribe(&self) -> Option<mpsc::Receiver<Event>>;
}
