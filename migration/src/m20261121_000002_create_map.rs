//! Regions, layers, places with their entrances, and the log that numbers the map's states.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, blob_null, boolean, double, integer, integer_null, json, pk_auto, text, text_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [region(), layer(), feature(), feature_entrance(), feature_source()] {
            manager.create_table(table).await?;
        }
        for table in [map_revision(), map_change()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        manager
            .execute(
                Query::insert()
                    .into_table("map_revision")
                    .columns(["id", "revision", "changed_at"])
                    .values_panic([1.into(), 0.into(), 0.into()])
                    .to_owned(),
            )
            .await
    }
}

fn one_of(column: &'static str, words: &[&'static str]) -> Expr {
    Expr::col(column).is_in(words.iter().copied())
}

fn between(column: &'static str, low: f64, high: f64) -> Expr {
    Expr::col(column).between(low, high)
}

fn region() -> TableCreateStatement {
    Table::create()
        .table("region")
        .col(text("code").primary_key())
        .col(text("name"))
        .col(text("short_name"))
        .col(text("level"))
        .col(text_null("parent_code"))
        .col(blob_null("boundary"))
        .col(ColumnDef::new("population").big_integer())
        .col(integer_null("population_year"))
        .col(text_null("population_source"))
        .col(text("time_zone"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-region-parent_code")
                .from("region", "parent_code")
                .to("region", "code"),
        )
        .check(Expr::cust("length(code) = 12"))
        .check(one_of("level", &["province", "city", "district", "street", "community"]))
        .check(Expr::cust("population IS NULL OR population >= 0"))
        .check(Expr::cust(
            "population IS NULL OR (population_year IS NOT NULL AND population_source IS NOT NULL)",
        ))
        .to_owned()
}

fn layer() -> TableCreateStatement {
    Table::create()
        .table("layer")
        .col(text("id").primary_key())
        .col(text("title"))
        .col(text("title_en"))
        .col(text("description"))
        .col(text("icon"))
        .col(integer("min_zoom"))
        .col(integer("max_zoom"))
        .col(json("geometry_kinds"))
        .col(integer("position"))
        .check(Expr::cust("min_zoom >= 0 AND min_zoom <= max_zoom AND max_zoom <= 22"))
        .to_owned()
}

fn feature() -> TableCreateStatement {
    Table::create()
        .table("feature")
        .col(pk_auto("id"))
        .col(text("layer_id"))
        .col(text("region_code"))
        .col(text("name"))
        .col(text_null("address"))
        .col(text_null("phone"))
        .col(text_null("opening_hours"))
        .col(json("facilities"))
        .col(blob_null("geometry"))
        .col(json("properties"))
        .col(text("status"))
        .col(json("review_reasons"))
        .col(integer("version"))
        .col(text("source"))
        .col(text_null("source_licence"))
        .col(boolean("demo"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(
            ForeignKey::create().name("fk-feature-layer_id").from("feature", "layer_id").to("layer", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .name("fk-feature-region_code")
                .from("feature", "region_code")
                .to("region", "code"),
        )
        .check(Expr::cust("id BETWEEN 1 AND 999999999"))
        .check(Expr::cust("length(name) > 0"))
        .check(one_of("status", &["draft", "needs_review", "published", "retired"]))
        .check(Expr::cust("status <> 'published' OR geometry IS NOT NULL"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

fn feature_entrance() -> TableCreateStatement {
    Table::create()
        .table("feature_entrance")
        .col(pk_auto("id"))
        .col(integer("feature_id"))
        .col(text_null("name"))
        .col(text("kind"))
        .col(double("lon"))
        .col(double("lat"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-feature_entrance-feature_id")
                .from("feature_entrance", "feature_id")
                .to("feature", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .check(one_of("kind", &["main", "side", "accessible", "trailhead"]))
        .check(between("lon", -180.0, 180.0))
        .check(between("lat", -90.0, 90.0))
        .to_owned()
}

/// Sources name their records per layer: two layers may be read from one file.
fn feature_source() -> TableCreateStatement {
    Table::create()
        .table("feature_source")
        .col(pk_auto("id"))
        .col(integer("feature_id"))
        .col(text("layer_id"))
        .col(text("source"))
        .col(text("source_key"))
        .col(text("source_hash"))
        .col(big_integer("imported_at"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-feature_source-feature_id")
                .from("feature_source", "feature_id")
                .to("feature", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn map_revision() -> TableCreateStatement {
    Table::create()
        .table("map_revision")
        .col(integer("id").primary_key())
        .col(big_integer("revision"))
        .col(big_integer("changed_at"))
        .check(Expr::col("id").eq(1))
        .check(Expr::col("revision").gte(0))
        .to_owned()
}

/// No foreign key to `feature`: a place that is gone leaves its tombstone here.
fn map_change() -> TableCreateStatement {
    Table::create()
        .table("map_change")
        .col(big_integer("revision"))
        .col(integer("feature_id"))
        .col(big_integer("changed_at"))
        .primary_key(Index::create().col("revision").col("feature_id"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 6] {
    [
        Index::create().name("idx-region-parent_code").table("region").col("parent_code").to_owned(),
        Index::create()
            .name("idx-feature_source-record")
            .table("feature_source")
            .col("layer_id")
            .col("source")
            .col("source_key")
            .unique()
            .to_owned(),
        Index::create().name("idx-feature-region_code").table("feature").col("region_code").to_owned(),
        Index::create()
            .name("idx-feature_source-feature_id")
            .table("feature_source")
            .col("feature_id")
            .to_owned(),
        Index::create().name("idx-feature-layer_id").table("feature").col("layer_id").to_owned(),
        Index::create()
            .name("idx-feature_entrance-feature_id")
            .table("feature_entrance")
            .col("feature_id")
            .to_owned(),
    ]
}
