//! Fills in, once, how the names look that are older than the column for it.

use crate::store::name::skeleton;
use rusqlite::{Transaction, params};
use rusqlite_migration::HookResult;

pub(super) fn fill(tx: &Transaction<'_>) -> HookResult {
    for table in ["users", "rooms"] {
        let mut names = tx.prepare(&format!("SELECT id, name FROM {table}"))?;
        let mut update = tx.prepare(&format!("UPDATE {table} SET skeleton = ?2 WHERE id = ?1"))?;
        let mut rows = names.query([])?;
        while let Some(row) = rows.next()? {
            let (id, name): (i64, String) = (row.get(0)?, row.get(1)?);
            update.execute(params![id, skeleton(&name)])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{SqliteStore, migrations};
    use crate::store::{CreateRoomOutcome, Name, NewRoom, Store};
    use protocol::Millis;
    use rusqlite::Connection;

    #[tokio::test]
    async fn older_names_that_look_alike_stay_and_get_no_third() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hubbub.db");
        let mut older = Connection::open(&path).expect("a database");
        migrations().to_version(&mut older, 1).expect("the first version");
        for (slug, name) in [("ana", "Ana"), ("ana-2", "\u{410}na")] {
            older
                .execute(
                    "INSERT INTO rooms (slug, name, name_key, created_at) VALUES (?1, ?2, ?3, 1)",
                    [slug, name, &name.to_lowercase()],
                )
                .expect("a row");
        }
        drop(older);

        let store = SqliteStore::open(&path).expect("it is migrated");
        assert_eq!(store.count_rooms().await.expect("the store works"), 2);
        let name = |shown: &str| Name::new(shown.to_owned());
        for (shown, slug) in [("\u{410}n\u{430}", "ana"), ("\u{410}na", "ana-2"), ("Ana", "ana")] {
            let request = NewRoom { name: name(shown), slug: "ana".into(), at: Millis(2) };
            #[expect(clippy::disallowed_methods, reason = "the store itself is tested here")]
            let outcome = store.create_room(request).await.expect("the store works");
            let CreateRoomOutcome::Exists(room) = outcome else { panic!("{shown} was created") };
            assert_eq!(room.slug, slug, "{shown}");
        }
    }
}
