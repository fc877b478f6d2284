//! Statements for timelines: appending with a dense `seq`, history, catch-up.

use crate::store::{Append, AppendOutcome, ChangesPage, PageLimit};
use protocol::{Message, MessageKey, MessagePage, Millis, RoomId, Seq, User, UserId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use uuid::Uuid;

const COLUMNS: &str = "SELECT seq, changed, users.id, users.name, key, text, at
     FROM messages JOIN users ON users.id = messages.author_id";

pub(super) fn append(tx: &Transaction<'_>, draft: &Append) -> rusqlite::Result<AppendOutcome> {
    let key = draft.key.0.as_bytes();
    let earlier = tx
        .prepare_cached(
            "SELECT seq, at, room_id = ?3 AND text = ?4 FROM messages
             WHERE author_id = ?1 AND key = ?2",
        )?
        .query_row(params![draft.author.id.0, key, draft.room.0, draft.text], |row| {
            Ok((Seq(row.get(0)?), Millis(row.get(1)?), row.get(2)?))
        })
        .optional()?;
    match earlier {
        Some((seq, at, true)) => return Ok(AppendOutcome::Repeated { seq, at }),
        Some((_, _, false)) => return Ok(AppendOutcome::KeyReused),
        None => {}
    }
    let seq = tx
        .prepare_cached(
            "UPDATE rooms SET last_seq = last_seq + 1, last_message_at = ?2 WHERE id = ?1
             RETURNING last_seq",
        )?
        .query_row(params![draft.room.0, draft.at.0], |row| row.get(0))
        .optional()?;
    let Some(seq) = seq.map(Seq) else {
        return Ok(AppendOutcome::UnknownRoom);
    };
    tx.prepare_cached(
        "INSERT INTO messages (room_id, seq, changed, author_id, key, text, at)
         VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![draft.room.0, seq.0, draft.author.id.0, key, draft.text, draft.at.0])?;
    let message = Message {
        seq,
        changed: seq,
        author: draft.author.clone(),
        key: draft.key,
        text: draft.text.clone(),
        at: draft.at,
    };
    Ok(AppendOutcome::Stored { room: draft.room, message })
}

pub(super) fn history(
    reader: &Connection,
    room: RoomId,
    before: Option<Seq>,
    limit: PageLimit,
) -> rusqlite::Result<MessagePage> {
    let before = before.map_or(i64::MAX, |seq| seq.0);
    let mut statement = reader
        .prepare_cached(&format!("{COLUMNS} WHERE room_id = ?1 AND seq < ?2 ORDER BY seq DESC"))?;
    let (mut messages, has_older) =
        page(statement.query_map(params![room.0, before], message)?, limit)?;
    messages.reverse();
    Ok(MessagePage { messages, has_older })
}

pub(super) fn history_after(
    reader: &Connection,
    room: RoomId,
    after: Seq,
    limit: PageLimit,
) -> rusqlite::Result<MessagePage> {
    let mut statement = reader
        .prepare_cached(&format!("{COLUMNS} WHERE room_id = ?1 AND seq > ?2 ORDER BY seq"))?;
    let (messages, _) = page(statement.query_map(params![room.0, after.0], message)?, limit)?;
    let has_older = reader
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM messages WHERE room_id = ?1 AND seq <= ?2)")?
        .query_row(params![room.0, after.0], |row| row.get(0))?;
    Ok(MessagePage { messages, has_older })
}

pub(super) fn changes_after(
    reader: &mut Connection,
    room: RoomId,
    after: Seq,
    limit: PageLimit,
) -> rusqlite::Result<ChangesPage> {
    // One snapshot for both reads: `through` must not claim a change that the rows do not have.
    let snapshot = reader.transaction()?;
    let last_seq = snapshot
        .prepare_cached("SELECT last_seq FROM rooms WHERE id = ?1")?
        .query_row([room.0], |row| row.get(0))
        .optional()?
        .map_or(after, Seq);
    let mut statement = snapshot.prepare_cached(&format!(
        "{COLUMNS} WHERE room_id = ?1 AND changed > ?2 ORDER BY changed"
    ))?;
    let (messages, has_more) =
        page(statement.query_map(params![room.0, after.0], message)?, limit)?;
    let through = match messages.last() {
        Some(last) if has_more => last.changed,
        _ => last_seq,
    };
    Ok(ChangesPage { messages, through, complete: !has_more })
}

/// Takes rows up to the limit, and tells whether there are more.
fn page(
    mut rows: impl Iterator<Item = rusqlite::Result<Message>>,
    limit: PageLimit,
) -> rusqlite::Result<(Vec<Message>, bool)> {
    let mut messages = Vec::new();
    let mut bytes = 0;
    while messages.len() < limit.messages as usize && bytes < limit.bytes {
        let Some(message) = rows.next().transpose()? else { return Ok((messages, false)) };
        bytes += message.text.len();
        messages.push(message);
    }
    Ok((messages, rows.next().transpose()?.is_some()))
}

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        seq: Seq(row.get(0)?),
        changed: Seq(row.get(1)?),
        author: User { id: UserId(row.get(2)?), name: row.get(3)? },
        key: MessageKey(Uuid::from_bytes(row.get(4)?)),
        text: row.get(5)?,
        at: Millis(row.get(6)?),
    })
}
