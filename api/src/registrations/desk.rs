//! What workers do for people without a phone: signing them up beforehand or at the entrance.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use entity::registration::{self, Channel, ConsentKind};
use sea_orm::{ActiveValue, DatabaseTransaction};
use uuid::Uuid;

use super::answers;
use super::dto::{Answered, DeskChannel, DeskPerson, DeskRegistration};
use super::eligibility::Candidate;
use super::plan::{self, ANSWERS, Plan, PlannedPerson};
use super::seats::Door;
use super::sign_up;
use crate::activities::no_such_activity;
use crate::activities::published::Activity;
use crate::audit::AuditEvent;
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::idempotency::{self, Call};
use crate::people::age::civil_day;
use crate::people::profile::{self, Name};
use crate::people::record::{self, NewRecord};
use crate::regions::RegionScope;
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner};

/// Where a worker's note about a consent stands sealed.
pub(crate) const CONSENT_NOTE: Column = Column { table: "registration", column: "consent_note_cell" };
/// Where the number to call stands sealed.
pub(crate) const CONTACT_PHONE: Column = Column { table: "registration", column: "contact_phone_cell" };
const LONGEST_NOTE: usize = 200;
const ATTEMPTS: u32 = 4;

/// What a worker noted.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) staff_id: Uuid,
    pub(super) channel: Channel,
    pub(super) consent_kind: ConsentKind,
    consent_note: String,
    phone: Option<String>,
    /// People who have no record yet.
    newcomers: Vec<NewRecord>,
}

impl Desk {
    pub(super) async fn create_people(
        &self,
        state: &AppState,
        transaction: &DatabaseTransaction,
        now: DateTime<Utc>,
    ) -> ApiResult<()> {
        for newcomer in &self.newcomers {
            record::insert(transaction, state, newcomer, now).await?;
        }
        Ok(())
    }
}

/// Seals what a worker noted about the registration with the key of the first person.
pub(super) async fn sealed(
    state: &AppState,
    transaction: &DatabaseTransaction,
    plan: &Plan,
    row: registration::ActiveModel,
) -> ApiResult<registration::ActiveModel> {
    let Some((desk, first)) = plan.desk.as_ref().zip(plan.people.first()) else {
        return Ok(row);
    };
    let sealer = state.vault.sealer(transaction, KeyOwner::Person(first.person_id)).await?;
    let seal =
        |column, text: &str| sealer.seal(CellAddress { column, row: plan.id.as_bytes() }, text.as_bytes());
    let note = (!desk.consent_note.is_empty()).then(|| seal(CONSENT_NOTE, &desk.consent_note)).transpose()?;
    let phone = desk.phone.as_deref().map(|phone| seal(CONTACT_PHONE, phone)).transpose()?;
    Ok(registration::ActiveModel {
        consent_note_cell: ActiveValue::Set(note),
        contact_phone_cell: ActiveValue::Set(phone),
        ..row
    })
}

/// Seals what somebody without a record said, now that there is a key.
pub(super) async fn said_cell(
    state: &AppState,
    transaction: &DatabaseTransaction,
    person: &PlannedPerson,
) -> ApiResult<Option<Vec<u8>>> {
    let Some(said) = &person.said else {
        return Ok(person.answers_cell.clone());
    };
    let owner = KeyOwner::Person(person.person_id);
    let address = CellAddress { column: ANSWERS, row: person.id.as_bytes() };
    state.vault.seal(transaction, owner, address, said).await.map(Some)
}

/// Signs people up whom a worker has in front of them or on the phone.
pub(super) async fn sign_up_at_desk(
    state: &AppState,
    (staff_id, scope): (Uuid, RegionScope),
    activity_id: i32,
    wish: DeskRegistration,
    call: Call,
    event: AuditEvent,
) -> ApiResult<HttpResponse> {
    idempotency::once(state, call, |ticket| async move {
        for _ in 0..ATTEMPTS {
            let now = state.clock.now();
            let current = state.activities.current();
            let activity = Arc::clone(current.get(activity_id).ok_or_else(no_such_activity)?);
            scope.require(&activity.row.region_code).map_err(|_outside| no_such_activity())?;
            let plan = plan_of(state, staff_id, activity, &wish, now)?;
            if let Some(answer) = sign_up::attempt(state, plan, &ticket, Some(event.clone()), now).await? {
                return Ok(answer);
            }
            state.activities.refresh(&state.database).await?;
        }
        Err(ApiError::Unavailable {
            code: "busy",
            detail: "现在使用的人较多，请稍后重试。".into(),
            retry_after_s: 1,
        })
    })
    .await
}

