//! The promise: nothing acknowledged is lost, doubled or out of order.

use crate::support::{ROOM, Socket, TestServer};
use protocol::limits::{CATCH_UP_MESSAGES, PAGE_MESSAGES};
use protocol::{CloseCode, Epoch, ErrorCode, Seq, ServerFrame};
use serde_json::json;
use std::time::{Duration, Instant};

async fn post_many(socket: &mut Socket, texts: impl Iterator<Item = String>) {
    let mut last = 0;
    for (index, text) in texts.enumerate() {
        last = socket.post(&text).await;
        // Answers are read along the way, as any client does.
        if index % 32 == 31 {
            socket.answer(last).await.expect("stored");
        }
    }
    socket.answer(last).await.ok();
}

fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("message {number}")).collect()
}

#[tokio::test]
async fn everybody_sees_the_same_messages_in_the_same_order() {
    let server = TestServer::start_with(&["--commands-per-second=10000"]).await;
    let mut members = Vec::new();
    for name in ["Ana", "Ben", "Cleo"] {
        members.push(server.member(name).await);
    }
    let mut tasks = Vec::new();
    for mut member in members {
        tasks.push(tokio::spawn(async move {
            for number in 0..100 {
                member.say(&number.to_string()).await;
            }
            member.texts(300).await;
            member.timeline
        }));
    }
    let mut timelines = Vec::new();
    for task in tasks {
        timelines.push(task.await.expect("a timeline"));
    }
    assert!(timelines.iter().all(|timeline| timeline == &timelines[0]));
    let seqs: Vec<_> = timelines[0].iter().map(|message| message.seq).collect();
    assert_eq!(seqs, (1..=300).map(Seq).collect::<Vec<_>>(), "dense from 1");
}

#[tokio::test]
async fn one_sender_s_messages_keep_their_order_without_waiting_for_answers() {
    let server = TestServer::start_with(&["--commands-per-second=10000"]).await;
    let mut sender = server.member("Ana").await;
    for text in numbered(500) {
        sender.post(&text).await;
    }
    assert_eq!(sender.texts(500).await, numbered(500));
}

#[tokio::test]
async fn a_repeated_key_is_stored_once_and_answered_the_same() {
    let server = TestServer::start().await;
    let mut sender = server.member("Ana").await;
    let mut second_tab = server.member("Ben").await;
    let key = uuid::Uuid::new_v4();
    let first = sender.post_with_key("once", key).await;
    let first = sender.answer(first).await.expect("stored");
    let again = sender.post_with_key("once", key).await;
    assert_eq!(sender.answer(again).await.map(|ack| ack.sent), Ok(first.sent));
    let other = sender.post_with_key("a different text", key).await;
    assert_eq!(sender.answer(other).await, Err(ErrorCode::KeyReused));
    assert_eq!(first.sent.map(|sent| sent.seq), Some(Seq(1)));
    // Another author's key is another key.
    let other = second_tab.post_with_key("mine", key).await;
    assert!(second_tab.answer(other).await.is_ok());
    assert_eq!(second_tab.texts(2).await, ["once", "mine"]);
}

#[tokio::test]
async fn a_key_sent_over_two_sockets_at_once_is_stored_once() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let (mut one, mut two) = (client.connect().await, client.connect().await);
    for _ in 0..50 {
        let key = uuid::Uuid::new_v4();
        let (first, second) =
            tokio::join!(one.post_with_key("x", key), two.post_with_key("x", key));
        let (first, second) = tokio::join!(one.answer(first), two.answer(second));
        assert_eq!(first, second);
    }
    let mut reader = server.member("Ben").await;
    assert_eq!(reader.texts(50).await.len(), 50);
}

#[tokio::test]
async fn catching_up_takes_as_many_pages_as_it_needs_and_then_is_live() {
    let server = TestServer::start_with(&["--commands-per-second=100000"]).await;
    let count = CATCH_UP_MESSAGES as usize * 50 + 7;
    let mut sender = server.socket("Ana").await;
    post_many(&mut sender, numbered(count).into_iter()).await;
    let mut reader = server.member("Ben").await;
    assert_eq!(reader.timeline.len(), count, "all of it before `caught_up`");
    sender.say("live").await;
    let texts = reader.texts(count + 1).await;
    assert_eq!(texts[..count], numbered(count));
    assert_eq!(texts[count], "live");
}

