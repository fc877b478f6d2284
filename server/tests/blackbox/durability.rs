//! The real program, killed in the middle of writing.

use crate::support::{Client, PATIENCE, ROOM, Socket};
use protocol::{AckResult, MessageKey, Seq};
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use tempfile::TempDir;
use uuid::Uuid;

const KILLS: usize = 20;

/// Acknowledgements to wait for before each kill; the kill then falls among the messages still on their way.
const ACKS_BEFORE_KILL: usize = 25;

/// How many messages are sent without waiting.
const IN_FLIGHT: usize = 40;

struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    fn start(data: &TempDir) -> Self {
        let site = data.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).expect("a folder for the site");
        let mut child = Command::new(env!("CARGO_BIN_EXE_hubbub"))
            .env_clear()
            .env("HUBBUB_LISTEN", "127.0.0.1:0")
            .env("HUBBUB_DATA_DIR", data.path())
            .env("HUBBUB_SITE_DIR", site)
            .env("HUBBUB_LOG", "info")
            .env("HUBBUB_COMMANDS_PER_SECOND", "100000")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stderr = child.stderr.take().expect("its log");
        let (found, address) = mpsc::channel();
        std::thread::spawn(move || {
            // Read to the end, or the program would block on a full pipe.
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("listening on http://") {
                    let _ = found.send(address.trim().parse().expect("an address"));
                }
            }
        });
        let address = address.recv_timeout(PATIENCE).expect("it says where it listens");
        Self { child, address }
    }

    fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it is gone");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
        let AckResult::Sent { seq, .. } = answer else { panic!("sent, not {answer:?}") };
        acknowledged.insert(ids[&id], seq);
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
    let pid = program.child.id().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().expect("SIGTERM is sent");
    assert_eq!(socket.closed().await, 4000);
    drop(socket);
    let exit = program.child.wait().expect("it ends by itself");
    assert!(exit.success(), "{exit}");
    let program = Program::start(&data);
    let mut reader = Socket::connect(program.address, client.cookie.as_deref()).await;
    reader.open(ROOM, 0).await;
    assert_eq!(reader.timeline.len(), 50);
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
