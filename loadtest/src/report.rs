//! What a run found: figures with their goals, promises broken, and whether the generator itself was the limit. Printed
//! as a table, written as JSON.

use crate::{check::Violations, latency::Latency};
use color_eyre::eyre::{Context, Result};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    fs,
    path::Path,
};

/// Above this share of its core the generator may have been what was measured.
pub const GENERATOR_LIMIT: f64 = 0.9;

/// Above this share of the machine other programs were measured as well. A starved generator sends in bursts, and bursts
/// make a server look slower in its latencies and cheaper in its CPU time.
pub const OTHERS_LIMIT: f64 = 0.25;

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit) => write!(f, "at most {}", number(*limit)),
            Self::AtLeast(limit) => write!(f, "at least {}", number(*limit)),
        }
    }
}

impl Goal {
    pub fn is_reached(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing broken, every goal reached.
    Passed,
    /// Nothing broken, a goal missed.
    Short,
    /// A promise was broken.
    Failed,
    /// The generator was the limit, or the machine was busy: the figures say nothing about the server.
    Unknown,
}

/// One run of one workload.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub workload: &'static str,
    pub target: &'static str,
    pub parameters: BTreeMap<&'static str, String>,
    pub figures: Vec<Figure>,
    pub violations: Violations,
    /// CPU time of the generator as a share of one core while it measured.
    pub generator_share: Option<f64>,
    /// What other programs took while it measured, as a share of all cores.
    pub others_share: Option<f64>,
}

impl Report {
    pub fn new(workload: &'static str, target: &'static str) -> Self {
        Self { workload, target, ..Self::default() }
    }

    pub fn parameter(&mut self, name: &'static str, value: impl Display) -> &mut Self {
        self.parameters.insert(name, format!("{value}"));
        self
    }

    pub fn figure(&mut self, name: impl Into<String>, value: f64, unit: &'static str) -> &mut Self {
        self.figures.push(Figure { name: name.into(), value, unit, goal: None });
        self
    }

    /// Median and 99th percentile.
    pub fn quantiles(&mut self, name: &str, latency: &Latency) -> &mut Self {
        self.figure(format!("{name} p50"), latency.quantile_ms(0.5), "ms").figure(
            format!("{name} p99"),
            latency.quantile_ms(0.99),
            "ms",
        )
    }

    /// What a figure that is there should be.
    pub fn goal(&mut self, name: &str, goal: Goal) -> &mut Self {
        let figure = self.figures.iter_mut().find(|figure| figure.name == name);
        if let Some(figure) = figure {
            figure.goal = Some(goal);
        }
        self
    }

    fn is_machine_busy(&self) -> bool {
        self.others_share.is_some_and(|share| share > OTHERS_LIMIT)
    }

    pub fn verdict(&self) -> Verdict {
        if self.violations.any() {
            return Verdict::Failed;
        }
        if self.generator_share.is_some_and(|share| share > GENERATOR_LIMIT)
            || self.is_machine_busy()
        {
            return Verdict::Unknown;
        }
        let short =
            |figure: &Figure| figure.goal.is_some_and(|goal| !goal.is_reached(figure.value));
        if self.figures.iter().any(short) { Verdict::Short } else { Verdict::Passed }
    }

    /// The parameters in a line.
    pub fn under(&self) -> String {
        let parameters = self.parameters.iter().map(|(name, value)| format!("{name} {value}"));
        parameters.collect::<Vec<_>>().join(", ")
    }

    /// The table, for people.
    pub fn print(&self) {
        println!("{} · {} · {}", self.workload, self.target, self.under());
        let width =
            self.figures.iter().map(|figure| figure.name.chars().count()).max().unwrap_or(0);
        for Figure { name, value, unit, goal } in &self.figures {
            let goal = match goal {
                None => String::new(),
                Some(goal) => {
                    let mark = if goal.is_reached(*value) { "reached" } else { "MISSED" };
                    format!("   goal: {goal}, {mark}")
                }
            };
            println!("  {name:<width$}  {:>12} {unit}{goal}", number(*value));
        }
        println!("  violations: {}", self.violations);
        if let Some(share) = self.generator_share {
            println!("  generator used {:.0} % of its core", share * 100.0);
        }
        if let Some(share) = self.others_share {
            println!("  other programs used {:.0} % of the machine", share * 100.0);
        }
        let verdict = match self.verdict() {
            Verdict::Passed => "passed",
            Verdict::Short => "nothing broken, but short of a goal",
            Verdict::Failed => "FAILED: a promise was broken",
            Verdict::Unknown if self.is_machine_busy() => {
                "no verdict: the machine was busy with other programs"
            }
            Verdict::Unknown => "no verdict: the generator itself was the limit",
        };
        println!("  {verdict}\n");
    }
}

/// Enough digits to compare, no more.
pub fn number(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 1000.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let plain = format!("{value:.digits$}");
    if digits > 0 {
        return plain;
    }
    let (sign, plain) = match plain.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", plain.as_str()),
    };
    let grouped: Vec<&str> = plain
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    format!("{sign}{}", grouped.join(","))
}

/// Writes reports for programs.
pub fn write_json(path: &Path, reports: &[Report]) -> Result<()> {
    #[derive(Serialize)]
    struct WithVerdict<'a> {
        #[serde(flatten)]
        report: &'a Report,
        verdict: Verdict,
    }
    let all: Vec<WithVerdict<'_>> =
        reports.iter().map(|report| WithVerdict { report, verdict: report.verdict() }).collect();
    fs::write(path, serde_json::to_string_pretty(&all)?)
        .wrap_err_with(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut report = Report::new("fanout", "Hubbub");
        report.figure("p99", 20.0, "ms").goal("p99", Goal::AtMost(25.0));
        report
    }

    #[test]
    fn a_broken_promise_fails_a_fast_run() {
        let mut report = report();
        assert_eq!(report.verdict(), Verdict::Passed);
        report.violations.missing = 1;
        assert_eq!(report.verdict(), Verdict::Failed);
    }

    #[test]
    fn a_missed_goal_is_short_but_not_failed() {
        let mut report = report();
        report.figure("rate", 10.0, "/s").goal("rate", Goal::AtLeast(11.0));
        assert_eq!(report.verdict(), Verdict::Short);
    }

    #[test]
    fn a_busy_generator_gives_no_verdict_but_still_fails_on_loss() {
        let mut report = report();
        report.generator_share = Some(0.95);
        assert_eq!(report.verdict(), Verdict::Unknown);
        report.violations.doubled = 1;
        assert_eq!(report.verdict(), Verdict::Failed);
    }

    #[test]
    fn a_busy_machine_gives_no_verdict() {
        let mut report = report();
        report.others_share = Some(0.2);
        assert_eq!(report.verdict(), Verdict::Passed);
        report.others_share = Some(0.3);
        assert_eq!(report.verdict(), Verdict::Unknown);
    }

    #[test]
    fn numbers_are_written_with_the_digits_that_matter() {
        assert_eq!(number(1234567.0), "1,234,567");
        assert_eq!(number(999.96), "1000.0");
        assert_eq!(number(5.678), "5.68");
        assert_eq!(number(-1500.0), "-1,500");
    }
}
