//! Creating, listing and opening rooms.

use super::messages::SNAPSHOT_LIMIT;
use super::once::Typed;
use super::{Chat, CommandError, Result, names};
use crate::bus::Event;
use crate::hub::{Edition, encode};
use crate::store::{CreateRoomOutcome, NewRoom, RoomRecord, StoreError};
use bytes::Bytes;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use protocol::limits::ROOM_NAME_CHARS_MAX;
use protocol::{
    ErrorCode, FormKey, MessageKey, NameFault, Room, RoomId, RoomSnapshot, RoomSummary, Seq,
    ServerFrame, UserId,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use uuid::Uuid;

/// The room of a first start.
const FIRST_ROOM: &str = "general";

/// The slug of a room whose name has no character that a URL could show.
const NAMELESS_SLUG: &str = "room";

/// The shortest time between two tellings of what changed in the list: in a busy team every message changes a line.
const LOBBY_PACE: Duration = Duration::from_millis(500);

/// Lines told in one frame, so that it fits into the queue of every socket that keeps up: one has some hundred bytes.
const ROOMS_TOLD_MAX: usize = 100;

/// Lists kept for others who ask: the one that is true, and the one before it that somebody may still be reading.
const LISTS_KEPT: u64 = 2;

/// How long they are kept: a herd of clients comes back within this.
const LIST_KEPT: Duration = Duration::from_secs(2);

/// The whole list as a frame, ready to be written.
pub(super) type ListCache = Cache<Edition, Bytes>;

pub(super) fn list_cache() -> ListCache {
    Cache::builder()
        .max_capacity(LISTS_KEPT)
        // The newest is the one to keep, however often the others were asked for.
        .eviction_policy(EvictionPolicy::lru())
        .time_to_live(LIST_KEPT)
        .build()
}

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
        creator: UserId,
        typed: &str,
    ) -> std::result::Result<Room, CreateRoomError> {
        let name =
            names::parse(typed, ROOM_NAME_CHARS_MAX).map_err(CreateRoomError::NameInvalid)?;
        self.limits.take_room(creator).map_err(CreateRoomError::Refused)?;
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
        user: UserId,
        form: FormKey,
        typed: &str,
    ) -> std::result::Result<Room, CreateRoomError> {
        let form = (user, form, Typed::new(&[typed]));
        self.new_rooms.carry_out(form, self.create_room(user, typed)).await
    }

    /// Makes sure that there is a room to talk in.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ensure_first_room(&self) -> std::result::Result<(), StoreError> {
        if self.store.rooms().await?.is_empty()
            && let Ok(name) = names::parse(FIRST_ROOM, ROOM_NAME_CHARS_MAX)
        {
            let request = NewRoom { name, slug: FIRST_ROOM.to_owned(), at: self.now() };
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

    /// All rooms as a frame for somebody who watches the list. However many ask at the same time, it is read and encoded
    /// once; what changed since will be told.
    ///
    /// # Errors
    /// [`ErrorCode::Unavailable`].
    pub async fn room_list(&self) -> Result<Bytes> {
        let read = async { Ok(encode(&ServerFrame::Rooms { rooms: self.rooms().await? })) };
        let list = self.lists.try_get_with(self.hub.directory_edition(), read).await;
        list.map_err(|refused: Arc<CommandError>| *refused)
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

    /// Tells watchers of the list how these rooms are now.
    async fn tell_rooms(&self, ids: &BTreeSet<RoomId>) -> Result<()> {
        let records = self.store.rooms_by_id(ids.clone()).await?;
        let rooms: Vec<_> = records.into_iter().map(|record| self.summary(record)).collect();
        for rooms in rooms.chunks(ROOMS_TOLD_MAX) {
            let rooms = rooms.to_vec();
            self.hub.broadcast_directory(encode(&ServerFrame::Rooms { rooms })).await;
        }
        Ok(())
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

/// Tells watchers of the list of rooms what changed in it, now and then, for as long as it is polled. Sleeps while nothing
/// changes.
pub async fn broadcast_directory(chat: Arc<Chat>) {
    loop {
        chat.hub.directory_changed().await;
        let changed = chat.hub.take_directory_changes();
        if !changed.is_empty() && chat.tell_rooms(&changed).await.is_err() {
            // They stay to be told.
            chat.hub.return_directory_changes(changed);
        }
        sleep(LOBBY_PACE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::LocalBus;
    use crate::chat::Clock;
    use crate::config::Config;
    use crate::hub::{Hub, testing};
    use crate::store::SessionId;
    use crate::store::sqlite::SqliteStore;
    use futures_util::future::join_all;
    use protocol::{User, UserId};
    use tempfile::TempDir;

    fn chat(folder: &TempDir) -> Arc<Chat> {
        let store = SqliteStore::open(&folder.path().join("hubbub.db")).expect("a database");
        let (config, hub) = (Config::of_flags::<&str>([]), Arc::new(Hub::default()));
        let (bus, store) = (Arc::new(LocalBus::default()), Arc::new(store));
        Arc::new(Chat::start(&config, store, bus, hub, Clock::default()))
    }

    #[tokio::test]
    async fn a_list_that_many_ask_for_is_read_and_encoded_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let chat = chat(&folder);
        chat.create_room(UserId(1), "Plans").await.expect("a room");
        let lists = join_all((0..20).map(|_| chat.room_list())).await;
        let first = lists[0].as_ref().expect("a list");
        assert!(lists.iter().flatten().all(|list| list.as_ptr() == first.as_ptr()));
        assert_eq!(lists.iter().flatten().count(), 20);
    }

    #[tokio::test]
    async fn who_asks_after_changes_were_told_gets_a_list_with_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let chat = chat(&folder);
        let before = chat.room_list().await.expect("a list");
        chat.create_room(UserId(1), "Plans").await.expect("a room");
        // Nobody watches, so nobody is told; the list is a new one all the same.
        assert!(chat.hub.take_directory_changes().is_empty());
        assert_ne!(chat.room_list().await.expect("a list"), before);
    }

    #[tokio::test]
    async fn watchers_are_told_the_rooms_that_changed_and_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let chat = chat(&folder);
        chat.create_room(UserId(1), "Quiet").await.expect("a room");
        let changed = chat.create_room(UserId(1), "Lively").await.expect("a room");
        let (queue, mut peer) = testing::connect().await;
        let ada = User { id: UserId(1), name: "Ada".into() };
        let connected = chat.hub.connect(&ada, SessionId(1), &queue, chat.hub.losses());
        let socket = connected.expect("a socket");
        socket.watch_directory();
        queue.begin_resync(crate::hub::Topic::Directory);
        queue.end_resync(crate::hub::Topic::Directory, &chat.room_list().await.expect("a list"));
        let ServerFrame::Rooms { rooms } = peer.frame().await else { panic!("a list") };
        assert_eq!(rooms.len(), 2);
        tokio::spawn(broadcast_directory(chat.clone()));
        chat.hub.return_directory_changes([changed.id].into());
        let ServerFrame::Rooms { rooms } = peer.frame().await else { panic!("a list") };
        let names: Vec<_> = rooms.iter().map(|summary| summary.room.name.as_str()).collect();
        assert_eq!(names, ["Lively"]);
    }
}
