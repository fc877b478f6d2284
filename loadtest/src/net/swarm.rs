//! One thread, one epoll, ten thousand sockets: reads whatever is ready into one shared buffer and hands out whole
//! WebSocket frames. No task, no timer and, unless a frame arrives in pieces, no buffer for a socket.

use super::ws::{self, Control, Data, Handshake, OpCode};
use color_eyre::eyre::{Context, Result, eyre};
use mio::{Events, Interest, Poll, Token, event::Source, net::TcpStream, unix::SourceFd};
use nix::sys::{
    time::TimeSpec,
    timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags},
};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::{
    io::{ErrorKind, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::fd::{AsFd, AsRawFd},
    time::{Duration, Instant},
};

/// Room for several coalesced frames of many messages. It grows when one frame alone is larger.
const SCRATCH_BYTES: usize = 512 * 1024;
/// Up to this size: a full page of the longest messages, with every character escaped.
const SCRATCH_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Events taken from the kernel at once.
const EVENTS: usize = 1024;
const TIMER: Token = Token(usize::MAX);
/// Connections from one loopback address, below the kernel's range of about 28,000 client ports. The next ones come
/// from the next address of 127.0.0.0/8, or ports in TIME_WAIT would stop a connect storm.
const CONNECTS_PER_ADDRESS: usize = 20_000;

/// What happens on the sockets.
pub trait Handler {
    /// A whole text frame arrived.
    fn text(&mut self, net: &mut Net, id: usize, payload: &[u8], at: Instant) -> Result<()>;
    /// The socket is gone: its close code, the HTTP status of a refused handshake, or `None` when the connection
    /// ended without either.
    fn closed(&mut self, net: &mut Net, id: usize, code: Option<u16>) -> Result<()>;
}

struct Link {
    /// `None` once it is closed, so that the descriptor is free at once.
    stream: Option<TcpStream>,
    /// Whether the handshake was answered.
    open: bool,
    /// The beginning of a frame whose end has not come.
    partial: Vec<u8>,
    /// What the kernel did not take.
    unsent: Vec<u8>,
    /// Whether the reader pretends to be stalled.
    asleep: bool,
}

/// The sockets, for handlers that want to write.
pub struct Net {
    sockets: Vec<Link>,
    poll: Poll,
    frame: Vec<u8>,
    random: fastrand::Rng,
    connected: usize,
}

/// The event loop.
pub struct Swarm {
    pub net: Net,
    events: Events,
    scratch: Vec<u8>,
    timer: TimerFd,
}

impl Net {
    /// Starts a connection and its handshake. With a small `receive_buffer` a sleeping reader is soon felt by the server.
    pub fn connect(
        &mut self,
        address: SocketAddr,
        upgrade: &str,
        receive_buffer: Option<usize>,
    ) -> Result<usize> {
        let stream = connect(address, self.connected / CONNECTS_PER_ADDRESS, receive_buffer)?;
        self.connected += 1;
        let mut stream = TcpStream::from_std(stream);
        let id = self.sockets.len();
        stream.register(
            self.poll.registry(),
            Token(id),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        self.sockets.push(Link {
            stream: Some(stream),
            open: false,
            partial: Vec::new(),
            unsent: upgrade.as_bytes().to_vec(),
            asleep: false,
        });
        self.flush(id)?;
        Ok(id)
    }

    /// Sends a text frame.
    pub fn send(&mut self, id: usize, text: &[u8]) -> Result<()> {
        self.frame_out(id, OpCode::Data(Data::Text), text)
    }

    /// Ends a socket, as a closed tab would; [`Handler::closed`] is not called.
    pub fn close(&mut self, id: usize) -> Result<()> {
        let socket = &mut self.sockets[id];
        if let Some(mut stream) = socket.stream.take() {
            stream.deregister(self.poll.registry())?;
            socket.partial = Vec::new();
            socket.unsent = Vec::new();
        }
        Ok(())
    }

    /// Stops reading from a socket, or goes on.
    pub fn sleep(&mut self, id: usize, asleep: bool) -> Result<()> {
        let socket = &mut self.sockets[id];
        let Some(stream) = &mut socket.stream else { return Ok(()) };
        socket.asleep = asleep;
        let interest =
            if asleep { Interest::WRITABLE } else { Interest::READABLE | Interest::WRITABLE };
        stream.reregister(self.poll.registry(), Token(id), interest)?;
        Ok(())
    }

    fn frame_out(&mut self, id: usize, opcode: OpCode, payload: &[u8]) -> Result<()> {
        let mask = Some(self.random.u32(..).to_ne_bytes());
        let socket = &mut self.sockets[id];
        let Some(stream) = &mut socket.stream else { return Ok(()) };
        if !socket.unsent.is_empty() {
            return ws::write(&mut socket.unsent, opcode, payload, mask);
        }
        self.frame.clear();
        ws::write(&mut self.frame, opcode, payload, mask)?;
        let sent = write_some(stream, &self.frame)?;
        socket.unsent.extend_from_slice(&self.frame[sent..]);
        Ok(())
    }

    fn flush(&mut self, id: usize) -> Result<()> {
        let socket = &mut self.sockets[id];
        if let (Some(stream), false) = (&mut socket.stream, socket.unsent.is_empty()) {
            let sent = write_some(stream, &socket.unsent)?;
            socket.unsent.drain(..sent);
        }
        Ok(())
    }
}

/// Bytes that the kernel took. A connection that is gone takes none and tells its reader.
fn write_some(stream: &mut TcpStream, bytes: &[u8]) -> Result<usize> {
    match stream.write(bytes) {
        Ok(sent) => Ok(sent),
        Err(error) => match error.kind() {
            ErrorKind::WouldBlock
            | ErrorKind::NotConnected
            | ErrorKind::ConnectionRefused
            | ErrorKind::BrokenPipe
            | ErrorKind::ConnectionReset => Ok(0),
            _ => Err(error).wrap_err("writing to a socket"),
        },
    }
}

fn connect(
    address: SocketAddr,
    host: usize,
    receive_buffer: Option<usize>,
) -> Result<std::net::TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if let (IpAddr::V4(_), true) = (address.ip(), host > 0) {
        let source = Ipv4Addr::new(127, 0, 1, u8::try_from(host % 250)? + 1);
        socket.bind(&SockAddr::from(SocketAddr::from((source, 0))))?;
    }
    if let Some(bytes) = receive_buffer {
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.set_tcp_nodelay(true)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&SockAddr::from(address)) {
        Ok(()) => {}
        Err(error) if error.raw_os_error() == Some(nix::errno::Errno::EINPROGRESS as i32) => {}
        Err(error) => return Err(error).wrap_err_with(|| format!("connecting to {address}")),
    }
    Ok(socket.into())
}

impl Swarm {
    pub fn new() -> Result<Self> {
        let poll = Poll::new()?;
        let timer = TimerFd::new(
            ClockId::CLOCK_MONOTONIC,
            TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC,
        )?;
        poll.registry().register(
            &mut SourceFd(&timer.as_fd().as_raw_fd()),
            TIMER,
            Interest::READABLE,
        )?;
        Ok(Self {
            net: Net {
                sockets: Vec::new(),
                poll,
                frame: Vec::new(),
                random: fastrand::Rng::new(),
                connected: 0,
            },
            events: Events::with_capacity(EVENTS),
            scratch: vec![0; SCRATCH_BYTES],
            timer,
        })
    }

    /// Handles what is ready; waits for it until `deadline` at the latest.
    ///
    /// The wait ends by a timer of the kernel, because epoll's own timeout is rounded up to a millisecond and an
    /// open-loop schedule would be late by that much.
    pub fn turn(&mut self, handler: &mut impl Handler, deadline: Instant) -> Result<()> {
        let wait = deadline.saturating_duration_since(Instant::now());
        let timeout = if wait.is_zero() {
            Some(Duration::ZERO)
        } else {
            self.timer.set(
                Expiration::OneShot(TimeSpec::from_duration(wait)),
                TimerSetTimeFlags::empty(),
            )?;
            None
        };
        match self.net.poll.poll(&mut self.events, timeout) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error).wrap_err("waiting for sockets"),
        }
        let Self { net, events, scratch, .. } = self;
        for event in events.iter() {
            if event.token() == TIMER {
                continue;
            }
            let id = event.token().0;
            if event.is_writable() {
                net.flush(id)?;
            }
            if net.sockets[id].asleep {
                continue;
            }
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                read(net, scratch, handler, id)?;
            }
        }
        Ok(())
    }

    /// Runs the loop until `done` says so; an error when that takes longer than `limit`.
    pub fn run_until<H: Handler>(
        &mut self,
        handler: &mut H,
        limit: Duration,
        what: &str,
        mut done: impl FnMut(&mut H, &mut Net) -> Result<bool>,
    ) -> Result<()> {
        let end = Instant::now() + limit;
        while !done(handler, &mut self.net)? {
            let now = Instant::now();
            if now > end {
                return Err(eyre!("{what} took longer than {limit:?}"));
            }
            self.turn(handler, (now + Duration::from_millis(20)).min(end))?;
        }
        Ok(())
    }
}

