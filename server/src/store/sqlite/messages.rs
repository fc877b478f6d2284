//! Statements for timelines: appending with a dense `seq`, history, catch-up.

use crate::store::{AppendOutcome, ChangesPage, Draft};
use protocol::{Message, MessageKey, MessagePage, Millis, RoomId, Seq, User, UserId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use uuid::Uuid;

const COLUMNS: &str = "SELECT seq, changed, users.id, users.name, key, text, at
     FROM messages JOIN users ON users.id = messages.author_id";

pub(super) fn append(tx: &Transaction<'_>, draft: &Draft) -> rusqlite::Result<AppendOutcome> {
    let key = draft.key.0.as_bytes();
    let earlier = tx
        .prepare_cached("SELECT seq, at FROM messages WHERE author_id = ?1 AND key = ?2")?
        .query_row(params![draft.author.id.0, key], |row| {
            Ok((Seq(row.get(0)?), Millis(row.get(1)?)))
        })
        .optional()?;
    if let Some((seq, at)) = earlier {
        return Ok(AppendOutcome::Repeated { seq, at });
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
    limit: u32,
) -> rusqlite::Result<MessagePage> {
    let before = before.map_or(i64::MAX, |seq| seq.0);
    let mut messages = reader
        .prepare_cached(&format!(
            "{COLUMNS} WHERE room_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
        ))?
        // One more than asked for tells whether there are older ones.
        .query_map(params![room.0, before, i64::from(limit) + 1], message)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let has_older = messages.len() > limit as usize;
    messages.truncate(limit as usize);
    messages.reverse();
    Ok(MessagePage { messages, has_older })
}

pub(super) fn changes_after(
    reader: &mut Connection,
    room: RoomId,
    after: Seq,
    limit: u32,
) -> rusqlite::Result<ChangesPage> {
    // One snapshot for both reads: `through` must not claim a change that the rows do not have.
    let snapshot = reader.transaction()?;
    let last_seq = snapshot
        .prepare_cached("SELECT last_seq FROM rooms WHERE id = ?1")?
        .query_row([room.0], |row| row.get(0))
        .optional()?
        .map_or(after, Seq);
    let mut messages = snapshot
        .prepare_cached(&format!(
            "{COLUMNS} WHERE room_id = ?1 AND changed > ?2 ORDER BY changed LIMIT ?3"
        ))?
        .query_map(params![room.0, after.0, i64::from(limit) + 1], message)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let complete = messages.len() <= limit as usize;
    messages.truncate(limit as usize);
    let through = match messages.last() {
        Some(last) if !complete => last.changed,
        _ => last_seq,
    };
    Ok(ChangesPage { messages, through, complete })
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
