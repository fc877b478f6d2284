//! The engine of every fan-out: members in rooms, messages sent on an open-loop schedule, each delivery checked and
//! timed at each receiver.
//!
//! [`Crowd::gather`] connects the members, [`Crowd::run`] sends and measures. The workloads choose the numbers.

mod comeback;
mod handler;
mod outcome;
pub mod setup;

pub use comeback::Comeback;
pub use outcome::{Outcome, Usage};

use crate::{
    check::{Ledger, Receiver, Violations},
    latency::Latency,
    net::{
        swarm::{Net, Swarm},
        ws,
    },
    progress::Progress,
    schedule::Schedule,
    target::Target,
    wire::{Delivery, Wire},
};
use color_eyre::eyre::{Result, bail};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// Handshakes under way at once: below any listen backlog.
const HANDSHAKES: usize = 128;
/// Gathering everybody must not take longer.
const GATHER: Duration = Duration::from_secs(120);
/// A delivery that is later than this after the last send is missing.
const DRAIN: Duration = Duration::from_secs(15);
/// Receive buffer of members that fall asleep, so that the server and not the kernel feels it.
const SLEEPER_BUFFER: usize = 4096;

/// Who is there and what is said.
#[derive(Debug, Clone)]
pub struct Plan {
    pub rooms: usize,
    /// Receivers in each room.
    pub members: usize,
    /// Members of each room that send, in turns. They receive like all others.
    pub senders: usize,
    /// Messages a second over all rooms.
    pub a_second: f64,
    /// Text of a message, in bytes.
    pub bytes: usize,
    pub warm_up: Duration,
    pub measured: Duration,
    /// Members of each room that stop reading while it is measured.
    pub asleep: usize,
    /// Whether everybody comes back when the server ends a socket, as after its restart. Otherwise only those do who
    /// were asleep, and for all others it is an error.
    pub resilient: bool,
}

struct Member {
    room: usize,
    socket: usize,
    joined: bool,
    receiver: Receiver,
    sleeps: bool,
    upgrade: String,
}

/// Members, their sockets, and what they saw.
pub struct Crowd {
    plan: Plan,
    address: SocketAddr,
    wire: Box<dyn Wire>,
    members: Vec<Member>,
    /// Which member a socket belongs to.
    owners: Vec<usize>,
    ledgers: Vec<Ledger>,
    /// Members whose socket ended, with its code.
    lost: Vec<(usize, Option<u16>)>,
    comeback: Comeback,
    joined: usize,
    delivered: u64,
    acknowledged: u64,
    schedule: Option<Schedule>,
    latency: Latency,
    acknowledgements: Latency,
    measured_deliveries: u64,
    violations: Violations,
    sink: Vec<Delivery>,
}

impl Crowd {
    /// Connects all members, `cookies` in turns if there are any, and waits until each is in its room.
    pub fn gather(
        swarm: &mut Swarm,
        target: &Target,
        plan: &Plan,
        wire: Box<dyn Wire>,
        cookies: &[String],
    ) -> Result<Self> {
        let host = target.address.to_string();
        let total = plan.rooms * plan.members;
        let members = (0..total)
            .map(|index| {
                let cookie = (!cookies.is_empty()).then(|| cookies[index % cookies.len()].as_str());
                let place = index / plan.rooms;
                Member {
                    room: index % plan.rooms,
                    socket: usize::MAX,
                    joined: false,
                    receiver: Receiver::default(),
                    // The last ones: senders are the first.
                    sleeps: place >= plan.members - plan.asleep,
                    upgrade: ws::upgrade_request(&host, wire.path(), cookie),
                }
            })
            .collect();
        let mut crowd = Self {
            plan: plan.clone(),
            address: target.address,
            wire,
            members,
            owners: Vec::new(),
            ledgers: (0..plan.rooms).map(|_| Ledger::after(0)).collect(),
            lost: Vec::new(),
            comeback: Comeback::new(total),
            joined: 0,
            delivered: 0,
            acknowledged: 0,
            schedule: None,
            latency: Latency::new()?,
            acknowledgements: Latency::new()?,
            measured_deliveries: 0,
            violations: Violations::default(),
            sink: Vec::new(),
        };
        let mut progress = Progress::new("connecting");
        let mut next = 0;
        swarm.run_until(&mut crowd, GATHER, "connecting", |crowd, net| {
            while next < total && next < crowd.joined + HANDSHAKES {
                crowd.connect(net, next)?;
                next += 1;
            }
            crowd.nobody_left()?;
            progress.at(|| format!("{} of {total}", crowd.joined));
            Ok(crowd.joined == total)
        })?;
        Ok(crowd)
    }

