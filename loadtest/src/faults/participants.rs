//! A server, a room, and participants that talk while something goes wrong; then the judgement.

use super::{
    judge::{Account, Entry, judge},
    participant::{Role, Signals, State, take_part, walks},
    presence::Present,
};
use crate::{
    crowd::setup,
    net::{client::Client, http},
};
use color_eyre::eyre::{Result, bail, eyre};
use protocol::{RoomId, Seq, UserId};
use std::{
    collections::BTreeSet,
    mem,
    net::SocketAddr,
    sync::{Arc, Mutex, atomic::Ordering},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long everybody may take to be complete once the trouble is over.
const SETTLE: Duration = Duration::from_secs(40);
/// How often a fresh socket asks who is there: far below what a user may ask.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// How many there are.
const COUNT: usize = 8;

/// Those who take part in one scenario.
pub struct Participants {
    address: SocketAddr,
    room: RoomId,
    cookie: String,
    /// What each participant's browser holds.
    jars: Vec<Arc<Mutex<String>>>,
    pub signals: Arc<Signals>,
    threads: Vec<JoinHandle<Account>>,
}

/// What a scenario came to.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: String,
    pub messages: usize,
    pub reconnects: u64,
    pub refused: u64,
    /// Clients whose merged roster was held against the truth.
    pub rosters: usize,
    pub found: Vec<String>,
}

impl Participants {
    /// Participants in a fresh room, reaching the server by `via` in turns, and all there when this returns.
    pub fn enter(
        address: SocketAddr,
        via: &[SocketAddr],
        a_second: f64,
        random: &mut fastrand::Rng,
    ) -> Result<Self> {
        let (mut judge, cookie) = setup::client(address, "judge")?;
        let room = judge.create_room(&setup::unique("fault"))?;
        let cookies = http::sign_in_many(address, &setup::unique("part"), COUNT)?;
        let signals = Arc::new(Signals::default());
        signals
            .states
            .lock()
            .map_err(|_| eyre!("a participant panicked"))?
            .resize_with(COUNT, State::default);
        let jars: Vec<_> = cookies.into_iter().map(|cookie| Arc::new(Mutex::new(cookie))).collect();
        let threads = jars
            .iter()
            .enumerate()
            .map(|(index, cookie)| {
                let role = Role {
                    index,
                    name: format!("participant {index}"),
                    cookie: Arc::clone(cookie),
                    room: room.id,
                    slug: room.slug.clone(),
                    address,
                    via: via[index % via.len()],
                    a_second,
                    seed: random.u64(..),
                };
                let signals = Arc::clone(&signals);
                thread::spawn(move || take_part(&role, &signals))
            })
            .collect();
        let all = Self { address, room: room.id, cookie, jars, signals, threads };
        all.wait("everybody to arrive", |signals| signals.all(|state| state.has_arrived))?;
        Ok(all)
    }

    /// Signs somebody else in at every second browser, the first among them; the cookies that were there before.
    pub fn sign_in_others(&self) -> Result<Vec<String>> {
        let count = self.jars.len().div_ceil(2);
        let others = http::sign_in_many(self.address, &setup::unique("other"), count)?;
        Ok(self.swap_cookies(others))
    }

    /// Puts these cookies into every second browser; the ones that were there before.
    pub fn swap_cookies(&self, cookies: Vec<String>) -> Vec<String> {
        let jars = self.jars.iter().step_by(2).filter_map(|jar| jar.lock().ok());
        jars.zip(cookies).map(|(mut jar, cookie)| mem::replace(&mut *jar, cookie)).collect()
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
        let acknowledged = |signals: &Signals| signals.acknowledged.load(Ordering::Acquire);
        let before = acknowledged(&self.signals);
        self.wait("an acknowledgement", |signals| acknowledged(signals) > before)
    }

