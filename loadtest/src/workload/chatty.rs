//! `chatty`: few members, very many messages. Shows whether writes to a socket are coalesced.

use super::{Times, report_of, talk};
use crate::{
    crowd::Plan,
    report::{Goal, Report},
    target::{Kind, ServerArgs},
};
use color_eyre::eyre::Result;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Members of the room
    #[arg(long, default_value_t = 100)]
    pub members: usize,
    /// Messages a second
    #[arg(long, default_value_t = 500.0)]
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
    let mut report = report_of("chatty", &target, &plan);
    outcome.describe(&mut report);
    if args.target == Kind::Hubbub {
        if let Some(cpu) = outcome.cpu_per_delivery() {
            report.figures.retain(|figure| figure.name != "server CPU per delivery");
            report.goal("server CPU per delivery", cpu, "µs", Goal::AtMost(2.5));
        }
        let p99 = outcome.latency.quantile_ms(0.99);
        report.figures.retain(|figure| figure.name != "delivery p99");
        report.goal("delivery p99", p99, "ms", Goal::AtMost(25.0));
    }
    Ok(report)
}
