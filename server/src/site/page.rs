//! Whose page a request comes from, and that it is still meant: see [`PageIdentity`].

use super::{NotSignedIn, SiteState, Viewer};
use crate::chat::Actor;
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use protocol::{ErrorCode, PAGE_HEADER, PROTOCOL_VERSION, PageIdentity, UserId};

impl SiteState {
    /// What a page that is made for this user now belongs to.
    #[must_use]
    pub fn page_identity(&self, user: UserId) -> PageIdentity {
        PageIdentity { protocol: PROTOCOL_VERSION, epoch: self.chat.epoch(), user }
    }

    /// Whether a page that says it is `page` may still speak for this user. Requests that say nothing are not a page's.
    #[must_use]
    pub fn is_page_of(&self, page: Option<&str>, user: UserId) -> bool {
        page.is_none_or(|page| page.parse() == Ok(self.page_identity(user)))
    }
}

/// Who is behind a request of a page's script; the page is their own.
pub struct PageActor(pub Actor);

/// Why a page's script gets no answer.
pub enum PageRefusal {
    NotSignedIn(NotSignedIn),
    /// The page is another user's, another store's or another protocol's.
    Stale,
    /// The session could not be looked up.
    Unavailable,
}

impl FromRequestParts<SiteState> for PageActor {
    type Rejection = PageRefusal;

    async fn from_request_parts(
        parts: &mut Parts,
        site: &SiteState,
    ) -> Result<Self, Self::Rejection> {
        let viewer = Viewer::from_request_parts(parts, site).await;
        let viewer = viewer.map_err(|_| PageRefusal::Unavailable)?;
        let actor = viewer.signed_in().map_err(PageRefusal::NotSignedIn)?;
        // A header that is no text fits nobody.
        let page = parts.headers.get(PAGE_HEADER).map(|page| page.to_str().unwrap_or_default());
        if site.is_page_of(page, actor.user.id) { Ok(Self(actor)) } else { Err(PageRefusal::Stale) }
    }
}

impl IntoResponse for PageRefusal {
    fn into_response(self) -> Response {
        match self {
            Self::NotSignedIn(refused) => refused.into_response(),
            Self::Stale => (StatusCode::CONFLICT, Json(ErrorCode::StalePage)).into_response(),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, Json(ErrorCode::Unavailable)).into_response()
            }
        }
    }
}
