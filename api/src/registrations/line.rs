//! Who is next in line.

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::activity::{self, WaitingOrder};
use entity::registration::{self, Status};
use entity::registration_person;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::cancel;
use super::offer::{Release, release};
use super::seats::Locked;
use super::tell::{self, About, News};
use crate::activities::published::SeatNumbers;
use crate::database::{Fault, fault_of};
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// Registrations in line that are looked at in one go.
const LOOKED_AT: u64 = 200;
/// Activities settled in one run of the job.
const SETTLED_AT_ONCE: u64 = 500;

/// Which of those in line get seats: `entries` are seats wanted, the first in line first. Returns their places.
fn chosen(free: i32, order: WaitingOrder, entries: &[i32]) -> Vec<usize> {
    let mut left = free;
    let mut chosen = Vec::new();
    for (place, seats) in entries.iter().enumerate() {
        if *seats <= left {
            left -= seats;
            chosen.push(place);
        } else if order == WaitingOrder::Strict {
            break;
        }
    }
    chosen
}

/// Gives free seats to those in line, or offers them, as many as there are and in the order that the
/// organiser chose. Nobody gets any after the start.
pub(super) async fn promote(
    state: &AppState,
    transaction: &DatabaseTransaction,
    locked: &mut Locked,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    while locked.free() > 0 && locked.row.waiting_entries > 0 {
        let release = release(&locked.row, now);
        if release == Release::Kept {
            return Ok(());
        }
        let mut query = registration::Entity::find()
            .filter(registration::Column::ActivityId.eq(locked.row.id))
            .filter(registration::Column::Status.eq(Status::Waiting))
            .order_by_asc(registration::Column::WaitNumber)
            .limit(LOOKED_AT);
        if locked.row.waiting_order == WaitingOrder::FirstFit {
            query = query.filter(registration::Column::Seats.lte(locked.free()));
        }
        let entries = query.all(transaction).await?;
        let seats: Vec<i32> = entries.iter().map(|entry| entry.seats).collect();
        let next = chosen(locked.free(), locked.row.waiting_order, &seats);
        if next.is_empty() {
            return Ok(());
        }
        for place in next {
            seat(state, transaction, locked, &entries[place], release, now).await?;
        }
    }
    Ok(())
}

async fn seat(
    state: &AppState,
    transaction: &DatabaseTransaction,
    locked: &mut Locked,
    entry: &registration::Model,
    release: Release,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let (status, expires_at, news) = match release {
        Release::Given => (Status::Confirmed, None, News::SeatFreed),
        Release::Offered { asked_at, expires_at } => {
            (Status::Offered, Some(expires_at), News::SeatOffered { asked_at, expires_at })
        }
        Release::Kept => return Ok(()),
    };
    locked.seat_from_line(entry.seats);
    let change = registration::ActiveModel {
        status: ActiveValue::Set(status),
        offer_expires_at: ActiveValue::Set(expires_at.map(Into::into)),
        confirmed_at: ActiveValue::Set((status == Status::Confirmed).then_some(now.into())),
        ..Default::default()
    };
    change_status(transaction, entry, change, status, now).await?;
    let about = About { registration_id: entry.id, activity: &locked.row, seats: entry.seats };
    tell::tell_account(state, transaction, entry.account_id, about, &[news], now).await
}

