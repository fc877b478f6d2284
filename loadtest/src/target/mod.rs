//! The server under test: one that this program starts and ends, or one that runs already on this machine.

pub mod cores;
mod kind;
pub mod proc;
mod process;

pub use cores::Cores;
pub use kind::Kind;
pub use process::{Process, RunningServer};

use color_eyre::eyre::{Context, ContextCompat, Result, bail};
use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    time::Duration,
};

/// How to get a server to test.
#[derive(Debug, Clone, clap::Args)]
pub struct ServerArgs {
    /// Server binary to start, on a free port with a fresh data folder
    #[arg(
        long,
        value_name = "FILE",
        default_value = "target/release/hubbub",
        conflicts_with = "url"
    )]
    pub server: PathBuf,
    /// Server that runs already; only an address of this machine is accepted
    #[arg(long, value_name = "URL", global = true)]
    pub url: Option<String>,
    /// Process id of the server behind --url, for its CPU time and memory
    #[arg(long, requires = "url", global = true)]
    pub pid: Option<u32>,
    /// Run the server on the first core and the generator on the second
    #[arg(long, value_name = "SERVER,GENERATOR", global = true)]
    pub pin: Option<Cores>,
    /// Keep the data folder of a started server, and say where it is
    #[arg(long, global = true)]
    pub keep_data: bool,
}

/// A server under load.
pub struct Target {
    pub address: SocketAddr,
    pub kind: &'static Kind,
    pid: Option<u32>,
    process: Option<RunningServer>,
}

impl ServerArgs {
    /// Starts Hubbub, or accepts the one that runs.
    pub fn target(&self) -> Result<Target> {
        self.start(&Kind::HUBBUB)
    }

    /// Hubbub with further settings.
    pub fn target_with(&self, environment: &[(&str, &str)]) -> Result<Target> {
        let mut process = (Kind::HUBBUB.command)(self)?;
        let settings = environment.iter();
        let settings = settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        process.environment.extend(settings);
        self.launch(&Kind::HUBBUB, process)
    }

    /// Starts one of the kinds of server; `--url` is always Hubbub.
    pub fn start(&self, kind: &'static Kind) -> Result<Target> {
        match &self.url {
            Some(url) if kind.is_hubbub() => {
                Ok(Target { address: loopback(url)?, kind, pid: self.pid, process: None })
            }
            _ => self.launch(kind, (kind.command)(self)?),
        }
    }

    fn launch(&self, kind: &'static Kind, process: Process) -> Result<Target> {
        if let Some(cores) = self.pin {
            cores::pin(cores.server)?;
        }
        let process = RunningServer::start(process);
        if let Some(cores) = self.pin {
            cores::pin(cores.generator)?;
        }
        let process = process?;
        let (address, pid) = (process.address(), Some(process.pid()));
        Ok(Target { address, kind, pid, process: Some(process) })
    }
}

impl Target {
    /// CPU time used so far; `None` when the process is not known.
    pub fn cpu_time(&self) -> Result<Option<Duration>> {
        self.pid.map(proc::cpu_time).transpose()
    }

    /// Memory in use; `None` when the process is not known.
    pub fn resident_bytes(&self) -> Result<Option<u64>> {
        self.pid.map(proc::resident_bytes).transpose()
    }

    /// The process, for tests that end and restart it. Its CPU time and memory are not known from then on.
    pub fn take_process(&mut self) -> Result<RunningServer> {
        self.pid = None;
        match self.process.take() {
            Some(process) => Ok(process),
            None => bail!("this test restarts the server, so it has to start it: use --server"),
        }
    }
}

/// The address behind a URL, if it is on this machine. A load generator pointed elsewhere by mistake is an attack.
pub fn loopback(url: &str) -> Result<SocketAddr> {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let host = rest.split('/').next().unwrap_or_default();
    let host = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let addresses: Vec<SocketAddr> =
        host.to_socket_addrs().wrap_err_with(|| format!("{url} has no address"))?.collect();
    if let Some(foreign) = addresses.iter().find(|address| !address.ip().is_loopback()) {
        bail!("{url} is {foreign}, not this machine: only loopback addresses are put under load");
    }
    addresses.first().copied().wrap_err_with(|| format!("{url} has no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_put_under_load() {
        assert!(loopback("http://127.0.0.1:3000").is_ok());
        assert!(loopback("http://127.8.8.8:3000/rooms").is_ok());
        assert!(loopback("[::1]:3000").is_ok());
        for foreign in
            ["http://192.0.2.7:3000", "http://0.0.0.0:3000", "http://10.0.0.1", "nonsense"]
        {
            assert!(loopback(foreign).is_err(), "{foreign}");
        }
    }
}
