//! The hub: which socket follows what on this node, and the fan-out of what happens.
//!
//! `channel` is a room with its `subscribers`. What happens in it is gathered in `changes` and encoded once; every socket
//! shares the bytes, and its `queue` writes them on the spot or keeps them in its `backlog`. A subscriber is live, or stale in
//! something; then only the connection, reading the store, brings it back. `presence` keeps who is where, with the people
//! of each room in a `roster`; `directory` is the list of rooms; `doubts` are about sessions. `socket` is a connection's handle, which leaves everything when
//! it is dropped. What may be followed is decided in `chat`.

mod backlog;
mod changes;
mod channel;
mod directory;
mod doubts;
mod presence;
mod queue;
mod roster;
mod socket;
mod subscribers;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use directory::DirectoryChanges;
pub use doubts::Losses;
pub use presence::Leave;
pub use queue::{SocketQueue, Topic, Work};
pub use socket::{PageKey, Socket};

use crate::bus::{Event, Heard};
use crate::store::SessionId;
use crate::supervise::Alarm;
use bytes::Bytes;
use channel::{Channel, ChannelId};
use directory::Directory;
use doubts::Doubts;
use parking_lot::{Mutex, RwLock};
use presence::Presence;
use protocol::{CloseCode, RoomId, Roster, Seq, ServerFrame, User, UserId};
use queue::RosterDiff;
use roster::Diff;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};

/// Sockets of one user that are served at a time: every tab of several devices, and a bound on what one account can cost.
/// As many more may be saying goodbye.
pub const SOCKETS_PER_USER_MAX: usize = 50;

/// Ended sessions to remember: letting a socket in takes milliseconds, and in that time nobody ends this many.
const ENDED_SESSIONS: usize = 1_024;

/// A frame as it is written to any number of sockets: its JSON in a WebSocket frame.
///
/// # Panics
/// Never: the frames are plain structs with string keys, and memory takes all that is written to it.
#[must_use]
pub fn encode(frame: &ServerFrame) -> Bytes {
    let json = serde_json::to_vec(frame).expect("frames serialise");
    let frame = Frame::message(json, OpCode::Data(Data::Text), true);
    let mut bytes = Vec::with_capacity(frame.len());
    frame.format(&mut bytes).expect("a vector takes everything");
    bytes.into()
}

/// Names a socket on this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct SocketId(u64);

struct Connected {
    session: SessionId,
    queue: Arc<SocketQueue>,
    /// Set when it had to make place for another one.
    is_leaving: bool,
}

/// Sees to it that one more socket of a user may be served: the one that was silent the longest goes. A network that has
/// changed leaves dead ones behind, which say nothing any more, and its user comes with new ones long before anybody knows.
fn make_place(of_user: &mut HashMap<SocketId, Connected>) {
    let mut served: Vec<_> = of_user.values_mut().filter(|of| !of.is_leaving).collect();
    if served.len() >= SOCKETS_PER_USER_MAX
        && let Some(silent) = served.iter_mut().min_by_key(|of| of.queue.heard_at())
    {
        silent.is_leaving = true;
        silent.queue.close(CloseCode::TooMany);
    }
}

#[derive(Default)]
struct Sockets {
    by_user: HashMap<UserId, HashMap<SocketId, Connected>>,
    /// Set when all were closed; who comes later is closed, too.
    closing: Option<CloseCode>,
    /// The sessions that ended last: a socket that was let in just before must not stay.
    ended: VecDeque<SessionId>,
}

#[derive(Default)]
pub struct Hub {
    next_socket: AtomicU64,
    next_channel: AtomicU64,
    sockets: Mutex<Sockets>,
    channels: RwLock<HashMap<RoomId, Arc<Channel>>>,
    presence: Mutex<Presence>,
    /// Tells [`Hub::run`] that something is due earlier than it knows.
    is_due_earlier: Notify,
    directory: Directory,
    doubts: Doubts,
    alarm: Alarm,
    /// Who waits to hear that the hub goes on.
    questions: Mutex<Vec<oneshot::Sender<()>>>,
    asked: Notify,
}

