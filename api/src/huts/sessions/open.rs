//! Beginning a session: one in a hut at a time.

use chrono::{DateTime, TimeDelta, Utc};
use entity::hut_session::{self, EndReason, Way};
use entity::{hut, hut_person_code};
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::service::end;
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::huts::codes;
use crate::state::AppState;

/// How long a session waits for values.
pub(super) const SESSION_LIVES: TimeDelta = TimeDelta::minutes(3);

/// Who measures, and how that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sitter {
    pub(super) person_id: Uuid,
    pub(super) way: Way,
    /// Account, gateway or member of staff.
    pub(super) opened_by: Uuid,
}

/// Begins a session in a hut. Who opens one again gets the one that is open, with its time anew.
///
/// # Errors
/// 403 without the person's consent to keep records; 409 `hut_busy` while somebody else measures.
pub(super) async fn open(
    state: &AppState,
    transaction: &DatabaseTransaction,
    hut_id: Uuid,
    sitter: Sitter,
    now: DateTime<Utc>,
) -> ApiResult<hut_session::Model> {
    // Whoever changes who sits in a hut, and whoever brings readings from it, takes turns on the hut.
    let hut = hut::Entity::find_by_id(hut_id).lock_exclusive().one(transaction).await?;
    hut.filter(|hut| hut.status == hut::Status::Open).ok_or_else(no_such_hut)?;
    consents::require(transaction, &state.vault, sitter.person_id, Purpose::Records, now).await?;
    let open = hut_session::Entity::find()
        .filter(hut_session::Column::HutId.eq(hut_id))
        .filter(hut_session::Column::EndedAt.is_null())
        .one(transaction)
        .await?;
    let expires_at = now + SESSION_LIVES;
    match open {
        Some(open) if *open.expires_at <= now => {
            end(transaction, open.id, EndReason::Expired, now).await?;
        }
        Some(open) if open.person_id == sitter.person_id => {
            let longer = hut_session::ActiveModel {
                id: ActiveValue::Unchanged(open.id),
                expires_at: ActiveValue::Set(expires_at.into()),
                ..Default::default()
            };
            hut_session::Entity::update(longer).exec(transaction).await?;
            return Ok(hut_session::Model { expires_at: expires_at.into(), ..open });
        }
        Some(open) => return Err(busy((*open.expires_at - now).num_seconds())),
        None => {}
    }
    let row = hut_session::Model {
        id: state.random.id(now),
        hut_id,
        person_id: sitter.person_id,
        way: sitter.way,
        opened_by: sitter.opened_by,
        opened_at: now.into(),
        expires_at: expires_at.into(),
        ended_at: None,
        end_reason: None,
        set_id: None,
    };
    hut_session::Entity::insert(row.clone().into_active_model()).exec_without_returning(transaction).await?;
    Ok(row)
}

/// Uses the code of a resident, which is good once.
///
/// # Errors
/// 404 where it was used, has expired or was never made.
pub(super) async fn use_person_code(
    transaction: &DatabaseTransaction,
    code: &str,
    now: DateTime<Utc>,
) -> ApiResult<Uuid> {
    let row = hut_person_code::Entity::find()
        .filter(hut_person_code::Column::CodeHash.eq(codes::person_code_hash(code)))
        .lock_exclusive()
        .one(transaction)
        .await?;
    let good = row.filter(|row| row.used_at.is_none() && now < *row.expires_at);
    let row = good.ok_or_else(|| ApiError::NotFound {
        code: "unknown_code",
        detail: "这个码已经用过或已过期，请在手机上刷新后再扫。".into(),
    })?;
    let used = hut_person_code::ActiveModel {
        id: ActiveValue::Unchanged(row.id),
        used_at: ActiveValue::Set(Some(now.into())),
        ..Default::default()
    };
    hut_person_code::Entity::update(used).exec(transaction).await?;
    Ok(row.person_id)
}

pub(super) fn no_such_hut() -> ApiError {
    ApiError::NotFound {
        code: "no_such_hut",
        detail: "没有找到这个健康小屋，或者它已经停用，请到地图上查看附近的小屋。".into(),
    }
}

fn busy(seconds: i64) -> ApiError {
    ApiError::Conflict {
        code: "hut_busy",
        detail: format!("有人正在测量，请等对方测完再扫码，最多再等 {} 秒。", seconds.max(1)),
    }
}
