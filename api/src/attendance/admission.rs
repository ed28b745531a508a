//! Letting people in: one rule for tickets, lists, the door's own code and scans that come late.

use chrono::{DateTime, Utc};
use entity::activity;
use entity::check_in::{self, Source};
use entity::registration::{self, Channel, Status};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::guests::{self, Guest};
use super::refusal::{Refusal, must_be_in_time, must_take_place, zone_of};
use crate::error::{ApiError, ApiResult, FieldError};
use crate::http::field_errors::wrong;
use crate::registrations::strikes;
use crate::state::AppState;

/// People of one registration who are at the door.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) registration_id: Uuid,
    /// Rows of people; all of the registration where nobody is named.
    pub(super) people: Option<Vec<Uuid>>,
    /// Made by the device; the same scan sent twice is one.
    pub(super) nonce: String,
    pub(super) source: Source,
    pub(super) staff_id: Option<Uuid>,
    pub(super) device: Option<String>,
    /// When they came.
    pub(super) at: DateTime<Utc>,
    /// Whether the hours of check-in bind. Staff who settle a late scan look at the time themselves.
    pub(super) is_bound_by_hours: bool,
}

/// What a scan brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Somebody is in by this scan.
    CheckedIn,
    /// Everybody who was named was in before.
    Already,
    /// This very scan was undone since.
    Undone,
}

/// What one person of a registration is, seen from one scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// In, by this scan.
    CheckedIn,
    /// In, by another one.
    Already,
    /// This scan was undone.
    Undone,
    /// Not here yet.
    Absent,
    /// Gave the seat back.
    Cancelled,
}

/// A registration as it is after a scan.
#[derive(Clone, Debug)]
pub(super) struct Admission {
    pub(super) registration_id: Uuid,
    pub(super) outcome: Outcome,
    pub(super) guests: Vec<(Guest, Presence)>,
    /// Those who were named and came in by another scan.
    pub(super) were_in: Vec<Uuid>,
    /// How many rows were written: none when a scan is sent again.
    pub(super) written: usize,
}

impl Admission {
    /// Two registrations of one scan, told together.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.outcome = match (self.outcome, other.outcome) {
            (Outcome::CheckedIn, _) | (_, Outcome::CheckedIn) => Outcome::CheckedIn,
            (Outcome::Undone, _) | (_, Outcome::Undone) => Outcome::Undone,
            (Outcome::Already, Outcome::Already) => Outcome::Already,
        };
        self.guests.extend(other.guests);
        self.were_in.extend(other.were_in);
        self.written += other.written;
        self
    }
}

/// Lets people in, or says why not.
///
/// The caller holds the lock of the activity; the registration stays locked until the commit, so that two
/// gates, or a gate and a cancellation, take turns.
///
/// # Errors
/// 422 for somebody who is not of the registration, 409 for a nonce of another scan.
pub(super) async fn admit(
    state: &AppState,
    transaction: &DatabaseTransaction,
    activity: &activity::Model,
    arrival: &Arrival,
    now: DateTime<Utc>,
) -> ApiResult<Result<Admission, Refusal>> {
    let found = registration::Entity::find_by_id(arrival.registration_id).lock_exclusive();
    let Some(registration) = found.one(transaction).await? else {
        return Ok(Err(Refusal::Unknown));
    };
    if registration.activity_id != activity.id {
        let other = activity::Entity::find_by_id(registration.activity_id).one(transaction).await?;
        return Ok(Err(Refusal::WrongActivity(other.as_ref().map(named).unwrap_or_default())));
    }
    let guests = guests::of_registrations(transaction, &state.vault, &[registration.id]).await?;
    let named = named_guests(&guests, arrival.people.as_deref())?;
    let is_repeated = guests.iter().any(|guest| scanned_by(guest, &arrival.nonce));
    let mut written = 0;
    if !is_repeated {
        must_be_new(transaction, activity.id, &arrival.nonce).await?;
        let missing: Vec<Uuid> = guests
            .iter()
            .filter(|guest| named.contains(&guest.row.id) && guest.arrival.is_none() && guest.has_seat())
            .map(|guest| guest.row.id)
            .collect();
        if let Err(refusal) = may_enter(activity, &registration, arrival, &missing) {
            return Ok(Err(refusal));
        }
        let source = match (registration.channel, arrival.source) {
            (Channel::WalkIn, Source::List) => Source::WalkIn,
            (_, source) => source,
        };
        let arrival = Arrival { source, ..arrival.clone() };
        for id in &missing {
            written += insert(state, transaction, activity.id, *id, &arrival, now).await?;
        }
        for id in &missing {
            strikes::forgive_for_arrival(transaction, *id, now).await?;
        }
    }
    let guests = guests::of_registrations(transaction, &state.vault, &[registration.id]).await?;
    Ok(Ok(seen(registration.id, guests, &named, &arrival.nonce, written)))
}

/// Second scans are told who was let in when, whatever the hour; everything else is bound by the rules.
fn may_enter(
    activity: &activity::Model,
    registration: &registration::Model,
    arrival: &Arrival,
    missing: &[Uuid],
) -> Result<(), Refusal> {
    must_take_place(activity)?;
    match registration.status {
        Status::Confirmed => {}
        Status::Waiting => return Err(Refusal::Waiting),
        Status::Offered => return Err(Refusal::Offered),
        Status::Cancelled => return Err(Refusal::Cancelled),
    }
    if arrival.is_bound_by_hours && !missing.is_empty() {
        must_be_in_time(activity, arrival.source, arrival.at)?;
    }
    Ok(())
}

