//! The server: everything behind `hubbub`, as a library so that tests can start it on a port of their own.
//!
//! `config` is read, `build` opens the store and puts the parts together, `Server::run` serves until it is told to stop.
//! The arrows inside point one way: `http` and `ws` call `chat`, which calls `store` and `bus`; the bus feeds the `hub`.

// The type of a rendered page contains the types of all its parts.
#![recursion_limit = "256"]

pub mod bus;
#[expect(clippy::disallowed_methods, reason = "the one door to a write")]
pub mod chat;
pub mod config;
pub mod http;
pub mod hub;
pub mod shutdown;
pub mod site;
pub mod store;
pub mod supervise;
pub mod telemetry;
pub mod ws;

use bus::{Bus, LocalBus};
use chat::{Chat, Clock};
use color_eyre::eyre::{Result, WrapErr, eyre};
use config::Config;
use hub::Hub;
use leptos::config::LeptosOptions;
use protocol::CloseCode;
use site::{Doors, Files, OwnOrigin, SiteState};
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use store::sqlite::SqliteStore;
use supervise::{Ended, Tasks};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const DATABASE_FILE: &str = "hubbub.db";
const LOCK_FILE: &str = "hubbub.lock";

/// How often expired sessions and allowances that nobody uses are forgotten.
const TIDY_INTERVAL: Duration = Duration::from_mins(10);

/// How long sockets may take to say goodbye when the server stops.
const SOCKETS_DRAIN_MAX: Duration = Duration::from_secs(5);

/// How long the store may take to finish what was accepted and to close. A disk that is stuck must not keep a process for
/// ever; what was acknowledged is safe, and the next start recovers the rest.
const STORE_CLOSE_MAX: Duration = Duration::from_secs(10);

/// A server that listens and is ready to run.
pub struct Server {
    listener: TcpListener,
    doors: Doors,
    site: SiteState,
    store: Arc<dyn Store>,
    tasks: Tasks,
    /// Released when the server is gone.
    data_lock: File,
}

/// Why a server did not stop as it should.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("the server cannot go on")]
    Broken(#[from] Ended),
    #[error("the store did not close within {} seconds", STORE_CLOSE_MAX.as_secs())]
    StoreStuck,
}

/// Opens the store, takes the port and puts the parts together.
///
/// # Errors
/// When the data folder, the site's files or the port cannot be used.
pub async fn build(config: &Config) -> Result<Server> {
    build_on(config, |store| store, Clock::default()).await
}

/// The same with a store that something was put around, and by another clock: how tests bring about a disk that fails and
/// sessions that grow old.
///
/// # Errors
/// As [`build`].
pub async fn build_on(
    config: &Config,
    around: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>,
    clock: Clock,
) -> Result<Server> {
    let leptos = leptos_options()?;
    let files = Arc::new(Files::find(config)?);
    // Rendering spawns tasks; tests build several servers in one process, so this may have been done.
    let _ = any_spawner::Executor::init_tokio();
    std::fs::create_dir_all(&config.data_dir)
        .wrap_err_with(|| format!("cannot create the data folder {}", config.data_dir.display()))?;
    let data_lock = lock(&config.data_dir)?;
    let database = config.data_dir.join(DATABASE_FILE);
    let store = around(Arc::new(
        SqliteStore::open(&database)
            .wrap_err_with(|| format!("cannot open the database {}", database.display()))?,
    ));
    let bus = Arc::new(LocalBus::default());
    let hub = Arc::new(Hub::default());
    let events = bus.subscribe().ok_or_else(|| eyre!("the bus has a listener already"))?;
    let chat = Arc::new(Chat::start(config, store.clone(), bus, hub.clone(), clock));
    chat.ensure_first_room().await.wrap_err("cannot create the first room")?;

    let mut tasks = Tasks::default();
    tasks.spawn("broadcasts", hub.broadcast_failed());
    tasks.spawn("hub", async move { hub.run(events).await });
    tasks.spawn("list of rooms", chat::broadcast_directory(chat.clone()));
    tasks.spawn("sessions in doubt", chat::settle_doubts(chat.clone()));
    tasks.spawn("tidying", tidy(chat.clone()));
    tasks.spawn("sequencer", chat.sequencer_ended());
    tasks.spawn("store", {
        let store = store.clone();
        async move { store.broken().await }
    });

    let listener = http::listen(config.listen)
        .wrap_err_with(|| format!("cannot listen on {}", config.listen))?;
    let site = SiteState {
        chat,
        connections: TaskTracker::new(),
        leptos,
        too_often_page: app::too_often_page(&files.assets).into(),
        files,
        public_url: config.public_url.clone(),
        own_origin: Arc::new(OwnOrigin::new(config.public_url.clone())),
        trusted_proxies: config.trusted_proxies.clone().into(),
        socket_doors: Arc::new(Doors::new(config)),
    };
    let doors = Doors::new(config);
    Ok(Server { listener, doors, site, store, tasks, data_lock })
}

