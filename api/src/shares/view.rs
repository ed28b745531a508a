//! Opening a record with a link.

use chrono::{DateTime, Utc};
use entity::{account, family_member, person, record_share};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter};

use super::dto::ShareState;
use super::service::{hash, label, state_of};
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::health_report::{Days, Report, Whose, build};
use crate::people::scope::{Ties, Verdict};
use crate::people::{Scope, profile};
use crate::privacy::access_log::{self, Reader, ReaderKind, Reading, What, Why};
use crate::state::AppState;
use crate::vault::KeyOwner;

/// Several times the length of a real secret.
const LONGEST_TOKEN: usize = 128;

/// The link of a secret, where it still opens.
///
/// # Errors
/// 404 for a secret that never was, 410 for a link that is over, whyever.
pub(super) async fn find(
    state: &AppState,
    connection: &impl ConnectionTrait,
    token: &str,
    now: DateTime<Utc>,
) -> ApiResult<record_share::Model> {
    let token = token.get(..LONGEST_TOKEN).unwrap_or(token);
    let row = record_share::Entity::find()
        .filter(record_share::Column::TokenHash.eq(hash(token)))
        .one(connection)
        .await?
        .ok_or_else(|| ApiError::NotFound {
            code: "no_such_share",
            detail: "没有这个分享链接，请向分享的人重新要一个。".into(),
        })?;
    if state_of(&row, now) != ShareState::Open || !may_still_share(state, connection, &row, now).await? {
        return Err(over());
    }
    Ok(row)
}

fn over() -> ApiError {
    ApiError::Gone {
        code: "share_over",
        detail: "这个分享链接已经失效（过期、次数用完或已收回），请向分享的人重新要一个。".into(),
    }
}

/// Whether whoever made the link decides for the person at this moment, and the record is still kept.
async fn may_still_share(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: &record_share::Model,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    let Some(person) = active_person(connection, row).await? else {
        return Ok(false);
    };
    let account = account::Entity::find_by_id(row.created_by).one(connection).await?;
    let Some(account) = account.filter(|account| account.status == account::Status::Active) else {
        return Ok(false);
    };
    let kept = family_member::Entity::find()
        .filter(family_member::Column::AccountId.eq(account.id))
        .filter(family_member::Column::PersonId.eq(person.id))
        .filter(family_member::Column::EndedAt.is_null())
        .one(connection)
        .await?;
    let ties = Ties {
        is_own: account.person_id == person.id,
        kept_as: kept.map(|kept| kept.capacity),
        proxies: Vec::new(),
        birth_date: profile::birth_date(connection, &state.vault, &person).await?,
    };
    Ok(matches!(ties.verdict(Scope::Manage, now), Verdict::Allowed(_)))
}

async fn active_person(
    connection: &impl ConnectionTrait,
    row: &record_share::Model,
) -> ApiResult<Option<person::Model>> {
    let person = person::Entity::find_by_id(row.person_id).one(connection).await?;
    Ok(person.filter(|person| person.status == person::Status::Active))
}

/// Takes a view and tells what the link shows.
///
/// # Errors
/// As [`find`]; when the view cannot be noted for the person, nothing is told.
pub(super) async fn open(state: &AppState, token: &str, now: DateTime<Utc>) -> ApiResult<Report> {
    let (shared, secret) = (state.clone(), token.to_owned());
    let row = state
        .database
        .write(move |transaction| {
            let (state, token) = (shared.clone(), secret.clone());
            Box::pin(async move { take_view(&state, transaction, &token, now).await })
        })
        .await?;
    let reader = state.database.reader();
    let person = active_person(reader, &row).await?.ok_or_else(over)?;
    let birth_date = profile::birth_date(reader, &state.vault, &person).await?;
    let days = Days { first: row.first_day, last: row.last_day };
    build(state, Whose { person: &person, birth_date }, days, now).await
}

/// Two who open at once do not get one view: the number is raised only while there is room, in the same statement.
async fn take_view(
    state: &AppState,
    transaction: &DatabaseTransaction,
    token: &str,
    now: DateTime<Utc>,
) -> ApiResult<record_share::Model> {
    let row = find(state, transaction, token, now).await?;
    consents::require(transaction, &state.vault, row.person_id, Purpose::Records, now)
        .await
        .map_err(|error| if matches!(error, ApiError::Forbidden { .. }) { over() } else { error })?;
    let views = Expr::col(record_share::Column::Views);
    let taken = record_share::Entity::update_many()
        .col_expr(record_share::Column::Views, views.clone().add(1))
        .col_expr(record_share::Column::ViewedAt, Expr::value(now.timestamp_millis()))
        .filter(record_share::Column::Id.eq(row.id))
        .filter(record_share::Column::RevokedAt.is_null())
        .filter(views.lt(Expr::col(record_share::Column::MostViews)))
        .exec(transaction)
        .await?;
    if taken.rows_affected == 0 {
        return Err(over());
    }
    let reader = Reader {
        kind: ReaderKind::Link,
        id: row.id,
        label: label(state, transaction, &row).await?,
        label_owner: KeyOwner::Person(row.person_id),
    };
    let reading = Reading { person_id: row.person_id, reader, what: What::Records, why: Why::Share };
    access_log::note(transaction, state, &reading, now).await?;
    Ok(row)
}