#[tokio::test]
async fn coming_back_brings_exactly_what_was_missed() {
    let server = TestServer::start().await;
    let mut sender = server.member("Ana").await;
    sender.say("before").await;
    let reader = server.client("Ben").await;
    let mut socket = reader.connect().await;
    socket.open(ROOM, 0).await;
    drop(socket);
    for text in numbered(120) {
        sender.say(&text).await;
    }
    let mut socket = reader.connect().await;
    socket.open(ROOM, 1).await;
    assert_eq!(socket.texts(120).await, numbered(120));
}

/// The first room, opened by who has `after` and sees what it shows rather than keeps it.
async fn open_at_most(socket: &mut Socket, after: i64, epoch: Epoch, at_most: u32) {
    let open = json!({"room": ROOM, "after": after, "epoch": epoch, "at_most": at_most});
    socket.follows_from(after, open).await;
}

#[tokio::test]
async fn who_is_too_far_behind_is_sent_the_last_page_and_goes_on_from_there() {
    let server = TestServer::start_with(&["--commands-per-second=10000"]).await;
    let mut sender = server.member("Ana").await;
    for text in numbered(300) {
        sender.say(&text).await;
    }
    let mut far = server.socket("Ben").await;
    let epoch = far.epoch;
    open_at_most(&mut far, 0, epoch, 299).await;
    assert_eq!(far.timeline.len(), PAGE_MESSAGES as usize, "the last page and no more");
    let mut near = server.socket("Cleo").await;
    open_at_most(&mut near, 0, epoch, 300).await;
    assert_eq!(near.timeline.len(), 300, "all that is missing");

    sender.say("live").await;
    for reader in [&mut far, &mut near] {
        let known = reader.timeline.len();
        let texts = reader.texts(known + 1).await;
        assert_eq!(texts[known - 1..], ["message 300".to_owned(), "live".to_owned()]);
    }
}

#[tokio::test]
async fn a_position_of_another_epoch_or_beyond_the_end_starts_over() {
    let server = TestServer::start().await;
    let mut sender = server.member("Ana").await;
    sender.say("one").await;
    sender.say("two").await;
    let ben = server.client("Ben").await;
    for (after, is_own_epoch) in [(1, false), (7, true)] {
        let mut socket = ben.connect().await;
        let epoch = if is_own_epoch { socket.epoch } else { Epoch::default() };
        open_at_most(&mut socket, after, epoch, 500).await;
        assert_eq!(socket.texts(2).await, ["one", "two"], "after {after}");
    }
    let mut bot = server.socket("Robin").await;
    let ahead = bot.command("open_room", json!({"room": ROOM, "after": 7})).await;
    assert_eq!(bot.answer(ahead).await, Err(ErrorCode::SeqAhead), "who asks for no reset");
    let unknown = json!({"room": 99, "after": 0, "at_most": 5});
    let unknown = bot.command("open_room", unknown).await;
    assert_eq!(bot.answer(unknown).await, Err(ErrorCode::UnknownRoom));
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_between_a_reset_and_what_is_said_meanwhile() {
    const SAID: i64 = 1_500;
    let server = TestServer::start_with(&["--commands-per-second=100000"]).await;
    let mut sender = server.member("Ana").await;
    let talking = tokio::spawn(async move {
        post_many(&mut sender, (1..=SAID).map(|number| number.to_string())).await;
    });
    let mut readers = Vec::new();
    for number in 0..10 {
        let client = server.client(&format!("Reader {number}")).await;
        let mut reader = client.connect().await;
        // Again and again, in the middle of what is said; at last as somebody who has nothing yet.
        for is_last in [false, false, true] {
            let before = if is_last { Seq::ZERO } else { reader.position() };
            let epoch = reader.epoch;
            reader = client.connect().await;
            open_at_most(&mut reader, before.0, epoch, 0).await;
        }
        readers.push(reader);
    }
    talking.await.expect("all is said");
    for mut reader in readers {
        while reader.position() < Seq(SAID) {
            reader.next().await;
        }
        let seqs: Vec<_> = reader.timeline.iter().map(|message| message.seq.0).collect();
        let first = seqs[0];
        assert_eq!(seqs, (first..=SAID).collect::<Vec<_>>(), "dense to the end");
    }
}

#[tokio::test]
async fn a_restart_keeps_what_it_acknowledged_and_tells_sockets_to_come_back() {
    let server = TestServer::start().await;
    let client = server.client("Ana").await;
    let mut socket = client.connect().await;
    socket.say("kept").await;
    for text in numbered(100) {
        socket.post(&text).await;
    }
    let (restarted, (acknowledged, code)) =
        tokio::join!(server.restart(), socket.acknowledged_until_closed());
    assert_eq!(code, CloseCode::Restarting.number());
    let mut reader = Socket::connect(restarted.address, client.cookie.as_deref()).await;
    reader.open(ROOM, 0).await;
    let stored: Vec<_> = reader.timeline.iter().map(|message| message.seq).collect();
    assert!(acknowledged.iter().all(|seq| stored.contains(seq)));
    let texts: Vec<_> = reader.timeline.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts[0], "kept");
    assert!(numbered(100).iter().map(String::as_str).zip(&texts[1..]).all(|(a, b)| a == *b));
}

