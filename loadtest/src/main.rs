//! `loadtest`: load, faults and comparisons for Hubbub, from one program.
//!
//! ```text
//! loadtest fanout                      starts target/release/hubbub on fresh data and loads it
//! loadtest --pin 0,1 posts --clients 64   server on one core, generator on the other
//! loadtest --url http://127.0.0.1:3000 --pid 4711 chatty      a server that runs already
//! loadtest faults --quick              kill -9, bad networks, a full disk; then who has lost what?
//! loadtest bench                       against the floor and the peers; writes docs/performance.md
//! loadtest smoke                       a second of everything
//! ```
//!
//! Only addresses of this machine are accepted. A run that finds a promise broken (a message lost, doubled, out of
//! order or altered) ends with a non-zero status; a goal that is missed does so with `--strict` only. When the generator
//! itself needed more than 90 % of its core, or other programs more than 25 % of the machine, the run says so and gives
//! no verdict.
//!
//! # Layout
//!
//! | module | what it does |
//! |---|---|
//! | [`net`] | WebSocket framing; an event loop for ten thousand sockets; blocking clients |
//! | [`wire`] | what the bytes mean: Hubbub, the peers, the floor |
//! | [`target`] | the server under test: start, pin, measure, end |
//! | [`schedule`], [`latency`], [`check`] | when to send, how long it took, what went wrong |
//! | [`crowd`] | the engine of every fan-out, made of these |
//! | [`workload`] | one workload a file |
//! | [`faults`] | one fault a file, and the judge |
//! | [`bench`] | rounds, medians, the document and its plots |
//! | [`floor`] | the bare `send` |

mod bench;
mod check;
mod crowd;
mod faults;
mod floor;
mod latency;
mod net;
mod progress;
mod report;
mod schedule;
mod target;
mod wire;
mod workload;

use clap::{Parser, Subcommand};
use color_eyre::eyre::Result;
use report::{Report, Verdict};
use std::{path::PathBuf, process::ExitCode};
use target::ServerArgs;

/// Loads a Hubbub server, checks every delivery, and says what it cost.
///
/// Starts a server of its own on fresh data (--server), or takes one that runs on this machine (--url). Sends on an
/// open-loop schedule; latencies count from the intended time of each send. A lost, doubled, reordered or altered
/// message makes the run fail.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    server: ServerArgs,
    /// Write the figures to a file as JSON
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Fail when a goal is missed, not only when a promise is broken
    #[arg(long, global = true)]
    strict: bool,
    #[command(subcommand)]
    workload: Workload,
}

#[derive(Debug, Subcommand)]
enum Workload {
    /// One room, many members: what a message costs when everybody gets it
    Fanout(workload::fanout::Args),
    /// Many small rooms at once
    Rooms(workload::rooms::Args),
    /// Few members, very many messages: are writes coalesced?
    Chatty(workload::chatty::Args),
    /// Some readers stop reading: do the others notice, does memory stay bounded?
    Stalled(workload::stalled::Args),
    /// Memory of each socket while nothing is said
    Idle(workload::idle::Args),
    /// Signed-in users connect as fast as they are let in
    Storm(workload::storm::Args),
    /// The server restarts under load: how soon is everybody back and complete?
    Reconnect(workload::reconnect::Args),
    /// Messages stored durably and acknowledged, a second
    Posts(workload::posts::Args),
    /// Time to the first byte of the server-rendered room page
    Page(workload::page::Args),
    /// Reading the newest messages of a very large room
    History(workload::history::Args),
    /// What the kernel alone takes for a fan-out, by bare send
    Floor(workload::floor::Args),
    /// A second or two of every workload
    Smoke,
    /// Kills, stops, cuts off and fills up the server, then compares every timeline with the store
    Faults(faults::Args),
    /// Compares Hubbub with the floor and the peers, and writes the document
    Bench(bench::Args),
    #[command(hide = true)]
    FloorServer,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            // Causes in one line: whoever runs a load test wants to know what failed, not where in it.
            eprintln!("loadtest: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode> {
    let server = &cli.server;
    let report = match &cli.workload {
        Workload::Fanout(args) => workload::fanout::run(server, args)?,
        Workload::Rooms(args) => workload::rooms::run(server, args)?,
        Workload::Chatty(args) => workload::chatty::run(server, args)?,
        Workload::Stalled(args) => workload::stalled::run(server, args)?,
        Workload::Idle(args) => workload::idle::run(server, args)?,
        Workload::Storm(args) => workload::storm::run(server, args)?,
        Workload::Reconnect(args) => workload::reconnect::run(server, args)?,
        Workload::Posts(args) => workload::posts::run(server, args)?,
        Workload::Page(args) => workload::page::run(server, args)?,
        Workload::History(args) => workload::history::run(server, args)?,
        Workload::Floor(args) => workload::floor::run(server, args)?,
        Workload::Smoke => return finish(cli, &workload::smoke::run(server)?),
        Workload::Bench(args) => {
            let mut reports = bench::run(server, args)?;
            // The peers promise nothing; what they broke is in the document.
            reports.retain(|report| report.target == target::Kind::Hubbub.name());
            return finish(cli, &reports);
        }
        Workload::Faults(args) => {
            let kept = faults::run(server, args)?;
            return Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Workload::FloorServer => return floor::serve().map(|()| ExitCode::SUCCESS),
    };
    report.print();
    finish(cli, &[report])
}

fn finish(cli: &Cli, reports: &[Report]) -> Result<ExitCode> {
    if let Some(file) = &cli.json {
        report::write_json(file, reports)?;
    }
    let is_bad = |report: &Report| match report.verdict() {
        Verdict::Failed => true,
        Verdict::Short => cli.strict,
        Verdict::Passed | Verdict::Unknown => false,
    };
    Ok(if reports.iter().any(is_bad) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
