//! Pictures, videos and spoken texts; which articles use them; and what articles were imported from.
//!
//! The bytes are objects of the file store, named by the id of the medium. An upload is noted as a leftover
//! before its first byte is kept and taken off that list in the transaction that creates the medium; a
//! deleted medium goes on it. So whatever stops an upload half-way, the leftovers are known and swept.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_uniq, integer, integer_null, json, text, text_null, uuid,
    uuid_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [media(), media_variant(), media_leftover(), article_media(), article_source()] {
            manager.create_table(table).await?;
        }
        for (table, column) in INDEXES {
            let name = format!("idx-{table}-{column}");
            manager.create_index(Index::create().name(name).table(*table).col(*column).to_owned()).await?;
        }
        for role in ["region_admin", "editor", "activity_host"] {
            manager
                .execute(
                    Query::insert()
                        .into_table("role_permission")
                        .columns(["role_id", "permission"])
                        .values_panic([role.into(), "media.upload".into()])
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}

const INDEXES: &[(&str, &str)] = &[
    ("media", "region_code"),
    ("media", "poster_id"),
    ("media_leftover", "noted_at"),
    ("article_media", "media_id"),
    ("article_source", "article_id"),
];

fn references(
    name: &str,
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(name).from(from.0, from.1).to(to.0, to.1).to_owned()
}

/// A medium. Whatever shows one refers to it, which keeps it from being deleted.
fn media() -> TableCreateStatement {
    Table::create()
        .table("media")
        .col(uuid("id").primary_key())
        .col(text("kind"))
        .col(blob_uniq("source_sha256"))
        .col(blob("sha256"))
        .col(big_integer("size_bytes"))
        .col(text("content_type"))
        .col(integer_null("width"))
        .col(integer_null("height"))
        .col(big_integer_null("duration_ms"))
        .col(text_null("alt"))
        .col(text_null("transcript"))
        .col(uuid_null("poster_id"))
        .col(text("region_code"))
        .col(uuid_null("uploaded_by"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .foreign_key(&mut references("fk-media-poster_id", ("media", "poster_id"), ("media", "id")))
        .foreign_key(&mut references("fk-media-region_code", ("media", "region_code"), ("region", "code")))
        .foreign_key(&mut references("fk-media-uploaded_by", ("media", "uploaded_by"), ("staff", "id")))
        .check(Expr::col("kind").is_in(["image", "video", "audio"]))
        .check(Expr::cust("length(source_sha256) = 32 AND length(sha256) = 32"))
        .check(Expr::cust("size_bytes > 0"))
        .check(Expr::cust("(width IS NULL) = (height IS NULL) AND (width IS NULL) = (kind = 'audio')"))
        .check(Expr::cust("width IS NULL OR (width > 0 AND height > 0)"))
        .check(Expr::cust("(duration_ms IS NULL) = (kind = 'image')"))
        .check(Expr::cust("duration_ms IS NULL OR duration_ms >= 0"))
        .check(Expr::cust("alt IS NULL OR length(alt) BETWEEN 1 AND 200"))
        .check(Expr::cust(
            "transcript IS NULL OR (kind <> 'image' AND length(transcript) BETWEEN 1 AND 20000)",
        ))
        .check(Expr::cust("poster_id IS NULL OR (kind = 'video' AND poster_id <> id)"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// A picture in another size than its original.
fn media_variant() -> TableCreateStatement {
    Table::create()
        .table("media_variant")
        .col(uuid("media_id"))
        .col(text("name"))
        .col(blob("sha256"))
        .col(big_integer("size_bytes"))
        .col(text("content_type"))
        .col(integer("width"))
        .col(integer("height"))
        .primary_key(Index::create().col("media_id").col("name"))
        .foreign_key(
            references("fk-media_variant-media_id", ("media_variant", "media_id"), ("media", "id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .check(Expr::col("name").is_in(["320", "750", "1125", "cover"]))
        .check(Expr::cust("length(sha256) = 32"))
        .check(Expr::cust("size_bytes > 0 AND width > 0 AND height > 0"))
        .to_owned()
}

/// Folders of objects that belong to no medium, or not yet.
fn media_leftover() -> TableCreateStatement {
    Table::create()
        .table("media_leftover")
        .col(uuid("id").primary_key())
        .col(big_integer("noted_at"))
        .to_owned()
}

/// What an article shows or showed in any of its revisions, all of which can be restored.
fn article_media() -> TableCreateStatement {
    Table::create()
        .table("article_media")
        .col(integer("article_id"))
        .col(uuid("media_id"))
        .primary_key(Index::create().col("article_id").col("media_id"))
        .foreign_key(
            references("fk-article_media-article_id", ("article_media", "article_id"), ("article", "id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(&mut references(
            "fk-article_media-media_id",
            ("article_media", "media_id"),
            ("media", "id"),
        ))
        .to_owned()
}

/// What somebody imported, exactly as it came, so that it can be read again by a better reader.
fn article_source() -> TableCreateStatement {
    Table::create()
        .table("article_source")
        .col(uuid("id").primary_key())
        .col(integer_null("article_id"))
        .col(text("format"))
        .col(blob("sha256"))
        .col(big_integer("size_bytes"))
        .col(text("region_code"))
        .col(uuid_null("imported_by"))
        .col(json("report"))
        .col(big_integer("created_at"))
        .foreign_key(
            references("fk-article_source-article_id", ("article_source", "article_id"), ("article", "id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(&mut references(
            "fk-article_source-region_code",
            ("article_source", "region_code"),
            ("region", "code"),
        ))
        .foreign_key(&mut references(
            "fk-article_source-imported_by",
            ("article_source", "imported_by"),
            ("staff", "id"),
        ))
        .check(Expr::col("format").is_in(["html", "docx", "markdown"]))
        .check(Expr::cust("length(sha256) = 32"))
        .check(Expr::cust("size_bytes > 0"))
        .to_owned()
}