impl Server {
    /// Where it listens.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until `stop`, or until a task is gone without which it is no server; then lets requests and sockets finish and
    /// closes the store. Every wait on the way is bounded.
    ///
    /// # Errors
    /// When it had to stop by itself, or could not stop properly.
    pub async fn run(self, stop: CancellationToken) -> std::result::Result<(), RunError> {
        let Self { listener, doors, site, store, mut tasks, data_lock } = self;
        let connections = site.connections.clone();
        let hub = site.chat.hub().clone();
        let sockets = {
            let stop = stop.clone();
            async move {
                let ended = tokio::select! {
                    () = stop.cancelled() => None,
                    ended = tasks.ended() => Some(ended),
                };
                if let Some(ended) = &ended {
                    let error: &dyn std::error::Error = ended;
                    tracing::error!(error, "the server cannot go on; it ends to be started again");
                    stop.cancel();
                }
                hub.close_all(CloseCode::Restarting);
                // The others go on until the sockets are served.
                (ended, tasks)
            }
        };
        let ((), (ended, tasks)) =
            tokio::join!(http::serve(listener, doors, http::router(site), stop), sockets);
        // An upgrade that was under way when the others were told.
        connections.close();
        if tokio::time::timeout(SOCKETS_DRAIN_MAX, connections.wait()).await.is_err() {
            tracing::warn!(sockets = connections.len(), "some sockets did not say goodbye in time");
        }
        drop(tasks);
        if tokio::time::timeout(STORE_CLOSE_MAX, store.close()).await.is_err() {
            return Err(RunError::StoreStuck);
        }
        drop(data_lock);
        if let Some(ended) = ended {
            return Err(ended.into());
        }
        tracing::info!("stopped");
        Ok(())
    }
}

/// Keeps a second server away from the same data: each would deliver only what was sent to itself.
fn lock(data_dir: &Path) -> Result<File> {
    let path = data_dir.join(LOCK_FILE);
    let file = File::create(&path).wrap_err_with(|| format!("cannot write {}", path.display()))?;
    file.try_lock().wrap_err_with(|| {
        format!("another server is using the data folder {}", data_dir.display())
    })?;
    Ok(file)
}

async fn tidy(chat: Arc<Chat>) {
    let mut interval = tokio::time::interval(TIDY_INTERVAL);
    loop {
        interval.tick().await;
        chat.tidy_limits();
        chat.tidy_sessions().await;
    }
}

fn leptos_options() -> Result<LeptosOptions> {
    // `cargo leptos watch` says which port reloads the page.
    if std::env::var_os("LEPTOS_WATCH").is_some() {
        return Ok(leptos::config::get_configuration(None)?.leptos_options);
    }
    Ok(LeptosOptions::builder().output_name("hubbub").build())
}
