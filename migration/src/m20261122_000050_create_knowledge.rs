//! What residents read: topics, articles with their revisions, services, officers, health days, and how
//! often something was read.
//!
//! An article is its revisions, which are only ever added. The public sees the one revision that its
//! publication points at, from `published_at` until `expire_at` or `withdrawn_at`; whether that holds is
//! computed when somebody reads.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, boolean, date, date_null, integer, integer_null, json, json_null,
    pk_auto, text, text_null, uuid_null,
};
use sea_orm_migration::sea_orm::DatabaseBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [knowledge_revision(), topic(), topic_synonym()] {
            manager.create_table(table).await?;
        }
        for table in [article(), article_slug(), article_revision(), article_publication()] {
            manager.create_table(table).await?;
        }
        for table in [
            topics_of("article_revision", "revision_id", ColumnType::Integer),
            article_revision_related(),
            service(),
            topics_of("service", "service_id", ColumnType::Text),
            officer(),
            health_day(),
            topics_of("health_day", "health_day_id", ColumnType::Text),
            health_day_override(),
            reading_count(),
            reading_reader(),
        ] {
            manager.create_table(table).await?;
        }
        for (table, column) in INDEXES {
            let name = format!("idx-{table}-{column}");
            manager.create_index(Index::create().name(name).table(*table).col(*column).to_owned()).await?;
        }
        manager.create_index(one_slug_in_use()).await?;
        manager.execute(first_revision()).await?;
        let triggers = match manager.get_database_backend() {
            DatabaseBackend::Postgres => POSTGRES_TRIGGERS,
            _ => SQLITE_TRIGGERS,
        };
        for trigger in triggers {
            manager.get_connection().execute_unprepared(trigger).await?;
        }
        Ok(())
    }
}

const INDEXES: &[(&str, &str)] = &[
    ("topic", "parent_id"),
    ("article_slug", "article_id"),
    ("article_revision_topic", "topic_id"),
    ("article_revision_related", "article_id"),
    ("service_topic", "topic_id"),
    ("officer", "region_code"),
    ("health_day_topic", "topic_id"),
    ("reading_count", "day"),
    ("reading_reader", "day"),
];

fn reference(
    table: &str,
    column: &'static str,
    to: &'static str,
    to_column: &'static str,
) -> ForeignKeyCreateStatement {
    let table = table.to_owned();
    ForeignKey::create()
        .name(format!("fk-{table}-{column}"))
        .from(Alias::new(table), column)
        .to(to, to_column)
        .to_owned()
}

fn owned(
    table: &str,
    column: &'static str,
    to: &'static str,
    to_column: &'static str,
) -> ForeignKeyCreateStatement {
    reference(table, column, to, to_column).on_delete(ForeignKeyAction::Cascade).to_owned()
}

fn knowledge_revision() -> TableCreateStatement {
    Table::create()
        .table("knowledge_revision")
        .col(integer("id").primary_key())
        .col(big_integer("revision"))
        .col(big_integer("changed_at"))
        .check(Expr::col("id").eq(1))
        .check(Expr::col("revision").gte(0))
        .to_owned()
}

fn first_revision() -> InsertStatement {
    Query::insert()
        .into_table("knowledge_revision")
        .columns(["id", "revision", "changed_at"])
        .values_panic([1.into(), 0_i64.into(), 0_i64.into()])
        .to_owned()
}

fn topic() -> TableCreateStatement {
    Table::create()
        .table("topic")
        .col(text("id").primary_key())
        .col(text_null("parent_id"))
        .col(text("title"))
        .col(text("description"))
        .col(integer("position"))
        .foreign_key(&mut reference("topic", "parent_id", "topic", "id"))
        .check(Expr::cust("length(id) BETWEEN 1 AND 64 AND length(title) > 0"))
        .check(Expr::cust("parent_id IS NULL OR parent_id <> id"))
        .to_owned()
}

/// Words that people type when they mean the topic.
fn topic_synonym() -> TableCreateStatement {
    Table::create()
        .table("topic_synonym")
        .col(text("topic_id"))
        .col(text("word"))
        .primary_key(Index::create().col("topic_id").col("word"))
        .foreign_key(&mut owned("topic_synonym", "topic_id", "topic", "id"))
        .check(Expr::cust("length(word) > 0"))
        .to_owned()
}

