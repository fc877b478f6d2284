//! `fanout`: one room, many members, a lively conversation. What a message costs when everybody gets it.

use super::{Times, report_of, talk};
use crate::{
    crowd::Plan,
    report::Report,
    target::{Kind, ServerArgs},
};
use color_eyre::eyre::Result;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Members of the room
    #[arg(long, default_value_t = 1000)]
    pub members: usize,
    /// Messages a second
    #[arg(long, default_value_t = 40.0)]
    pub rate: f64,
    /// Text of a message, in bytes
    #[arg(long, default_value_t = 100)]
    pub bytes: usize,
    /// Server to load
    #[arg(long, value_enum, default_value_t = Kind::Hubbub)]
    pub target: Kind,
    #[command(flatten)]
    pub times: Times,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.start(args.target)?;
    let plan = Plan {
        rooms: 1,
        members: args.members,
        senders: args.members.min(20),
        a_second: args.rate,
        bytes: args.bytes,
        warm_up: args.times.warm_up(),
        measured: args.times.measured(),
        asleep: 0,
        resilient: false,
    };
    let outcome = talk(&target, &plan)?;
    let mut report = report_of("fanout", &target, &plan);
    outcome.describe(&mut report);
    Ok(report)
}
