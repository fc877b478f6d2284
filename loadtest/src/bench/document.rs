//! The document: what was measured, on what, against whom, and what each of them does not do.

use super::{CPU, MEMORY, P50, P99, machine::Machine, peers, plots::PLOTS, tally::Tally};
use crate::{
    report::{Goal, number},
    target::Kind,
};
use std::fmt::{self, Write};

pub(super) fn markdown(
    tally: &Tally,
    machine: &Machine,
    plots_folder: &str,
) -> Result<String, fmt::Error> {
    let mut out = String::from(
        "# Performance\n\n\
         Written by `make bench` (`loadtest bench`): every number below was measured by the run that wrote this file.\n\
         Latencies count from the moment a message was meant to be sent, on an open-loop schedule, so a pause of the\n\
         server is charged for every message that was due in it. Every delivery was checked at every receiver.\n\n",
    );
    section(&mut out, "Machine and versions")?;
    out.push_str("| what | which |\n|---|---|\n");
    for (name, value) in &machine.lines {
        writeln!(out, "| {name} | {value} |")?;
    }
    comparison(&mut out, tally)?;
    for plot in PLOTS {
        writeln!(out, "\n![{}]({plots_folder}/{})", plot.title, plot.file)?;
    }
    ratios(&mut out, tally)?;
    alone(&mut out, tally)?;
    broken(&mut out, tally)?;
    if !tally.notes().is_empty() {
        section(&mut out, "Notes on this run")?;
        for note in tally.notes() {
            writeln!(out, "- {note}")?;
        }
    }
    Ok(out)
}

fn section(out: &mut String, title: &str) -> fmt::Result {
    out.push_str(if out.ends_with("\n\n") { "" } else { "\n" });
    writeln!(out, "## {title}\n")
}

fn comparison(out: &mut String, tally: &Tally) -> fmt::Result {
    section(out, "Against others")?;
    writeln!(
        out,
        "Medians of interleaved rounds ({} of them). *Fan-out*: one room of 1,000 members, 40 messages/s. *Chatty*: one room of\n\
             100 members, 500 messages/s. Flask-SocketIO gets a tenth of these rates, because it is saturated by more. The\n\
             *floor* is one bare `send` of the same bytes for each delivery: less than it takes writing several messages at once.\n",
        tally.rounds()
    )?;
    writeln!(
        out,
        "| server | fan-out: CPU per delivery | p50 | p99 | chatty: CPU per delivery | p99 | memory per idle socket | does not |"
    )?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|--:|---|")?;
    for kind in Kind::all() {
        let cell = |workload, figure, unit: &str| {
            tally
                .median(workload, kind, figure)
                .map_or_else(|| "–".to_owned(), |value| format!("{} {unit}", number(value)))
        };
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            kind.name,
            cell("fanout", CPU, "µs"),
            cell("fanout", P50, "ms"),
            cell("fanout", P99, "ms"),
            cell("chatty", CPU, "µs"),
            cell("chatty", P99, "ms"),
            cell("idle", MEMORY, "KiB"),
            peers::does_not_do(kind)
        )?;
    }
    Ok(())
}

/// Goals that are ratios to something measured in the same run.
fn ratios(out: &mut String, tally: &Tally) -> fmt::Result {
    section(out, "Goals in proportion to others")?;
    writeln!(out, "| what | goal | measured | |\n|---|--:|--:|---|")?;
    let value = |workload, kind, figure| tally.median(workload, peers::find(kind)?, figure);
    let fanout = |kind| value("fanout", kind, CPU);
    let ratio = |one: Option<f64>, other: Option<f64>| Some(one? / other?);
    let hubbub = fanout("hubbub");
    let rows = [
        ("fan-out CPU, × uWebSockets.js", Goal::AtMost(1.25), ratio(hubbub, fanout("uws"))),
        ("fan-out CPU, × floor", Goal::AtMost(1.5), ratio(hubbub, fanout("floor"))),
        (
            "Flask-SocketIO's fan-out CPU, × ours",
            Goal::AtLeast(10.0),
            ratio(fanout("flask"), hubbub),
        ),
        (
            "fan-out p99, × ws",
            Goal::AtMost(1.0),
            ratio(value("fanout", "hubbub", P99), value("fanout", "ws", P99)),
        ),
    ];
    for (name, goal, measured) in rows {
        goal_row(out, name, goal, measured, "")?;
    }
    let half_the_floor = value("chatty", "floor", CPU).unwrap_or(0.0) / 2.0;
    goal_row(
        out,
        "chatty CPU per delivery; half the floor where that is more than 2.5",
        Goal::AtMost(half_the_floor.max(2.5)),
        value("chatty", "hubbub", CPU),
        "µs",
    )?;
    goal_row(out, "chatty p99", Goal::AtMost(25.0), value("chatty", "hubbub", P99), "ms")?;
    goal_row(
        out,
        "memory per idle socket at 1,000",
        Goal::AtMost(12.0),
        value("idle", "hubbub", MEMORY),
        "KiB",
    )
}

fn goal_row(
    out: &mut String,
    name: &str,
    goal: Goal,
    measured: Option<f64>,
    unit: &str,
) -> fmt::Result {
    let (measured, mark) = match measured {
        None => ("–".to_owned(), "not measured"),
        Some(value) if goal.is_reached(value) => (number(value), "reached"),
        Some(value) => (number(value), "missed"),
    };
    writeln!(out, "| {name} | {goal} {unit} | {measured} {unit} | {mark} |")
}

/// What only Hubbub does: one run each.
fn alone(out: &mut String, tally: &Tally) -> fmt::Result {
    section(out, "Hubbub alone")?;
    writeln!(
        out,
        "One run each. Messages are stored durably before they are acknowledged or delivered.\n"
    )?;
    writeln!(out, "| workload | under | figure | goal | measured | |\n|---|---|---|--:|--:|---|")?;
    let mut last: Option<*const crate::report::Report> = None;
    for (report, figure) in tally.alone() {
        // The workload is named once, above its figures.
        let is_new = last.replace(std::ptr::from_ref(report)) != Some(std::ptr::from_ref(report));
        let (workload, under) =
            if is_new { (report.workload, report.under()) } else { ("", String::new()) };
        let (goal, mark) = match figure.goal {
            None => (String::new(), ""),
            Some(goal) => {
                let mark = if goal.is_reached(figure.value) { "reached" } else { "missed" };
                (format!("{goal} {}", figure.unit), mark)
            }
        };
        writeln!(
            out,
            "| {workload} | {under} | {} | {goal} | {} {} | {mark} |",
            figure.name,
            number(figure.value),
            figure.unit
        )?;
    }
    Ok(())
}

fn broken(out: &mut String, tally: &Tally) -> fmt::Result {
    section(out, "Promises")?;
    writeln!(
        out,
        "Deliveries that were lost, doubled, out of order or altered, over all runs. The peers make no promises.\n"
    )?;
    writeln!(
        out,
        "| server | missing | doubled | out of order | altered |\n|---|--:|--:|--:|--:|"
    )?;
    for kind in Kind::all() {
        let sum = tally.violations(kind);
        writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            kind.name,
            sum.missing,
            sum.doubled,
            sum.out_of_order,
            sum.altered + sum.misframed
        )?;
    }
    Ok(())
}
