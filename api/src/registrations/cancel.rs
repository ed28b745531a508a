//! Giving seats back, and what follows from it in the same transaction.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::registration::{self, EndReason, Status};
use entity::{activity, check_in, registration_person};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::line::{change_status, promote};
use super::offer;
use super::seats::Locked;
use super::tell::{self, About, News};
use crate::activities::published::SeatNumbers;
use crate::audit::{self, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Resident;
use crate::regions::RegionScope;
use crate::state::AppState;

/// 404: there is no such registration, or none the caller may know of.
pub(super) fn no_such_registration() -> ApiError {
    ApiError::NotFound {
        code: "no_such_registration",
        detail: "没有找到这个报名，请返回“我的报名”重新选择。".into(),
    }
}

/// Ends a registration and gives its seats, or its place in line, back. Who is next is the caller's business.
pub(super) async fn end(
    transaction: &DatabaseTransaction,
    locked: &mut Locked,
    entry: &registration::Model,
    reason: EndReason,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    match entry.status {
        Status::Confirmed | Status::Offered => locked.give_back(entry.seats),
        Status::Waiting => locked.leave_line(entry.seats),
        Status::Cancelled => return Ok(()),
    }
    let change = registration::ActiveModel {
        status: ActiveValue::Set(Status::Cancelled),
        offer_expires_at: ActiveValue::Set(None),
        ended_at: ActiveValue::Set(Some(now.into())),
        end_reason: ActiveValue::Set(Some(reason)),
        ..Default::default()
    };
    change_status(transaction, entry, change, Status::Cancelled, now).await?;
    tell::untell(transaction, entry.account_id, entry.id, now).await
}

/// Takes one person out of a registration; the last one ends it. Returns how many seats it has left.
pub(super) async fn end_for(
    transaction: &DatabaseTransaction,
    locked: &mut Locked,
    entry: &registration::Model,
    person: &registration_person::Model,
    reason: EndReason,
    now: DateTime<Utc>,
) -> ApiResult<i32> {
    if person.status == Status::Cancelled {
        return Ok(entry.seats);
    }
    if entry.seats == 1 {
        end(transaction, locked, entry, reason, now).await?;
        return Ok(0);
    }
    match entry.status {
        Status::Confirmed | Status::Offered => locked.give_back(1),
        Status::Waiting => locked.row.waiting -= 1,
        Status::Cancelled => return Ok(0),
    }
    registration::Entity::update_many()
        .set(registration::ActiveModel {
            seats: ActiveValue::Set(entry.seats - 1),
            version: ActiveValue::Set(entry.version + 1),
            updated_at: ActiveValue::Set(now.into()),
            ..Default::default()
        })
        .filter(registration::Column::Id.eq(entry.id))
        .exec(transaction)
        .await?;
    registration_person::Entity::update_many()
        .set(registration_person::ActiveModel {
            status: ActiveValue::Set(Status::Cancelled),
            ..Default::default()
        })
        .filter(registration_person::Column::Id.eq(person.id))
        .exec(transaction)
        .await?;
    Ok(entry.seats - 1)
}

/// What a resident gives back.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// The whole registration.
    Whole,
    /// The seat of one person.
    Person(Uuid),
}

/// Gives back what a resident signed up for. Doing it twice is doing it once.
pub(super) async fn by_resident(
    state: &AppState,
    resident: Resident,
    registration_id: Uuid,
    part: Part,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let entry = find(state.database.reader(), registration_id).await?;
    let is_own = entry.account_id == Some(resident.account_id);
    let is_self = matches!(part, Part::Person(person) if person == resident.person_id);
    if !is_own && !is_self {
        return Err(no_such_registration());
    }
    let (state_in, activity_id) = (state.clone(), entry.activity_id);
    let numbers = state
        .database
        .write_together(move |transaction| {
            let state = state_in.clone();
            Box::pin(async move {
                let mut locked = Locked::find(transaction, activity_id).await?;
                let entry = find(transaction, registration_id).await?;
                give_back(&state, transaction, &mut locked, (&entry, part), EndReason::ByResident, now)
                    .await?;
                locked.save(transaction, now).await
            })
        })
        .await?;
    state.activities.note_seats([numbers]);
    Ok(())
}

