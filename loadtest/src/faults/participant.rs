//! Somebody in the room who does what the browser's client does: sends from an outbox with lasting keys, follows the
//! room, comes back after every break from where it was, and retries what was not answered.

use super::judge::{Account, Entry};
use crate::net::client::{Client, Incoming};
use color_eyre::eyre::Result;
use protocol::{
    AckResult, ClientFrame, CommandId, MessageKey, NewMessage, RoomId, Seq, ServerFrame,
};
use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// Messages under way at once: enough that a break always finds some.
const UNDER_WAY: usize = 8;
/// Silence after which it asks for a sign of life, and after which it gives the socket up.
const ASK_AFTER: Duration = Duration::from_secs(1);
const GIVE_UP_AFTER: Duration = Duration::from_secs(4);
/// How long a connection may take, through a proxy in a bad mood.
const CONNECT: Duration = Duration::from_secs(3);

/// What all participants share.
#[derive(Debug)]
pub struct Signals {
    /// Whether new messages are written.
    pub talk: AtomicBool,
    /// The room's last change, once nobody sends any more; negative before.
    pub head: AtomicI64,
    /// Participants with an empty outbox after the talk.
    pub flushed: AtomicUsize,
    /// Participants that have been in the room.
    pub arrived: AtomicUsize,
    /// Everybody goes home, complete or not.
    pub leave: AtomicBool,
    /// Acknowledgements so far, of all.
    pub acknowledged: AtomicUsize,
    /// Refusals with a retryable code so far, of all.
    pub refused: AtomicUsize,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            talk: AtomicBool::new(true),
            head: AtomicI64::new(-1),
            flushed: AtomicUsize::new(0),
            arrived: AtomicUsize::new(0),
            leave: AtomicBool::new(false),
            acknowledged: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
        }
    }
}

/// Who a participant is and how it reaches the server.
#[derive(Debug, Clone)]
pub struct Role {
    pub name: String,
    pub cookie: String,
    pub room: RoomId,
    pub address: SocketAddr,
    /// The server, or a proxy before it.
    pub via: SocketAddr,
    pub a_second: f64,
    pub seed: u64,
}

struct Pending {
    key: MessageKey,
    text: String,
    /// When it is to be sent again; `None` while an answer is awaited.
    send_at: Option<Instant>,
}

struct Participant<'a> {
    role: &'a Role,
    signals: &'a Signals,
    random: fastrand::Rng,
    account: Account,
    cursor: Seq,
    outbox: VecDeque<Pending>,
    under_way: HashMap<CommandId, MessageKey>,
    next_at: Instant,
    has_flushed: bool,
    has_arrived: bool,
}

/// Takes part until everything is said and seen.
pub fn take_part(role: &Role, signals: &Signals) -> Account {
    let mut participant = Participant {
        role,
        signals,
        random: fastrand::Rng::with_seed(role.seed),
        account: Account { name: role.name.clone(), ..Account::default() },
        cursor: Seq::ZERO,
        outbox: VecDeque::new(),
        under_way: HashMap::new(),
        next_at: Instant::now(),
        has_flushed: false,
        has_arrived: false,
    };
    while !participant.is_done() {
        // Every break is expected here: what counts is the account in the end.
        let _broken = participant.attend();
        participant.account.reconnects += 1;
        let pause = participant.random.u64(20..150);
        std::thread::sleep(Duration::from_millis(pause));
    }
    participant.account
}

