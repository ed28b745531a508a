use chrono::{DateTime, TimeDelta, Utc};
use entity::{screen, screen_heartbeat, screen_pairing};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::dto::{Pairing, PairingProgress, PairingState, ScreenToken};
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::random::Random;
use crate::screens::device::hash;
use crate::screens::in_charge::{InCharge, next_version};
use crate::screens::registry::dto::Screen;
use crate::screens::registry::service::{locked, require_active, save, told};
use crate::secret::Secret;
use crate::state::AppState;

/// Long enough to walk from the lobby to the desk.
const LIVES: TimeDelta = TimeDelta::minutes(10);
/// So many codes at once leave a guess one chance in a thousand of hitting any.
const MOST_AT_ONCE: u64 = 1_000;
/// Tries to find a code that nobody shows.
const DRAWS: usize = 20;

/// Gives a player a code to show and the token it will have.
pub(super) async fn begin(state: &AppState, device: String) -> ApiResult<Pairing> {
    let (now, random) = (state.clock.now(), state.random.clone());
    let token = random.token();
    let token_hash = hash(&Secret::new(token.clone()));
    let expires_at = now + LIVES;
    let begun = state.database.write(move |transaction| {
        let (random, token_hash, device) = (random.clone(), token_hash.clone(), device.clone());
        Box::pin(async move {
            delete_dead(transaction, now).await?;
            if screen_pairing::Entity::find().count(transaction).await? >= MOST_AT_ONCE {
                return Err(too_many());
            }
            for _ in 0..DRAWS {
                let code = draw(&random);
                let row = screen_pairing::Model {
                    code: code.clone(),
                    token_hash: token_hash.clone(),
                    device: device.clone(),
                    created_at: now.into(),
                    expires_at: expires_at.into(),
                };
                let taken = OnConflict::column(screen_pairing::Column::Code).do_nothing().to_owned();
                let inserted = screen_pairing::Entity::insert(row.into_active_model())
                    .on_conflict(taken)
                    .exec_without_returning(transaction)
                    .await?;
                if inserted > 0 {
                    return Ok(code);
                }
            }
            Err(too_many())
        })
    });
    Ok(Pairing { code: begun.await?, token, expires_at })
}

/// Six random digits. The remainder of 64 bits is even to one part in 10^13.
fn draw(random: &Random) -> String {
    format!("{:06}", u64::from_le_bytes(random.bytes()) % 1_000_000)
}

/// Whether the code of a player was typed in.
pub(super) async fn progress(state: &AppState, code: &str, token: &Secret) -> ApiResult<PairingProgress> {
    let (reader, token_hash) = (state.database.reader(), hash(token));
    let waiting = screen_pairing::Entity::find_by_id(code)
        .filter(screen_pairing::Column::TokenHash.eq(token_hash.clone()))
        .one(reader)
        .await?;
    if waiting.is_some_and(|row| state.clock.now() < *row.expires_at) {
        return Ok(PairingProgress { state: PairingState::Waiting, screen_id: None });
    }
    let paired = screen::Entity::find().filter(screen::Column::TokenHash.eq(token_hash)).one(reader).await?;
    match paired {
        Some(screen) => Ok(PairingProgress { state: PairingState::Paired, screen_id: Some(screen.id) }),
        None => Err(ApiError::Gone {
            code: "pairing_over",
            detail: "配对码已失效，屏幕会自动换一个新的配对码。".into(),
        }),
    }
}

