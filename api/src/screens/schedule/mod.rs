//! Which slot plays when: rules of a calendar, resolved to instants. Pure: no clock, no database.
//!
//! At any instant exactly one thing plays. Among the slots whose window holds the instant it is the one of
//! the highest [`Rank`]; where there is none, the fallback plays. Emergency messages stand above all of
//! this and are no slots.

mod window;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use entity::screen_slot::Holidays;
use uuid::Uuid;

use self::window::Window;

/// A slot as one screen sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its id.
    pub id: Uuid,
    /// What workers call it.
    pub name: String,
    /// What it plays.
    pub playlist_id: Uuid,
    /// On which days.
    pub days: Days,
    /// Minute of the civil day at which it begins.
    pub begins_min: u32,
    /// Minute at which it ends; no later than the beginning means: on the next day. 1440 is midnight.
    pub ends_min: u32,
    /// Its place among others.
    pub rank: Rank,
}

/// The days on which a slot begins. A window that goes past midnight belongs to the day it begins on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    /// Bit 0 is Monday.
    pub weekdays: u32,
    /// The first day.
    pub first: Option<NaiveDate>,
    /// The last day.
    pub last: Option<NaiveDate>,
    /// Days left out.
    pub except: BTreeSet<NaiveDate>,
    /// What statutory holidays mean.
    pub holidays: Holidays,
}

/// Who plays where several could: a total order, compared field by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// The higher one.
    pub priority: i32,
    /// One that names the screen itself, before one that names a group.
    pub direct: bool,
    /// The newest.
    pub created_at: DateTime<Utc>,
    /// Only so that the order is total.
    pub id: Uuid,
}

/// Why a slot yields to another at an instant at which both could play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yields {
    /// Its priority is lower.
    Priority,
    /// It names a group, the other the screen itself.
    Group,
    /// It is older.
    Older,
}

impl Rank {
    /// Why a slot of this rank yields to one of a higher rank.
    pub fn yields_to(&self, higher: &Self) -> Yields {
        match (self.priority.cmp(&higher.priority), self.direct.cmp(&higher.direct)) {
            (Ordering::Less, _) => Yields::Priority,
            (_, Ordering::Less) => Yields::Group,
            _ => Yields::Older,
        }
    }
}

/// What plays from one instant until another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// From here.
    pub start: DateTime<Utc>,
    /// Until just before.
    pub end: DateTime<Utc>,
    /// The slot; `None` is the fallback.
    pub slot_id: Option<Uuid>,
}

/// The slots of one screen, and the zone in which their rules are read.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// In which days and minutes are read.
    pub zone: Tz,
    /// All of them.
    pub slots: Vec<Slot>,
}

impl Schedule {
    /// The slots that could play at an instant, the one that does first.
    pub fn candidates(&self, at: DateTime<Utc>) -> Vec<&Slot> {
        let mut candidates: Vec<&Slot> =
            self.slots.iter().filter(|slot| slot.could_play(at, self.zone)).collect();
        candidates.sort_by_key(|slot| std::cmp::Reverse(slot.rank));
        candidates
    }

    /// What plays between two instants, without gaps and without overlap; neighbours differ.
    pub fn segments(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Segment> {
        let windows = self.windows(from, until);
        let mut cuts: BTreeSet<DateTime<Utc>> = BTreeSet::from([from, until]);
        for (window, _) in &windows {
            cuts.extend([window.start, window.end].into_iter().filter(|cut| *cut > from && *cut < until));
        }
        let cuts: Vec<DateTime<Utc>> = cuts.into_iter().collect();
        let mut segments: Vec<Segment> = Vec::new();
        for pair in cuts.windows(2) {
            let &[start, end] = pair else { continue };
            let slot_id = windows
                .iter()
                .filter(|(window, _)| window.holds(start))
                .max_by_key(|(_, slot)| slot.rank)
                .map(|(_, slot)| slot.id);
            match segments.last_mut() {
                Some(last) if last.slot_id == slot_id => last.end = end,
                _ => segments.push(Segment { start, end, slot_id }),
            }
        }
        segments
    }

    /// Every window that touches the time between two instants.
    fn windows(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(Window, &Slot)> {
        // A window of yesterday may go on into today.
        let first_day = self.day_of(from).pred_opt().unwrap_or(NaiveDate::MIN);
        let last_day = self.day_of(until);
        let days = first_day.iter_days().take_while(|day| *day <= last_day);
        let of_day = |day: NaiveDate| {
            self.slots.iter().filter_map(move |slot| Some((slot.window(day, self.zone)?, slot)))
        };
        days.flat_map(of_day).filter(|(window, _)| window.start < until && from < window.end).collect()
    }

    fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// The times between two instants at which a daily span of minutes holds, such as quiet hours.
    pub fn daily(
        zone: Tz,
        (begins_min, ends_min): (u32, u32),
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let first_day = (from - TimeDelta::days(1)).with_timezone(&zone).date_naive();
        let last_day = until.with_timezone(&zone).date_naive();
        first_day
            .iter_days()
            .take_while(|day| *day <= last_day)
            .filter_map(|day| Window::on(day, begins_min, ends_min, zone))
            .filter(|window| window.start < until && from < window.end)
            .map(|window| (window.start, window.end))
            .collect()
    }
}

impl Slot {
    /// Its window that begins on a civil day, if it plays on that day.
    fn window(&self, day: NaiveDate, zone: Tz) -> Option<Window> {
        if !self.days.hold(day) {
            return None;
        }
        Window::on(day, self.begins_min, self.ends_min, zone)
    }

    fn could_play(&self, at: DateTime<Utc>, zone: Tz) -> bool {
        let today = at.with_timezone(&zone).date_naive();
        [Some(today), today.pred_opt()]
            .into_iter()
            .flatten()
            .filter_map(|day| self.window(day, zone))
            .any(|window| window.holds(at))
    }
}

impl Days {
    /// Whether a slot begins on a day.
    fn hold(&self, day: NaiveDate) -> bool {
        use chrono::Datelike;
        let in_week = self.weekdays & (1 << day.weekday().num_days_from_monday()) != 0;
        let in_range =
            self.first.is_none_or(|first| first <= day) && self.last.is_none_or(|last| day <= last);
        let by_holiday = match self.holidays {
            Holidays::Any => true,
            Holidays::Except => !crate::opening::is_statutory_holiday(day),
            Holidays::Only => crate::opening::is_statutory_holiday(day),
        };
        in_week && in_range && by_holiday && !self.except.contains(&day)
    }
}
