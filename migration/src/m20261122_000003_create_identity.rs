//! Persons, the accounts of residents, staff with their roles, sessions, and the keys that personal
//! fields are sealed with.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, boolean, integer, pk_auto, text, text_null, uuid,
    uuid_null, uuid_uniq,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [person(), data_key(), account(), staff(), role()] {
            manager.create_table(table).await?;
        }
        for table in [role_permission(), staff_role(), session(), refresh_token()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        for (position, (id, title, second_factor, permissions)) in (1_i32..).zip(ROLES) {
            manager.execute(insert_role(position, id, title, second_factor)).await?;
            for permission in permissions {
                manager.execute(insert_permission(id, permission)).await?;
            }
        }
        Ok(())
    }
}

/// The roles a new installation starts with: id, title, whether a second factor is demanded, permissions.
/// Who sees persons or changes roles needs the second factor.
const ROLES: [(&str, &str, bool, &[&str]); 11] = [
    ("admin", "系统管理员", true, &["staff.manage", "roles.assign", "messages.manage", "regions.manage"]),
    ("security_admin", "安全管理员", true, &["roles.assign", "sessions.end"]),
    ("auditor", "审计员", true, &["audit.read"]),
    (
        "region_admin",
        "区划管理员",
        true,
        &[
            "staff.manage",
            "roles.assign",
            "map.edit",
            "map.review",
            "articles.edit",
            "articles.review",
            "activities.host",
            "moderation.review",
            "persons.read",
        ],
    ),
    ("editor", "编辑", false, &["map.edit", "articles.edit"]),
    ("reviewer", "审核员", false, &["map.review", "articles.review", "moderation.review"]),
    ("health_officer", "健康专干", true, &["persons.read", "health.read", "follow_ups.manage"]),
    ("activity_host", "活动负责人", true, &["activities.host", "persons.read"]),
    ("hut_keeper", "健康小屋管理员", true, &["huts.keep", "persons.read"]),
    ("indicator_clerk", "指标填报员", false, &["indicators.enter"]),
    ("supervisor", "督导员", false, &["indicators.read", "tasks.supervise"]),
];

fn insert_role(position: i32, id: &str, title: &str, second_factor: bool) -> InsertStatement {
    Query::insert()
        .into_table("role")
        .columns(["id", "title", "needs_second_factor", "position"])
        .values_panic([id.into(), title.into(), second_factor.into(), position.into()])
        .to_owned()
}

fn insert_permission(role: &str, permission: &str) -> InsertStatement {
    Query::insert()
        .into_table("role_permission")
        .columns(["role_id", "permission"])
        .values_panic([role.into(), permission.into()])
        .to_owned()
}

fn one_of(column: &'static str, words: &[&'static str]) -> Expr {
    Expr::col(column).is_in(words.iter().copied())
}

fn references(
    name: &str,
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(name).from(from.0, from.1).to(to.0, to.1).to_owned()
}

