//! `bench`: Hubbub, the floor and the peers in turns, several rounds, medians; written as a document with plots.
//!
//! Rounds are interleaved, so that a machine that slows down for a while slows all of them down. Every number in the
//! document was measured by the run that wrote it.

mod document;
mod machine;
pub mod peers;
mod plan;
mod plots;
mod socketio;
mod tally;

use crate::{
    report::{self, Report, Verdict},
    target::{Kind, ServerArgs},
    workload::Workload,
};
use color_eyre::eyre::{Context, Result};
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};
use tally::Tally;

/// The figures that are compared.
const CPU: &str = "server CPU per delivery";
const P50: &str = "delivery p50";
const P99: &str = "delivery p99";
const MEMORY: &str = "memory per socket";

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Document to write; the plots go into a folder of the same name beside it
    #[arg(long, value_name = "FILE", default_value = "docs/performance.md")]
    pub out: PathBuf,
    /// Rounds, of whose figures the median counts
    #[arg(long, default_value_t = 4)]
    pub rounds: usize,
    /// Minutes after which no further round begins
    #[arg(long, default_value_t = 14.0)]
    pub minutes: f64,
    /// Do not install the peers first
    #[arg(long)]
    pub no_setup: bool,
    /// Seconds to measure in each run
    #[arg(long, default_value_t = 6.0)]
    pub seconds: f64,
    /// Messages in the large room
    #[arg(long, default_value_t = 1_000_000)]
    pub messages: u64,
}

/// The reports of Hubbub's runs: the peers promise nothing, and what they broke is in the document. It is written even if
/// a promise was broken: it says so.
pub fn run(server: &ServerArgs, args: &Args) -> Result<Vec<Report>> {
    let start = Instant::now();
    let budget = Duration::from_secs_f64(args.minutes * 60.0);
    if !args.no_setup {
        peers::set_up()?;
    }
    let mut tally = Tally::default();
    let mut reports = Vec::new();
    let mut run_all = |what: &str, lines: Vec<String>, tally: &mut Tally| {
        for line in lines {
            eprintln!("{:>5} s  {what}: {line}", start.elapsed().as_secs());
            keep(Workload::run_line(server, &line), tally, &mut reports);
        }
    };
    run_all("Hubbub alone", plan::alone(args), &mut tally);
    let mut longest = Duration::ZERO;
    for round in 0..args.rounds {
        // A round that would not end in time is not begun, but there is always one.
        if round > 0 && start.elapsed() + longest > budget {
            tally.note(format!("{round} of {} rounds fitted into the time", args.rounds));
            break;
        }
        let began = Instant::now();
        let what = format!("round {} of {}", round + 1, args.rounds);
        run_all(&what, plan::round(args, round), &mut tally);
        longest = longest.max(began.elapsed());
    }
    let machine = machine::Machine::look(server)?;
    write(args, &tally, &machine)?;
    println!("{} after {} s", args.out.display(), start.elapsed().as_secs());
    reports.retain(|report| report.target == Kind::HUBBUB.name);
    Ok(reports)
}

/// A peer that cannot run is noted in the document; it must not cost the figures of the others.
fn keep(report: Result<Report>, tally: &mut Tally, reports: &mut Vec<Report>) {
    match report {
        Ok(report) => {
            if report.verdict() == Verdict::Unknown {
                tally.note(format!(
                    "{} of {}: a run is left out, because the generator or other programs had the machine",
                    report.workload, report.target
                ));
            } else {
                tally.add(&report);
            }
            report.print();
            reports.push(report);
        }
        Err(error) => {
            eprintln!("         could not run: {error:#}");
            tally.note(format!("a run failed: {error:#}"));
        }
    }
}

fn write(args: &Args, tally: &Tally, machine: &machine::Machine) -> Result<()> {
    let folder = args.out.with_extension("");
    fs::create_dir_all(&folder)?;
    let folder_name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for plot in plots::PLOTS {
        fs::write(folder.join(plot.file), plot.svg(tally)?)?;
    }
    fs::write(&args.out, document::markdown(tally, machine, &folder_name)?)
        .wrap_err_with(|| format!("writing {}", args.out.display()))?;
    let json = folder.join("runs.json");
    report::write_json(&json, tally.reports())
}