impl Hub {
    /// Registers a socket. Another one of the same user has to go where there are [`SOCKETS_PER_USER_MAX`]; `None` when as many
    /// are going already. `since` is of before its session was read from the store.
    #[must_use]
    pub fn connect(
        self: &Arc<Self>,
        user: &User,
        session: SessionId,
        queue: &Arc<SocketQueue>,
        since: Losses,
    ) -> Option<Socket> {
        let mut sockets = self.sockets.lock();
        let has_ended = sockets.ended.contains(&session).then_some(CloseCode::SignedOut);
        let closing = sockets.closing.or(has_ended);
        let of_user = sockets.by_user.entry(user.id).or_default();
        if of_user.len() >= 2 * SOCKETS_PER_USER_MAX {
            return None;
        }
        make_place(of_user);
        queue.hear();
        let id = SocketId(self.next_socket.fetch_add(1, Ordering::Relaxed));
        if let Some(code) = closing {
            queue.close(code);
        }
        of_user.insert(id, Connected { session, queue: queue.clone(), is_leaving: false });
        // After it was added: a loss from now on finds it there.
        if since != self.losses() {
            self.doubts.add([(session, user.id)]);
        }
        Some(Socket::new(self.clone(), id, user.clone(), queue.clone()))
    }

    /// Passes on what the bus brings and what the presence gathered, until the bus ends. Sleeps while there is neither.
    pub async fn run(&self, mut heard: mpsc::Receiver<Heard>) {
        loop {
            let due = self.presence.lock().next_due();
            let is_due = async {
                match due {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                heard = heard.recv() => match heard {
                    Some(heard) => self.hear(heard),
                    None => return,
                },
                () = self.is_due_earlier.notified() => {}
                () = is_due => self.change_presence(|_, _| {}),
                () = self.asked.notified() => {
                    for question in self.questions.lock().drain(..) {
                        let _ = question.send(());
                    }
                }
            }
        }
    }

    /// Waits until telling a room has failed for good, which it never does as long as all is well.
    pub fn broadcast_failed(&self) -> impl Future<Output = ()> + Send + use<> {
        self.alarm.rung()
    }

    /// Returns when [`Hub::run`] has come by; never, when it is gone or stuck.
    pub async fn check(&self) {
        let (question, answer) = oneshot::channel();
        self.questions.lock().push(question);
        self.asked.notify_one();
        let _ = answer.await;
    }

    /// Closes every socket with this code, those to come included.
    pub fn close_all(&self, code: CloseCode) {
        let mut sockets = self.sockets.lock();
        sockets.closing = Some(code);
        for connected in sockets.by_user.values().flat_map(HashMap::values) {
            connected.queue.close(code);
        }
    }

    /// The room's last change, if this node knows it without asking the store.
    #[must_use]
    pub fn known_head(&self, room: RoomId) -> Option<Seq> {
        self.channels.read().get(&room)?.head()
    }

    /// How many users are in a room, as everybody was told.
    #[must_use]
    pub fn here(&self, room: RoomId) -> u32 {
        self.presence.lock().count(room)
    }

    /// Who is in a room, as everybody was told.
    #[must_use]
    pub fn roster(&self, room: RoomId) -> Roster {
        self.presence.lock().roster(room)
    }

    /// Returns when something changed in the list of rooms and was not taken yet.
    pub async fn directory_changed(&self) {
        self.directory.changed().await;
    }

    /// Takes what changed in the list of rooms.
    #[must_use]
    pub fn take_directory_changes(&self) -> DirectoryChanges {
        self.directory.take_changes()
    }

    /// Gives back what could not be told.
    pub fn return_directory_changes(&self, changes: DirectoryChanges) {
        self.directory.give_back(changes);
    }

    /// Sends a frame to everybody who watches the list of rooms.
    pub async fn broadcast_directory(&self, frame: Bytes) {
        self.directory
            .watchers()
            .broadcast(move |queue| queue.deliver(Topic::Directory, &frame))
            .await;
    }

    fn hear(&self, heard: Heard) {
        let event = match heard {
            Heard::Event(event) => event,
            Heard::SomeLost => return self.resync(),
        };
        match event {
            Event::Changed { room, after, through, messages } => {
                if let Some(channel) = self.channels.read().get(&room) {
                    channel.publish(after, through, messages);
                }
                self.directory.spoke(room);
            }
            Event::RoomCreated { room } => self.directory.created(room),
            Event::SessionEnded { user, session } => self.end_session(user, session),
        }
    }

    /// Events were lost: has everything read again that is known from events alone.
    fn resync(&self) {
        for channel in self.channels.read().values() {
            channel.resync(self.new_channel_id());
        }
        self.directory.resync();
        self.doubts.count_loss();
        let sockets = self.sockets.lock();
        let of_users = sockets.by_user.iter();
        self.doubts.add(of_users.flat_map(|(user, sockets)| {
            sockets.values().map(|connected| (connected.session, *user))
        }));
    }

    /// How often events were lost until now.
    #[must_use]
    pub fn losses(&self) -> Losses {
        self.doubts.losses()
    }

    /// Returns when there are sessions of which nobody knows whether they have ended.
    pub async fn sessions_doubted(&self) {
        self.doubts.arisen().await;
    }

    /// Takes some of them, with their users.
    #[must_use]
    pub fn take_doubted_sessions(&self, most: usize) -> BTreeMap<SessionId, UserId> {
        self.doubts.take(most)
    }

    /// Gives back those that could not be looked up.
    pub fn doubt_sessions(&self, sessions: BTreeMap<SessionId, UserId>) {
        self.doubts.add(sessions);
    }

    fn new_channel(&self, room: RoomId) -> Channel {
        Channel::new(self.new_channel_id(), room, self.alarm.clone())
    }

    fn new_channel_id(&self) -> ChannelId {
        ChannelId(self.next_channel.fetch_add(1, Ordering::Relaxed))
    }

    /// Closes the sockets of a session that has ended, those that are only coming included.
    pub fn end_session(&self, user: UserId, session: SessionId) {
        let mut sockets = self.sockets.lock();
        sockets.ended.push_back(session);
        if sockets.ended.len() > ENDED_SESSIONS {
            sockets.ended.pop_front();
        }
        let of_user = sockets.by_user.get(&user).into_iter().flat_map(HashMap::values);
        for connected in of_user.filter(|of| of.session == session) {
            connected.queue.close(CloseCode::SignedOut);
        }
    }

    /// Changes who is where, and broadcasts what is due.
    fn change_presence(&self, change: impl FnOnce(&mut Presence, Instant)) {
        let mut presence = self.presence.lock();
        let (now, due_before) = (Instant::now(), presence.next_due());
        change(&mut presence, now);
        let diffs = presence.take_due(now);
        let due = presence.next_due();
        drop(presence);
        if due.is_some_and(|due| due_before.is_none_or(|before| due < before)) {
            self.is_due_earlier.notify_one();
        }
        if !diffs.is_empty() {
            self.directory.counted(diffs.iter().map(|(room, _)| *room));
        }
        for (room, Diff { after, through, count, joined, left }) in diffs {
            // Nobody follows a room that only has somebody in their grace.
            if let Some(channel) = self.channels.read().get(&room) {
                let frame = encode(&ServerFrame::RosterChanged { room, count, joined, left });
                channel.publish_roster(RosterDiff { after, through, frame });
            }
        }
    }

    fn disconnect(&self, user: UserId, socket: SocketId) {
        let mut sockets = self.sockets.lock();
        if let Some(of_user) = sockets.by_user.get_mut(&user) {
            of_user.remove(&socket);
            if of_user.is_empty() {
                sockets.by_user.remove(&user);
            }
        }
        drop(sockets);
        self.directory.leave(socket);
    }
}
