//! Everything about a sign-up that can be found out before its transaction, which then is short.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::activity::Status as ActivityStatus;
use entity::registration::{self, Status};
use entity::registration_person;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use super::answers::{self, Answers};
use super::desk::Desk;
use super::dto::{Answered, NewRegistration};
use super::eligibility::{self, Candidate};
use super::seats::Door;
use super::strikes;
use crate::activities::no_such_activity;
use crate::activities::published::Activity;
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::identity::caller::Resident;
use crate::messages::Addressee;
use crate::people::age::{LifeStage, civil_day};
use crate::people::{PersonAccess, Relation, Scope, profile};
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner, Sealer};

/// Where answers stand sealed.
pub(super) const ANSWERS: Column = Column { table: "registration_person", column: "answers_cell" };
/// Most people of one call.
const MOST_PEOPLE: usize = 20;

/// A registration as it will be written.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) id: Uuid,
    pub(super) activity: Arc<Activity>,
    pub(super) door: Door,
    pub(super) account_id: Option<Uuid>,
    pub(super) desk: Option<Desk>,
    pub(super) people: Vec<PlannedPerson>,
    /// Who is told.
    pub(super) addressee: Option<Addressee>,
    /// Who says something about their health, which needs their consent.
    pub(super) health_declared: Vec<Uuid>,
}

/// Somebody who shall be signed up.
#[derive(Clone, Debug)]
pub(super) struct PlannedPerson {
    /// Id of the row.
    pub(super) id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) name: Option<String>,
    /// What is sealed with the person's key once there is one; empty where nothing was said.
    pub(super) said: Option<Vec<u8>>,
    pub(super) answers_cell: Option<Vec<u8>>,
}

impl Plan {
    pub(super) fn seats(&self) -> i32 {
        i32::try_from(self.people.len()).unwrap_or(i32::MAX)
    }

    /// How long the answer is kept for repeats.
    pub(super) fn kept_until(&self) -> DateTime<Utc> {
        *self.activity.row.ends_at + TimeDelta::days(7)
    }
}

/// What becomes of the wish to sign up.
#[derive(Debug)]
pub(super) enum Planned {
    /// It can be tried.
    New(Box<Plan>),
    /// These people are signed up already, by the same account.
    Already(Box<registration::Model>),
}

