//! `bench`: Hubbub, the floor and the peers in turns, several rounds, medians; written as a document with plots.
//!
//! Rounds are interleaved, so that a machine that slows down for a while slows all of them down. Every number in the
//! document was measured by the run that wrote it.

mod document;
mod machine;
mod plan;
mod svg;
mod tally;

use crate::{
    report::{self, Report, Verdict},
    target::ServerArgs,
};
use color_eyre::eyre::{Context, Result, bail};
use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};
use tally::Tally;

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

/// The reports of all runs. The document is written even if a promise was broken: it says so.
pub fn run(server: &ServerArgs, args: &Args) -> Result<Vec<Report>> {
    let start = Instant::now();
    let budget = Duration::from_secs_f64(args.minutes * 60.0);
    if !args.no_setup {
        set_up()?;
    }
    let mut tally = Tally::default();
    let mut reports = Vec::new();
    let alone = plan::alone(args);
    let mut longest = Duration::ZERO;
    for (index, step) in alone.iter().enumerate() {
        eprintln!(
            "{:>5} s  Hubbub alone, {} of {}: {}",
            start.elapsed().as_secs(),
            index + 1,
            alone.len(),
            step.name
        );
        keep(step.run(server), &mut tally, &mut reports);
    }
    for round in 0..args.rounds {
        // A round that would not end in time is not begun, but there is always one.
        if round > 0 && start.elapsed() + longest > budget {
            tally.note(format!("{round} of {} rounds fitted into the time", args.rounds));
            break;
        }
        let began = Instant::now();
        for step in plan::round(args, round) {
            eprintln!(
                "{:>5} s  round {} of {}: {}",
                start.elapsed().as_secs(),
                round + 1,
                args.rounds,
                step.name
            );
            keep(step.run(server), &mut tally, &mut reports);
        }
        longest = longest.max(began.elapsed());
    }
    let machine = machine::Machine::look(server)?;
    write(args, &tally, &machine)?;
    println!("{} after {} s", args.out.display(), start.elapsed().as_secs());
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
            for note in &report.notes {
                tally.note(format!("{} of {}: {note}", report.workload, report.target));
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

fn set_up() -> Result<()> {
    let status = Command::new("loadtest/peers/setup")
        .status()
        .wrap_err("loadtest/peers/setup could not be started; run this from the repository")?;
    if !status.success() {
        bail!("loadtest/peers/setup ended with {status}");
    }
    Ok(())
}

fn write(args: &Args, tally: &Tally, machine: &machine::Machine) -> Result<()> {
    let folder = args.out.with_extension("");
    fs::create_dir_all(&folder)?;
    let folder_name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for plot in document::plots(tally) {
        fs::write(folder.join(plot.file), svg::bars(&plot))?;
    }
    fs::write(&args.out, document::markdown(tally, machine, &folder_name))
        .wrap_err_with(|| format!("writing {}", args.out.display()))?;
    let json = folder.join("runs.json");
    report::write_json(&json, tally.reports())
}
