//! Statements for rooms.

use super::ALIKE_MAX;
use crate::store::{CreateRoomOutcome, Name, NewRoom, RoomRecord};
use protocol::{Millis, Room, RoomId, Seq};
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params};

/// Numbers up to this one are tried for a slug.
const SLUG_NUMBER_MAX: i64 = 20;

const COLUMNS: &str = "SELECT id, slug, name, last_seq, last_message_at FROM rooms";

pub(super) fn create(
    tx: &Transaction<'_>,
    request: &NewRoom,
) -> rusqlite::Result<CreateRoomOutcome> {
    let name = &request.name;
    let same = one(tx, "WHERE name_key = ?1", [&name.key])?;
    let existing = match same {
        Some(same) => Some(same),
        None => alike(tx, name)?,
    };
    if let Some(existing) = existing {
        return Ok(CreateRoomOutcome::Exists(existing.room));
    }
    let slug = free_slug(tx, &request.slug)?;
    tx.prepare_cached(
        "INSERT INTO rooms (slug, name, name_key, skeleton, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![slug, name.shown, name.key, name.skeleton, request.at.0])?;
    let id = RoomId(tx.last_insert_rowid());
    Ok(CreateRoomOutcome::Created(Room { id, slug, name: request.name.shown.clone() }))
}

/// The oldest room whose name looks like this one.
fn alike(tx: &Transaction<'_>, name: &Name) -> rusqlite::Result<Option<RoomRecord>> {
    let mut statement =
        tx.prepare_cached(&format!("{COLUMNS} WHERE skeleton = ?1 ORDER BY id LIMIT ?2"))?;
    let candidates = statement.query_map(params![name.skeleton, ALIKE_MAX], record)?;
    for candidate in candidates {
        let candidate = candidate?;
        if name.looks_like(&candidate.room.name) {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// The wanted slug, or with the first number that is free. When so many are alike that numbers say nothing any more, it
/// gets something random, so that the thousandth costs no more than the first.
fn free_slug(tx: &Transaction<'_>, wanted: &str) -> rusqlite::Result<String> {
    tx.prepare_cached(
        "WITH RECURSIVE candidates (number, slug) AS (
             SELECT 1, ?1
             UNION ALL
             SELECT number + 1, ?1 || '-' || (number + 1) FROM candidates WHERE number < ?2)
         SELECT number, slug FROM candidates
         WHERE NOT EXISTS (SELECT 1 FROM rooms WHERE rooms.slug = candidates.slug)
         UNION ALL
         SELECT ?2 + 1, ?1 || '-' || lower(hex(randomblob(8)))
         ORDER BY 1 LIMIT 1",
    )?
    .query_row(params![wanted, SLUG_NUMBER_MAX], |row| row.get(1))
}

pub(super) fn list(reader: &Connection) -> rusqlite::Result<Vec<RoomRecord>> {
    reader
        .prepare_cached(&format!("{COLUMNS} ORDER BY last_message_at DESC NULLS LAST, name_key"))?
        .query_map([], record)?
        .collect()
}

pub(super) fn by_id(reader: &Connection, id: RoomId) -> rusqlite::Result<Option<RoomRecord>> {
    one(reader, "WHERE id = ?1", [id.0])
}

pub(super) fn by_slug(reader: &Connection, slug: &str) -> rusqlite::Result<Option<RoomRecord>> {
    one(reader, "WHERE slug = ?1", [slug])
}

fn one(
    reader: &Connection,
    condition: &str,
    params: impl Params,
) -> rusqlite::Result<Option<RoomRecord>> {
    reader.prepare_cached(&format!("{COLUMNS} {condition}"))?.query_row(params, record).optional()
}

fn record(row: &Row<'_>) -> rusqlite::Result<RoomRecord> {
    Ok(RoomRecord {
        room: Room { id: RoomId(row.get(0)?), slug: row.get(1)?, name: row.get(2)? },
        last_seq: Seq(row.get(3)?),
        last_message_at: row.get::<_, Option<i64>>(4)?.map(Millis),
    })
}
