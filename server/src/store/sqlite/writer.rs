//! The writer thread: the only writing connection, and group commit.
//!
//! Whatever is waiting goes into one transaction, and everybody is answered after its commit reached the disk. A lone
//! write is committed at once; while a commit runs, the next group gathers. Nothing waits on a timer.

use super::checkpoint::Checkpointer;
use crate::store::{Result, StoreError};
use parking_lot::Mutex;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Most jobs in one transaction: bounds how long the first of them waits, far past the point where the commit is the
/// smaller part of the cost.
const GROUP_MAX: usize = 512;

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

pub(super) struct Writer {
    /// Taken by `close`; the thread ends when the last sender is gone.
    jobs: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, checkpointer: Checkpointer) -> Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || run(connection, &queue, checkpointer))
            .map_err(|error| StoreError::Failed(error.to_string()))?;
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

fn run(
    mut connection: Connection,
    queue: &mpsc::Receiver<Box<dyn Job>>,
    checkpointer: Checkpointer,
) {
    let mut group: Vec<Box<dyn Job>> = Vec::new();
    while let Ok(first) = queue.recv() {
        group.push(first);
        group.extend(queue.try_iter().take(GROUP_MAX - 1));
        let jobs = group.len();
        if let Err(error) = commit(&mut connection, &mut group) {
            tracing::warn!(jobs, %error, "a group could not be committed; trying its jobs one by one");
            for mut job in group.drain(..) {
                let committed = commit(&mut connection, std::slice::from_mut(&mut job));
                if let Err(error) = &committed {
                    tracing::error!(%error, "a write failed");
                }
                job.answer(committed.map_err(StoreError::from));
            }
        } else {
            for job in group.drain(..) {
                job.answer(Ok(()));
            }
        }
        checkpointer.wrote(jobs);
    }
    checkpointer.stop();
    // Leaves one file behind, complete, for whoever copies it.
    if let Err(error) = connection.pragma_update(None, "wal_checkpoint", "truncate") {
        tracing::warn!(%error, "the last checkpoint failed; the next start will do it");
    }
}

fn commit(connection: &mut Connection, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in jobs {
        job.run(&tx)?;
    }
    tx.commit()
}

/// Proves that a commit reaches the disk, leaving nothing behind: the page with `user_version` is written as it was.
pub(super) fn touch_disk(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    tx.pragma_update(None, "user_version", version)
}
