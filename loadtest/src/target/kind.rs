//! The servers that the generator knows: Hubbub, the floor, and the peers that it is compared with.

use super::{Process, ServerArgs};
use color_eyre::eyre::{ContextCompat, Result, bail};
use std::path::{Path, PathBuf};

/// Where `peers/setup` installs, relative to the repository.
pub const PEERS_CACHE: &str = "target/peers";
/// Where the peers' sources are, relative to the repository.
const PEERS: &str = "loadtest/peers";
const FLASK: &str = "flask_socketio_sqlite.py";

/// What is under load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The product
    Hubbub,
    /// Bare `send` of the same bytes, by this program: what the kernel takes
    Floor,
    /// uWebSockets.js
    Uws,
    /// ws for Node
    Ws,
    /// socket.io for Node
    SocketIo,
    /// Flask-SocketIO as it comes, with one SQLite insert a message
    Flask,
    /// The same on gevent
    FlaskGevent,
}

/// Load comes from few users, and all of it from one address; the limits that protect a team from one of them would stop it.
const WITHOUT_LIMITS: [(&str, &str); 7] = [
    ("HUBBUB_COMMANDS_PER_SECOND", "100000"),
    ("HUBBUB_ROOMS_PER_HOUR", "1000000"),
    ("HUBBUB_READS_PER_SECOND", "1000000"),
    ("HUBBUB_SIGN_INS_PER_MINUTE", "1000000"),
    ("HUBBUB_SOCKETS_PER_MINUTE", "1000000"),
    ("HUBBUB_CONNECTIONS", "1000000"),
    ("HUBBUB_CONNECTIONS_PER_ADDRESS", "1000000"),
];

impl Kind {
    pub const ALL: [Self; 7] = [
        Self::Hubbub,
        Self::Floor,
        Self::Uws,
        Self::Ws,
        Self::SocketIo,
        Self::Flask,
        Self::FlaskGevent,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Hubbub => "Hubbub",
            Self::Floor => "floor",
            Self::Uws => "uWebSockets.js",
            Self::Ws => "ws",
            Self::SocketIo => "socket.io",
            Self::Flask => "Flask-SocketIO",
            Self::FlaskGevent => "Flask-SocketIO + gevent",
        }
    }

    /// What one has to know to compare it with Hubbub.
    pub fn does_not_do(self) -> &'static str {
        match self {
            Self::Hubbub => "–",
            Self::Floor => "anything but send: no WebSocket library, sessions, storage or history",
            Self::Uws | Self::Ws | Self::SocketIo => "durability, order, sessions, history",
            Self::Flask | Self::FlaskGevent => {
                "acknowledge what it stored, order, sessions, catch-up"
            }
        }
    }

    pub(super) fn command(self, arguments: &ServerArgs) -> Result<Process> {
        match self {
            Self::Hubbub => hubbub(arguments),
            Self::Floor => Ok(Process {
                program: std::env::current_exe()?,
                arguments: vec!["floor-server".to_owned()],
                environment: Vec::new(),
                data: None,
            }),
            Self::Uws => peer("node", "uws.js"),
            Self::Ws => peer("node", "ws.js"),
            Self::SocketIo => peer("node", "socketio.js"),
            Self::Flask => peer("venv/bin/python", FLASK),
            Self::FlaskGevent => {
                let mut process = peer("venv/bin/python", FLASK)?;
                process.environment.push(("PEER_ASYNC_MODE".to_owned(), "gevent".to_owned()));
                Ok(process)
            }
        }
    }

    /// Whether what it needs is there.
    pub fn is_installed(self) -> bool {
        match self {
            Self::Hubbub | Self::Floor => true,
            Self::Uws | Self::Ws | Self::SocketIo => {
                Path::new(PEERS_CACHE).join("node_modules").is_dir()
            }
            Self::Flask | Self::FlaskGevent => {
                Path::new(PEERS_CACHE).join("venv/bin/python").exists()
            }
        }
    }
}

fn hubbub(arguments: &ServerArgs) -> Result<Process> {
    if !arguments.server.is_file() {
        bail!(
            "there is no server at {}: build it with `make build`, or name it with --server",
            arguments.server.display()
        );
    }
    let data = tempfile::Builder::new()
        .prefix("hubbub-loadtest-")
        .disable_cleanup(arguments.keep_data)
        .tempdir()?;
    if arguments.keep_data {
        eprintln!("data folder: {}", data.path().display());
    }
    let folder = data.path().to_str().wrap_err("the temporary folder's name is not UTF-8")?;
    Ok(Process {
        program: arguments.server.clone(),
        arguments: Vec::new(),
        environment: vec![
            ("HUBBUB_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("HUBBUB_DATA_DIR".to_owned(), folder.to_owned()),
        ]
        .into_iter()
        .chain(WITHOUT_LIMITS.map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect(),
        data: Some(data),
    })
}

fn peer(program: &str, script: &str) -> Result<Process> {
    let cache = PathBuf::from(PEERS_CACHE);
    let script = std::path::absolute(Path::new(PEERS).join(script))?;
    let program = if program.contains('/') {
        let program = std::path::absolute(cache.join(program))?;
        if !program.exists() {
            bail!("the peers are not installed: run loadtest/peers/setup");
        }
        program
    } else {
        PathBuf::from(program)
    };
    let data = tempfile::Builder::new().prefix("hubbub-peer-").tempdir()?;
    let folder = data.path().to_str().wrap_err("the temporary folder's name is not UTF-8")?;
    let modules = std::path::absolute(cache.join("node_modules"))?;
    Ok(Process {
        program,
        arguments: vec![script.display().to_string()],
        environment: vec![
            ("NODE_PATH".to_owned(), modules.display().to_string()),
            ("NODE_ENV".to_owned(), "production".to_owned()),
            ("PEER_DATA_DIR".to_owned(), folder.to_owned()),
        ],
        data: Some(data),
    })
}
