//! One task for each socket: it reads commands, writes what the kernel did not take at once, and watches the clock.
//!
//! A socket that stalls stalls its own task alone. What comes in is bounded by the commands that may be unanswered, what
//! goes out by the hub's queue.

use super::dispatch::{self, Answer};
use super::websocket::WebSocket;
use crate::chat::{Actor, Chat, CommandError};
use crate::hub::{Losses, Socket, SocketQueue, Topic, Work, encode};
use crate::site::Place;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use protocol::limits::FRAME_BYTES_MAX;
use protocol::{CloseCode, Limits, PROTOCOL_VERSION, RoomId, ServerFrame};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::task::task_tracker::TaskTrackerToken;
use tungstenite::error::ProtocolError;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode as Standard;
use tungstenite::{Error, Message};

/// A socket that was silent for this long is pinged.
const PING_AFTER: Duration = Duration::from_secs(8);

/// A socket that was silent for this long is dead. With the grace of the roster it stays below 30 s.
const SILENT_MAX: Duration = Duration::from_secs(20);

/// How long a reader may take nothing of what waits for it. One that takes longer has stopped reading.
const STUCK_MAX: Duration = Duration::from_secs(20);

/// How long the goodbyes of both sides may take.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// How often the use of the session is recorded, and its end noticed where no event told of it.
const SESSION_CHECK: Duration = Duration::from_hours(1);

/// The first pause before what could not be read from the store is tried again.
const RETRY_FIRST: Duration = Duration::from_secs(1);

/// The longest such pause. The socket stays open meanwhile: were it closed, every tab would come back and meet the same.
const RETRY_MAX: Duration = Duration::from_secs(15);

/// Commands of one socket that may be unanswered. Beyond it the socket is not read, so that TCP slows the sender down.
const COMMANDS_MAX: usize = 64;

/// Answers that are still being worked on.
type Pending = FuturesUnordered<BoxFuture<'static, ServerFrame>>;

/// Why a connection ends.
enum End {
    /// The peer is gone; there is nobody to say goodbye to.
    Gone,
    /// Say goodbye with this code and reason.
    Close(u16, &'static str),
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code.number(), code.reason())
    }
}

pub(super) struct Connection {
    chat: Arc<Chat>,
    actor: Actor,
    /// Of before the session was read.
    since: Losses,
    websocket: WebSocket,
    pending: Pending,
    heard_at: Instant,
    check_session_at: Instant,
    /// When what could not be resynced is tried again.
    retry_at: Option<Instant>,
    /// Refreshes in a row that failed.
    setbacks: u32,
}

impl Connection {
    pub(super) fn new(chat: Arc<Chat>, actor: Actor, since: Losses, websocket: WebSocket) -> Self {
        let now = Instant::now();
        Self {
            chat,
            actor,
            since,
            websocket,
            pending: Pending::new(),
            heard_at: now,
            check_session_at: now + SESSION_CHECK,
            retry_at: None,
            setbacks: 0,
        }
    }

    /// Serves the socket until it ends. `_open` counts it until then: among the sockets, its connection among the
    /// connections, and itself among the sockets of its address.
    pub(super) async fn run(mut self, _open: (TaskTrackerToken, Place, Place)) {
        let queue = self.websocket.queue();
        let Actor { user, session } = &self.actor;
        let end = match self.chat.hub().connect(user, *session, queue, self.since) {
            Some(mut socket) => {
                let Err(end) = self.serve(&mut socket).await;
                end
            }
            None => CloseCode::TooMany.into(),
        };
        // It has left its rooms by now, because a goodbye may take its time.
        if let End::Close(code, reason) = end {
            let goodbye = CloseFrame { code: code.into(), reason: reason.into() };
            // Whoever does not answer is left.
            let _ = timeout(CLOSE_MAX, Box::pin(self.websocket.close(goodbye))).await;
        }
    }

    async fn serve(&mut self, socket: &mut Socket) -> Result<Infallible, End> {
        let hello = ServerFrame::Hello {
            protocol: PROTOCOL_VERSION,
            epoch: self.chat.epoch(),
            user: self.actor.user.clone(),
            limits: Limits::CURRENT,
        };
        let queue = self.websocket.queue().clone();
        queue.send(&[encode(&hello)]);
        let clock = sleep_until(self.heard_at + PING_AFTER);
        tokio::pin!(clock);
        loop {
            let retry_at = self.retry_at;
            tokio::select! {
                work = queue.work() => self.carry_out(work, socket).await?,
                Some(answer) = self.pending.next() => self.answer(answer),
                message = self.websocket.receive(), if self.is_reading() => {
                    self.take(message, socket).await?;
                }
                () = sleep_until(retry_at.unwrap_or(self.heard_at)), if retry_at.is_some() => {
                    self.retry_at = None;
                    queue.retry();
                }
                () = &mut clock => {
                    let next = self.watch_clock(socket).await?;
                    clock.as_mut().reset(next);
                }
            }
        }
    }

    /// Not while there is enough to answer, or answers wait to be read: then TCP slows the sender down.
    fn is_reading(&self) -> bool {
        self.pending.len() < COMMANDS_MAX && !self.queue().is_waiting()
    }

    fn queue(&self) -> &SocketQueue {
        self.websocket.queue()
    }

