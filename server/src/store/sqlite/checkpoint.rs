//! Moves the WAL into the database on a thread of its own, and keeps it short.
//!
//! Passes run beside the writer and delay nobody. But the WAL can be written from its beginning again only when all of it
//! is moved, and beside a writer that never pauses that never is so. Once it has grown far enough, the writer therefore
//! waits for one last pass, for which little is left. That is the back-pressure as well: a disk that cannot write both files
//! at the pace of the senders slows them down, instead of being filled.

use crate::store::{Result, StoreError};
use crate::telemetry::Sparingly;
use rusqlite::Connection;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio_util::sync::DropGuard;

/// What a page takes in the WAL: SQLite's usual page, and the header of its frame.
const FRAME_BYTES: u64 = 4096 + 24;

/// Frames between two passes, 10 MB: often enough that the last pass is short.
const PASS_FRAMES: u64 = 2_500;

/// Frames after which the WAL has to start over, 41 MB. With the largest group on top it stays below 64 MiB.
const RESTART_FRAMES: u64 = 10_000;

/// How much of a WAL that grew beyond its bound, while somebody read in it for long, is kept when it starts over.
pub(super) const KEPT_BYTES: u64 = RESTART_FRAMES * FRAME_BYTES;

/// A file up to this size is kept when nobody writes, because writing over it is faster than making it grow again.
const SETTLED_BYTES: u64 = 4 * 1024 * 1024;

/// How long the last pass waits for readers. Ours take milliseconds; a backup takes minutes, and then the WAL has to grow.
const READERS_WAIT: Duration = Duration::from_millis(100);

/// How often the log says that the WAL could not be moved.
const LINE_EVERY: Duration = Duration::from_secs(60);

enum Order {
    /// Move what can be moved while the writer goes on.
    Pass,
    /// Move everything, so that the next write starts the WAL over. The writer waits for the answer.
    Restart(SyncSender<()>),
    /// Nobody writes: move everything, and give back what a burst took.
    Settle,
}

/// The writer's end.
pub(super) struct Checkpointer {
    orders: SyncSender<Order>,
    thread: JoinHandle<()>,
    is_unsettled: Arc<AtomicBool>,
    passed_at: u64,
    restart_at: u64,
}

impl Checkpointer {
    /// `alive` is dropped when the thread ends, however it does.
    pub(super) fn start(connection: Connection, alive: DropGuard) -> Result<Self> {
        connection.busy_timeout(READERS_WAIT)?;
        let (orders, queue) = mpsc::sync_channel(1);
        let is_unsettled = Arc::new(AtomicBool::new(false));
        let worker = Worker {
            connection,
            is_unsettled: is_unsettled.clone(),
            lines: Sparingly::every(LINE_EVERY),
        };
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || {
                let _alive = alive;
                worker.run(&queue);
            })
            .map_err(StoreError::other)?;
        Ok(Self { orders, thread, is_unsettled, passed_at: 0, restart_at: RESTART_FRAMES })
    }

    /// To be called after each commit, outside of transactions: moves the WAL when it is time, and waits where it has to.
    pub(super) fn wrote(&mut self, writer: &Connection) {
        self.is_unsettled.store(true, Ordering::Relaxed);
        // Where this fails the next commit fails too, and says so.
        let Ok(Frames { written: frames, .. }) = frames(writer) else { return };
        if frames < self.passed_at {
            self.passed_at = 0;
            self.restart_at = RESTART_FRAMES;
        }
        if frames >= self.restart_at {
            let (done, answer) = mpsc::sync_channel(1);
            if self.orders.send(Order::Restart(done)).is_ok() {
                let _ = answer.recv();
            }
            self.passed_at = frames;
            // Where somebody reads in the WAL for long it cannot start over. To wait at every commit would not change that.
            self.restart_at = frames + RESTART_FRAMES;
        } else if frames >= self.passed_at + PASS_FRAMES
            && self.orders.try_send(Order::Pass).is_ok()
        {
            self.passed_at = frames;
        }
    }

    /// Whether there may be something to move once nobody writes any more.
    pub(super) fn is_unsettled(&self) -> bool {
        self.is_unsettled.load(Ordering::Relaxed)
    }

    /// To be called when nobody has written for a while.
    pub(super) fn settle(&self) {
        // Full: it is at work, and is asked again.
        let _ = self.orders.try_send(Order::Settle);
    }

    /// Waits for a running checkpoint and closes the connection.
    pub(super) fn stop(self) {
        drop(self.orders);
        let _ = self.thread.join();
    }
}

struct Worker {
    connection: Connection,
    is_unsettled: Arc<AtomicBool>,
    lines: Sparingly,
}

impl Worker {
    fn run(&self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            let outcome = match order {
                Order::Pass => checkpoint(&self.connection, "PASSIVE").map(drop),
                Order::Restart(done) => {
                    let moved = checkpoint(&self.connection, "RESTART");
                    let _ = done.send(());
                    moved.map(|is_moved| self.note_reader(is_moved))
                }
                Order::Settle => self.settle(),
            };
            if let Err(error) = outcome
                && let Some(kept_back) = self.lines.pass()
            {
                let error: &dyn Error = &error;
                tracing::warn!(
                    log.kept_back = kept_back,
                    error,
                    "a checkpoint failed; the WAL grows until one succeeds"
                );
            }
        }
    }

    fn note_reader(&self, is_moved: bool) {
        if !is_moved && let Some(kept_back) = self.lines.pass() {
            tracing::warn!(
                log.kept_back = kept_back,
                wal.bytes = wal_bytes(&self.connection),
                "somebody has been reading for long, a backup perhaps; the WAL grows until they are done"
            );
        }
    }

    fn settle(&self) -> rusqlite::Result<()> {
        // First, so that what is written meanwhile counts.
        self.is_unsettled.store(false, Ordering::Relaxed);
        let is_large = wal_bytes(&self.connection) > SETTLED_BYTES;
        let moved = checkpoint(&self.connection, if is_large { "TRUNCATE" } else { "PASSIVE" });
        if !matches!(moved, Ok(true)) {
            // A reader is at work; it is tried again.
            self.is_unsettled.store(true, Ordering::Relaxed);
        }
        moved.map(drop)
    }
}

