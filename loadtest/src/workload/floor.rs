//! `floor`: the physical limit of this machine for the same fan-out, by bare `send`.

use super::{Times, report_of, talk};
use crate::{
    crowd::Plan,
    report::Report,
    target::{Kind, ServerArgs},
};
use color_eyre::eyre::Result;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Sockets to send to
    #[arg(long, default_value_t = 1000)]
    pub members: usize,
    /// Messages a second to each
    #[arg(long, default_value_t = 40.0)]
    pub rate: f64,
    /// Text of a message in bytes; the frame around it is added as Hubbub's is
    #[arg(long, default_value_t = 100)]
    pub bytes: usize,
    #[command(flatten)]
    pub times: Times,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.start(Kind::Floor)?;
    let plan = Plan {
        rooms: 1,
        members: args.members,
        senders: 1,
        a_second: args.rate,
        bytes: args.bytes,
        warm_up: args.times.warm_up(),
        measured: args.times.measured(),
        asleep: 0,
        resilient: false,
    };
    let outcome = talk(&target, &plan)?;
    let mut report = report_of("floor", &target, &plan);
    outcome.describe(&mut report);
    Ok(report)
}
