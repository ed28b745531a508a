use chrono::{DateTime, Utc};
use entity::hut_reading::{self, State};
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::dto::{ClaimedReading, ClaimedReadings, ClaimedStatus, ReadingClaim};
use crate::audit::{self, Action, Actor};
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::huts::codes;
use crate::huts::kept::Kept;
use crate::huts::record::{self, Reading};
use crate::identity::caller::Resident;
use crate::identity::origin::Origin;
use crate::people::{PersonAccess, Scope};
use crate::state::AppState;

/// Puts the readings of a slip into a record.
pub(super) async fn claim(
    state: &AppState,
    resident: Resident,
    origin: Origin,
    claim: ReadingClaim,
) -> ApiResult<ClaimedReadings> {
    let code = codes::typed(&claim.code).ok_or_else(unknown_code)?;
    let digests = codes::claim_digests(&state.keys.current(), &code)?;
    let person_id = claim.person_id.unwrap_or(resident.person_id);
    let (shared, now) = (state.clone(), state.clock.now());
    let claimed = state.database.write(move |transaction| {
        let (state, origin, digests) = (shared.clone(), origin.clone(), digests.clone());
        Box::pin(async move {
            let access =
                PersonAccess::open(transaction, &state.vault, &resident, person_id, Scope::RecordsWrite, now)
                    .await?;
            consents::require(transaction, &state.vault, person_id, Purpose::Records, now).await?;
            let rows = hut_reading::Entity::find()
                .filter(hut_reading::Column::CodeDigest.is_in(digests))
                .order_by_asc(hut_reading::Column::Id)
                .lock_exclusive()
                .all(transaction)
                .await?;
            let taken = take(&state, transaction, person_id, &rows, now).await?;
            if taken > 0 {
                let event = origin
                    .event(Action::ReadingClaimed, Actor::Resident(resident.account_id))
                    .on("person", person_id)
                    .with(json!({"readings": taken}));
                let event = match &access.person().region_code {
                    Some(region) => event.in_region(region),
                    None => event,
                };
                audit::append(transaction, &event, now).await?;
            }
            let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
            let turned_away = record::turned_away(transaction, person_id, ids.iter().copied()).await?;
            let advice = record::advice(&state, transaction, person_id, ids).await?;
            let told = |row: &hut_reading::Model| told(row, turned_away.contains(&row.id));
            Ok(ClaimedReadings { person_id, readings: rows.iter().map(told).collect(), advice })
        })
    });
    claimed.await
}

fn told(row: &hut_reading::Model, is_impossible: bool) -> ClaimedReading {
    let (status, text) = if is_impossible {
        (ClaimedStatus::Impossible, Some("测得的数值不合理，没有存入健康档案，请重新测量。"))
    } else {
        (ClaimedStatus::Recorded, None)
    };
    ClaimedReading { kind: row.kind.into(), measured_at: *row.measured_at, status, text }
}

/// Moves what nobody claimed yet into the record; how many readings it was. Those that the person claimed
/// before stay as they are.
async fn take(
    state: &AppState,
    transaction: &DatabaseTransaction,
    person_id: Uuid,
    rows: &[hut_reading::Model],
    now: DateTime<Utc>,
) -> ApiResult<usize> {
    let is_free = |row: &hut_reading::Model| {
        row.state == State::Unclaimed && row.keep_until.is_some_and(|until| now < *until)
    };
    let is_theirs = |row: &hut_reading::Model| row.person_id == Some(person_id);
    if rows.is_empty() || !rows.iter().all(|row| is_free(row) || is_theirs(row)) {
        return Err(unknown_code());
    }
    let mut readings = Vec::new();
    for row in rows.iter().filter(|row| is_free(row)) {
        let cell = row.values_cell.as_deref().unwrap_or_default();
        let values = Kept::open(transaction, &state.vault, row.id, cell).await?.values()?;
        readings.push(Reading::of(row, values));
        let recorded = hut_reading::ActiveModel {
            id: ActiveValue::Unchanged(row.id),
            state: ActiveValue::Set(State::Recorded),
            person_id: ActiveValue::Set(Some(person_id)),
            values_cell: ActiveValue::Set(None),
            keep_until: ActiveValue::Set(None),
            ..Default::default()
        };
        hut_reading::Entity::update(recorded).exec(transaction).await?;
    }
    record::add(state, transaction, person_id, &readings, now).await?;
    Ok(readings.len())
}

/// One answer for a code that is wrong, was used by somebody else, or is too old.
fn unknown_code() -> ApiError {
    ApiError::NotFound {
        code: "unknown_code",
        detail: "没有找到这个取数码。请核对小票上的 6 位字母和数字；取数码 72 小时内有效，只能领取一次。"
            .into(),
    }
}
