//! Creating and opening rooms. The list of them is next door, in `directory`.

use super::access::{self, Action};
use super::messages::SNAPSHOT_LIMIT;
use super::once::Typed;
use super::{Actor, Chat, CommandError, Result, names};
use crate::bus::Event;
use crate::store::{CreateRoomOutcome, NewRoom, StoreError};
use protocol::limits::ROOM_NAME_CHARS_MAX;
use protocol::{ErrorCode, FormKey, MessageKey, NameFault, Room, RoomId, RoomSnapshot, Seq};
use uuid::Uuid;

/// The room of a first start.
const FIRST_ROOM: &str = "general";

/// The slug of a room whose name has no character that a URL could show.
const NAMELESS_SLUG: &str = "room";

/// Why no room was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateRoomError {
    NameInvalid(NameFault),
    /// There is one of this name.
    Exists(Room),
    Refused(CommandError),
}

impl Chat {
    /// Creates a room and tells everybody who watches the list.
    ///
    /// # Errors
    /// See [`CreateRoomError`]; the refusals are `RateLimited` and `Unavailable`.
    pub async fn create_room(
        &self,
        actor: &Actor,
        typed: &str,
    ) -> std::result::Result<Room, CreateRoomError> {
        access::check(actor, Action::CreateRoom).map_err(CreateRoomError::Refused)?;
        let name =
            names::parse(typed, ROOM_NAME_CHARS_MAX).map_err(CreateRoomError::NameInvalid)?;
        self.limits.take_room(actor.user.id).map_err(CreateRoomError::Refused)?;
        let slug = match slug::slugify(&name.shown) {
            slug if slug.is_empty() => NAMELESS_SLUG.to_owned(),
            slug => slug,
        };
        let request = NewRoom { name, slug, at: self.now() };
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
        actor: &Actor,
        form: FormKey,
        typed: &str,
    ) -> std::result::Result<Room, CreateRoomError> {
        let form = (actor.user.id, form, Typed::new(&[typed]));
        self.new_rooms.carry_out(form, self.create_room(actor, typed)).await
    }

    /// Makes sure that there is a room to talk in.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ensure_first_room(&self) -> std::result::Result<(), StoreError> {
        if self.store.count_rooms().await? == 0
            && let Ok(name) = names::parse(FIRST_ROOM, ROOM_NAME_CHARS_MAX)
        {
            let request = NewRoom { name, slug: FIRST_ROOM.to_owned(), at: self.now() };
            self.store.create_room(request).await?;
        }
        Ok(())
    }

    /// The room of a slug.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownRoom`] or [`ErrorCode::Unavailable`].
    pub async fn room_by_slug(&self, actor: &Actor, slug: &str) -> Result<Room> {
        access::check(actor, Action::ReadRoom)?;
        let record = self.store.room_by_slug(slug).await?;
        Ok(record.ok_or(ErrorCode::UnknownRoom)?.room)
    }

    /// The last change of a room, or an earlier one that is not before `after`: what this node knows may lag behind the store,
    /// never lead, so only a position beyond it needs a look there.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownRoom`] or [`ErrorCode::Unavailable`].
    pub async fn room_head(&self, actor: &Actor, room: RoomId, after: Seq) -> Result<Seq> {
        access::check(actor, Action::ReadRoom)?;
        match self.hub.known_head(room).filter(|head| after <= *head) {
            Some(head) => Ok(head),
            None => self.stored_head(room).await,
        }
    }

    pub(super) async fn stored_head(&self, room: RoomId) -> Result<Seq> {
        let record = self.store.room(room).await?;
        Ok(record.ok_or(ErrorCode::UnknownRoom)?.last_seq)
    }

    /// What a room's page shows when it opens.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownRoom`] or [`ErrorCode::Unavailable`].
    pub async fn room_snapshot(&self, actor: &Actor, slug: &str) -> Result<RoomSnapshot> {
        access::check(actor, Action::ReadRoom)?;
        let found = self.store.room_with_history(slug, SNAPSHOT_LIMIT).await?;
        let (record, page) = found.ok_or(ErrorCode::UnknownRoom)?;
        Ok(RoomSnapshot {
            roster: self.hub.roster(record.room.id),
            through: record.last_seq,
            form_key: MessageKey(Uuid::new_v4()),
            page,
            room: record.room,
        })
    }
}
