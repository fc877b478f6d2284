//! The tasks without which the server is no server: when one of them ends, the whole process has to.
//!
//! A server whose hub is gone would go on taking messages that nobody sees. It is better gone itself: whoever runs it starts
//! it again, and clients come back and continue from their numbers.

use std::collections::HashMap;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// An essential task is gone.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    #[error("the task `{0}` ended by itself")]
    Finished(&'static str),
    #[error("the task `{name}` panicked")]
    Panicked { name: &'static str, source: JoinError },
}

/// Tells of a panic in work that nobody waits for and nobody would take up again. Clones are the same alarm.
#[derive(Clone, Default)]
pub struct Alarm(CancellationToken);

/// Rings its alarm when it is dropped by a panic.
pub struct Watch<'a>(&'a Alarm);

impl Alarm {
    /// Watches over the work that goes on for as long as this is held.
    #[must_use]
    pub fn watch(&self) -> Watch<'_> {
        Watch(self)
    }

    /// Waits until it has rung.
    pub fn rung(&self) -> impl Future<Output = ()> + Send + use<> {
        self.0.clone().cancelled_owned()
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.0.cancel();
        }
    }
}

/// Essential tasks of one server. They are stopped when this is dropped.
#[derive(Default)]
pub struct Tasks {
    set: JoinSet<()>,
    names: HashMap<Id, &'static str>,
}

impl Tasks {
    /// Starts a task that must not end.
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let id = self.set.spawn(task).id();
        self.names.insert(id, name);
    }

    /// Waits until one of them has ended. Never, when there are none.
    pub async fn ended(&mut self) -> Ended {
        let name = |id| self.names.get(&id).copied().unwrap_or("unknown");
        match self.set.join_next_with_id().await {
            Some(Ok((id, ()))) => Ended::Finished(name(id)),
            Some(Err(source)) => Ended::Panicked { name: name(source.id()), source },
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[tokio::test]
    async fn a_task_that_ends_or_panics_is_named() {
        let mut tasks = Tasks::default();
        tasks.spawn("steady", pending());
        tasks.spawn("lazy", async {});
        assert!(matches!(tasks.ended().await, Ended::Finished("lazy")));
        tasks.spawn("clumsy", async { panic!("on purpose") });
        assert!(matches!(tasks.ended().await, Ended::Panicked { name: "clumsy", .. }));
    }
}