    /// Sends an answer, together with all others that are ready.
    fn answer(&mut self, answer: ServerFrame) {
        let mut frames = vec![encode(&answer)];
        while let Some(Some(answer)) = self.pending.next().now_or_never() {
            frames.push(encode(&answer));
        }
        self.queue().send(&frames);
    }

    async fn carry_out(&mut self, work: Work, socket: &Socket) -> Result<(), End> {
        match work {
            Work::Written => Ok(()),
            Work::Resync(topic @ Topic::Timeline(room)) => {
                let result = Box::pin(self.catch_up(room, socket)).await;
                self.resynced(topic, result);
                Ok(())
            }
            Work::Resync(Topic::Roster(room)) => {
                socket.resync_roster(room);
                Ok(())
            }
            Work::Resync(topic @ Topic::Directory) => {
                let result = Box::pin(self.resync_directory()).await;
                self.resynced(topic, result);
                Ok(())
            }
            Work::Close(code) => {
                // What was accepted is answered before the end.
                while let Some(answer) = self.pending.next().await {
                    self.answer(answer);
                }
                Err(code.into())
            }
            Work::Gone => Err(End::Gone),
        }
    }

    /// Sends one page of what the client misses of a room, if it does.
    async fn catch_up(&mut self, room: RoomId, socket: &Socket) -> Result<(), CommandError> {
        if let Some(key) = socket.resume(room) {
            let page = self.chat.catch_up(&self.actor, key).await?;
            self.queue().send(page.frame.as_slice());
            socket.advance(key, page.through, page.complete);
        }
        Ok(())
    }

    /// Postpones what could not be resynced: it is tried again on this socket, with pauses that grow.
    fn resynced(&mut self, topic: Topic, result: Result<(), CommandError>) {
        // Meanwhile nobody listened.
        self.heard_at = Instant::now();
        if result.is_ok() {
            self.setbacks = 0;
            return;
        }
        self.queue().postpone(topic);
        let pause = RETRY_FIRST.saturating_mul(1 << self.setbacks.min(8)).min(RETRY_MAX);
        self.setbacks = self.setbacks.saturating_add(1);
        self.retry_at = Some(Instant::now() + pause);
    }

    async fn resync_directory(&mut self) -> Result<(), CommandError> {
        self.queue().begin_resync(Topic::Directory);
        let list = self.chat.room_list(&self.actor).await?;
        self.queue().end_resync(Topic::Directory, &list);
        Ok(())
    }

    async fn take(
        &mut self,
        message: Result<Message, Error>,
        socket: &mut Socket,
    ) -> Result<(), End> {
        let message = message.map_err(|error| protocol_error(&error))?;
        self.heard_at = Instant::now();
        self.queue().hear();
        match message {
            Message::Text(text) if text.len() > FRAME_BYTES_MAX => {
                Err(End::Close(Standard::Size.into(), "frame too large"))
            }
            Message::Text(text) => {
                match dispatch::frame(&self.chat, &self.actor, socket, &text).await {
                    Answer::Now(answer) => self.queue().send(&[encode(&answer)]),
                    Answer::With(answer, next) => self.queue().send(&[encode(&answer), next]),
                    Answer::Later(answer) => self.pending.push(answer),
                }
                // Meanwhile nobody listened.
                self.heard_at = Instant::now();
                Ok(())
            }
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(End::Gone),
            Message::Binary(_) | Message::Frame(_) => {
                Err(End::Close(Standard::Unsupported.into(), "text frames only"))
            }
        }
    }

    /// Notices silence, and gives the time to look again.
    async fn watch_clock(&mut self, socket: &mut Socket) -> Result<Instant, End> {
        if Instant::now() >= self.check_session_at {
            self.check_session().await?;
        }
        if let Some(stuck) = self.queue().stuck_for() {
            let left = STUCK_MAX.checked_sub(stuck).ok_or(CloseCode::Slow)?;
            self.heard_at = Instant::now();
            return Ok(self.heard_at + left.min(PING_AFTER));
        }
        // Silence says nothing where we did not listen.
        while self.is_reading()
            && let Some(message) = self.websocket.receive().now_or_never()
        {
            self.take(message, socket).await?;
        }
        if !self.is_reading() {
            self.heard_at = Instant::now();
        }
        let silent = self.heard_at.elapsed();
        if silent >= SILENT_MAX {
            return Err(CloseCode::Silent.into());
        }
        if silent < PING_AFTER {
            return Ok(self.heard_at + PING_AFTER);
        }
        self.websocket.ping();
        Ok(self.heard_at + SILENT_MAX)
    }

    /// Records that the session is in use, and ends with it.
    async fn check_session(&mut self) -> Result<(), End> {
        let pause = match self.chat.touch_session(&self.actor).await {
            Ok(true) => SESSION_CHECK,
            Ok(false) => return Err(CloseCode::SignedOut.into()),
            // A store that cannot be written is no reason to send anybody away, and none to stay in doubt for long.
            Err(_) => RETRY_MAX,
        };
        self.check_session_at = Instant::now() + pause;
        // However long a busy disk took: nobody listened meanwhile, so it says nothing about the peer.
        self.heard_at = Instant::now();
        Ok(())
    }
}

/// The goodbye that an unreadable message deserves.
fn protocol_error(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::Close(Standard::Size.into(), "frame too large"),
        Error::Utf8(_) => End::Close(Standard::Invalid.into(), "not UTF-8"),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone,
        Error::Protocol(_) => End::Close(Standard::Protocol.into(), "protocol error"),
        _ => End::Gone,
    }
}
