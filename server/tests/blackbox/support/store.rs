//! A store that does as it is told: it fails, takes its time, or breaks.

use async_trait::async_trait;
use parking_lot::Mutex;
use protocol::{Epoch, MessagePage, Millis, RoomId, Seq};
use server::store::{
    Append, AppendOutcome, ChangesPage, CreateRoomOutcome, NewRoom, PageLimit, Result, RoomRecord,
    RoomsPage, RoomsQuery, Session, SessionCutoff, SessionId, SignIn, SignInOutcome, Store,
    StoreError, TokenHash,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What the store is told. Clones speak to the same store.
#[derive(Clone)]
pub struct Orders(Arc<State>);

struct State {
    is_full: AtomicBool,
    pretends: AtomicBool,
    is_held: watch::Sender<bool>,
    broken: CancellationToken,
    commits: Mutex<Vec<Commit>>,
}

/// A call of `append`.
#[derive(Debug, Clone, Copy)]
pub struct Commit {
    pub at: Instant,
    pub drafts: usize,
}

impl Default for Orders {
    fn default() -> Self {
        Self(Arc::new(State {
            is_full: AtomicBool::new(false),
            pretends: AtomicBool::new(false),
            is_held: watch::Sender::new(false),
            broken: CancellationToken::new(),
            commits: Mutex::default(),
        }))
    }
}

impl Orders {
    /// From now on nothing can be written, or it can again.
    pub fn fill_disk(&self, is_full: bool) {
        self.0.is_full.store(is_full, Ordering::Relaxed);
    }

    /// From now on messages wait for the disk, or they do not any more.
    pub fn hold(&self, is_held: bool) {
        self.0.is_held.send_replace(is_held);
    }

    /// From now on messages are said to be stored, and are not: no disk takes its time then.
    pub fn pretend(&self) {
        self.0.pretends.store(true, Ordering::Relaxed);
    }

    /// Breaks it for good.
    pub fn break_it(&self) {
        self.0.broken.cancel();
    }

    /// The calls of `append` so far.
    pub fn commits(&self) -> Vec<Commit> {
        self.0.commits.lock().clone()
    }

    /// Puts the orders around a store.
    pub fn around(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(ObedientStore { store, orders: self.clone() })
    }
}

struct ObedientStore {
    store: Arc<dyn Store>,
    orders: Orders,
}

impl ObedientStore {
    fn writes(&self) -> Result<&dyn Store> {
        if self.orders.0.is_full.load(Ordering::Relaxed) {
            return Err(StoreError::Full(Arc::new(std::io::Error::other("told to be full"))));
        }
        Ok(&*self.store)
    }
}

#[async_trait]
impl Store for ObedientStore {
    fn epoch(&self) -> Epoch {
        self.store.epoch()
    }

    async fn sign_in(&self, request: SignIn) -> Result<SignInOutcome> {
        self.writes()?.sign_in(request).await
    }

    async fn session(&self, token: TokenHash, cutoff: SessionCutoff) -> Result<Option<Session>> {
        self.store.session(token, cutoff).await
    }

    async fn live_sessions(
        &self,
        ids: BTreeSet<SessionId>,
        cutoff: SessionCutoff,
    ) -> Result<BTreeSet<SessionId>> {
        self.store.live_sessions(ids, cutoff).await
    }

    async fn touch_session(
        &self,
        id: SessionId,
        at: Millis,
        cutoff: SessionCutoff,
    ) -> Result<bool> {
        self.writes()?.touch_session(id, at, cutoff).await
    }

    async fn end_session(&self, id: SessionId) -> Result<()> {
        self.writes()?.end_session(id).await
    }

    async fn forget_sessions(&self, cutoff: SessionCutoff) -> Result<()> {
        self.writes()?.forget_sessions(cutoff).await
    }

    async fn create_room(&self, request: NewRoom) -> Result<CreateRoomOutcome> {
        self.writes()?.create_room(request).await
    }

    async fn liveliest_rooms(&self, limit: u32) -> Result<Vec<RoomRecord>> {
        self.store.liveliest_rooms(limit).await
    }

    async fn count_rooms(&self) -> Result<u32> {
        self.store.count_rooms().await
    }

    async fn rooms_page(&self, query: RoomsQuery) -> Result<Option<RoomsPage>> {
        self.store.rooms_page(query).await
    }

    async fn room(&self, id: RoomId) -> Result<Option<RoomRecord>> {
        self.store.room(id).await
    }

    async fn rooms_by_id(&self, ids: BTreeSet<RoomId>) -> Result<Vec<RoomRecord>> {
        self.store.rooms_by_id(ids).await
    }

    async fn room_by_slug(&self, slug: &str) -> Result<Option<RoomRecord>> {
        self.store.room_by_slug(slug).await
    }

    async fn room_with_history(
        &self,
        slug: &str,
        limit: PageLimit,
    ) -> Result<Option<(RoomRecord, MessagePage)>> {
        self.store.room_with_history(slug, limit).await
    }

    async fn append(&self, drafts: Vec<Append>) -> Result<Vec<AppendOutcome>> {
        let call = Commit { at: Instant::now(), drafts: drafts.len() };
        self.orders.0.commits.lock().push(call);
        let mut held = self.orders.0.is_held.subscribe();
        let _ = held.wait_for(|is_held| !is_held).await;
        if self.orders.0.pretends.load(Ordering::Relaxed) {
            return Ok(drafts
                .iter()
                .map(|draft| AppendOutcome::Repeated { seq: Seq(1), at: draft.at })
                .collect());
        }
        self.writes()?.append(drafts).await
    }

    async fn history(
        &self,
        room: RoomId,
        before: Option<Seq>,
        limit: PageLimit,
    ) -> Result<MessagePage> {
        self.store.history(room, before, limit).await
    }

    async fn history_after(
        &self,
        room: RoomId,
        after: Seq,
        limit: PageLimit,
    ) -> Result<MessagePage> {
        self.store.history_after(room, after, limit).await
    }

    async fn changes_after(
        &self,
        room: RoomId,
        after: Seq,
        limit: PageLimit,
    ) -> Result<ChangesPage> {
        self.store.changes_after(room, after, limit).await
    }

    async fn check(&self) -> Result<()> {
        self.writes()?.check().await
    }

    async fn broken(&self) {
        tokio::select! {
            () = self.store.broken() => {}
            () = self.orders.0.broken.cancelled() => {}
        }
    }

    async fn close(&self) {
        self.store.close().await;
    }
}