/// Looks at everything that does not depend on seats. `sealer` seals for the resident.
pub(super) async fn by_resident(
    state: &AppState,
    (resident, sealer): (Resident, &Sealer),
    activity_id: i32,
    wish: &NewRegistration,
    now: DateTime<Utc>,
) -> ApiResult<Planned> {
    let current = state.activities.current();
    let activity = Arc::clone(current.get(activity_id).ok_or_else(no_such_activity)?);
    check_number(&activity, wish.person_ids.len())?;
    let distinct: BTreeSet<Uuid> = wish.person_ids.iter().copied().collect();
    if distinct.len() != wish.person_ids.len() {
        let mut errors = FieldErrors::default();
        errors.add("/person_ids", "repeated", "同一个人只能填一次。");
        errors.finish()?;
    }
    let reader = state.database.reader();
    let mut accesses = Vec::with_capacity(wish.person_ids.len());
    for person_id in &wish.person_ids {
        let access =
            PersonAccess::open(reader, &state.vault, &resident, *person_id, Scope::Activities, now).await?;
        needs_no_guardian(&access, now)?;
        accesses.push(access);
    }
    if let Some(known) = already(reader, resident, &activity, &wish.person_ids).await? {
        return Ok(Planned::Already(Box::new(known)));
    }
    require_window(&activity, now)?;
    let declared = declared(&activity, wish)?;
    let candidates: Vec<Candidate> = accesses
        .iter()
        .map(|access| Candidate {
            birth_date: access.birth_date(),
            sex: Some(access.person().sex),
            region_code: access.person().region_code.clone(),
            declared: declared.get(&access.person_id()).cloned().unwrap_or_default(),
        })
        .collect();
    require_fit(state, &activity, &candidates, "/person_ids")?;
    if activity.row.counts_no_shows {
        strikes::require_none(reader, &wish.person_ids, now).await?;
    }
    let given: Vec<(Option<Uuid>, &Answered)> =
        wish.answers.iter().map(|answered| (answered.person_id, answered)).collect();
    let mut errors = FieldErrors::default();
    let answers = answers::sorted(&activity.questions, &given, &wish.person_ids, &mut errors);
    errors.finish()?;

    let mut people = Vec::with_capacity(accesses.len());
    for ((access, answers), candidate) in accesses.iter().zip(answers).zip(&candidates) {
        let id = state.random.id(now);
        let said = said(&answers, &candidate.declared);
        let answers_cell = match &said {
            Some(said) => {
                let sealer = state.vault.sealer(reader, KeyOwner::Person(access.person_id())).await?;
                Some(sealer.seal(CellAddress { column: ANSWERS, row: id.as_bytes() }, said)?)
            }
            None => None,
        };
        let name = profile::name(reader, &state.vault, access.person()).await?;
        people.push(PlannedPerson { id, person_id: access.person_id(), name, said: None, answers_cell });
    }
    let health_declared = accesses
        .iter()
        .zip(&candidates)
        .filter(|(_, candidate)| tells_health(&activity, &candidate.declared))
        .map(|(access, _)| access.person_id())
        .collect();
    Ok(Planned::New(Box::new(Plan {
        id: state.random.id(now),
        activity,
        door: Door::SignUp,
        account_id: Some(resident.account_id),
        desk: None,
        people,
        addressee: Some(Addressee::caller(reader, resident, sealer.clone()).await?),
        health_declared,
    })))
}

/// What somebody answered and declared, as it is sealed.
pub(super) fn said(answers: &Answers, declared: &BTreeSet<String>) -> Option<Vec<u8>> {
    if answers.is_empty() && declared.is_empty() {
        return None;
    }
    Some(json!({"answers": answers, "key_groups": declared}).to_string().into_bytes())
}

/// Refuses more people than one call, or one family, may sign up.
pub(super) fn check_number(activity: &Activity, people: usize) -> ApiResult<()> {
    let most = usize::try_from(activity.row.family_limit).unwrap_or_default().min(MOST_PEOPLE);
    if (1..=most).contains(&people) {
        return Ok(());
    }
    let mut errors = FieldErrors::default();
    errors.add("/person_ids", "bad_number", format!("这个活动一次可以报 1 到 {most} 人。"));
    errors.finish()
}

/// A child under 14 cannot sign up alone; a guardian does it from their own account.
fn needs_no_guardian(access: &PersonAccess, now: DateTime<Utc>) -> ApiResult<()> {
    let stage = access.birth_date().map(|born| LifeStage::on(born, civil_day(now)));
    if access.relation() == Relation::Own && stage == Some(LifeStage::Child) {
        return Err(ApiError::Forbidden {
            code: "guardian_required",
            detail: "未满 14 周岁需要由监护人报名，请让家长用自己的微信把你加为家人后报名。".into(),
        });
    }
    Ok(())
}

async fn already(
    connection: &impl ConnectionTrait,
    resident: Resident,
    activity: &Activity,
    person_ids: &[Uuid],
) -> ApiResult<Option<registration::Model>> {
    let rows = registration_person::Entity::find()
        .filter(registration_person::Column::ActivityId.eq(activity.row.id))
        .filter(registration_person::Column::PersonId.is_in(person_ids.iter().copied()))
        .filter(registration_person::Column::Status.ne(Status::Cancelled))
        .all(connection)
        .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let together =
        rows.len() == person_ids.len() && rows.iter().all(|row| row.registration_id == first.registration_id);
    let known = registration::Entity::find_by_id(first.registration_id).one(connection).await?;
    let same = known.filter(|known| {
        let all = usize::try_from(known.seats).is_ok_and(|seats| seats == person_ids.len());
        together && all && known.account_id == Some(resident.account_id)
    });
    if same.is_some() {
        return Ok(same);
    }
    let mut errors = FieldErrors::default();
    for (at, person_id) in person_ids.iter().enumerate() {
        if rows.iter().any(|row| row.person_id == *person_id) {
            let message = "这个人已经报过名了，请去掉后再提交。";
            errors.add(format!("/person_ids/{at}"), "already_signed_up", message);
        }
    }
    errors.finish()?;
    Ok(None)
}

