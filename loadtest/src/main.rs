//! Load generator, fault runner and comparison bench for Hubbub.

#![expect(dead_code, reason = "work in progress")]

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
use std::{path::PathBuf, process::ExitCode};
use target::ServerArgs;

#[derive(Debug, Parser)]
#[command(version, about)]
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
    Fanout(workload::fanout::Args),
    Rooms(workload::rooms::Args),
    Chatty(workload::chatty::Args),
    Stalled(workload::stalled::Args),
    Idle(workload::idle::Args),
    Posts(workload::posts::Args),
    Page(workload::page::Args),
    Floor(workload::floor::Args),
    Storm(workload::storm::Args),
    History(workload::history::Args),
    Reconnect(workload::reconnect::Args),
    Faults(faults::Args),
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
        Workload::Posts(args) => workload::posts::run(server, args)?,
        Workload::Page(args) => workload::page::run(server, args)?,
        Workload::Storm(args) => workload::storm::run(server, args)?,
        Workload::History(args) => workload::history::run(server, args)?,
        Workload::Reconnect(args) => workload::reconnect::run(server, args)?,
        Workload::Floor(args) => workload::floor::run(server, args)?,
        Workload::Faults(args) => {
            let kept = faults::run(server, args)?;
            return Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Workload::FloorServer => return floor::serve().map(|()| ExitCode::SUCCESS),
    };
    report.print();
    Ok(ExitCode::SUCCESS)
}
