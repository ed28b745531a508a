//! The app's own list of what residents are told: no credit is needed for it and nothing of it is lost.
//!
//! A feature calls [`write()`] in the transaction of its reason, beside the message that WeChat may or may not
//! bring, and [`withdraw`] when the reason is gone before the notice could be seen.

mod dto;
mod holding;
mod routes;
mod service;

use chrono::{DateTime, Utc};
use entity::notice;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryTrait,
    Statement,
};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

pub(crate) use self::holding::HOLDING;
use crate::error::ApiResult;
use crate::state::AppState;
use crate::vault::{CellAddress, Column, Sealer};

/// Adds `/me/notices` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_notices).service(routes::mark_notices_read);
}

/// Where the texts of notices stand sealed.
pub const BODY: Column = Column { table: "notice", column: "body_cell" };

/// Something that a resident is told.
#[derive(Clone)]
pub struct Notice {
    /// Such as `registration_confirmed`.
    pub kind: &'static str,
    /// Kind of what it is about, such as `registration`.
    pub subject_kind: &'static str,
    /// Id of what it is about.
    pub subject_id: String,
    /// What tells repeated notices of one kind about one subject apart; may be empty.
    pub occasion: String,
    /// At most 60 characters that name nobody.
    pub title: String,
    /// What happened and what to do, in plain Chinese.
    pub body: String,
    /// Query of the page that a tap opens, without `?`.
    pub page_query: Option<String>,
    /// Not shown before.
    pub visible_at: DateTime<Utc>,
}

impl std::fmt::Debug for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Notice({} {})", self.kind, self.subject_id)
    }
}

/// Writes notices to one resident; one that was written before stays as it is.
///
/// # Errors
/// When the database fails.
pub async fn write(
    state: &AppState,
    transaction: &DatabaseTransaction,
    (account_id, sealer): (Uuid, &Sealer),
    notices: &[Notice],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    if let Some(insert) = insert(state, transaction, (account_id, sealer), notices, now)? {
        transaction.execute_raw(insert).await?;
    }
    Ok(())
}

/// The statement by which [`write()`] writes, for whoever has more to write; `None` where there is nothing to tell.
///
/// # Errors
/// When the cipher refuses.
pub fn insert(
    state: &AppState,
    transaction: &DatabaseTransaction,
    (account_id, sealer): (Uuid, &Sealer),
    notices: &[Notice],
    now: DateTime<Utc>,
) -> ApiResult<Option<Statement>> {
    if notices.is_empty() {
        return Ok(None);
    }
    let rows = notices.iter().map(|notice| row_of(state, account_id, sealer, notice, now));
    let mut insert = notice::Entity::insert_many(rows.collect::<ApiResult<Vec<_>>>()?).into_query();
    insert.on_conflict(OnConflict::columns(ONCE).do_nothing().to_owned());
    Ok(Some(transaction.get_database_backend().build(&insert)))
}

const ONCE: [notice::Column; 5] = [
    notice::Column::AccountId,
    notice::Column::Kind,
    notice::Column::SubjectKind,
    notice::Column::SubjectId,
    notice::Column::Occasion,
];

fn row_of(
    state: &AppState,
    account_id: Uuid,
    sealer: &Sealer,
    notice: &Notice,
    now: DateTime<Utc>,
) -> ApiResult<notice::ActiveModel> {
    let id = state.random.id(now);
    let body_cell = sealer.seal(CellAddress { column: BODY, row: id.as_bytes() }, notice.body.as_bytes())?;
    Ok(notice::ActiveModel {
        id: ActiveValue::Set(id),
        account_id: ActiveValue::Set(account_id),
        kind: ActiveValue::Set(notice.kind.to_owned()),
        subject_kind: ActiveValue::Set(notice.subject_kind.to_owned()),
        subject_id: ActiveValue::Set(notice.subject_id.clone()),
        occasion: ActiveValue::Set(notice.occasion.clone()),
        title: ActiveValue::Set(notice.title.chars().take(60).collect()),
        body_cell: ActiveValue::Set(body_cell),
        page_query: ActiveValue::Set(notice.page_query.clone()),
        created_at: ActiveValue::Set(now.into()),
        visible_at: ActiveValue::Set(notice.visible_at.max(now).into()),
        read_at: ActiveValue::Set(None),
        withdrawn_at: ActiveValue::Set(None),
    })
}

/// Takes back what is about a subject and cannot be seen yet.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(
    transaction: &DatabaseTransaction,
    (subject_kind, subject_ids): (&str, &[String]),
    now: DateTime<Utc>,
) -> ApiResult<()> {
    notice::Entity::update_many()
        .col_expr(notice::Column::WithdrawnAt, Expr::value(now.timestamp_millis()))
        .filter(notice::Column::SubjectKind.eq(subject_kind))
        .filter(notice::Column::SubjectId.is_in(subject_ids.iter().map(String::as_str)))
        .filter(notice::Column::VisibleAt.gt(now.timestamp_millis()))
        .filter(notice::Column::WithdrawnAt.is_null())
        .exec(transaction)
        .await?;
    Ok(())
}
