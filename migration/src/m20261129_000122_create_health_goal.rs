//! Goals that persons set themselves, and when they want to be reminded.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, boolean, integer, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [health_goal(), health_reminder()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn reference(
    (table, column): (&'static str, &'static str),
    to: (&'static str, &'static str),
) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("fk-{table}-{column}")).from(table, column).to(to.0, to.1).to_owned()
}

/// What a person aims at, one for each metric.
fn health_goal() -> TableCreateStatement {
    Table::create()
        .table("health_goal")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(text("metric"))
        .col(blob("goal_cell"))
        .col(uuid("set_by"))
        .col(big_integer("set_at"))
        .foreign_key(&mut reference(("health_goal", "person_id"), ("person", "id")))
        .foreign_key(&mut reference(("health_goal", "metric"), ("metric", "code")))
        .to_owned()
}

/// A time of the day at which an account is told that something is to be measured. What, is sealed.
/// `weekdays` has Monday as 1, Tuesday as 2, Sunday as 64.
fn health_reminder() -> TableCreateStatement {
    Table::create()
        .table("health_reminder")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(uuid("account_id"))
        .col(blob("plan_cell"))
        .col(integer("minute_of_day"))
        .col(integer("weekdays"))
        .col(boolean("enabled"))
        .col(big_integer("next_at"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .foreign_key(&mut reference(("health_reminder", "person_id"), ("person", "id")))
        .foreign_key(&mut reference(("health_reminder", "account_id"), ("account", "id")))
        .check(Expr::cust("minute_of_day BETWEEN 0 AND 1439"))
        .check(Expr::cust("weekdays BETWEEN 1 AND 127"))
        .check(Expr::cust("version > 0"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 4] {
    let index = |name: &str, table: &'static str| Index::create().name(name).table(table).to_owned();
    [
        index("idx-health_goal-metric", "health_goal").col("person_id").col("metric").unique().to_owned(),
        index("idx-health_reminder-person_id", "health_reminder").col("person_id").to_owned(),
        index("idx-health_reminder-account_id", "health_reminder").col("account_id").to_owned(),
        index("idx-health_reminder-next_at", "health_reminder")
            .col("next_at")
            .and_where(Expr::col("enabled").eq(true))
            .to_owned(),
    ]
}
