//! Latencies in HDR histograms: three significant digits from a microsecond to a minute.

use color_eyre::eyre::Result;
use hdrhistogram::Histogram;
use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(60);

/// Latencies of one kind.
#[derive(Debug, Clone)]
pub struct Latency(Histogram<u64>);

impl Latency {
    pub fn new() -> Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, micros(LONGEST), 3)?))
    }

    /// Counts one; what took longer than a minute counts as a minute.
    pub fn record(&mut self, latency: Duration) {
        self.0.saturating_record(micros(latency).max(1));
    }

    pub fn add(&mut self, other: &Self) -> Result<()> {
        Ok(self.0.add(&other.0)?)
    }

    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// In milliseconds; `share` is between 0 and 1.
    pub fn quantile_ms(&self, share: f64) -> f64 {
        Duration::from_micros(self.0.value_at_quantile(share)).as_secs_f64() * 1000.0
    }

    /// In milliseconds.
    pub fn max_ms(&self) -> f64 {
        Duration::from_micros(self.0.max()).as_secs_f64() * 1000.0
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact_to_three_digits() -> Result<()> {
        let mut latency = Latency::new()?;
        for ms in 1..=1000 {
            latency.record(Duration::from_millis(ms));
        }
        assert_eq!(latency.count(), 1000);
        assert!((latency.quantile_ms(0.5) - 500.0).abs() < 1.0);
        assert!((latency.quantile_ms(0.99) - 990.0).abs() < 1.0);
        Ok(())
    }

    #[test]
    fn the_slowest_is_kept_however_slow() -> Result<()> {
        let mut latency = Latency::new()?;
        latency.record(Duration::from_secs(600));
        latency.record(Duration::ZERO);
        assert!((latency.max_ms() - 60_000.0).abs() < 100.0);
        assert_eq!(latency.count(), 2);
        Ok(())
    }
}
