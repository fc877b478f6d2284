//! Statements for users and their sessions.

use crate::store::{Name, Session, SessionCutoff, SessionId, SignIn, SignInOutcome, TokenHash};
use protocol::{Millis, User, UserId};
use rusqlite::{Connection, OptionalExtension, Transaction, named_params, params};

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
    tx.prepare_cached(
        "INSERT INTO sessions (user_id, token_hash, created_at, seen_at) VALUES (?1, ?2, ?3, ?3)",
    )?
    .execute(params![user.id.0, request.token.0, request.at.0])?;
    let id = SessionId(tx.last_insert_rowid());
    Ok(SignInOutcome::SignedIn(Session { id, user, seen_at: request.at }))
}

/// Finds the user of a name, or creates them. The name is shown as it was typed last.
fn user_of_name(tx: &Transaction<'_>, name: &Name, at: Millis) -> rusqlite::Result<User> {
    let id = tx
        .prepare_cached(
            "INSERT INTO users (name, name_key, created_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (name_key) DO UPDATE SET name = excluded.name
             RETURNING id",
        )?
        .query_row(params![name.shown, name.key, at.0], |row| row.get(0))?;
    Ok(User { id: UserId(id), name: name.shown.clone() })
}

fn is_in_use(
    tx: &Transaction<'_>,
    name: &Name,
    except: Option<SessionId>,
    cutoff: SessionCutoff,
) -> rusqlite::Result<bool> {
    tx.prepare_cached(
        "SELECT EXISTS (
             SELECT 1 FROM sessions JOIN users ON users.id = sessions.user_id
             WHERE users.name_key = :name AND sessions.id IS NOT :except
               AND sessions.created_at > :created_after AND sessions.seen_at > :seen_after)",
    )?
    .query_row(
        named_params! {
            ":name": name.key,
            ":except": except.map(|session| session.0),
            ":created_after": cutoff.created_after.0,
            ":seen_after": cutoff.seen_after.0,
        },
        |row| row.get(0),
    )
}

pub(super) fn find(
    reader: &Connection,
    token: TokenHash,
    cutoff: SessionCutoff,
) -> rusqlite::Result<Option<Session>> {
    reader
        .prepare_cached(
            "SELECT sessions.id, users.id, users.name, sessions.seen_at
             FROM sessions JOIN users ON users.id = sessions.user_id
             WHERE token_hash = ?1 AND sessions.created_at > ?2 AND sessions.seen_at > ?3",
        )?
        .query_row(params![token.0, cutoff.created_after.0, cutoff.seen_after.0], |row| {
            Ok(Session {
                id: SessionId(row.get(0)?),
                user: User { id: UserId(row.get(1)?), name: row.get(2)? },
                seen_at: Millis(row.get(3)?),
            })
        })
        .optional()
}

pub(super) fn touch(
    tx: &Transaction<'_>,
    id: SessionId,
    at: Millis,
    cutoff: SessionCutoff,
) -> rusqlite::Result<bool> {
    let touched = tx
        .prepare_cached(
            "UPDATE sessions SET seen_at = max(seen_at, ?2)
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
