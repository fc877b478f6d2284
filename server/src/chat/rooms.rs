//! Creating, listing and opening rooms.

use super::{Chat, Refusal, Result, names, now};
use crate::bus::Event;
use crate::hub::encode;
use crate::store::{CreateRoomOutcome, NewRoom, PageLimit, RoomRecord, StoreError};
use protocol::limits::{PAGE_MESSAGES, ROOM_NAME_CHARS_MAX};
use protocol::{
    ErrorCode, FormKey, MessageKey, NameFault, Room, RoomId, RoomSnapshot, RoomSummary, Seq,
    ServerFrame, UserId,
};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The room of a first start.
const FIRST_ROOM: &str = "general";

/// The slug of a room whose name has no character that a URL could show.
const NAMELESS_SLUG: &str = "room";

/// How often watchers of the list are told what changed in it: in a busy team every message changes a line.
const LOBBY_TICK: Duration = Duration::from_millis(500);

/// Why no room was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateRoomError {
    NameInvalid(NameFault),
    /// There is one of this name.
    Exists(Room),
    Refused(Refusal),
}

impl Chat {
    /// Creates a room and tells everybody who watches the list.
    ///
    /// # Errors
    /// See [`CreateRoomError`]; the refusal is `Unavailable`.
    pub async fn create_room(&self, typed: &str) -> std::result::Result<Room, CreateRoomError> {
        let name =
            names::parse(typed, ROOM_NAME_CHARS_MAX).map_err(CreateRoomError::NameInvalid)?;
        let slug = match slug::slugify(&name.shown) {
            slug if slug.is_empty() => NAMELESS_SLUG.to_owned(),
            slug => slug,
        };
        let request = NewRoom { name, slug, at: now() };
        match self.store.create_room(request).await {
            Ok(CreateRoomOutcome::Created(room)) => {
                self.bus.publish(Event::RoomCreated { room: room.id }).await;
                tracing::info!(room.id = %room.id, "a room was created");
                Ok(room)
            }
            Ok(CreateRoomOutcome::Exists(room)) => Err(CreateRoomError::Exists(room)),
            Err(error) => Err(CreateRoomError::Refused(error.into())),
        }
    }

    /// As [`Chat::create_room`], but one form of a user creates one room, however often it is sent.
    ///
    /// # Errors
    /// See [`CreateRoomError`].
    pub async fn create_room_once(
        &self,
        user: UserId,
        form: FormKey,
        typed: &str,
    ) -> std::result::Result<Room, CreateRoomError> {
        let form = (user, form, typed.to_owned());
        self.new_rooms.carry_out(form, self.create_room(typed)).await
    }

    /// Makes sure that there is a room to talk in.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ensure_first_room(&self) -> std::result::Result<(), StoreError> {
        if self.store.rooms().await?.is_empty()
            && let Ok(name) = names::parse(FIRST_ROOM, ROOM_NAME_CHARS_MAX)
        {
            let request = NewRoom { name, slug: FIRST_ROOM.to_owned(), at: now() };
            self.store.create_room(request).await?;
        }
        Ok(())
    }

    /// All rooms, the last one to have a message first.
    ///
    /// # Errors
    /// [`ErrorCode::Unavailable`].
    pub async fn rooms(&self) -> Result<Vec<RoomSummary>> {
        let records = self.store.rooms().await?;
        Ok(records.into_iter().map(|record| self.summary(record)).collect())
    }

    /// The room of a slug.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownRoom`] or [`ErrorCode::Unavailable`].
    pub async fn room_by_slug(&self, slug: &str) -> Result<Room> {
        let record = self.store.room_by_slug(slug).await?;
        Ok(record.ok_or(ErrorCode::UnknownRoom)?.room)
    }

    /// The last change of a room.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownRoom`] or [`ErrorCode::Unavailable`].
    pub async fn room_head(&self, room: RoomId) -> Result<Seq> {
        let record = self.store.room(room).await?;
        Ok(record.ok_or(ErrorCode::UnknownRoom)?.last_seq)
    }

    /// What a room's page shows when it opens.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownRoom`] or [`ErrorCode::Unavailable`].
    pub async fn room_snapshot(&self, slug: &str) -> Result<RoomSnapshot> {
        let limit = PageLimit { messages: PAGE_MESSAGES, bytes: usize::MAX };
        let found = self.store.room_with_history(slug, limit).await?;
        let (record, page) = found.ok_or(ErrorCode::UnknownRoom)?;
        Ok(RoomSnapshot {
            roster: self.hub.roster(record.room.id),
            through: record.last_seq,
            form_key: MessageKey(Uuid::new_v4()),
            page,
            room: record.room,
        })
    }

    fn summary(&self, record: RoomRecord) -> RoomSummary {
        RoomSummary {
            here: self.hub.here(record.room.id),
            last_seq: record.last_seq,
            last_message_at: record.last_message_at,
            room: record.room,
        }
    }
}

/// Tells watchers of the list of rooms what changed in it, now and then, for as long as it is polled.
pub async fn tell_lobby(chat: Arc<Chat>) {
    let mut tick = tokio::time::interval(LOBBY_TICK);
    loop {
        tick.tick().await;
        let changed = chat.hub.take_lobby_changes();
        if changed.is_empty() {
            continue;
        }
        // Whoever misses this because the store failed is told with the next change.
        if let Ok(mut rooms) = chat.rooms().await {
            rooms.retain(|summary| changed.contains(&summary.room.id));
            chat.hub.tell_lobby(encode(&ServerFrame::Rooms { rooms })).await;
        }
    }
}
