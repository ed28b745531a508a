//! How articles come to the public: a working copy beside what is live, reviews of frozen revisions, terms for
//! which a revision is public, and a history that is only added to.
//!
//! A schedule is a term that begins later. Whether a term holds is computed when somebody reads, so there is
//! nothing that could fire twice, too late or not at all; at any instant the term that began last decides, and
//! an older one never comes back.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, integer, integer_null, json, json_null, pk_auto, text, text_null,
    uuid, uuid_null,
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
        for column in [
            integer("version").default(1).check(Expr::col("version").gte(1)).to_owned(),
            big_integer_null("binned_at"),
            big_integer("changed_revision").default(0).check(Expr::col("changed_revision").gte(0)).to_owned(),
        ] {
            manager.alter_table(Table::alter().table("article").add_column(column).to_owned()).await?;
        }
        manager
            .alter_table(
                Table::alter()
                    .table("knowledge_revision")
                    .add_column(big_integer("whole_revision").default(0))
                    .to_owned(),
            )
            .await?;
        for table in [
            article_release(),
            article_draft(),
            article_review(),
            article_event(),
            article_presence(),
            review_rule(),
            review_check(),
        ] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        let connection = manager.get_connection();
        connection.execute_unprepared(KEEP_PUBLICATIONS).await?;
        manager.drop_table(Table::drop().table("article_publication").to_owned()).await?;
        let guards = match manager.get_database_backend() {
            DatabaseBackend::Postgres => POSTGRES_GUARDS,
            _ => SQLITE_GUARDS,
        };
        for statement in guards.iter().chain(PERMISSIONS).chain(FIRST_RULES) {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const KEEP_PUBLICATIONS: &str = "INSERT INTO article_release (article_id, number, published_at, expire_at, withdrawn_at, created_at, told_at) \
     SELECT article_id, number, published_at, expire_at, withdrawn_at, published_at, published_at \
     FROM article_publication ORDER BY article_id";

/// Who may do what: editors write, reviewers review and publish, those in charge of a region all of it.
const PERMISSIONS: &[&str] = &[
    "INSERT INTO role_permission (role_id, permission) SELECT id, 'articles.read_drafts' FROM role \
     WHERE id IN ('region_admin', 'editor', 'reviewer') ON CONFLICT DO NOTHING",
    "INSERT INTO role_permission (role_id, permission) SELECT id, 'articles.publish' FROM role \
     WHERE id IN ('region_admin', 'reviewer') ON CONFLICT DO NOTHING",
    "INSERT INTO role_permission (role_id, permission) SELECT id, 'articles.configure' FROM role \
     WHERE id = 'region_admin' ON CONFLICT DO NOTHING",
];

/// One step of review everywhere until an office wants more, and what a reviewer has to look at.
const FIRST_RULES: &[&str] = &[
    "INSERT INTO review_rule (id, steps, version) VALUES ('all:all', 1, 1)",
    "INSERT INTO review_check (id, title, position, enabled, version) VALUES \
     ('typos', '没有错别字', 1, TRUE, 1), \
     ('sensitive_words', '没有敏感词和不当表述', 2, TRUE, 1), \
     ('sources', '数据和说法有来源', 3, TRUE, 1), \
     ('portrait_rights', '图片中的人同意使用肖像', 4, TRUE, 1), \
     ('up_to_date', '内容没有过期', 5, TRUE, 1)",
];

const SQLITE_GUARDS: &[&str] =
    &["CREATE TRIGGER article_event_is_never_changed BEFORE UPDATE ON article_event \
     BEGIN SELECT RAISE(ABORT, 'the history of an article is only added to'); END"];

const POSTGRES_GUARDS: &[&str] = &[
    "CREATE FUNCTION article_event_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
       RAISE EXCEPTION 'the history of an article is only added to'; END $$",
    "CREATE TRIGGER article_event_is_never_changed BEFORE UPDATE ON article_event \
     FOR EACH ROW EXECUTE FUNCTION article_event_guard()",
];

fn of_article(table: &str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk-{table}-article_id"))
        .from(Alias::new(table), "article_id")
        .to("article", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

/// Refers to both columns, so that an article cannot show the revision of another.
fn of_revision(table: &str, column: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk-{table}-{column}"))
        .from(Alias::new(table), ("article_id", column))
        .to("article_revision", ("article_id", "number"))
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

fn by_staff(table: &str, column: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk-{table}-{column}"))
        .from(Alias::new(table), column)
        .to("staff", "id")
        .to_owned()
}

/// One revision for one term. One that began is never taken out, only withdrawn; one that has not begun can
/// be cancelled. `told_at` and `end_told_at` say when the history was told that it began and expired.
fn article_release() -> TableCreateStatement {
    Table::create()
        .table("article_release")
        .col(pk_auto("id"))
        .col(integer("article_id"))
        .col(integer("number"))
        .col(big_integer("published_at"))
        .col(big_integer_null("expire_at"))
        .col(big_integer_null("withdrawn_at"))
        .col(big_integer_null("cancelled_at"))
        .col(uuid_null("created_by"))
        .col(big_integer("created_at"))
        .col(big_integer_null("told_at"))
        .col(big_integer_null("end_told_at"))
        .foreign_key(&mut of_revision("article_release", "number"))
        .foreign_key(&mut by_staff("article_release", "created_by"))
        .check(Expr::cust("expire_at IS NULL OR expire_at > published_at"))
        .check(Expr::cust("withdrawn_at IS NULL OR withdrawn_at >= published_at"))
        .check(Expr::cust("cancelled_at IS NULL OR cancelled_at < published_at"))
        .check(Expr::cust("cancelled_at IS NULL OR told_at IS NULL"))
        .to_owned()
}

/// What is being written, beside what is live. `frozen_as` is the revision that says the same.
fn article_draft() -> TableCreateStatement {
    Table::create()
        .table("article_draft")
        .col(integer("article_id").primary_key())
        .col(integer("version"))
        .col(text("title"))
        .col(text("plain_text"))
        .col(json("content"))
        .col(integer_null("frozen_as"))
        .col(json("editors"))
        .col(uuid_null("saved_by"))
        .col(big_integer("saved_at"))
        .foreign_key(&mut of_article("article_draft"))
        .foreign_key(&mut of_revision("article_draft", "frozen_as"))
        .foreign_key(&mut by_staff("article_draft", "saved_by"))
        .check(Expr::col("version").gte(1))
        .check(Expr::cust("length(title) <= 200"))
        .to_owned()
}

/// A revision on its way through the steps of review. `editors` are those who wrote it.
fn article_review() -> TableCreateStatement {
    Table::create()
        .table("article_review")
        .col(pk_auto("id"))
        .col(integer("article_id"))
        .col(integer("number"))
        .col(integer("steps"))
        .col(text("state"))
        .col(json("editors"))
        .col(uuid("submitted_by"))
        .col(big_integer("submitted_at"))
        .col(big_integer_null("closed_at"))
        .foreign_key(&mut of_revision("article_review", "number"))
        .foreign_key(&mut by_staff("article_review", "submitted_by"))
        .check(Expr::cust("steps BETWEEN 1 AND 3"))
        .check(Expr::col("state").is_in(["open", "approved", "returned", "recalled"]))
        .check(Expr::cust("(state = 'open') = (closed_at IS NULL)"))
        .to_owned()
}

/// What was done to an article, by whom; nobody where it was the time. `step` is that of a review.
fn article_event() -> TableCreateStatement {
    Table::create()
        .table("article_event")
        .col(pk_auto("id"))
        .col(integer("article_id"))
        .col(integer_null("number"))
        .col(text("action"))
        .col(uuid_null("staff_id"))
        .col(big_integer("at"))
        .col(integer_null("review_id"))
        .col(integer_null("step"))
        .col(text_null("reason"))
        .col(json_null("detail"))
        .foreign_key(&mut of_article("article_event"))
        .foreign_key(&mut by_staff("article_event", "staff_id"))
        .check(Expr::cust("(review_id IS NULL) = (step IS NULL)"))
        .check(Expr::cust("action <> 'returned' OR length(reason) > 0"))
        .to_owned()
}

/// Who is writing.
fn article_presence() -> TableCreateStatement {
    Table::create()
        .table("article_presence")
        .col(integer("article_id"))
        .col(uuid("staff_id"))
        .col(big_integer("seen_at"))
        .primary_key(Index::create().col("article_id").col("staff_id"))
        .foreign_key(&mut of_article("article_presence"))
        .foreign_key(&mut by_staff("article_presence", "staff_id"))
        .to_owned()
}

/// How many steps of review, for a region with all below it and for a kind of article.
fn review_rule() -> TableCreateStatement {
    Table::create()
        .table("review_rule")
        .col(text("id").primary_key())
        .col(text_null("region_code"))
        .col(text_null("kind"))
        .col(integer("steps"))
        .col(integer("version"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-review_rule-region_code")
                .from("review_rule", "region_code")
                .to("region", "code"),
        )
        .check(Expr::cust("id = COALESCE(region_code, 'all') || ':' || COALESCE(kind, 'all')"))
        .check(Expr::cust("kind IS NULL OR kind IN ('article', 'video', 'notice')"))
        .check(Expr::cust("steps BETWEEN 1 AND 3"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// What a reviewer has to have looked at.
fn review_check() -> TableCreateStatement {
    Table::create()
        .table("review_check")
        .col(text("id").primary_key())
        .col(text("title"))
        .col(integer("position"))
        .col(boolean("enabled"))
        .col(integer("version"))
        .check(Expr::cust("length(id) BETWEEN 1 AND 40 AND length(title) BETWEEN 1 AND 60"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let plain = |table: &'static str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.name(format!("idx-{table}-{}", columns.join("_"))).table(table);
        for column in columns {
            index.col(*column);
        }
        index
    };
    vec![
        plain("article_release", &["article_id", "published_at"]),
        plain("article_release", &["article_id", "number"]),
        plain("article_release", &["told_at", "published_at"]),
        plain("article_release", &["end_told_at", "expire_at"]),
        plain("article_draft", &["saved_at"]),
        plain("article_review", &["article_id", "number"]),
        plain("article_event", &["article_id"]),
        Index::create()
            .name("idx-article_review-open")
            .table("article_review")
            .col("article_id")
            .unique()
            .and_where(Expr::col("state").eq("open"))
            .to_owned(),
        // A step is decided once, whoever clicks at the same moment.
        Index::create()
            .name("idx-article_event-step")
            .table("article_event")
            .col("review_id")
            .col("step")
            .unique()
            .to_owned(),
    ]
}
