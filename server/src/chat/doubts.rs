//! After events were lost: which sessions have ended meanwhile.

use super::Chat;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Sessions that are looked at with one read: a millisecond or so of one reader.
const SESSIONS_AT_ONCE: usize = 256;

/// The pause after each such read, so that others read in between however many sessions there are.
const PAUSE: Duration = Duration::from_millis(10);

/// The pause after a read that failed.
const RETRY: Duration = Duration::from_secs(5);

/// Looks at the sessions in doubt, each once however many sockets it has, and closes the sockets of those that have ended.
/// Never ends.
pub async fn settle_doubts(chat: Arc<Chat>) {
    loop {
        chat.hub.sessions_doubted().await;
        let doubted = chat.hub.take_doubted_sessions(SESSIONS_AT_ONCE);
        let ids: BTreeSet<_> = doubted.keys().copied().collect();
        match chat.store.live_sessions(ids, chat.session_cutoff()).await {
            Ok(live) => {
                for (session, user) in doubted {
                    if !live.contains(&session) {
                        chat.hub.end_session(user, session);
                    }
                }
                sleep(PAUSE).await;
            }
            // A store that cannot be read is no reason to send anybody away.
            Err(error) => {
                error.log("sessions in doubt could not be looked up");
                chat.hub.doubt_sessions(doubted);
                sleep(RETRY).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::{Heard, LocalBus};
    use crate::chat::{Actor, Clock};
    use crate::config::Config;
    use crate::hub::{Hub, SocketQueue, Work, testing};
    use crate::store::Store;
    use crate::store::sqlite::SqliteStore;
    use protocol::CloseCode;
    use tokio::sync::mpsc;
    use tokio::time::timeout;

    async fn sign_in(chat: &Chat, name: &str) -> Actor {
        let token = chat.sign_in(name, None).await.expect("a session");
        chat.authenticate(&token).await.expect("a store").expect("a session")
    }

    async fn next_of(queue: &SocketQueue) -> Work {
        timeout(Duration::from_secs(10), queue.work()).await.expect("something to do")
    }

    #[tokio::test]
    async fn after_a_loss_the_sockets_of_ended_sessions_are_closed_and_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("hubbub.db")).expect("a database");
        let store: Arc<dyn Store> = Arc::new(store);
        let (config, hub) = (Config::of_flags::<&str>([]), Arc::new(Hub::default()));
        let bus = Arc::new(LocalBus::default());
        let chat = Chat::start(&config, store.clone(), bus, hub.clone(), Clock::default());
        let chat = Arc::new(chat);
        let (ana, ben) = (sign_in(&chat, "Ana").await, sign_in(&chat, "Ben").await);
        let (lost, events) = mpsc::channel(1);
        let hears = hub.clone();
        tokio::spawn(async move { hears.run(events).await });
        tokio::spawn(settle_doubts(chat.clone()));

        let since = hub.losses();
        let (of_ana, _peer) = testing::connect().await;
        let _ana = hub.connect(&ana.user, ana.session, &of_ana, since).expect("a socket");
        let (of_ben, _peer) = testing::connect().await;
        let _ben = hub.connect(&ben.user, ben.session, &of_ben, since).expect("a socket");
        // Another node has ended it, and its event did not come.
        store.end_session(ana.session).await.expect("the store works");
        lost.send(Heard::SomeLost).await.expect("the hub listens");
        assert_eq!(next_of(&of_ana).await, Work::Close(CloseCode::SignedOut));

        // One that was let in before the loss, and comes after it.
        let (late, _peer) = testing::connect().await;
        store.end_session(ben.session).await.expect("the store works");
        let _late = hub.connect(&ben.user, ben.session, &late, since).expect("a socket");
        assert_eq!(next_of(&late).await, Work::Close(CloseCode::SignedOut));
        assert_eq!(next_of(&of_ben).await, Work::Close(CloseCode::SignedOut));
    }
}
