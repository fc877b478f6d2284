//! How many sockets a user has, and sockets whose session has ended.

use super::super::testing::connect;
use super::super::*;
use super::{Client, user};
use futures_util::FutureExt;

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
