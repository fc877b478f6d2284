//! What a page asks of the server while it renders there: one narrow trait, protocol types only.
//!
//! The server implements it for one request and one viewer and hands it over as `Arc<dyn Backend>` in the Leptos
//! context, so nothing here takes a user: who asks is fixed when the request is authenticated.

use async_trait::async_trait;
use protocol::{ErrorCode, MessagePage, RoomId, RoomSnapshot, RoomSummary, Seq, User};

#[async_trait]
pub trait Backend: Send + Sync {
    /// Who is signed in; nobody on `/login`.
    fn viewer(&self) -> Option<User>;

    /// All rooms, the liveliest first.
    ///
    /// # Errors
    /// [`ErrorCode::Unavailable`] when the store cannot be read.
    async fn rooms(&self) -> Result<Vec<RoomSummary>, ErrorCode>;

    /// A room with its last messages.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownRoom`], or [`ErrorCode::Unavailable`] when the store cannot be read.
    async fn room(&self, slug: &str) -> Result<RoomSnapshot, ErrorCode>;

    /// The messages of a room just before `before`; none for an unknown room.
    ///
    /// # Errors
    /// [`ErrorCode::Unavailable`] when the store cannot be read.
    async fn history(&self, room: RoomId, before: Seq) -> Result<MessagePage, ErrorCode>;

    /// Answers the page that is being rendered with this HTTP status instead of 200.
    fn set_status(&self, status: u16);
}
