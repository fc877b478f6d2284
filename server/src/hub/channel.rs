//! One room on this node: who follows it, what they have to be told, and how far they are.
//!
//! A room is told things one after the other and not faster than people notice: what happens meanwhile is told together.
//! So a quiet room waits for nothing, and a busy one costs each of its followers few writes.

use super::SocketId;
use super::changes::{Changes, Gathered};
use super::followers::Followers;
use super::queue::{RosterDiff, SocketQueue, Topic};
use parking_lot::Mutex;
use protocol::{Message, RoomId, Seq};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The shortest time between two tellings. A frame of a screen: nobody could see news sooner, and a follower costs no more
/// than 63 writes a second, however much is said.
const PACE: Duration = Duration::from_millis(16);

/// Names what one channel has heard without a gap, among all channels that this process has had. A room whose last
/// follower left gets a new one, and so does one of which events were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChannelId(pub(super) u64);

pub(super) struct Channel {
    room: RoomId,
    state: Mutex<State>,
}

struct State {
    id: ChannelId,
    /// The room's last change, once it was read from the store. It stays true because a follower is registered before it
    /// reads: what is published earlier is in the store, what comes later passes here.
    head: Option<Seq>,
    /// The latest change that was published here. There may be later ones, because events may come in another order.
    heard: Seq,
    followers: Followers,
    untold: Untold,
    /// When the next telling may begin.
    paced: Option<Instant>,
    /// Whether the task that tells is running.
    is_telling: bool,
}

/// What followers have to be told.
#[derive(Default)]
struct Untold {
    changes: Gathered,
    rosters: Vec<RosterDiff>,
}

impl Channel {
    pub(super) fn new(id: ChannelId, room: RoomId) -> Self {
        let state = State {
            id,
            head: None,
            heard: Seq::ZERO,
            followers: Followers::default(),
            untold: Untold::default(),
            paced: None,
            is_telling: false,
        };
        Self { room, state: Mutex::new(state) }
    }

    /// Adds a follower, or restarts one, that has everything up to `after`.
    pub(super) fn follow(&self, socket: SocketId, queue: &Arc<SocketQueue>, after: Seq) {
        self.state.lock().followers.insert(socket, queue);
        queue.follow(self.room, after);
    }

    /// Removes a follower; `true` when it was the last one.
    pub(super) fn unfollow(&self, socket: SocketId, queue: &SocketQueue) -> bool {
        queue.unfollow(self.room);
        let mut state = self.state.lock();
        state.followers.remove(socket);
        state.followers.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state.lock().followers.is_empty()
    }

    /// Tells all followers the changes in `(after, through]`.
    pub(super) fn publish(self: &Arc<Self>, after: Seq, through: Seq, messages: Vec<Message>) {
        let mut state = self.state.lock();
        state.heard = state.heard.max(through);
        state.head = state.head.map(|head| head.max(through));
        state.untold.changes.append(after, through, messages);
        self.start_telling(&mut state);
    }

    /// Tells all followers who came and went.
    pub(super) fn tell_roster(self: &Arc<Self>, diff: RosterDiff) {
        let mut state = self.state.lock();
        state.untold.rosters.push(diff);
        self.start_telling(&mut state);
    }

    /// The room's last change, if it is known here.
    pub(super) fn head(&self) -> Option<Seq> {
        self.state.lock().head
    }

    /// Lets a follower go on with what comes if it has everything. Otherwise gives the end of what it has; `None` also
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

    /// Sends all followers to the store, because events were lost.
    pub(super) fn resync(&self, id: ChannelId) {
        let mut state = self.state.lock();
        state.id = id;
        state.head = None;
        state.followers.for_each(|queue| queue.miss(Topic::Timeline(self.room)));
    }

    fn start_telling(self: &Arc<Self>, state: &mut State) {
        if !state.is_telling {
            state.is_telling = true;
            tokio::spawn(self.clone().tell());
        }
    }