impl Participant<'_> {
    fn is_done(&self) -> bool {
        let head = self.signals.head.load(Ordering::Acquire);
        self.signals.leave.load(Ordering::Acquire) || (head >= 0 && self.cursor.0 >= head)
    }

    /// One connection, from hello to its end.
    fn attend(&mut self) -> Result<()> {
        let role = self.role;
        let mut client = Client::connect_through(role.via, role.address, &role.cookie, CONNECT)?;
        let id = client.id();
        client.send(&ClientFrame::OpenRoom {
            id,
            room: role.room,
            after: self.cursor,
            // It judges every message, so it wants all of them.
            epoch: None,
            at_most: None,
        })?;
        // Nobody answers what went out on the last connection.
        self.under_way.clear();
        let now = Instant::now();
        for pending in &mut self.outbox {
            pending.send_at = Some(now);
        }
        let mut heard = Instant::now();
        let mut asked = false;
        while !self.is_done() {
            self.write(&mut client)?;
            match client.next(Duration::from_millis(3))? {
                Incoming::Frame(frame) => {
                    heard = Instant::now();
                    asked = false;
                    self.read(frame);
                }
                Incoming::Closed { .. } => return Ok(()),
                Incoming::Silence if heard.elapsed() > GIVE_UP_AFTER => return Ok(()),
                Incoming::Silence if heard.elapsed() > ASK_AFTER && !asked => {
                    asked = true;
                    let id = client.id();
                    client.send(&ClientFrame::Ping { id })?;
                }
                Incoming::Silence => {}
            }
        }
        Ok(())
    }

    fn write(&mut self, client: &mut Client) -> Result<()> {
        let now = Instant::now();
        let talk = self.signals.talk.load(Ordering::Acquire);
        if talk && now >= self.next_at && self.role.a_second > 0.0 {
            self.next_at = now + Duration::from_secs_f64(1.0 / self.role.a_second);
            let key = uuid::Builder::from_random_bytes(self.random.u128(..).to_ne_bytes());
            let key = MessageKey(key.into_uuid());
            let text = format!("{} says {}", self.role.name, self.account.sent.len());
            self.account.sent.insert(key, text.clone());
            self.outbox.push_back(Pending { key, text, send_at: Some(now) });
        }
        if !talk && self.outbox.is_empty() && !self.has_flushed {
            self.has_flushed = true;
            self.signals.flushed.fetch_add(1, Ordering::AcqRel);
        }
        for pending in self.outbox.iter_mut().take(UNDER_WAY) {
            if pending.send_at.is_none_or(|at| at > now) {
                continue;
            }
            pending.send_at = None;
            let id = client.id();
            self.under_way.insert(id, pending.key);
            let message =
                NewMessage { room: self.role.room, key: pending.key, text: pending.text.clone() };
            client.send(&ClientFrame::Send { id, message })?;
        }
        Ok(())
    }

    fn read(&mut self, frame: ServerFrame) {
        match frame {
            ServerFrame::Changes { room, after, through, messages } if room == self.role.room => {
                if after != self.cursor {
                    let cursor = self.cursor;
                    self.account.broken.push(format!("changes after {after} came at {cursor}"));
                }
                self.account.timeline.extend(messages.into_iter().map(Entry::from));
                self.cursor = through;
            }
            ServerFrame::CaughtUp { room, seq } if room == self.role.room => {
                if seq != self.cursor {
                    let cursor = self.cursor;
                    self.account.broken.push(format!("caught up at {seq}, but was at {cursor}"));
                }
                if !self.has_arrived {
                    self.has_arrived = true;
                    self.signals.arrived.fetch_add(1, Ordering::AcqRel);
                }
            }
            ServerFrame::Ack { id, result: AckResult::Sent { key, seq, .. } } => {
                if self.under_way.remove(&id) != Some(key) {
                    self.account.broken.push(format!("{key} was acknowledged for another command"));
                }
                self.outbox.retain(|pending| pending.key != key);
                self.signals.acknowledged.fetch_add(1, Ordering::AcqRel);
                if let Some(before) = self.account.acknowledged.insert(key, seq)
                    && before != seq
                {
                    self.account.broken.push(format!("{key} was stored at {before} and {seq}"));
                }
            }
            ServerFrame::Error { id: Some(id), code, retry_after_ms } => {
                let Some(key) = self.under_way.remove(&id) else { return };
                if !code.is_retryable() {
                    self.account.broken.push(format!("{key} was refused for good: {code}"));
                }
                self.account.refused += 1;
                self.signals.refused.fetch_add(1, Ordering::AcqRel);
                let pause = Duration::from_millis(u64::from(retry_after_ms.unwrap_or(200)));
                for pending in self.outbox.iter_mut().filter(|pending| pending.key == key) {
                    pending.send_at = Some(Instant::now() + pause);
                }
            }
            _ => {}
        }
    }
}
