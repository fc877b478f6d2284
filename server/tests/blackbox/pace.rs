//! What the disk's pace means for who waits for it, and for who does not.

use crate::support::{Orders, ROOM, TestServer, within};
use futures_util::future::join_all;
use protocol::{Ack, CommandId, ErrorCode, MessageKey, NewMessage, RoomId, User, UserId};
use serde_json::json;
use server::bus::LocalBus;
use server::chat::{Actor, Chat, Clock};
use server::config::Config;
use server::hub::Hub;
use server::store::SessionId;
use server::store::sqlite::SqliteStore;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// The shortest time from one commit to the next while few messages wait.
const PACE: Duration = Duration::from_millis(3);

#[tokio::test]
async fn an_answer_overtakes_a_command_that_waits_for_the_disk() {
    let orders = Orders::default();
    let server = TestServer::start_with_store(&orders).await;
    let mut socket = server.socket("Ana").await;
    orders.hold(true);
    let sent = socket.post("slow").await;
    let ping = socket.command("ping", json!({})).await;
    let closed = socket.command("close_room", json!({"room": ROOM})).await;
    assert_eq!(socket.first_answer().await, (ping, Ok(Ack::plain(CommandId(ping)))));
    assert_eq!(socket.first_answer().await, (closed, Err(ErrorCode::RoomNotOpen)));
    orders.hold(false);
    let (id, answer) = socket.first_answer().await;
    assert_eq!(id, sent);
    assert!(answer.is_ok(), "{answer:?}");
}

#[tokio::test]
async fn every_socket_gets_the_answers_it_is_owed_before_it_is_told_to_come_back() {
    const MESSAGES: usize = 40;
    let orders = Orders::default();
    let server = TestServer::start_with_store(&orders).await;
    let mut sockets = Vec::new();
    for name in ["Ana", "Ben", "Cleo"] {
        sockets.push(server.socket(name).await);
    }
    orders.hold(true);
    for socket in &mut sockets {
        for number in 0..MESSAGES {
            socket.post(&number.to_string()).await;
        }
        // Frames are read in order: whoever answers this has read the messages.
        socket.is_served().await;
    }
    let release = async {
        // Each socket hears of the end while it is owed its answers.
        tokio::task::yield_now().await;
        orders.hold(false);
    };
    let ends = join_all(sockets.iter_mut().map(|socket| socket.acknowledged_until_closed()));
    let (_data, ends, ()) = tokio::join!(server.stop(), ends, release);
    for (acknowledged, code) in ends {
        assert_eq!(acknowledged.len(), MESSAGES);
        assert_eq!(code, 4000);
    }
}

#[tokio::test]
async fn a_full_disk_refuses_what_is_written_and_nothing_else() {
    let orders = Orders::default();
    let server = TestServer::start_with_store(&orders).await;
    let client = server.client("Ana").await;
    let mut socket = client.connect().await;
    socket.open(ROOM, 0).await;
    socket.say("before").await;
    orders.fill_disk(true);
    let id = socket.post("not now").await;
    assert_eq!(socket.answer(id).await, Err(ErrorCode::Unavailable));
    assert_eq!(client.get("/readyz").await.status(), 503);
    assert_eq!(client.get("/rooms/general").await.status(), 200, "reading goes on");
    orders.fill_disk(false);
    assert_eq!(client.get("/readyz").await.status(), 200);
    socket.say("after").await;
    assert_eq!(socket.texts(2).await, ["before", "after"]);
}

#[tokio::test]
async fn a_server_whose_store_is_broken_ends_with_an_error() {
    let orders = Orders::default();
    let server = TestServer::start_with_store(&orders).await;
    let mut socket = server.socket("Ana").await;
    orders.break_it();
    assert_eq!(socket.closed().await, 4000, "it is told to come back");
    let error = server.ended().await.expect_err("no clean end");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert!(cause.contains("store"), "{cause}");
}

/// The rules without a server, on a store that answers at once, by a clock that only moves when everybody waits.
struct Line {
    chat: Chat,
    orders: Orders,
    _folder: TempDir,
}

impl Line {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let orders = Orders::default();
        orders.pretend();
        let store = SqliteStore::open(&folder.path().join("hubbub.db")).expect("a store");
        let store = orders.around(Arc::new(store));
        let config = Config::of_flags::<&str>([]);
        let (bus, hub) = (Arc::new(LocalBus::default()), Arc::new(Hub::default()));
        let chat = Chat::start(&config, store, bus, hub, Clock::default());
        Self { chat, orders, _folder: folder }
    }

    /// Puts a message into the line.
    fn send(&self) -> impl Future<Output = ()> + use<> {
        let user = User { id: UserId(1), name: "Ana".into() };
        let actor = Actor { user, session: SessionId(1) };
        let key = MessageKey(Uuid::new_v4());
        let message = NewMessage { room: RoomId(ROOM), key, text: "hello".into() };
        let sent = self.chat.send(&actor, &message);
        async move {
            sent.await.expect("stored");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lone_message_waits_for_nothing() {
    let line = Line::start();
    for _ in 0..3 {
        sleep(10 * PACE).await;
        let sent_at = Instant::now();
        within(line.send()).await;
        let commits = line.orders.commits();
        assert_eq!(commits.last().expect("a commit").at, sent_at);
    }
}

#[tokio::test(start_paused = true)]
async fn messages_that_follow_share_a_commit_every_3_ms() {
    const MESSAGES: usize = 60;
    let line = Line::start();
    sleep(10 * PACE).await;
    let mut sent = Vec::new();
    for _ in 0..MESSAGES {
        sent.push(line.send());
        sleep(Duration::from_millis(1)).await;
    }
    within(join_all(sent)).await;
    let commits = line.orders.commits();
    assert_eq!(commits.iter().map(|append| append.drafts).sum::<usize>(), MESSAGES);
    for pair in commits.windows(2) {
        let gap = pair[1].at - pair[0].at;
        assert!(gap >= PACE, "{gap:?} between two commits");
        assert!(gap <= 2 * PACE, "{gap:?} between two commits: nobody waits for longer");
    }
}

#[tokio::test(start_paused = true)]
async fn enough_messages_do_not_wait_for_the_pace() {
    let line = Line::start();
    sleep(10 * PACE).await;
    let started = Instant::now();
    within(line.send()).await;
    within(join_all((0..8).map(|_| line.send()))).await;
    let commits = line.orders.commits();
    assert_eq!(commits.iter().map(|append| append.drafts).collect::<Vec<_>>(), [1, 8]);
    assert_eq!(commits[1].at, started, "at once");
}
