use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which registrations, and in which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RegistrationsParameters {
    /// Only those that stand so; `all` for every one.
    #[param(pattern = "^(confirmed|waiting|offered|cancelled|all)$", default = "confirmed")]
    pub(super) status: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most registrations of one page; a workbook holds all.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
    /// `json`, or `xlsx` for the sign-in sheet; without it the header `Accept` decides.
    #[param(pattern = "^(json|xlsx)$", default = "json")]
    pub(super) format: Option<String>,
}

/// Who is on the list of an activity.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityRegistrationList {
    pub(super) items: Vec<ActivityRegistration>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// A registration as those who run the activity see it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityRegistration {
    pub(super) id: Uuid,
    /// `confirmed`, `waiting`, `offered` or `cancelled`.
    pub(super) status: String,
    /// `own`, `staff` or `walk_in`.
    pub(super) channel: String,
    pub(super) seats: i32,
    /// Place that was given in the line.
    pub(super) wait_number: Option<i64>,
    /// Number to call.
    pub(super) phone: Option<String>,
    /// The worker who signed them up; absent where they did it themselves.
    pub(super) signed_up_by: Option<String>,
    /// How they agreed to being signed up: `in_person`, `by_phone` or `written`.
    pub(super) consent_kind: Option<String>,
    /// What the worker noted of it.
    pub(super) consent_note: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) confirmed_at: Option<DateTime<Utc>>,
    pub(super) ended_at: Option<DateTime<Utc>>,
    /// Grows by one with every change.
    pub(super) version: i32,
    pub(super) people: Vec<ActivityRegistrant>,
}

/// Somebody on the list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityRegistrant {
    /// For `people` of a check-in.
    pub(super) id: Uuid,
    /// Empty where the person was erased.
    pub(super) name: String,
    /// `female`, `male` or `unknown`.
    pub(super) sex: String,
    /// Full years on the day of the activity.
    pub(super) age: Option<i32>,
    /// `confirmed`, `waiting`, `offered` or `cancelled`.
    pub(super) status: String,
    /// What was answered at sign-up.
    #[schema(value_type = Option<Object>)]
    pub(super) answers: Option<Value>,
    pub(super) checked_in_at: Option<DateTime<Utc>>,
    /// Who let them in; absent where they did it alone.
    pub(super) checked_in_by: Option<String>,
    /// `scan`, `list`, `own`, `offline` or `walk_in`.
    pub(super) source: Option<String>,
    pub(super) excused: bool,
}

/// Which year and where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LedgerParameters {
    /// Civil year; the present one where it is missing.
    #[param(value_type = Option<u16>, minimum = 2000, maximum = 2100, example = 2026)]
    pub(super) year: Option<String>,
    /// Activities of this region and below; 12-digit code.
    #[param(example = "440307009000")]
    pub(super) region: Option<String>,
    /// Only activities of this series.
    #[param(value_type = Option<i32>, minimum = 1)]
    pub(super) series: Option<String>,
    /// `json`, or `xlsx` for a workbook; without it the header `Accept` decides.
    #[param(pattern = "^(json|xlsx)$", default = "json")]
    pub(super) format: Option<String>,
}

/// The activities of a year (台账), by time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityLedger {
    pub(super) year: i32,
    pub(super) items: Vec<LedgerLine>,
    /// Always `null`: a year comes whole.
    pub(super) next: Option<String>,
}

/// One activity in the ledger.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct LedgerLine {
    pub(super) activity_id: i32,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    pub(super) title: String,
    /// `lecture`, `training`, `fitness`, `screening` or `campaign`.
    pub(super) kind: String,
    pub(super) series: Option<String>,
    /// `community`, `enterprise`, `school` or `family` (四进).
    pub(super) venue_type: Option<String>,
    pub(super) region_code: String,
    pub(super) region: String,
    pub(super) place: String,
    pub(super) host: String,
    pub(super) lecturers: Vec<String>,
    pub(super) provider: Option<String>,
    pub(super) contract_reference: Option<String>,
    /// `held`, `planned` or `cancelled`.
    pub(super) state: String,
    pub(super) seats: i32,
    /// People with a seat.
    pub(super) confirmed: i64,
    pub(super) came: i64,
    /// Share of the people with a seat who came.
    pub(super) attendance_rate: Option<f64>,
    /// Mean of the stars, 1 to 5; `null` below ten answers.
    pub(super) satisfaction: Option<f64>,
    pub(super) answers: i64,
    /// Photos and papers that show it took place.
    pub(super) evidence: i64,
    pub(super) demo: bool,
}

/// Which year, where, and put together by what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StatisticsParameters {
    /// By what activities are put together.
    #[param(pattern = "^(series|venue|region|month|kind)$", default = "series")]
    pub(super) by: Option<String>,
    /// Civil year; the present one where it is missing.
    #[param(value_type = Option<u16>, minimum = 2000, maximum = 2100, example = 2026)]
    pub(super) year: Option<String>,
    /// Activities of this region and below; 12-digit code.
    #[param(example = "440307009000")]
    pub(super) region: Option<String>,
    /// `json`, or `xlsx` for a workbook; without it the header `Accept` decides.
    #[param(pattern = "^(json|xlsx)$", default = "json")]
    pub(super) format: Option<String>,
}

/// The activities of a year in numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityStatistics {
    pub(super) year: i32,
    /// `series`, `venue`, `region`, `month` or `kind`.
    pub(super) by: String,
    pub(super) items: Vec<StatisticsGroup>,
    pub(super) total: StatisticsNumbers,
    /// Always `null`: a year comes whole.
    pub(super) next: Option<String>,
}

/// One group of activities.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatisticsGroup {
    /// Id of the series or region, the word of a kind or venue, a month as `2026-11`, or `none`.
    pub(super) key: String,
    pub(super) title: String,
    pub(super) numbers: StatisticsNumbers,
    /// How far a series is on its way to what it shall be in a year.
    pub(super) progress: Option<SeriesProgress>,
}

/// Numbers of a group of activities.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(super) struct StatisticsNumbers {
    /// Sessions that took place.
    pub(super) sessions: i64,
    /// Those of them of which photos or papers show it.
    pub(super) with_evidence: i64,
    /// Announced and still to come.
    pub(super) planned: i64,
    pub(super) cancelled: i64,
    /// Seats of those that took place.
    pub(super) seats: i64,
    /// People with a seat at those that took place.
    pub(super) registered: i64,
    /// People who came.
    pub(super) people: i64,
    pub(super) attendance_rate: Option<f64>,
    /// Mean of the stars, 1 to 5; `null` below ten answers.
    pub(super) satisfaction: Option<f64>,
    pub(super) answers: i64,
}

/// How far a series is (一年不少于 11 场).
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(super) struct SeriesProgress {
    /// Sessions that there shall be in a year.
    pub(super) target: i32,
    /// Sessions that took place.
    pub(super) held: i64,
    /// Sessions still missing, those that are announced not counted.
    pub(super) missing: i64,
    /// Whether what took place and what is announced reach the target together.
    pub(super) on_track: bool,
}
