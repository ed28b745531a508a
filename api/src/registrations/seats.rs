//! The seats of an activity: how they are taken and given back.
//!
//! Taking is one conditional UPDATE, so that of two who come at once exactly one finds the last seat, on both
//! engines, whatever the clients do. It also looks that nobody waits: else a newcomer would overtake the
//! line whenever a seat is free for a moment.

use chrono::{DateTime, Utc};
use entity::activity::{self, Column, Status, WaitingList};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveEnum, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait,
    FromQueryResult, QueryFilter, QuerySelect,
};

use crate::activities::published::SeatNumbers;
use crate::error::{ApiError, ApiResult};

/// How seats are counted. Only tests choose: they prove that they notice when it is done wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeatGuard {
    /// One conditional UPDATE.
    #[default]
    Conditional,
    /// What stood there before the transaction decides, as in software that oversells.
    ReadBefore,
}

/// What somebody asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) activity_id: i32,
    /// The version whose rules were checked.
    pub(super) version: i32,
    pub(super) people: i32,
    pub(super) door: Door,
}

/// By which way somebody comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// A resident, while sign-up is open.
    SignUp,
    /// A worker signs somebody up, until it starts.
    Desk,
    /// Somebody stands at the entrance: free seats count, the line does not, and nobody is put in line.
    Entrance,
}

/// What somebody got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seating {
    /// Seats.
    Confirmed(SeatNumbers),
    /// A place in line.
    Waiting {
        /// The number that was given, unique for the activity.
        number: i64,
        /// How many registrations stand in line, this one last.
        place: i32,
        numbers: SeatNumbers,
    },
    /// Nothing; the row tells why.
    Nothing,
}

#[derive(Debug, FromQueryResult)]
struct After {
    capacity: i32,
    taken: i32,
    waiting: i32,
    waiting_entries: i32,
    wait_sequence: i64,
}

/// Takes seats, or else a place in line, or nothing.
pub(super) async fn take(
    transaction: &DatabaseTransaction,
    wanted: Wanted,
    now: DateTime<Utc>,
) -> ApiResult<Seating> {
    let now_ms = now.timestamp_millis();
    let people = wanted.people;
    let unless_it_fits = |column: Column, by: i64| -> Expr {
        Expr::case(fits(wanted), Expr::col(column)).finally(Expr::col(column).add(by)).into()
    };
    let statement = Query::update()
        .table(activity::Entity)
        .value(
            Column::Taken,
            Expr::case(fits(wanted), Expr::col(Column::Taken).add(people)).finally(Expr::col(Column::Taken)),
        )
        .value(Column::Waiting, unless_it_fits(Column::Waiting, people.into()))
        .value(Column::WaitingEntries, unless_it_fits(Column::WaitingEntries, 1))
        .value(Column::WaitSequence, unless_it_fits(Column::WaitSequence, 1))
        .value(Column::SeatsChangedAt, now_ms)
        .and_where(Column::Id.eq(wanted.activity_id))
        .and_where(Column::Version.eq(wanted.version))
        .and_where(Column::Status.eq(Status::Published))
        .and_where(is_open(wanted.door, now_ms))
        .and_where(fits(wanted).or(may_wait(wanted)))
        .returning(Query::returning().columns([
            Column::Capacity,
            Column::Taken,
            Column::Waiting,
            Column::WaitingEntries,
            Column::WaitSequence,
        ]))
        .to_owned();
    let Some(row) = transaction.query_one(&statement).await? else {
        return Ok(Seating::Nothing);
    };
    let after = After::from_query_result(&row, "")?;
    let numbers = SeatNumbers {
        activity_id: wanted.activity_id,
        capacity: after.capacity,
        taken: after.taken,
        waiting: after.waiting,
        changed_at_ms: now_ms,
    };
    // Whoever gets seats finds nobody in line; whoever does not is in it.
    Ok(if after.waiting == 0 || wanted.door == Door::Entrance {
        Seating::Confirmed(numbers)
    } else {
        Seating::Waiting { number: after.wait_sequence, place: after.waiting_entries, numbers }
    })
}

fn fits(wanted: Wanted) -> Expr {
    let room = Expr::col(Column::Taken).add(wanted.people).lte(Expr::col(Column::TargetCapacity));
    match wanted.door {
        Door::SignUp | Door::Desk => room.and(Expr::col(Column::Waiting).eq(0)),
        Door::Entrance => room,
    }
}

fn may_wait(wanted: Wanted) -> Expr {
    if wanted.door == Door::Entrance {
        return Expr::val(1).eq(0);
    }
    let room = Expr::col(Column::Waiting).add(wanted.people).lte(Expr::col(Column::WaitingLimit));
    Expr::col(Column::WaitingList)
        .ne(WaitingList::Off.to_value())
        .and(Expr::col(Column::WaitingLimit).is_null().or(room))
}

