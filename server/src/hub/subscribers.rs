//! Sockets that are sent the same, and sending it to them all.

use super::SocketId;
use super::queue::SocketQueue;
use std::panic::resume_unwind;
use std::sync::Arc;

/// Sockets told by one task. Larger crowds are told by several, on all cores and with others served in between; a slice
/// takes well below a millisecond.
const SLICE: usize = 128;

/// A list that is copied when it changes while somebody is being told, so that nobody waits for the broadcast.
#[derive(Clone, Default)]
pub(super) struct Subscribers {
    /// By id.
    sockets: Arc<Vec<(SocketId, Arc<SocketQueue>)>>,
}

impl Subscribers {
    /// Adds a socket, once.
    pub(super) fn insert(&mut self, id: SocketId, queue: &Arc<SocketQueue>) {
        if let Err(place) = self.place_of(id) {
            Arc::make_mut(&mut self.sockets).insert(place, (id, queue.clone()));
        }
    }

    pub(super) fn remove(&mut self, id: SocketId) {
        if let Ok(place) = self.place_of(id) {
            Arc::make_mut(&mut self.sockets).remove(place);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }

    pub(super) fn for_each(&self, visit: impl Fn(&SocketQueue)) {
        self.sockets.iter().for_each(|(_, queue)| visit(queue));
    }

    /// Calls `deliver` for each socket; returns when all were told. A panic of one call is passed on, from whichever task it was.
    pub(super) async fn broadcast(self, deliver: impl Fn(&SocketQueue) + Send + Sync + 'static) {
        if self.sockets.len() <= SLICE {
            for (_, queue) in self.sockets.iter() {
                deliver(queue);
            }
            return;
        }
        let deliver = Arc::new(deliver);
        let slices = self.sockets.chunks(SLICE).enumerate().map(|(index, slice)| {
            let (start, end) = (index * SLICE, index * SLICE + slice.len());
            let (sockets, deliver) = (self.sockets.clone(), deliver.clone());
            tokio::spawn(async move {
                for (_, queue) in &sockets[start..end] {
                    deliver(queue);
                }
            })
        });
        for slice in slices.collect::<Vec<_>>() {
            // It is cancelled only while the runtime stops, and then nobody is left to deliver to.
            if let Err(error) = slice.await
                && let Ok(panic) = error.try_into_panic()
            {
                resume_unwind(panic);
            }
        }
    }

    fn place_of(&self, id: SocketId) -> Result<usize, usize> {
        self.sockets.binary_search_by_key(&id, |(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::connect;
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn everybody_is_told_once_however_many() {
        let (queue, _peer) = connect().await;
        for crowd in [1, SLICE, SLICE + 1, 3 * SLICE] {
            let mut subscribers = Subscribers::default();
            // Not in their order, and twice.
            for id in (0..crowd).rev().chain(0..crowd) {
                subscribers.insert(SocketId(id as u64), &queue);
            }
            let told = Arc::new(AtomicUsize::new(0));
            let count = told.clone();
            subscribers
                .broadcast(move |_| {
                    count.fetch_add(1, Ordering::Relaxed);
                })
                .await;
            assert_eq!(told.load(Ordering::Relaxed), crowd);
        }
    }

    #[tokio::test]
    async fn a_panic_reaches_whoever_broadcasts_however_many_are_told() {
        let (queue, _peer) = connect().await;
        for crowd in [1, SLICE + 1] {
            let mut subscribers = Subscribers::default();
            for id in 0..crowd {
                subscribers.insert(SocketId(id as u64), &queue);
            }
            let broadcast = tokio::spawn(subscribers.broadcast(|_| panic!("on purpose")));
            assert!(broadcast.await.is_err_and(|error| error.is_panic()), "{crowd}");
        }
    }

    #[tokio::test]
    async fn who_comes_and_goes_does_not_change_a_broadcast_under_way() {
        let (queue, _peer) = connect().await;
        let mut subscribers = Subscribers::default();
        subscribers.insert(SocketId(1), &queue);
        let under_way = subscribers.clone();
        subscribers.remove(SocketId(1));
        assert!(subscribers.is_empty() && !under_way.is_empty());
    }
}
