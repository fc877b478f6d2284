//! One task for each socket: it reads commands, writes what waits in the hub's queue, and watches the clock.
//!
//! A socket that stalls stalls its own task alone. What comes in is bounded by the commands that may be unanswered, what
//! goes out by the hub's queue.

use super::dispatch::{self, Answer};
use crate::chat::Chat;
use crate::hub::{Resume, Socket, Topic, Work, encode};
use crate::store::Session;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, SinkExt, StreamExt};
use protocol::limits::FRAME_BYTES_MAX;
use protocol::{CloseCode, Limits, PROTOCOL_VERSION, RoomId, ServerFrame};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::task::task_tracker::TaskTrackerToken;

/// A socket that was silent for this long is pinged.
const PING_AFTER: Duration = Duration::from_secs(8);

/// A socket that was silent for this long is dead. With the grace of the roster it stays below 30 s.
const SILENT_MAX: Duration = Duration::from_secs(20);

/// How long a write may take. A reader that takes longer has stopped reading.
const WRITE_MAX: Duration = Duration::from_secs(20);

/// How long the goodbyes of both sides may take.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// How often the use of the session is recorded, and its end noticed where no event told of it.
const SESSION_CHECK: Duration = Duration::from_hours(1);

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

impl From<axum::Error> for End {
    fn from(_: axum::Error) -> Self {
        Self::Gone
    }
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code.number(), code.reason())
    }
}

/// Serves a socket until it ends. `_open` counts it until then.
///
/// The size of this future is paid for each idle socket, so what is rare inside it is boxed.
pub(super) async fn run(
    chat: Arc<Chat>,
    session: Session,
    stream: WebSocket,
    _open: TaskTrackerToken,
) {
    let Some(socket) = chat.hub().connect(&session.user, session.id) else {
        return Box::pin(goodbye(stream, CloseCode::TooMany.into())).await;
    };
    let mut connection = Connection::new(chat, session, socket, stream);
    let Err(end) = connection.serve().await;
    // The rest of the connection goes first: it leaves the rooms, and a goodbye may take its time.
    let Connection { stream, .. } = connection;
    Box::pin(goodbye(stream, end)).await;
}

/// Closes properly: says why, then waits for the peer's answer, so that our last frames are not lost in a reset.
async fn goodbye(mut stream: WebSocket, end: End) {
    let End::Close(code, reason) = end else { return };
    let _ = timeout(CLOSE_MAX, async {
        stream.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await?;
        while let Some(Ok(_)) = stream.recv().await {}
        Ok::<_, axum::Error>(())
    })
    .await;
}

struct Connection {
    chat: Arc<Chat>,
    session: Session,
    socket: Socket,
    stream: WebSocket,
    pending: Pending,
    heard_at: Instant,
    session_checked_at: Instant,
}

impl Connection {
    fn new(chat: Arc<Chat>, session: Session, socket: Socket, stream: WebSocket) -> Self {
        let now = Instant::now();
        Self {
            chat,
            session,
            socket,
            stream,
            pending: Pending::new(),
            heard_at: now,
            session_checked_at: now,
        }
    }

    async fn serve(&mut self) -> Result<Infallible, End> {
        let hello = ServerFrame::Hello {
            protocol: PROTOCOL_VERSION,
            user: self.session.user.clone(),
            limits: Limits::CURRENT,
        };
        self.write([encode(&hello)]).await?;
        let queue = self.socket.queue();
        let clock = sleep_until(self.heard_at + PING_AFTER);
        tokio::pin!(clock);
        loop {
            tokio::select! {
                work = queue.work() => self.carry_out(work).await?,
                Some(answer) = self.pending.next() => self.answer(answer).await?,
                message = self.stream.recv(), if self.pending.len() < COMMANDS_MAX => {
                    self.receive(message).await?;
                }
                () = &mut clock => {
                    let next = self.watch_clock().await?;
                    clock.as_mut().reset(next);
                }
            }
        }
    }

    /// Writes frames in one go.
    async fn write(&mut self, frames: impl IntoIterator<Item = Utf8Bytes>) -> Result<(), End> {
        let writing = async {
            for frame in frames {
                self.stream.feed(Message::Text(frame)).await?;
            }
            self.stream.flush().await
        };
        timeout(WRITE_MAX, writing).await.map_err(|_| CloseCode::Slow)?.map_err(End::from)
    }

    /// Writes an answer, together with all others that are ready.
    async fn answer(&mut self, answer: ServerFrame) -> Result<(), End> {
        let mut frames = vec![encode(&answer)];
        while let Some(Some(answer)) = self.pending.next().now_or_never() {
            frames.push(encode(&answer));
        }
        self.write(frames).await
    }

