//! Reads what a worker wrote about a slot, or names everything that is wrong with it.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::screen_slot;
use uuid::Uuid;

use super::dto::ScreenSlotChange;
use crate::http::field_errors::FieldErrors;
use crate::regions::RegionScope;
use crate::screens::in_charge::{name, region};
use crate::screens::time_of_day;

const MOST_SCREENS: usize = 500;
const MOST_GROUPS: usize = 100;
const MOST_EXCEPTIONS: usize = 366;

/// A slot that makes sense by itself; whether what it names exists is asked in the transaction.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    region_code: String,
    name: String,
    playlist_id: Uuid,
    weekdays: i32,
    begins_min: i32,
    ends_min: i32,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
    holidays: screen_slot::Holidays,
    priority: i32,
    pub(super) screen_ids: Vec<Uuid>,
    pub(super) group_ids: Vec<Uuid>,
    pub(super) exceptions: BTreeSet<NaiveDate>,
}

impl Checked {
    pub(super) fn read(given: ScreenSlotChange, scope: &RegionScope, errors: &mut FieldErrors) -> Self {
        region(scope, &given.region_code, errors);
        let begins = time_of_day::begin(&given.begins);
        if begins.is_none() {
            errors.add("/begins", "bad_time", "开始时间请写成 08:00 这样的形式，最晚 23:59。");
        }
        let ends = time_of_day::end(&given.ends);
        if ends.is_none() {
            errors.add("/ends", "bad_time", "结束时间请写成 20:00 这样的形式，半夜 12 点写 24:00。");
        }
        let in_week = given.weekdays.iter().all(|weekday| (1..=7).contains(weekday));
        if !in_week || given.weekdays.is_empty() {
            errors.add("/weekdays", "bad_weekday", "请至少选择一天；1 是星期一，7 是星期日。");
        }
        if given.first_day.zip(given.last_day).is_some_and(|(first, last)| last < first) {
            errors.add("/last_day", "ends_before_it_begins", "最后一天不能早于第一天。");
        }
        if !(0..=100).contains(&given.priority) {
            errors.add("/priority", "out_of_range", "优先级请填写 0 到 100 的整数。");
        }
        for (pointer, count, most) in [
            ("/screen_ids", given.screen_ids.len(), MOST_SCREENS),
            ("/group_ids", given.group_ids.len(), MOST_GROUPS),
            ("/exceptions", given.exceptions.len(), MOST_EXCEPTIONS),
        ] {
            if count > most {
                errors.add(pointer, "too_many", format!("最多 {most} 项。"));
            }
        }
        let bit = |weekday: &u8| 1 << (weekday.clamp(&1, &7) - 1);
        Self {
            name: name(&given.name, errors),
            region_code: given.region_code,
            playlist_id: given.playlist_id,
            weekdays: given.weekdays.iter().map(bit).fold(0, |bits, bit: i32| bits | bit),
            begins_min: begins.unwrap_or_default(),
            ends_min: ends.unwrap_or_default(),
            first_day: given.first_day,
            last_day: given.last_day,
            holidays: given.holidays.into(),
            priority: given.priority,
            screen_ids: unique(given.screen_ids),
            group_ids: unique(given.group_ids),
            exceptions: given.exceptions.into_iter().collect(),
        }
    }

    /// What it plays.
    pub(super) fn playlist_id(&self) -> Uuid {
        self.playlist_id
    }

    /// Puts it into a row.
    pub(super) fn put_into(&self, row: &mut screen_slot::Model, now: DateTime<Utc>) {
        row.region_code.clone_from(&self.region_code);
        row.name.clone_from(&self.name);
        row.playlist_id = self.playlist_id;
        row.weekdays = self.weekdays;
        row.begins_min = self.begins_min;
        row.ends_min = self.ends_min;
        row.first_day = self.first_day;
        row.last_day = self.last_day;
        row.holidays = self.holidays;
        row.priority = self.priority;
        row.updated_at = now.into();
    }

    /// The row of a new slot.
    pub(super) fn row(&self, id: Uuid, now: DateTime<Utc>) -> screen_slot::Model {
        let mut row = screen_slot::Model {
            id,
            region_code: String::new(),
            name: String::new(),
            playlist_id: self.playlist_id,
            weekdays: self.weekdays,
            begins_min: self.begins_min,
            ends_min: self.ends_min,
            first_day: None,
            last_day: None,
            holidays: self.holidays,
            priority: self.priority,
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        };
        self.put_into(&mut row, now);
        row
    }
}

fn unique(ids: Vec<Uuid>) -> Vec<Uuid> {
    ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}