/// Which people are meant.
fn named_guests(guests: &[Guest], people: Option<&[Uuid]>) -> ApiResult<Vec<Uuid>> {
    let Some(people) = people else {
        return Ok(guests.iter().filter(|guest| guest.has_seat()).map(|guest| guest.row.id).collect());
    };
    let mut errors = Vec::new();
    for (id, at) in people.iter().zip(0_usize..) {
        let known = guests.iter().find(|guest| guest.row.id == *id);
        if known.is_none_or(|guest| guest.row.status == Status::Cancelled) {
            errors.push(FieldError {
                pointer: format!("/people/{at}"),
                code: "not_registered".to_owned(),
                message: "这个人不在这份报名里，请重新选择。".to_owned(),
            });
        }
    }
    if people.is_empty() {
        return Err(wrong("/people", "nobody", "请至少选择一个人，或者不填，表示全部到场。"));
    }
    if errors.is_empty() { Ok(people.to_vec()) } else { Err(ApiError::Invalid { errors }) }
}

fn scanned_by(guest: &Guest, nonce: &str) -> bool {
    guest.arrival.iter().chain(&guest.undone).any(|arrival| arrival.nonce == nonce)
}

async fn must_be_new(connection: &impl ConnectionTrait, activity_id: i32, nonce: &str) -> ApiResult<()> {
    let used = check_in::Entity::find()
        .filter(check_in::Column::ActivityId.eq(activity_id))
        .filter(check_in::Column::Nonce.eq(nonce))
        .one(connection)
        .await?;
    if used.is_none() {
        return Ok(());
    }
    Err(ApiError::Conflict {
        code: "nonce_reused",
        detail: "这个扫码编号已用于另一份报名，请重新扫码。".into(),
    })
}

async fn insert(
    state: &AppState,
    transaction: &DatabaseTransaction,
    activity_id: i32,
    registration_person_id: Uuid,
    arrival: &Arrival,
    now: DateTime<Utc>,
) -> ApiResult<usize> {
    let row = check_in::ActiveModel {
        id: ActiveValue::Set(state.random.id(now)),
        registration_person_id: ActiveValue::Set(registration_person_id),
        activity_id: ActiveValue::Set(activity_id),
        nonce: ActiveValue::Set(arrival.nonce.clone()),
        source: ActiveValue::Set(arrival.source),
        staff_id: ActiveValue::Set(arrival.staff_id),
        device: ActiveValue::Set(arrival.device.clone()),
        checked_in_at: ActiveValue::Set(arrival.at.min(now).into()),
        recorded_at: ActiveValue::Set(now.into()),
        reverted_at: ActiveValue::Set(None),
        reverted_by: ActiveValue::Set(None),
    };
    // Another gate may have been faster where the registration could not be locked (SQLite has one writer).
    let inserted = check_in::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(usize::try_from(inserted).unwrap_or_default())
}

fn seen(registration_id: Uuid, guests: Vec<Guest>, named: &[Uuid], nonce: &str, written: usize) -> Admission {
    let guests: Vec<(Guest, Presence)> = guests
        .into_iter()
        .map(|guest| {
            let presence = presence(&guest, nonce);
            (guest, presence)
        })
        .collect();
    let of_named = |wanted: Presence| {
        guests
            .iter()
            .filter(|(guest, presence)| named.contains(&guest.row.id) && *presence == wanted)
            .map(|(guest, _)| guest.row.id)
            .collect::<Vec<_>>()
    };
    let is_in = guests.iter().any(|(_, presence)| *presence == Presence::CheckedIn);
    let is_undone = guests.iter().any(|(_, presence)| *presence == Presence::Undone);
    let outcome = match (is_in, is_undone) {
        (true, _) => Outcome::CheckedIn,
        (false, true) => Outcome::Undone,
        (false, false) => Outcome::Already,
    };
    let were_in = of_named(Presence::Already);
    Admission { registration_id, outcome, guests, were_in, written }
}

fn presence(guest: &Guest, nonce: &str) -> Presence {
    match &guest.arrival {
        Some(arrival) if arrival.nonce == nonce => Presence::CheckedIn,
        Some(_) => Presence::Already,
        None if guest.undone.iter().any(|arrival| arrival.nonce == nonce) => Presence::Undone,
        None if guest.row.status == Status::Cancelled => Presence::Cancelled,
        None => Presence::Absent,
    }
}

/// An activity in words, for somebody who stands at the wrong door.
fn named(activity: &activity::Model) -> String {
    let starts = activity.starts_at.with_timezone(&zone_of(activity));
    format!("《{}》，{}，{}", activity.title, starts.format("%-m月%-d日 %H:%M"), activity.place_name)
}

/// Takes arrivals back. Tells how many there were.
pub(super) async fn undo(
    transaction: &DatabaseTransaction,
    activity_id: i32,
    people: &[Uuid],
    staff_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<u64> {
    let undone = check_in::Entity::update_many()
        .col_expr(check_in::Column::RevertedAt, Expr::val(now.timestamp_millis()))
        .col_expr(check_in::Column::RevertedBy, Expr::val(staff_id))
        .filter(check_in::Column::ActivityId.eq(activity_id))
        .filter(check_in::Column::RegistrationPersonId.is_in(people.iter().copied()))
        .filter(check_in::Column::RevertedAt.is_null())
        .exec(transaction)
        .await?;
    Ok(undone.rows_affected)
}
