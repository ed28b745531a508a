//! Standards in their editions, and the bands that measured values are judged by.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, date, date_null, integer, integer_null, pk_auto, text, text_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(standard()).await?;
        manager.create_table(band()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// An edition is never changed: findings name it.
fn standard() -> TableCreateStatement {
    Table::create()
        .table("assessment_standard")
        .col(text("id").primary_key())
        .col(text("code"))
        .col(text("edition"))
        .col(text("title"))
        .col(date("valid_from"))
        .col(date_null("valid_to"))
        .col(integer("precedence"))
        .col(text("provenance"))
        .col(big_integer("planted_at"))
        .check(Expr::cust("length(id) BETWEEN 1 AND 60"))
        .check(Expr::cust("length(code) BETWEEN 1 AND 60 AND length(edition) BETWEEN 1 AND 20"))
        .check(Expr::cust("length(title) BETWEEN 1 AND 120"))
        .check(Expr::cust("valid_to IS NULL OR valid_from <= valid_to"))
        .to_owned()
}

fn band() -> TableCreateStatement {
    Table::create()
        .table("assessment_band")
        .col(pk_auto("id"))
        .col(text("standard_id"))
        .col(text("quantity"))
        .col(text("purpose"))
        .col(text_null("context"))
        .col(text_null("sex"))
        .col(integer("age_from_months"))
        .col(integer_null("age_to_months"))
        .col(integer_null("key_from"))
        .col(integer_null("key_to"))
        .col(integer_null("lower_limit"))
        .col(boolean("lower_included"))
        .col(integer_null("upper_limit"))
        .col(boolean("upper_included"))
        .col(text("code"))
        .col(text("level"))
        .col(integer("position"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-assessment_band-standard_id")
                .from("assessment_band", "standard_id")
                .to("assessment_standard", "id"),
        )
        .check(Expr::cust("length(quantity) BETWEEN 1 AND 40 AND length(code) BETWEEN 1 AND 40"))
        .check(Expr::col("purpose").is_in(["band", "target"]))
        .check(Expr::col("context").is_in(["office", "home", "fasting", "after_meal", "random"]))
        .check(Expr::col("sex").is_in(["female", "male"]))
        .check(Expr::col("level").is_in(["usual", "attention", "high", "urgent"]))
        .check(Expr::cust(
            "age_from_months >= 0 AND (age_to_months IS NULL OR age_from_months < age_to_months)",
        ))
        .check(Expr::cust("key_from IS NULL OR key_to IS NULL OR key_from < key_to"))
        .check(Expr::cust("lower_limit IS NOT NULL OR upper_limit IS NOT NULL"))
        .check(Expr::cust("lower_limit IS NULL OR upper_limit IS NULL OR lower_limit <= upper_limit"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 2] {
    [
        Index::create()
            .name("idx-assessment_standard-edition")
            .table("assessment_standard")
            .col("code")
            .col("edition")
            .unique()
            .to_owned(),
        Index::create()
            .name("idx-assessment_band-standard_id")
            .table("assessment_band")
            .col("standard_id")
            .to_owned(),
    ]
}
