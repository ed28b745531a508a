//! Staying away without a word: strikes that keep from signing up for a while, and their forgiving. Each
//! activity says whether it counts.

use chrono::{DateTime, TimeDelta, Utc};
use entity::no_show_strike::{self, ForgiveReason};
use entity::registration::Status;
use entity::{activity, check_in, registration_person};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ActiveEnum, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::cancel::no_such_registration;
use super::dto::ExcuseReason;
use crate::audit::{self, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::people::age::civil_day;
use crate::regions::RegionScope;
use crate::state::AppState;

/// How long a strike counts.
const COUNTS_FOR: TimeDelta = TimeDelta::days(60);
/// With so many that count nobody can sign up where strikes count.
const TOO_MANY: usize = 2;
/// Strikes are given this long after the end: scans made without a network may come late.
const GIVEN_AFTER: TimeDelta = TimeDelta::hours(24);
/// What ended longer ago gives none any more: the policy may have been switched on afterwards.
const GIVEN_UNTIL: TimeDelta = TimeDelta::days(14);
const AT_ONCE: u64 = 500;

/// Refuses people with too many strikes.
pub(super) async fn require_none(
    connection: &impl ConnectionTrait,
    people: &[Uuid],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let strikes = no_show_strike::Entity::find()
        .filter(no_show_strike::Column::PersonId.is_in(people.iter().copied()))
        .filter(no_show_strike::Column::ForgivenAt.is_null())
        .filter(no_show_strike::Column::ExpiresAt.gt(now.timestamp_millis()))
        .order_by_asc(no_show_strike::Column::ExpiresAt)
        .all(connection)
        .await?;
    for person in people {
        let own: Vec<_> = strikes.iter().filter(|strike| strike.person_id == *person).collect();
        if own.len() < TOO_MANY {
            continue;
        }
        // Free again once fewer count.
        if let Some(strike) = own.get(own.len() - TOO_MANY) {
            let until = civil_day(*strike.expires_at).format("%-m月%-d日");
            return Err(ApiError::Conflict {
                code: "cool_off",
                detail: format!(
                    "有 {} 次报名后没有来也没有取消，{until}之前暂时不能报名这类活动。如果有原因，请告诉社区工作人员，可以免除。",
                    own.len()
                ),
            });
        }
    }
    Ok(())
}

/// Gives strikes to those who had a seat at an activity that counts them, and neither came nor were excused.
///
/// # Errors
/// When the database fails.
pub async fn give_due(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<()> {
    let (from, until) = ((now - GIVEN_UNTIL).timestamp_millis(), (now - GIVEN_AFTER).timestamp_millis());
    loop {
        let absent = registration_person::Entity::find()
            .filter(
                registration_person::Column::ActivityId.in_subquery(
                    Query::select()
                        .column(activity::Column::Id)
                        .from(activity::Entity)
                        .and_where(activity::Column::CountsNoShows.eq(true))
                        .and_where(activity::Column::Status.eq(activity::Status::Published))
                        .and_where(activity::Column::EndsAt.between(from, until))
                        .to_owned(),
                ),
            )
            .filter(registration_person::Column::Status.eq(Status::Confirmed))
            .filter(registration_person::Column::ExcusedAt.is_null())
            .filter(registration_person::Column::Id.not_in_subquery(arrived()))
            .filter(registration_person::Column::Id.not_in_subquery(struck()))
            .limit(AT_ONCE)
            .all(state.database.reader())
            .await?;
        if absent.is_empty() {
            return Ok(());
        }
        let rows: Vec<no_show_strike::ActiveModel> = absent
            .into_iter()
            .map(|person| no_show_strike::ActiveModel {
                id: ActiveValue::Set(state.random.id(now)),
                registration_person_id: ActiveValue::Set(person.id),
                person_id: ActiveValue::Set(person.person_id),
                activity_id: ActiveValue::Set(person.activity_id),
                struck_at: ActiveValue::Set(now.into()),
                expires_at: ActiveValue::Set((now + COUNTS_FOR).into()),
                forgiven_at: ActiveValue::Set(None),
                forgiven_by: ActiveValue::Set(None),
                forgive_reason: ActiveValue::Set(None),
            })
            .collect();
        state
            .database
            .write(move |transaction| {
                let rows = rows.clone();
                Box::pin(async move {
                    let once = OnConflict::column(no_show_strike::Column::RegistrationPersonId)
                        .do_nothing()
                        .to_owned();
                    no_show_strike::Entity::insert_many(rows)
                        .on_conflict(once)
                        .exec_without_returning(transaction)
                        .await?;
                    Ok(())
                })
            })
            .await?;
    }
}

fn arrived() -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column(check_in::Column::RegistrationPersonId)
        .from(check_in::Entity)
        .and_where(check_in::Column::RevertedAt.is_null())
        .to_owned()
}

fn struck() -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column(no_show_strike::Column::RegistrationPersonId)
        .from(no_show_strike::Entity)
        .to_owned()
}

/// Forgives the strike of somebody whose arrival was learned of late.
///
/// # Errors
/// When the database fails.
pub async fn forgive_for_arrival(
    transaction: &DatabaseTransaction,
    registration_person_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    forgive(transaction, registration_person_id, None, ForgiveReason::Came, now).await
}

async fn forgive(
    transaction: &DatabaseTransaction,
    registration_person_id: Uuid,
    staff_id: Option<Uuid>,
    reason: ForgiveReason,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    no_show_strike::Entity::update_many()
        .col_expr(no_show_strike::Column::ForgivenAt, Expr::value(now.timestamp_millis()))
        .col_expr(no_show_strike::Column::ForgivenBy, Expr::value(staff_id))
        .col_expr(no_show_strike::Column::ForgiveReason, Expr::value(reason.to_value()))
        .filter(no_show_strike::Column::RegistrationPersonId.eq(registration_person_id))
        .filter(no_show_strike::Column::ForgivenAt.is_null())
        .exec(transaction)
        .await?;
    Ok(())
}

/// A worker excuses somebody who stays or stayed away, and forgives the strike that was given.
pub(super) async fn excuse(
    state: &AppState,
    (staff_id, scope): (Uuid, RegionScope),
    registration_person_id: Uuid,
    reason: ExcuseReason,
    event: AuditEvent,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let reason = match reason {
        ExcuseReason::Excused => ForgiveReason::Excused,
        ExcuseReason::Came => ForgiveReason::Came,
        ExcuseReason::Mistake => ForgiveReason::Mistake,
    };
    state
        .database
        .write(move |transaction| {
            let (scope, event) = (scope.clone(), event.clone());
            Box::pin(async move {
                let person = registration_person::Entity::find_by_id(registration_person_id)
                    .one(transaction)
                    .await?
                    .ok_or_else(no_such_registration)?;
                let activity = activity::Entity::find_by_id(person.activity_id).one(transaction).await?;
                let region = activity.map(|activity| activity.region_code).unwrap_or_default();
                scope.require(&region).map_err(|_outside| no_such_registration())?;
                registration_person::Entity::update_many()
                    .set(registration_person::ActiveModel {
                        excused_at: ActiveValue::Set(Some(now.into())),
                        excused_by: ActiveValue::Set(Some(staff_id)),
                        ..Default::default()
                    })
                    .filter(registration_person::Column::Id.eq(registration_person_id))
                    .filter(Expr::col(registration_person::Column::ExcusedAt).is_null())
                    .exec(transaction)
                    .await?;
                forgive(transaction, registration_person_id, Some(staff_id), reason, now).await?;
                let event = event.on("registration_person", registration_person_id).in_region(region);
                audit::append(transaction, &event, now).await
            })
        })
        .await
}
