//! A server, a room, and participants that talk while something goes wrong; then the judgement.

use super::{
    judge::{Account, Entry, judge},
    participant::{Role, Signals, take_part},
};
use crate::{
    crowd::setup,
    net::{
        client::Client,
        http::{self, Http},
    },
    target::RunningServer,
};
use color_eyre::eyre::{Result, bail, eyre};
use protocol::{RoomId, Seq};
use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long everybody may take to be complete once the trouble is over.
const SETTLE: Duration = Duration::from_secs(40);

/// The cast of one scene.
pub struct Cast {
    address: SocketAddr,
    room: RoomId,
    cookie: String,
    signals: Arc<Signals>,
    threads: Vec<JoinHandle<Account>>,
}

/// What a scene came to.
#[derive(Debug, Clone)]
pub struct Scene {
    pub messages: usize,
    pub reconnects: u64,
    pub refused: u64,
    pub found: Vec<String>,
}

impl Cast {
    /// Participants in a fresh room, reaching the server by `via` in turns, and all there when this returns.
    pub fn enter(
        address: SocketAddr,
        via: &[SocketAddr],
        count: usize,
        a_second: f64,
        random: &mut fastrand::Rng,
    ) -> Result<Self> {
        let mut http = Http::connect(address)?;
        let cookie = http::sign_in(&mut http, &setup::unique("judge"))?;
        let room = Client::connect(address, &cookie)?.create_room(&setup::unique("fault"))?.id;
        let cookies = http::sign_in_many(address, &setup::unique("part"), count)?;
        let signals = Arc::new(Signals::default());
        let threads = cookies
            .into_iter()
            .enumerate()
            .map(|(index, cookie)| {
                let role = Role {
                    name: format!("participant {index}"),
                    cookie,
                    room,
                    address,
                    via: via[index % via.len()],
                    a_second,
                    seed: random.u64(..),
                };
                let signals = Arc::clone(&signals);
                thread::spawn(move || take_part(&role, &signals))
            })
            .collect();
        let cast = Self { address, room, cookie, signals, threads };
        cast.wait("everybody to arrive", |signals| {
            signals.arrived.load(Ordering::Acquire) == count
        })?;
        Ok(cast)
    }

    pub fn acknowledged(&self) -> usize {
        self.signals.acknowledged.load(Ordering::Acquire)
    }

    pub fn refused(&self) -> usize {
        self.signals.refused.load(Ordering::Acquire)
    }

    /// Waits for something; an error when that takes too long.
    pub fn wait(&self, what: &str, done: impl Fn(&Signals) -> bool) -> Result<()> {
        let end = Instant::now() + SETTLE;
        while !done(&self.signals) {
            if Instant::now() > end {
                bail!("waited more than {SETTLE:?} for {what}");
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Waits until more messages are acknowledged: the server is at work.
    pub fn progress(&self) -> Result<()> {
        let before = self.acknowledged();
        self.wait("an acknowledgement", |signals| {
            signals.acknowledged.load(Ordering::Acquire) > before
        })
    }

    /// Ends the talk, lets everybody become complete, and judges.
    pub fn finish(self) -> Result<Scene> {
        let signals = Arc::clone(&self.signals);
        signals.talk.store(false, Ordering::Release);
        let count = self.threads.len();
        let mut found = Vec::new();
        let flushed = self.wait("every outbox to empty", |signals| {
            signals.flushed.load(Ordering::Acquire) == count
        });
        if let Err(error) = flushed {
            found.push(error.to_string());
        }
        let mut reader = Client::connect(self.address, &self.cookie)?;
        let truth: Vec<Entry> =
            reader.read_room(self.room, Seq::ZERO)?.into_iter().map(Entry::from).collect();
        let head = truth.last().map_or(0, |entry| entry.seq.0);
        signals.head.store(head, Ordering::Release);
        let end = Instant::now() + SETTLE;
        while Instant::now() < end && !self.threads.iter().all(JoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(5));
        }
        signals.leave.store(true, Ordering::Release);
        let accounts = self
            .threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| eyre!("a participant panicked")))
            .collect::<Result<Vec<Account>>>()?;
        found.extend(judge(&truth, &accounts));
        Ok(Scene {
            messages: truth.len(),
            reconnects: accounts.iter().map(|account| account.reconnects).sum(),
            refused: accounts.iter().map(|account| account.refused).sum(),
            found,
        })
    }
}

/// Waits until the server answers its probe with this status.
pub fn wait_for_readiness(
    server: &RunningServer,
    status: u16,
    limit: Duration,
) -> Result<Duration> {
    let start = Instant::now();
    loop {
        let answered =
            Http::connect(server.address()).and_then(|mut http| http.get("/readyz", "")).ok();
        if answered.is_some_and(|response| response.status == status) {
            return Ok(start.elapsed());
        }
        if start.elapsed() > limit {
            bail!("/readyz did not answer {status} within {limit:?}");
        }
        thread::sleep(Duration::from_millis(50));
    }
}
