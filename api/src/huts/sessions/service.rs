use chrono::{DateTime, TimeDelta, Utc};
use entity::hut_session::{self, EndReason, Way};
use entity::{hut, hut_person_code, hut_reading, person};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::dto::{
    GatewaySession, HutCode, HutSession, HutSessionState, NewHutSession, PersonCode, PersonCodeScan,
};
use super::open::{self, Sitter, no_such_hut};
use crate::audit::{self, Action};
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::http::page_url::BaseUrl;
use crate::huts::codes;
use crate::huts::gateways::Message;
use crate::huts::in_charge::{InCharge, not_found};
use crate::huts::kept::Kept;
use crate::huts::record::{self, Reading};
use crate::identity::caller::Resident;
use crate::people::{PersonAccess, Scope};
use crate::qr;
use crate::state::AppState;

/// How long the code on a resident's phone is good for: the way from the pocket to the reader.
const PERSON_CODE_LIVES: TimeDelta = TimeDelta::seconds(90);

/// The code that a hut shows now, with a link below `base`.
pub(super) fn code_of(state: &AppState, base: &BaseUrl<'_>, hut_id: Uuid) -> ApiResult<HutCode> {
    let now = state.clock.now();
    let code = codes::hut_code(&state.keys.current(), hut_id, now)?;
    let text = base.with_path(&format!("/hut/{hut_id}?code={code}"));
    Ok(HutCode {
        hut_id,
        svg: qr::svg(&text)?,
        text,
        code,
        expires_at: now + codes::HUT_CODE_LIVES,
        refresh_after_s: codes::HUT_CODE_REFRESH.num_seconds(),
    })
}

/// Begins a session for a resident who stands in front of the hut.
pub(super) async fn open(
    state: &AppState,
    resident: Resident,
    hut_id: Uuid,
    new: NewHutSession,
) -> ApiResult<HutSession> {
    let now = state.clock.now();
    let known = hut::Entity::find_by_id(hut_id).one(state.database.reader()).await?;
    known.filter(|hut| hut.status == hut::Status::Open).ok_or_else(no_such_hut)?;
    if !codes::is_shown(&state.keys.current(), hut_id, &new.code, now) {
        return Err(wrong("/code", "hut_code_stale", "二维码已更新，请重新扫描小屋屏幕上的二维码。"));
    }
    let person_id = new.person_id.unwrap_or(resident.person_id);
    let shared = state.clone();
    let opened = state.database.write(move |transaction| {
        let state = shared.clone();
        Box::pin(async move {
            PersonAccess::open(transaction, &state.vault, &resident, person_id, Scope::RecordsWrite, now)
                .await?;
            let sitter = Sitter { person_id, way: Way::HutCode, opened_by: resident.account_id };
            let session = open::open(&state, transaction, hut_id, sitter, now).await?;
            told(&state, transaction, session, now).await
        })
    });
    opened.await
}

/// Makes a code for a resident to show to a hut.
pub(super) async fn make_person_code(
    state: &AppState,
    resident: Resident,
    person_id: Uuid,
) -> ApiResult<PersonCode> {
    let now = state.clock.now();
    let code = format!("KP1:{}", state.random.token());
    let expires_at = now + PERSON_CODE_LIVES;
    let row = hut_person_code::Model {
        id: state.random.id(now),
        person_id,
        account_id: resident.account_id,
        code_hash: codes::person_code_hash(&code),
        expires_at: expires_at.into(),
        used_at: None,
    };
    let shared = state.clone();
    let made = state.database.write(move |transaction| {
        let (state, row) = (shared.clone(), row.clone());
        Box::pin(async move {
            PersonAccess::open(transaction, &state.vault, &resident, person_id, Scope::RecordsWrite, now)
                .await?;
            consents::require(transaction, &state.vault, person_id, Purpose::Records, now).await?;
            // The one that was made before is not shown any more.
            hut_person_code::Entity::delete_many()
                .filter(hut_person_code::Column::AccountId.eq(row.account_id))
                .filter(hut_person_code::Column::UsedAt.is_null())
                .exec(transaction)
                .await?;
            hut_person_code::Entity::insert(row.into_active_model())
                .exec_without_returning(transaction)
                .await?;
            Ok(())
        })
    });
    made.await?;
    Ok(PersonCode { svg: qr::svg(&code)?, code, expires_at })
}

/// Begins a session for the resident whose code a hut has read.
pub(super) async fn open_by_person_code(
    state: &AppState,
    message: Message<PersonCodeScan>,
) -> ApiResult<GatewaySession> {
    let (shared, now) = (state.clone(), state.clock.now());
    let opened = state.database.write(move |transaction| {
        let (state, message) = (shared.clone(), message.clone());
        Box::pin(async move {
            message.take(transaction, now).await?;
            let person_id = open::use_person_code(transaction, &message.body.code, now).await?;
            let sitter = Sitter { person_id, way: Way::PersonCode, opened_by: message.gateway_id };
            let session = open::open(&state, transaction, message.hut.id, sitter, now).await?;
            Ok(GatewaySession { session_id: session.id, expires_at: *session.expires_at })
        })
    });
    opened.await
}

