//! How many sockets a user has, and sockets whose session has ended.

use super::super::testing::connect;
use super::super::*;
use super::{Client, user};
use futures_util::FutureExt;
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test]
async fn after_a_loss_each_session_is_doubted_once_also_one_whose_socket_is_only_coming() {
    let hub = Arc::new(Hub::default());
    let sockets = [Client::connect(&hub, 1).await, Client::connect(&hub, 1).await];
    let before = hub.losses();
    assert_eq!(hub.sessions_doubted().now_or_never(), None);
    hub.hear(Heard::SomeLost);
    hub.sessions_doubted().await;
    assert_eq!(hub.take_doubted_sessions(9), [(SessionId(1), UserId(1))].into());
    assert_eq!(hub.sessions_doubted().now_or_never(), None);

    let (queue, _peer) = connect().await;
    let late = hub.connect(&user(2), SessionId(2), &queue, before);
    assert_eq!(hub.take_doubted_sessions(9), [(SessionId(2), UserId(2))].into());
    let later = Client::connect(&hub, 3).await;
    assert_eq!(hub.sessions_doubted().now_or_never(), None, "it was read after the loss");
    drop((sockets, late, later));
}

#[tokio::test]
async fn many_doubts_are_taken_in_parts_and_none_is_lost() {
    let hub = Hub::default();
    let doubts = |ids: std::ops::Range<i64>| ids.map(|id| (SessionId(id), UserId(id))).collect();
    hub.doubt_sessions(doubts(0..5));
    assert_eq!(hub.take_doubted_sessions(3), doubts(0..3));
    hub.sessions_doubted().await;
    assert_eq!(hub.take_doubted_sessions(3), doubts(3..5));
    assert_eq!(hub.sessions_doubted().now_or_never(), None);
}

#[tokio::test(start_paused = true)]
async fn the_socket_that_was_silent_the_longest_makes_place_for_a_new_one_of_its_user() {
    let hub = Arc::new(Hub::default());
    let closed = |client: &Client| match client.queue.work().now_or_never() {
        Some(Work::Close(code)) => Some(code),
        _ => None,
    };
    let mut clients = Vec::new();
    for _ in 0..SOCKETS_PER_USER_MAX {
        clients.push(Client::connect(&hub, 1).await);
        sleep(Duration::from_millis(1)).await;
    }
    let other = Client::connect(&hub, 2).await;
    clients[0].queue.hear();
    sleep(Duration::from_millis(1)).await;
    // All come anew, as after a change of the network, and the old ones are still there.
    for known in 0..SOCKETS_PER_USER_MAX {
        clients.push(Client::connect(&hub, 1).await);
        let gone = clients.iter().filter(|client| closed(client).is_some()).count();
        assert_eq!(gone, known + 1, "one for one");
        let silent = (known + 1) % SOCKETS_PER_USER_MAX;
        assert_eq!(closed(&clients[silent]), Some(CloseCode::TooMany), "{silent}");
        sleep(Duration::from_millis(1)).await;
    }
    let (queue, _peer) = connect().await;
    let refused = hub.connect(&user(1), SessionId(1), &queue, hub.losses());
    assert!(refused.is_none(), "while so many are going");
    clients.remove(0);
    assert!(hub.connect(&user(1), SessionId(1), &queue, hub.losses()).is_some());
    assert_eq!(closed(&other), None);
}

#[tokio::test]
async fn a_socket_that_comes_when_its_session_has_ended_or_all_are_closed_is_closed() {
    let hub = Arc::new(Hub::default());
    hub.hear(Heard::Event(Event::SessionEnded { user: UserId(1), session: SessionId(1) }));
    let signed_out = Client::connect(&hub, 1).await;
    let code = signed_out.queue.work().now_or_never();
    assert_eq!(code, Some(Work::Close(CloseCode::SignedOut)));
    hub.close_all(CloseCode::Restarting);
    let late = Client::connect(&hub, 2).await;
    assert_eq!(late.queue.work().now_or_never(), Some(Work::Close(CloseCode::Restarting)));
}
