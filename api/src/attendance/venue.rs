//! Check-in by residents themselves, with a code that hangs or shines at the venue.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, Utc};
use entity::activity;
use entity::check_in::Source;
use entity::registration::{self, Status};
use entity::registration_person;
use geo::Coord;
use geodata::geometry::distance_m;
use geodata::{Datum, Wgs84};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use super::admission::{self, Admission, Arrival};
use super::codes::{self, BadCode};
use super::dto::{CheckInAnswer, PhonePosition, SelfCheckIn, VenueCode, VenueCodeParameters};
use super::host::{Host, lock};
use super::refusal::{Refusal, must_take_place};
use super::tickets::{SVG, picture};
use super::{answers, scans};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::http::parameters::{self, given};
use crate::http::personal;
use crate::identity::caller::{Permitted, Resident};
use crate::identity::origin::Origin;
use crate::identity::permission::HostActivities;
use crate::openapi::ProblemResponses;
use crate::qr;
use crate::state::AppState;

/// Leaves room for the number of a registration.
const LONGEST_NONCE: usize = 60;

/// Gives the code that residents scan at the venue: for a screen, which shows a new one all the time, or for
/// a sheet on the wall.
#[utoipa::path(
    tag = "attendance",
    params(("id" = i32, Path, description = "Id of the activity"), VenueCodeParameters),
    responses(
        (status = 200, content((VenueCode = "application/json"), (String = "image/svg+xml"))),
        ProblemResponses
    ),
    security(("access_token" = []))
)]
#[get("/activities/{id}/venue-code")]
pub(super) async fn get_venue_code(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<HostActivities>,
    id: Path<i32>,
    asked: Query<VenueCodeParameters>,
) -> ApiResult<HttpResponse> {
    let is_rotating = match given(asked.kind.as_deref()) {
        None | Some("screen") => true,
        Some("sheet") => false,
        Some(_) => return Err(parameters::wrong("kind", "可选：screen、sheet。")),
    };
    let wants_picture = SVG.is_wanted(&request, asked.format.as_deref())?;
    let (now, host) = (state.clock.now(), Host::new(&caller, Origin::of(&request)));
    let activity = host.activity(state.database.reader(), id.into_inner()).await?;
    must_allow_it(&activity)?;
    let code = codes::venue_code(&state.keys.current(), activity.id, is_rotating, now)?;
    let svg = qr::svg(&code)?;
    if wants_picture {
        return Ok(picture(svg));
    }
    let answer = VenueCode {
        code,
        svg,
        expires_at: is_rotating.then(|| now + codes::VENUE_CODE_LIVES),
        refresh_after_s: is_rotating.then(|| codes::VENUE_CODE_REFRESH.num_seconds()),
        check_in_opens_at: *activity.check_in_opens_at,
        check_in_closes_at: *activity.check_in_closes_at,
    };
    Ok(personal::json(StatusCode::OK, &answer))
}

/// Checks oneself and one's family in, being at the venue.
///
/// Besides the refusals of staff's check-in: `self_check_in_off`, `venue_code_forged`, `venue_code_stale`,
/// `position_required`, `too_far`, `not_registered`.
#[utoipa::path(
    tag = "attendance",
    params(("id" = i32, Path, description = "Id of the activity")),
    request_body = SelfCheckIn,
    responses((status = 200, body = CheckInAnswer), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/activities/{id}/self-check-ins")]
pub(super) async fn check_oneself_in(
    state: Data<AppState>,
    resident: Resident,
    id: Path<i32>,
    body: Json<SelfCheckIn>,
) -> ApiResult<HttpResponse> {
    let (now, activity_id, given) = (state.clock.now(), id.into_inner(), body.into_inner());
    let activity = activity::Entity::find_by_id(activity_id).one(state.database.reader()).await?;
    let announced = activity.filter(|activity| activity.published_at.is_some());
    let activity = announced.ok_or_else(no_such_activity)?;
    must_be_there(&state, &activity, &given, now)?;
    let nonce = scans::checked_nonce(given.nonce, "/nonce")?;
    if nonce.len() > LONGEST_NONCE {
        return Err(wrong("/nonce", "bad_nonce", "nonce 最多 60 个字符。"));
    }
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    let answer = database
        .write(move |transaction| {
            let (state, people, nonce) = (state.clone(), given.people.clone(), nonce.clone());
            Box::pin(async move {
                let at = Scene { state: &state, transaction, activity_id, now };
                let_oneself_in(&at, &resident, people.as_deref(), &nonce).await
            })
        })
        .await?;
    Ok(personal::json(StatusCode::OK, &answer))
}

/// Where and when somebody stands at the venue.
struct Scene<'t> {
    state: &'t AppState,
    transaction: &'t DatabaseTransaction,
    activity_id: i32,
    now: DateTime<Utc>,
}

