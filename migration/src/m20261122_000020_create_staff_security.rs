//! What keeps the accounts of staff from being guessed: counted failures, addresses that are known to
//! belong to somebody, and recovery codes.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, integer, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [login_throttle(), staff_known_address(), recovery_code()] {
            manager.create_table(table).await?;
        }
        manager
            .create_index(
                Index::create()
                    .name("idx-login_throttle-last_failed_at")
                    .table("login_throttle")
                    .col("last_failed_at")
                    .to_owned(),
            )
            .await?;
        // Without these two an installation could appoint nobody whose permissions its administrators
        // do not hold themselves, such as a health officer.
        for role in ["admin", "security_admin"] {
            manager
                .execute(
                    Query::insert()
                        .into_table("role_permission")
                        .columns(["role_id", "permission"])
                        .values_panic([role.into(), "roles.assign_any".into()])
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}

/// Failures by user name and address, by address, and by user name; the key is a keyed hash of them.
fn login_throttle() -> TableCreateStatement {
    Table::create()
        .table("login_throttle")
        .col(blob("key_index").primary_key())
        .col(integer("failures"))
        .col(big_integer("last_failed_at"))
        .col(big_integer("blocked_until"))
        .check(Expr::col("failures").gte(0))
        .check(Expr::cust("length(key_index) = 32"))
        .to_owned()
}

fn staff_known_address() -> TableCreateStatement {
    Table::create()
        .table("staff_known_address")
        .col(uuid("staff_id"))
        .col(blob("address_index"))
        .col(big_integer("last_seen_at"))
        .primary_key(Index::create().col("staff_id").col("address_index"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-staff_known_address-staff_id")
                .from("staff_known_address", "staff_id")
                .to("staff", "id"),
        )
        .check(Expr::cust("length(address_index) = 32"))
        .to_owned()
}

fn recovery_code() -> TableCreateStatement {
    Table::create()
        .table("recovery_code")
        .col(uuid("staff_id"))
        .col(blob("code_index"))
        .col(big_integer("created_at"))
        .col(big_integer_null("used_at"))
        .primary_key(Index::create().col("staff_id").col("code_index"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-recovery_code-staff_id")
                .from("recovery_code", "staff_id")
                .to("staff", "id"),
        )
        .check(Expr::cust("length(code_index) = 32"))
        .to_owned()
}
