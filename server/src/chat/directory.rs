//! The list of rooms. Everybody follows the liveliest ones; all of them are read in pages, by name.
//!
//! The same list for everybody stands for a list of their own, as long as nobody is a member of any room: the rooms in which
//! people talk are those that somebody who comes in looks for. A room that only exists is behind all of these, or whoever makes
//! a thousand of them would push the others out.
//!
//! The list is kept up to date by what the hub hears: a message costs a look at its room, people who come and go cost none, and
//! whoever asks for the list gets what is kept.

use super::access::{self, Action};
use super::{Actor, Chat, Result, names};
use crate::hub::{DirectoryChanges, Hub, encode};
use crate::store::{RoomRecord, RoomsQuery};
use bytes::Bytes;
use protocol::limits::{ROOM_NAME_CHARS_MAX, ROOMS_LISTED};
use protocol::{ErrorCode, RoomId, RoomList, RoomSummary, ServerFrame};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify};
use tokio::time::sleep;

/// The shortest time between two broadcasts of what changed in the list: in a busy team every message changes it.
const DIRECTORY_PACE: Duration = Duration::from_millis(500);

#[derive(Default)]
pub(super) struct Directory {
    list: Mutex<List>,
    /// Tells [`broadcast_directory`] that there is something to tell.
    has_news: Notify,
}

#[derive(Default)]
struct List {
    /// The liveliest first; none before they were read.
    rooms: Option<Vec<RoomRecord>>,
    /// How many rooms there are in all.
    count: u32,
    /// Rooms of the list whose lines those who watch it were not told.
    untold: BTreeSet<RoomId>,
    is_count_untold: bool,
    /// All of it as a frame. What changed after it was made will be told.
    frame: Option<Bytes>,
}

impl List {
    /// Takes rooms as they are now. Those that are not among the liveliest any more leave.
    fn merge(&mut self, changed: Vec<RoomRecord>) {
        let rooms = self.rooms.get_or_insert_default();
        rooms.retain(|room| changed.iter().all(|changed| changed.room.id != room.room.id));
        rooms.extend(changed);
        rooms.sort_unstable_by_key(|room| Reverse((room.last_message_at, room.room.id)));
        rooms.truncate(ROOMS_LISTED as usize);
    }

    /// Notes what is to be told of a change that was merged.
    fn note(&mut self, changes: &DirectoryChanges) {
        let is_changed = |id: &RoomId| changes.lively.contains(id) || changes.counted.contains(id);
        let ids = self.rooms.iter().flatten().map(|room| room.room.id);
        self.untold.extend(ids.filter(is_changed));
        self.is_count_untold |= changes.has_new;
        self.frame = None;
    }
}

/// What changed in the list, and goes back to the hub when it was not taken over: a reader that fails, or that nobody waits
/// for any more, must not lose it.
struct Taken<'a> {
    hub: &'a Hub,
    changes: DirectoryChanges,
}

impl<'a> Taken<'a> {
    fn from(hub: &'a Hub) -> Self {
        Self { hub, changes: hub.take_directory_changes() }
    }

    fn taken_over(mut self) -> DirectoryChanges {
        std::mem::take(&mut self.changes)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if !self.changes.is_empty() {
            self.hub.return_directory_changes(std::mem::take(&mut self.changes));
        }
    }
}

impl Chat {
    /// The liveliest rooms, as of now.
    ///
    /// # Errors
    /// [`ErrorCode::Unavailable`].
    pub async fn liveliest_rooms(&self, actor: &Actor) -> Result<RoomList> {
        access::check(actor, Action::ListRooms)?;
        let mut list = self.directory.list.lock().await;
        self.refresh(&mut list).await?;
        Ok(RoomList { rooms: self.lines(&list, |_| true), count: list.count, next: None })
    }

    /// The liveliest rooms as a frame for somebody who watches the list. However many ask at the same time, it is encoded
    /// once; what changed since will be told.
    ///
    /// # Errors
    /// [`ErrorCode::Unavailable`].
    pub async fn room_list(&self, actor: &Actor) -> Result<Bytes> {
        access::check(actor, Action::ListRooms)?;
        let mut list = self.directory.list.lock().await;
        if let Some(frame) = &list.frame {
            return Ok(frame.clone());
        }
        self.refresh(&mut list).await?;
        let rooms = self.lines(&list, |_| true);
        let frame = encode(&ServerFrame::Rooms { rooms, count: list.count });
        list.frame = Some(frame.clone());
        Ok(frame)
    }

    /// A page of all rooms in the order of their names, or of those with what was typed in their names.
    ///
    /// # Errors
    /// [`ErrorCode::RoomNameInvalid`] for more than fits a name, [`ErrorCode::UnknownRoom`] when there is no room to go on
    /// after, or [`ErrorCode::Unavailable`].
    pub async fn find_rooms(
        &self,
        actor: &Actor,
        typed: &str,
        after: Option<RoomId>,
    ) -> Result<RoomList> {
        access::check(actor, Action::ListRooms)?;
        let search = names::search(typed, ROOM_NAME_CHARS_MAX);
        let search = search.map_err(|_| ErrorCode::RoomNameInvalid)?;
        let query = RoomsQuery { search, after, limit: ROOMS_LISTED };
        let page = self.store.rooms_page(query).await?.ok_or(ErrorCode::UnknownRoom)?;
        let rooms = page.rooms.iter().map(|room| self.line(room)).collect();
        Ok(RoomList { rooms, count: page.count, next: page.next })
    }

