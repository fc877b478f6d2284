//! What HTTP handlers and sockets share: the parts they call, who asks (`viewer`), whose page a request comes from (`page`),
//! which pages are ours (`origin`), and the files for the browser (`files`).

mod files;
mod origin;
mod page;
mod viewer;

pub use files::{BUILT, Files};
pub use origin::OwnOrigin;
pub use page::{PageRefusal, PageSession};
pub use viewer::{
    NotSignedIn, Unreadable, Viewer, has_just_left, keeps_cookies, left_cookie,
    left_removal_cookie, removal_cookie, session_cookie, visit_cookie,
};

use crate::chat::Chat;
use crate::config::PublicUrl;
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
    pub public_url: Option<PublicUrl>,
    pub own_origin: Arc<OwnOrigin>,
}
