//! The way out to one socket: written at once while it keeps up, bounded when it does not, never silently short.
//!
//! Whoever has a frame for a socket hands it to the kernel on the spot. Only what the kernel does not take waits (in
//! `backlog`), for the connection to write it when there is room again.
//!
//! A frame that does not fit is not kept; its topic is marked stale instead, and no more frames of that topic are taken
//! until the connection, when the rest is written, fetches the topic's present state and goes on from there. Opening a
//! room, coming back after a reconnect and recovering from a stall are all this one case.

use super::backlog::{Backlog, QUEUE_BYTES_MAX};
use super::changes::Encoded;
use super::encode;
use super::roster::Version;
use bytes::Bytes;
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use protocol::{CloseCode, RoomId, Seq, ServerFrame};
use std::future::poll_fn;
use std::task::{Poll, ready};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// What a frame is about, where its loss could be made good by reading the present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// The messages of a room.
    Timeline(RoomId),
    /// Who is in a room.
    Roster(RoomId),
    /// The list of rooms.
    Directory,
}

/// What a connection has to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Work {
    /// All that waited is written.
    Written,
    /// Resync this topic; nothing else is waiting.
    Resync(Topic),
    /// Close the socket.
    Close(CloseCode),
    /// The peer is gone.
    Gone,
}

/// A room on this socket.
struct Cursor {
    room: RoomId,
    /// Everything up to here was handed to the socket.
    through: Seq,
    /// What it was told last of who is here.
    roster: Version,
}

/// A diff of a room's roster as a frame.
pub(super) struct RosterDiff {
    pub(super) after: Version,
    pub(super) through: Version,
    pub(super) frame: Bytes,
}

struct StaleTopic {
    topic: Topic,
    /// Set when a frame was refused since the refresh began.
    dirty: bool,
    /// Set while it could not be resynced and waits for the next attempt.
    postponed: bool,
}

#[derive(Default)]
struct State {
    backlog: Backlog,
    cursors: Vec<Cursor>,
    stale: Vec<StaleTopic>,
    close: Option<CloseCode>,
    /// When the peer last gave a sign of life.
    heard_at: Option<Instant>,
}

pub struct SocketQueue {
    stream: TcpStream,
    state: Mutex<State>,
    connection: AtomicWaker,
}

