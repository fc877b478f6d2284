//! The embedded store: SQLite in WAL mode.
//!
//! One writer thread owns the only writing connection and commits in groups (`writer`); readers come from a small pool
//! of read-only connections; checkpoints run on a thread of their own (`checkpoint`). The statements are in `epoch`,
//! `sessions`, `rooms` and `messages`.

mod checkpoint;
mod epoch;
mod messages;
mod rooms;
mod sessions;
mod skeletons;
mod writer;

use super::{
    Append, AppendOutcome, ChangesPage, CreateRoomOutcome, NewRoom, PageLimit, Result, RoomRecord,
    RoomsPage, RoomsQuery, Session, SessionCutoff, SessionId, SignIn, SignInOutcome, Store,
    StoreError, TokenHash,
};
use async_trait::async_trait;
use checkpoint::Checkpointer;
use protocol::{Epoch, MessagePage, Millis, RoomId, Seq};
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::ffi::ErrorCode;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use writer::Writer;

/// Append-only: a migration that has been released is never edited.
fn migrations() -> Migrations<'static> {
    Migrations::new(vec![
        M::up(include_str!("../../../migrations/sqlite/0001_start.sql")),
        M::up(include_str!("../../../migrations/sqlite/0002_epoch.sql")),
        M::up_with_hook(
            include_str!("../../../migrations/sqlite/0003_skeletons.sql"),
            skeletons::fill,
        ),
        M::up(include_str!("../../../migrations/sqlite/0004_message_ids.sql")),
        M::up(include_str!("../../../migrations/sqlite/0005_room_names.sql")),
    ])
}

/// The first SQLite without the bug by which resetting the WAL could damage the database.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// Readers that may run at the same time: reads are short, and two cores are a common size.
const READERS: u32 = 4;

/// How long to wait for a lock that another process (a backup, the `sqlite3` shell) holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a read waits for a free reader.
const READER_WAIT: Duration = Duration::from_secs(5);

/// Names of one skeleton that are looked at. Whoever makes up many of them is not to make the next one slower.
const ALIKE_MAX: u32 = 50;

pub struct SqliteStore {
    writer: Writer,
    readers: r2d2::Pool<SqliteConnectionManager>,
    epoch: Epoch,
    /// Cancelled when one of the threads has ended.
    ended: CancellationToken,
}

impl SqliteStore {
    /// Opens the database file at `path`, creating and migrating it as needed.
    ///
    /// # Errors
    /// When the file cannot be opened, is not ours, or comes from a newer version of Hubbub.
    pub fn open(path: &Path) -> Result<Self> {
        if rusqlite::version_number() < SQLITE_VERSION_MIN {
            return Err(StoreError::other(format!(
                "SQLite {} can damage the database when it resets the WAL; 3.51.3 or later is needed",
                rusqlite::version()
            )));
        }
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let mode: String =
            connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        if mode != "wal" {
            return Err(StoreError::other(format!("the file system allows no WAL, only {mode}")));
        }
        // FULL: a commit returns when the WAL is on the disk. Everything the product promises rests on it.
        connection.pragma_update(None, "synchronous", "full")?;
        // The checkpointer does it, so that no commit has to wait for one.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(
            None,
            "journal_size_limit",
            checkpoint::KEPT_BYTES.cast_signed(),
        )?;
        migrations().to_latest(&mut connection).map_err(migration_error)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let epoch = epoch::take(&connection)?;

        let reader_flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let manager = SqliteConnectionManager::file(path)
            .with_flags(reader_flags)
            .with_init(|reader| reader.busy_timeout(BUSY_TIMEOUT));
        let readers = r2d2::Pool::builder()
            .max_size(READERS)
            .min_idle(Some(1))
            .connection_timeout(READER_WAIT)
            .build(manager)
            .map_err(StoreError::other)?;

