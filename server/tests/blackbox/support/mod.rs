//! A server to test, and clients that speak to it as anybody would. Nothing sleeps: every wait is for a signal, and ends
//! in a failure after [`PATIENCE`].

pub mod client;
pub mod program;
pub mod raw;
pub mod socket;
#[expect(clippy::disallowed_methods, reason = "a store around a store")]
pub mod store;

pub use client::Client;
pub use program::Program;
pub use socket::Socket;
pub use store::Orders;

use rusqlite::{Connection, params};
use server::RunError;
use server::chat::Clock;
use server::config::Config;
use server::store::sqlite::SqliteStore;
use server::store::{Name, Store};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a test waits for something that has to come; generous, because it only counts when the test fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A server in this process, on a port of its own.
pub struct TestServer {
    pub address: SocketAddr,
    data: TempDir,
    stop: CancellationToken,
    running: JoinHandle<Result<(), RunError>>,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with these flags besides those that every test needs.
    pub async fn start_with(flags: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().expect("a temporary folder"), flags).await
    }

    pub async fn start_in(data: TempDir, flags: &[&str]) -> Self {
        Self::start_on(data, flags, &Orders::default(), Clock::default()).await
    }

    /// Starts with so many rooms besides the first one, `Room 000000` and so on: as many as somebody could make in a while.
    pub async fn start_with_rooms(count: u32, flags: &[&str]) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let path = data.path().join("hubbub.db");
        SqliteStore::open(&path).expect("a store").close().await;
        let mut database = Connection::open(&path).expect("its file");
        let all = database.transaction().expect("a transaction");
        let statement = "INSERT INTO rooms (slug, name, name_key, skeleton, created_at)
             VALUES (?1, ?2, ?3, ?4, 1)";
        all.execute(statement, params!["general", "general", "general", "general"])
            .expect("the first room");
        for number in 0..count {
            let Name { shown, key, skeleton } = Name::new(format!("Room {number:06}"));
            all.prepare_cached(statement)
                .expect("a statement")
                .execute(params![format!("room-{number}"), shown, key, skeleton])
                .expect("a room");
        }
        all.commit().expect("rooms");
        drop(database);
        Self::start_in(data, flags).await
    }

    /// Starts on a store that takes orders.
    pub async fn start_with_store(orders: &Orders) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let flags = ["--commands-per-second=100000"];
        Self::start_on(data, &flags, orders, Clock::default()).await
    }

    /// Starts with a clock that can be turned.
    pub async fn start_with_clock(clock: &Clock) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        Self::start_on(data, &[], &Orders::default(), clock.clone()).await
    }

    async fn start_on(data: TempDir, flags: &[&str], orders: &Orders, clock: Clock) -> Self {
        let config = config(data.path(), flags);
        let around = |store| orders.around(store);
        let server = server::build_on(&config, around, clock).await.expect("the server starts");
        let address = server.address().expect("an address");
        let stop = CancellationToken::new();
        let running = tokio::spawn(server.run(stop.clone()));
        Self { address, data, stop, running }
    }

    /// Stops it as SIGTERM does, and gives back its data.
    pub async fn stop(self) -> TempDir {
        self.stop.cancel();
        within(self.running).await.expect("the server stops by itself").expect("without a fault");
        self.data
    }

    /// Waits until it ends by itself.
    pub async fn ended(self) -> Result<(), RunError> {
        within(self.running).await.expect("no panic in the server itself")
    }

    /// The database, for looking into it as an operator would.
    pub fn database(&self) -> PathBuf {
        self.data.path().join("hubbub.db")
    }

    /// Tries to start a second server on the data of this one.
    pub async fn start_another(&self) -> color_eyre::Result<()> {
        server::build(&config(self.data.path(), &[])).await.map(drop)
    }

    pub async fn restart(self) -> Self {
        let data = self.stop().await;
        Self::start_in(data, &[]).await
    }

    /// Puts a file into the site's folder.
    pub fn add_site_file(&self, path: &str, content: &str) {
        let path = self.data.path().join("site").join(path);
        std::fs::write(path, content).expect("the file is written");
    }

    /// Somebody who is signed in.
    pub async fn client(&self, name: &str) -> Client {
        Client::sign_in(self.address, name).await
    }

    /// Somebody who is signed in and connected.
    pub async fn socket(&self, name: &str) -> Socket {
        self.client(name).await.connect().await
    }

    /// Somebody who is in the first room, live.
    pub async fn member(&self, name: &str) -> Socket {
        let mut socket = self.socket(name).await;
        socket.open(ROOM, 0).await;
        socket
    }
}

/// The room that every server starts with.
pub const ROOM: i64 = 1;

fn config(data: &Path, flags: &[&str]) -> Config {
    let site = data.join("site");
    std::fs::create_dir_all(site.join("pkg")).expect("a folder for the site");
    let path = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
    let mut args = vec!["--listen=127.0.0.1:0".to_owned()];
    args.push(format!("--data-dir={}", path(data)));
    args.push(format!("--site-dir={}", path(&site)));
    args.extend(flags.iter().map(ToString::to_string));
    Config::of_flags(args)
}

/// Waits, but not for ever.
pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("it comes in time")
}