fn is_open(door: Door, now_ms: i64) -> Expr {
    match door {
        Door::SignUp => Column::SignupOpensAt.lte(now_ms).and(Column::SignupClosesAt.gt(now_ms)),
        Door::Desk => Column::StartsAt.gt(now_ms),
        Door::Entrance => Column::CheckInOpensAt.lte(now_ms).and(Column::CheckInClosesAt.gt(now_ms)),
    }
}

/// As software that oversells does it: `before` was read outside of the transaction, and what is written
/// asks nothing.
pub(super) async fn take_unguarded(
    transaction: &DatabaseTransaction,
    wanted: Wanted,
    before: &activity::Model,
    now: DateTime<Utc>,
) -> ApiResult<Seating> {
    let mut locked = Locked { row: before.clone() };
    let seating = if before.waiting == 0 && before.taken + wanted.people <= before.target_capacity {
        locked.row.taken += wanted.people;
        Seating::Confirmed(locked.numbers(now))
    } else {
        locked.row.waiting += wanted.people;
        locked.row.waiting_entries += 1;
        locked.row.wait_sequence += 1;
        Seating::Waiting {
            number: locked.row.wait_sequence,
            place: locked.row.waiting_entries,
            numbers: locked.numbers(now),
        }
    };
    locked.save(transaction, now).await?;
    Ok(seating)
}

/// An activity that nobody else changes until the transaction ends, with its numbers as they shall be.
#[derive(Debug)]
pub(crate) struct Locked {
    pub(crate) row: activity::Model,
}

impl Locked {
    /// Locks the activity. It stands first in a transaction, so that two of them never wait for each other.
    /// SQLite has one writer and ignores the lock.
    pub(crate) async fn find(transaction: &DatabaseTransaction, activity_id: i32) -> ApiResult<Self> {
        let row = activity::Entity::find_by_id(activity_id).lock_exclusive().one(transaction).await?;
        Ok(Self { row: row.ok_or_else(crate::activities::no_such_activity)? })
    }

    /// Seats that may be given to somebody.
    pub(super) fn free(&self) -> i32 {
        Ord::max(self.row.target_capacity - self.row.taken, 0)
    }

    /// Gives seats back. A capacity that was lowered below what was taken sinks with them.
    pub(super) fn give_back(&mut self, people: i32) {
        self.row.taken -= people;
        self.row.capacity = Ord::max(self.row.target_capacity, self.row.taken);
    }

    /// Takes a registration out of the line.
    pub(super) fn leave_line(&mut self, people: i32) {
        self.row.waiting -= people;
        self.row.waiting_entries -= 1;
    }

    /// Gives seats to somebody from the line.
    pub(super) fn seat_from_line(&mut self, people: i32) {
        self.leave_line(people);
        self.row.taken += people;
    }

    /// Sets how many seats there shall be.
    pub(crate) fn set_target(&mut self, seats: i32) {
        self.row.target_capacity = seats;
        self.row.capacity = Ord::max(seats, self.row.taken);
    }

    /// The numbers as they shall be.
    pub(crate) fn numbers(&self, now: DateTime<Utc>) -> SeatNumbers {
        SeatNumbers {
            activity_id: self.row.id,
            capacity: self.row.capacity,
            taken: self.row.taken,
            waiting: self.row.waiting,
            changed_at_ms: now.timestamp_millis(),
        }
    }

    /// Writes the numbers.
    pub(crate) async fn save(
        &self,
        transaction: &DatabaseTransaction,
        now: DateTime<Utc>,
    ) -> ApiResult<SeatNumbers> {
        let row = activity::ActiveModel {
            capacity: ActiveValue::Set(self.row.capacity),
            target_capacity: ActiveValue::Set(self.row.target_capacity),
            taken: ActiveValue::Set(self.row.taken),
            waiting: ActiveValue::Set(self.row.waiting),
            waiting_entries: ActiveValue::Set(self.row.waiting_entries),
            wait_sequence: ActiveValue::Set(self.row.wait_sequence),
            seats_changed_at: ActiveValue::Set(now.into()),
            ..Default::default()
        };
        let saved = activity::Entity::update_many()
            .set(row)
            .filter(Column::Id.eq(self.row.id))
            .exec(transaction)
            .await?;
        if saved.rows_affected == 1 {
            return Ok(self.numbers(now));
        }
        Err(ApiError::Internal(anyhow::anyhow!("a locked activity is gone")))
    }
}
