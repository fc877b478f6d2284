//! The plots: one bar for each server, linear from zero, so that lengths can be compared by eye.

use super::tally::Tally;
use crate::{report::number, target::Kind};
use charts_rs::{HorizontalBarChart, THEME_LIGHT};
use color_eyre::eyre::Result;
use serde_json::json;

/// What is drawn, and into which file.
pub(super) struct Plot {
    pub(super) file: &'static str,
    pub(super) title: &'static str,
    unit: &'static str,
    workload: &'static str,
    figure: &'static str,
}

pub(super) const PLOTS: [Plot; 4] = [
    Plot {
        file: "fanout-cpu.svg",
        title: "Server CPU per delivery, 1,000 in a room",
        unit: "µs",
        workload: "fanout",
        figure: super::CPU,
    },
    Plot {
        file: "fanout-p99.svg",
        title: "p99 of a delivery, 1,000 in a room",
        unit: "ms",
        workload: "fanout",
        figure: super::P99,
    },
    Plot {
        file: "chatty-cpu.svg",
        title: "Server CPU per delivery, 500 messages/s",
        unit: "µs",
        workload: "chatty",
        figure: super::CPU,
    },
    Plot {
        file: "idle-memory.svg",
        title: "Memory per idle socket, 1,000 sockets",
        unit: "KiB",
        workload: "idle",
        figure: super::MEMORY,
    },
];

impl Plot {
    /// The chart as SVG, with its own background, so that it can be read on light and dark pages.
    pub(super) fn svg(&self, tally: &Tally) -> Result<String> {
        let bars: Vec<(String, f64)> = Kind::all()
            .filter_map(|kind| {
                let value = tally.median(self.workload, kind, self.figure)?;
                Some((format!("{}: {} {}", kind.name, number(value), self.unit), value))
            })
            .collect();
        let (labels, values): (Vec<_>, Vec<_>) = bars.into_iter().unzip();
        let chart = json!({
            "theme": THEME_LIGHT,
            "width": 720,
            "height": 90 + 30 * labels.len(),
            "title_text": self.title,
            "legend_show": false,
            "series_list": [{ "name": self.unit, "data": values }],
            "x_axis_data": labels,
        });
        Ok(HorizontalBarChart::from_json(&chart.to_string())?.svg()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;

    #[test]
    fn each_server_that_was_measured_has_a_bar_with_its_number() -> Result<()> {
        let mut tally = Tally::default();
        for (kind, value) in [("Hubbub", 1.25), ("ws", 2.5)] {
            let mut report = Report::new("fanout", kind);
            report.figure(super::super::CPU, value, "µs");
            tally.add(&report);
        }
        let svg = PLOTS[0].svg(&tally)?;
        assert!(svg.contains("Hubbub: 1.25 µs") && svg.contains("ws: 2.50 µs"), "{svg}");
        assert!(!svg.contains("socket.io"));
        Ok(())
    }
}
