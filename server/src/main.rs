//! `hubbub`: parse, build, serve, exit.

use clap::Parser;
use color_eyre::eyre::Result;
use server::config::Config;
use tokio_util::sync::CancellationToken;

/// Threads for short blocking reads. The store has fewer readers than this; more threads would only wait for one.
const BLOCKING_THREADS_MAX: usize = 16;

fn main() -> Result<()> {
    color_eyre::install()?;
    let config = Config::parse();
    server::telemetry::start(&config.log);
    // Every socket is an open file, and the usual limit of 1,024 is meant for other programs.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .build()?
        .block_on(serve(&config))
}

async fn serve(config: &Config) -> Result<()> {
    let server = server::build(config).await?;
    tracing::info!("listening on http://{}", server.address()?);
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let signals = tokio::spawn(async move {
        let waited = server::shutdown::requested().await;
        stopping.cancel();
        waited
    });
    server.run(stop).await;
    signals.await??;
    Ok(())
}
