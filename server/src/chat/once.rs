//! Commands of people who may be gone before the answer: carried out to their end, and once.
//!
//! A form may be sent twice: by a double click, after a lost answer, by a reload.
//!
//! What a form led to is remembered for a while under the key that was minted with its page. Those that arrive while the
//! first is being carried out wait for its outcome. Refusals are not remembered: they changed nothing.

use moka::future::Cache;
use sha2::{Digest, Sha256};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

/// How long the outcome of a form is remembered: an impatient click comes within seconds, a second try after a lost
/// answer within a minute or two.
const OUTCOME_KEPT: Duration = Duration::from_mins(2);

/// Outcomes that are remembered; beyond them the oldest are forgotten, and a form that comes again is a new one.
const OUTCOMES_MAX: u64 = 10_000;

/// Carries out a command to its end, also when whoever waits for its outcome is gone meanwhile: what was stored has to be
/// published in any case.
///
/// # Panics
/// When the command panics.
pub async fn to_its_end<T: Send + 'static>(command: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(command).await {
        Ok(outcome) => outcome,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The whole program ends.
            Err(_) => std::future::pending().await,
        },
    }
}

/// The hash of what a form came with: what was typed may be long, and is remembered for as long as the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Typed([u8; 32]);

impl Typed {
    pub(super) fn new(fields: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for field in fields {
            // With its length, or what is moved from one field to the next would look the same.
            hash.update(field.len().to_be_bytes());
            hash.update(field);
        }
        Self(hash.finalize().into())
    }
}

pub(super) struct Once<K, T> {
    outcomes: Cache<K, T>,
}

impl<K, T> Once<K, T>
where
    K: Hash + Eq + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// The outcome of the form, from `work` unless it is there already.
    pub(super) async fn carry_out<E>(
        &self,
        form: K,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E>
    where
        E: Clone + Send + Sync + 'static,
    {
        // Boxed: the cache would hold the whole of the work in each of its own states.
        let outcome = self.outcomes.try_get_with(form, Box::pin(work)).await;
        outcome.map_err(Arc::unwrap_or_clone)
    }

    pub(super) async fn get(&self, form: &K) -> Option<T> {
        self.outcomes.get(form).await
    }

    pub(super) async fn forget(&self, form: &K) {
        self.outcomes.invalidate(form).await;
    }
}

impl<K, T> Default for Once<K, T>
where
    K: Hash + Eq + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        let outcomes =
            Cache::builder().max_capacity(OUTCOMES_MAX).time_to_live(OUTCOME_KEPT).build();
        Self { outcomes }
    }
}

#[cfg(test)]
mod tests {
    use super::{Once, to_its_end};
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn one_form_is_carried_out_once_and_all_who_sent_it_get_its_outcome() {
        let (once, count) = (Once::<u32, u32>::default(), AtomicU32::new(0));
        let send = |form| {
            once.carry_out(form, async {
                tokio::task::yield_now().await;
                Ok::<_, ()>(count.fetch_add(1, Ordering::Relaxed))
            })
        };
        let twice = tokio::join!(send(1), send(1));
        assert_eq!(twice, (Ok(0), Ok(0)));
        assert_eq!((send(1).await, send(2).await), (Ok(0), Ok(1)));
    }

    #[tokio::test]
    async fn what_has_begun_ends_although_nobody_waits_for_it() {
        let (begun, is_begun) = tokio::sync::oneshot::channel();
        let (go_on, may_go_on) = tokio::sync::oneshot::channel::<()>();
        let (ended, is_ended) = tokio::sync::oneshot::channel();
        let waiting = tokio::spawn(to_its_end(async move {
            let _ = begun.send(());
            let _ = may_go_on.await;
            let _ = ended.send(());
        }));
        is_begun.await.expect("it begins");
        waiting.abort();
        assert!(waiting.await.is_err_and(|error| error.is_cancelled()));
        go_on.send(()).expect("it is still there");
        is_ended.await.expect("it ends");
    }

    #[tokio::test]
    async fn a_refused_form_may_be_sent_again() {
        let once = Once::<u32, u32>::default();
        assert_eq!(once.carry_out(1, async { Err("no disk") }).await, Err("no disk"));
        assert_eq!(once.carry_out(1, async { Ok::<_, ()>(7) }).await, Ok(7));
    }
}
