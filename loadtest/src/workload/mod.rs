//! One workload a file: its numbers, its goals, its report.

pub mod chatty;
pub mod fanout;
pub mod floor;
pub mod history;
pub mod idle;
pub mod page;
pub mod posts;
pub mod reconnect;
pub mod rooms;
pub mod smoke;
pub mod stalled;
pub mod storm;

use crate::{
    crowd::{Crowd, Outcome, Plan, setup},
    net::swarm::Swarm,
    report::Report,
    target::{Kind, Target},
    wire,
};
use color_eyre::eyre::Result;
use std::time::Duration;

/// How long a workload sends.
#[derive(Debug, Clone, clap::Args)]
pub struct Times {
    /// Seconds before measuring begins
    #[arg(long, default_value_t = 2.0)]
    pub warm_up: f64,
    /// Seconds to measure
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
}

impl Times {
    pub fn warm_up(&self) -> Duration {
        Duration::from_secs_f64(self.warm_up.max(0.0))
    }

    pub fn measured(&self) -> Duration {
        Duration::from_secs_f64(self.seconds.max(0.1))
    }
}

/// Gathers a crowd and lets it talk.
fn talk(target: &Target, plan: &Plan) -> Result<Outcome> {
    let (adapter, cookies) = setup::wire(target, plan.rooms, plan.rooms * plan.members)?;
    let mut plan = plan.clone();
    if target.kind != Kind::Hubbub {
        // Without a number from the server, only one sender makes an order that can be checked.
        plan.senders = 1;
        plan.bytes = wire::delivery_bytes(plan.bytes)?;
    }
    let mut swarm = Swarm::new()?;
    let mut crowd = Crowd::gather(&mut swarm, target, &plan, adapter, &cookies)?;
    crowd.run(&mut swarm, target)
}

/// A report that names the plan.
fn report_of(workload: &'static str, target: &Target, plan: &Plan) -> Report {
    let mut report = Report::new(workload, target.kind.name());
    report
        .parameter("rooms", plan.rooms)
        .parameter("members", plan.members)
        .parameter("messages/s", plan.a_second)
        .parameter("text bytes", plan.bytes)
        .parameter("seconds", plan.measured.as_secs_f64());
    report
}
