//! One core for the server, the other for the generator, so that neither is measured by what the other leaves.

use color_eyre::eyre::{Context, ContextCompat, Result, eyre};
use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};
use std::str::FromStr;

/// Which core each side runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Cores {
    pub server: usize,
    pub generator: usize,
}

impl FromStr for Cores {
    type Err = color_eyre::Report;

    fn from_str(text: &str) -> Result<Self> {
        let (server, generator) =
            text.split_once(',').wrap_err("two core numbers are needed, as in 0,1")?;
        Ok(Self { server: server.trim().parse()?, generator: generator.trim().parse()? })
    }
}

/// Moves this thread to a core. Threads and processes that it starts from then on inherit it.
pub fn pin(core: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(core).map_err(|_| eyre!("there can be no core {core}"))?;
    sched_setaffinity(Pid::from_raw(0), &set).wrap_err_with(|| format!("pinning to core {core}"))
}
