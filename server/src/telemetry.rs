//! Logs: readable lines on standard error, filtered by the `log` setting.

use tracing_subscriber::EnvFilter;

/// Starts logging. The filter was checked when the settings were read.
pub fn start(filter: &str) {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
}
