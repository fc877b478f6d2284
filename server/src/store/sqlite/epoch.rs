//! The row that says which data these are.

use protocol::Epoch;
use rusqlite::Connection;
use uuid::Uuid;

/// The epoch of the database. A new one gets its own, and so does a restored copy whose row was deleted.
pub(super) fn take(connection: &Connection) -> rusqlite::Result<Epoch> {
    connection.execute(
        "INSERT INTO epoch (id, epoch) VALUES (1, ?1) ON CONFLICT (id) DO NOTHING",
        [Uuid::new_v4().as_bytes()],
    )?;
    let bytes = connection.query_row("SELECT epoch FROM epoch", [], |row| row.get(0))?;
    Ok(Epoch(Uuid::from_bytes(bytes)))
}
