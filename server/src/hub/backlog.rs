//! Writing frames to a socket, and keeping in order what the kernel does not take.

use bytes::{Buf, Bytes};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Bytes that may wait for one socket. With a kernel buffer beside it, enough for a busy room during a hiccup of seconds;
/// beyond it reading the store again is cheaper than holding memory for everybody who might be slow.
pub(super) const QUEUE_BYTES_MAX: usize = 128 * 1024;

/// Frames handed to the kernel in one call.
const WRITE_FRAMES: usize = 64;

#[derive(Default)]
pub(super) struct Backlog {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// Since when the kernel takes nothing.
    stuck_since: Option<Instant>,
    is_broken: bool,
}

impl Backlog {
    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Bytes that wait.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// For how long the kernel has taken nothing of what waits.
    pub(super) fn stuck_for(&self) -> Option<Duration> {
        self.stuck_since.map(|since| since.elapsed())
    }

    /// Whether the peer is gone; nothing is written or kept any more.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Writes a frame after those that wait. `true` when somebody has to look after the rest from now on.
    pub(super) fn write(&mut self, stream: &TcpStream, frame: &Bytes) -> bool {
        if self.is_broken {
            return false;
        }
        if !self.is_empty() {
            self.keep(frame.clone());
            return false;
        }
        match stream.try_write(frame) {
            Ok(count) if count == frame.len() => return false,
            Ok(count) => self.keep(frame.slice(count..)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.keep(frame.clone()),
            Err(_) => self.give_up(),
        }
        true
    }

    /// As [`Backlog::write`], with as few calls of the kernel as possible.
    pub(super) fn write_all(&mut self, stream: &TcpStream, frames: &[Bytes]) -> bool {
        if let [frame] = frames {
            return self.write(stream, frame);
        }
        if self.is_broken {
            return false;
        }
        let was_empty = self.is_empty();
        frames.iter().for_each(|frame| self.keep(frame.clone()));
        if was_empty {
            self.write_waiting(stream);
        }
        was_empty && !self.is_empty() || self.is_broken
    }

    /// Writes until nothing waits or the peer is gone.
    pub(super) fn poll_written(
        &mut self,
        stream: &TcpStream,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        self.write_waiting(stream);
        while !self.is_empty() {
            // Once the kernel has refused, readiness is only news of room.
            match stream.poll_write_ready(context) {
                Poll::Ready(Ok(())) => self.write_waiting(stream),
                Poll::Ready(Err(_)) => self.give_up(),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }

    /// Writes until nothing waits or the kernel takes no more.
    fn write_waiting(&mut self, stream: &TcpStream) {
        while !self.is_empty() {
            match self.write_some(stream) {
                Ok(count) => self.forget(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => self.give_up(),
            }
        }
    }

    fn write_some(&self, stream: &TcpStream) -> io::Result<usize> {
        let mut slices = [IoSlice::new(&[]); WRITE_FRAMES];
        let count = self.frames.len().min(WRITE_FRAMES);
        for (slice, frame) in slices.iter_mut().zip(&self.frames) {
            *slice = IoSlice::new(frame);
        }
        stream.try_write_vectored(&slices[..count])
    }

    fn keep(&mut self, frame: Bytes) {
        self.stuck_since.get_or_insert_with(Instant::now);
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    /// Forgets bytes that the kernel took.
    fn forget(&mut self, mut count: usize) {
        self.bytes -= count;
        while let Some(frame) = self.frames.front_mut() {
            if count < frame.len() {
                frame.advance(count);
                self.stuck_since = Some(Instant::now());
                return;
            }
            count -= frame.len();
            self.frames.pop_front();
        }
        // A new one: an idle socket keeps no memory from when it was slow.
        *self = Self::default();
    }

    fn give_up(&mut self) {
        *self = Self { is_broken: true, ..Self::default() };
    }
}