fn read(net: &mut Net, scratch: &mut Vec<u8>, handler: &mut impl Handler, id: usize) -> Result<()> {
    loop {
        let socket = &mut net.sockets[id];
        let Some(stream) = &mut socket.stream else { return Ok(()) };
        let carried = socket.partial.len();
        if carried * 2 > scratch.len() {
            if carried >= SCRATCH_BYTES_MAX {
                return Err(eyre!("a frame does not fit {SCRATCH_BYTES_MAX} bytes"));
            }
            scratch.resize(scratch.len() * 2, 0);
        }
        scratch[..carried].copy_from_slice(&socket.partial);
        socket.partial.clear();
        let count = match stream.read(&mut scratch[carried..]) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                socket.partial.extend_from_slice(&scratch[..carried]);
                return Ok(());
            }
            // A reset is an end like any other here: the handler decides whether it was expected.
            Err(_) => 0,
        };
        if count == 0 {
            net.close(id)?;
            return handler.closed(net, id, None);
        }
        let at = Instant::now();
        let filled = carried + count;
        let used = frames(net, handler, id, &scratch[..filled], at)?;
        let socket = &mut net.sockets[id];
        if socket.stream.is_none() {
            return Ok(());
        }
        if used < filled {
            socket.partial.extend_from_slice(&scratch[used..filled]);
        } else if socket.partial.capacity() > 0 {
            socket.partial = Vec::new();
        }
        // A short read has emptied the kernel's queue, and an edge-triggered epoll will tell of the next byte.
        if filled < scratch.len() || socket.asleep {
            return Ok(());
        }
    }
}

