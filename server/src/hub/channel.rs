//! One room on this node: who subscribes to it, what is still to be broadcast, and how far its subscribers are.
//!
//! Broadcasts of a room come one after the other and not faster than people notice: what happens meanwhile goes into one.
//! So a quiet room waits for nothing, and a busy one costs each of its subscribers few writes.

use super::SocketId;
use super::changes::{Changes, Gathered};
use super::queue::{RosterDiff, SocketQueue, Topic};
use super::subscribers::Subscribers;
use crate::supervise::Alarm;
use parking_lot::Mutex;
use protocol::{Message, RoomId, Seq};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The shortest time between two broadcasts. A frame of a screen: nobody could see news sooner, and a subscriber costs no more
/// than 63 writes a second, however much is said.
const PACE: Duration = Duration::from_millis(16);

/// Names what one channel has heard without a gap, among all channels that this process has had. A room whose last
/// subscriber left gets a new one, and so does one of which events were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChannelId(pub(super) u64);

pub(super) struct Channel {
    room: RoomId,
    alarm: Alarm,
    state: Mutex<State>,
}

struct State {
    id: ChannelId,
    /// The room's last change, once it was read from the store. It stays true because a subscriber is registered before it
    /// reads: what is published earlier is in the store, what comes later passes here.
    head: Option<Seq>,
    /// The latest change that was published here. There may be later ones, because events may come in another order.
    heard: Seq,
    subscribers: Subscribers,
    pending: Pending,
    /// When the next broadcast may begin.
    paced: Option<Instant>,
    /// Whether the task that broadcasts is running.
    is_broadcasting: bool,
}

/// What is still to be broadcast.
#[derive(Default)]
struct Pending {
    changes: Gathered,
    rosters: Vec<RosterDiff>,
}

impl Channel {
    pub(super) fn new(id: ChannelId, room: RoomId, alarm: Alarm) -> Self {
        let state = State {
            id,
            head: None,
            heard: Seq::ZERO,
            subscribers: Subscribers::default(),
            pending: Pending::default(),
            paced: None,
            is_broadcasting: false,
        };
        Self { room, alarm, state: Mutex::new(state) }
    }

    /// Adds a subscriber, or restarts one, that has everything up to `after`.
    pub(super) fn subscribe(&self, socket: SocketId, queue: &Arc<SocketQueue>, after: Seq) {
        self.state.lock().subscribers.insert(socket, queue);
        queue.subscribe(self.room, after);
    }

    /// Removes a subscriber; `true` when it was the last one.
    pub(super) fn unsubscribe(&self, socket: SocketId, queue: &SocketQueue) -> bool {
        queue.unsubscribe(self.room);
        let mut state = self.state.lock();
        state.subscribers.remove(socket);
        state.subscribers.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state.lock().subscribers.is_empty()
    }

    /// Broadcasts the changes in `(after, through]`.
    pub(super) fn publish(self: &Arc<Self>, after: Seq, through: Seq, messages: Vec<Message>) {
        let mut state = self.state.lock();
        state.heard = state.heard.max(through);
        state.head = state.head.map(|head| head.max(through));
        state.pending.changes.append(after, through, messages);
        self.start_broadcasting(&mut state);
    }

    /// Broadcasts who came and went.
    pub(super) fn publish_roster(self: &Arc<Self>, diff: RosterDiff) {
        let mut state = self.state.lock();
        state.pending.rosters.push(diff);
        self.start_broadcasting(&mut state);
    }

    /// The room's last change, if it is known here.
    pub(super) fn head(&self) -> Option<Seq> {
        self.state.lock().head
    }

    /// Lets a subscriber go on with what comes if it has everything. Otherwise gives the end of what it has; `None` also
    /// when it does not follow (any more).
    pub(super) fn resume(&self, queue: &SocketQueue) -> Option<(ChannelId, Seq)> {
        // One step: a change published in between would be missing.
        let state = self.state.lock();
        let after = queue.resume(self.room, state.head)?;
        Some((state.id, after))
    }

