//! Whether the seats add up: for everybody to see, and an alarm where they do not.

use chrono::{DateTime, Utc};
use entity::activity;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Statement};

use super::dto::{ActivityAudit, AuditCheck};
use super::seats::Locked;
use crate::activities::no_such_activity;
use crate::audit::{self, AuditEvent};
use crate::error::ApiResult;
use crate::regions::RegionScope;
use crate::state::AppState;

/// The numbers of one activity, as its row says and as its registrations add up to.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Numbers {
    /// Which activity.
    pub id: i32,
    /// Seats there are.
    pub capacity: i64,
    /// Seats there shall be.
    pub target_capacity: i64,
    /// Seats that are taken or offered.
    pub taken: i64,
    /// People in line.
    pub waiting: i64,
    /// Registrations in line.
    pub waiting_entries: i64,
    /// The last place in line that was given.
    pub wait_sequence: i64,
    /// Seats of registrations that hold some.
    pub seated: i64,
    /// Seats that registrations in line ask for.
    pub in_line: i64,
    /// Registrations in line.
    pub entries_in_line: i64,
    /// The last place in line of a registration.
    pub last_number: i64,
    /// People of registrations that hold seats.
    pub people_seated: i64,
    /// People of registrations in line.
    pub people_in_line: i64,
    /// People who are signed up more than once.
    pub doubled: i64,
    /// People with a seat who are there.
    pub arrived: i64,
    /// People who are there without a seat.
    pub strays: i64,
    /// People with a seat who neither came nor were excused.
    pub absent: i64,
}

/// What must hold: a stable word, what it means, and whether it does.
type Check = (&'static str, &'static str, fn(&Numbers) -> bool);

const CHECKS: [Check; 7] = [
    ("within_capacity", "确认的人数不超过名额", |n| n.taken <= n.capacity && n.taken >= 0),
    ("seats_add_up", "已占名额等于各报名的人数之和", |n| {
        n.taken == n.seated && n.seated == n.people_seated
    }),
    ("line_adds_up", "候补人数等于各候补报名的人数之和", |n| {
        n.waiting == n.in_line && n.in_line == n.people_in_line && n.waiting_entries == n.entries_in_line
    }),
    ("numbers_in_order", "候补号没有超出已发的号", |n| n.last_number <= n.wait_sequence),
    ("nobody_twice", "没有人重复报名", |n| n.doubled == 0),
    ("arrivals_have_seats", "签到的人都有名额", |n| n.strays == 0),
    ("capacity_as_wanted", "名额与设定一致", |n| n.capacity == n.target_capacity.max(n.taken)),
];

impl Numbers {
    /// Whether everything holds.
    pub fn hold(&self) -> bool {
        CHECKS.iter().all(|(_, _, holds)| holds(self))
    }

    /// What does not hold.
    pub fn faults(&self) -> Vec<&'static str> {
        CHECKS.iter().filter(|(_, _, holds)| !holds(self)).map(|(name, ..)| *name).collect()
    }
}

/// One statement, so that all numbers are of one moment.
const COUNT: &str = "\
SELECT a.id AS id, CAST(a.capacity AS BIGINT) AS capacity, CAST(a.target_capacity AS BIGINT) AS target_capacity, \
  CAST(a.taken AS BIGINT) AS taken, CAST(a.waiting AS BIGINT) AS waiting, \
  CAST(a.waiting_entries AS BIGINT) AS waiting_entries, a.wait_sequence AS wait_sequence, \
  CAST(COALESCE(r.seated, 0) AS BIGINT) AS seated, CAST(COALESCE(r.in_line, 0) AS BIGINT) AS in_line, \
  CAST(COALESCE(r.entries_in_line, 0) AS BIGINT) AS entries_in_line, \
  CAST(COALESCE(r.last_number, 0) AS BIGINT) AS last_number, \
  CAST(COALESCE(p.seated, 0) AS BIGINT) AS people_seated, \
  CAST(COALESCE(p.in_line, 0) AS BIGINT) AS people_in_line, \
  CAST(COALESCE(p.living, 0) - COALESCE(p.persons, 0) AS BIGINT) AS doubled, \
  CAST(COALESCE(p.arrived, 0) AS BIGINT) AS arrived, CAST(COALESCE(p.strays, 0) AS BIGINT) AS strays, \
  CAST(COALESCE(p.absent, 0) AS BIGINT) AS absent \
FROM activity a \
LEFT JOIN (SELECT activity_id, \
    SUM(CASE WHEN status IN ('confirmed', 'offered') THEN seats ELSE 0 END) AS seated, \
    SUM(CASE WHEN status = 'waiting' THEN seats ELSE 0 END) AS in_line, \
    SUM(CASE WHEN status = 'waiting' THEN 1 ELSE 0 END) AS entries_in_line, \
    MAX(wait_number) AS last_number \
  FROM registration {of_one} GROUP BY activity_id) r ON r.activity_id = a.id \
LEFT JOIN (SELECT q.activity_id AS activity_id, \
    SUM(CASE WHEN q.status IN ('confirmed', 'offered') THEN 1 ELSE 0 END) AS seated, \
    SUM(CASE WHEN q.status = 'waiting' THEN 1 ELSE 0 END) AS in_line, \
    SUM(CASE WHEN q.status <> 'cancelled' THEN 1 ELSE 0 END) AS living, \
    COUNT(DISTINCT CASE WHEN q.status <> 'cancelled' THEN q.person_id END) AS persons, \
    SUM(CASE WHEN q.status = 'confirmed' AND c.id IS NOT NULL THEN 1 ELSE 0 END) AS arrived, \
    SUM(CASE WHEN q.status <> 'confirmed' AND c.id IS NOT NULL THEN 1 ELSE 0 END) AS strays, \
    SUM(CASE WHEN q.status = 'confirmed' AND c.id IS NULL AND q.excused_at IS NULL THEN 1 ELSE 0 END) AS absent \
  FROM registration_person q \
  LEFT JOIN check_in c ON c.registration_person_id = q.id AND c.reverted_at IS NULL \
  {of_one_person} GROUP BY q.activity_id) p ON p.activity_id = a.id \
WHERE a.published_at IS NOT NULL {this}";