/// Hands out the whole frames of `bytes` and says how many bytes they took.
fn frames(
    net: &mut Net,
    handler: &mut impl Handler,
    id: usize,
    bytes: &[u8],
    at: Instant,
) -> Result<usize> {
    let mut used = 0;
    if !net.sockets[id].open {
        match ws::handshake(bytes) {
            Handshake::Incomplete => return Ok(0),
            Handshake::Accepted { head } => used = head,
            Handshake::Refused { status } => {
                net.close(id)?;
                handler.closed(net, id, Some(status))?;
                return Ok(bytes.len());
            }
        }
        net.sockets[id].open = true;
    }
    while let Some(frame) = ws::parse(&bytes[used..])? {
        used += frame.size;
        match frame.opcode {
            OpCode::Data(Data::Text) => handler.text(net, id, frame.payload, at)?,
            OpCode::Control(Control::Ping) => {
                net.frame_out(id, OpCode::Control(Control::Pong), frame.payload)?;
            }
            OpCode::Control(Control::Close) => {
                // The server waits for its goodbye to be returned.
                net.frame_out(id, frame.opcode, frame.payload)?;
                net.close(id)?;
                handler.closed(net, id, Some(frame.close_code()))?;
            }
            _ => {}
        }
        if net.sockets[id].stream.is_none() {
            break;
        }
    }
    Ok(used)
}
