//! Figures of many runs, and their medians.

use crate::{
    check::Violations,
    report::{Figure, Report},
    target::Kind,
};

/// All runs so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    reports: Vec<Report>,
    notes: Vec<String>,
}

impl Tally {
    pub(super) fn add(&mut self, report: &Report) {
        self.reports.push(report.clone());
    }

    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    pub(super) fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// The median of a figure over all rounds.
    pub(super) fn median(&self, workload: &str, kind: &Kind, figure: &str) -> Option<f64> {
        let figures = self.of(workload, kind).flat_map(|report| &report.figures);
        median(figures.filter(|of| of.name == figure).map(|of| of.value).collect())
    }

    pub(super) fn violations(&self, kind: &Kind) -> Violations {
        let mut sum = Violations::default();
        for report in self.reports.iter().filter(|report| report.target == kind.name) {
            sum.add(&report.violations);
        }
        sum
    }

    /// How many rounds were counted.
    pub(super) fn rounds(&self) -> usize {
        self.of("fanout", &Kind::HUBBUB).count()
    }

    /// Each figure with a goal, of workloads that only Hubbub runs, with what it was measured under.
    pub(super) fn alone(&self) -> impl Iterator<Item = (&Report, &Figure)> {
        self.reports
            .iter()
            .filter(|report| !matches!(report.workload, "fanout" | "chatty" | "floor"))
            .filter(|report| {
                report.target == Kind::HUBBUB.name
                    && (report.workload != "idle"
                        || report.parameters.get("sockets").is_some_and(|count| count == "10000"))
            })
            .flat_map(|report| report.figures.iter().map(move |figure| (report, figure)))
    }

    fn of(&self, workload: &str, kind: &Kind) -> impl Iterator<Item = &Report> {
        // The large idle run has a goal of its own, and no peer to be compared with.
        self.reports.iter().filter(move |report| {
            report.workload == workload
                && report.target == kind.name
                && report.parameters.get("sockets").is_none_or(|count| count != "10000")
        })
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_round_does_not_move_the_median() {
        assert_eq!(median(vec![3.0, 100.0, 2.0]), Some(3.0));
        assert_eq!(median(vec![1.0, 2.0]), Some(1.5));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn the_large_idle_run_is_kept_apart() {
        let mut tally = Tally::default();
        for (sockets, each) in [("1000", 5.0), ("10000", 9.0)] {
            let mut report = Report::new("idle", Kind::HUBBUB.name);
            report.parameter("sockets", sockets).figure("memory per socket", each, "KiB");
            tally.add(&report);
        }
        assert_eq!(tally.median("idle", &Kind::HUBBUB, "memory per socket"), Some(5.0));
        assert_eq!(tally.alone().count(), 1);
    }
}
