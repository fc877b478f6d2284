//! The writer thread: the only writing connection, and group commit.
//!
//! Whatever is waiting goes into one transaction, and everybody is answered after its commit reached the disk. A lone
//! write is committed at once; while a commit runs, the next group gathers. Nothing waits on a timer.

use super::checkpoint::Checkpointer;
use crate::store::{Result, StoreError};
use parking_lot::Mutex;
use rusqlite::ffi::ErrorCode;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_util::sync::DropGuard;

/// Most jobs in one transaction: bounds how long the first of them waits, far past the point where the commit is the
/// smaller part of the cost.
const GROUP_MAX: usize = 512;

/// When nobody has written for this long, the WAL is moved into the database.
const SETTLE_AFTER: Duration = Duration::from_secs(1);

/// One caller's statements. Run again alone when the group it was in failed, so it may not keep state between runs.
trait Job: Send {
    fn run(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()>;
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Task<T, F> {
    work: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnMut(&Transaction<'_>) -> rusqlite::Result<T> + Send,
{
    fn run(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        self.result = Some((self.work)(tx)?);
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let Self { result, reply, .. } = *self;
        // A caller that went away does not undo what is durable.
        let _ = reply.send(committed.and_then(|()| result.ok_or(StoreError::Closed)));
    }
}

type Jobs = Vec<Box<dyn Job>>;

pub(super) struct Writer {
    /// Taken by `close`; the thread ends when the last sender is gone.
    jobs: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// `alive` is dropped when the thread ends, however it does.
    pub(super) fn start(
        connection: Connection,
        checkpointer: Checkpointer,
        alive: DropGuard,
    ) -> Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || {
                let _alive = alive;
                run(connection, &queue, checkpointer);
            })
            .map_err(StoreError::other)?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)) })
    }

    /// Runs `work` in a transaction and answers when it is durable.
    ///
    /// The job is queued by the call itself, not by the first poll, so that calls keep their order.
    pub(super) fn write<T, F>(&self, work: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnMut(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        if let Some(jobs) = &*self.jobs.lock() {
            // A thread that is gone drops the job, and with it `reply`.
            let _ = jobs.send(Box::new(Task { work, result: None, reply }));
        }
        async move { answer.await.map_err(|_| StoreError::Closed)? }
    }

    pub(super) async fn close(&self) {
        drop(self.jobs.lock().take());
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the store's writer thread panicked");
            }
        }
    }
}

fn run(mut connection: Connection, queue: &Receiver<Box<dyn Job>>, mut checkpointer: Checkpointer) {
    let mut group = Jobs::new();
    while let Some(first) = next(queue, &checkpointer) {
        group.push(first);
        group.extend(queue.try_iter().take(GROUP_MAX - 1));
        finish(&mut connection, &mut group);
        checkpointer.wrote(&connection);
    }
    checkpointer.stop();
    // Leaves one file behind, complete, for whoever copies it.
    if let Err(error) = connection.pragma_update(None, "wal_checkpoint", "truncate") {
        tracing::warn!(%error, "the last checkpoint failed; the next start will do it");
    }
}

