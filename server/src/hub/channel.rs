//! One room's followers on this node, and how far each of them has been sent the timeline.

use super::SocketId;
use super::queue::{SocketQueue, Topic};
use axum::extract::ws::Utf8Bytes;
use parking_lot::Mutex;
use protocol::{RoomId, Seq};
use std::collections::HashMap;
use std::sync::Arc;

struct Follower {
    queue: Arc<SocketQueue>,
    /// Everything up to here was handed to the socket.
    through: Seq,
    /// Live followers are sent what is published; the others read the store first.
    live: bool,
}

#[derive(Default)]
struct State {
    /// The room's last change, once it was read from the store or published here. It stays true because a follower is
    /// registered before it reads: what is published earlier is in the store, what comes later passes here.
    head: Option<Seq>,
    followers: HashMap<SocketId, Follower>,
}

/// Where a follower that is behind stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// It has everything and is live from now on.
    Live(Seq),
    /// It has everything up to here; the rest is in the store.
    Behind(Seq),
}

/// Names a channel among all that this process has had. A room whose last follower left gets a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChannelId(pub(super) u64);

pub(super) struct Channel {
    pub(super) id: ChannelId,
    room: RoomId,
    state: Mutex<State>,
}

impl Channel {
    pub(super) fn new(id: ChannelId, room: RoomId) -> Self {
        Self { id, room, state: Mutex::default() }
    }

    /// Adds a follower, or restarts one, that has everything up to `after`.
    pub(super) fn follow(&self, socket: SocketId, queue: &Arc<SocketQueue>, after: Seq) {
        let follower = Follower { queue: queue.clone(), through: after, live: false };
        self.state.lock().followers.insert(socket, follower);
        queue.miss(Topic::Timeline(self.room));
    }

    /// Removes a follower; `true` when it was the last one.
    pub(super) fn unfollow(&self, socket: SocketId) -> bool {
        let mut state = self.state.lock();
        state.followers.remove(&socket);
        state.followers.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state.lock().followers.is_empty()
    }

    /// Sends the changes in `(after, through]` to every live follower.
    pub(super) fn publish(&self, after: Seq, through: Seq, frame: &Utf8Bytes) {
        let topic = Topic::Timeline(self.room);
        let mut state = self.state.lock();
        state.head = state.head.max(Some(through));
        for follower in state.followers.values_mut() {
            if !follower.live || through <= follower.through {
                continue;
            }
            if after <= follower.through && follower.queue.push(topic, frame.clone()) {
                follower.through = through;
            } else {
                follower.live = false;
                follower.queue.miss(topic);
            }
        }
    }

    pub(super) fn tell_roster(&self, frame: &Utf8Bytes) {
        for follower in self.state.lock().followers.values() {
            follower.queue.push(Topic::Roster(self.room), frame.clone());
        }
    }

    /// The room's last change, if it is known here.
    pub(super) fn head(&self) -> Option<Seq> {
        self.state.lock().head
    }

    /// Makes a follower live if it has everything, and says where it stands; `None` when it does not follow (any more).
    pub(super) fn resume(&self, socket: SocketId) -> Option<Position> {
        let mut state = self.state.lock();
        let head = state.head;
        let follower = state.followers.get_mut(&socket)?;
        if head.is_some_and(|head| follower.through >= head) {
            follower.live = true;
            follower.queue.forget(Topic::Timeline(self.room));
            return Some(Position::Live(follower.through));
        }
        Some(Position::Behind(follower.through))
    }

    /// Records that a follower was sent a page from the store; `head` when that page ended at the room's last change.
    pub(super) fn advance(&self, socket: SocketId, through: Seq, head: Option<Seq>) {
        let mut state = self.state.lock();
        state.head = state.head.max(head);
        if let Some(follower) = state.followers.get_mut(&socket) {
            follower.through = follower.through.max(through);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const SOCKET: SocketId = SocketId(1);

    fn channel() -> Channel {
        Channel::new(ChannelId(1), RoomId(1))
    }

    fn follow(channel: &Channel, after: i64) -> Arc<SocketQueue> {
        let queue = Arc::new(SocketQueue::default());
        channel.follow(SOCKET, &queue, Seq(after));
        queue
    }

    fn publish(channel: &Channel, seq: i64) {
        channel.publish(Seq(seq - 1), Seq(seq), &seq.to_string().into());
    }

    fn frames(queue: &SocketQueue) -> Vec<String> {
        let work = queue.work().now_or_never().unwrap_or_default();
        work.frames.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_new_follower_is_behind_until_the_store_was_read() {
        let channel = channel();
        let queue = follow(&channel, 3);
        assert_eq!(channel.resume(SOCKET), Some(Position::Behind(Seq(3))));
        publish(&channel, 6);
        channel.advance(SOCKET, Seq(6), Some(Seq(6)));
        assert_eq!(channel.resume(SOCKET), Some(Position::Live(Seq(6))));
        publish(&channel, 7);
        assert_eq!(frames(&queue), ["7"]);
    }

    #[test]
    fn what_is_published_while_a_page_is_read_is_not_skipped() {
        let channel = channel();
        follow(&channel, 0);
        channel.advance(SOCKET, Seq(2), Some(Seq(2)));
        publish(&channel, 3);
        assert_eq!(channel.resume(SOCKET), Some(Position::Behind(Seq(2))));
    }

    #[test]
    fn what_is_published_before_the_first_page_is_known_is_not_skipped() {
        let channel = channel();
        follow(&channel, 0);
        // The page was read before 3 was stored, and arrives after 3 was published.
        publish(&channel, 3);
        channel.advance(SOCKET, Seq(2), Some(Seq(2)));
        assert_eq!(channel.resume(SOCKET), Some(Position::Behind(Seq(2))));
    }

    #[test]
    fn a_change_that_a_page_already_brought_is_not_sent_again() {
        let channel = channel();
        let queue = follow(&channel, 0);
        channel.advance(SOCKET, Seq(5), Some(Seq(5)));
        channel.resume(SOCKET);
        publish(&channel, 5);
        publish(&channel, 6);
        assert_eq!(frames(&queue), ["6"]);
    }

    #[test]
    fn a_hole_puts_a_live_follower_behind() {
        let channel = channel();
        let queue = follow(&channel, 0);
        channel.advance(SOCKET, Seq(1), Some(Seq(1)));
        channel.resume(SOCKET);
        publish(&channel, 3);
        assert_eq!(frames(&queue), [""; 0]);
        assert_eq!(channel.resume(SOCKET), Some(Position::Behind(Seq(1))));
    }
}