        let ended = CancellationToken::new();
        let alive = || ended.clone().drop_guard();
        let checkpointer = Checkpointer::start(Connection::open(path)?, alive())?;
        let writer = Writer::start(connection, checkpointer, alive())?;
        Ok(Self { writer, readers, epoch, ended })
    }

    /// Runs `read` on a pooled connection, off the async threads.
    async fn read<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let readers = self.readers.clone();
        tokio::task::spawn_blocking(move || {
            let mut reader = readers.get().map_err(|error| StoreError::Busy(Arc::new(error)))?;
            Ok(read(&mut reader)?)
        })
        .await
        .map_err(StoreError::other)?
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn epoch(&self) -> Epoch {
        self.epoch
    }

    async fn sign_in(&self, request: SignIn) -> Result<SignInOutcome> {
        self.writer.write(move |tx| sessions::sign_in(tx, &request)).await
    }

    async fn session(&self, token: TokenHash, cutoff: SessionCutoff) -> Result<Option<Session>> {
        self.read(move |reader| sessions::find(reader, token, cutoff)).await
    }

    async fn live_sessions(
        &self,
        ids: BTreeSet<SessionId>,
        cutoff: SessionCutoff,
    ) -> Result<BTreeSet<SessionId>> {
        self.read(move |reader| sessions::live(reader, ids, cutoff)).await
    }

    async fn touch_session(
        &self,
        id: SessionId,
        at: Millis,
        cutoff: SessionCutoff,
    ) -> Result<bool> {
        self.writer.write(move |tx| sessions::touch(tx, id, at, cutoff)).await
    }

    async fn end_session(&self, id: SessionId) -> Result<()> {
        self.writer.write(move |tx| sessions::end(tx, id)).await
    }

    async fn create_room(&self, request: NewRoom) -> Result<CreateRoomOutcome> {
        self.writer.write(move |tx| rooms::create(tx, &request)).await
    }

    async fn liveliest_rooms(&self, limit: u32) -> Result<Vec<RoomRecord>> {
        self.read(move |reader| rooms::liveliest(reader, limit)).await
    }

    async fn count_rooms(&self) -> Result<u32> {
        self.read(|reader| rooms::count(reader)).await
    }

    async fn rooms_page(&self, query: RoomsQuery) -> Result<Option<RoomsPage>> {
        self.read(move |reader| rooms::page(&reader.transaction()?, &query)).await
    }

    async fn room(&self, id: RoomId) -> Result<Option<RoomRecord>> {
        self.read(move |reader| rooms::by_id(reader, id)).await
    }

    async fn rooms_by_id(&self, ids: BTreeSet<RoomId>) -> Result<Vec<RoomRecord>> {
        self.read(move |reader| {
            // Each is found by its key, however many rooms there are.
            ids.into_iter().filter_map(|id| rooms::by_id(reader, id).transpose()).collect()
        })
        .await
    }

    async fn room_by_slug(&self, slug: &str) -> Result<Option<RoomRecord>> {
        let slug = slug.to_owned();
        self.read(move |reader| rooms::by_slug(reader, &slug)).await
    }

    async fn room_with_history(
        &self,
        slug: &str,
        limit: PageLimit,
    ) -> Result<Option<(RoomRecord, MessagePage)>> {
        let slug = slug.to_owned();
        self.read(move |reader| {
            let snapshot = reader.transaction()?;
            let Some(record) = rooms::by_slug(&snapshot, &slug)? else { return Ok(None) };
            let page = messages::history(&snapshot, record.room.id, None, limit)?;
            Ok(Some((record, page)))
        })
        .await
    }

    async fn append(&self, drafts: Vec<Append>) -> Result<Vec<AppendOutcome>> {
        self.writer
            .write(move |tx| drafts.iter().map(|draft| messages::append(tx, draft)).collect())
            .await
    }

    async fn forget_sessions(&self, cutoff: SessionCutoff) -> Result<()> {
        self.writer.write(move |tx| sessions::forget(tx, cutoff)).await
    }

    async fn history(
        &self,
        room: RoomId,
        before: Option<Seq>,
        limit: PageLimit,
    ) -> Result<MessagePage> {
        self.read(move |reader| messages::history(reader, room, before, limit)).await
    }

    async fn history_after(
        &self,
        room: RoomId,
        after: Seq,
        limit: PageLimit,
    ) -> Result<MessagePage> {
        self.read(move |reader| messages::history_after(reader, room, after, limit)).await
    }

    async fn changes_after(
        &self,
        room: RoomId,
        after: Seq,
        limit: PageLimit,
    ) -> Result<ChangesPage> {
        self.read(move |reader| messages::changes_after(reader, room, after, limit)).await
    }

    async fn check(&self) -> Result<()> {
        self.writer.write(writer::touch_disk).await?;
        self.read(|reader| {
            reader.query_row("SELECT 1 FROM users LIMIT 1", [], |_| Ok(())).or_else(ignore_no_rows)
        })
        .await
    }

    async fn broken(&self) {
        self.ended.cancelled().await;
    }

    async fn close(&self) {
        self.writer.close().await;
    }
}

