//! The bus of a single node: a channel.

use super::{Bus, Event};
use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::mpsc;

/// Events that may wait for the hub. It takes microseconds for each; more waiting means it is overloaded, and then
/// whoever publishes has to wait too.
const QUEUE: usize = 256;

pub struct LocalBus {
    sender: mpsc::Sender<Event>,
    receiver: Mutex<Option<mpsc::Receiver<Event>>>,
}

impl Default for LocalBus {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self { sender, receiver: Mutex::new(Some(receiver)) }
    }
}

#[async_trait]
impl Bus for LocalBus {
    async fn publish(&self, event: Event) {
        // Without a listener nobody is connected, and the store has it.
        let _ = self.sender.send(event).await;
    }

    fn subscribe(&self) -> Option<mpsc::Receiver<Event>> {
        self.receiver.lock().take()
    }
}
