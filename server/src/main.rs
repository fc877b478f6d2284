//! `hubbub`: parse, build, serve, exit.

use clap::Parser;
use color_eyre::eyre::Result;
use server::config::Config;
use server::shutdown::Signals;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Threads for short blocking reads. The store has fewer readers than this; more threads would only wait for one.
const BLOCKING_THREADS_MAX: usize = 16;

/// How long reads that are still at the disk may hold up the end.
const THREADS_MAX: Duration = Duration::from_secs(1);

/// The status of a process that was told twice to stop, and left what it was doing.
const STATUS_AT_ONCE: i32 = 2;

fn main() -> Result<()> {
    color_eyre::install()?;
    let config = Config::parse();
    server::telemetry::start(&config.log);
    // Every socket is an open file, and the usual limit of 1,024 is meant for other programs.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .build()?;
    let served = runtime.block_on(serve(&config));
    runtime.shutdown_timeout(THREADS_MAX);
    served
}

async fn serve(config: &Config) -> Result<()> {
    let server = server::build(config).await?;
    tracing::info!("listening on http://{}", server.address()?);
    let stop = CancellationToken::new();
    tokio::spawn(obey(Signals::listen()?, stop.clone()));
    Ok(server.run(stop).await?)
}

/// Stops on the first signal, and ends at once on the second.
async fn obey(mut signals: Signals, stop: CancellationToken) {
    tracing::info!("{}: stopping", signals.next().await);
    stop.cancel();
    tracing::warn!("{} again: ending at once", signals.next().await);
    std::process::exit(STATUS_AT_ONCE);
}
