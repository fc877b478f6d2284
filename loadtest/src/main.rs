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
//! | [`wire`] | what the bytes mean: Hubbub, the floor |
//! | [`target`] | the server under test: start, pin, measure, end |
//! | [`schedule`], [`latency`], [`check`] | when to send, how long it took, what went wrong |
//! | [`crowd`] | the engine of every fan-out, made of these |
//! | [`workload`] | the workloads, most of them with a file of their own |
//! | [`faults`] | one fault a file, and the judge |
//! | `bench` | rounds, medians, the document and its plots, the peers; behind the feature `bench`, which tests do without |
//! | [`floor`] | the bare `send` |

#[cfg(feature = "bench")]
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
use workload::Workload;

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
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Workload(Workload),
    /// A second or two of every workload
    Smoke,
    /// Kills, stops, cuts off and fills up the server, then compares every timeline with the store
    Faults(faults::Args),
    /// Compares Hubbub with the floor and the peers, and writes the document
    #[cfg(feature = "bench")]
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
    let reports = match &cli.command {
        Command::Workload(workload) => {
            let report = workload.run(server)?;
            report.print();
            vec![report]
        }
        Command::Smoke => workload::smoke::run(server)?,
        #[cfg(feature = "bench")]
        Command::Bench(args) => bench::run(server, args)?,
        Command::Faults(args) => {
            let kept = faults::run(server, args)?;
            return Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::FloorServer => return floor::serve().map(|()| ExitCode::SUCCESS),
    };
    if let Some(file) = &cli.json {
        report::write_json(file, &reports)?;
    }
    let is_bad = |report: &Report| match report.verdict() {
        Verdict::Failed => true,
        Verdict::Short => cli.strict,
        Verdict::Passed | Verdict::Unknown => false,
    };
    Ok(if reports.iter().any(is_bad) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
