//! The catalogue of metrics: what is measured, in which units, and within which ranges.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, integer, text, text_null};

use crate::first_metrics::{COMPONENTS, METRICS, UNITS};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [metric(), metric_component(), metric_unit()] {
            manager.create_table(table).await?;
        }
        for insert in [metrics(), components(), units()] {
            manager.execute(insert).await?;
        }
        Ok(())
    }
}

/// Something that is measured. What `derived` says is computed, never entered.
fn metric() -> TableCreateStatement {
    Table::create()
        .table("metric")
        .col(text("code").primary_key())
        .col(integer("position").unique_key())
        .col(text("name"))
        .col(text_null("loinc"))
        .col(boolean("derived"))
        .check(Expr::cust("length(code) BETWEEN 2 AND 32"))
        .check(Expr::cust("length(name) BETWEEN 1 AND 20"))
        .to_owned()
}

/// One number of a metric. Ranges are in whole canonical steps, of which `scale` make one of `ucum`.
fn metric_component() -> TableCreateStatement {
    Table::create()
        .table("metric_component")
        .col(text("metric"))
        .col(text("code"))
        .col(integer("position"))
        .col(text("name"))
        .col(text_null("loinc"))
        .col(text("ucum"))
        .col(text("unit_name"))
        .col(integer("scale"))
        .col(integer("decimals"))
        .col(boolean("required"))
        .col(big_integer("reject_below"))
        .col(big_integer("reject_above"))
        .col(big_integer_null("ask_below"))
        .col(big_integer_null("ask_above"))
        .primary_key(Index::create().col("metric").col("code"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-metric_component-metric")
                .from("metric_component", "metric")
                .to("metric", "code"),
        )
        .check(Expr::cust("scale IN (1, 10, 60, 100, 1000)"))
        .check(Expr::cust("decimals BETWEEN 0 AND 3"))
        .check(Expr::cust("reject_below < reject_above"))
        .check(Expr::cust("ask_below IS NULL OR ask_below >= reject_below"))
        .check(Expr::cust("ask_above IS NULL OR ask_above <= reject_above"))
        .to_owned()
}

/// A unit that values may come in: a value `v` is `(v × multiplier + addend) ÷ divisor` canonical steps, or what
/// `method` says. `ucum` is absent where UCUM has no such unit.
fn metric_unit() -> TableCreateStatement {
    Table::create()
        .table("metric_unit")
        .col(text("metric"))
        .col(text("component"))
        .col(text("code"))
        .col(integer("position"))
        .col(text("name"))
        .col(text_null("ucum"))
        .col(text("method"))
        .col(big_integer("multiplier"))
        .col(big_integer("addend"))
        .col(big_integer("divisor"))
        .primary_key(Index::create().col("metric").col("component").col("code"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-metric_unit-component")
                .from("metric_unit", ("metric", "component"))
                .to("metric_component", ("metric", "code")),
        )
        .check(Expr::cust("method IN ('linear', 'five_point')"))
        .check(Expr::cust("multiplier > 0 AND divisor > 0"))
        .to_owned()
}

fn metrics() -> InsertStatement {
    let mut insert = Query::insert()
        .into_table("metric")
        .columns(["code", "position", "name", "loinc", "derived"])
        .to_owned();
    for (position, (code, name, loinc, derived)) in (0_i32..).zip(METRICS) {
        insert.values_panic([code.into(), position.into(), name.into(), loinc.into(), derived.into()]);
    }
    insert
}

fn components() -> InsertStatement {
    let mut insert = Query::insert()
        .into_table("metric_component")
        .columns([
            "metric",
            "code",
            "position",
            "name",
            "loinc",
            "ucum",
            "unit_name",
            "scale",
            "decimals",
            "required",
            "reject_below",
            "reject_above",
            "ask_below",
            "ask_above",
        ])
        .to_owned();
    for (position, component) in (0_i32..).zip(COMPONENTS) {
        insert.values_panic([
            component.metric.into(),
            component.code.into(),
            position.into(),
            component.name.into(),
            component.loinc.into(),
            component.ucum.into(),
            component.unit_name.into(),
            component.scale.into(),
            component.decimals.into(),
            component.required.into(),
            component.reject.0.into(),
            component.reject.1.into(),
            component.ask.0.into(),
            component.ask.1.into(),
        ]);
    }
    insert
}

fn units() -> InsertStatement {
    let mut insert = Query::insert()
        .into_table("metric_unit")
        .columns([
            "metric",
            "component",
            "code",
            "position",
            "name",
            "ucum",
            "method",
            "multiplier",
            "addend",
            "divisor",
        ])
        .to_owned();
    for (position, (of, code, name, ucum, method, (multiplier, addend, divisor))) in (0_i32..).zip(UNITS) {
        for (metric, component) in of {
            insert.values_panic([
                (*metric).into(),
                (*component).into(),
                code.into(),
                position.into(),
                name.into(),
                ucum.into(),
                method.into(),
                multiplier.into(),
                addend.into(),
                divisor.into(),
            ]);
        }
    }
    insert
}
