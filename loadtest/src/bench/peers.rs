//! The servers that Hubbub is compared with. Their sources lie in `loadtest/peers`, with the script that installs them.

use super::socketio::SocketIo;
use crate::{
    target::{Kind, Process},
    wire::{Plain, Wire},
};
use color_eyre::eyre::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Where `peers/setup` installs, relative to the repository.
pub(super) const CACHE: &str = "target/peers";
/// Where the peers' sources are, relative to the repository.
const SOURCES: &str = "loadtest/peers";

pub static PEERS: [Kind; 5] = [
    Kind { value: "uws", name: "uWebSockets.js", command: |_| node("uws.js"), wire: Some(plain) },
    Kind { value: "ws", name: "ws", command: |_| node("ws.js"), wire: Some(plain) },
    Kind {
        value: "socket-io",
        name: "socket.io",
        command: |_| node("socketio.js"),
        wire: Some(socketio),
    },
    // As it comes, with one SQLite insert a message.
    Kind {
        value: "flask",
        name: "Flask-SocketIO",
        command: |_| flask("threading"),
        wire: Some(socketio),
    },
    Kind {
        value: "flask-gevent",
        name: "Flask-SocketIO + gevent",
        command: |_| flask("gevent"),
        wire: Some(socketio),
    },
];

fn plain() -> Box<dyn Wire> {
    Box::new(Plain)
}

fn socketio() -> Box<dyn Wire> {
    Box::new(SocketIo)
}

/// One of them, as its name on the command line.
pub(super) fn find(value: &str) -> Option<&'static Kind> {
    Kind::all().find(|kind| kind.value == value)
}

/// What one has to know to compare it with Hubbub.
pub(super) fn does_not_do(kind: &Kind) -> &'static str {
    match kind.value {
        "hubbub" => "–",
        "floor" => "anything but send: no WebSocket library, sessions, storage or history",
        "flask" | "flask-gevent" => "acknowledge what it stored, order, sessions, catch-up",
        _ => "durability, order, sessions, history",
    }
}

/// Installs what is missing.
pub(super) fn set_up() -> Result<()> {
    let status = Command::new("loadtest/peers/setup")
        .status()
        .wrap_err("loadtest/peers/setup could not be started; run this from the repository")?;
    if !status.success() {
        bail!("loadtest/peers/setup ended with {status}");
    }
    Ok(())
}

fn node(script: &str) -> Result<Process> {
    let modules = std::path::absolute(Path::new(CACHE).join("node_modules"))?;
    let environment =
        [("NODE_PATH", modules.display().to_string()), ("NODE_ENV", "production".to_owned())];
    process(PathBuf::from("node"), &modules, script, &environment)
}

fn flask(mode: &str) -> Result<Process> {
    let python = std::path::absolute(Path::new(CACHE).join("venv/bin/python"))?;
    let environment = [("PEER_ASYNC_MODE", mode.to_owned())];
    process(python.clone(), &python, "flask_socketio_sqlite.py", &environment)
}

fn process(
    program: PathBuf,
    needs: &Path,
    script: &str,
    environment: &[(&str, String)],
) -> Result<Process> {
    if !needs.exists() {
        bail!("the peers are not installed: run loadtest/peers/setup");
    }
    let script = std::path::absolute(Path::new(SOURCES).join(script))?;
    let data = tempfile::Builder::new().prefix("hubbub-peer-").tempdir()?;
    let folder = ("PEER_DATA_DIR", data.path().display().to_string());
    let environment = environment.iter().cloned().chain([folder]);
    Ok(Process {
        program,
        arguments: vec![script.display().to_string()],
        environment: environment.map(|(name, value)| (name.to_owned(), value)).collect(),
        data: Some(data),
    })
}
