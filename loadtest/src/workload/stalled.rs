//! `stalled`: some readers stop reading in the middle of a conversation. The others must not notice, the server's
//! memory must stay bounded, and whoever wakes up must end with everything.

use super::{report_of, talk};
use crate::{
    crowd::Plan,
    report::{Goal, Report},
    target::ServerArgs,
};
use color_eyre::eyre::Result;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Share of the members that stops reading, in percent
    #[arg(long, default_value_t = 5.0)]
    asleep: f64,
    /// Memory that a sleeper may cost the server, in KiB
    #[arg(long, default_value_t = 256.0)]
    bound: f64,
    #[command(flatten)]
    plan: Plan,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.target()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a number of sockets"
    )]
    let asleep = (args.plan.members as f64 * args.asleep / 100.0).ceil() as usize;
    let asleep = asleep.min(args.plan.members.saturating_sub(1));
    // The same ones send in both.
    let senders = args.plan.senders.min(args.plan.members - asleep);
    let all_awake = Plan { senders, ..args.plan.clone() };
    let calm = talk(&target, &all_awake)?;
    let plan = Plan { asleep, ..all_awake };
    let stalled = talk(&target, &plan)?;

    let mut report = report_of("stalled", &target, &plan);
    report.parameter("asleep", asleep);
    stalled.describe(&mut report);
    report.violations.add(&calm.violations);
    let (with, without) = (stalled.latency.quantile_ms(0.99), calm.latency.quantile_ms(0.99));
    report.figure("p99 with nobody asleep", without, "ms");
    report.figure("p99 of the others, ratio", with / without.max(0.001), "×");
    report.goal("p99 of the others, ratio", Goal::AtMost(1.1));
    if let Some(bytes) = stalled.usage.grown_bytes {
        let grown = bytes as f64 / 1024.0 / asleep.max(1) as f64;
        report.figure("memory growth per sleeper", grown, "KiB");
        report.goal("memory growth per sleeper", Goal::AtMost(args.bound));
    }
    let returned = stalled.reconnect.returned.len();
    report.figure("sleepers sent away and back", returned as f64, "");
    Ok(report)
}
