//! Who is signed in on this page. Signing in and out are full page loads, so it never changes while the page lives.

use crate::api;
use leptos::prelude::{SharedValue, expect_context, provide_context};
use protocol::User;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub viewer: Option<User>,
}

/// Reads the viewer from the request on the server and from the page in the browser, and provides it as context.
pub fn provide_session() -> Session {
    let session = Session { viewer: SharedValue::new(api::viewer).into_inner() };
    provide_context(session.clone());
    session
}

/// The session of the page.
///
/// # Panics
/// Outside of `App`.
#[must_use]
pub fn use_session() -> Session {
    expect_context::<Session>()
}
