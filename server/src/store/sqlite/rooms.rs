//! Statements for rooms.

use super::ALIKE_MAX;
use crate::store::{CreateRoomOutcome, Name, NewRoom, RoomRecord, RoomsPage, RoomsQuery};
use protocol::limits::ROOMS_COUNTED_MAX;
use protocol::{Millis, Room, RoomId, Seq};
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params};

/// Numbers up to this one are tried for a slug.
const SLUG_NUMBER_MAX: i64 = 20;

/// Characters in an entry of the index over names.
const TRIGRAM: usize = 3;

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

/// Looks at every room, because an index by last message would have to be written with each message. It is asked for at the
/// start, and when it is not known what was missed.
pub(super) fn liveliest(reader: &Connection, limit: u32) -> rusqlite::Result<Vec<RoomRecord>> {
    list(reader, "ORDER BY last_message_at DESC NULLS LAST, id DESC LIMIT ?1", [limit])
}

pub(super) fn count(reader: &Connection) -> rusqlite::Result<u32> {
    number(reader, "SELECT count(*) FROM rooms", [])
}

pub(super) fn page(
    snapshot: &Transaction<'_>,
    query: &RoomsQuery,
) -> rusqlite::Result<Option<RoomsPage>> {
    let RoomsQuery { search, after, limit } = query;
    let after = match after {
        // Every name comes after it.
        None => String::new(),
        Some(room) => match name_key(snapshot, *room)? {
            Some(key) => key,
            None => return Ok(None),
        },
    };
    // One more than wanted: whether there is a next page.
    let wanted = limit.saturating_add(1);
    let (count, mut rooms) = if search.is_empty() {
        let rooms = "WHERE name_key > ?1 ORDER BY name_key LIMIT ?2";
        (count(snapshot)?, list(snapshot, rooms, params![after, wanted])?)
    } else {
        found(snapshot, search, &after, wanted)?
    };
    let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
    let has_next = rooms.len() > limit;
    rooms.truncate(limit);
    let next = rooms.last().filter(|_| has_next).map(|last| last.room.id);
    Ok(Some(RoomsPage { rooms, count, next }))
}

/// How many rooms have `search` in their names, and those of them that come after a name.
fn found(
    snapshot: &Transaction<'_>,
    search: &str,
    after: &str,
    limit: u32,
) -> rusqlite::Result<(u32, Vec<RoomRecord>)> {
    const SCANNED: &str = "WHERE name_key > ?1 AND instr(name_key, ?2) ORDER BY name_key LIMIT ?3";
    // The plus keeps SQLite from walking through all names in place of looking at what was found.
    const INDEXED: &str = "WHERE +name_key > ?1
         AND id IN (SELECT rowid FROM room_names WHERE room_names MATCH ?2)
         ORDER BY +name_key LIMIT ?3";
    let Some(phrase) = phrase(search) else {
        let count = "SELECT count(*) FROM
             (SELECT 1 FROM rooms WHERE instr(name_key, ?1) LIMIT ?2)";
        let count = number(snapshot, count, params![search, ROOMS_COUNTED_MAX])?;
        let rooms = match count {
            // Found by looking at all of them.
            0 => Vec::new(),
            _ => list(snapshot, SCANNED, params![after, search, limit])?,
        };
        return Ok((count, rooms));
    };
    let count = "SELECT count(*) FROM
         (SELECT 1 FROM room_names WHERE room_names MATCH ?1 LIMIT ?2)";
    let count = number(snapshot, count, params![phrase, ROOMS_COUNTED_MAX])?;
    // Where there are many, a page of them is near in the order of names, and to sort them all would take longer.
    let rooms = if count < ROOMS_COUNTED_MAX {
        list(snapshot, INDEXED, params![after, phrase, limit])?
    } else {
        list(snapshot, SCANNED, params![after, search, limit])?
    };
    Ok((count, rooms))
}

/// A search as the index takes it: a phrase, in which only quotes mean something. The index knows nothing shorter than a
/// trigram.
fn phrase(search: &str) -> Option<String> {
    let is_indexed = search.chars().nth(TRIGRAM - 1).is_some();
    is_indexed.then(|| format!("\"{}\"", search.replace('"', "\"\"")))
}

fn name_key(reader: &Connection, room: RoomId) -> rusqlite::Result<Option<String>> {
    reader
        .prepare_cached("SELECT name_key FROM rooms WHERE id = ?1")?
        .query_row([room.0], |row| row.get(0))
        .optional()
}

fn number(reader: &Connection, query: &str, params: impl Params) -> rusqlite::Result<u32> {
    reader.prepare_cached(query)?.query_row(params, |row| row.get(0))
}

fn list(
    reader: &Connection,
    condition: &str,
    params: impl Params,
) -> rusqlite::Result<Vec<RoomRecord>> {
    reader.prepare_cached(&format!("{COLUMNS} {condition}"))?.query_map(params, record)?.collect()
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