/// Begins a session for a person whom a member of staff helps. Only for who lets health officers of the
/// community see their records: nobody else may be picked.
pub(super) async fn open_by_staff(
    state: &AppState,
    caller: InCharge,
    hut_id: Uuid,
    person_id: Uuid,
) -> ApiResult<GatewaySession> {
    let (shared, now) = (state.clone(), state.clock.now());
    let opened = state.database.write(move |transaction| {
        let (state, caller) = (shared.clone(), caller.clone());
        Box::pin(async move {
            let hut = caller.hut(transaction, hut_id).await?;
            let person = person::Entity::find_by_id(person_id).one(transaction).await?;
            let region = person
                .filter(|person| person.status == person::Status::Active)
                .and_then(|person| person.region_code)
                .filter(|region| caller.scope.covers(region))
                .ok_or_else(not_found)?;
            consents::require(transaction, &state.vault, person_id, Purpose::Sharing, now)
                .await
                .map_err(|_not_shared| not_found())?;
            let sitter = Sitter { person_id, way: Way::Staff, opened_by: caller.staff_id };
            let session = open::open(&state, transaction, hut.id, sitter, now).await?;
            let event = caller.event(Action::HutSessionByStaff, "hut_session", session.id, &region);
            audit::append(transaction, &event, now).await?;
            Ok(GatewaySession { session_id: session.id, expires_at: *session.expires_at })
        })
    });
    opened.await
}

/// A session of somebody whose record the resident may write to.
async fn own(
    state: &AppState,
    connection: &impl ConnectionTrait,
    resident: &Resident,
    (hut_id, id): (Uuid, Uuid),
    now: DateTime<Utc>,
) -> ApiResult<hut_session::Model> {
    let row = hut_session::Entity::find_by_id(id).one(connection).await?;
    let row = row.filter(|row| row.hut_id == hut_id).ok_or_else(no_such_session)?;
    let scope = Scope::RecordsWrite;
    PersonAccess::open(connection, &state.vault, resident, row.person_id, scope, now).await.map_err(
        |error| match error {
            ApiError::NotFound { .. } | ApiError::Forbidden { .. } => no_such_session(),
            other => other,
        },
    )?;
    Ok(row)
}

/// How far a session is.
pub(super) async fn get(state: &AppState, resident: &Resident, ids: (Uuid, Uuid)) -> ApiResult<HutSession> {
    let (reader, now) = (state.database.reader(), state.clock.now());
    let row = own(state, reader, resident, ids, now).await?;
    told(state, reader, row, now).await
}

/// Ends a session before anything was measured. Once it has ended, it changes nothing.
pub(super) async fn leave(state: &AppState, resident: Resident, ids: (Uuid, Uuid)) -> ApiResult<()> {
    let (shared, now) = (state.clone(), state.clock.now());
    let left = state.database.write(move |transaction| {
        let state = shared.clone();
        Box::pin(async move {
            hut::Entity::find_by_id(ids.0).lock_exclusive().one(transaction).await?;
            let row = own(&state, transaction, &resident, ids, now).await?;
            if row.ended_at.is_none() {
                end(transaction, row.id, EndReason::Left, now).await?;
            }
            Ok(())
        })
    });
    left.await
}

/// The person says whether the values are theirs. Answered again, it changes nothing.
pub(super) async fn answer(
    state: &AppState,
    resident: Resident,
    ids: (Uuid, Uuid),
    mine: bool,
) -> ApiResult<HutSession> {
    let (shared, now) = (state.clone(), state.clock.now());
    let answered = state.database.write(move |transaction| {
        let state = shared.clone();
        Box::pin(async move {
            let session = own(&state, transaction, &resident, ids, now).await?;
            let rows = hut_reading::Entity::find()
                .filter(hut_reading::Column::SessionId.eq(session.id))
                .filter(hut_reading::Column::State.eq(hut_reading::State::Doubted))
                .lock_exclusive()
                .order_by_asc(hut_reading::Column::Id)
                .all(transaction)
                .await?;
            for row in rows {
                if mine {
                    keep(&state, transaction, row, session.person_id, now).await?;
                } else {
                    disown(transaction, row).await?;
                }
            }
            told(&state, transaction, session, now).await
        })
    });
    answered.await
}

/// Puts a reading that was doubted into the record.
async fn keep(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: hut_reading::Model,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let cell = row.values_cell.as_deref().ok_or_else(not_found)?;
    let values = Kept::open(transaction, &state.vault, row.id, cell).await?.values()?;
    let reading = Reading::of(&row, values);
    record::add(state, transaction, person_id, &[reading], now).await?;
    let kept = hut_reading::ActiveModel {
        id: ActiveValue::Unchanged(row.id),
        state: ActiveValue::Set(hut_reading::State::Recorded),
        values_cell: ActiveValue::Set(None),
        keep_until: ActiveValue::Set(None),
        ..Default::default()
    };
    hut_reading::Entity::update(kept).exec(transaction).await?;
    Ok(())
}

