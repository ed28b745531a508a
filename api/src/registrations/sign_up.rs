//! One call, all or nobody: seats, rows, messages and the answer for repeats in one short transaction.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use entity::activity::{self, WaitingOrder};
use entity::registration::{self, Channel, Status};
use entity::registration_person;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryTrait,
    SqlErr, Statement,
};

use super::desk;
use super::dto::{NewRegistration, RegisteredActivity, RegisteredPerson, Registration};
use super::line::promote;
use super::plan::{self, Plan, Planned};
use super::seats::{self, Door, Locked, SeatGuard, Seating, Wanted};
use super::tell::{self, About, News};
use super::view;
use crate::activities::published::SeatNumbers;
use crate::audit::{self, AuditEvent};
use crate::consents::{self, Purpose};
use crate::database::{write_in_turn, write_in_turn_and_ask};
use crate::error::{ApiError, ApiResult};
use crate::idempotency::{self, Answer, Call, Ticket};
use crate::identity::caller::Resident;
use crate::state::AppState;

/// How often a sign-up is planned anew because the activity was edited, or somebody of the family was signed
/// up, at the same moment.
const ATTEMPTS: u32 = 4;

/// Signs people up, or puts them in line.
///
/// # Errors
/// 404 for somebody else's person, 409 where there is neither a seat nor a place in line, 422 naming everybody
/// who may not come.
pub async fn sign_up(
    state: &AppState,
    resident: Resident,
    activity_id: i32,
    wish: NewRegistration,
    call: Call,
) -> ApiResult<HttpResponse> {
    idempotency::once(state, call, |ticket| async move {
        for _ in 0..ATTEMPTS {
            let now = state.clock.now();
            let who = (resident, ticket.sealer());
            let plan = match plan::by_resident(state, who, activity_id, &wish, now).await? {
                Planned::New(plan) => *plan,
                Planned::Already(known) => return again(state, &ticket, resident, &known, now).await,
            };
            if let Some(answer) = attempt(state, plan, &ticket, None, now).await? {
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

/// The same people by the same account: the registration that there is.
async fn again(
    state: &AppState,
    ticket: &Ticket,
    resident: Resident,
    known: &registration::Model,
    now: DateTime<Utc>,
) -> ApiResult<Answer> {
    let shown = view::one(state, resident, known.clone()).await?;
    let answer = Answer::json(StatusCode::OK, &shown)?;
    let (ticket, kept) = (ticket.clone(), answer.clone());
    let keep = state.database.write_together(move |transaction| {
        let (ticket, kept) = (ticket.clone(), kept.clone());
        Box::pin(async move { ticket.keep(transaction, &kept, now).await })
    });
    keep.await?;
    Ok(answer)
}

/// What a transaction ended with.
enum Outcome {
    Done(Box<(Answer, SeatNumbers)>),
    /// The activity is another than the one that was planned with.
    Stale,
}

/// Tries once; `None` where the plan no longer holds.
pub(super) async fn attempt(
    state: &AppState,
    plan: Plan,
    ticket: &Ticket,
    event: Option<AuditEvent>,
    now: DateTime<Utc>,
) -> ApiResult<Option<Answer>> {
    let before = match state.seat_guard {
        SeatGuard::Conditional => None,
        SeatGuard::ReadBefore => {
            activity::Entity::find_by_id(plan.activity.row.id).one(state.database.reader()).await?
        }
    };
    let (state_in, ticket) = (state.clone(), ticket.clone());
    let outcome = state
        .database
        .write_together(move |transaction| {
            let (state, plan, ticket) = (state_in.clone(), plan.clone(), ticket.clone());
            let (event, before) = (event.clone(), before.clone());
            Box::pin(async move {
                let written = Written { state: &state, plan: &plan, ticket: &ticket, event, before };
                written.write(transaction, now).await
            })
        })
        .await;
    match outcome {
        Ok(Outcome::Done(done)) => {
            let (answer, numbers) = *done;
            state.activities.note_seats([numbers]);
            Ok(Some(answer))
        }
        Ok(Outcome::Stale) => Ok(None),
        // Somebody of these was signed up at the same moment by another call.
        Err(ApiError::Database(error))
            if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

struct Written<'w> {
    state: &'w AppState,
    plan: &'w Plan,
    ticket: &'w Ticket,
    /// What the audit log is told, where a worker does it.
    event: Option<AuditEvent>,
    /// What stood there before the transaction, for the guard that is none.
    before: Option<activity::Model>,
}

impl Written<'_> {
    async fn write(&self, transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<Outcome> {
        let (state, plan) = (self.state, self.plan);
        for person_id in &plan.health_declared {
            consents::require(transaction, &state.vault, *person_id, Purpose::Records, now).await?;
        }
        let wanted = Wanted {
            activity_id: plan.activity.row.id,
            version: plan.activity.row.version,
            people: plan.seats(),
            door: plan.door,
        };
        let seating = match &self.before {
            None => seats::take(transaction, wanted, now).await?,
            Some(before) => seats::take_unguarded(transaction, wanted, before, now).await?,
        };
        let (status, number, mut place, mut numbers) = match seating {
            Seating::Confirmed(numbers) => (Status::Confirmed, None, None, numbers),
            Seating::Waiting { number, place, numbers } => {
                (Status::Waiting, Some(number), Some(i64::from(place)), numbers)
            }
            Seating::Nothing => return refusal(transaction, wanted, now).await,
        };
        let mut statements = self.inserts(transaction, (status, number), now).await?;
        if let Some(addressee) = plan.addressee.as_ref().filter(|_| status == Status::Confirmed) {
            let (about, news) = (self.about(), [News::Confirmed]);
            statements.extend(tell::inserts(state, transaction, addressee, about, &news, now)?);
        }
        let (mut shown, mut expires_at) = (status, None);
        if status != Status::Confirmed
            && plan.activity.row.waiting_order == WaitingOrder::FirstFit
            && numbers.taken < plan.activity.row.target_capacity
        {
            write_in_turn(transaction, std::mem::take(&mut statements)).await?;
            // Those before do not fit into what is free; this one may.
            let mut locked = Locked::find(transaction, wanted.activity_id).await?;
            promote(state, transaction, &mut locked, now).await?;
            numbers = locked.save(transaction, now).await?;
            let entry = registration::Entity::find_by_id(plan.id).one(transaction).await?;
            shown = entry.as_ref().map_or(status, |entry| entry.status);
            expires_at = entry.and_then(|entry| entry.offer_expires_at).map(|at| *at);
            place = place.filter(|_| shown == Status::Waiting);
        }
        let answer = self.answer(shown, place, expires_at, now)?;
        statements.push(self.ticket.keeping(transaction, &answer, plan.kept_until())?);
        self.finish(transaction, statements).await?;
        if let Some(event) = &self.event {
            let event = event.clone().on("registration", plan.id);
            audit::append(transaction, &event.in_region(&plan.activity.row.region_code), now).await?;
        }
        Ok(Outcome::Done(Box::new((answer, numbers))))
    }

    fn about(&self) -> About<'_> {
        About { registration_id: self.plan.id, activity: &self.plan.activity.row, seats: self.plan.seats() }
    }

    /// Writes, and undoes it where the key has its answer already or the family would have too many seats. The row of
    /// the activity is locked by now, so two calls of one family cannot both find room.
    async fn finish(&self, transaction: &DatabaseTransaction, statements: Vec<Statement>) -> ApiResult<()> {
        let question = Query::select()
            .expr_as(Expr::SubQuery(None, Box::new(self.ticket.kept().into())), "kept")
            .expr_as(Expr::SubQuery(None, Box::new(self.seats_of_family().into())), "seats")
            .to_owned();
        let question = transaction.get_database_backend().build(&question);
        let row = write_in_turn_and_ask(transaction, statements, question)
            .await
            .map_err(idempotency::in_the_way)?;
        if row.try_get::<i64>("", "kept")? != 1 {
            return Err(idempotency::answered());
        }
        let limit = i64::from(self.plan.activity.row.family_limit);
        match row.try_get::<Option<i64>>("", "seats")? {
            Some(seats) if seats > limit => Err(ApiError::Conflict {
                code: "family_limit",
                detail: format!(
                    "这个活动每个家庭最多报 {limit} 人，您已经报了 {} 人。",
                    seats - i64::from(self.plan.seats())
                ),
            }),
            _ => Ok(()),
        }
    }

    /// The seats that the account holds with this registration; none are counted where a worker signs people up.
    fn seats_of_family(&self) -> SelectStatement {
        Query::select()
            .expr(Expr::col(registration::Column::Seats).sum())
            .from(registration::Entity)
            .and_where(registration::Column::ActivityId.eq(self.plan.activity.row.id))
            .and_where(registration::Column::AccountId.eq(self.plan.account_id))
            .and_where(registration::Column::Status.ne(Status::Cancelled))
            .to_owned()
    }

    /// The statements that write the registration and its people; those who have no record yet are given one.
    async fn inserts(
        &self,
        transaction: &DatabaseTransaction,
        (status, number): (Status, Option<i64>),
        now: DateTime<Utc>,
    ) -> ApiResult<Vec<Statement>> {
        let plan = self.plan;
        let noted = plan.desk.as_ref();
        if let Some(desk) = noted {
            desk.create_people(self.state, transaction, now).await?;
        }
        let row = registration::ActiveModel {
            id: ActiveValue::Set(plan.id),
            activity_id: ActiveValue::Set(plan.activity.row.id),
            account_id: ActiveValue::Set(plan.account_id),
            staff_id: ActiveValue::Set(noted.map(|desk| desk.staff_id)),
            channel: ActiveValue::Set(noted.map_or(Channel::Own, |desk| desk.channel)),
            consent_kind: ActiveValue::Set(noted.map(|desk| desk.consent_kind)),
            consent_note_cell: ActiveValue::Set(None),
            contact_phone_cell: ActiveValue::Set(None),
            status: ActiveValue::Set(status),
            seats: ActiveValue::Set(plan.seats()),
            wait_number: ActiveValue::Set(number),
            offer_expires_at: ActiveValue::Set(None),
            confirmed_at: ActiveValue::Set((status == Status::Confirmed).then_some(now.into())),
            ended_at: ActiveValue::Set(None),
            end_reason: ActiveValue::Set(None),
            version: ActiveValue::Set(1),
            created_at: ActiveValue::Set(now.into()),
            updated_at: ActiveValue::Set(now.into()),
        };
        let row = desk::sealed(self.state, transaction, plan, row).await?;
        let mut rows = Vec::with_capacity(plan.people.len());
        for (position, person) in (1..).zip(&plan.people) {
            let cell = desk::said_cell(self.state, transaction, person).await?;
            rows.push(registration_person::ActiveModel {
                id: ActiveValue::Set(person.id),
                registration_id: ActiveValue::Set(plan.id),
                activity_id: ActiveValue::Set(plan.activity.row.id),
                person_id: ActiveValue::Set(person.person_id),
                position: ActiveValue::Set(position),
                status: ActiveValue::Set(status),
                answers_cell: ActiveValue::Set(cell),
                excused_at: ActiveValue::Set(None),
                excused_by: ActiveValue::Set(None),
            });
        }
        let backend = transaction.get_database_backend();
        Ok(vec![
            backend.build(&registration::Entity::insert(row).into_query()),
            backend.build(&registration_person::Entity::insert_many(rows).into_query()),
        ])
    }

    fn answer(
        &self,
        status: Status,
        place: Option<i64>,
        expires_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> ApiResult<Answer> {
        let (plan, activity) = (self.plan, &self.plan.activity);
        let people = plan.people.iter().map(|person| RegisteredPerson {
            person_id: person.person_id,
            registration_person_id: person.id,
            name: person.name.clone(),
            status: status.into(),
        });
        let shown = Registration {
            id: plan.id,
            activity: RegisteredActivity {
                id: activity.row.id,
                title: activity.row.title.clone(),
                starts_at: activity.told(*activity.row.starts_at),
                ends_at: activity.told(*activity.row.ends_at),
                place_name: activity.row.place_name.clone(),
            },
            status: status.into(),
            people: people.collect(),
            place_in_line: place,
            offer_expires_at: expires_at.map(|at| activity.told(at)),
            end_reason: None,
            created_at: activity.told(now),
        };
        Ok(Answer::json(StatusCode::CREATED, &shown)?.at(format!("/api/v1/registrations/{}", plan.id)))
    }
}

/// Why there was nothing to take.
async fn refusal(
    transaction: &DatabaseTransaction,
    wanted: Wanted,
    now: DateTime<Utc>,
) -> ApiResult<Outcome> {
    let row = activity::Entity::find_by_id(wanted.activity_id).one(transaction).await?;
    let row = row.ok_or_else(crate::activities::no_such_activity)?;
    if row.status != activity::Status::Published {
        return Err(plan::called_off());
    }
    if row.version != wanted.version {
        return Ok(Outcome::Stale);
    }
    if wanted.door == Door::Entrance && now < *row.check_in_opens_at {
        return Err(ApiError::Conflict {
            code: "check_in_not_open",
            detail: "还没有到签到时间，现在请用“提前报名”登记。".into(),
        });
    }
    let closes_at = match wanted.door {
        Door::SignUp => *row.signup_closes_at,
        Door::Desk => *row.starts_at,
        Door::Entrance => *row.check_in_closes_at,
    };
    if now >= closes_at {
        return Err(plan::closed());
    }
    let detail = if row.waiting_list == activity::WaitingList::Off || wanted.door == Door::Entrance {
        "名额已经满了。可以看看其他活动，或者晚些再来看看有没有人取消。"
    } else {
        "名额和候补都已经满了。可以看看其他活动，或者晚些再来看看。"
    };
    Err(ApiError::Conflict { code: "capacity_exhausted", detail: detail.into() })
}