    /// Ends the talk once the server is at work again, lets everybody become complete, and judges.
    pub fn finish(self, name: String) -> Result<Scenario> {
        self.progress()?;
        let signals = Arc::clone(&self.signals);
        signals.hush.store(true, Ordering::Release);
        let mut found = Vec::new();
        let flushed =
            self.wait("every outbox to empty", |signals| signals.all(|state| state.has_flushed));
        if let Err(error) = flushed {
            found.push(error.to_string());
        }
        let mut reader = Client::connect(self.address, &self.cookie)?;
        let truth: Vec<Entry> = reader.read_room(self.room)?.into_iter().map(Entry::from).collect();
        reader.close_room(self.room)?;
        let head = truth.last().map_or(Seq::ZERO, |entry| entry.seq);
        // Whoever is not complete by then is found by the judge.
        let _incomplete = self
            .wait("everybody to be complete", |signals| signals.all(|state| state.cursor >= head));
        let rosters = self.judge_presence(&mut found)?;
        signals.leave.store(true, Ordering::Release);
        let accounts = self
            .threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| eyre!("a participant panicked")))
            .collect::<Result<Vec<Account>>>()?;
        found.extend(judge(&truth, &accounts));
        Ok(Scenario {
            name,
            messages: truth.len(),
            reconnects: accounts.iter().map(|account| account.reconnects).sum(),
            refused: accounts.iter().map(|account| account.refused).sum(),
            rosters,
            found,
        })
    }

    /// Holds what everybody merged against who is there, first with all of them in the room, then without those who walked
    /// about, then for a fresh socket; how many were asked.
    fn judge_presence(&self, found: &mut Vec<String>) -> Result<usize> {
        for thin_out in [false, true] {
            self.signals.thin_out.store(thin_out, Ordering::Release);
            let accused = |signals: &Signals| match signals.states.lock() {
                Ok(states) => accuse(&states, thin_out),
                Err(_) => vec!["a participant panicked".to_owned()],
            };
            if self.wait("true rosters", |signals| accused(signals).is_empty()).is_err() {
                found.extend(accused(&self.signals));
            }
        }
        found.extend(self.judge_fresh()?);
        Ok(2 * self.jars.len() + 1)
    }

    /// What a fresh socket is told that is not the truth. It asks again for a while, because a network that goes on being
    /// cut takes people out of the room for as long as they need to come back.
    fn judge_fresh(&self) -> Result<Vec<String>> {
        let mut fresh = Client::connect(self.address, &self.cookie)?;
        let states = self.signals.states.lock().map_err(|_| eyre!("a participant panicked"))?;
        let mut truth = in_room(&states, true);
        drop(states);
        truth.insert(fresh.page.user);
        let end = Instant::now() + SETTLE;
        loop {
            let mut told = Present::default();
            told.replace(&fresh.read_roster(self.room)?);
            told.listed = told.count;
            let accused = told.judge(&truth);
            if accused.is_empty() || Instant::now() > end {
                return Ok(accused.iter().map(|what| format!("a fresh socket {what}")).collect());
            }
            fresh.close_room(self.room)?;
            thread::sleep(ASK_AGAIN);
        }
    }
}

/// Who is to be in the room.
fn in_room(states: &[State], thin_out: bool) -> BTreeSet<UserId> {
    let states = states.iter().enumerate();
    states.filter(|(index, _)| !(thin_out && walks(*index))).map(|(_, state)| state.user).collect()
}

/// What is not as it has to be when nobody moves any more.
fn accuse(states: &[State], thin_out: bool) -> Vec<String> {
    let truth = in_room(states, thin_out);
    let mut found = Vec::new();
    for state in states {
        let name = &state.name;
        if state.is_in != truth.contains(&state.user) {
            found.push(format!("{name}: has not gone where it was to go"));
        }
        let wrong = if state.is_in {
            state.present.judge(&truth)
        } else {
            state.present.judge_listed(&truth).into_iter().collect()
        };
        found.extend(wrong.into_iter().map(|what| format!("{name}: {what}")));
    }
    found
}