async fn give_back(
    state: &AppState,
    transaction: &DatabaseTransaction,
    locked: &mut Locked,
    (entry, part): (&registration::Model, Part),
    reason: EndReason,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    if entry.status == Status::Cancelled {
        return Ok(());
    }
    let people = people(transaction, entry.id).await?;
    let given: Vec<&registration_person::Model> = match part {
        Part::Whole => people.iter().collect(),
        Part::Person(id) => people.iter().filter(|person| person.person_id == id).collect(),
    };
    if given.is_empty() {
        return Err(no_such_registration());
    }
    may_give_back(transaction, &locked.row, &given, now).await?;
    match (part, given.first()) {
        (Part::Person(_), Some(person)) => {
            let left = end_for(transaction, locked, entry, person, reason, now).await?;
            tell_of_fewer(state, transaction, &locked.row, (entry, left), now).await?;
        }
        _ => end(transaction, locked, entry, reason, now).await?,
    }
    promote(state, transaction, locked, now).await
}

/// What is still to be told of a registration that has fewer seats left now names their number.
async fn tell_of_fewer(
    state: &AppState,
    transaction: &DatabaseTransaction,
    activity: &activity::Model,
    (entry, left): (&registration::Model, i32),
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let news = match tell::standing(entry, activity, now) {
        // Whoever has been asked already need not be asked again by day.
        Some(News::SeatOffered { asked_at, .. }) if asked_at <= now => None,
        news => news,
    };
    let Some(news) = news.filter(|_| (1..entry.seats).contains(&left)) else {
        return Ok(());
    };
    tell::untell(transaction, entry.account_id, entry.id, now).await?;
    let about = About { registration_id: entry.id, activity, seats: left };
    tell::tell_account(state, transaction, entry.account_id, about, &[news], now).await
}

async fn may_give_back(
    transaction: &DatabaseTransaction,
    activity: &activity::Model,
    people: &[&registration_person::Model],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    if is_any_there(transaction, people).await? {
        return Err(ApiError::Conflict {
            code: "checked_in", detail: "已经签到，不能再取消报名。".into()
        });
    }
    if now >= *activity.starts_at {
        return Err(ApiError::Conflict {
            code: "has_started",
            detail: "活动已经开始，不能再取消报名。如果没能参加，请告诉工作人员。".into(),
        });
    }
    Ok(())
}

/// A registration.
pub(super) async fn find(
    connection: &impl ConnectionTrait,
    registration_id: Uuid,
) -> ApiResult<registration::Model> {
    registration::Entity::find_by_id(registration_id).one(connection).await?.ok_or_else(no_such_registration)
}

/// The people of a registration, in their order.
pub(super) async fn people(
    connection: &impl ConnectionTrait,
    registration_id: Uuid,
) -> ApiResult<Vec<registration_person::Model>> {
    Ok(registration_person::Entity::find()
        .filter(registration_person::Column::RegistrationId.eq(registration_id))
        .order_by_asc(registration_person::Column::Position)
        .all(connection)
        .await?)
}

/// A worker takes a registration back and the resident is told.
pub(super) async fn by_staff(
    state: &AppState,
    scope: &RegionScope,
    registration_id: Uuid,
    event: AuditEvent,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let entry = find(state.database.reader(), registration_id).await?;
    let (state_in, scope, activity_id) = (state.clone(), scope.clone(), entry.activity_id);
    let numbers = state
        .database
        .write(move |transaction| {
            let (state, scope, event) = (state_in.clone(), scope.clone(), event.clone());
            Box::pin(async move {
                let mut locked = Locked::find(transaction, activity_id).await?;
                scope.require(&locked.row.region_code).map_err(|_outside| no_such_registration())?;
                let entry = find(transaction, registration_id).await?;
                if entry.status == Status::Cancelled {
                    return Ok(locked.numbers(now));
                }
                let what = (&entry, Part::Whole);
                give_back(&state, transaction, &mut locked, what, EndReason::ByStaff, now).await?;
                let about = About { registration_id, activity: &locked.row, seats: entry.seats };
                tell::tell_account(&state, transaction, entry.account_id, about, &[News::TakenBack], now)
                    .await?;
                let numbers = locked.save(transaction, now).await?;
                let event = event.on("registration", registration_id).in_region(&locked.row.region_code);
                audit::append(transaction, &event, now).await?;
                Ok(numbers)
            })
        })
        .await?;
    state.activities.note_seats([numbers]);
    Ok(())
}

