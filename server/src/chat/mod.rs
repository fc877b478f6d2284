//! The rules of the chat, and the only door to a write.
//!
//! `actor` is who asks, `access` what they may do. `users` signs in and authenticates, `rooms` and `messages` do what their names say, `directory` is the list of rooms,
//! `sequencer` keeps the order of a room between saving and publishing, `names` decides what a name may look like, `limits`
//! how much one user or address may ask for, `doubts` looks after sessions when events were lost, `once` carries out commands
//! to their end, and forms once, `clock` tells the time. What arrives over HTTP or a socket is taken apart next door, in `http`
//! and `ws`.

mod access;
mod actor;
mod clock;
mod directory;
mod doubts;
mod limits;
mod messages;
mod names;
mod once;
mod rooms;
mod sequencer;
mod users;

pub use actor::Actor;
pub use clock::Clock;
pub use directory::broadcast_directory;
pub use doubts::settle_doubts;
pub use limits::{Origin, retry_after_seconds};
pub use messages::{CatchUpPage, Sent};
pub use once::to_its_end;
pub use rooms::CreateRoomError;
pub use users::{SessionToken, SignInError};

use crate::bus::Bus;
use crate::config::Config;
use crate::hub::Hub;
use crate::store::{Store, StoreError, TokenHash};
use directory::Directory;
use limits::Limits;
use messages::{PageCache, ResetCache};
use moka::future::Cache;
use once::{Once, Typed};
use protocol::{Epoch, ErrorCode, FormKey, Millis, Room, UserId};
use sequencer::Sequencer;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Everything a request or a socket may do.
pub struct Chat {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    hub: Arc<Hub>,
    sequencer: Sequencer,
    limits: Limits,
    pages: PageCache,
    resets: ResetCache,
    /// What forms led to, by their key and what was typed.
    sign_ins: Once<(FormKey, Typed), SessionToken>,
    new_rooms: Once<(UserId, FormKey, Typed), Room>,
    directory: Directory,
    /// Sessions that were ended by hand just now.
    left: Cache<TokenHash, ()>,
    readiness: Cache<(), ()>,
    session_idle: Duration,
    clock: Clock,
}

/// A command that was refused; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandError {
    pub code: ErrorCode,
    /// When to try again, with [`ErrorCode::RateLimited`].
    pub retry_after: Option<Duration>,
}

impl CommandError {
    /// When to try again, in whole milliseconds, rounded up: a client that waits this long is admitted.
    #[must_use]
    pub fn retry_after_ms(self) -> Option<u32> {
        let whole = |wait: Duration| u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
        self.retry_after.map(|wait| whole(wait).saturating_add(1))
    }
}

/// Why nobody should be sent here now.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    #[error("the store cannot be used")]
    Store(#[from] StoreError),
    #[error("the hub does not answer")]
    Hub,
}

/// The hub takes microseconds for each event; when it does not come to a question for this long it is stuck.
const HUB_ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Everybody may ask whether the server is ready, and it costs a commit: it is found out for all who ask within this time.
const READY_KEPT: Duration = Duration::from_secs(1);

pub type Result<T> = std::result::Result<T, CommandError>;

impl Chat {
    /// Starts the sequencer; needs a running runtime.
    #[must_use]
    pub fn start(
        config: &Config,
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        hub: Arc<Hub>,
        clock: Clock,
    ) -> Self {
        Self {
            sequencer: Sequencer::start(store.clone(), bus.clone()),
            limits: Limits::new(config),
            pages: messages::page_cache(),
            resets: messages::reset_cache(),
            sign_ins: Once::default(),
            new_rooms: Once::default(),
            directory: Directory::default(),
            left: users::left_cache(),
            readiness: Cache::builder().max_capacity(1).time_to_live(READY_KEPT).build(),
            session_idle: config.session_idle(),
            clock,
            store,
            bus,
            hub,
        }
    }

    #[must_use]
    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Names what the store holds; positions of another epoch mean nothing.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.store.epoch()
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// Whether the store can be read and written, and the hub passes on what happens: now, or a second ago.
    ///
    /// # Errors
    /// What is missing.
    pub async fn ready(&self) -> std::result::Result<(), Arc<NotReady>> {
        let check = async {
            self.store.check().await?;
            timeout(HUB_ANSWERS_WITHIN, self.hub.check()).await.map_err(|_| NotReady::Hub)
        };
        self.readiness.try_get_with((), check).await
    }

    /// Waits until the sequencer is gone, which it never is as long as all is well.
    pub fn sequencer_ended(&self) -> impl Future<Output = ()> + Send + use<> {
        self.sequencer.ended()
    }
}

impl From<ErrorCode> for CommandError {
    fn from(code: ErrorCode) -> Self {
        Self { code, retry_after: None }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        error.log("a command could not be carried out");
        ErrorCode::Unavailable.into()
    }
}
