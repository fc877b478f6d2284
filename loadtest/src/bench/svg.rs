//! Bar charts as SVG: readable on light and dark pages, without scripts or fonts of their own.

use crate::report::number;

/// A chart: one bar for each server.
pub(super) struct Plot {
    pub(super) file: &'static str,
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    /// Label, value, and whether it is the one to look at.
    pub(super) bars: Vec<(String, f64, bool)>,
}

const WIDTH: f64 = 720.0;
const LABEL: f64 = 190.0;
const VALUE: f64 = 110.0;
const ROW: f64 = 30.0;
const TOP: f64 = 44.0;

/// The chart, linear from zero, so that lengths can be compared by eye.
pub(super) fn bars(plot: &Plot) -> String {
    let longest = plot.bars.iter().map(|(_, value, _)| *value).fold(f64::MIN_POSITIVE, f64::max);
    #[expect(clippy::cast_precision_loss, reason = "a handful of bars")]
    let height = TOP + ROW * plot.bars.len() as f64 + 8.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"{title}\" font-family=\"system-ui, sans-serif\" font-size=\"14\">\n\
         <style>text {{ fill: #222 }} .bar {{ fill: #9aa4b2 }} .ours {{ fill: #2f6fde }}\n\
         @media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} .bar {{ fill: #5d6878 }} \
         .ours {{ fill: #6ea0ff }} }}</style>\n\
         <text x=\"0\" y=\"20\" font-size=\"16\" font-weight=\"600\">{title}</text>\n",
        title = escape(plot.title),
    );
    let mut y = TOP;
    for (label, value, ours) in &plot.bars {
        let width = (WIDTH - LABEL - VALUE) * value / longest;
        let class = if *ours { "ours" } else { "bar" };
        svg.push_str(&format!(
            "<text x=\"{label_x}\" y=\"{text_y}\" text-anchor=\"end\">{label}</text>\
             <rect class=\"{class}\" x=\"{LABEL}\" y=\"{y}\" width=\"{width:.1}\" height=\"20\" rx=\"3\"/>\
             <text x=\"{value_x:.1}\" y=\"{text_y}\">{value} {unit}</text>\n",
            label_x = LABEL - 10.0,
            text_y = y + 15.0,
            label = escape(label),
            value_x = LABEL + width + 8.0,
            value = number(*value),
            unit = escape(plot.unit),
        ));
        y += ROW;
    }
    svg.push_str("</svg>\n");
    svg
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_the_width_and_labels_are_escaped() {
        let svg = bars(&Plot {
            file: "x.svg",
            title: "a < b",
            unit: "µs",
            bars: vec![("one".to_owned(), 5.0, true), ("two & three".to_owned(), 10.0, false)],
        });
        assert!(svg.contains("width=\"420.0\"") && svg.contains("width=\"210.0\""), "{svg}");
        assert!(svg.contains("a &lt; b") && svg.contains("two &amp; three"));
        assert!(svg.contains("10.0 µs"));
    }
}
