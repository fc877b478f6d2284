//! The engine of every fan-out: members in rooms, messages sent on an open-loop schedule, each delivery checked and
//! timed at each receiver.
//!
//! [`Crowd::gather`] connects the members, [`Crowd::run`] sends and measures. The workloads choose the numbers.

mod handler;
mod reconnect;
pub mod setup;
mod usage;

pub use reconnect::Reconnect;
pub use usage::Usage;

use crate::{
    check::{Ledger, Receiver, Violations},
    latency::Latency,
    net::{
        swarm::{Net, Swarm},
        ws,
    },
    progress::Progress,
    report::Report,
    schedule::{Schedule, Times},
    target::Target,
    wire::Wire,
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
#[derive(Debug, Clone, clap::Args)]
pub struct Plan {
    #[arg(skip = 1_usize)]
    pub rooms: usize,
    /// Members of each room
    #[arg(long, default_value_t = 1000)]
    pub members: usize,
    /// Messages a second over all rooms
    #[arg(long, default_value_t = 40.0)]
    pub rate: f64,
    /// Text of a message, in bytes
    #[arg(long, default_value_t = 100)]
    pub bytes: usize,
    #[command(flatten)]
    pub times: Times,
    /// At most so many members of each room send, in turns. They receive like all others.
    #[arg(skip = 20_usize)]
    pub senders: usize,
    /// Members of each room that stop reading while it is measured.
    #[arg(skip)]
    pub asleep: usize,
    /// Whether everybody comes back when the server ends a socket, as after its restart. Otherwise only those do who
    /// were asleep, and for all others it is an error.
    #[arg(skip)]
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
    reconnect: Reconnect,
    joined: usize,
    delivered: u64,
    acknowledged: u64,
    schedule: Option<Schedule>,
    latency: Latency,
    acknowledgements: Latency,
    violations: Violations,
}

/// Figures of one run. Latencies count from the intended time of the send.
pub struct Outcome {
    /// Of deliveries of measured sends to members that were awake.
    pub latency: Latency,
    acknowledgements: Latency,
    /// How late the generator itself sent.
    lateness: Latency,
    pub usage: Usage,
    pub violations: Violations,
    pub reconnect: Reconnect,
}

impl Outcome {
    /// Puts what every fan-out has into a report.
    pub fn describe(&self, report: &mut Report) {
        let deliveries = self.latency.count();
        report.figure("deliveries a second", self.usage.a_second(deliveries), "/s");
        report.quantiles("delivery", &self.latency);
        report.figure("delivery max", self.latency.max_ms(), "ms");
        if self.acknowledgements.count() > 0 {
            report.quantiles("acknowledgement", &self.acknowledgements);
        }
        if let Some(cpu) = self.usage.each_us(deliveries) {
            report.figure("server CPU per delivery", cpu, "µs");
        }
        report.figure("generator late p99", self.lateness.quantile_ms(0.99), "ms");
        report.violations.add(&self.violations);
        self.usage.describe(report);
    }
}

impl Crowd {
    /// Connects all members, `cookies` in turns if there are any, and waits until each is in its room.
    pub fn gather(
        swarm: &mut Swarm,
        target: &Target,
        plan: &Plan,
        (wire, cookies): (Box<dyn Wire>, Vec<String>),
    ) -> Result<Self> {
        let host = target.address.to_string();
        let total = plan.rooms * plan.members;
        let member = |index: usize| Member {
            room: index % plan.rooms,
            socket: usize::MAX,
            joined: false,
            receiver: Receiver::default(),
            // The last ones: senders are the first.
            sleeps: index / plan.rooms >= plan.members - plan.asleep,
            upgrade: {
                let cookie = (!cookies.is_empty()).then(|| cookies[index % cookies.len()].as_str());
                ws::upgrade_request(&host, wire.path(), cookie)
            },
        };
        let mut crowd = Self {
            plan: plan.clone(),
            address: target.address,
            members: (0..total).map(member).collect(),
            wire,
            owners: Vec::new(),
            ledgers: vec![Ledger::default(); plan.rooms],
            lost: Vec::new(),
            reconnect: Reconnect::default(),
            joined: 0,
            delivered: 0,
            acknowledged: 0,
            schedule: None,
            latency: Latency::new()?,
            acknowledgements: Latency::new()?,
            violations: Violations::default(),
        };
        let mut progress = Progress::new("connecting");
        let mut next = 0;
        swarm.run_until(&mut crowd, GATHER, "connecting", |crowd, net| {
            while next < total && next < crowd.joined + HANDSHAKES {
                crowd.connect(net, next)?;
                next += 1;
            }
            if let Some((member, code)) = crowd.lost.first() {
                bail!("the server ended the socket of member {member} with code {code:?}");
            }
            progress.at(|| format!("{} of {total}", crowd.joined));
            Ok(crowd.joined == total)
        })?;
        Ok(crowd)
    }

    /// Sends by the schedule, and waits for every delivery.
    pub fn run(mut self, swarm: &mut Swarm, target: &Target) -> Result<Outcome> {
        // A moment for rosters and other news of the gathering to settle.
        let start = Instant::now() + Duration::from_millis(500);
        let schedule = Schedule::new(start, self.plan.rate, &self.plan.times);
        self.schedule = Some(schedule);
        let expected = schedule.total * self.plan.members as u64;
        let awake = schedule.total * (self.plan.members - self.plan.asleep) as u64;
        let mut progress = Progress::new("sending");
        let mut frame = Vec::new();
        let mut lateness = Latency::new()?;
        let mut before = Usage::of(target)?;
        let mut next = 0;
        let mut end = schedule.due(schedule.total) + DRAIN;
        // Known once everybody who is awake has everything.
        let mut usage = None;
        let usage = loop {
            let now = Instant::now();
            while next < schedule.total && schedule.due(next) <= now {
                if next == schedule.warm_up {
                    before = Usage::of(target)?;
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
            if next == schedule.total {
                let is_late = now > end;
                match usage {
                    None if self.delivered_awake() >= awake || is_late => {
                        usage = Some(Usage::since(before, target)?);
                        self.sleep(&mut swarm.net, false)?;
                        // Whoever slept gets as long again.
                        end = if self.plan.asleep > 0 { now + DRAIN } else { now };
                    }
                    Some(usage) if self.delivered >= expected || is_late => break usage,
                    _ => {}
                }
            }
            progress
                .at(|| format!("{next} of {} sent, {} delivered", schedule.total, self.delivered));
            let idle = now + Duration::from_millis(50);
            let due = if next < schedule.total { schedule.due(next).min(idle) } else { idle };
            let due = self.reconnect.next().map_or(due, |at| due.min(at));
            swarm.turn(&mut self, due)?;
        };
        // Whatever comes now is one too many.
        let quiet = Instant::now() + Duration::from_millis(200);
        while Instant::now() < quiet {
            swarm.turn(&mut self, quiet)?;
        }
        self.finish(schedule);
        Ok(Outcome {
            latency: self.latency,
            acknowledgements: self.acknowledgements,
            lateness,
            usage,
            violations: self.violations,
            reconnect: self.reconnect,
        })
    }

    fn connect(&mut self, net: &mut Net, member: usize) -> Result<()> {
        let buffer = self.members[member].sleeps.then_some(SLEEPER_BUFFER);
        let socket = net.connect(self.address, &self.members[member].upgrade, buffer)?;
        self.members[member].socket = socket;
        self.owners.resize(socket + 1, usize::MAX);
        self.owners[socket] = member;
        Ok(())
    }

    fn send(&mut self, net: &mut Net, index: u64, frame: &mut Vec<u8>) -> Result<()> {
        let rooms = self.plan.rooms as u64;
        let room = usize::try_from(index % rooms)?;
        let senders = self.plan.senders.min(self.plan.members - self.plan.asleep).max(1);
        let sender = usize::try_from(index / rooms % senders as u64)?;
        let owner = sender * self.plan.rooms + room;
        self.wire.send(room, index, self.plan.bytes, frame)?;
        if self.plan.resilient {
            self.reconnect.outbox.insert(index, (owner, frame.clone()));
        }
        // A member that is away keeps it for later.
        let member = &self.members[owner];
        if member.joined { net.send(member.socket, frame) } else { Ok(()) }
    }

    fn sleep(&mut self, net: &mut Net, asleep: bool) -> Result<()> {
        for member in self.members.iter().filter(|member| member.sleeps) {
            net.sleep(member.socket, asleep)?;
        }
        Ok(())
    }

    fn delivered_awake(&self) -> u64 {
        let awake = self.members.iter().filter(|member| !member.sleeps);
        awake.map(|member| member.receiver.count()).sum()
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
