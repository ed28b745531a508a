use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dto::ActivityKind;

/// A series as it shall be.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SeriesContent {
    #[schema(min_length = 1, max_length = 60, example = "健康巡讲")]
    pub(super) title: String,
    pub(super) kind: ActivityKind,
    pub(super) region_code: String,
    /// How often a year it shall be held.
    #[schema(minimum = 1, maximum = 366, example = 11)]
    pub(super) target_per_year: Option<i32>,
}

/// A series.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Series {
    pub(super) id: i32,
    /// As it is written with PUT.
    pub(super) content: SeriesContent,
    pub(super) demo: bool,
    pub(super) version: i32,
}

/// A key group (重点人群), for `key_groups` of an activity.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyGroup {
    #[schema(example = "elders")]
    pub(super) id: String,
    pub(super) title: String,
    /// Whether people say at sign-up that they belong to it; else age and sex tell.
    pub(super) declared: bool,
    /// Whether saying so tells of one's health, which needs consent.
    pub(super) about_health: bool,
    pub(super) min_age: Option<i32>,
    pub(super) max_age: Option<i32>,
    /// `female` or `male`.
    pub(super) sex: Option<String>,
}

/// All key groups in display order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyGroupList {
    pub(super) items: Vec<KeyGroup>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// All series of the caller's regions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SeriesList {
    pub(super) items: Vec<Series>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// A lecturer as they shall be told. Everything is public.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LecturerContent {
    #[schema(min_length = 1, max_length = 32)]
    pub(super) name: String,
    /// Such as 主任医师.
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) organisation: String,
    #[serde(default)]
    pub(super) introduction: String,
    #[serde(default)]
    pub(super) expertise: Vec<String>,
    pub(super) region_code: String,
    /// Whether new activities may name them.
    pub(super) active: bool,
}

/// A lecturer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Lecturer {
    pub(super) id: i32,
    /// As it is written with PUT.
    pub(super) content: LecturerContent,
    pub(super) demo: bool,
    pub(super) version: i32,
}

/// All lecturers that the caller may name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LecturerList {
    pub(super) items: Vec<Lecturer>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}
