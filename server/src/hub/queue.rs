//! What waits to be written to one socket: bounded, shared bytes, never silently short.
//!
//! A frame that does not fit is not kept; its topic is marked missed instead, and no more frames of that topic are taken
//! until the connection, when it has drained the rest, fetches the topic's present state and goes on from there. Opening
//! a room, coming back after a reconnect and recovering from a stall are all this one case.

use axum::extract::ws::Utf8Bytes;
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use protocol::{CloseCode, RoomId};
use std::collections::{BTreeSet, VecDeque};
use std::future::poll_fn;
use std::task::Poll;

/// Bytes that may wait for one socket. With a kernel buffer beside it, enough for a busy room during a hiccup of seconds;
/// beyond it reading the store again is cheaper than holding memory for everybody who might be slow.
pub const QUEUE_BYTES_MAX: usize = 128 * 1024;

/// What a frame is about, where its loss could be made good by reading the present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The messages of a room.
    Timeline(RoomId),
    /// Who is in a room.
    Roster(RoomId),
    /// The list of rooms.
    Lobby,
}

/// What a connection has to do next.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Frames to write, in order.
    pub frames: Vec<Utf8Bytes>,
    /// A topic to refresh; only given when no frame is waiting.
    pub missed: Option<Topic>,
    /// Close the socket, after the frames.
    pub close: Option<CloseCode>,
}

#[derive(Default)]
struct State {
    frames: VecDeque<Utf8Bytes>,
    bytes: usize,
    missed: BTreeSet<Topic>,
    close: Option<CloseCode>,
}

#[derive(Default)]
pub struct SocketQueue {
    state: Mutex<State>,
    waker: AtomicWaker,
}

impl SocketQueue {
    /// Queues a frame of a topic. `false` when it was not taken because the topic is missed, from now or from before.
    pub fn push(&self, topic: Topic, frame: Utf8Bytes) -> bool {
        let mut state = self.state.lock();
        if state.missed.contains(&topic) {
            return false;
        }
        let taken = state.bytes + frame.len() <= QUEUE_BYTES_MAX;
        if taken {
            state.bytes += frame.len();
            state.frames.push_back(frame);
        } else {
            state.missed.insert(topic);
        }
        drop(state);
        self.waker.wake();
        taken
    }

    /// Marks a topic missed, so that the connection fetches its present state.
    pub fn miss(&self, topic: Topic) {
        self.state.lock().missed.insert(topic);
        self.waker.wake();
    }

    /// Forgets that a topic was missed; frames of it are taken again.
    pub fn forget(&self, topic: Topic) {
        self.state.lock().missed.remove(&topic);
    }

    /// Asks the connection to close. The first code stands.
    pub fn close(&self, code: CloseCode) {
        self.state.lock().close.get_or_insert(code);
        self.waker.wake();
    }

    /// Waits until there is something to do.
    pub async fn work(&self) -> Work {
        poll_fn(|context| {
            self.waker.register(context.waker());
            let mut state = self.state.lock();
            if state.frames.is_empty() && state.missed.is_empty() && state.close.is_none() {
                return Poll::Pending;
            }
            state.bytes = 0;
            let frames = Vec::from(std::mem::take(&mut state.frames));
            let missed = if frames.is_empty() { state.missed.first().copied() } else { None };
            Poll::Ready(Work { frames, missed, close: state.close })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const ROOM: Topic = Topic::Timeline(RoomId(1));
    const OTHER: Topic = Topic::Timeline(RoomId(2));

    fn frame(bytes: usize) -> Utf8Bytes {
        Utf8Bytes::from("x".repeat(bytes))
    }

    #[test]
    fn frames_come_out_in_order_and_at_once() {
        let queue = SocketQueue::default();
        assert!(queue.push(ROOM, "1".into()));
        assert!(queue.push(OTHER, "2".into()));
        let work = queue.work().now_or_never().expect("work is waiting");
        assert_eq!(work.frames, ["1", "2"]);
        assert_eq!(queue.work().now_or_never(), None);
    }

    #[test]
    fn a_full_queue_marks_the_topic_missed_and_keeps_what_it_has() {
        let queue = SocketQueue::default();
        assert!(queue.push(ROOM, frame(QUEUE_BYTES_MAX)));
        assert!(!queue.push(ROOM, frame(1)));
        let drained = queue.work().now_or_never().expect("work is waiting");
        assert_eq!((drained.frames.len(), drained.missed), (1, None));
        let refresh = queue.work().now_or_never().expect("a topic was missed");
        assert_eq!((refresh.frames.len(), refresh.missed), (0, Some(ROOM)));
    }

    #[test]
    fn a_missed_topic_takes_no_frames_until_it_is_refreshed() {
        let queue = SocketQueue::default();
        queue.miss(ROOM);
        assert!(!queue.push(ROOM, "late".into()));
        assert!(queue.push(OTHER, "other".into()));
        queue.forget(ROOM);
        assert!(queue.push(ROOM, "live".into()));
        let work = queue.work().now_or_never().expect("work is waiting");
        assert_eq!(work.frames, ["other", "live"]);
    }

    #[test]
    fn the_first_close_code_stands() {
        let queue = SocketQueue::default();
        queue.close(CloseCode::SignedOut);
        queue.close(CloseCode::Restarting);
        let work = queue.work().now_or_never().expect("work is waiting");
        assert_eq!(work.close, Some(CloseCode::SignedOut));
    }
}
