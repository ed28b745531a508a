//! The phone at a door without a network: what it takes along, and what it brings back.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, TimeDelta, Utc};
use entity::activity;
use entity::check_in::Source;
use entity::check_in_conflict::Reason;
use entity::registration::{self, Status};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::admission::{self, Admission, Arrival, Outcome};
use super::codes::{self, BadCode};
use super::conflicts::{self, Misfit};
use super::dto::{GateBundle, GateEntry, OfflineResult, OfflineResults, OfflineScan, OfflineScans};
use super::guests;
use super::host::Host;
use super::refusal::Refusal;
use super::scans::{checked_device, checked_nonce};
use super::tickets::shown;
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::hex::lower_hex;
use crate::http::field_errors::wrong;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::HostActivities;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const MOST_SCANS: usize = 200;
const MOST_PEOPLE: usize = 20;
/// Enough of a hash to tell registrations apart, too much to guess one.
const HASH_BYTES: usize = 16;
const READING: &str = "Base45 (RFC 9285) after `KT1:`; SHA-256 of bytes 0 to 15, of which the first 16 as hex \
                       are the hash; bytes 16 to 19 are seconds since 1970, big-endian";

/// Gives what a phone at the door needs when there is no network: hashes that tickets lead to, and masked
/// names. Nothing in it lets anybody in.
#[utoipa::path(
    tag = "attendance",
    params(("id" = i32, Path, description = "Id of the activity")),
    responses((status = 200, body = GateBundle), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/activities/{id}/gate-bundle")]
pub(super) async fn get_gate_bundle(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<HostActivities>,
    id: Path<i32>,
) -> ApiResult<HttpResponse> {
    let (now, host) = (state.clock.now(), Host::new(&caller, Origin::of(&request)));
    let reader = state.database.reader();
    let activity = host.activity(reader, id.into_inner()).await?;
    let ids = with_seats(reader, activity.id).await?;
    let guests = guests::of_registrations(reader, &state.vault, &ids).await?;
    let entry = |id: &Uuid| GateEntry {
        hash: hash(*id),
        people: guests
            .iter()
            .filter(|guest| guest.row.registration_id == *id && guest.has_seat())
            .map(shown)
            .collect(),
    };
    let mut entries: Vec<GateEntry> = ids.iter().map(entry).collect();
    // By hash, so that the order does not tell who signed up first.
    entries.sort_by(|one, other| one.hash.cmp(&other.hash));
    let told = json!({"registrations": entries.len()});
    audit::record(&state, host.event(Action::GateBundleFetched, &activity).with(told)).await?;
    let bundle = GateBundle {
        activity_id: activity.id,
        title: activity.title,
        made_at: now,
        check_in_opens_at: *activity.check_in_opens_at,
        check_in_closes_at: *activity.check_in_closes_at,
        ticket_lives_s: codes::TICKET_LIVES.num_seconds(),
        reading: READING,
        entries,
    };
    Ok(personal::json(StatusCode::OK, &bundle))
}

async fn with_seats(connection: &impl ConnectionTrait, activity_id: i32) -> ApiResult<Vec<Uuid>> {
    Ok(registration::Entity::find()
        .select_only()
        .column(registration::Column::Id)
        .filter(registration::Column::ActivityId.eq(activity_id))
        .filter(registration::Column::Status.eq(Status::Confirmed))
        .order_by_asc(registration::Column::Id)
        .into_tuple()
        .all(connection)
        .await?)
}

/// What stands in a bundle for a registration.
fn hash(registration_id: Uuid) -> String {
    let digest = Sha256::digest(registration_id.as_bytes());
    lower_hex(digest.get(..HASH_BYTES).unwrap_or(&digest))
}

/// Takes in scans that were made without a network.
///
/// Each is either a check-in or a conflict that staff find in the list; none is dropped, and sending them
/// again changes nothing. The clock of the device may be wrong: `device_now` tells by how much.
#[utoipa::path(
    tag = "attendance",
    params(("id" = i32, Path, description = "Id of the activity")),
    request_body = OfflineScans,
    responses((status = 200, body = OfflineResults), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/activities/{id}/check-ins/offline")]
pub(super) async fn upload_offline_scans(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<HostActivities>,
    id: Path<i32>,
    body: Json<OfflineScans>,
) -> ApiResult<HttpResponse> {
    let (now, host) = (state.clock.now(), Host::new(&caller, Origin::of(&request)));
    let activity_id = id.into_inner();
    host.activity(state.database.reader(), activity_id).await?;
    let upload = checked(body.into_inner(), now)?;
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    let results = database
        .write(move |transaction| {
            let (state, host, upload) = (state.clone(), host.clone(), upload.clone());
            Box::pin(async move { take_in(&state, transaction, &host, activity_id, &upload, now).await })
        })
        .await?;
    Ok(personal::json(StatusCode::OK, &results))
}

/// Scans that may be looked at.
#[derive(Clone)]
struct Upload {
    device: Option<String>,
    /// By how much the clock of the device is behind the server's.
    error: TimeDelta,
    scans: Vec<OfflineScan>,
}

fn checked(given: OfflineScans, now: DateTime<Utc>) -> ApiResult<Upload> {
    if given.scans.is_empty() || given.scans.len() > MOST_SCANS {
        return Err(wrong("/scans", "bad_number", "每次请上传 1 到 200 条扫码记录。"));
    }
    for (scan, at) in given.scans.iter().zip(0_usize..) {
        checked_nonce(scan.nonce.clone(), &format!("/scans/{at}/nonce"))?;
        if scan.ticket.is_some() == scan.hash.is_some() {
            let message = "请提供 ticket（扫码内容）或 hash（名单中的一项）中的一项。";
            return Err(wrong(format!("/scans/{at}/ticket"), "one_of_two", message));
        }
        if scan.people.as_ref().is_some_and(|people| people.is_empty() || people.len() > MOST_PEOPLE) {
            return Err(wrong(format!("/scans/{at}/people"), "bad_number", "请选择 1 到 20 个人。"));
        }
    }
    let device = checked_device(given.device)?;
    Ok(Upload { device, error: now - given.device_now, scans: given.scans })
}

async fn take_in(
    state: &AppState,
    transaction: &DatabaseTransaction,
    host: &Host,
    activity_id: i32,
    upload: &Upload,
    now: DateTime<Utc>,
) -> ApiResult<OfflineResults> {
    let activity = host.locked_activity(transaction, activity_id).await?;
    let mut results = OfflineResults { checked_in: 0, conflicts: 0, items: Vec::new() };
    let mut written = 0;
    for scan in &upload.scans {
        // A date so far off that it cannot be corrected is as good as none.
        let at = scan.scanned_at.checked_add_signed(upload.error).unwrap_or(now).min(now);
        let door = Door { state, transaction, activity: &activity, host, device: upload.device.as_deref() };
        let taken = door.take(scan, at, now).await?;
        written += taken.written;
        match taken.misfit {
            None => results.checked_in += 1,
            Some(_) => results.conflicts += 1,
        }
        results.items.push(told(scan, taken.misfit));
    }
    if written > 0 {
        let event = host.event(Action::CheckedIn, &activity).with(json!({
            "people": written, "source": "offline", "conflicts": results.conflicts,
        }));
        audit::append(transaction, &event, now).await?;
    }
    Ok(results)
}

fn told(scan: &OfflineScan, misfit: Option<Reason>) -> OfflineResult {
    OfflineResult {
        nonce: scan.nonce.clone(),
        status: if misfit.is_none() { "checked_in" } else { "conflict" },
        reason: misfit.map(conflicts::word),
        text: misfit.map_or("签到成功。", conflicts::sentence).to_owned(),
    }
}

/// Where scans are taken in.
struct Door<'t> {
    state: &'t AppState,
    transaction: &'t DatabaseTransaction,
    activity: &'t activity::Model,
    host: &'t Host,
    device: Option<&'t str>,
}

/// What became of one scan.
struct Taken {
    misfit: Option<Reason>,
    written: usize,
}

impl Door<'_> {
    async fn take(&self, scan: &OfflineScan, at: DateTime<Utc>, now: DateTime<Utc>) -> ApiResult<Taken> {
        if let Some(reason) = conflicts::known(self.transaction, self.activity.id, &scan.nonce).await? {
            return Ok(Taken { misfit: Some(reason), written: 0 });
        }
        let registration_id = match self.registration_of(scan, at).await? {
            Ok(id) => id,
            Err((refusal, id)) => return self.keep(scan, at, now, (refusal.reason(), id, None)).await,
        };
        let arrival = Arrival {
            registration_id,
            people: self.people_of(registration_id, scan.people.as_deref()).await?,
            nonce: scan.nonce.clone(),
            source: Source::Offline,
            staff_id: Some(self.host.staff_id),
            device: self.device.map(str::to_owned),
            at,
            is_bound_by_hours: true,
        };
        let admitted =
            match admission::admit(self.state, self.transaction, self.activity, &arrival, now).await {
                // The same nonce for another registration is a fault of the device: it is listed too.
                Err(ApiError::Conflict { .. }) => Err(Refusal::Unknown),
                other => other?,
            };
        match admitted {
            Ok(admission) => self.admitted(scan, at, now, &admission).await,
            Err(refusal) => {
                let about = (refusal.reason(), Some(registration_id), arrival.people);
                self.keep(scan, at, now, about).await
            }
        }
    }

    /// People who were in before by another scan are a conflict: two phones let the same ticket in.
    async fn admitted(
        &self,
        scan: &OfflineScan,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
        admission: &Admission,
    ) -> ApiResult<Taken> {
        let is_new = admission.written > 0 || admission.outcome == Outcome::Already;
        if !is_new || admission.were_in.is_empty() {
            return Ok(Taken { misfit: None, written: admission.written });
        }
        let about = (Reason::Already, Some(admission.registration_id), Some(admission.were_in.clone()));
        let kept = self.keep(scan, at, now, about).await?;
        Ok(Taken { written: admission.written, ..kept })
    }

    async fn keep(
        &self,
        scan: &OfflineScan,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
        (reason, registration_id, people): (Reason, Option<Uuid>, Option<Vec<Uuid>>),
    ) -> ApiResult<Taken> {
        let misfit = Misfit {
            activity_id: self.activity.id,
            registration_id,
            people: people.unwrap_or_default(),
            nonce: scan.nonce.clone(),
            reason,
            staff_id: self.host.staff_id,
            device: self.device.map(str::to_owned),
            scanned_at: at,
        };
        conflicts::keep(self.state, self.transaction, misfit, now).await?;
        Ok(Taken { misfit: Some(reason), written: 0 })
    }

    /// Which registration was scanned, or why it is none.
    async fn registration_of(
        &self,
        scan: &OfflineScan,
        at: DateTime<Utc>,
    ) -> ApiResult<Result<Uuid, (Refusal, Option<Uuid>)>> {
        if let Some(text) = &scan.ticket {
            let keys = self.state.keys.current();
            return Ok(match codes::read_ticket(&keys, text, at) {
                Ok(ticket) => Ok(ticket.registration_id),
                Err(BadCode::Forged) => Err((Refusal::Forged, None)),
                // Genuine, but old by the clock of the device, or the clock was set meanwhile.
                Err(BadCode::Stale) => {
                    let ticket = codes::read_old_ticket(&keys, text);
                    Err((Refusal::Stale, ticket.ok().map(|ticket| ticket.registration_id)))
                }
            });
        }
        let wanted = scan.hash.as_deref().unwrap_or_default();
        let all: Vec<Uuid> = registration::Entity::find()
            .select_only()
            .column(registration::Column::Id)
            .filter(registration::Column::ActivityId.eq(self.activity.id))
            .into_tuple()
            .all(self.transaction)
            .await?;
        let found = all.into_iter().find(|id| hash(*id).eq_ignore_ascii_case(wanted));
        Ok(found.ok_or((Refusal::Unknown, None)))
    }

    /// Of the people that a device named those that are still of the registration: somebody who gave the
    /// seat back meanwhile must not cost the others theirs.
    async fn people_of(&self, registration_id: Uuid, named: Option<&[Uuid]>) -> ApiResult<Option<Vec<Uuid>>> {
        let Some(named) = named else {
            return Ok(None);
        };
        let guests =
            guests::of_registrations(self.transaction, &self.state.vault, &[registration_id]).await?;
        let still: Vec<Uuid> = guests
            .iter()
            .filter(|guest| guest.has_seat() && named.contains(&guest.row.id))
            .map(|guest| guest.row.id)
            .collect();
        Ok((!still.is_empty()).then_some(still))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_beginning_of_the_sha_256_of_the_id() {
        let id: Uuid = "019a0000-0000-7000-8000-000000000001".parse().unwrap();
        assert_eq!(hash(id).len(), 32);
        assert_eq!(hash(id), hash(id));
        assert_ne!(hash(id), hash(Uuid::nil()));
        // `printf '\0%.0s' {1..16} | sha256sum`
        assert_eq!(hash(Uuid::nil()), "374708fff7719dd5979ec875d56cd228");
    }
}