    /// Learns that `through` was the room's last change when the store was read under this id. Under an older one that may
    /// have been before a change whose event was lost.
    pub(super) fn learn_head(&self, id: ChannelId, through: Seq) {
        let mut state = self.state.lock();
        if state.id == id {
            state.head = state.head.max(Some(through.max(state.heard)));
        }
    }

    /// Sends all subscribers to the store, because events were lost.
    pub(super) fn resync(&self, id: ChannelId) {
        let mut state = self.state.lock();
        state.id = id;
        state.head = None;
        state.subscribers.for_each(|queue| queue.mark_stale(Topic::Timeline(self.room)));
    }

    fn start_broadcasting(self: &Arc<Self>, state: &mut State) {
        if !state.is_broadcasting {
            state.is_broadcasting = true;
            tokio::spawn(self.clone().broadcast());
        }
    }

    /// Broadcasts until nothing is pending.
    async fn broadcast(self: Arc<Self>) {
        // Nobody would begin another one after a panic, and the room would be deaf.
        let _watch = self.alarm.watch();
        while let Some(paced) = self.next_broadcast() {
            sleep_until(paced).await;
            let (changes, rosters, subscribers) = self.take_pending();
            let room = self.room;
            let changes = changes.map(|changes| changes.encode(room));
            subscribers
                .broadcast(move |queue| {
                    if let Some(changes) = &changes {
                        queue.deliver_changes(room, changes);
                    }
                    for diff in &rosters {
                        queue.deliver_roster(room, diff);
                    }
                })
                .await;
        }
    }

    /// When to broadcast what is pending; `None` when nothing is, and then broadcasting ends.
    fn next_broadcast(&self) -> Option<Instant> {
        let mut state = self.state.lock();
        let pending = &state.pending;
        let paced = state.paced.filter(|_| !pending.changes.has_full_frame());
        let is_broadcasting = !pending.changes.is_empty() || !pending.rosters.is_empty();
        state.is_broadcasting = is_broadcasting;
        is_broadcasting.then(|| paced.unwrap_or_else(Instant::now))
    }

