//! A blocking client that speaks whole protocol frames: for set-up, for reading a room's truth, and for the fault
//! runner, where clarity matters more than cost.

use super::ws::{self, Handshake, Opcode};
use color_eyre::eyre::{Context, Result, bail, eyre};
use protocol::{
    AckResult, ClientFrame, CommandId, ErrorCode, Message, MessageKey, NewMessage, PageIdentity,
    Room, RoomId, Roster, Seq, ServerFrame,
};
use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// How long set-up work waits for one answer.
pub const ANSWER: Duration = Duration::from_secs(30);

/// One socket of one user.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    next_id: u32,
    /// Whose socket this is, as the server says.
    pub page: PageIdentity,
}

/// What came from the server.
#[derive(Debug)]
pub enum Incoming {
    Frame(ServerFrame),
    /// The server closed the socket.
    Closed {
        code: u16,
    },
    /// Nothing came in time.
    Silence,
}

impl Client {
    /// Connects and waits for `hello`.
    pub fn connect(address: SocketAddr, cookie: &str) -> Result<Self> {
        Self::connect_through(address, address, cookie, ANSWER)
    }

    /// Connects to `via`, a proxy before the server at `address`, and waits no longer than `wait`.
    pub fn connect_through(
        via: SocketAddr,
        address: SocketAddr,
        cookie: &str,
        wait: Duration,
    ) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&via, wait)?;
        stream.set_nodelay(true)?;
        let mut client =
            Self { stream, buffer: Vec::new(), next_id: 1, page: PageIdentity::default() };
        let request = ws::upgrade_request(&address.to_string(), "/ws", Some(cookie));
        client.stream.write_all(request.as_bytes())?;
        let end = Instant::now() + wait;
        loop {
            match ws::handshake(&client.buffer) {
                Handshake::Accepted { head } => {
                    client.buffer.drain(..head);
                    break;
                }
                Handshake::Refused { status } => bail!("the WebSocket was refused: {status}"),
                Handshake::Incomplete if !client.fill(end)? => bail!("no answer to the handshake"),
                Handshake::Incomplete => {}
            }
        }
        match client.next(wait)? {
            Incoming::Frame(ServerFrame::Hello { protocol, epoch, user, .. }) => {
                client.page = PageIdentity { protocol, epoch, user: user.id };
                Ok(client)
            }
            other => bail!("expected hello, got {other:?}"),
        }
    }

    /// A number for the next command.
    pub fn id(&mut self) -> CommandId {
        self.next_id += 1;
        CommandId(self.next_id)
    }

    pub fn send(&mut self, frame: &ClientFrame) -> Result<()> {
        let mut bytes = Vec::new();
        ws::write_client(&mut bytes, Opcode::Text, &serde_json::to_vec(frame)?, [7, 11, 13, 17]);
        self.stream.write_all(&bytes).wrap_err("sending a frame")
    }

    /// The next frame; pings are answered on the way.
    pub fn next(&mut self, wait: Duration) -> Result<Incoming> {
        let end = Instant::now() + wait;
        loop {
            while let Some(frame) = ws::parse(&self.buffer)? {
                let (opcode, payload, code) =
                    (frame.opcode, frame.payload.to_vec(), frame.close_code());
                let size = frame.size;
                self.buffer.drain(..size);
                match opcode {
                    Opcode::Text => {
                        return Ok(Incoming::Frame(serde_json::from_slice(&payload)?));
                    }
                    Opcode::Ping => {
                        let mut pong = Vec::new();
                        ws::write_client(&mut pong, Opcode::Pong, &payload, [0; 4]);
                        self.stream.write_all(&pong)?;
                    }
                    Opcode::Close => return Ok(Incoming::Closed { code }),
                    Opcode::Binary | Opcode::Pong => {}
                }
            }
            if !self.fill(end)? {
                return Ok(Incoming::Silence);
            }
        }
    }

    /// Whether bytes came before `end`; the end of the connection is an error.
    fn fill(&mut self, end: Instant) -> Result<bool> {
        let wait = end.saturating_duration_since(Instant::now());
        // A read timeout of zero would mean "for ever".
        self.stream.set_read_timeout(Some(wait.max(Duration::from_millis(1))))?;
        let mut chunk = [0; 64 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(0) => Err(eyre!("the connection ended")),
            Ok(count) => {
                self.buffer.extend_from_slice(&chunk[..count]);
                Ok(true)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Ok(Instant::now() < end)
            }
            Err(error) => Err(error).wrap_err("reading from the server"),
        }
    }

    /// Sends a command and waits for its answer; other frames in between are dropped.
    pub fn command(&mut self, frame: &ClientFrame) -> Result<Result<AckResult, ErrorCode>> {
        let (ClientFrame::OpenRoom { id, .. }
        | ClientFrame::CloseRoom { id, .. }
        | ClientFrame::Send { id, .. }
        | ClientFrame::CreateRoom { id, .. }
        | ClientFrame::WatchRooms { id }
        | ClientFrame::Ping { id }) = frame;
        self.send(frame)?;
        loop {
            match self.next(ANSWER)? {
                Incoming::Frame(ServerFrame::Ack { id: answered, result }) if answered == *id => {
                    return Ok(Ok(result));
                }
                Incoming::Frame(ServerFrame::Error { id: answered, code, .. })
                    if answered == Some(*id) =>
                {
                    return Ok(Err(code));
                }
                Incoming::Frame(_) => {}
                Incoming::Closed { code } => bail!("closed with {code}"),
                Incoming::Silence => bail!("no answer to {frame:?}"),
            }
        }
    }

    pub fn create_room(&mut self, name: &str) -> Result<Room> {
        let id = self.id();
        match self.command(&ClientFrame::CreateRoom { id, name: name.to_owned() })? {
            Ok(AckResult::Created { room }) => Ok(room),
            other => bail!("creating a room answered {other:?}"),
        }
    }

    /// Stores one message; its place in the room.
    pub fn post(
        &mut self,
        room: RoomId,
        key: MessageKey,
        text: &str,
    ) -> Result<Result<Seq, ErrorCode>> {
        let message = NewMessage { room, key, text: text.to_owned() };
        let id = self.id();
        match self.command(&ClientFrame::Send { id, message })? {
            Ok(AckResult::Sent { key: answered, seq, .. }) if answered == key => Ok(Ok(seq)),
            Ok(other) => bail!("a message was answered with {other:?}"),
            Err(code) => Ok(Err(code)),
        }
    }

    /// Asks for all of a room after `after`, however much that is, and to be in it from then on.
    pub fn open_room(&mut self, room: RoomId, after: Seq) -> Result<CommandId> {
        let id = self.id();
        self.send(&ClientFrame::OpenRoom { id, room, after, epoch: None, at_most: None })?;
        Ok(id)
    }

    /// Everything of a room after `after`, as catch-up gives it: the server's truth.
    pub fn read_room(&mut self, room: RoomId, after: Seq) -> Result<Vec<Message>> {
        let id = self.open_room(room, after)?;
        let mut truth = Vec::new();
        let mut cursor = after;
        loop {
            match self.next(ANSWER)? {
                Incoming::Frame(ServerFrame::Changes { room: of, after, through, messages })
                    if of == room =>
                {
                    if after != cursor {
                        bail!("catch-up went on from {after} at {cursor}");
                    }
                    cursor = through;
                    truth.extend(messages);
                }
                Incoming::Frame(ServerFrame::CaughtUp { room: of, seq }) if of == room => {
                    if seq != cursor {
                        bail!("caught up at {seq}, with changes up to {cursor}");
                    }
                    return Ok(truth);
                }
                Incoming::Frame(ServerFrame::Error { id: Some(of), code, .. }) if of == id => {
                    bail!("opening the room was refused: {code}");
                }
                Incoming::Frame(_) => {}
                Incoming::Closed { code } => bail!("closed with {code} during catch-up"),
                Incoming::Silence => bail!("catch-up stopped at {cursor}"),
            }
        }
    }

    /// Who is in a room, as a fresh follower is told; it is one of them from then on.
    pub fn read_roster(&mut self, room: RoomId) -> Result<Roster> {
        let id = self.open_room(room, Seq::ZERO)?;
        loop {
            match self.next(ANSWER)? {
                Incoming::Frame(ServerFrame::Roster { room: of, roster }) if of == room => {
                    return Ok(roster);
                }
                Incoming::Frame(ServerFrame::Error { id: Some(of), code, .. }) if of == id => {
                    bail!("opening the room was refused: {code}");
                }
                Incoming::Frame(_) => {}
                Incoming::Closed { code } => bail!("closed with {code} before a roster"),
                Incoming::Silence => bail!("no roster came"),
            }
        }
    }

    /// Leaves a room.
    pub fn close_room(&mut self, room: RoomId) -> Result<()> {
        let id = self.id();
        match self.command(&ClientFrame::CloseRoom { id, room })? {
            Ok(_) => Ok(()),
            Err(code) => bail!("closing a room was refused: {code}"),
        }
    }
}
