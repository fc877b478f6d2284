//! An upgrade loses nothing: the database of the first release, filled by it, is opened by this one.

use protocol::{MessageKey, Millis, RoomId, Seq, User, UserId};
use rusqlite::types::Value;
use rusqlite::{Connection, Row};
use server::store::sqlite::SqliteStore;
use server::store::{Append, AppendOutcome, PageLimit, Store};
use std::path::Path;
use uuid::Uuid;

/// What `sqlite3 hubbub.db .dump` says of a database of the first release with 3 users, 4 rooms and 60 messages.
const FIRST_RELEASE: &str = include_str!("../fixtures/first-release.sql");

/// Everything that the first release kept, as its columns were.
const KEPT: [&str; 4] = [
    "SELECT id, name, name_key, created_at FROM users ORDER BY id",
    "SELECT id, user_id, token_hash, created_at, seen_at FROM sessions ORDER BY id",
    "SELECT id, slug, name, name_key, last_seq, last_message_at, created_at FROM rooms ORDER BY id",
    "SELECT room_id, seq, changed, author_id, key, text, at FROM messages ORDER BY room_id, seq",
];

fn rows(path: &Path) -> Vec<Vec<Value>> {
    let connection = Connection::open(path).expect("a database");
    let mut rows = Vec::new();
    for query in KEPT {
        let mut statement = connection.prepare(query).expect("the columns");
        let columns = statement.column_count();
        let row = |row: &Row<'_>| (0..columns).map(|column| row.get(column)).collect();
        let read = statement.query_map([], row).expect("rows");
        rows.extend(read.map(|row| row.expect("a row")));
    }
    rows
}

#[tokio::test]
async fn a_database_of_the_first_release_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hubbub.db");
    Connection::open(&path).expect("a file").execute_batch(FIRST_RELEASE).expect("its tables");
    let before = rows(&path);
    assert_eq!(before.len(), 3 + 3 + 4 + 60);
    SqliteStore::open(&path).expect("it is migrated").close().await;
    assert_eq!(rows(&path), before);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the store itself is tested here")]
async fn a_database_of_the_first_release_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hubbub.db");
    Connection::open(&path).expect("a file").execute_batch(FIRST_RELEASE).expect("its tables");
    let store = SqliteStore::open(&path).expect("it is migrated");
    let limit = PageLimit { messages: 100, bytes: usize::MAX };
    let room = RoomId(3);
    let page = store.history(room, None, limit).await.expect("its history");
    let seqs: Vec<i64> = page.messages.iter().map(|message| message.seq.0).collect();
    assert_eq!(seqs, (1..=15).collect::<Vec<_>>());

    let author = User { id: UserId(1), name: "Ada".into() };
    let draft =
        |key| Append { room, author: author.clone(), key, text: "on".into(), at: Millis(1) };
    let mine = page.messages.iter().find(|message| message.author == author).expect("one of Ada's");
    let new = MessageKey(Uuid::from_u128(1));
    let outcomes = store
        .append(vec![Append { text: mine.text.clone(), ..draft(mine.key) }, draft(new)])
        .await
        .expect("two outcomes");
    assert_eq!(outcomes[0], AppendOutcome::Repeated { seq: mine.seq, at: mine.at });
    let AppendOutcome::Stored { message, .. } = &outcomes[1] else { panic!("{outcomes:?}") };
    assert_eq!(message.seq, Seq(16));
}
