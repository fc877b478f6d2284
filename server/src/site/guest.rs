//! A client's connection below HTTP: it has a place among the open ones, and what it is sent has to be taken in time.
//!
//! `hyper` bounds how long a client may take to say what it wants, and not how long it may take to read the answer: somebody
//! who asks for pages and never reads them would hold a connection for ever.

use super::doors::Place;
use std::future::Future;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// How long a client may take nothing of what waits for it. An answer as a whole may take as long as its line needs.
const TAKEN_WITHIN: Duration = Duration::from_secs(30);

pub struct Guest {
    stream: TcpStream,
    place: Place,
    /// Runs while nothing is taken of what waits.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Guest {
    #[must_use]
    pub fn new(stream: TcpStream, place: Place) -> Self {
        Self { stream, place, deadline: None }
    }

    /// The bare connection, for a protocol that watches the clock itself.
    #[must_use]
    pub fn into_parts(self) -> (TcpStream, Place) {
        (self.stream, self.place)
    }

    /// Gives up when nothing was taken in time. Every byte that the kernel takes starts the clock anew.
    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_pending() {
            let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(TAKEN_WITHIN)));
            if deadline.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(ErrorKind::TimedOut.into()));
            }
        } else {
            self.deadline = None;
        }
        written
    }
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Guest {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::site::Doors;
    use futures_util::FutureExt;
    use socket2::SockRef;
    use std::io::Read;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::task::yield_now;
    use tokio::time::advance;

    const ALMOST: Duration = TAKEN_WITHIN.saturating_sub(Duration::from_secs(1));

    /// What the reader's kernel holds. With much less it would wait for timers before it tells that there is room again.
    const RECEIVE_BUFFER_BYTES: usize = 128 * 1024;

    /// A connection whose kernel buffers stay small, and its reader.
    async fn connection() -> (Guest, std::net::TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let reader = std::net::TcpStream::connect(address).expect("a connection");
        SockRef::from(&reader).set_recv_buffer_size(RECEIVE_BUFFER_BYTES).expect("an option");
        let (stream, peer) = listener.accept().await.expect("a connection");
        SockRef::from(&stream).set_send_buffer_size(1).expect("an option");
        let place = Doors::new(&Config::of_flags::<&str>([])).enter(peer.ip()).expect("a place");
        (Guest::new(stream, place), reader)
    }

    /// Writes until the kernel takes no more.
    async fn fill(guest: &mut Guest) -> io::Result<()> {
        // What the driver has to say of the socket, it says between two turns.
        for _ in 0..100 {
            yield_now().await;
            while let Some(written) = guest.write(&[0; 4096]).now_or_never() {
                written?;
            }
        }
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_gets_the_whole_answer_for_as_long_as_it_reads() {
        let (mut guest, mut reader) = connection().await;
        fill(&mut guest).await.expect("nothing has taken long");
        // The kernel says that there is room again once about a third of its buffer was taken.
        let mut some = vec![0; RECEIVE_BUFFER_BYTES];
        for _ in 0..3 {
            advance(ALMOST).await;
            let written = async { guest.write(&[0; 4096]).await };
            let mut written = std::pin::pin!(written);
            let taken = loop {
                yield_now().await;
                match written.as_mut().now_or_never() {
                    Some(taken) => break taken,
                    None => reader.read(&mut some).expect("bytes that wait"),
                };
            };
            taken.expect("the reader takes what it can");
            fill(&mut guest).await.expect("bytes were taken");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_is_given_up() {
        let (mut guest, _reader) = connection().await;
        fill(&mut guest).await.expect("nothing has taken long");
        advance(ALMOST).await;
        fill(&mut guest).await.expect("it may still come");
        advance(Duration::from_secs(2)).await;
        let error = fill(&mut guest).await.expect_err("nothing was taken in time");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}
