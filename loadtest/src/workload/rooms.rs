//! `rooms`: many small rooms at once, the everyday shape of a busy team.

use super::{Times, report_of, talk};
use crate::{crowd::Plan, report::Report, target::ServerArgs};
use color_eyre::eyre::Result;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Rooms
    #[arg(long, default_value_t = 500)]
    pub rooms: usize,
    /// Members of each room
    #[arg(long, default_value_t = 10)]
    pub members: usize,
    /// Messages a second over all rooms
    #[arg(long, default_value_t = 1000.0)]
    pub rate: f64,
    /// Text of a message, in bytes
    #[arg(long, default_value_t = 100)]
    pub bytes: usize,
    #[command(flatten)]
    pub times: Times,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.target()?;
    let plan = Plan {
        rooms: args.rooms,
        members: args.members,
        senders: args.members.min(3),
        a_second: args.rate,
        bytes: args.bytes,
        warm_up: args.times.warm_up(),
        measured: args.times.measured(),
        asleep: 0,
        resilient: false,
    };
    let outcome = talk(&target, &plan)?;
    let mut report = report_of("rooms", &target, &plan);
    outcome.describe(&mut report);
    Ok(report)
}
