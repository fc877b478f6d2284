//! `stalled`: some readers stop reading in the middle of a conversation. The others must not notice, the server's
//! memory must stay bounded, and whoever wakes up must end with everything.

use super::{Times, report_of, talk};
use crate::{
    crowd::Plan,
    report::{Goal, Report},
    target::ServerArgs,
};
use color_eyre::eyre::Result;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Members of the room
    #[arg(long, default_value_t = 1000)]
    pub members: usize,
    /// Share of them that stops reading, in percent
    #[arg(long, default_value_t = 5.0)]
    pub asleep: f64,
    /// Messages a second
    #[arg(long, default_value_t = 40.0)]
    pub rate: f64,
    /// Text of a message in bytes; large enough that sleepers fill their buffers
    #[arg(long, default_value_t = 2000)]
    pub bytes: usize,
    /// Memory that a sleeper may cost the server, in KiB
    #[arg(long, default_value_t = 256.0)]
    pub bound: f64,
    #[command(flatten)]
    pub times: Times,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.target()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a number of sockets"
    )]
    let asleep = ((args.members as f64 * args.asleep / 100.0).ceil() as usize)
        .min(args.members.saturating_sub(1));
    let all_awake = Plan {
        rooms: 1,
        members: args.members,
        senders: (args.members - asleep).min(20),
        a_second: args.rate,
        bytes: args.bytes,
        warm_up: args.times.warm_up(),
        measured: args.times.measured(),
        asleep: 0,
        resilient: false,
    };
    let calm = talk(&target, &all_awake)?;
    let plan = Plan { asleep, ..all_awake };
    let stalled = talk(&target, &plan)?;

    let mut report = report_of("stalled", &target, &plan);
    report.parameter("asleep", asleep);
    stalled.describe(&mut report);
    report.violations.add(&calm.violations);
    let (with, without) = (stalled.latency.quantile_ms(0.99), calm.latency.quantile_ms(0.99));
    report.figure("p99 with nobody asleep", without, "ms");
    report.goal("p99 of the others, ratio", with / without.max(0.001), "×", Goal::AtMost(1.1));
    if let (Some(before), Some(after)) = (stalled.memory_before, stalled.memory_after) {
        #[expect(clippy::cast_precision_loss, reason = "memory below 2^53 bytes")]
        let grown = after.saturating_sub(before) as f64 / 1024.0 / asleep.max(1) as f64;
        report.goal("memory growth per sleeper", grown, "KiB", Goal::AtMost(args.bound));
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of sockets")]
    report.figure("sleepers sent away and back", stalled.comeback.count() as f64, "");
    Ok(report)
}
