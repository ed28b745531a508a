//! Guessing of passwords is slowed down, and nobody can be locked out by it from where they work.
//!
//! Three things are counted, in the database, so that replicas share it: a user name from one address, an
//! address over all user names, and a user name over all addresses. An attempt is counted before it is
//! looked at, so that a thousand at once are not all looked at. Somebody who has logged in from an address
//! before is held up there only by what came from that address under that name.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{login_throttle, staff_known_address};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::state::AppState;
use crate::vault::Column;

const KEY_INDEX: Column = Column { table: "login_throttle", column: "key_index" };
const ADDRESS_INDEX: Column = Column { table: "staff_known_address", column: "address_index" };

/// Failures of one name from one address before it has to wait.
const PAIR_FREE: i32 = 5;
/// Failures of one address, or of one name, before it has to wait.
const WIDE_FREE: i32 = 20;
const FIRST_DELAY_S: i64 = 60;
const LONGEST_DELAY_S: i64 = 15 * 60;
/// How long failures are remembered.
const REMEMBERED: TimeDelta = TimeDelta::hours(12);
/// How long an address counts as somebody's own.
const KNOWN: TimeDelta = TimeDelta::days(90);

/// An attempt that was counted and may now be looked at.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    keys: Keys,
    /// Whether it was counted under the address and under the name too.
    widely: bool,
    /// Whether the next one has to wait if this one fails.
    pub(super) is_last: bool,
}

#[derive(Clone, Debug)]
struct Keys {
    pair: Vec<u8>,
    address: Vec<u8>,
    name: Vec<u8>,
    /// Under every index key: an address stays somebody's own when the key changes.
    known_address: Vec<Vec<u8>>,
}

impl Counted {
    fn wide_keys(&self) -> Vec<&Vec<u8>> {
        if self.widely { vec![&self.keys.address, &self.keys.name] } else { Vec::new() }
    }
}

impl Keys {
    /// Counters are kept under the index key of the moment: when it changes, failures are forgotten once.
    fn of(state: &AppState, username: &str, address: ClientAddress, now: DateTime<Utc>) -> ApiResult<Self> {
        let from = address.subscriber().to_string();
        let index = |text: String| state.vault.index(KEY_INDEX, &text, now);
        Ok(Self {
            pair: index(format!("pair {from} {username}"))?,
            address: index(format!("address {from}"))?,
            name: index(format!("name {username}"))?,
            known_address: state.vault.indexes(ADDRESS_INDEX, &from)?,
        })
    }
}

/// Counts an attempt, or refuses it unseen.
///
/// # Errors
/// 429 with the time to wait.
pub(super) async fn admit(
    state: &AppState,
    username: &str,
    staff_id: Option<Uuid>,
    address: ClientAddress,
    now: DateTime<Utc>,
) -> ApiResult<Counted> {
    let keys = Keys::of(state, username, address, now)?;
    let admitted = state.database.write(move |transaction| {
        let keys = keys.clone();
        Box::pin(async move { admit_within(transaction, keys, staff_id, now).await })
    });
    let admitted = admitted.await;
    if let Err(ApiError::TooManyRequests { code, .. }) = &admitted {
        state.refusals.count(address, code, now);
    }
    admitted
}