    /// Takes one frame of changes and all diffs.
    fn take_pending(&self) -> (Option<Changes>, Vec<RosterDiff>, Subscribers) {
        let mut state = self.state.lock();
        state.paced = Some(Instant::now() + PACE);
        let changes = state.pending.changes.take();
        (changes, std::mem::take(&mut state.pending.rosters), state.subscribers.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::changes::MESSAGES_MAX;
    use super::super::queue::Work;
    use super::super::testing::{Peer, connect, connect_wide};
    use super::*;
    use futures_util::FutureExt;
    use protocol::{MessageKey, Millis, ServerFrame, User, UserId};
    use uuid::Uuid;

    const ROOM: RoomId = RoomId(1);
    const ID: ChannelId = ChannelId(1);
    const SOCKET: SocketId = SocketId(1);

    fn message(seq: i64) -> Message {
        Message {
            seq: Seq(seq),
            changed: Seq(seq),
            author: User { id: UserId(1), name: "Ada".into() },
            key: MessageKey(Uuid::nil()),
            text: "x".repeat(100),
            at: Millis(0),
        }
    }

    async fn subscribe_from(after: i64) -> (Arc<Channel>, Arc<SocketQueue>, Peer) {
        let channel = Arc::new(Channel::new(ID, ROOM, Alarm::default()));
        let (queue, peer) = connect().await;
        channel.subscribe(SOCKET, &queue, Seq(after));
        (channel, queue, peer)
    }

    /// A subscriber that has everything up to `head` and was told so.
    async fn subscribe_live(head: i64) -> (Arc<Channel>, Arc<SocketQueue>, Peer) {
        let (channel, queue, mut peer) = subscribe_from(0).await;
        read_page(&channel, &queue, head);
        assert_eq!(channel.resume(&queue), None);
        assert_eq!(peer.frame().await, ServerFrame::CaughtUp { room: ROOM, seq: Seq(head) });
        (channel, queue, peer)
    }

    /// The store was read, and ended at `through`.
    fn read_page(channel: &Channel, queue: &SocketQueue, through: i64) {
        queue.advance(ROOM, Seq(through));
        channel.learn_head(ID, Seq(through));
    }

    fn publish(channel: &Arc<Channel>, seq: i64) {
        channel.publish(Seq(seq - 1), Seq(seq), vec![message(seq)]);
    }

    /// The next frame's changes: after, through, and their number.
    async fn changes(peer: &mut Peer) -> (i64, i64, usize) {
        match peer.frame().await {
            ServerFrame::Changes { after, through, messages, .. } => {
                (after.0, through.0, messages.len())
            }
            other => panic!("changes, not {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_new_follower_is_told_nothing_until_the_store_was_read() {
        let (channel, queue, mut peer) = subscribe_from(3).await;
        assert_eq!(channel.resume(&queue), Some((ID, Seq(3))));
        publish(&channel, 6);
        read_page(&channel, &queue, 6);
        assert_eq!(channel.resume(&queue), None);
        publish(&channel, 7);
        assert!(matches!(peer.frame().await, ServerFrame::CaughtUp { .. }));
        assert_eq!(changes(&mut peer).await.1, 7);
    }

    #[tokio::test]
    async fn what_is_published_while_a_page_is_read_is_not_skipped() {
        let (channel, queue, _peer) = subscribe_from(0).await;
        read_page(&channel, &queue, 2);
        publish(&channel, 3);
        assert_eq!(channel.resume(&queue), Some((ID, Seq(2))));
    }

    #[tokio::test]
    async fn what_is_published_before_the_first_page_is_known_is_not_skipped() {
        let (channel, queue, _peer) = subscribe_from(0).await;
        // The page was read before 3 was stored, and arrives after 3 was published.
        publish(&channel, 3);
        read_page(&channel, &queue, 2);
        assert_eq!(channel.resume(&queue), Some((ID, Seq(2))));
    }

    #[tokio::test]
    async fn a_change_that_a_page_already_brought_is_not_sent_again() {
        let (channel, _queue, mut peer) = subscribe_live(5).await;
        publish(&channel, 5);
        // Lets it be told before the next is published.
        tokio::task::yield_now().await;
        publish(&channel, 6);
        assert_eq!(changes(&mut peer).await, (5, 6, 1));
    }

    #[tokio::test]
    async fn a_hole_sends_a_follower_to_the_store() {
        let (channel, queue, _peer) = subscribe_live(1).await;
        publish(&channel, 3);
        assert_eq!(queue.work().await, Work::Resync(Topic::Timeline(ROOM)));
        assert_eq!(channel.resume(&queue), Some((ID, Seq(1))));
    }

    #[tokio::test]
    async fn a_hole_among_what_is_told_together_sends_a_follower_to_the_store() {
        let (channel, queue, _peer) = subscribe_live(0).await;
        publish(&channel, 1);
        publish(&channel, 3);
        assert_eq!(queue.work().await, Work::Resync(Topic::Timeline(ROOM)));
        assert_eq!(
            channel.resume(&queue),
            Some((ID, Seq(1))),
            "it was told what is before the hole"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_published_in_a_busy_room_is_told_together() {
        let (channel, _queue, mut peer) = subscribe_live(0).await;
        let start = Instant::now();
        publish(&channel, 1);
        assert_eq!(changes(&mut peer).await, (0, 1, 1));
        assert_eq!(start.elapsed(), Duration::ZERO, "a lone change waits for nothing");
        for seq in 2..=4 {
            publish(&channel, seq);
            tokio::task::yield_now().await;
        }
        assert_eq!(changes(&mut peer).await, (1, 4, 3));
        assert!(start.elapsed() >= PACE);
    }

    #[tokio::test]
    async fn more_than_a_page_at_once_is_left_to_the_store() {
        let (channel, queue, _peer) = subscribe_live(0).await;
        let many = i64::try_from(MESSAGES_MAX).expect("a small number") + 1;
        for seq in 1..=many {
            publish(&channel, seq);
        }
        assert_eq!(queue.work().await, Work::Resync(Topic::Timeline(ROOM)));
        read_page(&channel, &queue, many);
        assert_eq!(channel.resume(&queue), None);
    }

    #[tokio::test]
    async fn long_texts_that_come_together_reach_everybody_who_keeps_up() {
        let channel = Arc::new(Channel::new(ID, ROOM, Alarm::default()));
        let mut subscribers = Vec::new();
        for id in 0..300 {
            let (queue, mut peer) = connect_wide().await;
            channel.subscribe(SocketId(id), &queue, Seq(0));
            read_page(&channel, &queue, 0);
            assert_eq!(channel.resume(&queue), None);
            assert!(matches!(peer.frame().await, ServerFrame::CaughtUp { .. }));
            subscribers.push((queue, peer));
        }
        for seq in 1..=9 {
            let text = "x".repeat(protocol::limits::MESSAGE_BYTES_MAX);
            let messages = vec![Message { text, ..message(seq) }];
            channel.publish(Seq(seq - 1), Seq(seq), messages);
        }
        for (queue, peer) in &mut subscribers {
            let reading = async {
                let mut through = 0;
                while through < 9 {
                    let (after, end, _) = changes(peer).await;
                    assert_eq!(after, through);
                    through = end;
                }
            };
            tokio::select! {
                () = reading => {}
                work = async {
                    while let Work::Written = queue.work().await {}
                } => panic!("nobody has to read the store: {work:?}"),
            }
        }
    }

    #[tokio::test]
    async fn who_has_a_part_from_the_store_is_told_the_rest() {
        let (channel, queue, mut peer) = subscribe_from(0).await;
        for seq in 1..=2 {
            publish(&channel, seq);
        }
        read_page(&channel, &queue, 2);
        assert_eq!(channel.resume(&queue), None);
        publish(&channel, 3);
        assert!(matches!(peer.frame().await, ServerFrame::CaughtUp { .. }));
        assert_eq!(changes(&mut peer).await, (2, 3, 1));
    }

    #[tokio::test]
    async fn who_left_is_told_nothing() {
        let (channel, queue, mut peer) = subscribe_live(0).await;
        assert!(channel.unsubscribe(SOCKET, &queue), "it was the only one");
        publish(&channel, 1);
        channel.subscribe(SOCKET, &queue, Seq(1));
        tokio::task::yield_now().await;
        assert_eq!(channel.resume(&queue), None);
        assert_eq!(peer.frame().await, ServerFrame::CaughtUp { room: ROOM, seq: Seq(1) });
    }

    #[test]
    fn a_panic_while_a_room_is_told_does_not_go_unnoticed() {
        // Without a clock its first wait panics.
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let alarm = Alarm::default();
            let channel = Arc::new(Channel::new(ID, ROOM, alarm.clone()));
            assert_eq!(alarm.rung().now_or_never(), None);
            publish(&channel, 1);
            tokio::task::yield_now().await;
            assert_eq!(alarm.rung().now_or_never(), Some(()));
        });
    }

    #[tokio::test]
    async fn after_a_loss_nobody_trusts_what_was_read_before_it() {
        let (channel, queue, _peer) = subscribe_live(2).await;
        channel.resync(ChannelId(2));
        assert_eq!(queue.work().await, Work::Resync(Topic::Timeline(ROOM)));
        assert_eq!(channel.head(), None);
        // A page that was asked for before the loss arrives after it.
        read_page(&channel, &queue, 2);
        assert_eq!(channel.resume(&queue), Some((ChannelId(2), Seq(2))));
        channel.learn_head(ChannelId(2), Seq(2));
        assert_eq!(channel.resume(&queue), None);
    }
}
