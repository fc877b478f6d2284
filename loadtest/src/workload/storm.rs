//! `storm`: signed-in users connect as fast as the server lets them in, as after an outage of the network. A connect is
//! done when `hello` has come.

use crate::{
    crowd::{Usage, setup},
    latency::Latency,
    net::{
        swarm::{Handler, Net, Swarm},
        ws,
    },
    progress::Progress,
    report::{Goal, Report},
    target::ServerArgs,
};
use color_eyre::eyre::{Result, bail};
use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant},
};

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Connects in all
    #[arg(long, default_value_t = 20_000)]
    connects: usize,
    /// Handshakes under way at once
    #[arg(long, default_value_t = 64)]
    window: usize,
    /// Sockets kept open; beyond it the oldest leaves for each that comes
    #[arg(long, default_value_t = 5000)]
    open: usize,
    /// Users; each has several sockets
    #[arg(long, default_value_t = 400)]
    users: usize,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.target()?;
    let mut report = Report::new("storm", target.kind.name);
    report
        .parameter("connects", args.connects)
        .parameter("under way", args.window)
        .parameter("open", args.open);
    // With the handshakes under way, and those the server has not seen leave yet.
    let cookies = setup::users(&target, args.open * 2 + args.window, args.users)?;
    let host = target.address.to_string();
    let mut storm = Storm {
        address: target.address,
        upgrades: cookies
            .iter()
            .map(|cookie| ws::upgrade_request(&host, "/ws", Some(cookie)))
            .collect(),
        started: Vec::with_capacity(args.connects),
        open: VecDeque::new(),
        open_max: args.open,
        done: 0,
        failed: 0,
        total: args.connects,
        latency: Latency::new()?,
    };
    let mut swarm = Swarm::new()?;
    let mut progress = Progress::new("connecting");
    let before = Usage::of(&target)?;
    for _ in 0..args.window.min(args.connects) {
        storm.connect(&mut swarm.net)?;
    }
    swarm.run_until(&mut storm, Duration::from_secs(120), "connecting", |storm, _| {
        progress.at(|| format!("{} of {}", storm.done, storm.total));
        Ok(storm.done + storm.failed == storm.total)
    })?;
    let usage = Usage::since(before, &target)?;

    report.figure("signed-in connects a second", usage.a_second(storm.done as u64), "/s");
    report.goal("signed-in connects a second", Goal::AtLeast(3000.0));
    report.figure("errors", storm.failed as f64, "").goal("errors", Goal::AtMost(0.0));
    report.quantiles("connect", &storm.latency);
    usage.describe_server(&mut report, "connect", storm.done as u64);
    usage.describe(&mut report);
    Ok(report)
}

struct Storm {
    address: SocketAddr,
    upgrades: Vec<String>,
    started: Vec<Instant>,
    open: VecDeque<usize>,
    open_max: usize,
    done: usize,
    failed: usize,
    total: usize,
    latency: Latency,
}

impl Storm {
    fn connect(&mut self, net: &mut Net) -> Result<()> {
        let upgrade = &self.upgrades[self.started.len() % self.upgrades.len()];
        self.started.push(Instant::now());
        net.connect(self.address, upgrade, None)?;
        Ok(())
    }

    fn connect_next(&mut self, net: &mut Net) -> Result<()> {
        if self.started.len() < self.total { self.connect(net) } else { Ok(()) }
    }
}

impl Handler for Storm {
    fn text(&mut self, net: &mut Net, id: usize, payload: &[u8], at: Instant) -> Result<()> {
        if !payload.starts_with(b"{\"hello\":") {
            bail!("expected hello, got {}", String::from_utf8_lossy(payload));
        }
        self.done += 1;
        self.latency.record(at.saturating_duration_since(self.started[id]));
        self.open.push_back(id);
        if self.open.len() > self.open_max
            && let Some(oldest) = self.open.pop_front()
        {
            net.close(oldest)?;
        }
        self.connect_next(net)
    }

    fn closed(&mut self, net: &mut Net, _id: usize, _code: Option<u16>) -> Result<()> {
        self.failed += 1;
        self.connect_next(net)
    }
}
