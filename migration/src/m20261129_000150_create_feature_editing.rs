//! Editing of the map by staff: who changed a place last, what each place was before, drafts on their way
//! through review, how many have to agree, and the photos of places.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob_null, boolean, integer, integer_null, json, json_null, pk_auto, text,
    text_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [uuid_null("changed_by"), text_null("change_note")] {
            manager.alter_table(Table::alter().table("feature").add_column(column).to_owned()).await?;
        }
        for table in [feature_revision(), feature_draft(), feature_photo(), map_review_rule()] {
            manager.create_table(table).await?;
        }
        for (table, columns) in INDEXES {
            let mut index =
                Index::create().name(format!("idx-{table}-{}", columns.join("-"))).table(*table).to_owned();
            for column in *columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        for statement in FIRST_ROWS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const INDEXES: &[(&str, &[&str])] = &[
    ("feature_draft", &["state", "id"]),
    ("feature_draft", &["feature_id"]),
    ("feature_photo", &["media_id"]),
];

const FIRST_ROWS: &[&str] = &[
    "INSERT INTO map_review_rule (region_code, steps, version) VALUES ('all', 1, 1)",
    "INSERT INTO role_permission (role_id, permission) SELECT id, 'map.read_drafts' FROM role \
     WHERE id IN ('region_admin', 'editor', 'reviewer') ON CONFLICT DO NOTHING",
    "INSERT INTO role_permission (role_id, permission) SELECT id, 'map.configure' FROM role \
     WHERE id = 'region_admin' ON CONFLICT DO NOTHING",
];

fn reference(
    table: &str,
    column: &'static str,
    to: (&'static str, &'static str),
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk-{table}-{column}"))
        .from(Alias::new(table.to_owned()), column)
        .to(to.0, to.1)
        .to_owned()
}

fn of_feature(table: &str) -> ForeignKeyCreateStatement {
    let mut key = reference(table, "feature_id", ("feature", "id"));
    key.on_delete(ForeignKeyAction::Cascade).to_owned()
}

fn one_of(column: &'static str, words: &[&'static str]) -> Expr {
    Expr::col(column).is_in(words.iter().copied())
}

/// What a place was before it became what it is. The newest version stands in `feature` alone, so a first
/// import costs nothing here.
fn feature_revision() -> TableCreateStatement {
    Table::create()
        .table("feature_revision")
        .col(integer("feature_id"))
        .col(integer("version"))
        .col(text("layer_id"))
        .col(text("region_code"))
        .col(text("name"))
        .col(text_null("address"))
        .col(text_null("phone"))
        .col(text_null("opening_hours"))
        .col(json("facilities"))
        .col(json("entrances"))
        .col(blob_null("geometry"))
        .col(json("properties"))
        .col(text("status"))
        .col(text("source"))
        .col(text_null("source_licence"))
        .col(boolean("demo"))
        .col(uuid_null("changed_by"))
        .col(text_null("change_note"))
        .col(big_integer("changed_at"))
        .primary_key(Index::create().col("feature_id").col("version"))
        .foreign_key(&mut of_feature("feature_revision"))
        .check(one_of("status", &["draft", "needs_review", "published", "retired"]))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// Something that may become the next version of a place, or a new place.
fn feature_draft() -> TableCreateStatement {
    Table::create()
        .table("feature_draft")
        .col(pk_auto("id"))
        .col(integer_null("feature_id"))
        .col(integer_null("base_version"))
        .col(text("layer_id"))
        .col(text("region_code"))
        .col(text("name"))
        .col(json("content"))
        .col(blob_null("geometry"))
        .col(boolean("retires"))
        .col(text("state"))
        .col(integer("steps"))
        .col(json("approvals"))
        .col(json("editors"))
        .col(json_null("warnings"))
        .col(text_null("note"))
        .col(text_null("reason"))
        .col(uuid("author_id"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .col(big_integer_null("submitted_at"))
        .foreign_key(&mut of_feature("feature_draft"))
        .foreign_key(&mut reference("feature_draft", "layer_id", ("layer", "id")))
        .foreign_key(&mut reference("feature_draft", "region_code", ("region", "code")))
        .foreign_key(&mut reference("feature_draft", "author_id", ("staff", "id")))
        .check(one_of("state", &["draft", "in_review", "returned", "published", "discarded"]))
        .check(Expr::cust("feature_id IS NULL OR base_version IS NOT NULL"))
        .check(Expr::cust("NOT retires OR feature_id IS NOT NULL"))
        .check(Expr::cust("steps BETWEEN 0 AND 3"))
        .check(Expr::cust("note IS NULL OR length(note) BETWEEN 1 AND 500"))
        .check(Expr::cust("reason IS NULL OR length(reason) BETWEEN 1 AND 500"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// The reference to the medium keeps it from being deleted while a place shows it.
fn feature_photo() -> TableCreateStatement {
    Table::create()
        .table("feature_photo")
        .col(integer("feature_id"))
        .col(uuid("media_id"))
        .col(integer("position"))
        .col(text("caption"))
        .col(text("credit"))
        .col(uuid_null("added_by"))
        .col(big_integer("added_at"))
        .primary_key(Index::create().col("feature_id").col("media_id"))
        .foreign_key(&mut of_feature("feature_photo"))
        .foreign_key(&mut reference("feature_photo", "media_id", ("media", "id")))
        .foreign_key(&mut reference("feature_photo", "added_by", ("staff", "id")))
        .check(Expr::cust("length(caption) <= 100"))
        .check(Expr::cust("length(credit) <= 100"))
        .check(Expr::col("position").gte(1))
        .to_owned()
}

/// How many people have to agree to a change of the map; `all` stands for every region without a rule.
fn map_review_rule() -> TableCreateStatement {
    Table::create()
        .table("map_review_rule")
        .col(text("region_code").primary_key())
        .col(integer("steps"))
        .col(integer("version"))
        .check(Expr::cust("steps BETWEEN 0 AND 3"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}
