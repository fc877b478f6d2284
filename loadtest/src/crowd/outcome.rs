//! What a crowd's run gives to its workload.

use super::Comeback;
use crate::{
    check::Violations,
    latency::Latency,
    report::Report,
    target::{Target, proc},
};
use color_eyre::eyre::Result;
use nix::sys::resource::{UsageWho, getrusage};
use std::time::{Duration, Instant};

/// Figures of one run. Latencies count from the intended time of the send.
pub struct Outcome {
    pub latency: Latency,
    pub acknowledgements: Latency,
    /// How late the generator itself sent.
    pub lateness: Latency,
    /// Deliveries of measured sends to members that were awake.
    pub deliveries: u64,
    pub usage: Usage,
    pub memory_before: Option<u64>,
    pub memory_after: Option<u64>,
    pub violations: Violations,
    pub comeback: Comeback,
}

impl Outcome {
    /// Server CPU time for each delivery, in microseconds.
    pub fn cpu_per_delivery(&self) -> Option<f64> {
        let cpu = self.usage.server?.as_secs_f64() * 1e6;
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 deliveries")]
        (self.deliveries > 0).then(|| cpu / self.deliveries as f64)
    }

    /// Puts what every fan-out has into a report.
    pub fn describe(&self, report: &mut Report) {
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 deliveries")]
        let rate = self.deliveries as f64 / self.usage.wall.as_secs_f64().max(0.001);
        report.figure("deliveries a second", rate, "/s");
        report.figure("delivery p50", self.latency.quantile_ms(0.5), "ms");
        report.figure("delivery p99", self.latency.quantile_ms(0.99), "ms");
        report.figure("delivery max", self.latency.max_ms(), "ms");
        if self.acknowledgements.count() > 0 {
            report.figure("acknowledgement p50", self.acknowledgements.quantile_ms(0.5), "ms");
            report.figure("acknowledgement p99", self.acknowledgements.quantile_ms(0.99), "ms");
        }
        if let Some(cpu) = self.cpu_per_delivery() {
            report.figure("server CPU per delivery", cpu, "µs");
        }
        report.figure("generator late p99", self.lateness.quantile_ms(0.99), "ms");
        report.violations.add(&self.violations);
        self.usage.describe(report);
    }
}

/// CPU time over a stretch of time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    pub server: Option<Duration>,
    pub generator: Duration,
    pub wall: Duration,
    /// What other programs took, as a share of all cores; known where the server's process is.
    pub others_share: Option<f64>,
}

/// The start of such a stretch.
#[derive(Debug, Clone, Copy)]
pub struct Before {
    server: Option<Duration>,
    generator: Duration,
    machine: (Duration, Duration),
    at: Instant,
}

impl Usage {
    /// Starts counting.
    pub fn of(target: &Target) -> Result<Before> {
        Ok(Before {
            server: target.cpu_time()?,
            generator: own_cpu()?,
            machine: proc::machine_time()?,
            at: Instant::now(),
        })
    }

    /// What was used since.
    pub fn since(before: Before, target: &Target) -> Result<Self> {
        let server = match (target.cpu_time()?, before.server) {
            (Some(now), Some(then)) => Some(now.saturating_sub(then)),
            _ => None,
        };
        let generator = own_cpu()?.saturating_sub(before.generator);
        let (busy, all) = proc::machine_time()?;
        let busy = busy.saturating_sub(before.machine.0).as_secs_f64();
        let all = all.saturating_sub(before.machine.1).as_secs_f64();
        let ours = (generator + server.unwrap_or_default()).as_secs_f64();
        Ok(Self {
            server,
            generator,
            wall: before.at.elapsed(),
            // Without the server's process its time would be taken for somebody else's.
            others_share: server.map(|_| (busy - ours).max(0.0) / all.max(0.01)),
        })
    }

    /// The generator's CPU time as a share of one core.
    pub fn generator_share(&self) -> f64 {
        self.generator.as_secs_f64() / self.wall.as_secs_f64().max(0.001)
    }

    /// Says in a report what the generator and other programs needed.
    pub fn describe(&self, report: &mut Report) {
        report.generator_share = Some(self.generator_share());
        report.others_share = self.others_share;
    }

    /// The server's CPU time as a share of one core.
    pub fn server_share(&self) -> Option<f64> {
        Some(self.server?.as_secs_f64() / self.wall.as_secs_f64().max(0.001))
    }
}

fn own_cpu() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let micros = |time: nix::sys::time::TimeVal| {
        let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
        let micros = u64::try_from(time.tv_usec()).unwrap_or_default();
        Duration::from_micros(seconds * 1_000_000 + micros)
    };
    Ok(micros(usage.user_time()) + micros(usage.system_time()))
}
