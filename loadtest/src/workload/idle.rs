//! `idle`: what a socket costs the server in memory while nothing is said.

use crate::{
    crowd::{Crowd, Plan, setup},
    net::swarm::Swarm,
    report::{Goal, Report},
    target::{Kind, ServerArgs, Target},
};
use color_eyre::eyre::{ContextCompat, Result};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Sockets to open
    #[arg(long, default_value_t = 1000)]
    pub sockets: usize,
    /// Rooms they are spread over, one each
    #[arg(long, default_value_t = 10)]
    pub rooms: usize,
    /// Seconds of silence before memory is read
    #[arg(long, default_value_t = 3.0)]
    pub settle: f64,
    /// Server to load
    #[arg(long, value_enum, default_value_t = Kind::Hubbub)]
    pub target: Kind,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.start(args.target)?;
    let mut report = Report::new("idle", target.kind.name());
    let rooms = if args.target == Kind::Hubbub { args.rooms.max(1) } else { 1 };
    let members = args.sockets.div_ceil(rooms);
    let sockets = rooms * members;
    report.parameter("sockets", sockets).parameter("rooms", rooms);
    report.goal("server without sockets", mib(resident(&target)?), "MiB", Goal::AtMost(30.0));

    // Signing in is not what a socket costs.
    let (wire, cookies) = setup::wire(&target, rooms, sockets)?;
    let before = resident(&target)?;
    report.figure("server with all signed in", mib(before), "MiB");
    let plan = Plan {
        rooms,
        members,
        senders: 1,
        a_second: 1.0,
        bytes: 100,
        warm_up: Duration::ZERO,
        measured: Duration::ZERO,
        asleep: 0,
        resilient: false,
    };
    let mut swarm = Swarm::new()?;
    let mut crowd = Crowd::gather(&mut swarm, &target, &plan, wire, &cookies)?;
    let end = Instant::now() + Duration::from_secs_f64(args.settle.max(0.0));
    while Instant::now() < end {
        swarm.turn(&mut crowd, end)?;
    }
    let after = resident(&target)?;
    report.figure("server with all connected", mib(after), "MiB");
    #[expect(clippy::cast_precision_loss, reason = "memory below 2^53 bytes")]
    let each = after.saturating_sub(before) as f64 / 1024.0 / sockets as f64;
    // The goal tightens with size, because what a process sets aside once is shared by more sockets.
    let goal = if sockets >= 10_000 { 8.0 } else { 12.0 };
    report.goal("memory per socket", each, "KiB", Goal::AtMost(goal));
    Ok(report)
}

fn resident(target: &Target) -> Result<u64> {
    target.resident_bytes()?.wrap_err("memory needs the server's process: use --server or --pid")
}

#[expect(clippy::cast_precision_loss, reason = "memory below 2^53 bytes")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