fn article() -> TableCreateStatement {
    Table::create()
        .table("article")
        .col(pk_auto("id"))
        .col(text("kind"))
        .col(text_null("region_code"))
        .col(big_integer("created_at"))
        .foreign_key(&mut reference("article", "region_code", "region", "code"))
        .check(Expr::col("kind").is_in(["article", "video", "notice"]))
        .to_owned()
}

/// Every slug an article ever had; a retired one is never given to another article.
fn article_slug() -> TableCreateStatement {
    Table::create()
        .table("article_slug")
        .col(text("slug").primary_key())
        .col(integer("article_id"))
        .col(big_integer_null("retired_at"))
        .foreign_key(&mut owned("article_slug", "article_id", "article", "id"))
        .check(Expr::cust("length(slug) BETWEEN 1 AND 100"))
        .to_owned()
}

fn one_slug_in_use() -> IndexCreateStatement {
    Index::create()
        .name("idx-article_slug-in_use")
        .table("article_slug")
        .col("article_id")
        .unique()
        .and_where(Expr::col("retired_at").is_null())
        .to_owned()
}

fn article_revision() -> TableCreateStatement {
    Table::create()
        .table("article_revision")
        .col(pk_auto("id"))
        .col(integer("article_id"))
        .col(integer("number"))
        .col(text("title"))
        .col(text("elder_summary"))
        .col(text("body_html"))
        .col(json("body_blocks"))
        .col(text_null("cover_url"))
        .col(text_null("audio_url"))
        .col(text_null("video_url"))
        .col(json("audiences"))
        .col(text("source_name"))
        .col(text_null("source_edition"))
        .col(text_null("source_url"))
        .col(text_null("medical_reviewer"))
        .col(date_null("reviewed_on"))
        .col(date_null("review_by"))
        .col(integer_null("literacy_edition"))
        .col(json("literacy_items"))
        .col(json_null("quiz"))
        .col(boolean("demo"))
        .col(uuid_null("author_id"))
        .col(big_integer("created_at"))
        .foreign_key(&mut owned("article_revision", "article_id", "article", "id"))
        .index(Index::create().name("idx-article_revision-number").col("article_id").col("number").unique())
        .check(Expr::col("number").gte(1))
        .check(Expr::cust("length(title) BETWEEN 1 AND 60"))
        .check(Expr::cust("length(elder_summary) <= 80"))
        .check(Expr::cust("length(source_name) > 0"))
        .check(Expr::cust("(medical_reviewer IS NULL) = (reviewed_on IS NULL)"))
        .check(Expr::cust("literacy_edition IS NULL OR literacy_edition BETWEEN 2000 AND 2100"))
        .to_owned()
}