    async fn carry_out(&mut self, work: Work) -> Result<(), End> {
        if !work.frames.is_empty() {
            self.write(work.frames).await?;
        }
        if let Some(code) = work.close {
            // What was accepted is answered before the end.
            while let Some(answer) = self.pending.next().await {
                self.answer(answer).await?;
            }
            return Err(code.into());
        }
        match work.missed {
            Some(Topic::Timeline(room)) => Box::pin(self.catch_up(room)).await,
            Some(Topic::Roster(room)) => match self.socket.refresh_roster(room) {
                Some(roster) => self.write([encode(&ServerFrame::Roster { room, roster })]).await,
                None => Ok(()),
            },
            Some(Topic::Lobby) => Box::pin(self.refresh_lobby()).await,
            None => Ok(()),
        }
    }

    /// Sends one page of what the client misses of a room, or the news that it has everything.
    async fn catch_up(&mut self, room: RoomId) -> Result<(), End> {
        let key = match self.socket.resume(room) {
            Some(Resume::Read(key)) => key,
            Some(Resume::Live(seq)) => {
                return self.write([encode(&ServerFrame::CaughtUp { room, seq })]).await;
            }
            None => return Ok(()),
        };
        // A client that cannot be told what it missed comes back and asks again.
        let page = self.chat.catch_up(key).await.map_err(|_| CloseCode::Restarting)?;
        self.write(page.frame.clone()).await?;
        self.socket.advance(room, page.through, page.complete);
        Ok(())
    }

    async fn refresh_lobby(&mut self) -> Result<(), End> {
        // Changes from here on are sent again; one that the list has already changes nothing.
        self.socket.queue().forget(Topic::Lobby);
        let rooms = self.chat.rooms().await.map_err(|_| CloseCode::Restarting)?;
        self.write([encode(&ServerFrame::Rooms { rooms })]).await
    }

    async fn receive(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let message = message.ok_or(End::Gone)?.map_err(|error| protocol_error(&error))?;
        self.heard_at = Instant::now();
        match message {
            Message::Text(text) if text.len() > FRAME_BYTES_MAX => {
                Err(End::Close(close_code::SIZE, "frame too large"))
            }
            Message::Text(text) => {
                match dispatch::frame(&self.chat, &mut self.socket, &text).await {
                    Answer::Now(answer) => self.write([encode(&answer)]).await,
                    Answer::Later(answer) => {
                        self.pending.push(answer);
                        Ok(())
                    }
                }
            }
            Message::Binary(_) => Err(End::Close(close_code::UNSUPPORTED, "text frames only")),
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            // The library has answered it.
            Message::Close(_) => Err(End::Gone),
        }
    }

    /// Notices silence, and gives the time to look again.
    async fn watch_clock(&mut self) -> Result<Instant, End> {
        self.check_session().await?;
        // Silence says nothing while we did not listen: what came during a long write is still to be read …
        while self.pending.len() < COMMANDS_MAX
            && let Some(message) = self.stream.recv().now_or_never()
        {
            self.receive(message).await?;
        }
        // … and a socket with enough to wait for is not read at all.
        if self.pending.len() >= COMMANDS_MAX {
            self.heard_at = Instant::now();
        }
        let silent = self.heard_at.elapsed();
        if silent >= SILENT_MAX {
            return Err(CloseCode::Silent.into());
        }
        if silent < PING_AFTER {
            return Ok(self.heard_at + PING_AFTER);
        }
        let ping = self.stream.send(Message::Ping(bytes::Bytes::new()));
        timeout(WRITE_MAX, ping).await.map_err(|_| CloseCode::Slow)??;
        Ok(self.heard_at + SILENT_MAX)
    }

    /// Records that the session is in use, now and then, and ends with it.
    async fn check_session(&mut self) -> Result<(), End> {
        if self.session_checked_at.elapsed() >= SESSION_CHECK {
            self.session_checked_at = Instant::now();
            // A store that cannot be written is no reason to send anybody away.
            if let Ok(false) = self.chat.touch_session(self.session.id).await {
                return Err(CloseCode::SignedOut.into());
            }
        }
        Ok(())
    }
}

/// The goodbye that an unreadable message deserves.
fn protocol_error(error: &axum::Error) -> End {
    let cause = std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<tungstenite::Error>());
    match cause {
        Some(tungstenite::Error::Capacity(_)) => End::Close(close_code::SIZE, "frame too large"),
        Some(tungstenite::Error::Utf8(_)) => End::Close(close_code::INVALID, "not UTF-8"),
        Some(tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        )) => End::Gone,
        Some(tungstenite::Error::Protocol(_)) => End::Close(close_code::PROTOCOL, "protocol error"),
        _ => End::Gone,
    }
}