/// Lets in everybody whom the family signed up, in however many calls it did so.
async fn let_oneself_in(
    at: &Scene<'_>,
    resident: &Resident,
    people: Option<&[Uuid]>,
    nonce: &str,
) -> ApiResult<CheckInAnswer> {
    lock(at.transaction, at.activity_id).await?;
    let activity = activity::Entity::find_by_id(at.activity_id).one(at.transaction).await?;
    let activity = activity.ok_or_else(no_such_activity)?;
    let mut whole: Option<Admission> = None;
    for (registration_id, number) in own(at.transaction, resident, at.activity_id).await?.into_iter().zip(1..)
    {
        let of_this = match people {
            Some(people) => Some(among(at, registration_id, people).await?),
            None => None,
        };
        if of_this.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        let arrival = Arrival {
            registration_id,
            people: of_this,
            // One scan of several registrations: each has its own number, the same whenever it is sent.
            nonce: if number == 1 { nonce.to_owned() } else { format!("{nonce}#{number}") },
            source: Source::Own,
            staff_id: None,
            device: None,
            at: at.now,
            is_bound_by_hours: true,
        };
        let admitted = admission::admit(at.state, at.transaction, &activity, &arrival, at.now).await?;
        let admission = admitted.map_err(|refusal| in_other_words(&refusal))?;
        whole = Some(match whole {
            Some(whole) => whole.and(admission),
            None => admission,
        });
    }
    let whole = whole
        .ok_or_else(|| wrong("/people", "not_registered", "选择的家人没有报名这场活动，请重新选择。"))?;
    answers::of_admission(at.transaction, &activity, &whole).await
}

