//! The kinds of server that the generator knows: Hubbub and the floor; the peers that they are compared with are in
//! [`crate::bench`].

use super::{Process, ServerArgs};
use crate::wire::{Plain, Wire};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use color_eyre::eyre::{Result, bail};
use std::fmt;

/// What is under load.
pub struct Kind {
    /// What it is called on the command line.
    pub value: &'static str,
    pub name: &'static str,
    pub(crate) command: fn(&ServerArgs) -> Result<Process>,
    /// How to speak to it; Hubbub's adapter needs its rooms.
    pub wire: Option<fn() -> Box<dyn Wire>>,
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
    /// The product.
    pub const HUBBUB: Self = Self { value: "hubbub", name: "Hubbub", command: hubbub, wire: None };

    /// Bare `send` of the same bytes, by this program: what the kernel takes.
    pub const FLOOR: Self = Self {
        value: "floor",
        name: "floor",
        command: |_| {
            Ok(Process {
                program: std::env::current_exe()?,
                arguments: vec!["floor-server".to_owned()],
                environment: Vec::new(),
                data: None,
            })
        },
        wire: Some(|| Box::new(Plain)),
    };

    pub fn all() -> impl Iterator<Item = &'static Self> {
        let kinds = [&Self::HUBBUB, &Self::FLOOR].into_iter();
        #[cfg(feature = "bench")]
        let kinds = kinds.chain(&crate::bench::peers::PEERS);
        kinds
    }

    pub fn is_hubbub(&self) -> bool {
        self.value == Self::HUBBUB.value
    }

    /// Reads its name on the command line.
    pub fn parser() -> impl TypedValueParser<Value = &'static Self> {
        PossibleValuesParser::new(Self::all().map(|kind| kind.value)).map(|value: String| {
            Self::all().find(|kind| kind.value == value).unwrap_or(&Self::HUBBUB)
        })
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.value)
    }
}

fn hubbub(arguments: &ServerArgs) -> Result<Process> {
    let program = arguments.server.clone();
    if !program.is_file() {
        let program = program.display();
        bail!(
            "there is no server at {program}: build it with `make build`, or name it with --server"
        );
    }
    let data = tempfile::Builder::new()
        .prefix("hubbub-loadtest-")
        .disable_cleanup(arguments.keep_data)
        .tempdir()?;
    if arguments.keep_data {
        eprintln!("data folder: {}", data.path().display());
    }
    let folder = data.path().display().to_string();
    let own = [("HUBBUB_LISTEN", "127.0.0.1:0"), ("HUBBUB_DATA_DIR", folder.as_str())];
    let settings = own.into_iter().chain(WITHOUT_LIMITS);
    Ok(Process {
        program,
        arguments: Vec::new(),
        environment: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        data: Some(data),
    })
}
