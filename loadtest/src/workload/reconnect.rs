//! `reconnect`: the server is restarted in the middle of a conversation. Everybody comes back after a jittered pause,
//! catches up from where they were, and sends what they could not send, with the keys it had.

use super::report_of;
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
    /// End the server by SIGKILL instead of asking it to stop
    #[arg(long)]
    kill: bool,
    #[command(flatten)]
    plan: Plan,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let mut target = server.target()?;
    let mut process = target.take_process()?;
    let plan = Plan { resilient: true, ..args.plan.clone() };
    let mut report = report_of("reconnect", &target, &plan);
    report.parameter("end", if args.kill { "SIGKILL" } else { "SIGTERM" });
    let wire = setup::wire(&target, plan.rooms, plan.members)?;
    let mut swarm = Swarm::new()?;
    let crowd = Crowd::gather(&mut swarm, &target, &plan, wire)?;
    let pin = server.pin;
    let kill = args.kill;
    let restart_at = Instant::now() + plan.times.warm_up() + Duration::from_secs(1);
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
    let returned = &outcome.reconnect.returned;
    let back = *returned.last().wrap_err("nobody had to come back")?;
    let half = returned[(returned.len() - 1) / 2];
    let seconds = |from: Instant, to: Instant| to.saturating_duration_since(from).as_secs_f64();
    report
        .figure("stopping", seconds(ended_at, stopped_at), "s")
        .figure("starting", seconds(stopped_at, listening_at), "s")
        .figure("half are back after", seconds(ended_at, half), "s")
        .figure("all are back after listening", seconds(listening_at, back), "s")
        .figure("all are back after", seconds(ended_at, back), "s")
        .goal("all are back after", Goal::AtMost(5.0))
        .figure("came back", returned.len() as f64, "")
        .figure("attempts that failed", outcome.reconnect.refused as f64, "");
    Ok(report)
}
