//! What was measured on what: processor, kernel, versions. No names of machines or people.

use super::peers::CACHE;
use crate::target::ServerArgs;
use color_eyre::eyre::Result;
use procfs::{CpuInfo, Current, Meminfo, sys::kernel::Version};
use std::{fs, process::Command};

pub(super) struct Machine {
    /// Name and value, in the order to be shown.
    pub(super) lines: Vec<(&'static str, String)>,
}

impl Machine {
    pub(super) fn look(server: &ServerArgs) -> Result<Self> {
        let cpus = CpuInfo::current()?;
        let cpu = cpus.model_name(0).unwrap_or("unknown").to_owned();
        // The generator may be pinned to one core, which is all it then sees.
        let online = fs::read_to_string("/sys/devices/system/cpu/online").unwrap_or_default();
        let memory = Meminfo::current()?.mem_total / 1024 / 1024 / 1024;
        let Version { major, minor, patch } = Version::current()?;
        let pinning = server.pin.map_or_else(
            || "none".to_owned(),
            |cores| {
                format!("server on core {}, generator on core {}", cores.server, cores.generator)
            },
        );
        let mut lines = vec![
            ("Date", output("date", &["-u", "+%Y-%m-%d"])),
            ("Processor", cpu),
            ("Cores online", online.trim().to_owned()),
            ("Pinning", pinning),
            ("Memory", format!("{memory} GiB")),
            ("Kernel", format!("Linux {major}.{minor}.{patch}")),
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