/// Counts one activity, or all that were ever published.
async fn count(connection: &impl ConnectionTrait, activity_id: Option<i32>) -> ApiResult<Vec<Numbers>> {
    let backend = connection.get_database_backend();
    let place = |number: usize| match backend {
        DbBackend::Postgres => format!("${number}"),
        _ => "?".to_owned(),
    };
    let (of_one, of_one_person, this) = match activity_id {
        Some(_) => (
            format!("WHERE activity_id = {}", place(1)),
            format!("WHERE q.activity_id = {}", place(2)),
            format!("AND a.id = {}", place(3)),
        ),
        None => (String::new(), String::new(), String::new()),
    };
    let sql = COUNT
        .replace("{of_one}", &of_one)
        .replace("{of_one_person}", &of_one_person)
        .replace("{this}", &this);
    let values = activity_id.into_iter().flat_map(|id| [id; 3]).map(Into::into);
    let statement = Statement::from_sql_and_values(backend, sql, values.collect::<Vec<_>>());
    Ok(Numbers::find_by_statement(statement).all(connection).await?)
}

/// The numbers of a public activity.
pub(super) async fn audit_one(
    state: &AppState,
    activity_id: i32,
    now: DateTime<Utc>,
) -> ApiResult<ActivityAudit> {
    let current = state.activities.current();
    let activity = current.get(activity_id).ok_or_else(no_such_activity)?;
    let numbers = count(state.database.reader(), Some(activity_id)).await?.pop();
    let numbers = numbers.ok_or_else(no_such_activity)?;
    Ok(ActivityAudit {
        activity_id,
        capacity: numbers.capacity,
        taken: numbers.taken,
        waiting: numbers.waiting,
        checked_in: numbers.arrived,
        no_shows: (now >= *activity.row.ends_at).then_some(numbers.absent),
        holds: numbers.hold(),
        checks: CHECKS
            .iter()
            .map(|(name, title, holds)| AuditCheck { name, title, holds: holds(&numbers) })
            .collect(),
        counted_at: activity.told(now),
    })
}

/// Counts everything and raises an alarm where it does not add up. Returns what does not.
///
/// # Errors
/// When the database fails.
pub async fn audit_all(state: &AppState) -> ApiResult<Vec<Numbers>> {
    let mut wrong = count(state.database.reader(), None).await?;
    wrong.retain(|numbers| !numbers.hold());
    for numbers in &wrong {
        tracing::error!(
            activity_id = numbers.id,
            faults = ?numbers.faults(),
            "the seats of an activity do not add up; recount them and find out why"
        );
    }
    state.metrics.seats_audited(wrong.len());
    Ok(wrong)
}

/// As [`audit_all`], once when the server starts; that it fails keeps nobody from being served.
pub async fn audit_at_start(state: &AppState) {
    if let Err(error) = audit_all(state).await {
        tracing::error!(
            error = error.log_text().unwrap_or_default(),
            "the seats could not be counted at the start"
        );
    }
}

/// Sets the numbers of an activity to what its registrations add up to.
pub(super) async fn recount(
    state: &AppState,
    scope: &RegionScope,
    activity_id: i32,
    event: AuditEvent,
    now: DateTime<Utc>,
) -> ApiResult<ActivityAudit> {
    let row = activity::Entity::find_by_id(activity_id).one(state.database.reader()).await?;
    let row = row.ok_or_else(no_such_activity)?;
    scope.require(&row.region_code).map_err(|_outside| no_such_activity())?;
    let numbers = state
        .database
        .write(move |transaction| {
            let event = event.clone();
            Box::pin(async move {
                let mut locked = Locked::find(transaction, activity_id).await?;
                let counted =
                    count(transaction, Some(activity_id)).await?.pop().ok_or_else(no_such_activity)?;
                let number = |counted: i64| i32::try_from(counted).unwrap_or(i32::MAX);
                locked.row.taken = number(counted.people_seated);
                locked.row.waiting = number(counted.people_in_line);
                locked.row.waiting_entries = number(counted.entries_in_line);
                locked.row.wait_sequence = counted.wait_sequence.max(counted.last_number);
                locked.set_target(locked.row.target_capacity);
                let numbers = locked.save(transaction, now).await?;
                let event = event.on("activity", activity_id).in_region(&locked.row.region_code);
                let event = event.with(serde_json::json!({"faults": counted.faults()}));
                audit::append(transaction, &event, now).await?;
                Ok(numbers)
            })
        })
        .await?;
    state.activities.note_seats([numbers]);
    // The alarm ends with what raised it.
    audit_all(state).await?;
    audit_one(state, activity_id, now).await
}