/// Gives a screen to the player that shows a code.
pub(super) async fn pair(state: &AppState, caller: InCharge, id: Uuid, code: String) -> ApiResult<Screen> {
    let (shared, now) = (state.clone(), state.clock.now());
    let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let paired = state.database.write(move |transaction| {
        let (state, caller, code) = (shared.clone(), caller.clone(), code.clone());
        Box::pin(async move {
            let row = locked(transaction, &caller, id).await?;
            require_active(&row)?;
            let waiting = screen_pairing::Entity::find_by_id(code).lock_exclusive().one(transaction).await?;
            let waiting = waiting.filter(|waiting| now < *waiting.expires_at).ok_or_else(|| {
                wrong(
                    "/code",
                    "unknown_code",
                    "没有屏幕在显示这个配对码，请核对屏幕上的 6 位数字后重新输入。",
                )
            })?;
            screen_pairing::Entity::delete_by_id(waiting.code).exec(transaction).await?;
            let device = Some(waiting.device);
            give(transaction, &state, &caller, row, waiting.token_hash, device, now).await
        })
    });
    paired.await
}

/// Gives a screen a token that is told once.
pub(super) async fn issue(state: &AppState, caller: InCharge, id: Uuid) -> ApiResult<ScreenToken> {
    let (shared, now) = (state.clone(), state.clock.now());
    let token = state.random.token();
    let token_hash = hash(&Secret::new(token.clone()));
    let issued = state.database.write(move |transaction| {
        let (state, caller, token_hash) = (shared.clone(), caller.clone(), token_hash.clone());
        Box::pin(async move {
            let row = locked(transaction, &caller, id).await?;
            require_active(&row)?;
            give(transaction, &state, &caller, row, token_hash, None, now).await.map(drop)
        })
    });
    issued.await?;
    Ok(ScreenToken { token })
}

/// Replaces the token of a screen.
async fn give(
    transaction: &DatabaseTransaction,
    state: &AppState,
    caller: &InCharge,
    mut row: screen::Model,
    token_hash: Vec<u8>,
    device: Option<String>,
    now: DateTime<Utc>,
) -> ApiResult<Screen> {
    let replaced = row.token_hash.is_some();
    row.token_hash = Some(token_hash);
    row.paired_at = Some(now.into());
    row.paired_device = device;
    row.version = next_version(row.version)?;
    row.updated_at = now.into();
    save(transaction, row.clone()).await?;
    // What another player said last is not what this one says.
    screen_heartbeat::Entity::delete_by_id(row.id).exec(transaction).await?;
    let event = caller
        .event(Action::ScreenPaired, "screen", row.id, &row.region_code)
        .with(json!({"replaced": replaced}));
    let screen = told(transaction, state, row).await?;
    audit::append(transaction, &event, now).await?;
    Ok(screen)
}

/// Takes the token of a screen away.
pub(super) async fn revoke(state: &AppState, caller: InCharge, id: Uuid) -> ApiResult<Screen> {
    let (shared, now) = (state.clone(), state.clock.now());
    let revoked = state.database.write(move |transaction| {
        let (state, caller) = (shared.clone(), caller.clone());
        Box::pin(async move {
            let mut row = locked(transaction, &caller, id).await?;
            if row.token_hash.is_none() {
                return told(transaction, &state, row).await;
            }
            row.token_hash = None;
            row.paired_at = None;
            row.paired_device = None;
            row.version = next_version(row.version)?;
            row.updated_at = now.into();
            save(transaction, row.clone()).await?;
            let event = caller.event(Action::ScreenTokenRevoked, "screen", id, &row.region_code);
            let screen = told(transaction, &state, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(screen)
        })
    });
    revoked.await
}

/// Job: forgets codes that nobody typed in.
pub(in crate::screens) async fn forget(state: &AppState, now: DateTime<Utc>) -> ApiResult<u64> {
    state.database.write(move |transaction| Box::pin(delete_dead(transaction, now))).await
}

async fn delete_dead(transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<u64> {
    let dead = screen_pairing::Entity::delete_many()
        .filter(screen_pairing::Column::ExpiresAt.lte(now.timestamp_millis()));
    Ok(dead.exec(transaction).await?.rows_affected)
}

fn too_many() -> ApiError {
    ApiError::TooManyRequests {
        code: "too_many_pairings",
        detail: "正在等待配对的屏幕太多，请过几分钟再试。".into(),
        retry_after_s: 120,
    }
}