    /// Sends by the schedule, and waits for every delivery.
    pub fn run(&mut self, swarm: &mut Swarm, target: &Target) -> Result<Outcome> {
        let plan = self.plan.clone();
        // A moment for rosters and other news of the gathering to settle.
        let start = Instant::now() + Duration::from_millis(500);
        let schedule = Schedule::new(start, plan.a_second, plan.warm_up, plan.measured);
        self.schedule = Some(schedule);
        let expected = schedule.total * plan.members as u64;
        let awake = schedule.total * (plan.members - plan.asleep) as u64;
        let mut progress = Progress::new("sending");
        let mut frame = Vec::new();
        let mut lateness = Latency::new()?;
        let mut before = None;
        let mut memory_before = None;
        let mut next = 0;
        let mut woken = plan.asleep == 0;
        let mut memory_after = None;
        let mut usage = None;
        let mut end = None;
        loop {
            let now = Instant::now();
            while next < schedule.total && schedule.due(next) <= now {
                if next == schedule.warm_up {
                    before = Some(Usage::of(target)?);
                    memory_before = target.resident_bytes()?;
                    self.sleep(&mut swarm.net, true)?;
                }
                frame.clear();
                self.send(&mut swarm.net, next, &mut frame)?;
                if schedule.is_measured(next) {
                    lateness.record(schedule.since_due(next, Instant::now()));
                }
                next += 1;
            }
            self.bring_back(&mut swarm.net, now)?;
            let over = *end.get_or_insert_with(|| schedule.due(schedule.total) + DRAIN);
            let late = now > over;
            if next == schedule.total && !woken && (self.delivered_awake() >= awake || late) {
                usage = before.map(|before| Usage::since(before, target)).transpose()?;
                memory_after = target.resident_bytes()?;
                self.sleep(&mut swarm.net, false)?;
                woken = true;
                end = Some(now + DRAIN);
                continue;
            }
            if next == schedule.total && woken && (self.delivered >= expected || late) {
                break;
            }
            progress
                .at(|| format!("{next} of {} sent, {} delivered", schedule.total, self.delivered));
            let idle = now + Duration::from_millis(50);
            let due = if next < schedule.total { schedule.due(next).min(idle) } else { idle };
            swarm.turn(self, self.comeback.next().map_or(due, |comeback| due.min(comeback)))?;
        }
        if usage.is_none() {
            usage = before.map(|before| Usage::since(before, target)).transpose()?;
            memory_after = target.resident_bytes()?;
        }
        // Whatever comes now is one too many.
        let quiet = Instant::now() + Duration::from_millis(200);
        while Instant::now() < quiet {
            swarm.turn(self, quiet)?;
        }
        self.finish(schedule);
        Ok(Outcome {
            latency: self.latency.clone(),
            acknowledgements: self.acknowledgements.clone(),
            lateness,
            deliveries: self.measured_deliveries,
            usage: usage.unwrap_or_default(),
            memory_before,
            memory_after,
            violations: self.violations,
            comeback: self.comeback.clone(),
        })
    }

    fn connect(&mut self, net: &mut Net, member: usize) -> Result<()> {
        let buffer = self.members[member].sleeps.then_some(SLEEPER_BUFFER);
        let socket = net.connect_with(self.address, &self.members[member].upgrade, buffer)?;
        self.members[member].socket = socket;
        self.owners.resize(socket + 1, usize::MAX);
        self.owners[socket] = member;
        Ok(())
    }

    fn send(&mut self, net: &mut Net, index: u64, frame: &mut Vec<u8>) -> Result<()> {
        let rooms = self.plan.rooms as u64;
        let room = usize::try_from(index % rooms)?;
        let sender = usize::try_from(index / rooms % self.plan.senders.max(1) as u64)?;
        let member = &self.members[sender * self.plan.rooms + room];
        self.wire.send(room, index, self.plan.bytes, frame)?;
        if self.plan.resilient {
            self.comeback.keep(index, sender * self.plan.rooms + room, frame);
        }
        // A member that is away keeps it for later.
        if member.joined { net.send(member.socket, frame) } else { Ok(()) }
    }

    fn sleep(&mut self, net: &mut Net, asleep: bool) -> Result<()> {
        for member in self.members.iter().filter(|member| member.sleeps) {
            net.sleep(member.socket, asleep)?;
        }
        Ok(())
    }

    fn delivered_awake(&self) -> u64 {
        if self.plan.asleep == 0 {
            return self.delivered;
        }
        self.members
            .iter()
            .filter(|member| !member.sleeps)
            .map(|member| member.receiver.count())
            .sum()
    }

    fn nobody_left(&self) -> Result<()> {
        if let Some((member, code)) = self.lost.first() {
            bail!("the server ended the socket of member {member} with code {code:?}");
        }
        Ok(())
    }

    fn finish(&mut self, schedule: Schedule) {
        let rooms = self.plan.rooms as u64;
        for member in &self.members {
            let room = member.room as u64;
            let sent = (schedule.total + rooms - 1 - room) / rooms;
            member.receiver.finish(sent, &mut self.violations);
        }
        if self.wire.acknowledges() {
            // An answer that never came is as lost as a delivery.
            self.violations.missing += schedule.total.saturating_sub(self.acknowledged);
        }
        for ledger in &self.ledgers {
            ledger.finish(&mut self.violations);
        }
    }
}