/// How far the WAL is written and moved, in frames.
struct Frames {
    written: u64,
    moved: u64,
}

/// Whether everything was moved that had been written. PASSIVE takes what it can; the others wait for readers.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<bool> {
    let (is_blocked, frames) = run(connection, mode)?;
    Ok(!is_blocked && frames.moved == frames.written)
}

/// NOOP moves nothing and takes no lock.
fn frames(connection: &Connection) -> rusqlite::Result<Frames> {
    run(connection, "NOOP").map(|(_, frames)| frames)
}

fn run(connection: &Connection, mode: &str) -> rusqlite::Result<(bool, Frames)> {
    connection.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?.query_row([], |row| {
        // -1 where there is no WAL yet.
        let count = |index| row.get(index).map(|count: i64| u64::try_from(count).unwrap_or(0));
        Ok((row.get(0)?, Frames { written: count(1)?, moved: count(2)? }))
    })
}

fn wal_bytes(connection: &Connection) -> u64 {
    let wal = connection.path().map(|path| format!("{path}-wal"));
    wal.and_then(|wal| std::fs::metadata(wal).ok()).map_or(0, |wal| wal.len())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the store itself is tested here")]
mod tests {
    use super::*;
    use crate::store::sqlite::SqliteStore;
    use crate::store::{Append, Store, TokenHash};
    use crate::store::{Name, NewRoom, SessionCutoff, SignIn, SignInOutcome};
    use protocol::{MessageKey, Millis, RoomId, User};
    use std::path::{Path, PathBuf};
    use std::time::Instant;
    use uuid::Uuid;

    /// What is promised, in bytes.
    const BOUND: u64 = 64 * 1024 * 1024;

    /// A message of the greatest length.
    const TEXT_BYTES: usize = 16 * 1024;

    /// Messages of one group: what so many clients send that wait for their answers.
    const CLIENTS: usize = 64;

    /// How long the WAL may take to be moved once nobody writes.
    const PATIENCE: Duration = Duration::from_secs(30);

    async fn author(store: &SqliteStore) -> User {
        let name = |text: &str| Name::new(text.to_owned());
        let request = NewRoom { name: name("general"), slug: "general".to_owned(), at: Millis(1) };
        store.create_room(request).await.expect("a room");
        let always = SessionCutoff { created_after: Millis(0), seen_after: Millis(0) };
        let request = SignIn {
            name: name("Ana"),
            token: TokenHash([1; 32]),
            replaces: None,
            alternatives: Vec::new(),
            at: Millis(1),
            cutoff: always,
        };
        match store.sign_in(request).await.expect("a session") {
            SignInOutcome::SignedIn(session) => session.user,
            SignInOutcome::Taken { .. } => panic!("the name is free"),
        }
    }

    /// Writes groups of long messages, and gives the greatest size of the WAL meanwhile.
    async fn flood(store: &SqliteStore, author: &User, path: &Path, groups: usize) -> u64 {
        let mut largest = 0;
        for _ in 0..groups {
            let draft = || Append {
                room: RoomId(1),
                author: author.clone(),
                key: MessageKey(Uuid::new_v4()),
                text: "x".repeat(TEXT_BYTES),
                at: Millis(1),
            };
            store.append((0..CLIENTS).map(|_| draft()).collect()).await.expect("stored");
            largest = largest.max(size(&wal(path)));
        }
        largest
    }

    fn wal(path: &Path) -> PathBuf {
        path.with_extension("db-wal")
    }

    fn size(file: &Path) -> u64 {
        std::fs::metadata(file).map_or(0, |file| file.len())
    }

    async fn is_moved(path: &Path) {
        let looking = Connection::open(path).expect("a connection");
        let started = Instant::now();
        loop {
            let frames = frames(&looking).expect("frames");
            if frames.moved == frames.written && size(&wal(path)) <= SETTLED_BYTES {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{} of {}", frames.moved, frames.written);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    #[tokio::test]
    async fn the_wal_is_bounded_under_a_flood_and_moved_when_nobody_writes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hubbub.db");
        let store = SqliteStore::open(&path).expect("a store");
        let author = author(&store).await;
        // Three times the bound, were the WAL not written from its beginning again.
        let largest = flood(&store, &author, &path, 150).await;
        assert!(largest <= BOUND, "{largest} bytes");
        assert!(largest > SETTLED_BYTES, "{largest} bytes: there was something to bound");
        is_moved(&path).await;
    }

    #[tokio::test]
    async fn a_reader_that_takes_long_makes_it_grow_only_while_it_reads() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hubbub.db");
        let store = SqliteStore::open(&path).expect("a store");
        let author = author(&store).await;
        let backup = Connection::open(&path).expect("a connection");
        backup.execute_batch("BEGIN; SELECT count(*) FROM messages").expect("a snapshot");
        let largest = flood(&store, &author, &path, 60).await;
        assert!(largest > KEPT_BYTES, "{largest} bytes: it cannot start over");
        backup.execute_batch("COMMIT").expect("the end of reading");
        is_moved(&path).await;
        assert!(flood(&store, &author, &path, 60).await <= BOUND);
    }
}
