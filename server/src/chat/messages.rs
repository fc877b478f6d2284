//! Sending and reading messages.

use super::access::{self, Action};
use super::{Actor, Chat, CommandError, Result};
use crate::hub::{PageKey, encode};
use crate::store::{Append, AppendOutcome, ChangesPage, PageLimit};
use bytes::Bytes;
use moka::future::Cache;
use protocol::limits::{CATCH_UP_BYTES, CATCH_UP_MESSAGES, PAGE_MESSAGES};
use protocol::{ErrorCode, MessagePage, Millis, NewMessage, RoomId, Seq, ServerFrame, tidy};
use std::sync::Arc;
use std::time::Duration;

/// Where a message stands once it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    pub seq: Seq,
    pub at: Millis,
}

/// A page of catch-up, ready to be written.
pub struct CatchUpPage {
    /// Missing when nothing changed.
    pub frame: Option<Bytes>,
    pub through: Seq,
    /// Whether `through` is the room's last change.
    pub complete: bool,
}

impl CatchUpPage {
    fn encode(key: PageKey, page: ChangesPage) -> Self {
        let PageKey { room, after, .. } = key;
        let ChangesPage { messages, through, complete } = page;
        let changes = || encode(&ServerFrame::Changes { room, after, through, messages });
        Self { frame: (through > after).then(changes), through, complete }
    }
}

/// The last messages of a room for who is too far behind, ready to be written.
pub struct ResetPage {
    pub frame: Bytes,
    pub through: Seq,
}

pub(super) type ResetCache = Cache<RoomId, Arc<ResetPage>>;

/// Rooms whose last page is kept for others who come back at the same time.
const RESETS_MAX: u64 = 256;

pub(super) fn reset_cache() -> ResetCache {
    Cache::builder().max_capacity(RESETS_MAX).time_to_live(PAGES_KEPT).build()
}

pub(super) type PageCache = Cache<PageKey, Arc<CatchUpPage>>;

/// Bytes of text on a room's page, which has each twice, as markup and as data: 50 of the longest messages would be 1.8 MB
/// for everybody who opens the room, held by the server for as long as they do not read it. The older ones are read when their
/// reader gets there.
const SNAPSHOT_BYTES: usize = 64 * 1024;

/// What a room's page shows.
pub(super) const SNAPSHOT_LIMIT: PageLimit =
    PageLimit { messages: PAGE_MESSAGES, bytes: SNAPSHOT_BYTES };

const PAGE_LIMIT: PageLimit = PageLimit { messages: CATCH_UP_MESSAGES, bytes: CATCH_UP_BYTES };

/// Bytes of pages that are kept for others who miss the same.
const PAGES_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// How long they are kept: a herd of clients comes back within this.
const PAGES_KEPT: Duration = Duration::from_secs(2);

pub(super) fn page_cache() -> PageCache {
    Cache::builder()
        .max_capacity(PAGES_BYTES_MAX)
        .weigher(|_, page: &Arc<CatchUpPage>| {
            let bytes = page.frame.as_ref().map_or(0, |frame| frame.len());
            u32::try_from(bytes).unwrap_or(u32::MAX)
        })
        .time_to_live(PAGES_KEPT)
        .build()
}

impl Chat {
    /// Saves a message and delivers it to everybody in the room; returns when it is durable. Repeating a message under its
    /// key changes nothing and gives the first answer; another message under the same key is refused.
    ///
    /// The message takes its place in the room's order by the call itself, so that one sender's calls keep theirs.
    ///
    /// # Errors
    /// `MessageEmpty`, `MessageTooLong`, `KeyReused`, `UnknownRoom` or `Unavailable`.
    pub fn send(
        &self,
        actor: &Actor,
        message: &NewMessage,
    ) -> impl Future<Output = Result<Sent>> + Send + use<> {
        let append = |text| Append {
            room: message.room,
            author: actor.user.clone(),
            key: message.key,
            text,
            at: self.now(),
        };
        let text =
            access::check(actor, Action::PostMessage).and_then(|()| Ok(tidy(&message.text)?));
        let appended = text.map(|text| self.sequencer.append(append(text)));
        async move {
            match appended?.await? {
                AppendOutcome::Stored { message, .. } => {
                    Ok(Sent { seq: message.seq, at: message.at })
                }
                AppendOutcome::Repeated { seq, at } => Ok(Sent { seq, at }),
                AppendOutcome::KeyReused => Err(ErrorCode::KeyReused.into()),
                AppendOutcome::UnknownRoom => Err(ErrorCode::UnknownRoom.into()),
            }
        }
    }

