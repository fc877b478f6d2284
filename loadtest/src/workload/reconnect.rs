//! `reconnect`: the server is restarted in the middle of a conversation. Everybody comes back after a jittered pause,
//! catches up from where they were, and sends what they could not send, with the keys it had.

use super::{Times, report_of};
use crate::{
    crowd::{Crowd, Plan, setup},
    net::swarm::Swarm,
    report::{Goal, Report},
    target::{ServerArgs, cores},
};
use color_eyre::eyre::{ContextCompat, Result, eyre};
use std::{
    thread,
    time::{Duration, Instant},
};

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Members of the room
    #[arg(long, default_value_t = 5000)]
    pub members: usize,
    /// Messages a second
    #[arg(long, default_value_t = 4.0)]
    pub rate: f64,
    /// Text of a message, in bytes
    #[arg(long, default_value_t = 100)]
    pub bytes: usize,
    /// End the server by SIGKILL instead of asking it to stop
    #[arg(long)]
    pub kill: bool,
    #[command(flatten)]
    pub times: Times,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let mut target = server.target()?;
    let mut process = target.take_process()?;
    let plan = Plan {
        rooms: 1,
        members: args.members,
        senders: args.members.min(20),
        a_second: args.rate,
        bytes: args.bytes,
        warm_up: args.times.warm_up(),
        measured: args.times.measured(),
        asleep: 0,
        resilient: true,
    };
    let mut report = report_of("reconnect", &target, &plan);
    report.parameter("end", if args.kill { "SIGKILL" } else { "SIGTERM" });
    let (wire, cookies) = setup::wire(&target, plan.rooms, plan.members)?;
    let mut swarm = Swarm::new()?;
    let mut crowd = Crowd::gather(&mut swarm, &target, &plan, wire, &cookies)?;
    let pin = server.pin;
    let kill = args.kill;
    let restart_at = Instant::now() + plan.warm_up + Duration::from_secs(1);
    let (outcome, restart) = thread::scope(|scope| {
        let restart = scope.spawn(move || -> Result<_> {
            if let Some(cores) = pin {
                cores::pin(cores.server)?;
            }
            thread::sleep(restart_at.saturating_duration_since(Instant::now()));
            let ended_at = Instant::now();
            if kill {
                process.kill()?;
            } else {
                process.stop()?;
            }
            let stopped_at = Instant::now();
            process.start_again()?;
            Ok((ended_at, stopped_at, Instant::now(), process))
        });
        let outcome = crowd.run(&mut swarm, &target);
        let restart = restart.join().map_err(|_| eyre!("the restart panicked"))?;
        Ok::<_, color_eyre::Report>((outcome, restart?))
    })?;
    // The new process lives until everything is read.
    let (ended_at, stopped_at, listening_at, _process) = restart;
    let outcome = outcome?;
    outcome.describe(&mut report);
    let back = outcome.comeback.returned_by(1.0).wrap_err("nobody had to come back")?;
    let seconds = |from: Instant, to: Instant| to.saturating_duration_since(from).as_secs_f64();
    report.figure("stopping", seconds(ended_at, stopped_at), "s");
    report.figure("starting", seconds(stopped_at, listening_at), "s");
    if let Some(half) = outcome.comeback.returned_by(0.5) {
        report.figure("half are back after", seconds(ended_at, half), "s");
    }
    report.figure("all are back after listening", seconds(listening_at, back), "s");
    report.goal("all are back after", seconds(ended_at, back), "s", Goal::AtMost(5.0));
    #[expect(clippy::cast_precision_loss, reason = "a number of sockets")]
    {
        report.figure("came back", outcome.comeback.count() as f64, "");
        report.figure("attempts that failed", outcome.comeback.refused() as f64, "");
    }
    Ok(report)
}