/// Accepts an offer.
pub(super) async fn accept(
    state: &AppState,
    resident: Resident,
    registration_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let entry = find(state.database.reader(), registration_id).await?;
    if entry.account_id != Some(resident.account_id) {
        return Err(no_such_registration());
    }
    let (state_in, activity_id) = (state.clone(), entry.activity_id);
    let accepted: ApiResult<SeatNumbers> = state
        .database
        .write_together(move |transaction| {
            let state = state_in.clone();
            Box::pin(async move {
                let locked = Locked::find(transaction, activity_id).await?;
                let entry = find(transaction, registration_id).await?;
                match entry.status {
                    Status::Confirmed => return Ok(locked.numbers(now)),
                    Status::Offered if now >= *locked.row.starts_at => return Err(too_late_to_accept()),
                    Status::Offered if entry.offer_expires_at.is_some_and(|at| now < *at) => {}
                    Status::Offered | Status::Cancelled => return Err(offer_expired()),
                    Status::Waiting => return Err(no_offer()),
                }
                let change = registration::ActiveModel {
                    status: ActiveValue::Set(Status::Confirmed),
                    offer_expires_at: ActiveValue::Set(None),
                    confirmed_at: ActiveValue::Set(Some(now.into())),
                    ..Default::default()
                };
                change_status(transaction, &entry, change, Status::Confirmed, now).await?;
                let about = About { registration_id, activity: &locked.row, seats: entry.seats };
                tell::tell_account(&state, transaction, entry.account_id, about, &[News::Confirmed], now)
                    .await?;
                Ok(locked.numbers(now))
            })
        })
        .await;
    accepted.map(drop)
}

fn offer_expired() -> ApiError {
    ApiError::Conflict {
        code: "offer_expired",
        detail: "确认的时间已经过了，名额已经收回。还想参加请看看活动还有没有名额。".into(),
    }
}

fn too_late_to_accept() -> ApiError {
    ApiError::Conflict {
        code: "has_started",
        detail: "活动已经开始，不能再确认名额。还想参加请到现场问问工作人员。".into(),
    }
}

fn no_offer() -> ApiError {
    ApiError::Conflict { code: "no_offer", detail: "还没有轮到您，有名额时会通知您。".into() }
}

/// Everybody who is signed up or waits, the first in line first.
async fn living(transaction: &DatabaseTransaction, activity_id: i32) -> ApiResult<Vec<registration::Model>> {
    Ok(registration::Entity::find()
        .filter(registration::Column::ActivityId.eq(activity_id))
        .filter(registration::Column::Status.ne(Status::Cancelled))
        .order_by_asc(registration::Column::CreatedAt)
        .order_by_asc(registration::Column::Id)
        .all(transaction)
        .await?)
}

/// Ends every registration of an activity that is called off, and tells everybody why. Whoever is checked in has been
/// there: where it is called off while it runs, they keep their seats.
///
/// # Errors
/// When the database fails.
pub(crate) async fn call_off(
    state: &AppState,
    transaction: &DatabaseTransaction,
    locked: &mut Locked,
    reason: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let news = [News::CalledOff(reason.to_owned())];
    let there = checked_in(transaction, locked.row.id).await?;
    for entry in living(transaction, locked.row.id).await? {
        end_for_absent(transaction, locked, &entry, &there, now).await?;
        let about = About { registration_id: entry.id, activity: &locked.row, seats: entry.seats };
        tell::tell_account(state, transaction, entry.account_id, about, &news, now).await?;
    }
    Ok(())
}

/// The people of an activity who are checked in.
async fn checked_in(transaction: &DatabaseTransaction, activity_id: i32) -> ApiResult<HashSet<Uuid>> {
    let there: Vec<Uuid> = check_in::Entity::find()
        .select_only()
        .column(check_in::Column::RegistrationPersonId)
        .filter(check_in::Column::ActivityId.eq(activity_id))
        .filter(check_in::Column::RevertedAt.is_null())
        .into_tuple()
        .all(transaction)
        .await?;
    Ok(there.into_iter().collect())
}

