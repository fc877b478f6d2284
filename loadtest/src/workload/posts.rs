//! `posts`: how many messages a second the server stores for good and acknowledges.
//!
//! Without `--rate` each client sends its next message when the last one was acknowledged, so the rate is what the
//! server can do. With it messages are due on a schedule, and the latency of acknowledgements is the figure.
//! Afterwards a fresh client reads the room: every acknowledged message has to be there, once, under its number.

use crate::{
    check::Violations,
    crowd::{Usage, setup},
    latency::Latency,
    net::{
        client::Client,
        swarm::{Handler, Net, Swarm},
        ws,
    },
    progress::Progress,
    report::{Goal, Report},
    schedule::{Schedule, Times},
    target::{ServerArgs, Target},
    wire::{Hubbub, Incoming, Wire, index_of},
};
use color_eyre::eyre::{Result, bail};
use protocol::RoomId;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Clients
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Messages of one client under way at once
    #[arg(long, default_value_t = 1)]
    pipeline: usize,
    /// Messages a second by a schedule, instead of as many as the server takes
    #[arg(long)]
    rate: Option<f64>,
    /// Text of a message, in bytes
    #[arg(long, default_value_t = 100)]
    bytes: usize,
    #[command(flatten)]
    times: Times,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.target()?;
    let mut report = Report::new("posts", target.kind.name);
    report
        .parameter("clients", args.clients)
        .parameter("pipeline", args.pipeline)
        .parameter("text bytes", args.bytes)
        .parameter("seconds", args.times.seconds);
    let room = setup::rooms(&target, 1)?.remove(0).id;
    let cookies = setup::users(&target, args.clients, args.clients)?;
    let mut posters = Posters::new(room, args.bytes)?;
    let mut swarm = Swarm::new()?;
    posters.connect(&mut swarm, &target, &cookies)?;
    let usage = match args.rate {
        None => posters.as_fast_as_possible(&mut swarm, &target, args)?,
        Some(rate) => {
            report.parameter("messages/s", rate);
            posters.by_schedule(&mut swarm, &target, args, rate)?
        }
    };
    drop(swarm);

    let count = posters.latency.count();
    report.figure("durable posts a second", usage.a_second(count), "/s");
    report.quantiles("acknowledgement", &posters.latency);
    report.figure("acknowledgement max", posters.latency.max_ms(), "ms");
    usage.describe_server(&mut report, "post", count);
    // The goals are set for these.
    match (args.rate, args.pipeline, args.clients) {
        (None, 1, 16) => report.goal("durable posts a second", Goal::AtLeast(2000.0)),
        (None, 1, 64) => report.goal("durable posts a second", Goal::AtLeast(10_000.0)),
        (Some(2000.0), ..) => report.goal("acknowledgement p99", Goal::AtMost(25.0)),
        _ => &mut report,
    };
    report.violations = posters.compare_with_the_store(&target, &cookies[0])?;
    usage.describe(&mut report);
    Ok(report)
}

/// Clients that only post.
pub struct Posters {
    room: RoomId,
    wire: Hubbub,
    bytes: usize,
    frame: Vec<u8>,
    greeted: usize,
    /// When each message under way was sent, or meant to be.
    under_way: HashMap<u64, Instant>,
    next: u64,
    sending: bool,
    measuring: bool,
    closed_loop: bool,
    latency: Latency,
    /// Number under which each message was acknowledged, by its index.
    acknowledged: HashMap<u64, u64>,
}

impl Posters {
    pub fn new(room: RoomId, bytes: usize) -> Result<Self> {
        Ok(Self {
            room,
            wire: Hubbub::new(vec![room]),
            bytes,
            frame: Vec::new(),
            greeted: 0,
            under_way: HashMap::new(),
            next: 0,
            sending: false,
            measuring: false,
            closed_loop: true,
            latency: Latency::new()?,
            acknowledged: HashMap::new(),
        })
    }

    pub fn connect(
        &mut self,
        swarm: &mut Swarm,
        target: &Target,
        cookies: &[String],
    ) -> Result<()> {
        let host = target.address.to_string();
        for cookie in cookies {
            let upgrade = ws::upgrade_request(&host, "/ws", Some(cookie));
            swarm.net.connect(target.address, &upgrade, None)?;
        }
        swarm.run_until(self, Duration::from_secs(30), "connecting", |posters, _| {
            Ok(posters.greeted == cookies.len())
        })
    }

