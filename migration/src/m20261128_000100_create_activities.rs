//! Activities that residents sign up for: lectures, trainings, fitness, screenings, campaigns; their
//! series, lecturers, team, questions and pictures.
//!
//! `capacity` is what holds at this moment and `target_capacity` what the organiser wants: where it is
//! lowered below the seats that are taken, nobody is evicted; the capacity sinks with every seat that is
//! given back until it is what was wanted. Whether an activity runs or is over is told by its times.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, integer, integer_null, json, pk_auto, text, text_null, uuid,
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
        for table in [activity_revision(), activity_series(), lecturer(), key_group()] {
            manager.create_table(table).await?;
        }
        manager.create_table(activity()).await?;
        for table in [activity_lecturer(), activity_team(), activity_key_group()] {
            manager.create_table(table).await?;
        }
        for table in [activity_question(), activity_media()] {
            manager.create_table(table).await?;
        }
        for (table, column) in INDEXES {
            let name = format!("idx-{table}-{column}");
            manager.create_index(Index::create().name(name).table(*table).col(*column).to_owned()).await?;
        }
        manager.execute(first_revision()).await?;
        for (position, group) in (1_i32..).zip(KEY_GROUPS) {
            manager.execute(insert_key_group(position, group)).await?;
        }
        for role in REVIEWERS {
            manager.execute(permit_review(role)).await?;
        }
        Ok(())
    }
}

const INDEXES: &[(&str, &str)] = &[
    ("activity", "series_id"),
    ("activity", "topic_id"),
    ("activity", "region_code"),
    ("activity", "feature_id"),
    ("activity", "starts_at"),
    ("activity", "changed_revision"),
    ("activity", "seats_changed_at"),
    ("activity_series", "region_code"),
    ("activity_lecturer", "lecturer_id"),
    ("activity_team", "staff_id"),
    ("activity_key_group", "key_group_id"),
    ("activity_question", "activity_id"),
    ("lecturer", "region_code"),
];

/// Roles that look at activities before everybody sees them.
const REVIEWERS: [&str; 2] = ["region_admin", "reviewer"];

fn permit_review(role: &'static str) -> InsertStatement {
    Query::insert()
        .into_table("role_permission")
        .columns(["role_id", "permission"])
        .values_panic([role.into(), "activities.review".into()])
        .to_owned()
}

/// Who belongs to a key group: id, title, how it is known, ages in full years, sex.
type KeyGroup = (&'static str, &'static str, Known, Option<i32>, Option<i32>, Option<&'static str>);

/// How it is known that somebody belongs to a group.
#[derive(Clone, Copy, PartialEq)]
enum Known {
    /// Age and sex tell.
    ByAge,
    /// People say so.
    Declared,
    /// People say so, and it tells of their health.
    DeclaredHealth,
}

/// Key groups of the policy documents. Groups that would shame somebody are none of an activity's business.
const KEY_GROUPS: [KeyGroup; 10] = [
    ("elders", "老年人（60 岁及以上）", Known::ByAge, Some(60), None, None),
    ("children", "儿童（13 岁及以下）", Known::ByAge, None, Some(13), None),
    ("youth", "青少年（14 到 17 岁）", Known::ByAge, Some(14), Some(17), None),
    ("women", "妇女（18 岁及以上）", Known::ByAge, Some(18), None, Some("female")),
    ("chronic", "慢性病患者", Known::DeclaredHealth, None, None, None),
    ("pregnant", "孕产妇", Known::DeclaredHealth, None, None, Some("female")),
    ("disabled", "残疾人", Known::DeclaredHealth, None, None, None),
    ("newcomers", "流动人口", Known::Declared, None, None, None),
    ("workers", "职工", Known::Declared, Some(16), None, None),
    ("cadres", "干部职工", Known::Declared, Some(18), None, None),
];

fn insert_key_group(position: i32, group: KeyGroup) -> InsertStatement {
    let (id, title, known, min_age, max_age, sex) = group;
    Query::insert()
        .into_table("key_group")
        .columns(["id", "title", "declared", "about_health", "min_age", "max_age", "sex", "position"])
        .values_panic([
            id.into(),
            title.into(),
            (known != Known::ByAge).into(),
            (known == Known::DeclaredHealth).into(),
            min_age.into(),
            max_age.into(),
            sex.into(),
            position.into(),
        ])
        .to_owned()
}

fn one_of(column: &'static str, words: &[&'static str]) -> Expr {
    Expr::col(column).is_in(words.iter().copied())
}