impl SocketQueue {
    #[must_use]
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, state: Mutex::default(), connection: AtomicWaker::new() }
    }

    /// The socket, for reading.
    #[must_use]
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends frames that nothing could make good for. Their number is the caller's to bound, see
    /// [`SocketQueue::is_waiting`].
    pub fn send(&self, frames: &[Bytes]) {
        if self.state.lock().backlog.write_all(&self.stream, frames) {
            self.connection.wake();
        }
    }

    /// Sends a frame of a topic, unless the topic is stale, from before or from now because there is no room.
    pub(super) fn deliver(&self, topic: Topic, frame: &Bytes) {
        let mut state = self.state.lock();
        if !state.refuse(topic) {
            self.offer(&mut state, topic, frame);
        }
    }

    /// Sends changes of a room to a subscriber, as far as they are new to it.
    pub(super) fn deliver_changes(&self, room: RoomId, changes: &Encoded) {
        let topic = Topic::Timeline(room);
        let mut state = self.state.lock();
        let Some(through) = state.cursor(room).map(|cursor| cursor.through) else { return };
        if through >= changes.through() || state.refuse(topic) {
            return;
        }
        let Some(frame) = changes.since(through) else {
            return self.mark(&mut state, topic);
        };
        if self.offer(&mut state, topic, &frame) {
            state.advance(room, changes.through());
        }
    }

    /// Sends a diff of a room's roster to a subscriber, if it follows on what that one has. A whole roster is written as soon
    /// as it is asked for and may have overtaken it; then it is old.
    pub(super) fn deliver_roster(&self, room: RoomId, diff: &RosterDiff) {
        let topic = Topic::Roster(room);
        let mut state = self.state.lock();
        let Some(told) = state.cursor(room).map(|cursor| cursor.roster) else { return };
        if state.refuse(topic) || told >= diff.through {
            return;
        }
        if told != diff.after {
            return self.mark(&mut state, topic);
        }
        if self.offer(&mut state, topic, &diff.frame)
            && let Some(cursor) = state.cursor(room)
        {
            cursor.roster = diff.through;
        }
    }

    /// Marks a topic stale, so that the connection fetches its present state.
    pub(super) fn mark_stale(&self, topic: Topic) {
        self.mark(&mut self.state.lock(), topic);
    }

    /// Follows a room, or starts again with one, of which the client has everything up to `after`.
    pub(super) fn subscribe(&self, room: RoomId, after: Seq) {
        let mut state = self.state.lock();
        match state.cursor(room) {
            Some(cursor) => cursor.through = after,
            None => {
                let roster = Version::default();
                state.cursors.push(Cursor { room, through: after, roster });
            }
        }
        self.mark(&mut state, Topic::Timeline(room));
    }

    pub(super) fn unsubscribe(&self, room: RoomId) {
        let mut state = self.state.lock();
        state.cursors.retain(|cursor| cursor.room != room);
        state.forget(Topic::Timeline(room));
        state.forget(Topic::Roster(room));
    }

    /// Lets a subscriber that has everything up to `head` go on with what comes, and tells it so. Otherwise gives the end
    /// of what it has; `None` when it does not follow (any more) or just went on.
    pub(super) fn resume(&self, room: RoomId, head: Option<Seq>) -> Option<Seq> {
        let mut state = self.state.lock();
        let through = state.cursor(room)?.through;
        if head.is_none_or(|head| through < head) {
            return Some(through);
        }
        // One step: what comes next must not overtake the news.
        state.forget(Topic::Timeline(room));
        let caught_up = encode(&ServerFrame::CaughtUp { room, seq: through });
        self.write(&mut state, &caught_up);
        None
    }

    /// Records that the client was sent everything up to `through`.
    pub(super) fn advance(&self, room: RoomId, through: Seq) {
        self.state.lock().advance(room, through);
    }

    /// Says that the topic's present state is going to be read.
    pub fn begin_resync(&self, topic: Topic) {
        if let Some(stale) = self.state.lock().stale(topic) {
            stale.dirty = false;
        }
    }

    /// Sends the topic's present state. What changed since the refresh began is missing in it, perhaps, so then another
    /// one follows.
    pub fn end_resync(&self, topic: Topic, frame: &Bytes) {
        self.refresh(&mut self.state.lock(), topic, frame);
    }

    /// As [`SocketQueue::end_resync`], with a room's whole roster.
    pub(super) fn end_roster_resync(&self, room: RoomId, version: Version, frame: &Bytes) {
        let mut state = self.state.lock();
        if self.refresh(&mut state, Topic::Roster(room), frame)
            && let Some(cursor) = state.cursor(room)
        {
            cursor.roster = version;
        }
    }

    /// Leaves a topic that could not be resynced alone until [`SocketQueue::retry`]; the others go on.
    pub fn postpone(&self, topic: Topic) {
        if let Some(stale) = self.state.lock().stale(topic) {
            stale.postponed = true;
        }
    }

    /// Lets the connection try again what was postponed.
    pub fn retry(&self) {
        self.state.lock().stale.iter_mut().for_each(|stale| stale.postponed = false);
        self.connection.wake();
    }

    /// Asks the connection to close. The first code stands.
    pub fn close(&self, code: CloseCode) {
        self.state.lock().close.get_or_insert(code);
        self.connection.wake();
    }

    /// Records that the peer gave a sign of life.
    pub fn hear(&self) {
        self.state.lock().heard_at = Some(Instant::now());
    }

    /// When the peer last gave a sign of life.
    pub(super) fn heard_at(&self) -> Option<Instant> {
        self.state.lock().heard_at
    }

    /// Whether something waits for the kernel. More should not be asked for then.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.state.lock().backlog.is_empty()
    }

    /// For how long the kernel has taken nothing of what waits.
    #[must_use]
    pub fn stuck_for(&self) -> Option<Duration> {
        self.state.lock().backlog.stuck_for()
    }

    /// Writes what waits, and returns when the connection has something to do.
    pub async fn work(&self) -> Work {
        poll_fn(|context| {
            self.connection.register(context.waker());
            let mut state = self.state.lock();
            let was_waiting = !state.backlog.is_empty();
            if was_waiting && state.close.is_none() {
                ready!(state.backlog.poll_written(&self.stream, context));
            }
            let work = if state.backlog.is_broken() {
                Work::Gone
            } else if let Some(code) = state.close {
                Work::Close(code)
            } else if was_waiting {
                Work::Written
            } else if let Some(stale) = state.stale.iter().find(|stale| !stale.postponed) {
                Work::Resync(stale.topic)
            } else {
                return Poll::Pending;
            };
            Poll::Ready(work)
        })
        .await
    }

    /// Returns when nothing waits any more.
    pub async fn written(&self) {
        poll_fn(|context| self.state.lock().backlog.poll_written(&self.stream, context)).await;
    }

    /// Writes a stale topic's present state; `false` when it is not stale any more.
    fn refresh(&self, state: &mut State, topic: Topic, frame: &Bytes) -> bool {
        match state.stale(topic) {
            None => return false,
            Some(stale) if stale.dirty => {}
            Some(_) => state.forget(topic),
        }
        self.write(state, frame);
        true
    }

    /// Writes a frame if the bound allows it; `false` when its topic is stale from now on.
    fn offer(&self, state: &mut State, topic: Topic, frame: &Bytes) -> bool {
        if state.backlog.bytes() + frame.len() > QUEUE_BYTES_MAX {
            self.mark(state, topic);
            return false;
        }
        self.write(state, frame);
        true
    }

    fn mark(&self, state: &mut State, topic: Topic) {
        if !state.refuse(topic) {
            state.stale.push(StaleTopic { topic, dirty: false, postponed: false });
        }
        self.connection.wake();
    }

    fn write(&self, state: &mut State, frame: &Bytes) {
        if state.backlog.write(&self.stream, frame) {
            self.connection.wake();
        }
    }
}

impl State {
    fn cursor(&mut self, room: RoomId) -> Option<&mut Cursor> {
        self.cursors.iter_mut().find(|cursor| cursor.room == room)
    }

    fn advance(&mut self, room: RoomId, through: Seq) {
        if let Some(cursor) = self.cursor(room) {
            cursor.through = cursor.through.max(through);
        }
    }

    fn stale(&mut self, topic: Topic) -> Option<&mut StaleTopic> {
        self.stale.iter_mut().find(|stale| stale.topic == topic)
    }

    /// Refuses a frame if its topic is stale.
    fn refuse(&mut self, topic: Topic) -> bool {
        let stale = self.stale(topic);
        stale.map(|stale| stale.dirty = true).is_some()
    }

    fn forget(&mut self, topic: Topic) {
        self.stale.retain(|stale| stale.topic != topic);
    }
}

#[cfg(test)]
mod tests;