/// What the public sees of an article: which revision, and from when until when. The pair refers to both
/// columns, so that an article cannot show the revision of another.
fn article_publication() -> TableCreateStatement {
    Table::create()
        .table("article_publication")
        .col(integer("article_id").primary_key())
        .col(integer("number"))
        .col(big_integer("published_at"))
        .col(big_integer_null("expire_at"))
        .col(big_integer_null("withdrawn_at"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-article_publication-number")
                .from("article_publication", ("article_id", "number"))
                .to("article_revision", ("article_id", "number"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .check(Expr::cust("expire_at IS NULL OR expire_at > published_at"))
        .to_owned()
}

/// Which topics something is about, the most important first.
fn topics_of(owner: &'static str, key: &'static str, key_type: ColumnType) -> TableCreateStatement {
    let table = format!("{owner}_topic");
    Table::create()
        .table(Alias::new(table.clone()))
        .col(ColumnDef::new_with_type(key, key_type).not_null())
        .col(text("topic_id"))
        .col(integer("position"))
        .primary_key(Index::create().col(key).col("topic_id"))
        .foreign_key(&mut owned(&table, key, owner, "id"))
        .foreign_key(&mut reference(&table, "topic_id", "topic", "id"))
        .to_owned()
}

fn article_revision_related() -> TableCreateStatement {
    Table::create()
        .table("article_revision_related")
        .col(integer("revision_id"))
        .col(integer("article_id"))
        .col(integer("position"))
        .primary_key(Index::create().col("revision_id").col("article_id"))
        .foreign_key(&mut owned("article_revision_related", "revision_id", "article_revision", "id"))
        .foreign_key(&mut owned("article_revision_related", "article_id", "article", "id"))
        .to_owned()
}

/// A hotline, a clinic or a door to another app. A place on the map is named by the key under which its
/// source knows it.
fn service() -> TableCreateStatement {
    Table::create()
        .table("service")
        .col(text("id").primary_key())
        .col(text("kind"))
        .col(text("title"))
        .col(text("description"))
        .col(text_null("phone"))
        .col(text_null("opening_hours"))
        .col(json("audiences"))
        .col(integer("priority"))
        .col(text_null("region_code"))
        .col(text_null("feature_key"))
        .col(text_null("platform"))
        .col(text_null("appid"))
        .col(text_null("path"))
        .col(boolean("enabled"))
        .col(text("source"))
        .col(boolean("demo"))
        .foreign_key(&mut reference("service", "region_code", "region", "code"))
        .check(Expr::col("kind").is_in(["hotline", "clinic", "app_link"]))
        .check(Expr::cust("platform IS NULL OR platform IN ('app', 'mini_program')"))
        .check(Expr::cust("kind <> 'app_link' OR NOT enabled OR appid IS NOT NULL"))
        .check(Expr::cust("length(title) > 0"))
        .to_owned()
}

fn officer() -> TableCreateStatement {
    Table::create()
        .table("officer")
        .col(text("id").primary_key())
        .col(text("region_code"))
        .col(text("unit"))
        .col(text("role"))
        .col(text_null("name"))
        .col(text_null("phone"))
        .col(text_null("opening_hours"))
        .col(json("duties"))
        .col(text("description"))
        .col(text("source"))
        .col(boolean("demo"))
        .col(integer("position"))
        .foreign_key(&mut reference("officer", "region_code", "region", "code"))
        .check(Expr::cust("length(unit) > 0 AND length(role) > 0"))
        .to_owned()
}

fn health_day() -> TableCreateStatement {
    Table::create()
        .table("health_day")
        .col(text("id").primary_key())
        .col(text("title"))
        .col(json("rule"))
        .col(text_null("note"))
        .col(boolean("certain"))
        .col(integer("position"))
        .check(Expr::cust("length(title) > 0"))
        .to_owned()
}

/// What an editor knows better about one year.
fn health_day_override() -> TableCreateStatement {
    Table::create()
        .table("health_day_override")
        .col(text("health_day_id"))
        .col(integer("year"))
        .col(text_null("theme"))
        .col(date_null("starts_on"))
        .col(date_null("ends_on"))
        .primary_key(Index::create().col("health_day_id").col("year"))
        .foreign_key(&mut owned("health_day_override", "health_day_id", "health_day", "id"))
        .check(Expr::cust("(starts_on IS NULL) = (ends_on IS NULL)"))
        .check(Expr::cust("starts_on IS NULL OR starts_on <= ends_on"))
        .check(Expr::cust("year BETWEEN 2000 AND 2100"))
        .to_owned()
}

/// How many people read an article on a day. `region_code` is empty where the phone told none.
fn reading_count() -> TableCreateStatement {
    Table::create()
        .table("reading_count")
        .col(integer("article_id"))
        .col(text("region_code"))
        .col(date("day"))
        .col(integer("count"))
        .primary_key(Index::create().col("article_id").col("region_code").col("day"))
        .foreign_key(&mut owned("reading_count", "article_id", "article", "id"))
        .check(Expr::col("count").gte(1))
        .to_owned()
}

/// Who was counted today, as keyed hashes that tell neither who nor what; gone when the day is over.
fn reading_reader() -> TableCreateStatement {
    Table::create()
        .table("reading_reader")
        .col(blob("reader_key").primary_key())
        .col(date("day"))
        .check(Expr::cust("length(reader_key) = 32"))
        .to_owned()
}

const SQLITE_TRIGGERS: &[&str] =
    &["CREATE TRIGGER article_revision_is_never_changed BEFORE UPDATE ON article_revision \
     BEGIN SELECT RAISE(ABORT, 'a revision is never changed: add another one'); END"];

const POSTGRES_TRIGGERS: &[&str] = &[
    "CREATE FUNCTION article_revision_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
       RAISE EXCEPTION 'a revision is never changed: add another one'; END $$",
    "CREATE TRIGGER article_revision_is_never_changed BEFORE UPDATE ON article_revision \
     FOR EACH ROW EXECUTE FUNCTION article_revision_guard()",
];