fn reference(
    table: &'static str,
    column: &'static str,
    to: &'static str,
    to_column: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("fk-{table}-{column}")).from(table, column).to(to, to_column).to_owned()
}

fn owned(table: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    reference(table, column, "activity", "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}

fn activity_revision() -> TableCreateStatement {
    Table::create()
        .table("activity_revision")
        .col(integer("id").primary_key())
        .col(big_integer("revision"))
        .col(big_integer("changed_at"))
        .check(Expr::col("id").eq(1))
        .check(Expr::col("revision").gte(0))
        .to_owned()
}

fn first_revision() -> InsertStatement {
    Query::insert()
        .into_table("activity_revision")
        .columns(["id", "revision", "changed_at"])
        .values_panic([1.into(), 0_i64.into(), 0_i64.into()])
        .to_owned()
}

/// What is held again and again, with how often a year it shall be (一年不少于 11 场).
fn activity_series() -> TableCreateStatement {
    Table::create()
        .table("activity_series")
        .col(pk_auto("id"))
        .col(text("title"))
        .col(text("kind"))
        .col(text("region_code"))
        .col(integer_null("target_per_year"))
        .col(boolean("demo"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("activity_series", "region_code", "region", "code"))
        .check(one_of("kind", KINDS))
        .check(Expr::cust("length(title) BETWEEN 1 AND 60"))
        .check(Expr::cust("target_per_year IS NULL OR target_per_year BETWEEN 1 AND 366"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

const KINDS: &[&str] = &["lecture", "training", "fitness", "screening", "campaign"];

/// The roster of lecturers (讲师团). What is here is public.
fn lecturer() -> TableCreateStatement {
    Table::create()
        .table("lecturer")
        .col(pk_auto("id"))
        .col(text("name"))
        .col(text("title"))
        .col(text("organisation"))
        .col(text("introduction"))
        .col(json("expertise"))
        .col(text("region_code"))
        .col(boolean("active"))
        .col(boolean("demo"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("lecturer", "region_code", "region", "code"))
        .check(Expr::cust("length(name) BETWEEN 1 AND 32"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// Whom an activity can be for: by age and sex, or as people say of themselves.
fn key_group() -> TableCreateStatement {
    Table::create()
        .table("key_group")
        .col(text("id").primary_key())
        .col(text("title"))
        .col(boolean("declared"))
        .col(boolean("about_health"))
        .col(integer_null("min_age"))
        .col(integer_null("max_age"))
        .col(text_null("sex"))
        .col(integer("position"))
        .check(Expr::cust("length(id) BETWEEN 1 AND 40 AND length(title) > 0"))
        .check(one_of("sex", &["female", "male"]))
        .check(Expr::cust("declared OR NOT about_health"))
        .to_owned()
}

fn activity() -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table("activity")
        .col(pk_auto("id"))
        .col(text("kind"))
        .col(integer_null("series_id"))
        .col(text_null("topic_id"))
        .col(text("title"))
        .col(text("summary"))
        .col(text("description"))
        .col(text("region_code"))
        .col(text_null("venue_type"))
        .col(integer_null("feature_id"))
        .col(text("place_name"))
        .col(text_null("address"))
        .col(text("host"))
        .col(text_null("contact_phone"))
        .col(text_null("provider"))
        .col(text_null("contract_reference"))
        .col(text("time_zone"))
        .col(big_integer("starts_at"))
        .col(big_integer("ends_at"))
        .col(boolean("needs_signup"))
        .col(big_integer("signup_opens_at"))
        .col(big_integer("signup_closes_at"))
        .col(big_integer("check_in_opens_at"))
        .col(big_integer("check_in_closes_at"))
        .col(boolean("self_check_in"))
        .col(integer_null("self_check_in_radius_m"));
    seats_and_rules(&mut table);
    life_of_an_activity(&mut table);
    table
}

fn seats_and_rules(table: &mut TableCreateStatement) {
    table
        .col(integer("capacity"))
        .col(integer("target_capacity"))
        .col(integer("taken"))
        .col(integer("waiting"))
        .col(integer("waiting_entries"))
        .col(big_integer("wait_sequence"))
        .col(big_integer("seats_changed_at"))
        .col(text("waiting_list"))
        .col(text("waiting_order"))
        .col(integer_null("waiting_limit"))
        .col(integer("family_limit"))
        .col(integer_null("min_age"))
        .col(integer_null("max_age"))
        .col(text_null("sex"))
        .col(text_null("eligible_region_code"))
        .col(boolean("counts_no_shows"))
        .foreign_key(&mut reference("activity", "eligible_region_code", "region", "code"))
        .check(Expr::cust("target_capacity BETWEEN 1 AND 100000"))
        .check(Expr::cust("taken BETWEEN 0 AND capacity"))
        .check(Expr::cust("capacity = CASE WHEN taken > target_capacity THEN taken ELSE target_capacity END"))
        .check(Expr::cust("waiting_entries >= 0 AND waiting >= waiting_entries"))
        .check(Expr::cust("(waiting = 0) = (waiting_entries = 0)"))
        .check(Expr::cust("wait_sequence >= 0"))
        .check(one_of("waiting_list", &["off", "automatic", "offer"]))
        .check(one_of("waiting_order", &["strict", "first_fit"]))
        .check(Expr::cust("waiting_limit IS NULL OR waiting_limit BETWEEN 1 AND 100000"))
        .check(Expr::cust("family_limit BETWEEN 1 AND 20"))
        .check(Expr::cust("min_age IS NULL OR min_age BETWEEN 0 AND 150"))
        .check(Expr::cust("max_age IS NULL OR max_age BETWEEN 0 AND 150"))
        .check(Expr::cust("min_age IS NULL OR max_age IS NULL OR min_age <= max_age"))
        .check(one_of("sex", &["female", "male"]));
}

fn life_of_an_activity(table: &mut TableCreateStatement) {
    table
        .col(text("status"))
        .col(uuid_null("drafted_by"))
        .col(uuid_null("edited_by"))
        .col(uuid_null("reviewed_by"))
        .col(big_integer_null("reviewed_at"))
        .col(big_integer_null("published_at"))
        .col(big_integer_null("cancelled_at"))
        .col(text_null("cancel_reason"))
        .col(integer_null("copied_from"))
        .col(boolean("demo"))
        .col(integer("version"))
        .col(big_integer("changed_revision"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("activity", "series_id", "activity_series", "id"))
        .foreign_key(&mut reference("activity", "topic_id", "topic", "id"))
        .foreign_key(&mut reference("activity", "region_code", "region", "code"))
        .foreign_key(
            reference("activity", "feature_id", "feature", "id").on_delete(ForeignKeyAction::SetNull),
        )
        .foreign_key(&mut reference("activity", "drafted_by", "staff", "id"))
        .foreign_key(&mut reference("activity", "edited_by", "staff", "id"))
        .foreign_key(&mut reference("activity", "reviewed_by", "staff", "id"))
        .check(one_of("kind", KINDS))
        .check(one_of("venue_type", &["community", "enterprise", "school", "family"]))
        .check(Expr::cust("length(title) BETWEEN 1 AND 60"))
        .check(Expr::cust("length(summary) <= 200 AND length(description) <= 10000"))
        .check(Expr::cust("length(place_name) BETWEEN 1 AND 100"))
        .check(Expr::cust("starts_at < ends_at"))
        .check(Expr::cust("signup_opens_at < signup_closes_at AND signup_closes_at <= starts_at"))
        .check(Expr::cust("check_in_opens_at < check_in_closes_at AND check_in_opens_at <= starts_at"))
        .check(Expr::cust("self_check_in_radius_m IS NULL OR self_check_in_radius_m BETWEEN 20 AND 5000"))
        .check(one_of("status", &["draft", "submitted", "reviewed", "published", "cancelled"]))
        .check(Expr::cust("reviewed_by IS NULL OR edited_by IS NULL OR reviewed_by <> edited_by"))
        .check(Expr::cust("status <> 'published' OR published_at IS NOT NULL"))
        .check(Expr::cust("(status = 'cancelled') = (cancelled_at IS NOT NULL)"))
        .check(Expr::cust("(cancelled_at IS NULL) = (cancel_reason IS NULL)"))
        .check(Expr::cust("published_at IS NOT NULL OR (taken = 0 AND waiting = 0)"))
        .check(Expr::col("version").gte(1));
}

fn activity_lecturer() -> TableCreateStatement {
    Table::create()
        .table("activity_lecturer")
        .col(integer("activity_id"))
        .col(integer("lecturer_id"))
        .col(integer("position"))
        .primary_key(Index::create().col("activity_id").col("lecturer_id"))
        .foreign_key(&mut owned("activity_lecturer", "activity_id"))
        .foreign_key(&mut reference("activity_lecturer", "lecturer_id", "lecturer", "id"))
        .to_owned()
}

/// Who of the staff runs the activity beside those who may anyway.
fn activity_team() -> TableCreateStatement {
    Table::create()
        .table("activity_team")
        .col(integer("activity_id"))
        .col(uuid("staff_id"))
        .col(text("duty"))
        .primary_key(Index::create().col("activity_id").col("staff_id"))
        .foreign_key(&mut owned("activity_team", "activity_id"))
        .foreign_key(&mut reference("activity_team", "staff_id", "staff", "id"))
        .check(one_of("duty", &["lead", "member"]))
        .to_owned()
}

/// Who may come, where not everybody may: members of any of these groups.
fn activity_key_group() -> TableCreateStatement {
    Table::create()
        .table("activity_key_group")
        .col(integer("activity_id"))
        .col(text("key_group_id"))
        .primary_key(Index::create().col("activity_id").col("key_group_id"))
        .foreign_key(&mut owned("activity_key_group", "activity_id"))
        .foreign_key(&mut reference("activity_key_group", "key_group_id", "key_group", "id"))
        .to_owned()
}

/// What is asked at sign-up: of each person, or once for all who are signed up together.
fn activity_question() -> TableCreateStatement {
    Table::create()
        .table("activity_question")
        .col(pk_auto("id"))
        .col(integer("activity_id"))
        .col(integer("position"))
        .col(text("kind"))
        .col(text("label"))
        .col(json("options"))
        .col(boolean("required"))
        .col(boolean("per_person"))
        .foreign_key(&mut owned("activity_question", "activity_id"))
        .check(one_of("kind", &["text", "yes_no", "one_of", "some_of", "number"]))
        .check(Expr::cust("length(label) BETWEEN 1 AND 100"))
        .to_owned()
}

/// Pictures and papers of an activity, named by the id of the media they are.
fn activity_media() -> TableCreateStatement {
    Table::create()
        .table("activity_media")
        .col(integer("activity_id"))
        .col(uuid("media_id"))
        .col(text("purpose"))
        .col(text("caption"))
        .col(integer("position"))
        .col(uuid_null("added_by"))
        .col(big_integer("added_at"))
        .primary_key(Index::create().col("activity_id").col("media_id"))
        .foreign_key(&mut owned("activity_media", "activity_id"))
        .foreign_key(&mut reference("activity_media", "media_id", "media", "id"))
        .foreign_key(&mut reference("activity_media", "added_by", "staff", "id"))
        .check(one_of("purpose", &["cover", "photo", "evidence"]))
        .check(Expr::cust("length(caption) <= 100"))
        .to_owned()
}