fn require_window(activity: &Activity, now: DateTime<Utc>) -> ApiResult<()> {
    let row = &activity.row;
    if row.status == ActivityStatus::Cancelled {
        return Err(called_off());
    }
    if !row.needs_signup {
        return Err(ApiError::Conflict {
            code: "no_sign_up_needed",
            detail: "这个活动不用报名，到时候直接来就可以。".into(),
        });
    }
    if now < *row.signup_opens_at {
        let opens = crate::activities::when(activity.zone, *row.signup_opens_at);
        let detail = format!("报名还没有开始，{opens}开始报名。");
        return Err(ApiError::Conflict { code: "sign_up_not_open", detail });
    }
    if now >= *row.signup_closes_at {
        return Err(closed());
    }
    Ok(())
}

pub(super) fn closed() -> ApiError {
    ApiError::Conflict {
        code: "sign_up_closed",
        detail: "报名已经截止。可以看看其他活动，或者联系主办单位。".into(),
    }
}

pub(super) fn called_off() -> ApiError {
    ApiError::Conflict {
        code: "activity_cancelled", detail: "这个活动取消了，可以看看其他活动。".into()
    }
}

fn declared(activity: &Activity, wish: &NewRegistration) -> ApiResult<BTreeMap<Uuid, BTreeSet<String>>> {
    let mut errors = FieldErrors::default();
    let mut declared: BTreeMap<Uuid, BTreeSet<String>> = BTreeMap::new();
    for (at, declaration) in wish.declarations.iter().enumerate() {
        if !wish.person_ids.contains(&declaration.person_id) {
            let message = "声明的人不在报名的人里。";
            errors.add(format!("/declarations/{at}/person_id"), "bad_person", message);
        }
        check_groups(
            activity,
            &declaration.key_groups,
            &format!("/declarations/{at}/key_groups"),
            &mut errors,
        );
        let groups = declared.entry(declaration.person_id).or_default();
        groups.extend(declaration.key_groups.iter().cloned());
    }
    errors.finish()?;
    Ok(declared)
}

/// What the activity does not ask for is not taken: least of all about health.
pub(super) fn check_groups(activity: &Activity, groups: &[String], pointer: &str, errors: &mut FieldErrors) {
    let asked = |id: &String| activity.key_groups.iter().any(|group| group.declared && group.id == *id);
    if !groups.iter().all(asked) {
        errors.add(pointer, "unknown_group", "这个活动没有询问这个人群，请去掉。");
    }
}

pub(super) fn tells_health(activity: &Activity, declared: &BTreeSet<String>) -> bool {
    activity.key_groups.iter().any(|group| group.about_health && declared.contains(&group.id))
}

/// Names everybody who may not come, and why.
pub(super) fn require_fit(
    state: &AppState,
    activity: &Activity,
    candidates: &[Candidate],
    pointer: &str,
) -> ApiResult<()> {
    let regions = state.regions.current();
    let on = activity.told(*activity.row.starts_at).date_naive();
    let mut errors = FieldErrors::default();
    for (at, candidate) in candidates.iter().enumerate() {
        let refusal = eligibility::refusal(&activity.row, &activity.key_groups, &regions, on, candidate);
        if let Some(unfit) = refusal {
            errors.add(format!("{pointer}/{at}"), unfit.code, unfit.message);
        }
    }
    errors.finish()
}
