//! `idle`: what a socket costs the server in memory while nothing is said.

use crate::{
    crowd::{Crowd, Plan, setup},
    net::swarm::Swarm,
    report::{Goal, Report},
    schedule::Times,
    target::{Kind, ServerArgs, Target},
};
use color_eyre::eyre::{ContextCompat, Result};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Sockets to open
    #[arg(long, default_value_t = 1000)]
    sockets: usize,
    /// Rooms they are spread over, one each
    #[arg(long, default_value_t = 10)]
    rooms: usize,
    /// Seconds of silence before memory is read
    #[arg(long, default_value_t = 3.0)]
    settle: f64,
    /// Server to load
    #[arg(long, default_value = "hubbub", value_parser = Kind::parser())]
    target: &'static Kind,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.start(args.target)?;
    let mut report = Report::new("idle", target.kind.name);
    let rooms = if args.target.is_hubbub() { args.rooms.max(1) } else { 1 };
    let members = args.sockets.div_ceil(rooms);
    let sockets = rooms * members;
    report.parameter("sockets", sockets).parameter("rooms", rooms);
    report.figure("server without sockets", mib(resident(&target)?), "MiB");
    report.goal("server without sockets", Goal::AtMost(30.0));

    // Signing in is not what a socket costs.
    let wire = setup::wire(&target, rooms, sockets)?;
    let before = resident(&target)?;
    report.figure("server with all signed in", mib(before), "MiB");
    let plan = Plan {
        rooms,
        members,
        senders: 1,
        rate: 1.0,
        bytes: 100,
        times: Times { warm_up: 0.0, seconds: 0.0 },
        asleep: 0,
        resilient: false,
    };
    let mut swarm = Swarm::new()?;
    let mut crowd = Crowd::gather(&mut swarm, &target, &plan, wire)?;
    let end = Instant::now() + Duration::from_secs_f64(args.settle.max(0.0));
    while Instant::now() < end {
        swarm.turn(&mut crowd, end)?;
    }
    let after = resident(&target)?;
    report.figure("server with all connected", mib(after), "MiB");
    let each = after.saturating_sub(before) as f64 / 1024.0 / sockets as f64;
    // The goal tightens with size, because what a process sets aside once is shared by more sockets.
    let goal = if sockets >= 10_000 { 8.0 } else { 12.0 };
    report.figure("memory per socket", each, "KiB").goal("memory per socket", Goal::AtMost(goal));
    Ok(report)
}

fn resident(target: &Target) -> Result<u64> {
    target.resident_bytes()?.wrap_err("memory needs the server's process: use --server or --pid")
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