/// Changes a registration and its people together.
pub(super) async fn change_status(
    transaction: &DatabaseTransaction,
    entry: &registration::Model,
    change: registration::ActiveModel,
    status: Status,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let change = registration::ActiveModel {
        version: ActiveValue::Set(entry.version + 1),
        updated_at: ActiveValue::Set(now.into()),
        ..change
    };
    let changed = registration::Entity::update_many()
        .set(change)
        .filter(registration::Column::Id.eq(entry.id))
        .filter(registration::Column::Version.eq(entry.version))
        .exec(transaction)
        .await?;
    if changed.rows_affected != 1 {
        return Err(ApiError::Internal(anyhow::anyhow!(
            "a registration changed without its activity's lock"
        )));
    }
    registration_person::Entity::update_many()
        .col_expr(registration_person::Column::Status, Expr::value(status.to_value()))
        .filter(registration_person::Column::RegistrationId.eq(entry.id))
        .filter(registration_person::Column::Status.ne(Status::Cancelled))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Ends offers that were not accepted in time, and gives free seats to those in line.
///
/// # Errors
/// When the database fails.
pub async fn settle_due(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<()> {
    let reader = state.database.reader();
    let expired: Vec<i32> = registration::Entity::find()
        .select_only()
        .column(registration::Column::ActivityId)
        .filter(registration::Column::OfferExpiresAt.lte(now.timestamp_millis()))
        .distinct()
        .limit(SETTLED_AT_ONCE)
        .into_tuple()
        .all(reader)
        .await?;
    let unfilled: Vec<i32> = activity::Entity::find()
        .select_only()
        .column(activity::Column::Id)
        .filter(activity::Column::StartsAt.gt(now.timestamp_millis()))
        .filter(activity::Column::Status.eq(activity::Status::Published))
        .filter(activity::Column::Waiting.gt(0))
        .filter(Expr::col(activity::Column::Taken).lt(Expr::col(activity::Column::TargetCapacity)))
        .limit(SETTLED_AT_ONCE)
        .into_tuple()
        .all(reader)
        .await?;
    let mut ids = expired;
    ids.extend(unfilled);
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        match settle(state, id, now).await {
            Ok(numbers) => state.activities.note_seats([numbers]),
            // Somebody signs up there this very moment; the next run comes soon.
            Err(ApiError::Database(error)) if fault_of(&error) == Fault::Busy => {}
            Err(error) => return Err(anyhow::Error::new(error)).context(format!("activity {id}")),
        }
    }
    Ok(())
}

/// Ends the offers of one activity that were not accepted in time, and asks the next.
pub(super) async fn settle(state: &AppState, activity_id: i32, now: DateTime<Utc>) -> ApiResult<SeatNumbers> {
    let state_in = state.clone();
    state
        .database
        .write_together(move |transaction| {
            let state = state_in.clone();
            Box::pin(async move {
                let mut locked = Locked::find(transaction, activity_id).await?;
                let expired = registration::Entity::find()
                    .filter(registration::Column::ActivityId.eq(activity_id))
                    .filter(registration::Column::Status.eq(Status::Offered))
                    .filter(registration::Column::OfferExpiresAt.lte(now.timestamp_millis()))
                    .order_by_asc(registration::Column::WaitNumber)
                    .all(transaction)
                    .await?;
                for entry in &expired {
                    let reason = registration::EndReason::OfferExpired;
                    cancel::end(transaction, &mut locked, entry, reason, now).await?;
                    let about =
                        About { registration_id: entry.id, activity: &locked.row, seats: entry.seats };
                    let news = News::OfferExpired;
                    tell::tell_account(&state, transaction, entry.account_id, about, &[news], now).await?;
                }
                promote(&state, transaction, &mut locked, now).await?;
                locked.save(transaction, now).await
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_strict_order_waits_for_the_first_and_the_other_does_not() {
        assert_eq!(chosen(2, WaitingOrder::Strict, &[3, 1, 1]), Vec::<usize>::new());
        assert_eq!(chosen(2, WaitingOrder::FirstFit, &[3, 1, 1]), [1, 2]);
        assert_eq!(chosen(3, WaitingOrder::Strict, &[2, 1, 1]), [0, 1]);
    }

    proptest! {
        #[test]
        fn never_more_than_there_is_and_nobody_who_fits_is_passed_over(
            free in 0_i32..10, entries in prop::collection::vec(1_i32..5, 0..12), strict: bool,
        ) {
            let order = if strict { WaitingOrder::Strict } else { WaitingOrder::FirstFit };
            let next = chosen(free, order, &entries);
            let given: i32 = next.iter().map(|place| entries[*place]).sum();
            prop_assert!(given <= free);
            let left = free - given;
            let first_left = (0..entries.len()).find(|place| !next.contains(place));
            match order {
                // What was chosen is the beginning of the line, and the next in line does not fit.
                WaitingOrder::Strict => {
                    prop_assert_eq!(&next, &(0..next.len()).collect::<Vec<_>>());
                    prop_assert!(first_left.is_none_or(|place| entries[place] > left));
                }
                WaitingOrder::FirstFit => {
                    let fits = (0..entries.len()).any(|place| !next.contains(&place) && entries[place] <= left);
                    prop_assert!(!fits);
                }
            }
        }
    }
}