    /// Brings the list up to date with what the hub has heard.
    async fn refresh(&self, list: &mut List) -> Result<()> {
        let taken = Taken::from(&self.hub);
        if list.rooms.is_none() || taken.changes.some_lost {
            let rooms = self.store.liveliest_rooms(ROOMS_LISTED).await?;
            let count = self.store.count_rooms().await?;
            *list = List { rooms: Some(rooms), count, ..List::default() };
            if taken.taken_over().some_lost {
                // Somebody may just have been sent what was known before.
                list.untold = list.rooms.iter().flatten().map(|room| room.room.id).collect();
                list.is_count_untold = true;
                self.directory.has_news.notify_one();
            }
            return Ok(());
        }
        if taken.changes.is_empty() {
            return Ok(());
        }
        let (lively, has_new) = (&taken.changes.lively, taken.changes.has_new);
        let changed = if lively.is_empty() {
            Vec::new()
        } else {
            self.store.rooms_by_id(lively.iter().copied().collect()).await?
        };
        let count = if has_new { self.store.count_rooms().await? } else { list.count };
        list.merge(changed);
        list.count = count;
        list.note(&taken.taken_over());
        self.directory.has_news.notify_one();
        Ok(())
    }

    /// Tells those who watch the list what changed in it.
    async fn tell_directory(&self) -> Result<()> {
        let mut list = self.directory.list.lock().await;
        self.refresh(&mut list).await?;
        let untold = std::mem::take(&mut list.untold);
        let is_count_untold = std::mem::take(&mut list.is_count_untold);
        if untold.is_empty() && !is_count_untold {
            return Ok(());
        }
        let rooms = self.lines(&list, |id| untold.contains(&id));
        let frame = encode(&ServerFrame::Rooms { rooms, count: list.count });
        drop(list);
        self.hub.broadcast_directory(frame).await;
        Ok(())
    }

    /// The lines of these rooms, as far as they are in the list.
    fn lines(&self, list: &List, is_wanted: impl Fn(RoomId) -> bool) -> Vec<RoomSummary> {
        let rooms = list.rooms.iter().flatten().filter(|room| is_wanted(room.room.id));
        rooms.map(|room| self.line(room)).collect()
    }

    fn line(&self, record: &RoomRecord) -> RoomSummary {
        RoomSummary {
            here: self.hub.here(record.room.id),
            last_seq: record.last_seq,
            last_message_at: record.last_message_at,
            room: record.room.clone(),
        }
    }
}

