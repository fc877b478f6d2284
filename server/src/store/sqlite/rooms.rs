//! Statements for rooms.

use crate::store::{CreateRoomOutcome, NewRoom, RoomRecord};
use protocol::{Millis, Room, RoomId, Seq};
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params};

const COLUMNS: &str = "SELECT id, slug, name, last_seq, last_message_at FROM rooms";

pub(super) fn create(
    tx: &Transaction<'_>,
    request: &NewRoom,
) -> rusqlite::Result<CreateRoomOutcome> {
    let name = &request.name;
    let same = one(tx, "WHERE name_key = ?1", [&name.key])?;
    let alike = || one(tx, "WHERE skeleton = ?1 ORDER BY id LIMIT 1", [&name.skeleton]);
    if let Some(existing) = same.map_or_else(alike, |same| Ok(Some(same)))? {
        return Ok(CreateRoomOutcome::Exists(existing.room));
    }
    let mut slug = request.slug.clone();
    let mut number = 1;
    while by_slug(tx, &slug)?.is_some() {
        number += 1;
        slug = format!("{}-{number}", request.slug);
    }
    tx.prepare_cached(
        "INSERT INTO rooms (slug, name, name_key, skeleton, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![slug, name.shown, name.key, name.skeleton, request.at.0])?;
    let id = RoomId(tx.last_insert_rowid());
    Ok(CreateRoomOutcome::Created(Room { id, slug, name: request.name.shown.clone() }))
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
