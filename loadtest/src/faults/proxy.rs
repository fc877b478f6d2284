//! A TCP proxy that impairs a network: delays, splits, cuts in the middle of a frame, or swallows everything while both ends
//! believe that they are connected. Seeded, so that it can be repeated.

use color_eyre::eyre::Result;
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// What it does to each connection.
#[derive(Debug, Clone, Default)]
pub struct Impairment {
    /// Milliseconds that each read waits.
    pub delay_ms: Range<u64>,
    /// Sizes of the pieces that a read is split into; empty for "as it came".
    pub split: Range<usize>,
    /// Bytes after which one direction ends and takes the connection along; empty for never. Small numbers are as
    /// likely as large ones, so that some connections end in the handshake and some carry a page of history.
    pub cut_after: Range<u64>,
}

/// The proxy; its threads end with their connections and this program.
pub struct Proxy {
    pub address: SocketAddr,
    swallow: Arc<AtomicBool>,
    cuts: Arc<AtomicU64>,
}

struct Pump {
    from: TcpStream,
    to: TcpStream,
    impairment: Impairment,
    random: fastrand::Rng,
    swallow: Arc<AtomicBool>,
    cuts: Arc<AtomicU64>,
}

impl Proxy {
    pub fn start(server: SocketAddr, impairment: Impairment, seed: u64) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let swallow = Arc::new(AtomicBool::new(false));
        let cuts = Arc::new(AtomicU64::new(0));
        let proxy = Self { address, swallow: Arc::clone(&swallow), cuts: Arc::clone(&cuts) };
        let mut random = fastrand::Rng::with_seed(seed);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // The server may be down; the client then finds the connection closed.
                let Ok(server) = TcpStream::connect(server) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    if let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) {
                        let pump = Pump {
                            from,
                            to,
                            impairment: impairment.clone(),
                            random: random.fork(),
                            swallow: Arc::clone(&swallow),
                            cuts: Arc::clone(&cuts),
                        };
                        thread::spawn(move || pump.run());
                    }
                }
            }
        });
        Ok(proxy)
    }

    /// From now on nothing passes, and nobody is told: every connection is half open.
    pub fn swallow(&self, swallow: bool) {
        self.swallow.store(swallow, Ordering::Release);
    }

    /// Connections cut so far.
    pub fn cuts(&self) -> u64 {
        self.cuts.load(Ordering::Acquire)
    }
}

impl Pump {
    fn run(mut self) {
        // However it ends, both ends are told.
        let _ended = self.pass();
        let _gone = self.from.shutdown(Shutdown::Both);
        let _gone = self.to.shutdown(Shutdown::Both);
    }

    fn pass(&mut self) -> Result<()> {
        self.to.set_nodelay(true)?;
        let mut left = (!self.impairment.cut_after.is_empty())
            .then(|| by_magnitude(&mut self.random, &self.impairment.cut_after));
        let mut chunk = [0; 16 * 1024];
        loop {
            let count = self.from.read(&mut chunk)?;
            if count == 0 {
                return Ok(());
            }
            if self.swallow.load(Ordering::Acquire) {
                continue;
            }
            // Once for all pieces, or the proxy would be a narrow line and not a shaky one.
            if !self.impairment.delay_ms.is_empty() {
                let delay = self.random.u64(self.impairment.delay_ms.clone());
                thread::sleep(Duration::from_millis(delay));
            }
            let mut rest = &chunk[..count];
            while !rest.is_empty() {
                let size = if self.impairment.split.is_empty() {
                    rest.len()
                } else {
                    self.random.usize(self.impairment.split.clone()).min(rest.len())
                };
                let (mut piece, after) = rest.split_at(size);
                rest = after;
                let mut is_last = false;
                if let Some(left) = &mut left {
                    let room = usize::try_from(*left)?.min(piece.len());
                    is_last = room < piece.len();
                    piece = &piece[..room];
                    *left -= room as u64;
                }
                self.to.write_all(piece)?;
                if is_last {
                    self.cuts.fetch_add(1, Ordering::AcqRel);
                    return Ok(());
                }
            }
        }
    }
}

/// A number of the range, each order of magnitude as likely as the next.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of bytes, far below 2^53"
)]
fn by_magnitude(random: &mut fastrand::Rng, range: &Range<u64>) -> u64 {
    let (low, high) = ((range.start.max(1) as f64).ln(), (range.end as f64).ln());
    (low + random.f64() * (high - low)).exp() as u64
}
