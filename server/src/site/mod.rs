//! What HTTP handlers and sockets share: the parts they call, who asks (`viewer`), whose page a request comes from (`page`),
//! which pages are ours, and the files for the browser (`files`).

mod files;
mod page;
mod viewer;

pub use files::{BUILT, Files};
pub use page::{PageRefusal, PageSession};
pub use viewer::{NotSignedIn, Viewer, removal_cookie, session_cookie};

use crate::chat::Chat;
use crate::config::PublicUrl;
use axum::http::{HeaderMap, HeaderValue, header};
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
}

impl SiteState {
    /// Whether a request comes from a page of this server: its `Origin` is the host it was sent to, or the public one.
    #[must_use]
    pub fn is_own_origin(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let Some(origin) = text(header::ORIGIN) else { return false };
        if self.public_url.as_ref().is_some_and(|public| public.origin() == origin) {
            return true;
        }
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        authority.is_some() && authority == text(header::HOST)
    }
}