/// Waits for a job; nothing when there will be none any more. A pause is used to move the WAL.
fn next(queue: &Receiver<Box<dyn Job>>, checkpointer: &Checkpointer) -> Option<Box<dyn Job>> {
    while checkpointer.is_unsettled() {
        match queue.recv_timeout(SETTLE_AFTER) {
            Ok(job) => return Some(job),
            Err(RecvTimeoutError::Timeout) => checkpointer.settle(),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
    queue.recv().ok()
}

/// Commits a group and answers its jobs. Where one job may be at fault they are tried one by one; what is wrong for
/// everybody is found out once, because with a lock that somebody else holds each try takes its time.
fn finish(connection: &mut Connection, group: &mut Jobs) {
    let mut common = match commit(connection, group) {
        Ok(()) => {
            group.drain(..).for_each(|job| job.answer(Ok(())));
            return;
        }
        Err(error) if group.len() > 1 && is_of_one_job(&error) => {
            tracing::debug!(store.jobs = group.len(), %error, "a group failed; trying its jobs one by one");
            None
        }
        Err(error) => Some(StoreError::from(error)),
    };
    for mut job in group.drain(..) {
        if let Some(error) = &common {
            job.answer(Err(error.clone()));
            continue;
        }
        let committed = commit(connection, std::slice::from_mut(&mut job));
        let is_common = committed.as_ref().is_err_and(|error| !is_of_one_job(error));
        let committed = committed.map_err(StoreError::from);
        if is_common {
            common = committed.as_ref().err().cloned();
        }
        job.answer(committed);
    }
}

fn commit(connection: &mut Connection, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in jobs {
        job.run(&tx)?;
    }
    tx.commit()
}

/// Whether a failure may be one job's own fault, so that the others can do without it.
fn is_of_one_job(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => matches!(
            code,
            ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::TooBig
                | ErrorCode::ParameterOutOfRange
                // What it calls a statement that makes no sense.
                | ErrorCode::Unknown
        ),
        // Found by rusqlite: a value that is of another type, a row that is missing.
        None => true,
    }
}

/// Proves that a commit reaches the disk, leaving nothing behind: the page with `user_version` is written as it was.
pub(super) fn touch_disk(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    tx.pragma_update(None, "user_version", version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};
    use std::time::Instant;
    use tempfile::TempDir;
    use tokio_util::sync::CancellationToken;

    /// How long the writer waits for a lock here.
    const LOCK_WAIT: Duration = Duration::from_millis(300);

    fn file(folder: &TempDir) -> PathBuf {
        folder.path().join("test.db")
    }

    fn open(path: &Path) -> Connection {
        let connection = Connection::open(path).expect("a database");
        connection.pragma_update(None, "journal_mode", "wal").expect("a WAL");
        connection
            .execute("CREATE TABLE numbers (number INTEGER UNIQUE) STRICT", [])
            .expect("a table");
        connection.busy_timeout(LOCK_WAIT).expect("a time");
        connection
    }

    fn writer(path: &Path) -> (Writer, CancellationToken) {
        let connection = open(path);
        let ended = CancellationToken::new();
        let alive = || ended.clone().drop_guard();
        let other = Connection::open(path).expect("a connection");
        let checkpointer = Checkpointer::start(other, alive()).expect("a thread");
        (Writer::start(connection, checkpointer, alive()).expect("a thread"), ended)
    }

    fn insert(tx: &Transaction<'_>, number: i64) -> rusqlite::Result<()> {
        tx.execute("INSERT INTO numbers VALUES (?1)", [number]).map(drop)
    }

    /// Holds the writer until the sender is dropped, so that what is queued meanwhile makes one group.
    fn hold(writer: &Writer) -> mpsc::Sender<()> {
        let (held, release) = mpsc::channel::<()>();
        let (begun, has_begun) = mpsc::channel();
        drop(writer.write(move |_| {
            begun.send(()).expect("the test waits");
            let _ = release.recv();
            Ok(())
        }));
        has_begun.recv().expect("the writer has begun");
        held
    }

    fn numbers(path: &Path) -> Vec<i64> {
        let reader = Connection::open(path).expect("a connection");
        let mut rows = reader.prepare("SELECT number FROM numbers ORDER BY 1").expect("a query");
        let rows = rows.query_map([], |row| row.get(0)).expect("rows");
        rows.collect::<rusqlite::Result<_>>().expect("numbers")
    }

    #[tokio::test]
    async fn one_bad_job_does_not_take_the_others_of_its_group_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let (writer, _ended) = writer(&file(&folder));
        let held = hold(&writer);
        let first = writer.write(|tx| insert(tx, 1));
        let twice = writer.write(|tx| insert(tx, 1));
        let no_number = writer.write(|tx| {
            insert(tx, 3)?;
            tx.query_row("SELECT 'three'", [], |row| row.get::<_, i64>(0))
        });
        let second = writer.write(|tx| insert(tx, 2));
        drop(held);
        assert!(first.await.is_ok());
        assert!(matches!(twice.await, Err(StoreError::Other(_))));
        assert!(matches!(no_number.await, Err(StoreError::Other(_))));
        assert!(second.await.is_ok());
        assert_eq!(numbers(&file(&folder)), [1, 2], "nothing is left of a job that failed");
    }

    #[test]
    fn a_locked_database_costs_one_wait_and_not_one_for_each_job() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut connection = open(&file(&folder));
        let other = Connection::open(file(&folder)).expect("another process");
        other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
        let (mut group, mut answers) = (Jobs::new(), Vec::new());
        for number in 0..20 {
            let (reply, answer) = oneshot::channel();
            let work = move |tx: &Transaction<'_>| insert(tx, number);
            group.push(Box::new(Task { work, result: None, reply }));
            answers.push(answer);
        }
        let started = Instant::now();
        finish(&mut connection, &mut group);
        assert!(started.elapsed() < 3 * LOCK_WAIT, "{:?}", started.elapsed());
        for mut answer in answers {
            assert!(matches!(answer.try_recv(), Ok(Err(StoreError::Busy(_)))));
        }
    }

    #[tokio::test]
    async fn a_writer_that_panics_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (writer, ended) = writer(&file(&folder));
        let job = writer.write(|_| -> rusqlite::Result<()> { panic!("on purpose") });
        assert!(matches!(job.await, Err(StoreError::Closed)));
        ended.cancelled().await;
    }
}