fn plan_of(
    state: &AppState,
    staff_id: Uuid,
    activity: Arc<Activity>,
    wish: &DeskRegistration,
    now: DateTime<Utc>,
) -> ApiResult<Plan> {
    plan::check_number(&activity, wish.people.len()).or_else(|error| match wish.channel {
        // A worker at the entrance is not a family.
        DeskChannel::WalkIn if (1..=20).contains(&wish.people.len()) => Ok(()),
        _ => Err(error),
    })?;
    let (newcomers, candidates) = checked(state, &activity, wish, now)?;
    plan::require_fit(state, &activity, &candidates, "/people")?;
    let numbers: Vec<usize> = (0..wish.people.len()).collect();
    let given: Vec<(Option<usize>, &Answered)> = wish
        .people
        .iter()
        .enumerate()
        .flat_map(|(at, person)| person.answers.iter().map(move |answered| (at, answered)))
        .filter(|(at, answered)| *at == 0 || is_per_person(&activity, answered))
        .map(|(at, answered)| (is_per_person(&activity, answered).then_some(at), answered))
        .collect();
    let mut errors = FieldErrors::default();
    let answers = answers::sorted(&activity.questions, &given, &numbers, &mut errors);
    errors.finish()?;
    let people = newcomers
        .iter()
        .zip(&answers)
        .zip(&candidates)
        .map(|((newcomer, answers), candidate)| PlannedPerson {
            id: state.random.id(now),
            person_id: newcomer.person_id,
            name: Some(newcomer.name.as_str().to_owned()),
            said: plan::said(answers, &candidate.declared),
            answers_cell: None,
        })
        .collect();
    let (channel, door) = match wish.channel {
        DeskChannel::Staff => (Channel::Staff, Door::Desk),
        DeskChannel::WalkIn => (Channel::WalkIn, Door::Entrance),
    };
    Ok(Plan {
        id: state.random.id(now),
        activity,
        door,
        account_id: None,
        desk: Some(Desk {
            staff_id,
            channel,
            consent_kind: wish.consent_kind.into(),
            consent_note: wish.consent_note.trim().to_owned(),
            phone: wish.phone.as_deref().and_then(phone_number),
            newcomers,
        }),
        people,
        addressee: None,
        health_declared: Vec::new(),
    })
}

fn is_per_person(activity: &Activity, answered: &Answered) -> bool {
    activity.questions.iter().any(|question| question.id == answered.question_id && question.per_person)
}

fn checked(
    state: &AppState,
    activity: &Activity,
    wish: &DeskRegistration,
    now: DateTime<Utc>,
) -> ApiResult<(Vec<NewRecord>, Vec<Candidate>)> {
    let mut errors = FieldErrors::default();
    if wish.consent_note.chars().count() > LONGEST_NOTE {
        errors.add("/consent_note", "bad_length", "同意情况说明最多 200 个字。");
    }
    if wish.phone.as_deref().is_some_and(|phone| phone_number(phone).is_none()) {
        errors.add("/phone", "bad_phone", "电话号码不正确，请填写手机号或带区号的座机。");
    }
    let mut newcomers = Vec::new();
    let mut candidates = Vec::new();
    for (at, person) in wish.people.iter().enumerate() {
        let declared = declared(activity, person, at, &mut errors);
        let today = civil_day(now);
        if let Some(born) = person.birth_date {
            errors.take(profile::checked_birth_date(born, today, &format!("/people/{at}/birth_date")));
        }
        if person.region_code.as_ref().is_some_and(|code| !state.regions.current().contains(code)) {
            let message = "没有这个社区或街道，请从列表中选择。";
            errors.add(format!("/people/{at}/region_code"), "unknown_region", message);
        }
        let Some(name) = errors.take(Name::parse(&person.name, &format!("/people/{at}/name"))) else {
            continue;
        };
        newcomers.push(NewRecord {
            person_id: state.random.id(now),
            name,
            birth_date: person.birth_date,
            sex: person.sex.into(),
            region_code: person.region_code.clone(),
        });
        candidates.push(Candidate {
            birth_date: person.birth_date,
            sex: Some(person.sex.into()),
            region_code: person.region_code.clone(),
            declared,
        });
    }
    errors.finish()?;
    Ok((newcomers, candidates))
}

fn declared(
    activity: &Activity,
    person: &DeskPerson,
    at: usize,
    errors: &mut FieldErrors,
) -> BTreeSet<String> {
    plan::check_groups(activity, &person.key_groups, &format!("/people/{at}/key_groups"), errors);
    person.key_groups.iter().cloned().collect()
}

/// Digits of a number that can be called.
fn phone_number(text: &str) -> Option<String> {
    let digits: String =
        text.chars().filter(|character| !matches!(character, ' ' | '-' | '(' | ')')).collect();
    let digits = digits.strip_prefix("+86").unwrap_or(&digits).to_owned();
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    (plain && (7..=12).contains(&digits.len())).then_some(digits)
}
