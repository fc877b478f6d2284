//! What the documents say about copying the data of a running server, and going back to the copy.

use crate::support::{ROOM, Socket, TestServer, within};
use rusqlite::Connection;
use std::path::Path;
use tokio::sync::watch;

const DOCUMENTS: [(&str, &str); 3] = [
    ("README.md", include_str!("../../../README.md")),
    ("docs/operations.md", include_str!("../../../docs/operations.md")),
    ("server/src/config.rs", include_str!("../../src/config.rs")),
];

/// As the documents have the operator do it with the `sqlite3` shell.
fn back_up(database: &Path, copy: &Path) {
    let connection = Connection::open(database).expect("the database");
    let copy = copy.to_str().expect("a path in UTF-8");
    connection.execute("VACUUM INTO ?1", [copy]).expect("a copy");
}

/// As docs/operations.md has it.
fn restore(data: &Path, copy: &Path) {
    let before = data.join("before-restore");
    std::fs::create_dir(&before).expect("a folder");
    for entry in std::fs::read_dir(data).expect("the data").map(|entry| entry.expect("a file")) {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("hubbub.db") {
            std::fs::rename(entry.path(), before.join(name)).expect("it is moved away");
        }
    }
    let restored = data.join("hubbub.db");
    std::fs::copy(copy, &restored).expect("it is copied");
    let connection = Connection::open(restored).expect("the database");
    connection.execute("DELETE FROM epoch", []).expect("the epoch is forgotten");
}

#[test]
fn the_documents_name_the_way_that_ends_under_writes() {
    for (name, text) in DOCUMENTS {
        assert!(text.contains("VACUUM INTO"), "{name}");
        assert!(!text.contains("\".backup"), "{name} has a command that may not end");
    }
}

#[tokio::test]
async fn a_copy_made_while_messages_are_written_is_whole_and_can_be_gone_back_to() {
    let server = TestServer::start_with(&["--commands-per-second=100000"]).await;
    let client = server.client("Ana").await;
    let mut sender = client.connect().await;
    sender.say("the first").await;

    let (stop, stopped) = watch::channel(false);
    let (count, mut said) = watch::channel(1);
    let writing = tokio::spawn(async move {
        while !*stopped.borrow() {
            let seq = sender.say(&"x".repeat(4_000)).await;
            count.send_replace(seq.0);
        }
    });
    within(said.wait_for(|count| *count > 100)).await.expect("it is written");
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.db");
    let before = *said.borrow();
    let copying = {
        let (database, copy) = (server.database(), copy.clone());
        tokio::task::spawn_blocking(move || back_up(&database, &copy))
    };
    within(copying).await.expect("the copy is done");
    let after = *said.borrow();
    within(said.wait_for(|count| *count > after + 100)).await.expect("writing went on");
    stop.send_replace(true);
    within(writing).await.expect("it is written");

    let check: String = Connection::open(&copy)
        .and_then(|copy| copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)))
        .expect("an answer");
    assert_eq!(check, "ok");

    let data = server.stop().await;
    restore(data.path(), &copy);
    let server = TestServer::start_in(data, &[]).await;
    let mut reader = Socket::connect(server.address, client.cookie.as_deref()).await;
    reader.open(ROOM, 0).await;
    let seqs: Vec<_> = reader.timeline.iter().map(|message| message.seq.0).collect();
    assert!(seqs.iter().copied().eq(1..=i64::try_from(seqs.len()).expect("a number")), "no gap");
    let last = *seqs.last().expect("messages");
    assert!((before..=after + 1).contains(&last), "{last}, of {before} to {after}");
    assert_eq!(reader.timeline[0].text, "the first");
    assert_eq!(reader.say("goes on").await.0, last + 1);
}
