//! What officers did for whom: the calls, where each person stands, and referrals with the slip that comes
//! back. What was said stands sealed; that somebody was called and when is no secret to the office.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, boolean, date, text, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [follow_up(), follow_up_result(), referral(), follow_up_figure()] {
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
        Ok(())
    }
}

const INDEXES: &[(&str, &[&str])] = &[
    ("follow_up_result", &["person_id", "id"]),
    ("referral", &["person_id"]),
    ("referral", &["region_code", "id"]),
];

const OUTCOMES: [&str; 8] =
    ["will_measure", "sees_doctor", "advised", "declined", "no_answer", "wrong_number", "moved_away", "died"];

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

/// Where a person stands: what came of the last call, and when the next is due.
fn follow_up() -> TableCreateStatement {
    Table::create()
        .table("follow_up")
        .col(uuid("person_id").primary_key())
        .col(text("outcome"))
        .col(big_integer("called_at"))
        .col(date("next_on"))
        .col(boolean("agreed"))
        .foreign_key(&mut reference("follow_up", "person_id", ("person", "id")))
        .check(Expr::col("outcome").is_in(OUTCOMES))
        .to_owned()
}

fn follow_up_result() -> TableCreateStatement {
    Table::create()
        .table("follow_up_result")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(uuid("staff_id"))
        .col(text("outcome"))
        .col(big_integer("called_at"))
        .col(date("next_on"))
        .col(blob("detail_cell"))
        .foreign_key(&mut reference("follow_up_result", "person_id", ("person", "id")))
        .foreign_key(&mut reference("follow_up_result", "staff_id", ("staff", "id")))
        .check(Expr::col("outcome").is_in(OUTCOMES))
        .to_owned()
}

/// Only what may be told is kept: the numbers are missing where they are too small.
fn follow_up_figure() -> TableCreateStatement {
    Table::create()
        .table("follow_up_figure")
        .col(text("month"))
        .col(text("region_code"))
        .col(text("indicator"))
        .col(big_integer_null("counted"))
        .col(big_integer_null("of"))
        .col(big_integer("counted_at"))
        .primary_key(Index::create().col("month").col("region_code").col("indicator"))
        .check(Expr::cust("length(month) = 7"))
        .check(Expr::cust("(counted IS NULL) = (\"of\" IS NULL)"))
        .check(Expr::cust("counted IS NULL OR (counted >= 10 AND \"of\" >= counted)"))
        .to_owned()
}

fn referral() -> TableCreateStatement {
    Table::create()
        .table("referral")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(text("region_code"))
        .col(uuid("referred_by"))
        .col(big_integer("referred_at"))
        .col(blob("slip_cell"))
        .col(big_integer_null("returned_at"))
        .col(uuid_null("returned_by"))
        .col(blob_null("return_cell"))
        .foreign_key(&mut reference("referral", "person_id", ("person", "id")))
        .foreign_key(&mut reference("referral", "region_code", ("region", "code")))
        .foreign_key(&mut reference("referral", "referred_by", ("staff", "id")))
        .foreign_key(&mut reference("referral", "returned_by", ("staff", "id")))
        .check(Expr::cust("(returned_at IS NULL) = (return_cell IS NULL)"))
        .check(Expr::cust("(returned_at IS NULL) = (returned_by IS NULL)"))
        .check(Expr::cust("returned_at IS NULL OR returned_at >= referred_at"))
        .to_owned()
}
