//! A server process: started, waited for until it listens, ended with this program.

use color_eyre::eyre::{Context, ContextCompat, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A server that does not listen by then is broken.
const START: Duration = Duration::from_secs(30);
/// A server that does not exit on SIGTERM by then is broken.
const STOP: Duration = Duration::from_secs(20);
/// Log lines kept, to be shown when the server fails.
const LOG_LINES: usize = 40;

/// How to start a server, again and again on the same data.
pub struct Process {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
    /// Where its data lives; removed at the end unless it is to be kept.
    #[expect(dead_code, reason = "it is held for the moment it is dropped")]
    pub data: Option<TempDir>,
}

/// A server that listens.
pub struct RunningServer {
    recipe: Arc<Process>,
    child: Child,
    address: SocketAddr,
    log: Log,
}

/// The last lines that a server wrote.
type Log = Arc<Mutex<Vec<String>>>;

impl RunningServer {
    pub fn start(recipe: Process) -> Result<Self> {
        Self::launch(Arc::new(recipe), None)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Starts it again on the same port and data after it ended.
    pub fn start_again(&mut self) -> Result<()> {
        *self = Self::launch(Arc::clone(&self.recipe), Some(self.address))?;
        Ok(())
    }

    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(Pid::from_raw(i32::try_from(self.pid())?), signal).wrap_err("signalling the server")
    }

    /// Ends it without warning.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop and expects it to exit with 0.
    pub fn stop(&mut self) -> Result<()> {
        let end = Instant::now() + STOP;
        self.signal(Signal::SIGTERM)?;
        loop {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => {
                    bail!("after SIGTERM the server ended with {status}:\n{}", lines(&self.log))
                }
                None if Instant::now() > end => {
                    let log = lines(&self.log);
                    bail!("the server did not exit within {STOP:?} after SIGTERM:\n{log}");
                }
                None => thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    fn launch(recipe: Arc<Process>, address: Option<SocketAddr>) -> Result<Self> {
        let mut command = Command::new(&recipe.program);
        command.args(&recipe.arguments);
        // What whoever runs this has set must not reach the server under test.
        for name in foreign(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok())) {
            command.env_remove(name);
        }
        command.envs(recipe.environment.iter().map(|(name, value)| (name, value)));
        if let Some(address) = address {
            command.env("HUBBUB_LISTEN", address.to_string());
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .wrap_err_with(|| format!("starting {}", recipe.program.display()))?;
        let log = Log::default();
        let (found, addresses) = channel();
        if let Some(stdout) = child.stdout.take() {
            watch(stdout, Arc::clone(&log), found.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            watch(stderr, Arc::clone(&log), found);
        }
        match addresses.recv_timeout(START) {
            Ok(address) => Ok(Self { recipe, child, address, log }),
            Err(error) => {
                let _gone = child.kill();
                child.wait()?;
                let (program, log) = (recipe.program.display(), lines(&log));
                match error {
                    RecvTimeoutError::Timeout => {
                        bail!("{program} did not listen within {START:?}:\n{log}")
                    }
                    RecvTimeoutError::Disconnected => {
                        bail!("{program} ended before it listened:\n{log}")
                    }
                }
            }
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // It is gone already when these fail.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn lines(log: &Log) -> String {
    log.lock().map(|lines| lines.join("\n")).unwrap_or_default()
}

/// Reads a log to its end, so that the server never blocks on a full pipe.
fn watch(output: impl Read + Send + 'static, log: Log, found: Sender<SocketAddr>) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Ok(address) = listening(&line) {
                // Nobody waits for a second address.
                let _nobody = found.send(address);
            }
            if let Ok(mut lines) = log.lock() {
                if lines.len() == LOG_LINES {
                    lines.remove(0);
                }
                lines.push(line);
            }
        }
    });
}

/// The variables that a server would read.
fn foreign(names: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    names.filter(|name| name.starts_with("HUBBUB_") || name.starts_with("LEPTOS_"))
}

fn listening(line: &str) -> Result<SocketAddr> {
    let (_, rest) = line.split_once("listening on http://").wrap_err("another line")?;
    let end = rest
        .find(|character: char| !character.is_ascii_digit() && !".:[]".contains(character))
        .unwrap_or(rest.len());
    Ok(rest[..end].parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_under_test_reads_no_settings_of_whoever_tests_it() {
        let names = ["PATH", "HUBBUB_LISTEN", "LEPTOS_WATCH", "MY_HUBBUB_BIN"].map(str::to_owned);
        let foreign: Vec<String> = foreign(names.into_iter()).collect();
        assert_eq!(foreign, ["HUBBUB_LISTEN", "LEPTOS_WATCH"]);
    }

    #[test]
    fn the_address_is_read_from_a_log_line() -> Result<()> {
        let line = "2025-01-01T00:00:00Z  INFO hubbub: listening on http://127.0.0.1:4567 data=x";
        assert_eq!(listening(line)?, "127.0.0.1:4567".parse()?);
        assert!(listening("INFO starting").is_err());
        Ok(())
    }
}
