//! What was measured on what: processor, kernel, versions. No names of machines or people.

use super::peers::CACHE;
use crate::target::ServerArgs;
use color_eyre::eyre::Result;
use std::{fs, process::Command, thread};

pub(super) struct Machine {
    /// Name and value, in the order to be shown.
    pub(super) lines: Vec<(&'static str, String)>,
}

impl Machine {
    pub(super) fn look(server: &ServerArgs) -> Result<Self> {
        let cores = thread::available_parallelism().map_or(0, usize::from);
        let cpu = proc_line("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
        // The generator may be pinned to one core, which is all it then sees.
        let online = fs::read_to_string("/sys/devices/system/cpu/online").unwrap_or_default();
        let memory = proc_line("/proc/meminfo", "MemTotal")
            .and_then(|line| line.split(' ').next().and_then(|kib| kib.parse::<u64>().ok()))
            .map_or_else(|| "unknown".to_owned(), |kib| format!("{} GiB", kib / 1024 / 1024));
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let kernel = kernel.split('-').next().unwrap_or_default().trim().to_owned();
        let pinning = server.pin.map_or_else(
            || "none".to_owned(),
            |cores| {
                format!("server on core {}, generator on core {}", cores.server, cores.generator)
            },
        );
        let mut lines = vec![
            ("Date", output("date", &["-u", "+%Y-%m-%d"])),
            ("Processor", cpu),
            (
                "Cores online",
                if online.trim().is_empty() { cores.to_string() } else { online.trim().to_owned() },
            ),
            ("Pinning", pinning),
            ("Memory", memory),
            ("Kernel", format!("Linux {kernel}")),
            ("Hubbub", output(&server.server.display().to_string(), &["--version"])),
            ("Node", output("node", &["--version"])),
        ];
        for (name, package) in [
            ("uWebSockets.js", "@trufflesuite/uws-js-unofficial"),
            ("ws", "ws"),
            ("socket.io", "socket.io"),
        ] {
            lines.push((name, node_package(package)));
        }
        lines.push(("Python", output("python3", &["--version"])));
        for (name, package) in [("Flask-SocketIO", "Flask-SocketIO"), ("gevent", "gevent")] {
            lines.push((name, python_package(package)));
        }
        lines.retain(|(_, value)| !value.is_empty());
        Ok(Self { lines })
    }
}

fn proc_line(file: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// What a command prints, or nothing where it is not there.
fn output(program: &str, arguments: &[&str]) -> String {
    Command::new(program)
        .args(arguments)
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}

fn node_package(name: &str) -> String {
    let file = format!("{CACHE}/node_modules/{name}/package.json");
    let package = fs::read_to_string(file)
        .ok()
        .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    package.and_then(|package| Some(package["version"].as_str()?.to_owned())).unwrap_or_default()
}

fn python_package(name: &str) -> String {
    let list = fs::read_to_string(format!("{CACHE}/installed-requirements.txt"));
    let list = list.unwrap_or_default();
    let version = list.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("=="));
    version.unwrap_or_default().to_owned()
}