/// What nobody owns waits for nobody: there is no code for it.
async fn disown(transaction: &DatabaseTransaction, row: hut_reading::Model) -> ApiResult<()> {
    let nobodys = hut_reading::ActiveModel {
        id: ActiveValue::Unchanged(row.id),
        state: ActiveValue::Set(hut_reading::State::Forgotten),
        person_id: ActiveValue::Set(None),
        values_cell: ActiveValue::Set(None),
        keep_until: ActiveValue::Set(None),
        ..Default::default()
    };
    hut_reading::Entity::update(nobodys).exec(transaction).await?;
    Ok(())
}

/// Ends a session.
pub(super) async fn end(
    transaction: &DatabaseTransaction,
    id: Uuid,
    reason: EndReason,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let ended = hut_session::ActiveModel {
        id: ActiveValue::Unchanged(id),
        ended_at: ActiveValue::Set(Some(now.into())),
        end_reason: ActiveValue::Set(Some(reason)),
        ..Default::default()
    };
    hut_session::Entity::update(ended).exec(transaction).await?;
    Ok(())
}

/// Ends what is open in a hut that is being closed.
pub(in crate::huts) async fn end_for_closing(
    transaction: &DatabaseTransaction,
    hut_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let open = hut_session::Entity::find()
        .filter(hut_session::Column::HutId.eq(hut_id))
        .filter(hut_session::Column::EndedAt.is_null())
        .one(transaction)
        .await?;
    match open {
        Some(open) => end(transaction, open.id, EndReason::Closed, now).await,
        None => Ok(()),
    }
}

async fn told(
    state: &AppState,
    connection: &impl ConnectionTrait,
    session: hut_session::Model,
    now: DateTime<Utc>,
) -> ApiResult<HutSession> {
    let readings: Vec<(Uuid, hut_reading::State)> = hut_reading::Entity::find()
        .select_only()
        .columns([hut_reading::Column::Id, hut_reading::Column::State])
        .filter(hut_reading::Column::SessionId.eq(session.id))
        .into_tuple()
        .all(connection)
        .await?;
    let is_asked = readings.iter().any(|(_, state)| *state == hut_reading::State::Doubted);
    let recorded: Vec<Uuid> = readings
        .into_iter()
        .filter(|(_, state)| *state == hut_reading::State::Recorded)
        .map(|(id, _)| id)
        .collect();
    let turned_away = record::turned_away(connection, session.person_id, recorded.iter().copied()).await?;
    let advice = record::advice(state, connection, session.person_id, recorded.iter().copied()).await?;
    let state = match session.end_reason {
        _ if is_asked => HutSessionState::Asked,
        _ if recorded.len() > turned_away.len() => HutSessionState::Measured,
        _ if !turned_away.is_empty() => HutSessionState::Impossible,
        Some(EndReason::Measured) => HutSessionState::Disowned,
        Some(EndReason::Left | EndReason::Closed) => HutSessionState::Ended,
        Some(EndReason::Expired) => HutSessionState::Expired,
        None if *session.expires_at < now => HutSessionState::Expired,
        None => HutSessionState::Waiting,
    };
    Ok(HutSession {
        id: session.id,
        hut_id: session.hut_id,
        person_id: session.person_id,
        state,
        text: text_of(state, !turned_away.is_empty()).to_owned(),
        advice,
        opened_at: *session.opened_at,
        expires_at: *session.expires_at,
    })
}

/// What to do now. `lacks_one` says that one of several values was turned away.
fn text_of(state: HutSessionState, lacks_one: bool) -> &'static str {
    match state {
        HutSessionState::Waiting => "请在 3 分钟内测量，测量时请坐稳、不要说话。",
        HutSessionState::Measured if lacks_one => {
            "测量完成，但有一项的数值不合理，没有存入健康档案。请重新扫码，再测这一项。"
        }
        HutSessionState::Measured => "测量完成，结果已存入健康档案。再测一项，请重新扫码。",
        HutSessionState::Impossible => "测得的数值不合理，没有存入健康档案。请重新扫码，按提示再测一次。",
        HutSessionState::Asked => "这次的体重与上一次相差较大，请确认是不是本人测量的。",
        HutSessionState::Disowned => "这次测量没有存入档案。需要时请重新扫码测量。",
        HutSessionState::Expired => "没有收到测量结果，请重新扫码后再测。",
        HutSessionState::Ended => "本次测量已结束。需要时请重新扫码。",
    }
}

fn no_such_session() -> ApiError {
    ApiError::NotFound {
        code: "no_such_session", detail: "没有找到这次测量，请重新扫码。".into()
    }
}
