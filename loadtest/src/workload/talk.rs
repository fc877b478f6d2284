//! `fanout`, `rooms`, `chatty` and `floor`: conversations in which everybody reads everything.

use super::{report_of, talk};
use crate::{
    crowd::Plan,
    report::{Goal, Report},
    target::{Kind, ServerArgs},
};
use color_eyre::eyre::Result;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Server to load
    #[arg(long, default_value = "hubbub", value_parser = Kind::parser())]
    target: &'static Kind,
    #[command(flatten)]
    plan: Plan,
}

#[derive(Debug, Clone, clap::Args)]
pub struct RoomsArgs {
    /// Rooms
    #[arg(long, default_value_t = 500)]
    rooms: usize,
    #[command(flatten)]
    plan: Plan,
}

/// What a message costs when everybody gets it.
pub fn fanout(server: &ServerArgs, args: &Args) -> Result<Report> {
    run(server, "fanout", args.target, &args.plan)
}

/// The everyday shape of a busy team.
pub fn rooms(server: &ServerArgs, args: &RoomsArgs) -> Result<Report> {
    let plan = Plan { rooms: args.rooms, senders: 3, ..args.plan.clone() };
    run(server, "rooms", &Kind::HUBBUB, &plan)
}

/// Shows whether writes to a socket are coalesced.
pub fn chatty(server: &ServerArgs, args: &Args) -> Result<Report> {
    let mut report = run(server, "chatty", args.target, &args.plan)?;
    if args.target.is_hubbub() {
        report.goal("server CPU per delivery", Goal::AtMost(2.5));
        report.goal("delivery p99", Goal::AtMost(25.0));
    }
    Ok(report)
}

/// The physical limit of this machine for the same fan-out.
pub fn floor(server: &ServerArgs, plan: &Plan) -> Result<Report> {
    run(server, "floor", &Kind::FLOOR, plan)
}

fn run(
    server: &ServerArgs,
    workload: &'static str,
    kind: &'static Kind,
    plan: &Plan,
) -> Result<Report> {
    let target = server.start(kind)?;
    let outcome = talk(&target, plan)?;
    let mut report = report_of(workload, &target, plan);
    outcome.describe(&mut report);
    Ok(report)
}
