//! The workloads: their numbers, their goals, their reports.

mod history;
mod idle;
mod page;
mod posts;
mod reconnect;
mod requests;
pub mod smoke;
mod stalled;
mod storm;
mod talk;

use crate::{
    crowd::{Crowd, Outcome, Plan, setup},
    net::swarm::Swarm,
    report::Report,
    target::{ServerArgs, Target},
    wire,
};
use clap::{Parser, Subcommand};
use color_eyre::eyre::Result;

#[derive(Debug, Subcommand)]
pub enum Workload {
    /// One room, many members: what a message costs when everybody gets it
    Fanout(talk::Args),
    /// Many small rooms at once
    #[command(mut_arg("members", |arg| arg.default_value("10")))]
    #[command(mut_arg("rate", |arg| arg.default_value("1000")))]
    Rooms(talk::RoomsArgs),
    /// Few members, very many messages: are writes coalesced?
    #[command(mut_arg("members", |arg| arg.default_value("100")))]
    #[command(mut_arg("rate", |arg| arg.default_value("500")))]
    Chatty(talk::Args),
    /// Some readers stop reading: do the others notice, does memory stay bounded?
    // Texts large enough that sleepers fill their buffers.
    #[command(mut_arg("bytes", |arg| arg.default_value("2000")))]
    Stalled(stalled::Args),
    /// Memory of each socket while nothing is said
    Idle(idle::Args),
    /// Signed-in users connect as fast as they are let in
    Storm(storm::Args),
    /// The server restarts under load: how soon is everybody back and complete?
    #[command(mut_arg("members", |arg| arg.default_value("5000")))]
    #[command(mut_arg("rate", |arg| arg.default_value("4")))]
    Reconnect(reconnect::Args),
    /// Messages stored durably and acknowledged, a second
    Posts(posts::Args),
    /// Time to the first byte of the server-rendered room page
    Page(page::Args),
    /// Reading the newest messages of a very large room
    History(history::Args),
    /// What the kernel alone takes for a fan-out, by bare send
    Floor(Plan),
}

/// A workload as it is typed after the program's name.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
struct Line {
    #[command(subcommand)]
    workload: Workload,
}

impl Workload {
    /// Runs what could be typed after the program's name.
    pub fn run_line(server: &ServerArgs, line: &str) -> Result<Report> {
        Line::try_parse_from(line.split_whitespace())?.workload.run(server)
    }

    pub fn run(&self, server: &ServerArgs) -> Result<Report> {
        match self {
            Self::Fanout(args) => talk::fanout(server, args),
            Self::Rooms(args) => talk::rooms(server, args),
            Self::Chatty(args) => talk::chatty(server, args),
            Self::Stalled(args) => stalled::run(server, args),
            Self::Idle(args) => idle::run(server, args),
            Self::Storm(args) => storm::run(server, args),
            Self::Reconnect(args) => reconnect::run(server, args),
            Self::Posts(args) => posts::run(server, args),
            Self::Page(args) => page::run(server, args),
            Self::History(args) => history::run(server, args),
            Self::Floor(plan) => talk::floor(server, plan),
        }
    }
}

/// Gathers a crowd and lets it talk.
fn talk(target: &Target, plan: &Plan) -> Result<Outcome> {
    let wire = setup::wire(target, plan.rooms, plan.rooms * plan.members)?;
    let mut plan = plan.clone();
    if !target.kind.is_hubbub() {
        // Without a number from the server, only one sender makes an order that can be checked.
        plan.senders = 1;
        plan.bytes = wire::delivery_bytes(plan.bytes)?;
    }
    let mut swarm = Swarm::new()?;
    Crowd::gather(&mut swarm, target, &plan, wire)?.run(&mut swarm, target)
}

/// A report that names the plan.
fn report_of(workload: &'static str, target: &Target, plan: &Plan) -> Report {
    let mut report = Report::new(workload, target.kind.name);
    report
        .parameter("rooms", plan.rooms)
        .parameter("members", plan.members)
        .parameter("messages/s", plan.rate)
        .parameter("text bytes", plan.bytes)
        .parameter("seconds", plan.times.seconds);
    report
}