/// Tells those who watch the list of rooms what changed in it, now and then, for as long as it is polled. Sleeps while nothing
/// changes.
pub async fn broadcast_directory(chat: Arc<Chat>) {
    loop {
        tokio::select! {
            () = chat.hub.directory_changed() => {}
            () = chat.directory.has_news.notified() => {}
        }
        // What cannot be read just now is with the hub again, and told with the next try.
        let _ = chat.tell_directory().await;
        sleep(DIRECTORY_PACE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::LocalBus;
    use crate::chat::Clock;
    use crate::config::Config;
    use crate::hub::testing::{self, Peer};
    use crate::hub::{Socket, Topic};
    use crate::store::SessionId;
    use crate::store::sqlite::SqliteStore;
    use futures_util::future::join_all;
    use protocol::{Millis, Room, Seq, User, UserId};
    use tempfile::TempDir;

    fn chat(folder: &TempDir) -> Arc<Chat> {
        let store = SqliteStore::open(&folder.path().join("hubbub.db")).expect("a database");
        let (config, hub) = (Config::of_flags::<&str>([]), Arc::new(Hub::default()));
        let (bus, store) = (Arc::new(LocalBus::default()), Arc::new(store));
        Arc::new(Chat::start(&config, store, bus, hub, Clock::default()))
    }

    /// Nothing but the list is awake here: what the bus would bring of a new room is said by hand.
    fn hear_of(chat: &Chat, room: RoomId) {
        let lively = [room].into();
        let changes = DirectoryChanges { lively, has_new: true, ..DirectoryChanges::default() };
        chat.hub.return_directory_changes(changes);
    }

    /// The rooms of the next frame, and how many it says that there are.
    async fn told(peer: &mut Peer) -> (Vec<String>, u32) {
        match peer.frame().await {
            ServerFrame::Rooms { rooms, count } => {
                (rooms.into_iter().map(|summary| summary.room.name).collect(), count)
            }
            other => panic!("a list of rooms, not {other:?}"),
        }
    }

    fn record(id: i64, last_message_at: Option<i64>) -> RoomRecord {
        let room = Room { id: RoomId(id), slug: format!("room-{id}"), name: format!("Room {id}") };
        RoomRecord { room, last_seq: Seq::ZERO, last_message_at: last_message_at.map(Millis) }
    }

    fn ids(list: &List) -> Vec<i64> {
        list.rooms.iter().flatten().map(|room| room.room.id.0).collect()
    }

    #[test]
    fn the_liveliest_rooms_stay_and_of_the_silent_ones_the_newest() {
        let mut list = List::default();
        let most = i64::from(ROOMS_LISTED);
        list.merge((1..=most).map(|id| record(id, None)).collect());
        list.merge(vec![record(1, Some(5)), record(2, Some(9)), record(most + 1, None)]);
        let expected: Vec<i64> = [2, 1].into_iter().chain((4..=most + 1).rev()).collect();
        assert_eq!(ids(&list), expected);
    }

    #[test]
    fn a_thousand_rooms_in_which_nobody_speaks_push_out_none_with_a_message() {
        let mut list = List::default();
        list.merge(vec![record(1, Some(5))]);
        for id in 2..1_000 {
            list.merge(vec![record(id, None)]);
        }
        assert_eq!(ids(&list)[0], 1);
        assert_eq!(ids(&list).len(), ROOMS_LISTED as usize);
    }

    fn ada() -> Actor {
        Actor { user: User { id: UserId(1), name: "Ada".into() }, session: SessionId(1) }
    }

    /// Watches the list, which was this one when it was asked for.
    async fn watch(chat: &Chat, list: &Bytes) -> (Socket, Peer) {
        let (queue, peer) = testing::connect().await;
        let connected = chat.hub.connect(&ada().user, ada().session, &queue, chat.hub.losses());
        let socket = connected.expect("a socket");
        socket.watch_directory();
        queue.begin_resync(Topic::Directory);
        queue.end_resync(Topic::Directory, list);
        (socket, peer)
    }

    #[tokio::test]
    async fn a_list_that_many_ask_for_is_encoded_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let chat = chat(&folder);
        let ada = ada();
        chat.create_room(&ada, "Plans").await.expect("a room");
        let lists = join_all((0..20).map(|_| chat.room_list(&ada))).await;
        let first = lists[0].as_ref().expect("a list");
        assert!(lists.iter().flatten().all(|list| list.as_ptr() == first.as_ptr()));
        assert_eq!(lists.iter().flatten().count(), 20);
    }

    #[tokio::test]
    async fn who_asks_after_changes_were_told_gets_a_list_with_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let chat = chat(&folder);
        let before = chat.room_list(&ada()).await.expect("a list");
        let room = chat.create_room(&ada(), "Plans").await.expect("a room");
        hear_of(&chat, room.id);
        chat.tell_directory().await.expect("the store works");
        assert_ne!(chat.room_list(&ada()).await.expect("a list"), before);
    }

    #[tokio::test]
    async fn a_page_has_what_is_not_told_yet_and_it_is_told_all_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let chat = chat(&folder);
        assert_eq!(chat.liveliest_rooms(&ada()).await.expect("a list").rooms, []);
        let list = chat.room_list(&ada()).await.expect("a list");
        let (_socket, mut peer) = watch(&chat, &list).await;
        assert_eq!(told(&mut peer).await, (vec![], 0));

        let room = chat.create_room(&ada(), "Plans").await.expect("a room");
        hear_of(&chat, room.id);
        assert_eq!(chat.liveliest_rooms(&ada()).await.expect("a list").rooms.len(), 1);
        assert!(chat.hub.take_directory_changes().is_empty(), "the page has taken the change");
        tokio::spawn(broadcast_directory(chat.clone()));
        assert_eq!(told(&mut peer).await, (vec!["Plans".into()], 1));
    }

    #[tokio::test]
    async fn after_a_loss_all_of_the_list_is_read_and_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let chat = chat(&folder);
        let before = chat.room_list(&ada()).await.expect("a list");
        chat.create_room(&ada(), "Plans").await.expect("a room");
        assert_eq!(
            chat.room_list(&ada()).await.expect("a list"),
            before,
            "nothing was heard of it"
        );
        let lost = DirectoryChanges { some_lost: true, ..DirectoryChanges::default() };
        chat.hub.return_directory_changes(lost);
        let (_socket, mut peer) = watch(&chat, &before).await;
        assert_eq!(told(&mut peer).await, (vec![], 0));
        chat.tell_directory().await.expect("the store works");
        assert_eq!(told(&mut peer).await, (vec!["Plans".into()], 1));
    }

    #[tokio::test]
    async fn watchers_are_told_the_rooms_that_changed_and_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let chat = chat(&folder);
        chat.create_room(&ada(), "Quiet").await.expect("a room");
        let changed = chat.create_room(&ada(), "Lively").await.expect("a room");
        let list = chat.room_list(&ada()).await.expect("a list");
        let (_socket, mut peer) = watch(&chat, &list).await;
        assert_eq!(told(&mut peer).await, (vec!["Lively".into(), "Quiet".into()], 2));
        tokio::spawn(broadcast_directory(chat.clone()));
        hear_of(&chat, changed.id);
        assert_eq!(told(&mut peer).await, (vec!["Lively".into()], 2));
    }
}
