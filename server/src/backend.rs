//! What the rendered pages ask of the server, for one request and one viewer.

use crate::chat::Chat;
use app::backend::Backend;
use async_trait::async_trait;
use axum::http::StatusCode;
use leptos_axum::ResponseOptions;
use protocol::{ErrorCode, MessagePage, RoomId, RoomSnapshot, RoomSummary, Seq, User};
use std::sync::Arc;

pub struct RequestBackend {
    pub chat: Arc<Chat>,
    pub viewer: Option<User>,
    pub response: ResponseOptions,
}

#[async_trait]
impl Backend for RequestBackend {
    fn viewer(&self) -> Option<User> {
        self.viewer.clone()
    }

    async fn rooms(&self) -> Result<Vec<RoomSummary>, ErrorCode> {
        self.chat.rooms().await.map_err(|refused| refused.code)
    }

    async fn room(&self, slug: &str) -> Result<RoomSnapshot, ErrorCode> {
        self.chat.room_snapshot(slug).await.map_err(|refused| refused.code)
    }

    async fn history(&self, room: RoomId, before: Seq) -> Result<MessagePage, ErrorCode> {
        self.chat.history(room, before).await.map_err(|refused| refused.code)
    }

    fn set_status(&self, status: u16) {
        if let Ok(status) = StatusCode::from_u16(status) {
            self.response.set_status(status);
        }
    }
}
