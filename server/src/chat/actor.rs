//! Who asks. Every method of `chat` that serves somebody takes it first, and what they may do is decided in `access`.

use crate::store::{Session, SessionId};
use protocol::User;

/// The person of a live session. [`super::Chat::authenticate`] makes one from the token of a request; nothing that a request
/// says of itself can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub user: User,
    pub session: SessionId,
}

impl From<Session> for Actor {
    fn from(session: Session) -> Self {
        Self { user: session.user, session: session.id }
    }
}