fn person() -> TableCreateStatement {
    Table::create()
        .table("person")
        .col(uuid("id").primary_key())
        .col(blob_null("name_cell"))
        .col(blob_null("birth_date_cell"))
        .col(text("sex"))
        .col(text_null("region_code"))
        .col(text("status"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut references("fk-person-region_code", ("person", "region_code"), ("region", "code")))
        .check(one_of("sex", &["unknown", "female", "male"]))
        .check(one_of("status", &["active", "erased"]))
        .check(Expr::cust("status <> 'erased' OR (name_cell IS NULL AND birth_date_cell IS NULL)"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// Keys that cells are sealed with, themselves sealed with a master key that is not in the database.
fn data_key() -> TableCreateStatement {
    Table::create()
        .table("data_key")
        .col(pk_auto("id"))
        .col(uuid_null("person_id"))
        .col(text("master_key_id"))
        .col(blob("wrapped"))
        .col(big_integer("created_at"))
        .col(big_integer_null("retired_at"))
        .foreign_key(&mut references("fk-data_key-person_id", ("data_key", "person_id"), ("person", "id")))
        .to_owned()
}

fn account() -> TableCreateStatement {
    Table::create()
        .table("account")
        .col(uuid("id").primary_key())
        .col(uuid_uniq("person_id"))
        .col(blob_null("openid_index"))
        .col(blob_null("openid_cell"))
        .col(blob_null("unionid_index"))
        .col(blob_null("unionid_cell"))
        .col(blob_null("session_key_cell"))
        .col(big_integer_null("session_key_at"))
        .col(blob_null("phone_index"))
        .col(blob_null("phone_cell"))
        .col(big_integer_null("phone_verified_at"))
        .col(boolean("elder_mode"))
        .col(uuid("security_stamp"))
        .col(text("status"))
        .col(big_integer_null("erase_at"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut references("fk-account-person_id", ("account", "person_id"), ("person", "id")))
        .check(one_of("status", &["active", "closing", "erased"]))
        .check(Expr::cust("(status = 'closing') = (erase_at IS NOT NULL)"))
        .check(Expr::cust("(openid_index IS NULL) = (openid_cell IS NULL)"))
        .check(Expr::cust("(phone_index IS NULL) = (phone_cell IS NULL)"))
        .check(Expr::cust("(unionid_index IS NULL) = (unionid_cell IS NULL)"))
        .check(Expr::cust("(status = 'erased') = (openid_index IS NULL)"))
        .check(Expr::cust(
            "status <> 'erased' OR (phone_cell IS NULL AND unionid_cell IS NULL AND session_key_cell IS NULL)",
        ))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

fn staff() -> TableCreateStatement {
    Table::create()
        .table("staff")
        .col(uuid("id").primary_key())
        .col(text("username").unique_key())
        .col(text("display_name"))
        .col(text("password_hash"))
        .col(big_integer("password_changed_at"))
        .col(blob_null("totp_cell"))
        .col(big_integer_null("totp_confirmed_at"))
        .col(big_integer_null("totp_last_step"))
        .col(uuid("security_stamp"))
        .col(text("status"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .check(Expr::cust("username = lower(username) AND length(username) BETWEEN 2 AND 64"))
        .check(Expr::cust("length(display_name) BETWEEN 1 AND 64"))
        .check(one_of("status", &["active", "disabled"]))
        .check(Expr::cust("totp_confirmed_at IS NULL OR totp_cell IS NOT NULL"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

fn role() -> TableCreateStatement {
    Table::create()
        .table("role")
        .col(text("id").primary_key())
        .col(text("title"))
        .col(boolean("needs_second_factor"))
        .col(integer("position"))
        .check(Expr::cust("length(id) > 0"))
        .to_owned()
}

fn role_permission() -> TableCreateStatement {
    Table::create()
        .table("role_permission")
        .col(text("role_id"))
        .col(text("permission"))
        .primary_key(Index::create().col("role_id").col("permission"))
        .foreign_key(
            references("fk-role_permission-role_id", ("role_permission", "role_id"), ("role", "id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn staff_role() -> TableCreateStatement {
    Table::create()
        .table("staff_role")
        .col(uuid("staff_id"))
        .col(text("role_id"))
        .col(text("region_code"))
        .col(big_integer("granted_at"))
        .col(uuid_null("granted_by"))
        .primary_key(Index::create().col("staff_id").col("role_id").col("region_code"))
        .foreign_key(&mut references("fk-staff_role-staff_id", ("staff_role", "staff_id"), ("staff", "id")))
        .foreign_key(&mut references("fk-staff_role-role_id", ("staff_role", "role_id"), ("role", "id")))
        .foreign_key(&mut references(
            "fk-staff_role-region_code",
            ("staff_role", "region_code"),
            ("region", "code"),
        ))
        .foreign_key(&mut references(
            "fk-staff_role-granted_by",
            ("staff_role", "granted_by"),
            ("staff", "id"),
        ))
        .to_owned()
}

/// One log-in; its refresh tokens are one family.
fn session() -> TableCreateStatement {
    Table::create()
        .table("session")
        .col(uuid("id").primary_key())
        .col(uuid_null("account_id"))
        .col(uuid_null("staff_id"))
        .col(uuid("security_stamp"))
        .col(text("client"))
        .col(big_integer_null("second_factor_at"))
        .col(big_integer("created_at"))
        .col(big_integer("last_used_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("ended_at"))
        .col(text_null("end_reason"))
        .foreign_key(&mut references("fk-session-account_id", ("session", "account_id"), ("account", "id")))
        .foreign_key(&mut references("fk-session-staff_id", ("session", "staff_id"), ("staff", "id")))
        .check(Expr::cust("(account_id IS NULL) <> (staff_id IS NULL)"))
        .check(Expr::cust("(ended_at IS NULL) = (end_reason IS NULL)"))
        .check(Expr::cust(
            "end_reason IN ('logged_out', 'logged_out_everywhere', 'token_reused', 'expired', \
             'password_changed', 'roles_changed', 'disabled', 'ended_by_staff', 'account_closed')",
        ))
        .to_owned()
}

fn refresh_token() -> TableCreateStatement {
    Table::create()
        .table("refresh_token")
        .col(blob("token_hash").primary_key())
        .col(uuid("session_id"))
        .col(big_integer("issued_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("used_at"))
        .col(blob_null("successor_cell"))
        .foreign_key(
            references("fk-refresh_token-session_id", ("refresh_token", "session_id"), ("session", "id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .check(Expr::cust("length(token_hash) = 32"))
        .check(Expr::cust("(used_at IS NULL) = (successor_cell IS NULL)"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 9] {
    let index = |name: &str, table: &'static str, column: &'static str| {
        Index::create().name(name).table(table).col(column).to_owned()
    };
    [
        index("idx-person-region_code", "person", "region_code"),
        index("idx-data_key-person_id", "data_key", "person_id"),
        Index::create()
            .name("idx-account-openid_index")
            .table("account")
            .col("openid_index")
            .unique()
            .to_owned(),
        Index::create()
            .name("idx-account-unionid_index")
            .table("account")
            .col("unionid_index")
            .unique()
            .to_owned(),
        index("idx-account-phone_index", "account", "phone_index"),
        index("idx-account-erase_at", "account", "erase_at"),
        index("idx-session-account_id", "session", "account_id"),
        index("idx-session-staff_id", "session", "staff_id"),
        index("idx-refresh_token-session_id", "refresh_token", "session_id"),
    ]
}
