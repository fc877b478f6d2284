//! Somebody in the room who does what the browser's client does: sends from an outbox with lasting keys, follows the
//! room, comes back after every break from where it was, retries what was not answered, and sends nothing as somebody else.

use super::{
    judge::{Account, Entry},
    presence::Present,
};
use crate::net::{
    client::{Client, Incoming, key},
    http::Http,
};
use color_eyre::eyre::Result;
use protocol::{
    Ack, ClientFrame, CommandId, MessageKey, NewMessage, PageIdentity, RoomId, Roster, Sent, Seq,
    ServerFrame, UserId,
};
use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Messages under way at once: enough that a break always finds some.
const UNDER_WAY: usize = 8;
/// Silence after which it asks for a sign of life, and after which it gives the socket up.
const ASK_AFTER: Duration = Duration::from_secs(1);
const GIVE_UP_AFTER: Duration = Duration::from_secs(4);
/// How long a connection may take, through a proxy that impairs it.
const CONNECT: Duration = Duration::from_secs(3);

/// Whoever walks about is out of the room for less than the first, and in it for less than the second, so that many come
/// and go between two broadcasts of the roster.
const OUT_MS: u64 = 40;
const IN_MS: u64 = 400;

/// The answer to a form of somebody else's page.
const STALE_PAGE: u16 = 409;

/// What all participants share.
#[derive(Debug, Default)]
pub struct Signals {
    /// No new messages are written, and nobody walks about any more.
    pub hush: AtomicBool,
    /// Who walked about leaves the room for good.
    pub thin_out: AtomicBool,
    /// Everybody goes home, complete or not.
    pub leave: AtomicBool,
    /// Acknowledgements so far, of all.
    pub acknowledged: AtomicUsize,
    /// Refusals with a retryable code so far, of all.
    pub refused: AtomicUsize,
    /// How far each is.
    pub states: Mutex<Vec<State>>,
}

impl Signals {
    /// Whether this is so for everybody.
    pub fn all(&self, is_so: impl Fn(&State) -> bool) -> bool {
        self.states.lock().is_ok_and(|states| states.iter().all(is_so))
    }

    /// For how many it is so.
    pub fn count(&self, is_so: impl Fn(&State) -> bool) -> usize {
        self.states.lock().map_or(0, |states| states.iter().filter(|state| is_so(state)).count())
    }
}

/// How far a participant is.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub name: String,
    pub user: UserId,
    pub has_arrived: bool,
    /// Somebody else is signed in at its browser.
    pub is_strange: bool,
    /// Nothing waits to be sent, and nothing will any more.
    pub has_flushed: bool,
    pub cursor: Seq,
    /// Whether it wants to be in the room.
    pub is_in: bool,
    pub present: Present,
}

/// Who a participant is and how it reaches the server.
#[derive(Debug, Clone)]
pub struct Role {
    pub index: usize,
    pub name: String,
    /// What its browser holds; somebody else may sign in there.
    pub cookie: Arc<Mutex<String>>,
    pub room: RoomId,
    pub slug: String,
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
    state: State,
    /// Whose page this is, from its first connection on.
    page: PageIdentity,
    outbox: VecDeque<Pending>,
    under_way: HashMap<CommandId, MessageKey>,
    next_at: Instant,
    walk_at: Instant,
}

/// Whether this one goes out and comes back all the time.
pub fn walks(index: usize) -> bool {
    index % 3 == 2
}

/// Takes part until it is told to leave.
pub fn take_part(role: &Role, signals: &Signals) -> Account {
    let mut participant = Participant {
        role,
        signals,
        random: fastrand::Rng::with_seed(role.seed),
        account: Account { name: role.name.clone(), ..Account::default() },
        state: State { name: role.name.clone(), is_in: true, ..State::default() },
        page: PageIdentity::default(),
        outbox: VecDeque::new(),
        under_way: HashMap::new(),
        next_at: Instant::now(),
        walk_at: Instant::now(),
    };
    while !signals.leave.load(Ordering::Acquire) {
        // Every break is expected here: what counts is the account in the end.
        let _broken = participant.attend();
        participant.account.reconnects += 1;
        let pause = participant.random.u64(20..150);
        std::thread::sleep(Duration::from_millis(pause));
    }
    participant.account
}

