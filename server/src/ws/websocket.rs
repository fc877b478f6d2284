//! The WebSocket protocol on a connection: reading messages, and the control frames of both sides.
//!
//! Everything that is written, also by the protocol itself, goes through the hub's queue of this socket, so that frames
//! of different tasks never mix.

use crate::hub::SocketQueue;
use bytes::Bytes;
use protocol::limits::FRAME_BYTES_MAX;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::task::{Poll, ready};
use tokio::net::TcpStream;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

/// Bytes read from a socket at a time; allocated for each socket, so small.
const READ_BUFFER_BYTES: usize = 1024;

/// Frames are read up to this size, so that one that is only somewhat too long gets a proper goodbye instead of a reset
/// connection. See [`FRAME_BYTES_MAX`] for what is allowed.
const READ_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX;

pub(super) struct WebSocket {
    queue: Arc<SocketQueue>,
    protocol: WebSocketContext,
    /// Set by the first error: what follows it makes no sense.
    is_unreadable: bool,
}

impl WebSocket {
    /// `read` is what came with the request for the upgrade.
    pub(super) fn new(stream: TcpStream, read: Vec<u8>) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            // Only control frames pass, and the queue takes them at once.
            .write_buffer_size(0)
            .max_message_size(Some(READ_BYTES_MAX))
            .max_frame_size(Some(READ_BYTES_MAX));
        Self {
            queue: Arc::new(SocketQueue::new(stream)),
            protocol: WebSocketContext::from_partially_read(read, Role::Server, Some(config)),
            is_unreadable: false,
        }
    }

    pub(super) fn queue(&self) -> &Arc<SocketQueue> {
        &self.queue
    }

    /// Waits for a message. Pings and goodbyes are answered already.
    ///
    /// # Errors
    /// When the peer is gone or breaks the protocol; there is nothing to read after that.
    pub(super) async fn receive(&mut self) -> Result<Message, Error> {
        // Who sends without end must not keep others from being served.
        tokio::task::coop::consume_budget().await;
        let Self { queue, protocol, is_unreadable } = self;
        poll_fn(|context| {
            loop {
                match protocol.read(&mut Stream(queue)) {
                    Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                        ready!(queue.stream().poll_read_ready(context))?;
                    }
                    read => {
                        // Writes the answer, if it calls for one; what is wrong shows at the next read.
                        let _ = protocol.flush(&mut Stream(queue));
                        *is_unreadable = read.is_err();
                        return Poll::Ready(read);
                    }
                }
            }
        })
        .await
    }

    /// Asks the peer for a sign of life.
    pub(super) fn ping(&mut self) {
        // What is wrong shows at the next read.
        let _ = self.protocol.write(&mut Stream(&self.queue), Message::Ping(Bytes::new()));
    }

    /// Closes properly: says why, then waits for the peer's answer, so that our last frames are not lost in a reset.
    pub(super) async fn close(mut self, goodbye: CloseFrame) {
        let said = self.protocol.close(&mut Stream(&self.queue), Some(goodbye));
        if said.is_ok() {
            self.queue.written().await;
            while !self.is_unreadable && self.receive().await.is_ok() {}
        }
    }
}

/// The connection as the protocol sees it: reads give what is there, writes are taken whole.
struct Stream<'a>(&'a SocketQueue);

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.stream().try_read(buffer)
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(&[Bytes::copy_from_slice(bytes)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
