//! What HTTP handlers and sockets share: the parts they call, who asks (`viewer`), whose page a request comes from (`page`),
//! where from (`address`) and how often (`too_often`), which pages are ours (`origin`), the files for the browser (`files`),
//! and what a connection is before anything is asked (`doors`, `guest`).

mod address;
mod doors;
mod files;
mod guest;
mod origin;
mod page;
mod too_often;
mod viewer;

pub use address::ComesFrom;
pub use doors::{Doors, Full, Place};
pub use files::{BUILT, Files};
pub use guest::Guest;
pub use origin::OwnOrigin;
pub use page::{PageActor, PageRefusal};
pub use too_often::TooOften;
pub use viewer::{
    NotSignedIn, Unreadable, Viewer, has_just_left, keeps_cookies, left_cookie,
    left_removal_cookie, removal_cookie, session_cookie, token, visit, visit_cookie,
};

use crate::chat::Chat;
use crate::config::PublicUrl;
use ipnet::IpNet;
use leptos::config::LeptosOptions;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// Everything that handlers share.
#[derive(Clone)]
pub struct SiteState {
    pub chat: Arc<Chat>,
    /// Open sockets, to wait for when the server stops.
    pub connections: TaskTracker,
    pub leptos: LeptosOptions,
    pub files: Arc<Files>,
    /// Says to who reads too often that they have to wait.
    pub too_often_page: Arc<str>,
    pub public_url: Option<PublicUrl>,
    pub own_origin: Arc<OwnOrigin>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Arc<[IpNet]>,
    /// Places for sockets, beside those of their connections: behind a proxy only these are counted by address.
    pub socket_doors: Arc<Doors>,
}