impl Participant<'_> {
    /// One connection, from hello to its end.
    fn attend(&mut self) -> Result<()> {
        let role = self.role;
        let cookie = role.cookie.lock().map(|cookie| cookie.clone()).unwrap_or_default();
        let mut client = Client::connect_through(role.via, role.address, &cookie, CONNECT)?;
        if self.page == PageIdentity::default() {
            self.page = client.page;
            self.account.user = client.page.user;
            self.state.user = client.page.user;
        }
        if client.page != self.page {
            return self.stay_silent(&cookie);
        }
        self.state.is_strange = false;
        let id = client.id();
        client.send(&ClientFrame::WatchRooms { id })?;
        if self.state.is_in {
            self.enter(&mut client)?;
        }
        // Nobody answers what went out on the last connection.
        self.under_way.clear();
        let now = Instant::now();
        for pending in &mut self.outbox {
            pending.send_at = Some(now);
        }
        let mut heard = Instant::now();
        let mut asked = false;
        while !self.signals.leave.load(Ordering::Acquire) {
            self.walk(&mut client)?;
            self.write(&mut client)?;
            self.publish();
            match client.next(Duration::from_millis(3))? {
                Incoming::Frame(frame) => {
                    heard = Instant::now();
                    asked = false;
                    self.read(frame);
                }
                Incoming::Closed => return Ok(()),
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

    /// What waits is its author's, and no form of the page that was left posts it as somebody else's.
    fn stay_silent(&mut self, cookie: &str) -> Result<()> {
        if let Some(waiting) = self.outbox.front() {
            let (page, key) = (self.page.to_string(), waiting.key.to_string());
            let form = [("page", page.as_str()), ("key", &key), ("text", &waiting.text)];
            let path = format!("/rooms/{}/messages", self.role.slug);
            let http = Http::new(self.role.address);
            let status = http.post_form(&path, cookie, &form)?.status;
            if status != STALE_PAGE {
                self.account.broken.push(format!("a form of a stale page was answered {status}"));
            }
        }
        self.state.is_strange = true;
        self.publish();
        Ok(())
    }

    fn publish(&self) {
        if let Ok(mut states) = self.signals.states.lock() {
            states[self.role.index].clone_from(&self.state);
        }
    }

    fn enter(&mut self, client: &mut Client) -> Result<()> {
        self.state.is_in = true;
        client.open_room(self.role.room, self.state.cursor).map(drop)
    }

    fn walk(&mut self, client: &mut Client) -> Result<()> {
        let now = Instant::now();
        let hush = self.signals.hush.load(Ordering::Acquire);
        let thin_out = self.signals.thin_out.load(Ordering::Acquire);
        let turns = match self.state.is_in {
            true => thin_out || (!hush && now >= self.walk_at),
            false => !thin_out && (hush || now >= self.walk_at),
        };
        if !walks(self.role.index) || !self.state.has_arrived || !turns {
            return Ok(());
        }
        let pause = self.random.u64(0..if self.state.is_in { OUT_MS } else { IN_MS });
        self.walk_at = now + Duration::from_millis(pause);
        if !self.state.is_in {
            return self.enter(client);
        }
        self.state.is_in = false;
        let id = client.id();
        client.send(&ClientFrame::CloseRoom { id, room: self.role.room })
    }

    fn write(&mut self, client: &mut Client) -> Result<()> {
        let now = Instant::now();
        let talk = !self.signals.hush.load(Ordering::Acquire);
        if talk && now >= self.next_at && self.role.a_second > 0.0 {
            self.next_at = now + Duration::from_secs_f64(1.0 / self.role.a_second);
            let key = key(self.random.u128(..));
            let text = format!("{} says {}", self.role.name, self.account.sent.len());
            self.account.sent.insert(key, text.clone());
            self.outbox.push_back(Pending { key, text, send_at: Some(now) });
        }
        self.state.has_flushed = !talk && self.outbox.is_empty();
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
                let cursor = self.state.cursor;
                if after > cursor {
                    self.account.broken.push(format!("changes after {after} came at {cursor}"));
                }
                // Whoever opens the room again is told once more what was on its way.
                let new = messages.into_iter().filter(|message| message.changed > cursor);
                self.account.timeline.extend(new.map(Entry::from));
                self.state.cursor = cursor.max(through);
            }
            ServerFrame::CaughtUp { room, seq } if room == self.role.room => {
                let cursor = self.state.cursor;
                if seq > cursor {
                    self.account.broken.push(format!("caught up at {seq}, but was at {cursor}"));
                }
                self.state.has_arrived = true;
            }
            ServerFrame::Roster { room, count, users } if room == self.role.room => {
                self.state.present.replace(&Roster { count, users });
            }
            ServerFrame::RosterChanged { room, count, joined, left } if room == self.role.room => {
                self.state.present.change(count, &joined, &left);
            }
            ServerFrame::Rooms { rooms, .. } => {
                if let Some(of) = rooms.iter().find(|of| of.room.id == self.role.room) {
                    self.state.present.listed = of.here;
                }
            }
            ServerFrame::Ack(Ack { id, sent: Some(Sent { key, seq, .. }), .. }) => {
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