/// Those of these people who are of the registration.
async fn among(at: &Scene<'_>, registration_id: Uuid, people: &[Uuid]) -> ApiResult<Vec<Uuid>> {
    let rows = registration_person::Entity::find()
        .filter(registration_person::Column::RegistrationId.eq(registration_id))
        .filter(registration_person::Column::Id.is_in(people.iter().copied()))
        .filter(registration_person::Column::Status.ne(Status::Cancelled))
        .all(at.transaction)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// What a worker reads out is not what a resident is told.
fn in_other_words(refusal: &Refusal) -> ApiError {
    let detail = match refusal {
        Refusal::Waiting => "您还在候补，没有座位，请咨询现场工作人员。".into(),
        Refusal::Offered => "名额还没有确认，请先在“我的报名”里点“确认参加”。".into(),
        Refusal::Cancelled | Refusal::Unknown => "您的报名已经取消，请咨询现场工作人员。".into(),
        Refusal::TooLate(at) => format!("签到已于 {at} 结束，如您在场，请找现场工作人员补登。"),
        other => other.sentence(),
    };
    ApiError::Conflict { code: refusal.code(), detail }
}

fn must_allow_it(activity: &activity::Model) -> ApiResult<()> {
    must_take_place(activity)?;
    if activity.self_check_in {
        return Ok(());
    }
    Err(ApiError::Conflict {
        code: "self_check_in_off",
        detail: "这场活动没有开通自助签到，请由工作人员扫码签到。".into(),
    })
}

/// Whether the code was scanned at the venue, and where it is asked for, the phone is near it.
fn must_be_there(
    state: &AppState,
    activity: &activity::Model,
    given: &SelfCheckIn,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    must_allow_it(activity)?;
    let code = codes::read_venue_code(&state.keys.current(), &given.code, now).map_err(bad_code)?;
    if code.activity_id != activity.id {
        return Err(ApiError::Conflict {
            code: "wrong_activity",
            detail: "这是另一场活动的签到码，请扫描本场活动的签到码。".into(),
        });
    }
    let position = given.position.as_ref().map(read).transpose()?;
    let Some(radius_m) = activity.self_check_in_radius_m else {
        return Ok(());
    };
    let Some(distance_m) = distance_to_venue_m(state, activity, position)? else {
        return Ok(());
    };
    if distance_m <= f64::from(radius_m) {
        return Ok(());
    }
    Err(ApiError::Conflict {
        code: "too_far",
        detail: format!("您离活动地点大约 {distance_m:.0} 米，请到现场后再签到，或找工作人员帮忙。"),
    })
}

/// Nothing where the venue has no place on the map: the code alone must do.
fn distance_to_venue_m(
    state: &AppState,
    activity: &activity::Model,
    position: Option<Wgs84>,
) -> ApiResult<Option<f64>> {
    let map = state.map.current();
    let place = activity.feature_id.and_then(|id| map.snapshot.feature(id.try_into().ok()?));
    let Some(shape) = place.and_then(|place| place.geometry()) else {
        return Ok(None);
    };
    let Some(position) = position else {
        return Err(ApiError::Conflict {
            code: "position_required",
            detail: "这场活动签到需要确认您在现场，请允许获取位置后重试，或找工作人员帮忙。".into(),
        });
    };
    Ok(Some(distance_m(position, shape)))
}

fn read(position: &PhonePosition) -> ApiResult<Wgs84> {
    let datum: Datum = position.datum.parse().map_err(|_unknown| {
        wrong("/position/datum", "unknown_datum", "坐标系请填写 wgs84、gcj02 或 bd09。")
    })?;
    datum
        .read(Coord { x: position.lon, y: position.lat })
        .map_err(|_out_of_range| wrong("/position", "bad_position", "位置不正确，请重新定位后再试。"))
}

fn bad_code(bad: BadCode) -> ApiError {
    match bad {
        BadCode::Forged => ApiError::Conflict {
            code: "venue_code_forged",
            detail: "这不是本平台的签到码，请扫描现场的签到码。".into(),
        },
        BadCode::Stale => ApiError::Conflict {
            code: "venue_code_stale",
            detail: "签到码已更新，请重新扫描现场屏幕上的签到码。".into(),
        },
    }
}

/// The registrations that let the resident in: all with a seat, else one that tells why there is none.
async fn own(
    transaction: &DatabaseTransaction,
    resident: &Resident,
    activity_id: i32,
) -> ApiResult<Vec<Uuid>> {
    // Somebody of the family or a worker may have signed the resident up.
    let signed_up = registration_person::Entity::find()
        .select_only()
        .column(registration_person::Column::RegistrationId)
        .filter(registration_person::Column::ActivityId.eq(activity_id))
        .filter(registration_person::Column::PersonId.eq(resident.person_id))
        .filter(registration_person::Column::Status.ne(Status::Cancelled))
        .into_query();
    let of_family = Condition::any()
        .add(registration::Column::AccountId.eq(resident.account_id))
        .add(registration::Column::Id.in_subquery(signed_up));
    let rows = registration::Entity::find()
        .filter(registration::Column::ActivityId.eq(activity_id))
        .filter(of_family)
        .order_by_asc(registration::Column::Id)
        .all(transaction)
        .await?;
    let seated: Vec<Uuid> =
        rows.iter().filter(|row| row.status == Status::Confirmed).map(|row| row.id).collect();
    if !seated.is_empty() {
        return Ok(seated);
    }
    let live = rows.iter().find(|row| row.status != Status::Cancelled);
    live.or_else(|| rows.last()).map(|row| vec![row.id]).ok_or_else(not_registered)
}

fn not_registered() -> ApiError {
    ApiError::Conflict {
        code: "not_registered",
        detail: "您没有报名这场活动，请找现场工作人员登记入场。".into(),
    }
}

fn no_such_activity() -> ApiError {
    ApiError::NotFound {
        code: "not_found", detail: "没有找到这个活动，请返回活动列表重新选择。".into()
    }
}
