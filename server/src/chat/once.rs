//! Forms that are sent twice (a double click, a lost answer, a reload) are carried out once.
//!
//! What a form led to is remembered for a while under the key that was minted with its page. Those that arrive while the
//! first is being carried out wait for its outcome. Refusals are not remembered: they changed nothing.

use moka::future::Cache;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

/// How long the outcome of a form is remembered: an impatient click comes within seconds, a second try after a lost
/// answer within a minute or two.
const OUTCOME_KEPT: Duration = Duration::from_mins(2);

/// Outcomes that are remembered; beyond them the oldest are forgotten, and a form that comes again is a new one.
const OUTCOMES_MAX: u64 = 10_000;

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
    use super::Once;
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
    async fn a_refused_form_may_be_sent_again() {
        let once = Once::<u32, u32>::default();
        assert_eq!(once.carry_out(1, async { Err("no disk") }).await, Err("no disk"));
        assert_eq!(once.carry_out(1, async { Ok::<_, ()>(7) }).await, Ok(7));
    }
}
