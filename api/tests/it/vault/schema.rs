//! Rotation knows every sealed column.

use std::collections::BTreeSet;

use kangtu::database::Engine;
use kangtu::vault::columns::SEALED;
use sea_orm::{ConnectionTrait, Statement};

use crate::support::world::in_world;

/// A column that is missing in the list would be unreadable after the next rotation. A table whose primary key
/// has several columns is listed with the one column that is unique by itself.
#[test]
fn every_sealed_column_is_listed_with_the_key_of_its_table() {
    in_world(Engine::Sqlite, async |world| {
        let database = kangtu::database::Database::open(&world.settings()).await.unwrap();
        let reader = database.reader();
        let sql = "SELECT t.name AS name, c.name AS cell, k.name AS key_name, k.type AS key_type \
             FROM sqlite_master t, pragma_table_info(t.name) c, pragma_table_info(t.name) k \
             WHERE t.type = 'table' AND c.name LIKE '%\\_cell' ESCAPE '\\' AND CASE \
               WHEN (SELECT COUNT(*) FROM pragma_table_info(t.name) WHERE pk > 0) = 1 THEN k.pk > 0 \
               ELSE k.name IN (SELECT (SELECT group_concat(i.name) FROM pragma_index_info(l.name) i) \
                 FROM pragma_index_list(t.name) l WHERE l.\"unique\" AND l.origin <> 'pk') END";
        let rows = reader.query_all_raw(Statement::from_string(reader.get_database_backend(), sql));
        let in_schema: BTreeSet<[String; 4]> = rows
            .await
            .unwrap()
            .iter()
            .map(|row| ["name", "cell", "key_name", "key_type"].map(|name| row.try_get("", name).unwrap()))
            // Sealed with the token itself, not by the vault.
            .filter(|[table, ..]: &[String; 4]| table != "refresh_token")
            .collect();
        let listed = SEALED.iter().map(|sealed| {
            let key_type = match sealed.row_key {
                kangtu::vault::columns::RowKey::Uuid => "uuid_text",
                kangtu::vault::columns::RowKey::Text => "text",
            };
            [sealed.column.table, sealed.column.column, sealed.key, key_type].map(str::to_owned)
        });
        assert_eq!(in_schema, listed.collect());
        database.close().await;
    });
}
