//! The real program as a process of its own.

use super::PATIENCE;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use tempfile::TempDir;

pub struct Program {
    pub address: SocketAddr,
    child: Child,
    log: Receiver<String>,
}

impl Program {
    pub fn start(data: &TempDir) -> Self {
        Self::start_with(data, &["--log=info", "--commands-per-second=100000"])
    }

    /// Starts with these flags besides those that every test needs, whatever the environment says.
    pub fn start_with(data: &TempDir, flags: &[&str]) -> Self {
        let site = data.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).expect("a folder for the site");
        let mut child = Command::new(env!("CARGO_BIN_EXE_hubbub"))
            .env_clear()
            .args(flags)
            .arg("--listen=127.0.0.1:0")
            .arg("--data-dir")
            .arg(data.path())
            .arg("--site-dir")
            .arg(site)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stderr = child.stderr.take().expect("its log");
        let (lines, log) = mpsc::channel();
        std::thread::spawn(move || {
            // Read to the end, or the program would block on a full pipe.
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        let address = loop {
            let line = log.recv_timeout(PATIENCE).expect("it says where it listens");
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.trim().parse().expect("an address");
            }
        };
        Self { address, child, log }
    }

    /// Waits for a line of the log that has `part` in it.
    pub fn log_until(&self, part: &str) {
        while !self.log.recv_timeout(PATIENCE).expect("the line comes").contains(part) {}
    }

    /// The lines that were not waited for, until the program has ended.
    pub fn rest_of_log(&self) -> Vec<String> {
        self.log.iter().collect()
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args([&format!("-{name}"), &pid]).status();
        assert!(status.expect("the signal is sent").success());
    }

    pub fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it is gone");
    }

    /// Waits until it has ended.
    pub fn exit(&mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