fn ignore_no_rows(error: rusqlite::Error) -> rusqlite::Result<()> {
    match error {
        rusqlite::Error::QueryReturnedNoRows => Ok(()),
        other => Err(other),
    }
}

fn migration_error(error: rusqlite_migration::Error) -> StoreError {
    use rusqlite_migration::{Error, MigrationDefinitionError};
    match error {
        Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
            StoreError::other(
                "the database was migrated by a newer version of Hubbub; this one cannot read it",
            )
        }
        Error::RusqliteError { err, .. } => err.into(),
        other => StoreError::other(other),
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        let cause = Arc::new(error);
        match code {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(cause),
            Some(ErrorCode::DiskFull) => Self::Full(cause),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(cause),
            _ => Self::Other(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    /// Of each migration that was released. Databases have run them: whoever needs another table adds a migration.
    const RELEASED: &[(&str, &str)] = &[
        ("0001_start.sql", "619a71e11171d6cce0baadaf8892ddd2d0bb69740c9ae55ed8ab75e9f8577f53"),
        ("0002_epoch.sql", "3f75d79e32b200552cab200189ddda87b02c1ad539fdc66f12697ab03bc55ff5"),
        ("0003_skeletons.sql", "d58587807aaa699efa1120ce49dda5bacc6bc6ad3afb9505163ee046639a8388"),
        (
            "0004_message_ids.sql",
            "2aeaa4948d35aede5d7d5e59cd8bf3ec2a342b504816148fac6ebcfe83a97921",
        ),
        ("0005_room_names.sql", "087b572c5c95f45a54f2660f81035900cbe3c50cd3913838692a25c8853f2e04"),
    ];

    /// How many migrations the database has run.
    fn version(connection: &Connection) -> usize {
        let version: u32 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .expect("the version");
        usize::try_from(version).expect("a small number")
    }

    #[test]
    fn a_released_migration_is_never_edited() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
        for (name, released) in RELEASED {
            let text = std::fs::read(Path::new(folder).join(name)).expect("the migration");
            let hash: String =
                Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hash, *released, "{name}");
        }
    }

    #[test]
    fn every_migration_is_run_in_the_order_of_its_number() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("a file").file_name().into_string().expect("a name"))
            .collect();
        names.sort();
        let data = tempfile::tempdir().expect("a folder");
        let path = data.path().join("hubbub.db");
        drop(SqliteStore::open(&path).expect("a store"));
        assert_eq!(version(&Connection::open(&path).expect("a connection")), names.len());
        for (number, name) in (1..).zip(&names) {
            assert!(name.starts_with(&format!("{number:04}_")), "{name}");
        }
    }

    #[test]
    fn a_database_of_a_newer_version_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hubbub.db");
        drop(SqliteStore::open(&path).expect("a store"));
        let connection = Connection::open(&path).expect("a connection");
        let newer = version(&connection) + 1;
        connection.pragma_update(None, "user_version", newer.to_string()).expect("a later version");
        let error = SqliteStore::open(&path).err().expect("a refusal");
        let cause = std::error::Error::source(&error).expect("a cause").to_string();
        assert!(cause.contains("newer version"), "{cause}");
        assert_eq!(version(&connection), newer);
    }

    #[test]
    fn failures_are_told_apart_and_keep_their_cause() {
        let failure = |code| {
            let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
            StoreError::from(error)
        };
        for (code, kind) in [
            (rusqlite::ffi::SQLITE_BUSY, "busy"),
            (rusqlite::ffi::SQLITE_FULL, "full"),
            (rusqlite::ffi::SQLITE_CORRUPT, "damaged"),
            (rusqlite::ffi::SQLITE_NOTADB, "damaged"),
            (rusqlite::ffi::SQLITE_IOERR, "other"),
        ] {
            let error = failure(code);
            assert_eq!(error.kind(), kind);
            let cause = std::error::Error::source(&error).expect("a cause");
            assert!(cause.to_string().len() > 5, "{cause}");
        }
    }
}