#[tokio::test]
async fn a_reader_that_stalls_delays_nobody_and_misses_nothing() {
    let server = TestServer::start_with(&["--commands-per-second=100000"]).await;
    let mut stalled = server.member("Sloth").await;
    let mut sender = server.member("Ana").await;
    // Far more than its queue and both kernel buffers hold, in few messages: it must come back to reading before it is sent
    // away for taking nothing at all.
    let text = "x".repeat(16_000);
    let count = 800;
    let mut slowest = Duration::ZERO;
    for _ in 0..count / 40 {
        let started = Instant::now();
        let mut last = 0;
        for _ in 0..40 {
            last = sender.post(&text).await;
        }
        sender.answer(last).await.expect("stored");
        slowest = slowest.max(started.elapsed());
    }
    sender.texts(count).await;
    assert!(slowest < Duration::from_secs(10), "nobody waits for the stalled one: {slowest:?}");
    assert_eq!(stalled.texts(count).await.len(), count);
}

#[tokio::test]
async fn what_cannot_be_read_for_a_while_comes_later_on_the_same_socket() {
    let server = TestServer::start().await;
    server.member("Ana").await.say("one").await;
    let mut reader = server.socket("Ben").await;
    let data = rusqlite::Connection::open(server.database()).expect("the database");
    data.execute_batch("ALTER TABLE messages RENAME TO unreadable").expect("reads fail from here");
    let open = reader.command("open_room", json!({"room": ROOM, "after": 0})).await;
    assert!(reader.answer(open).await.is_ok());
    for _ in 0..8 {
        // The failed read is one of the things that the socket has done by then.
        reader.is_served().await;
    }
    data.execute_batch("ALTER TABLE unreadable RENAME TO messages").expect("reads work again");
    assert_eq!(reader.texts(1).await, ["one"]);
    reader.is_served().await;
}

#[tokio::test]
async fn signing_out_closes_the_sockets_of_that_session_only() {
    let server = TestServer::start().await;
    let ana = server.client("Ana").await;
    let mut ana_socket = ana.connect().await;
    let mut ben_socket = server.socket("Ben").await;
    assert_eq!(ana.post("/logout", &[]).await.status(), 303);
    assert_eq!(ana_socket.closed().await, CloseCode::SignedOut.number());
    ben_socket.is_served().await;
}

#[tokio::test]
async fn a_created_room_reaches_everybody_who_watches_the_list() {
    let server = TestServer::start().await;
    let mut watcher = server.socket("Ana").await;
    watcher.command("watch_rooms", json!({})).await;
    let names = |frame: &ServerFrame| match frame {
        ServerFrame::Rooms { rooms, .. } => {
            Some(rooms.iter().map(|summary| summary.room.name.clone()).collect::<Vec<_>>())
        }
        _ => None,
    };
    assert_eq!(watcher.wait_for(names).await, ["general"]);
    let mut creator = server.socket("Ben").await;
    let id = creator.command("create_room", json!({"name": "Déjà vu!"})).await;
    let created = creator.answer(id).await.map(|ack| ack.created);
    let Ok(Some(room)) = created else { panic!("a room, not {created:?}") };
    assert_eq!((room.slug.as_str(), room.name.as_str()), ("deja-vu", "Déjà vu!"));
    assert_eq!(watcher.wait_for(names).await, ["Déjà vu!"]);
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() {
    let server = TestServer::start().await;
    let error = server.start_another().await.expect_err("it does not start");
    assert!(format!("{error:#}").contains("another server is using"), "{error:#}");
}
