//! `smoke`: a second or two of every workload, so that none of them rots. Nothing is judged but the promises.

use super::{
    Times, chatty, fanout, floor, history, idle, page, posts, reconnect, rooms, stalled, storm,
};
use crate::{
    report::{Report, Verdict},
    target::{Kind, ServerArgs},
};
use color_eyre::eyre::{Result, WrapErr};

/// The reports; a workload that could not run is an error.
pub fn run(server: &ServerArgs) -> Result<Vec<Report>> {
    let times = || Times { warm_up: 0.3, seconds: 1.0 };
    let target = Kind::Hubbub;
    let posting = |rate| posts::Args { clients: 8, pipeline: 1, rate, bytes: 100, times: times() };
    let mut smoke = Smoke::default();

    let args = floor::Args { members: 30, rate: 40.0, bytes: 100, times: times() };
    smoke.add("floor", floor::run(server, &args))?;
    let args = fanout::Args { members: 50, rate: 40.0, bytes: 100, target, times: times() };
    smoke.add("fanout", fanout::run(server, &args))?;
    let args = rooms::Args { rooms: 10, members: 4, rate: 100.0, bytes: 100, times: times() };
    smoke.add("rooms", rooms::run(server, &args))?;
    let args = chatty::Args { members: 10, rate: 300.0, bytes: 100, target, times: times() };
    smoke.add("chatty", chatty::run(server, &args))?;
    let args = stalled::Args {
        members: 20,
        asleep: 5.0,
        rate: 200.0,
        bytes: 4000,
        bound: 1024.0,
        times: times(),
    };
    smoke.add("stalled", stalled::run(server, &args))?;
    let args = idle::Args { sockets: 100, rooms: 2, settle: 0.3, target };
    smoke.add("idle", idle::run(server, &args))?;
    smoke.add("posts", posts::run(server, &posting(None)))?;
    smoke.add("posts by schedule", posts::run(server, &posting(Some(200.0))))?;
    smoke.add("page", page::run(server, &page::Args { clients: 4, seconds: 0.5 }))?;
    let args = storm::Args { connects: 400, window: 16, open: 100, users: 20 };
    smoke.add("storm", storm::run(server, &args))?;
    let args = history::Args {
        messages: 2000,
        rate: 100.0,
        clients: 4,
        through: history::Through::Room,
        times: times(),
    };
    smoke.add("history", history::run(server, &args))?;
    let long = Times { warm_up: 0.3, seconds: 3.0 };
    let args = reconnect::Args { members: 50, rate: 20.0, bytes: 100, kill: false, times: long };
    smoke.add("reconnect", reconnect::run(server, &args))?;
    Ok(smoke.reports)
}

#[derive(Default)]
struct Smoke {
    reports: Vec<Report>,
}

impl Smoke {
    fn add(&mut self, name: &'static str, report: Result<Report>) -> Result<()> {
        let report = report.wrap_err_with(|| format!("{name} could not run"))?;
        if report.verdict() == Verdict::Failed {
            println!("{name:<20} FAILED: {}", report.violations);
        } else {
            println!("{name:<20} complete");
        }
        self.reports.push(report);
        Ok(())
    }
}