    /// The messages of a room just before `before`, or its last ones.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn history(
        &self,
        actor: &Actor,
        room: RoomId,
        before: Option<Seq>,
    ) -> Result<MessagePage> {
        access::check(actor, Action::ReadRoom)?;
        Ok(self.store.history(room, before, PAGE_LIMIT).await?)
    }

    /// The messages of a room just after `after`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn history_after(
        &self,
        actor: &Actor,
        room: RoomId,
        after: Seq,
    ) -> Result<MessagePage> {
        access::check(actor, Action::ReadRoom)?;
        Ok(self.store.history_after(room, after, PAGE_LIMIT).await?)
    }

    /// One page of what a subscriber of a room misses. However many ask for the same page at the same time, it is read and
    /// encoded once.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn catch_up(&self, actor: &Actor, key: PageKey) -> Result<Arc<CatchUpPage>> {
        access::check(actor, Action::ReadRoom)?;
        let read = async {
            let page = self.store.changes_after(key.room, key.after, PAGE_LIMIT).await?;
            Ok(Arc::new(CatchUpPage::encode(key, page)))
        };
        let page = self
            .pages
            .try_get_with(key, read)
            .await
            .map_err(|refused: Arc<CommandError>| *refused)?;
        if page.frame.is_none() {
            // Kept, it would keep telling that nothing is missing after something is.
            self.pages.invalidate(&key).await;
        }
        Ok(page)
    }

    /// The last messages of a room, to start over with. However many start over at the same time, they are read and
    /// encoded once; whoever gets an older page of these reads on from its `through`.
    ///
    /// # Errors
    /// `UnknownRoom` or `Unavailable`.
    pub async fn reset(&self, actor: &Actor, room: RoomId) -> Result<Arc<ResetPage>> {
        access::check(actor, Action::ReadRoom)?;
        let read = async {
            let through = self.stored_head(room).await?;
            let page = self.store.history(room, Some(through.next()), SNAPSHOT_LIMIT).await?;
            let MessagePage { messages, has_older } = page;
            let epoch = self.store.epoch();
            let frame = encode(&ServerFrame::Reset { room, epoch, through, messages, has_older });
            Ok(Arc::new(ResetPage { frame, through }))
        };
        self.resets.try_get_with(room, read).await.map_err(|refused: Arc<CommandError>| *refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::LocalBus;
    use crate::chat::Clock;
    use crate::config::Config;
    use crate::hub::{Hub, testing};
    use crate::store::sqlite::SqliteStore;
    use futures_util::future::join_all;
    use protocol::MessageKey;
    use uuid::Uuid;

    #[tokio::test]
    async fn a_page_that_many_miss_is_read_and_encoded_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("hubbub.db")).expect("a database");
        let (config, hub) = (Config::of_flags::<&str>([]), Arc::new(Hub::default()));
        let bus = Arc::new(LocalBus::default());
        let chat = Chat::start(&config, Arc::new(store), bus, hub.clone(), Clock::default());
        chat.ensure_first_room().await.expect("a room");
        let token = chat.sign_in("Ana", None).await.expect("a session");
        let ana = chat.authenticate(&token).await.expect("a store").expect("a session");
        let (room, text, key) = (RoomId(1), "missed".into(), MessageKey(Uuid::new_v4()));
        chat.send(&ana, &NewMessage { room, key, text }).await.expect("a message");

        let (mut sockets, mut pages) = (Vec::new(), Vec::new());
        for _ in 0..20 {
            let (queue, peer) = testing::connect().await;
            let connected = hub.connect(&ana.user, ana.session, &queue, hub.losses());
            let mut socket = connected.expect("a socket");
            socket.open(room, Seq(0));
            pages.push(chat.catch_up(&ana, socket.resume(room).expect("a page to read")));
            sockets.push((socket, peer));
        }
        let pages = join_all(pages).await;
        let first = pages[0].as_ref().expect("a page");
        assert_eq!((first.through, first.complete), (Seq(1), true));
        assert_eq!(pages.iter().flatten().count(), sockets.len());
        assert!(pages.iter().flatten().all(|page| Arc::ptr_eq(page, first)));
    }
}