    /// Sends until `count` messages are acknowledged, `pipeline` of each client under way at once.
    pub fn fill(
        &mut self,
        swarm: &mut Swarm,
        clients: usize,
        pipeline: usize,
        count: u64,
    ) -> Result<()> {
        let mut progress = Progress::new("filling the room");
        self.start(swarm, clients, pipeline)?;
        swarm.run_until(self, Duration::from_secs(900), "filling the room", |posters, _| {
            let stored = posters.acknowledged.len() as u64;
            progress.at(|| format!("{stored} of {count} messages"));
            posters.sending = posters.next < count;
            Ok(posters.under_way.is_empty() && stored >= count)
        })
    }

    fn start(&mut self, swarm: &mut Swarm, clients: usize, pipeline: usize) -> Result<()> {
        self.sending = true;
        for _ in 0..pipeline {
            for client in 0..clients {
                self.post(&mut swarm.net, client, Instant::now())?;
            }
        }
        Ok(())
    }

    fn as_fast_as_possible(
        &mut self,
        swarm: &mut Swarm,
        target: &Target,
        args: &Args,
    ) -> Result<Usage> {
        self.start(swarm, args.clients, args.pipeline)?;
        self.until(swarm, Instant::now() + args.times.warm_up())?;
        self.measuring = true;
        let before = Usage::of(target)?;
        self.until(swarm, Instant::now() + args.times.measured())?;
        self.measuring = false;
        let usage = Usage::since(before, target)?;
        self.drain(swarm)?;
        Ok(usage)
    }

    fn by_schedule(
        &mut self,
        swarm: &mut Swarm,
        target: &Target,
        args: &Args,
        rate: f64,
    ) -> Result<Usage> {
        self.closed_loop = false;
        let start = Instant::now() + Duration::from_millis(100);
        let schedule = Schedule::new(start, rate, &args.times);
        let mut before = Usage::of(target)?;
        for index in 0..schedule.total {
            self.until(swarm, schedule.due(index))?;
            if index == schedule.warm_up {
                self.measuring = true;
                before = Usage::of(target)?;
            }
            let client = usize::try_from(index % args.clients as u64)?;
            self.post(&mut swarm.net, client, schedule.due(index))?;
        }
        self.drain(swarm)?;
        Usage::since(before, target)
    }

    fn until(&mut self, swarm: &mut Swarm, end: Instant) -> Result<()> {
        while Instant::now() < end {
            swarm.turn(self, end)?;
        }
        Ok(())
    }

    fn drain(&mut self, swarm: &mut Swarm) -> Result<()> {
        self.sending = false;
        swarm.run_until(
            self,
            Duration::from_secs(30),
            "waiting for acknowledgements",
            |posters, _| Ok(posters.under_way.is_empty()),
        )
    }

    fn post(&mut self, net: &mut Net, client: usize, at: Instant) -> Result<()> {
        self.frame.clear();
        self.wire.send(0, self.next, self.bytes, &mut self.frame)?;
        self.under_way.insert(self.next, at);
        self.next += 1;
        net.send(client, &self.frame)
    }

    /// What was acknowledged against what a fresh client reads.
    fn compare_with_the_store(&self, target: &Target, cookie: &str) -> Result<Violations> {
        let mut reader = Client::connect(target.address, cookie)?;
        let mut violations = Violations::default();
        let mut stored: HashMap<u64, u64> = HashMap::with_capacity(self.acknowledged.len());
        let mut last = 0;
        for message in reader.read_room(self.room)? {
            let number = u64::try_from(message.seq.0)?;
            if number != last + 1 {
                violations.out_of_order += 1;
            }
            last = number;
            if stored.insert(index_of(message.text.as_bytes())?, number).is_some() {
                violations.doubled += 1;
            }
        }
        for (index, number) in &self.acknowledged {
            match stored.get(index) {
                None => violations.missing += 1,
                Some(elsewhere) if elsewhere != number => violations.altered += 1,
                Some(_) => {}
            }
        }
        Ok(violations)
    }
}

impl Handler for Posters {
    fn text(&mut self, net: &mut Net, id: usize, payload: &[u8], at: Instant) -> Result<()> {
        match self.wire.read(payload)? {
            Incoming::Greeting => self.greeted += 1,
            Incoming::Acknowledged { index, number } => {
                let Some(sent) = self.under_way.remove(&index) else {
                    bail!("message {index} was acknowledged twice");
                };
                if self.measuring {
                    self.latency.record(at.saturating_duration_since(sent));
                }
                self.acknowledged.insert(index, number);
                if self.sending && self.closed_loop {
                    self.post(net, id, Instant::now())?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn closed(&mut self, _net: &mut Net, _id: usize, code: Option<u16>) -> Result<()> {
        bail!("the server ended a poster's socket with {code:?}")
    }
}
