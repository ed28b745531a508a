use chrono::{DateTime, NaiveDate, Utc};
use entity::screen_slot::Holidays;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A slot.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScreenSlot {
    pub(super) id: Uuid,
    pub(super) region_code: String,
    pub(super) name: String,
    pub(super) playlist_id: Uuid,
    /// Screens it names directly.
    pub(super) screen_ids: Vec<Uuid>,
    /// Groups on whose screens it plays too.
    pub(super) group_ids: Vec<Uuid>,
    /// Days of the week, 1 is Monday and 7 Sunday.
    pub(super) weekdays: Vec<u8>,
    #[schema(example = "12:00")]
    pub(super) begins: String,
    /// No later than `begins`: on the next day.
    #[schema(example = "13:30")]
    pub(super) ends: String,
    pub(super) first_day: Option<NaiveDate>,
    pub(super) last_day: Option<NaiveDate>,
    pub(super) exceptions: Vec<NaiveDate>,
    pub(super) holidays: HolidayRule,
    pub(super) priority: i32,
    /// Grows by one with every change; for `If-Match`.
    pub(super) version: i32,
    /// The newer slot plays where nothing else decides.
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// Slots, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScreenSlotList {
    pub(super) items: Vec<ScreenSlot>,
    /// For the parameter `cursor`; null on the last page.
    pub(super) next: Option<String>,
}

/// A slot as it shall be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScreenSlotChange {
    /// Every screen and group of the slot stands in it or below.
    #[schema(example = "440307009001")]
    pub(super) region_code: String,
    #[schema(min_length = 1, max_length = 40, example = "午间八段锦")]
    pub(super) name: String,
    pub(super) playlist_id: Uuid,
    /// Screens it names directly.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub(super) screen_ids: Vec<Uuid>,
    /// Groups on whose screens it plays too.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(super) group_ids: Vec<Uuid>,
    /// Days of the week, 1 is Monday and 7 Sunday; all by default.
    #[serde(default = "every_day")]
    #[schema(min_items = 1, max_items = 7, example = json!([1, 2, 3, 4, 5]))]
    pub(super) weekdays: Vec<u8>,
    #[schema(example = "12:00")]
    pub(super) begins: String,
    /// No later than `begins`: on the next day. Such a night belongs to the day it begins on.
    #[schema(example = "13:30")]
    pub(super) ends: String,
    /// Not before this day.
    pub(super) first_day: Option<NaiveDate>,
    /// Not after this day.
    pub(super) last_day: Option<NaiveDate>,
    /// Days on which it does not play.
    #[serde(default)]
    #[schema(max_items = 366)]
    pub(super) exceptions: Vec<NaiveDate>,
    /// What statutory holidays mean to it.
    #[serde(default = "any_day")]
    pub(super) holidays: HolidayRule,
    /// The higher one plays.
    #[serde(default = "usual_priority")]
    #[schema(minimum = 0, maximum = 100)]
    pub(super) priority: i32,
}

fn every_day() -> Vec<u8> {
    (1..=7).collect()
}

fn any_day() -> HolidayRule {
    HolidayRule::Any
}

fn usual_priority() -> i32 {
    10
}

/// What statutory holidays mean to a slot.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HolidayRule {
    /// Nothing.
    Any,
    /// It does not play on them.
    Except,
    /// It plays on no other day.
    Only,
}

impl From<HolidayRule> for Holidays {
    fn from(rule: HolidayRule) -> Self {
        match rule {
            HolidayRule::Any => Self::Any,
            HolidayRule::Except => Self::Except,
            HolidayRule::Only => Self::Only,
        }
    }
}

impl From<Holidays> for HolidayRule {
    fn from(rule: Holidays) -> Self {
        match rule {
            Holidays::Any => Self::Any,
            Holidays::Except => Self::Except,
            Holidays::Only => Self::Only,
        }
    }
}
