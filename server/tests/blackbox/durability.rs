//! The real program, killed in the middle of writing.

use crate::support::{Client, Program, ROOM, Socket, within};
use protocol::{MessageKey, Seq};
use std::collections::HashMap;
use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};
use uuid::Uuid;

const KILLS: usize = 20;

/// Acknowledgements to wait for before each kill; the kill then falls among the messages still on their way.
const ACKS_BEFORE_KILL: usize = 25;

/// How many messages are sent without waiting.
const IN_FLIGHT: usize = 40;

/// Sends until enough is acknowledged, and gives what was.
async fn send_until_killed(
    program: Program,
    cookie: &str,
    sent: &mut Vec<Uuid>,
) -> HashMap<Uuid, Seq> {
    let mut acknowledged = HashMap::new();
    let mut socket = Socket::connect(program.address, Some(cookie)).await;
    let mut ids = HashMap::new();
    for _ in 0..ACKS_BEFORE_KILL + IN_FLIGHT {
        let key = Uuid::new_v4();
        sent.push(key);
        ids.insert(socket.post_with_key(&key.to_string(), key).await, key);
    }
    let first = *ids.keys().min().expect("a first id");
    for id in (first..).take(ACKS_BEFORE_KILL) {
        let answer = socket.answer(id).await.expect("stored");
        acknowledged.insert(ids[&id], answer.sent.expect("what it is stored under").seq);
    }
    program.kill();
    acknowledged
}

#[tokio::test]
async fn what_was_acknowledged_survives_20_kills_once_and_in_order() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut acknowledged = HashMap::new();
    let mut sent = Vec::new();
    let mut cookie = None;
    for kill in 0..=KILLS {
        let program = Program::start(&data);
        let client = match &cookie {
            Some(cookie) => {
                let mut client = Client::anonymous(program.address);
                client.cookie = Some(String::clone(cookie));
                client
            }
            None => Client::sign_in(program.address, "Ana").await,
        };
        cookie.clone_from(&client.cookie);

        let mut reader = client.connect().await;
        reader.open(ROOM, 0).await;
        let seqs: Vec<_> = reader.timeline.iter().map(|message| message.seq.0).collect();
        let dense: Vec<_> = (1..).take(seqs.len()).collect();
        assert_eq!(seqs, dense, "dense after {kill} kills");
        let stored: HashMap<MessageKey, Seq> =
            reader.timeline.iter().map(|message| (message.key, message.seq)).collect();
        assert_eq!(stored.len(), seqs.len(), "no key twice after {kill} kills");
        for (key, seq) in &acknowledged {
            assert_eq!(stored.get(&MessageKey(*key)), Some(seq), "kept through {kill} kills");
        }
        assert!(stored.keys().all(|key| sent.contains(&key.0)));
        // In the order in which they were sent.
        let order: Vec<_> = reader.timeline.iter().map(|message| message.key.0).collect();
        assert!(sent.iter().filter(|key| stored.contains_key(&MessageKey(**key))).eq(&order));

        if kill < KILLS {
            let cookie = cookie.as_deref().expect("a session");
            acknowledged.extend(send_until_killed(program, cookie, &mut sent).await);
        }
    }
    assert!(acknowledged.len() >= KILLS * ACKS_BEFORE_KILL);
}

#[tokio::test]
async fn sigterm_ends_the_program_with_0_and_keeps_everything() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut program = Program::start(&data);
    let client = Client::sign_in(program.address, "Ana").await;
    let mut socket = client.connect().await;
    for number in 0..50 {
        socket.say(&number.to_string()).await;
    }
    program.signal("TERM");
    assert_eq!(socket.closed().await, 4000);
    drop(socket);
    let exit = program.exit();
    assert!(exit.success(), "{exit}");
    let program = Program::start(&data);
    let mut reader = Socket::connect(program.address, client.cookie.as_deref()).await;
    reader.open(ROOM, 0).await;
    assert_eq!(reader.timeline.len(), 50);
}

#[tokio::test]
async fn a_second_signal_ends_the_program_at_once() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut program = Program::start(&data);
    // A request that does not end: the first signal waits for it.
    let mut request = TcpStream::connect(program.address).expect("a connection");
    request.write_all(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n").expect("sent");
    request.write_all(b"Content-Type: application/x-www-form-urlencoded\r\n\r\n").expect("sent");
    within(Client::anonymous(program.address).get("/healthz")).await;
    let started = Instant::now();
    program.signal("TERM");
    program.log_until("SIGTERM: stopping");
    program.signal("INT");
    assert_eq!(program.exit().code(), Some(2));
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[test]
fn a_wrong_setting_stops_the_program_with_a_sentence() {
    let output = Command::new(env!("CARGO_BIN_EXE_hubbub"))
        .env_clear()
        .env("HUBBUB_LISTEN", "nowhere")
        .output()
        .expect("the program runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(error.contains("nowhere") && error.contains("--listen"), "{error}");
}
