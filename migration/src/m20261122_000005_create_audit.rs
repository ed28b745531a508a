//! The audit log: rows that are only ever added, chained by their hashes, and the head of the chain.
//!
//! Triggers refuse what the server never does, so that neither a mistake nor an injected statement
//! rewrites the past. The owner of the database can drop them; the hashes and the checkpoints that are
//! kept outside the database are there for that. The rows refer to nothing by foreign keys: they outlive
//! what they tell of.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, blob_null, integer, text, text_null};
use sea_orm_migration::sea_orm::DatabaseBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(audit_event()).await?;
        manager.create_table(audit_head()).await?;
        for (name, column) in [
            ("idx-audit_event-action", "action"),
            ("idx-audit_event-actor_id", "actor_id"),
            ("idx-audit_event-region_code", "region_code"),
        ] {
            let index = Index::create().name(name).table("audit_event").col(column).col("seq").to_owned();
            manager.create_index(index).await?;
        }
        manager.create_index(at_index()).await?;
        manager.execute(first_head()).await?;
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

fn audit_event() -> TableCreateStatement {
    Table::create()
        .table("audit_event")
        .col(big_integer("seq").primary_key())
        .col(big_integer("at"))
        .col(text("action"))
        .col(text("actor_kind"))
        .col(text_null("actor_id"))
        .col(text_null("object_kind"))
        .col(text_null("object_id"))
        .col(text_null("region_code"))
        .col(text("outcome"))
        .col(text("detail"))
        .col(text_null("request_id"))
        .col(text_null("client_prefix"))
        .col(blob("prev_hash"))
        .col(blob("hash"))
        .check(Expr::col("seq").gte(1))
        .check(Expr::cust("actor_kind IN ('anonymous', 'resident', 'staff', 'operator', 'server')"))
        .check(Expr::cust("(actor_kind IN ('resident', 'staff')) = (actor_id IS NOT NULL)"))
        .check(Expr::cust("(object_kind IS NULL) = (object_id IS NULL)"))
        .check(Expr::cust("outcome IN ('done', 'refused', 'failed')"))
        .check(Expr::cust("length(prev_hash) = 32 AND length(hash) = 32"))
        .to_owned()
}

/// One row: where the chain ends, and where it begins once old rows were purged.
fn audit_head() -> TableCreateStatement {
    Table::create()
        .table("audit_head")
        .col(integer("id").primary_key())
        .col(big_integer("seq"))
        .col(blob("hash"))
        .col(big_integer("anchor_seq"))
        .col(blob("anchor_hash"))
        .col(big_integer_null("anchor_at"))
        .col(blob_null("anchor_signature"))
        .check(Expr::col("id").eq(1))
        .check(Expr::cust("anchor_seq >= 0 AND anchor_seq <= seq"))
        .check(Expr::cust("length(hash) = 32 AND length(anchor_hash) = 32"))
        .check(Expr::cust("(anchor_seq = 0) = (anchor_at IS NULL)"))
        .check(Expr::cust("(anchor_at IS NULL) = (anchor_signature IS NULL)"))
        .to_owned()
}

fn at_index() -> IndexCreateStatement {
    Index::create().name("idx-audit_event-at").table("audit_event").col("at").to_owned()
}

fn first_head() -> InsertStatement {
    let nothing = vec![0_u8; 32];
    Query::insert()
        .into_table("audit_head")
        .columns(["id", "seq", "hash", "anchor_seq", "anchor_hash"])
        .values_panic([1.into(), 0_i64.into(), nothing.clone().into(), 0_i64.into(), nothing.into()])
        .to_owned()
}

const SQLITE_TRIGGERS: &[&str] = &[
    "CREATE TRIGGER audit_event_is_never_changed BEFORE UPDATE ON audit_event \
     BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END",
    "CREATE TRIGGER audit_event_is_kept BEFORE DELETE ON audit_event \
     WHEN OLD.seq > (SELECT anchor_seq FROM audit_head) \
     BEGIN SELECT RAISE(ABORT, 'audit rows above the anchor are kept'); END",
    "CREATE TRIGGER audit_event_follows_the_head BEFORE INSERT ON audit_event \
     WHEN NEW.seq <> (SELECT seq + 1 FROM audit_head) OR NEW.prev_hash <> (SELECT hash FROM audit_head) \
     BEGIN SELECT RAISE(ABORT, 'an audit row continues the chain'); END",
    "CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON audit_head \
     WHEN NEW.seq < OLD.seq OR NEW.anchor_seq < OLD.anchor_seq \
     BEGIN SELECT RAISE(ABORT, 'the audit chain only grows'); END",
    "CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head \
     BEGIN SELECT RAISE(ABORT, 'the audit chain keeps its head'); END",
];

const POSTGRES_TRIGGERS: &[&str] = &[
    "CREATE FUNCTION audit_event_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
       IF TG_OP = 'INSERT' THEN \
         IF NOT EXISTS (SELECT 1 FROM audit_head WHERE seq + 1 = NEW.seq AND hash = NEW.prev_hash) THEN \
           RAISE EXCEPTION 'an audit row continues the chain'; END IF; \
         RETURN NEW; END IF; \
       IF TG_OP = 'DELETE' THEN \
         IF OLD.seq > (SELECT anchor_seq FROM audit_head) THEN \
           RAISE EXCEPTION 'audit rows above the anchor are kept'; END IF; \
         RETURN OLD; END IF; \
       RAISE EXCEPTION 'audit rows are never changed'; END $$",
    "CREATE FUNCTION audit_head_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
       IF TG_OP <> 'UPDATE' THEN RAISE EXCEPTION 'the audit chain keeps its head'; END IF; \
       IF NEW.seq < OLD.seq OR NEW.anchor_seq < OLD.anchor_seq THEN \
         RAISE EXCEPTION 'the audit chain only grows'; END IF; \
       RETURN NEW; END $$",
    "CREATE TRIGGER audit_event_guard BEFORE INSERT OR UPDATE OR DELETE ON audit_event \
     FOR EACH ROW EXECUTE FUNCTION audit_event_guard()",
    "CREATE TRIGGER audit_head_guard BEFORE UPDATE OR DELETE ON audit_head \
     FOR EACH ROW EXECUTE FUNCTION audit_head_guard()",
    "CREATE TRIGGER audit_event_is_never_emptied BEFORE TRUNCATE ON audit_event \
     FOR EACH STATEMENT EXECUTE FUNCTION audit_event_guard()",
    "CREATE TRIGGER audit_head_is_never_emptied BEFORE TRUNCATE ON audit_head \
     FOR EACH STATEMENT EXECUTE FUNCTION audit_head_guard()",
];
