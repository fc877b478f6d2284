//! The bus of a single node: a channel, in which nothing is lost.

use super::{Bus, Event, Heard};
use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::mpsc;

/// Events that may wait for the hub. It takes microseconds for each; more waiting means it is overloaded, and then
/// whoever publishes has to wait too.
const QUEUE: usize = 256;

pub struct LocalBus {
    sender: mpsc::Sender<Heard>,
    receiver: Mutex<Option<mpsc::Receiver<Heard>>>,
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
        let _ = self.sender.send(Heard::Event(event)).await;
    }

    fn subscribe(&self) -> Option<mpsc::Receiver<Heard>> {
        self.receiver.lock().take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_keeps_the_contract() {
        super::super::contract::check(LocalBus::default()).await;
    }
}