    /// Tells until there is nothing to tell.
    async fn tell(self: Arc<Self>) {
        while let Some(paced) = self.next_telling() {
            sleep_until(paced).await;
            let (changes, rosters, followers) = self.take_untold();
            let room = self.room;
            let changes = changes.map(|changes| changes.encode(room));
            followers
                .tell(move |queue| {
                    if let Some(changes) = &changes {
                        queue.tell_changes(room, changes);
                    }
                    for diff in &rosters {
                        queue.tell_roster(room, diff);
                    }
                })
                .await;
        }
    }

    /// When to tell what there is to tell; `None` when there is nothing, and then telling ends.
    fn next_telling(&self) -> Option<Instant> {
        let mut state = self.state.lock();
        let untold = &state.untold;
        let paced = state.paced.filter(|_| !untold.changes.has_full_frame());
        let is_telling = !untold.changes.is_empty() || !untold.rosters.is_empty();
        state.is_telling = is_telling;
        is_telling.then(|| paced.unwrap_or_else(Instant::now))
    }

    /// Takes one frame of changes and all diffs.
    fn take_untold(&self) -> (Option<Changes>, Vec<RosterDiff>, Followers) {
        let mut state = self.state.lock();
        state.paced = Some(Instant::now() + PACE);
        let changes = state.untold.changes.take();
        (changes, std::mem::take(&mut state.untold.rosters), state.followers.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::changes::MESSAGES_MAX;
    use super::super::queue::Work;
    use super::super::testing::{Peer, connect, connect_wide};
    use super::*;
    use protocol::{MessageKey, Millis, User, UserId};
    use serde_json::json;
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

    async fn follow(after: i64) -> (Arc<Channel>, Arc<SocketQueue>, Peer) {
        let channel = Arc::new(Channel::new(ID, ROOM));
        let (queue, peer) = connect().await;
        channel.follow(SOCKET, &queue, Seq(after));
        (channel, queue, peer)
    }

    /// A follower that has everything up to `head` and was told so.
    async fn follow_live(head: i64) -> (Arc<Channel>, Arc<SocketQueue>, Peer) {
        let (channel, queue, mut peer) = follow(0).await;
        read_page(&channel, &queue, head);
        assert_eq!(channel.resume(&queue), None);
        assert_eq!(peer.frame().await, json!({"type": "caught_up", "room": 1, "seq": head}));
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
        let frame = peer.frame().await;
        let number = |name: &str| frame[name].as_i64().unwrap_or_else(|| panic!("{name}: {frame}"));
        let messages = frame["messages"].as_array().map_or(0, Vec::len);
        (number("after"), number("through"), messages)
    }

    #[tokio::test]
    async fn a_new_follower_is_told_nothing_until_the_store_was_read() {
        let (channel, queue, mut peer) = follow(3).await;
        assert_eq!(channel.resume(&queue), Some((ID, Seq(3))));
        publish(&channel, 6);
        read_page(&channel, &queue, 6);
        assert_eq!(channel.resume(&queue), None);
        publish(&channel, 7);
        assert_eq!(peer.frame().await["type"], "caught_up");
        assert_eq!(changes(&mut peer).await.1, 7);
    }

    #[tokio::test]
    async fn what_is_published_while_a_page_is_read_is_not_skipped() {
        let (channel, queue, _peer) = follow(0).await;
        read_page(&channel, &queue, 2);
        publish(&channel, 3);
        assert_eq!(channel.resume(&queue), Some((ID, Seq(2))));
    }

    #[tokio::test]
    async fn what_is_published_before_the_first_page_is_known_is_not_skipped() {
        let (channel, queue, _peer) = follow(0).await;
        // The page was read before 3 was stored, and arrives after 3 was published.
        publish(&channel, 3);
        read_page(&channel, &queue, 2);
        assert_eq!(channel.resume(&queue), Some((ID, Seq(2))));
    }

    #[tokio::test]
    async fn a_change_that_a_page_already_brought_is_not_sent_again() {
        let (channel, _queue, mut peer) = follow_live(5).await;
        publish(&channel, 5);
        // Lets it be told before the next is published.
        tokio::task::yield_now().await;
        publish(&channel, 6);
        assert_eq!(changes(&mut peer).await, (5, 6, 1));
    }

    #[tokio::test]
    async fn a_hole_sends_a_follower_to_the_store() {
        let (channel, queue, _peer) = follow_live(1).await;
        publish(&channel, 3);
        assert_eq!(queue.work().await, Work::Refresh(Topic::Timeline(ROOM)));
        assert_eq!(channel.resume(&queue), Some((ID, Seq(1))));
    }

    #[tokio::test]
    async fn a_hole_among_what_is_told_together_sends_a_follower_to_the_store() {
        let (channel, queue, _peer) = follow_live(0).await;
        publish(&channel, 1);
        publish(&channel, 3);
        assert_eq!(queue.work().await, Work::Refresh(Topic::Timeline(ROOM)));
        assert_eq!(
            channel.resume(&queue),
            Some((ID, Seq(1))),
            "it was told what is before the hole"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_published_in_a_busy_room_is_told_together() {
        let (channel, _queue, mut peer) = follow_live(0).await;
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
        let (channel, queue, _peer) = follow_live(0).await;
        let many = i64::try_from(MESSAGES_MAX).expect("a small number") + 1;
        for seq in 1..=many {
            publish(&channel, seq);
        }
        assert_eq!(queue.work().await, Work::Refresh(Topic::Timeline(ROOM)));
        read_page(&channel, &queue, many);
        assert_eq!(channel.resume(&queue), None);
    }

    #[tokio::test]
    async fn long_texts_that_come_together_reach_everybody_who_keeps_up() {
        let channel = Arc::new(Channel::new(ID, ROOM));
        let mut followers = Vec::new();
        for id in 0..300 {
            let (queue, mut peer) = connect_wide().await;
            channel.follow(SocketId(id), &queue, Seq(0));
            read_page(&channel, &queue, 0);
            assert_eq!(channel.resume(&queue), None);
            assert_eq!(peer.frame().await["type"], "caught_up");
            followers.push((queue, peer));
        }
        for seq in 1..=9 {
            let text = "x".repeat(protocol::limits::MESSAGE_BYTES_MAX);
            let messages = vec![Message { text, ..message(seq) }];
            channel.publish(Seq(seq - 1), Seq(seq), messages);
        }
        for (queue, peer) in &mut followers {
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
        let (channel, queue, mut peer) = follow(0).await;
        for seq in 1..=2 {
            publish(&channel, seq);
        }
        read_page(&channel, &queue, 2);
        assert_eq!(channel.resume(&queue), None);
        publish(&channel, 3);
        assert_eq!(peer.frame().await["type"], "caught_up");
        assert_eq!(changes(&mut peer).await, (2, 3, 1));
    }

    #[tokio::test]
    async fn who_left_is_told_nothing() {
        let (channel, queue, mut peer) = follow_live(0).await;
        assert!(channel.unfollow(SOCKET, &queue), "it was the only one");
        publish(&channel, 1);
        channel.follow(SOCKET, &queue, Seq(1));
        tokio::task::yield_now().await;
        assert_eq!(channel.resume(&queue), None);
        assert_eq!(peer.frame().await, json!({"type": "caught_up", "room": 1, "seq": 1}));
    }

    #[tokio::test]
    async fn after_a_loss_nobody_trusts_what_was_read_before_it() {
        let (channel, queue, _peer) = follow_live(2).await;
        channel.resync(ChannelId(2));
        assert_eq!(queue.work().await, Work::Refresh(Topic::Timeline(ROOM)));
        assert_eq!(channel.head(), None);
        // A page that was asked for before the loss arrives after it.
        read_page(&channel, &queue, 2);
        assert_eq!(channel.resume(&queue), Some((ChannelId(2), Seq(2))));
        channel.learn_head(ChannelId(2), Seq(2));
        assert_eq!(channel.resume(&queue), None);
    }
}
