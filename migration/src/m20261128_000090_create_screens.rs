//! Screens in lobbies: which there are, what they play when, what they are told at once, and what they
//! played.
//!
//! The current token of a screen is kept as a hash. Rules of a calendar are stored as people say them, in
//! minutes of the civil day of the screen's region; instants are computed when a screen asks.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, boolean, date, date_null, integer, integer_null, text,
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
        for table in [playlist(), playlist_item(), screen(), screen_heartbeat(), screen_pairing()] {
            manager.create_table(table).await?;
        }
        for table in [
            screen_group(),
            pair_of("screen_group_member", ("group_id", "screen_group"), ("screen_id", "screen")),
            screen_slot(),
            pair_of("screen_slot_screen", ("slot_id", "screen_slot"), ("screen_id", "screen")),
            pair_of("screen_slot_group", ("slot_id", "screen_slot"), ("group_id", "screen_group")),
            screen_slot_exception(),
            screen_emergency(),
            screen_play(),
            screen_play_hour(),
        ] {
            manager.create_table(table).await?;
        }
        for (table, column) in INDEXES {
            let name = format!("idx-{table}-{column}");
            manager.create_index(Index::create().name(name).table(*table).col(*column).to_owned()).await?;
        }
        for (role, permission) in GRANTS {
            let grant = Query::insert()
                .into_table("role_permission")
                .columns(["role_id", "permission"])
                .values_panic([(*role).into(), (*permission).into()])
                .to_owned();
            manager.execute(grant).await?;
        }
        Ok(())
    }
}

/// An emergency message is seen before anybody else has read it, so writers alone may not send one.
const GRANTS: &[(&str, &str)] = &[
    ("region_admin", "screens.manage"),
    ("editor", "screens.manage"),
    ("region_admin", "screens.emergency"),
    ("reviewer", "screens.emergency"),
];

const INDEXES: &[(&str, &str)] = &[
    ("playlist", "region_code"),
    ("playlist_item", "media_id"),
    ("playlist_item", "article_id"),
    ("screen", "region_code"),
    ("screen", "default_playlist_id"),
    ("screen_group", "region_code"),
    ("screen_group_member", "screen_id"),
    ("screen_slot", "region_code"),
    ("screen_slot", "playlist_id"),
    ("screen_slot_screen", "screen_id"),
    ("screen_slot_group", "group_id"),
    ("screen_emergency", "region_code"),
    ("screen_emergency", "screen_id"),
    ("screen_pairing", "expires_at"),
    ("screen_play", "received_at"),
    ("screen_play_hour", "hour_at"),
];

/// A reference that keeps what it points at from being deleted.
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

/// A reference of what goes when its owner goes.
fn owned(table: &str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    reference(table, column, (to, "id")).on_delete(ForeignKeyAction::Cascade).to_owned()
}

fn pair_of(
    table: &'static str,
    left: (&'static str, &'static str),
    right: (&'static str, &'static str),
) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(uuid(left.0))
        .col(uuid(right.0))
        .primary_key(Index::create().col(left.0).col(right.0))
        .foreign_key(&mut owned(table, left.0, left.1))
        .foreign_key(&mut owned(table, right.0, right.1))
        .to_owned()
}