/// Ends a registration of an activity that was called off, for those of it who are not there.
async fn end_for_absent(
    transaction: &DatabaseTransaction,
    locked: &mut Locked,
    entry: &registration::Model,
    there: &HashSet<Uuid>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let reason = EndReason::ActivityCancelled;
    let people = people(transaction, entry.id).await?;
    if !people.iter().any(|person| there.contains(&person.id)) {
        return end(transaction, locked, entry, reason, now).await;
    }
    let mut entry = entry.clone();
    for person in
        people.iter().filter(|person| person.status != Status::Cancelled && !there.contains(&person.id))
    {
        entry.seats = end_for(transaction, locked, &entry, person, reason, now).await?;
        entry.version += 1;
    }
    Ok(())
}

/// Whether somebody of these is checked in.
pub(super) async fn is_any_there(
    connection: &impl ConnectionTrait,
    people: &[&registration_person::Model],
) -> ApiResult<bool> {
    let found = check_in::Entity::find()
        .filter(check_in::Column::RegistrationPersonId.is_in(people.iter().map(|person| person.id)))
        .filter(check_in::Column::RevertedAt.is_null())
        .one(connection)
        .await?;
    Ok(found.is_some())
}

/// What an edit means for those who are signed up: they are told of another time or place, what is still to be told
/// is told in the new words, offers end before an earlier start, and more seats go to those in line.
///
/// # Errors
/// When the database fails.
pub(crate) async fn after_edit(
    state: &AppState,
    transaction: &DatabaseTransaction,
    locked: &mut Locked,
    before: &activity::Model,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    if locked.row.status != activity::Status::Published {
        return Ok(());
    }
    let change = Change::between(before, &locked.row);
    if change.is_told && now < *locked.row.ends_at {
        for entry in living(transaction, locked.row.id).await? {
            tell_of_change(state, transaction, &locked.row, (entry, change), now).await?;
        }
    }
    promote(state, transaction, locked, now).await
}

/// What an edit changed, as far as it matters to those who are signed up.
#[derive(Clone, Copy, Debug)]
struct Change {
    /// Another time or place.
    is_moved: bool,
    /// An earlier start.
    is_earlier: bool,
    /// What they are told reads otherwise.
    is_told: bool,
}

impl Change {
    fn between(before: &activity::Model, after: &activity::Model) -> Self {
        let is_moved = (after.starts_at, after.ends_at, after.feature_id)
            != (before.starts_at, before.ends_at, before.feature_id)
            || (&after.place_name, &after.address) != (&before.place_name, &before.address);
        Self {
            is_moved,
            is_earlier: *after.starts_at < *before.starts_at,
            is_told: is_moved || after.title != before.title,
        }
    }
}

async fn tell_of_change(
    state: &AppState,
    transaction: &DatabaseTransaction,
    activity: &activity::Model,
    (mut entry, change): (registration::Model, Change),
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let open_until = entry.offer_expires_at.map(|at| *at);
    if open_until.is_some_and(|at| at <= now) {
        // It is over; `settle` says so.
        return Ok(());
    }
    if let Some(expires_at) = open_until.filter(|_| change.is_earlier) {
        let expires_at = offer::shortened(activity, expires_at, now);
        let shorter = registration::ActiveModel {
            offer_expires_at: ActiveValue::Set(Some(expires_at.into())),
            ..Default::default()
        };
        change_status(transaction, &entry, shorter, entry.status, now).await?;
        entry.offer_expires_at = Some(expires_at.into());
    }
    tell::untell(transaction, entry.account_id, entry.id, now).await?;
    let news: Vec<News> = change
        .is_moved
        .then_some(News::Changed)
        .into_iter()
        .chain(tell::standing(&entry, activity, now))
        .collect();
    let about = About { registration_id: entry.id, activity, seats: entry.seats };
    tell::tell_account(state, transaction, entry.account_id, about, &news, now).await
}
