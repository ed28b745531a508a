//! Making, listing and taking back links, by whoever decides for the person.

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use entity::record_share;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::dto::{NewShare, ShareState, ShareView};
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::people::age::civil_day;
use crate::people::{PersonAccess, Scope};
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner};

/// Whom a link is for.
pub(super) const LABEL: Column = Column { table: "record_share", column: "label_cell" };

/// Most links of one person that open at the same time.
const MOST_OPEN: u64 = 10;
const LONGEST_LABEL: usize = 30;
/// How far back a link shows where nothing is said, and at most.
const USUAL: Months = Months::new(3);
const MOST_MONTHS: Months = Months::new(12);

/// A link as it was asked for, checked.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    label: String,
    expires_at: DateTime<Utc>,
    most_views: i32,
    first_day: NaiveDate,
    last_day: NaiveDate,
}

/// Checks what was asked for.
///
/// # Errors
/// 422 with every wrong field.
pub(super) fn checked(asked: &NewShare, now: DateTime<Utc>) -> ApiResult<Wish> {
    let mut errors = FieldErrors::default();
    let label = asked.label.trim();
    let length = label.chars().count();
    if !(1..=LONGEST_LABEL).contains(&length) || label.chars().any(char::is_control) {
        errors.add(
            "/label",
            "bad_label",
            format!("请写明给谁看，1 到 {LONGEST_LABEL} 个字，例如“人民医院王医生”。"),
        );
    }
    if !(1..=30).contains(&asked.days) {
        errors.add("/days", "bad_number", "有效期请填 1 到 30 天。");
    }
    if !(1..=50).contains(&asked.most_views) {
        errors.add("/most_views", "bad_number", "可以打开的次数请填 1 到 50 次。");
    }
    let last_day = civil_day(now);
    let back = |months| last_day.checked_sub_months(months).unwrap_or(last_day);
    let first_day = asked.first_day.unwrap_or_else(|| back(USUAL));
    if first_day > last_day || first_day < back(MOST_MONTHS) {
        errors.add("/first_day", "bad_date", "开始日期请填最近一年里的一天。");
    }
    errors.finish()?;
    let expires_at = now + TimeDelta::days(asked.days);
    Ok(Wish { label: label.to_owned(), expires_at, most_views: asked.most_views, first_day, last_day })
}

/// Makes a link.
///
/// # Errors
/// 404 and 403 for whoever does not decide for the person, 403 without the consent, 409 when too many are open.
pub(super) async fn make(
    state: &AppState,
    transaction: &DatabaseTransaction,
    access: &PersonAccess,
    wish: &Wish,
    token: &str,
    now: DateTime<Utc>,
) -> ApiResult<ShareView> {
    let person_id = access.person_id();
    consents::require(transaction, &state.vault, person_id, Purpose::Records, now).await?;
    let open = of_person(person_id)
        .filter(record_share::Column::RevokedAt.is_null())
        .filter(record_share::Column::ExpiresAt.gt(now.timestamp_millis()))
        .count(transaction)
        .await?;
    if open >= MOST_OPEN {
        return Err(ApiError::Conflict {
            code: "too_many_shares",
            detail: format!("最多同时有 {MOST_OPEN} 个分享链接，请先收回不用的。"),
        });
    }
    let id = state.random.id(now);
    let address = CellAddress { column: LABEL, row: id.as_bytes() };
    let owner = KeyOwner::Person(person_id);
    let label_cell = state.vault.seal(transaction, owner, address, wish.label.as_bytes()).await?;
    let row = record_share::Model {
        id,
        person_id,
        created_by: access.account_id(),
        token_hash: hash(token),
        label_cell,
        first_day: wish.first_day,
        last_day: wish.last_day,
        most_views: wish.most_views,
        views: 0,
        created_at: now.into(),
        expires_at: wish.expires_at.into(),
        viewed_at: None,
        revoked_at: None,
    };
    let inserted: record_share::ActiveModel =
        record_share::ActiveModel { id: ActiveValue::Set(row.id), ..row.clone().into() };
    record_share::Entity::insert(inserted).exec_without_returning(transaction).await?;
    Ok(told(&row, wish.label.clone(), now))
}

fn of_person(person_id: Uuid) -> sea_orm::Select<record_share::Entity> {
    record_share::Entity::find().filter(record_share::Column::PersonId.eq(person_id))
}

/// Opens the record for somebody who decides for the person.
///
/// # Errors
/// 404 for a stranger, 403 for a proxy.
pub(super) async fn deciding(
    connection: &impl ConnectionTrait,
    state: &AppState,
    resident: &crate::identity::caller::Resident,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<PersonAccess> {
    PersonAccess::open(connection, &state.vault, resident, person_id, Scope::Manage, now).await
}

/// A page of links, newest first, and where the next one begins.
pub(super) async fn list(
    state: &AppState,
    person_id: Uuid,
    cursor: Option<Uuid>,
    limit: usize,
    now: DateTime<Utc>,
) -> ApiResult<(Vec<ShareView>, Option<Uuid>)> {
    let reader = state.database.reader();
    let mut query = of_person(person_id).order_by_desc(record_share::Column::Id).limit(limit as u64 + 1);
    if let Some(cursor) = cursor {
        query = query.filter(record_share::Column::Id.lt(cursor));
    }
    let mut rows = query.all(reader).await?;
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| !is_last).map(|row| row.id);
    let mut shares = Vec::with_capacity(rows.len());
    for row in &rows {
        shares.push(told(row, label(state, reader, row).await?, now));
    }
    Ok((shares, next))
}

/// Whom a link is for.
pub(super) async fn label(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: &record_share::Model,
) -> ApiResult<String> {
    let address = CellAddress { column: LABEL, row: row.id.as_bytes() };
    state.vault.open_text(connection, address, &row.label_cell).await
}

/// Takes a link back; taking it back again changes nothing.
///
/// # Errors
/// 404 where the person has none like it.
pub(super) async fn revoke(
    transaction: &DatabaseTransaction,
    person_id: Uuid,
    share_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = of_person(person_id).filter(record_share::Column::Id.eq(share_id)).one(transaction).await?;
    let row = row.ok_or_else(|| ApiError::NotFound {
        code: "no_such_share",
        detail: "没有找到这个分享链接，请刷新列表。".into(),
    })?;
    if row.revoked_at.is_none() {
        record_share::Entity::update_many()
            .col_expr(record_share::Column::RevokedAt, Expr::value(now.timestamp_millis()))
            .filter(record_share::Column::Id.eq(share_id))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

/// What is kept of a secret.
pub(super) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Whether a link still opens.
pub(super) fn state_of(row: &record_share::Model, now: DateTime<Utc>) -> ShareState {
    if row.revoked_at.is_some() {
        ShareState::Revoked
    } else if now >= *row.expires_at {
        ShareState::Expired
    } else if row.views >= row.most_views {
        ShareState::UsedUp
    } else {
        ShareState::Open
    }
}

fn told(row: &record_share::Model, label: String, now: DateTime<Utc>) -> ShareView {
    ShareView {
        id: row.id,
        label,
        state: state_of(row, now),
        first_day: row.first_day,
        last_day: row.last_day,
        most_views: row.most_views,
        views: row.views,
        created_at: *row.created_at,
        expires_at: *row.expires_at,
        viewed_at: row.viewed_at.map(|at| *at),
        revoked_at: row.revoked_at.map(|at| *at),
    }
}