fn playlist() -> TableCreateStatement {
    Table::create()
        .table("playlist")
        .col(uuid("id").primary_key())
        .col(text("region_code"))
        .col(text("name"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("playlist", "region_code", ("region", "code")))
        .check(Expr::cust("length(name) BETWEEN 1 AND 40"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// A medium or the card of an article. A medium that is shown cannot be deleted; an article is withdrawn,
/// not deleted, and then not shown.
fn playlist_item() -> TableCreateStatement {
    Table::create()
        .table("playlist_item")
        .col(uuid("playlist_id"))
        .col(integer("position"))
        .col(uuid_null("media_id"))
        .col(integer_null("article_id"))
        .col(big_integer_null("duration_ms"))
        .primary_key(Index::create().col("playlist_id").col("position"))
        .foreign_key(&mut owned("playlist_item", "playlist_id", "playlist"))
        .foreign_key(&mut reference("playlist_item", "media_id", ("media", "id")))
        .foreign_key(&mut owned("playlist_item", "article_id", "article"))
        .check(Expr::cust("(media_id IS NULL) <> (article_id IS NULL)"))
        .check(Expr::cust("duration_ms IS NULL OR duration_ms BETWEEN 3000 AND 3600000"))
        .check(Expr::col("position").gte(0))
        .to_owned()
}

fn screen() -> TableCreateStatement {
    Table::create()
        .table("screen")
        .col(uuid("id").primary_key())
        .col(text("region_code"))
        .col(text("name"))
        .col(text_null("place"))
        .col(text("status"))
        .col(uuid_null("default_playlist_id"))
        .col(integer("volume"))
        .col(integer_null("quiet_from_min"))
        .col(integer_null("quiet_until_min"))
        .col(blob_null("token_hash").unique_key())
        .col(big_integer_null("paired_at"))
        .col(text_null("paired_device"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("screen", "region_code", ("region", "code")))
        .foreign_key(&mut reference("screen", "default_playlist_id", ("playlist", "id")))
        .check(Expr::cust("length(name) BETWEEN 1 AND 40"))
        .check(Expr::cust("place IS NULL OR length(place) BETWEEN 1 AND 100"))
        .check(Expr::col("status").is_in(["active", "retired"]))
        .check(Expr::cust("status = 'active' OR token_hash IS NULL"))
        .check(Expr::cust("volume BETWEEN 0 AND 100"))
        .check(Expr::cust("(quiet_from_min IS NULL) = (quiet_until_min IS NULL)"))
        .check(Expr::cust("quiet_from_min IS NULL OR quiet_from_min BETWEEN 0 AND 1439"))
        .check(Expr::cust("quiet_until_min IS NULL OR quiet_until_min BETWEEN 1 AND 1440"))
        .check(Expr::cust("token_hash IS NULL OR length(token_hash) = 32"))
        .check(Expr::cust("(token_hash IS NULL) = (paired_at IS NULL)"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// What a screen said last. Apart from the screen, so that a sign of life is no edit.
fn screen_heartbeat() -> TableCreateStatement {
    Table::create()
        .table("screen_heartbeat")
        .col(uuid("screen_id").primary_key())
        .col(big_integer("seen_at"))
        .col(text("player_version"))
        .col(text("showing"))
        .col(text_null("item"))
        .col(boolean("offline_ready"))
        .col(boolean("waits_for_files"))
        .col(big_integer_null("clock_offset_ms"))
        .col(big_integer_null("free_bytes"))
        .foreign_key(&mut owned("screen_heartbeat", "screen_id", "screen"))
        .check(Expr::cust("length(player_version) BETWEEN 1 AND 40"))
        .check(Expr::col("showing").is_in(["starting", "schedule", "fallback", "built_in", "emergency"]))
        .check(Expr::cust("item IS NULL OR length(item) BETWEEN 1 AND 100"))
        .check(Expr::cust("free_bytes IS NULL OR free_bytes >= 0"))
        .to_owned()
}

/// A player that shows a code and waits for somebody to type it in.
fn screen_pairing() -> TableCreateStatement {
    Table::create()
        .table("screen_pairing")
        .col(text("code").primary_key())
        .col(blob("token_hash").unique_key())
        .col(text("device"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .check(Expr::cust("length(code) = 6"))
        .check(Expr::cust("length(token_hash) = 32"))
        .check(Expr::cust("expires_at > created_at"))
        .to_owned()
}

fn screen_group() -> TableCreateStatement {
    Table::create()
        .table("screen_group")
        .col(uuid("id").primary_key())
        .col(text("region_code"))
        .col(text("name"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("screen_group", "region_code", ("region", "code")))
        .check(Expr::cust("length(name) BETWEEN 1 AND 40"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// When a playlist plays. Bit 0 of `weekdays` is Monday. A window that ends no later than it begins goes
/// on into the next day and belongs to the day on which it begins.
fn screen_slot() -> TableCreateStatement {
    Table::create()
        .table("screen_slot")
        .col(uuid("id").primary_key())
        .col(text("region_code"))
        .col(text("name"))
        .col(uuid("playlist_id"))
        .col(integer("weekdays"))
        .col(integer("begins_min"))
        .col(integer("ends_min"))
        .col(date_null("first_day"))
        .col(date_null("last_day"))
        .col(text("holidays"))
        .col(integer("priority"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("screen_slot", "region_code", ("region", "code")))
        .foreign_key(&mut reference("screen_slot", "playlist_id", ("playlist", "id")))
        .check(Expr::cust("length(name) BETWEEN 1 AND 40"))
        .check(Expr::cust("weekdays BETWEEN 1 AND 127"))
        .check(Expr::cust("begins_min BETWEEN 0 AND 1439 AND ends_min BETWEEN 1 AND 1440"))
        .check(Expr::cust("first_day IS NULL OR last_day IS NULL OR first_day <= last_day"))
        .check(Expr::col("holidays").is_in(["any", "except", "only"]))
        .check(Expr::cust("priority BETWEEN 0 AND 100"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// Days on which a slot does not begin.
fn screen_slot_exception() -> TableCreateStatement {
    Table::create()
        .table("screen_slot_exception")
        .col(uuid("slot_id"))
        .col(date("on_date"))
        .primary_key(Index::create().col("slot_id").col("on_date"))
        .foreign_key(&mut owned("screen_slot_exception", "slot_id", "screen_slot"))
        .to_owned()
}

/// What screens show before anything else: one screen, or all of a region and below.
fn screen_emergency() -> TableCreateStatement {
    Table::create()
        .table("screen_emergency")
        .col(uuid("id").primary_key())
        .col(text("region_code"))
        .col(uuid_null("screen_id"))
        .col(text("level"))
        .col(text("message"))
        .col(big_integer("created_at"))
        .col(big_integer("ends_at"))
        .col(big_integer_null("withdrawn_at"))
        .col(uuid("created_by"))
        .foreign_key(&mut reference("screen_emergency", "region_code", ("region", "code")))
        .foreign_key(&mut owned("screen_emergency", "screen_id", "screen"))
        .foreign_key(&mut reference("screen_emergency", "created_by", ("staff", "id")))
        .check(Expr::col("level").is_in(["blue", "yellow", "orange", "red"]))
        .check(Expr::cust("length(message) BETWEEN 1 AND 120"))
        .check(Expr::cust("ends_at > created_at"))
        .to_owned()
}

/// What was played, one row for each report. The primary key counts a report once that is sent twice.
fn screen_play() -> TableCreateStatement {
    Table::create()
        .table("screen_play")
        .col(uuid("screen_id"))
        .col(uuid("play_uuid"))
        .col(text("asset"))
        .col(uuid_null("slot_id"))
        .col(big_integer("started_at"))
        .col(big_integer("ended_at"))
        .col(boolean("completed"))
        .col(big_integer("received_at"))
        .primary_key(Index::create().col("screen_id").col("play_uuid"))
        .foreign_key(&mut owned("screen_play", "screen_id", "screen"))
        .check(Expr::cust("length(asset) BETWEEN 1 AND 60"))
        .check(Expr::cust("ended_at >= started_at"))
        .to_owned()
}

/// The same added up by the hour, which stays when the rows go.
fn screen_play_hour() -> TableCreateStatement {
    Table::create()
        .table("screen_play_hour")
        .col(uuid("screen_id"))
        .col(text("asset"))
        .col(big_integer("hour_at"))
        .col(integer("plays"))
        .col(integer("completed"))
        .col(big_integer("played_ms"))
        .primary_key(Index::create().col("screen_id").col("asset").col("hour_at"))
        .foreign_key(&mut owned("screen_play_hour", "screen_id", "screen"))
        .check(Expr::cust("plays >= 1 AND completed BETWEEN 0 AND plays AND played_ms >= 0"))
        .to_owned()
}
