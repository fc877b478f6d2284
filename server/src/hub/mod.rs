//! The hub: which socket follows what on this node, and the fan-out of what happens.
//!
//! `channel` is a room with its `followers`. What happens in it is gathered in `changes` and encoded once; every socket
//! shares the bytes, and its `queue` writes them on the spot or keeps them in its `backlog`. A follower is live, or missed
//! something; then only the connection, reading the store, brings it back. `presence` keeps who is where, `socket` is a
//! connection's handle, which leaves everything when it is dropped. What may be followed is decided in `chat`.

mod backlog;
mod changes;
mod channel;
mod followers;
mod presence;
mod queue;
mod socket;
#[cfg(test)]
pub(crate) mod testing;

pub use presence::Leave;
pub use queue::{SocketQueue, Topic, Work};
pub use socket::{PageKey, Socket};

use crate::bus::Event;
use crate::store::SessionId;
use bytes::Bytes;
use channel::Channel;
use followers::Followers;
use parking_lot::{Mutex, RwLock};
use presence::{Presence, Update};
use protocol::{CloseCode, RoomId, Roster, ServerFrame, User, UserId};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};

/// How often the presence is looked at; its diffs are no finer than this.
const PRESENCE_TICK: Duration = Duration::from_millis(200);

/// Sockets one user may have at a time: every tab of several devices, and a bound on what one account can cost.
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
}

#[derive(Default)]
struct Lobby {
    watchers: Followers,
    changed: BTreeSet<RoomId>,
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
    lobby: Mutex<Lobby>,
}

impl Hub {
    /// Registers a socket; `None` when its user has [`SOCKETS_PER_USER_MAX`] already.
    #[must_use]
    pub fn connect(
        self: &Arc<Self>,
        user: &User,
        session: SessionId,
        queue: &Arc<SocketQueue>,
    ) -> Option<Socket> {
        let mut sockets = self.sockets.lock();
        let has_ended = sockets.ended.contains(&session).then_some(CloseCode::SignedOut);
        let closing = sockets.closing.or(has_ended);
        let of_user = sockets.by_user.entry(user.id).or_default();
        if of_user.len() >= SOCKETS_PER_USER_MAX {
            return None;
        }
        let id = SocketId(self.next_socket.fetch_add(1, Ordering::Relaxed));
        if let Some(code) = closing {
            queue.close(code);
        }
        of_user.insert(id, Connected { session, queue: queue.clone() });
        Some(Socket::new(self.clone(), id, user.clone(), queue.clone()))
    }

    /// Passes on what the bus brings and what the presence gathered, until the bus ends.
    pub async fn run(&self, mut events: mpsc::Receiver<Event>) {
        let mut tick = tokio::time::interval(PRESENCE_TICK);
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.handle(event),
                    None => return,
                },
                _ = tick.tick() => self.tell_presence(Instant::now()),
            }
        }
    }

    /// Closes every socket with this code, those to come included.
    pub fn close_all(&self, code: CloseCode) {
        let mut sockets = self.sockets.lock();
        sockets.closing = Some(code);
        for connected in sockets.by_user.values().flat_map(HashMap::values) {
            connected.queue.close(code);
        }
    }

    /// How many users are in a room.
    #[must_use]
    pub fn here(&self, room: RoomId) -> u32 {
        self.presence.lock().count(room)
    }

    /// Who is in a room.
    #[must_use]
    pub fn roster(&self, room: RoomId) -> Roster {
        self.presence.lock().roster(room)
    }

    /// The rooms whose line in the list changed since the last call; none while nobody watches.
    #[must_use]
    pub fn take_lobby_changes(&self) -> BTreeSet<RoomId> {
        let mut lobby = self.lobby.lock();
        let changed = std::mem::take(&mut lobby.changed);
        if lobby.watchers.is_empty() { BTreeSet::new() } else { changed }
    }

    /// Sends a frame to everybody who watches the list of rooms.
    pub async fn tell_lobby(&self, frame: Bytes) {
        let watchers = self.lobby.lock().watchers.clone();
        watchers.tell(move |queue| queue.tell(Topic::Lobby, &frame)).await;
    }

    fn handle(&self, event: Event) {
        match event {
            Event::Changed { room, after, through, messages } => {
                if let Some(channel) = self.channels.read().get(&room) {
                    channel.publish(after, through, messages);
                }
                self.lobby.lock().changed.insert(room);
            }
            Event::RoomCreated { room } => {
                self.lobby.lock().changed.insert(room);
            }
            Event::SessionEnded { user, session } => self.end_session(user, session),
        }
    }

    fn end_session(&self, user: UserId, session: SessionId) {
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

    fn tell_presence(&self, now: Instant) {
        let updates = self.presence.lock().updates(now);
        for (room, update) in updates {
            let frame = encode(&match update {
                Update::Diff { count, joined, left } => {
                    ServerFrame::RosterChanged { room, count, joined, left }
                }
                Update::Whole(roster) => ServerFrame::Roster { room, roster },
            });
            if let Some(channel) = self.channels.read().get(&room) {
                channel.tell_roster(frame);
            }
            self.lobby.lock().changed.insert(room);
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
        self.lobby.lock().watchers.remove(socket);
    }
}