async fn admit_within(
    transaction: &DatabaseTransaction,
    keys: Keys,
    staff_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> ApiResult<Counted> {
    let known_since = (now - KNOWN).timestamp_millis();
    // Asked for a name that does not exist too, so that it takes as long.
    let is_known = staff_known_address::Entity::find()
        .filter(staff_known_address::Column::StaffId.eq(staff_id.unwrap_or_default()))
        .filter(staff_known_address::Column::AddressIndex.is_in(keys.known_address.clone()))
        .filter(Expr::col(staff_known_address::Column::LastSeenAt).gt(known_since))
        .one(transaction)
        .await?
        .is_some();
    // Always in one order, so that two attempts never wait for each other.
    let mut counters = [
        (keys.pair.clone(), PAIR_FREE, true),
        (keys.address.clone(), WIDE_FREE, !is_known),
        (keys.name.clone(), WIDE_FREE, !is_known),
    ];
    counters.sort();
    let mut is_last = false;
    for (key, free, counts) in counters {
        if counts {
            is_last |= count(transaction, key, free, now).await?;
        }
    }
    Ok(Counted { keys, widely: !is_known, is_last })
}

/// Counts one more failure under a key. Tells whether the next one has to wait.
async fn count(
    transaction: &DatabaseTransaction,
    key: Vec<u8>,
    free: i32,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    let fresh = login_throttle::ActiveModel {
        key_index: ActiveValue::Set(key.clone()),
        failures: ActiveValue::Set(0),
        last_failed_at: ActiveValue::Set(now.into()),
        blocked_until: ActiveValue::Set(DateTime::UNIX_EPOCH.into()),
    };
    login_throttle::Entity::insert(fresh)
        .on_conflict(OnConflict::column(login_throttle::Column::KeyIndex).do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    let row = login_throttle::Entity::find_by_id(key).lock_exclusive().one(transaction).await?;
    let row = row.ok_or_else(|| ApiError::Internal(anyhow::anyhow!("a counter vanished")))?;
    if *row.blocked_until > now {
        return Err(wait(*row.blocked_until - now));
    }
    let forgotten = now - *row.last_failed_at > REMEMBERED;
    let failures = if forgotten { 1 } else { row.failures.saturating_add(1) };
    let delay_s = delay_s(failures, free);
    let mut row = row.into_active_model();
    row.failures = ActiveValue::Set(failures);
    row.last_failed_at = ActiveValue::Set(now.into());
    row.blocked_until = ActiveValue::Set((now + TimeDelta::seconds(delay_s)).into());
    login_throttle::Entity::update(row).exec(transaction).await?;
    Ok(delay_s > 0)
}

/// How long to wait after this many failures: not at all, then a minute, doubling to a quarter of an hour.
fn delay_s(failures: i32, free: i32) -> i64 {
    let beyond = failures - free;
    if beyond < 0 {
        return 0;
    }
    let doublings = std::cmp::min(u32::try_from(beyond).unwrap_or_default(), 10);
    std::cmp::min(FIRST_DELAY_S << doublings, LONGEST_DELAY_S)
}

fn wait(left: TimeDelta) -> ApiError {
    let minutes = left.num_seconds() / 60 + 1;
    ApiError::TooManyRequests {
        code: "login_locked",
        detail: format!("登录失败次数太多，请 {minutes} 分钟后再试。忘记密码请联系管理员重置。"),
        retry_after_s: u32::try_from(left.num_seconds() + 1).unwrap_or(60),
    }
}

/// Forgives an attempt that was neither right nor wrong.
pub(super) async fn take_back(state: &AppState, counted: &Counted) -> ApiResult<()> {
    let counted = counted.clone();
    let taken = state.database.write(move |transaction| {
        let counted = counted.clone();
        Box::pin(async move {
            forgive(transaction, vec![&counted.keys.pair]).await?;
            forgive(transaction, counted.wide_keys()).await
        })
    });
    taken.await
}

/// Notes a log-in that succeeded: the name is forgiven at this address, and the address is the member's own
/// from now on.
pub(super) async fn succeeded(
    transaction: &DatabaseTransaction,
    counted: &Counted,
    staff_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let keys = &counted.keys;
    login_throttle::Entity::delete_by_id(keys.pair.clone()).exec(transaction).await?;
    // What others guessed stays counted.
    forgive(transaction, counted.wide_keys()).await?;
    let seen = staff_known_address::Model {
        staff_id,
        address_index: keys.known_address.first().cloned().unwrap_or_default(),
        last_seen_at: now.into(),
    };
    let again = OnConflict::columns([
        staff_known_address::Column::StaffId,
        staff_known_address::Column::AddressIndex,
    ])
    .update_column(staff_known_address::Column::LastSeenAt)
    .to_owned();
    staff_known_address::Entity::insert(seen.into_active_model())
        .on_conflict(again)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Counts one failure less, and lets the next attempt come.
async fn forgive(transaction: &DatabaseTransaction, mut keys: Vec<&Vec<u8>>) -> ApiResult<()> {
    keys.sort();
    for key in keys {
        login_throttle::Entity::update_many()
            .col_expr(login_throttle::Column::Failures, Expr::col(login_throttle::Column::Failures).sub(1))
            .col_expr(login_throttle::Column::BlockedUntil, Expr::value(0_i64))
            .filter(login_throttle::Column::KeyIndex.eq(key.clone()))
            .filter(login_throttle::Column::Failures.gt(0))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

/// Deletes what no longer counts.
///
/// # Errors
/// When the database fails.
pub(super) async fn forget(
    connection: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<u64, sea_orm::DbErr> {
    let failed_before = (now - REMEMBERED).timestamp_millis();
    let forgotten = login_throttle::Entity::delete_many()
        .filter(Expr::col(login_throttle::Column::LastFailedAt).lt(failed_before))
        .exec(connection)
        .await?;
    let seen_before = (now - KNOWN).timestamp_millis();
    let stale = staff_known_address::Entity::delete_many()
        .filter(Expr::col(staff_known_address::Column::LastSeenAt).lt(seen_before))
        .exec(connection)
        .await?;
    Ok(forgotten.rows_affected + stale.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_from_a_minute_to_a_quarter_of_an_hour() {
        let waits: Vec<i64> = (3..12).map(|failures| delay_s(failures, PAIR_FREE)).collect();
        assert_eq!(waits, [0, 0, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(delay_s(i32::MAX, PAIR_FREE), LONGEST_DELAY_S);
    }
}
