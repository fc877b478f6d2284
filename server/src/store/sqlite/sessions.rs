//! Statements for users and their sessions.
//!
//! A session that was seen after it was created is confirmed: its token came back.

use super::ALIKE_MAX;
use crate::store::{Name, Session, SessionCutoff, SessionId, SignIn, SignInOutcome, TokenHash};
use protocol::{Millis, User, UserId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params, params};
use std::collections::BTreeSet;

pub(super) fn sign_in(tx: &Transaction<'_>, request: &SignIn) -> rusqlite::Result<SignInOutcome> {
    let in_use = |name: &Name| is_in_use(tx, name, request.replaces, request.cutoff);
    if in_use(&request.name)? {
        for alternative in &request.alternatives {
            if !in_use(alternative)? {
                return Ok(SignInOutcome::Taken { suggestion: Some(alternative.shown.clone()) });
            }
        }
        return Ok(SignInOutcome::Taken { suggestion: None });
    }
    if let Some(replaced) = request.replaces {
        end(tx, replaced)?;
    }
    let user = user_of_name(tx, &request.name, request.at)?;
    // Whoever it was that began them, nobody has come back with their token.
    tx.prepare_cached("DELETE FROM sessions WHERE user_id = ?1 AND seen_at <= created_at")?
        .execute([user.id.0])?;
    tx.prepare_cached(
        "INSERT INTO sessions (user_id, token_hash, created_at, seen_at) VALUES (?1, ?2, ?3, ?3)",
    )?
    .execute(params![user.id.0, request.token.0, request.at.0])?;
    let id = SessionId(tx.last_insert_rowid());
    Ok(SignInOutcome::SignedIn(Session { id, user, seen_at: request.at, is_confirmed: false }))
}

/// Finds the user of a name, or creates them. The name is shown as it was typed last.
fn user_of_name(tx: &Transaction<'_>, name: &Name, at: Millis) -> rusqlite::Result<User> {
    let shown = name.shown.clone();
    if let Some(id) = known_as(tx, name)?.first() {
        tx.prepare_cached("UPDATE users SET name = ?2, skeleton = ?3 WHERE id = ?1")?
            .execute(params![id.0, name.shown, name.skeleton])?;
        return Ok(User { id: *id, name: shown });
    }
    tx.prepare_cached(
        "INSERT INTO users (name, name_key, skeleton, created_at) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![name.shown, name.key, name.skeleton, at.0])?;
    Ok(User { id: UserId(tx.last_insert_rowid()), name: shown })
}

/// Whose name this is: the user who has it, or else those whose name looks like it. They are several only where their
/// names are older than this rule.
fn known_as(tx: &Transaction<'_>, name: &Name) -> rusqlite::Result<Vec<UserId>> {
    let user = |row: &Row<'_>| row.get(0).map(UserId);
    let exactly = tx
        .prepare_cached("SELECT id FROM users WHERE name_key = ?1")?
        .query_row([&name.key], user)
        .optional()?;
    match exactly {
        Some(id) => Ok(vec![id]),
        None => tx
            .prepare_cached("SELECT id, name FROM users WHERE skeleton = ?1 ORDER BY id LIMIT ?2")?
            .query_map(params![name.skeleton, ALIKE_MAX], |row| {
                Ok((UserId(row.get(0)?), row.get(1)?))
            })?
            .filter_map(|row: rusqlite::Result<(UserId, String)>| {
                row.map(|(id, shown)| name.looks_like(&shown).then_some(id)).transpose()
            })
            .collect(),
    }
}

fn is_in_use(
    tx: &Transaction<'_>,
    name: &Name,
    except: Option<SessionId>,
    cutoff: SessionCutoff,
) -> rusqlite::Result<bool> {
    let mut holds = tx.prepare_cached(
        "SELECT EXISTS (
             SELECT 1 FROM sessions
             WHERE user_id = :user AND id IS NOT :except AND seen_at > created_at
               AND created_at > :created_after AND seen_at > :seen_after)",
    )?;
    for user in known_as(tx, name)? {
        let is_held = holds.query_row(
            named_params! {
                ":user": user.0,
                ":except": except.map(|session| session.0),
                ":created_after": cutoff.created_after.0,
                ":seen_after": cutoff.seen_after.0,
            },
            |row| row.get(0),
        )?;
        if is_held {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn find(
    reader: &Connection,
    token: TokenHash,
    cutoff: SessionCutoff,
) -> rusqlite::Result<Option<Session>> {
    reader
        .prepare_cached(
            "SELECT sessions.id, users.id, users.name, sessions.seen_at,
                    sessions.seen_at > sessions.created_at
             FROM sessions JOIN users ON users.id = sessions.user_id
             WHERE token_hash = ?1 AND sessions.created_at > ?2 AND sessions.seen_at > ?3",
        )?
        .query_row(params![token.0, cutoff.created_after.0, cutoff.seen_after.0], |row| {
            Ok(Session {
                id: SessionId(row.get(0)?),
                user: User { id: UserId(row.get(1)?), name: row.get(2)? },
                seen_at: Millis(row.get(3)?),
                is_confirmed: row.get(4)?,
            })
        })
        .optional()
}

pub(super) fn live(
    reader: &Connection,
    ids: BTreeSet<SessionId>,
    cutoff: SessionCutoff,
) -> rusqlite::Result<BTreeSet<SessionId>> {
    let mut lives = reader.prepare_cached(
        "SELECT EXISTS (
             SELECT 1 FROM sessions WHERE id = ?1 AND created_at > ?2 AND seen_at > ?3)",
    )?;
    let mut live = BTreeSet::new();
    for id in ids {
        let params = params![id.0, cutoff.created_after.0, cutoff.seen_after.0];
        if lives.query_row(params, |row| row.get(0))? {
            live.insert(id);
        }
    }
    Ok(live)
}

/// The first time says that the token came back: from then on the session was seen after it was created, whatever the
/// clock says.
pub(super) fn touch(
    tx: &Transaction<'_>,
    id: SessionId,
    at: Millis,
    cutoff: SessionCutoff,
) -> rusqlite::Result<bool> {
    let touched = tx
        .prepare_cached(
            "UPDATE sessions SET seen_at = max(seen_at, created_at + 1, ?2)
             WHERE id = ?1 AND created_at > ?3 AND seen_at > ?4",
        )?
        .execute(params![id.0, at.0, cutoff.created_after.0, cutoff.seen_after.0])?;
    Ok(touched == 1)
}

pub(super) fn forget(tx: &Transaction<'_>, cutoff: SessionCutoff) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM sessions WHERE created_at <= ?1 OR seen_at <= ?2")?
        .execute(params![cutoff.created_after.0, cutoff.seen_after.0])?;
    Ok(())
}

pub(super) fn end(tx: &Transaction<'_>, id: SessionId) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM sessions WHERE id = ?1")?.execute([id.0])?;
    Ok(())
}
