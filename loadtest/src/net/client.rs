//! A blocking client that speaks whole protocol frames: for set-up, for reading a room's truth, and for the fault
//! runner, where clarity matters more than cost.

use color_eyre::eyre::{Context, Result, bail, eyre};
use protocol::{
    Ack, ClientFrame, CommandId, ErrorCode, Message, MessageKey, NewMessage, PageIdentity, Room,
    RoomId, Roster, Seq, ServerFrame,
};
use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};
use tungstenite::{ClientRequestBuilder, Error, Message as Packet, WebSocket};

/// How long set-up work waits for one answer.
const ANSWER: Duration = Duration::from_secs(30);

/// One socket of one user.
pub struct Client {
    socket: WebSocket<TcpStream>,
    next_id: u32,
    /// Whose socket this is, as the server says.
    pub page: PageIdentity,
}

/// What came from the server.
#[derive(Debug)]
pub enum Incoming {
    Frame(ServerFrame),
    /// The server closed the socket.
    Closed,
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
        stream.set_read_timeout(Some(wait))?;
        let request = ClientRequestBuilder::new(format!("ws://{address}/ws").parse()?)
            .with_header("Origin", format!("http://{address}"))
            .with_header("Cookie", cookie);
        let (socket, _) = tungstenite::client(request, stream)
            .map_err(|error| eyre!("the WebSocket was refused: {error}"))?;
        let mut client = Self { socket, next_id: 1, page: PageIdentity::default() };
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
        let text = serde_json::to_string(frame)?;
        self.socket.send(Packet::text(text)).wrap_err("sending a frame")
    }

    /// The next frame; pings are answered on the way. The end of the connection is an error.
    pub fn next(&mut self, wait: Duration) -> Result<Incoming> {
        let end = Instant::now() + wait;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            // A read timeout of zero would mean "for ever".
            let timeout = left.max(Duration::from_millis(1));
            self.socket.get_mut().set_read_timeout(Some(timeout))?;
            match self.socket.read() {
                Ok(Packet::Text(text)) => return Ok(Incoming::Frame(serde_json::from_str(&text)?)),
                Ok(Packet::Close(_)) => return Ok(Incoming::Closed),
                Ok(_) => {}
                Err(Error::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    if Instant::now() >= end {
                        return Ok(Incoming::Silence);
                    }
                }
                Err(error) => return Err(error).wrap_err("reading from the server"),
            }
        }
    }

    /// The next frame, which has to come while the server is at `what`.
    fn expect(&mut self, what: &str) -> Result<ServerFrame> {
        match self.next(ANSWER)? {
            Incoming::Frame(frame) => Ok(frame),
            Incoming::Closed => bail!("{what}: the server closed the socket"),
            Incoming::Silence => bail!("{what}: no answer came"),
        }
    }

    /// Sends a command and waits for its answer; other frames in between are dropped.
    fn command(&mut self, id: CommandId, frame: &ClientFrame) -> Result<Result<Ack, ErrorCode>> {
        self.send(frame)?;
        loop {
            match self.expect("a command")? {
                ServerFrame::Ack(ack) if ack.id == id => return Ok(Ok(ack)),
                ServerFrame::Error { id: Some(of), code, .. } if of == id => return Ok(Err(code)),
                _ => {}
            }
        }
    }

    pub fn create_room(&mut self, name: &str) -> Result<Room> {
        let id = self.id();
        match self.command(id, &ClientFrame::CreateRoom { id, name: name.to_owned() })? {
            Ok(Ack { created: Some(room), .. }) => Ok(room),
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
        match self.command(id, &ClientFrame::Send { id, message })? {
            Ok(Ack { sent: Some(sent), .. }) if sent.key == key => Ok(Ok(sent.seq)),
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

    /// Everything of a room, as catch-up gives it: the server's truth.
    pub fn read_room(&mut self, room: RoomId) -> Result<Vec<Message>> {
        let id = self.open_room(room, Seq::ZERO)?;
        let mut truth = Vec::new();
        let mut cursor = Seq::ZERO;
        loop {
            match self.expect("catching up")? {
                ServerFrame::Changes { room: of, after, through, messages } if of == room => {
                    if after != cursor {
                        bail!("catch-up went on from {after} at {cursor}");
                    }
                    cursor = through;
                    truth.extend(messages);
                }
                ServerFrame::CaughtUp { room: of, seq } if of == room => {
                    if seq != cursor {
                        bail!("caught up at {seq}, with changes up to {cursor}");
                    }
                    return Ok(truth);
                }
                ServerFrame::Error { id: Some(of), code, .. } if of == id => {
                    bail!("opening the room was refused: {code}");
                }
                _ => {}
            }
        }
    }

    /// Who is in a room, as a fresh subscriber is told; it is one of them from then on.
    pub fn read_roster(&mut self, room: RoomId) -> Result<Roster> {
        let id = self.open_room(room, Seq::ZERO)?;
        loop {
            match self.expect("waiting for a roster")? {
                ServerFrame::Roster { room: of, count, users } if of == room => {
                    return Ok(Roster { count, users });
                }
                ServerFrame::Error { id: Some(of), code, .. } if of == id => {
                    bail!("opening the room was refused: {code}");
                }
                _ => {}
            }
        }
    }

    /// Leaves a room.
    pub fn close_room(&mut self, room: RoomId) -> Result<()> {
        let id = self.id();
        match self.command(id, &ClientFrame::CloseRoom { id, room })? {
            Ok(_) => Ok(()),
            Err(code) => bail!("closing a room was refused: {code}"),
        }
    }
}

/// The key of a message, made of random bits.
pub fn key(random: u128) -> MessageKey {
    MessageKey(uuid::Builder::from_random_bytes(random.to_ne_bytes()).into_uuid())
}
