//! Moves the WAL into the database on a thread of its own, so that no commit waits for it.

use crate::store::{Result, StoreError};
use rusqlite::Connection;
use std::cell::Cell;
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::thread::JoinHandle;

/// Write jobs between two checkpoints: a WAL of some 20 MB, cheap to read through and to recover.
const JOBS_PER_CHECKPOINT: usize = 1_000;

/// Passes in a row. What is committed during one is left for the next, which is shorter. Once all is moved the WAL is
/// written from its beginning again; else it would grow for as long as the load lasts.
const PASSES_MAX: usize = 5;

pub(super) struct Checkpointer {
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
    jobs_since: Cell<usize>,
}

impl Checkpointer {
    pub(super) fn start(connection: Connection) -> Result<Self> {
        let (wake, woken) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || {
                while woken.recv().is_ok() {
                    if let Err(error) = move_wal(&connection) {
                        tracing::warn!(%error, "a checkpoint failed; the WAL grows until one succeeds");
                    }
                }
            })
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok(Self { wake, thread, jobs_since: Cell::new(0) })
    }

    /// Counts what was written, and starts a checkpoint when it is time.
    pub(super) fn wrote(&self, jobs: usize) {
        let jobs = self.jobs_since.get() + jobs;
        if jobs < JOBS_PER_CHECKPOINT {
            self.jobs_since.set(jobs);
            return;
        }
        // Full: a checkpoint is about to start already.
        if matches!(self.wake.try_send(()), Ok(()) | Err(TrySendError::Full(()))) {
            self.jobs_since.set(0);
        }
    }

    /// Waits for a running checkpoint and closes the connection.
    pub(super) fn stop(self) {
        drop(self.wake);
        let _ = self.thread.join();
    }
}

fn move_wal(connection: &Connection) -> rusqlite::Result<()> {
    for _ in 0..PASSES_MAX {
        // PASSIVE takes what it can without making a reader or the writer wait.
        let (pages, moved): (i64, i64) =
            connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
                Ok((row.get(1)?, row.get(2)?))
            })?;
        if moved == pages {
            break;
        }
    }
    Ok(())
}
