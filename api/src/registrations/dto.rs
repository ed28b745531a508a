use chrono::{DateTime, FixedOffset, NaiveDate};
use entity::registration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::people::Sex;

/// Who shall be signed up, all or nobody.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRegistration {
    /// The caller and members of the family, each once.
    #[schema(min_items = 1, max_items = 20)]
    pub person_ids: Vec<Uuid>,
    /// Answers to the questions of the activity.
    #[serde(default)]
    pub answers: Vec<Answered>,
    /// Key groups that somebody says to belong to, where the activity is for some.
    #[serde(default)]
    pub declarations: Vec<Declaration>,
}

/// An answer to a question.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// Number of the question.
    pub question_id: i32,
    /// Who answers, where each person answers it.
    pub person_id: Option<Uuid>,
    /// Text, a number, `true` or `false`, one of the options, or a list of them.
    pub value: Value,
}

/// What somebody says of themselves.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Who.
    pub person_id: Uuid,
    /// Ids of key groups.
    pub key_groups: Vec<String>,
}

/// Where a registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RegistrationStatus {
    /// Holds seats.
    Confirmed,
    /// In line.
    Waiting,
    /// Holds seats until the offer is accepted or expires.
    Offered,
    /// Over.
    Cancelled,
}

impl From<registration::Status> for RegistrationStatus {
    fn from(status: registration::Status) -> Self {
        match status {
            registration::Status::Confirmed => Self::Confirmed,
            registration::Status::Waiting => Self::Waiting,
            registration::Status::Offered => Self::Offered,
            registration::Status::Cancelled => Self::Cancelled,
        }
    }
}

/// A registration: people who are signed up together.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Registration {
    pub(super) id: Uuid,
    pub(super) activity: RegisteredActivity,
    pub(super) status: RegistrationStatus,
    pub(super) people: Vec<RegisteredPerson>,
    /// While it waits: 1 is the next.
    pub(super) place_in_line: Option<i64>,
    /// Until when the offer can be accepted.
    pub(super) offer_expires_at: Option<DateTime<FixedOffset>>,
    /// Why it is over: `by_resident`, `by_staff`, `offer_expired`, `activity_cancelled` or `erased`.
    #[schema(value_type = Option<String>)]
    pub(super) end_reason: Option<&'static str>,
    pub(super) created_at: DateTime<FixedOffset>,
}

/// The activity of a registration.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct RegisteredActivity {
    pub(super) id: i32,
    pub(super) title: String,
    pub(super) starts_at: DateTime<FixedOffset>,
    pub(super) ends_at: DateTime<FixedOffset>,
    pub(super) place_name: String,
}

/// Somebody who is signed up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct RegisteredPerson {
    /// The person.
    pub(super) person_id: Uuid,
    /// The person in this registration; what tickets and check-in name.
    pub(super) registration_person_id: Uuid,
    /// `null` where it was not told or is not the caller's to see.
    pub(super) name: Option<String>,
    pub(super) status: RegistrationStatus,
}

/// Registrations of the caller, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RegistrationList {
    pub(super) items: Vec<Registration>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// Which registrations to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RegistrationParameters {
    /// `next` of the page before.
    pub(super) cursor: Option<Uuid>,
    /// Most registrations of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

/// By which way a worker signs somebody up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DeskChannel {
    /// Beforehand, for somebody without a phone.
    Staff,
    /// Somebody stands at the entrance.
    WalkIn,
}

/// How somebody agreed to be signed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ConsentKind {
    InPerson,
    ByPhone,
    Written,
}

impl From<ConsentKind> for registration::ConsentKind {
    fn from(kind: ConsentKind) -> Self {
        match kind {
            ConsentKind::InPerson => Self::InPerson,
            ConsentKind::ByPhone => Self::ByPhone,
            ConsentKind::Written => Self::Written,
        }
    }
}

/// Somebody without an account.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeskPerson {
    #[schema(example = "王桂英")]
    pub(super) name: String,
    pub(super) birth_date: Option<NaiveDate>,
    #[serde(default)]
    pub(super) sex: Sex,
    pub(super) region_code: Option<String>,
    /// Key groups the person belongs to, as far as the worker was told.
    #[serde(default)]
    pub(super) key_groups: Vec<String>,
    /// Answers; `person_id` is left out.
    #[serde(default)]
    pub(super) answers: Vec<Answered>,
}

/// People whom a worker signs up together, all or nobody.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeskRegistration {
    pub(super) channel: DeskChannel,
    #[schema(min_items = 1, max_items = 20)]
    pub(super) people: Vec<DeskPerson>,
    /// How they agreed.
    pub(super) consent_kind: ConsentKind,
    /// What the worker notes about it.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub(super) consent_note: String,
    /// Number to call when something changes.
    pub(super) phone: Option<String>,
}

/// Why staying away does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExcuseReason {
    /// There was a reason to stay away.
    Excused,
    /// The person was there after all.
    Came,
    /// The strike should not have been given.
    Mistake,
}

/// Excuses somebody who stayed away.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Excuse {
    pub(super) reason: ExcuseReason,
}

/// The numbers of an activity, and whether they add up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ActivityAudit {
    pub(super) activity_id: i32,
    /// Seats there are.
    pub(super) capacity: i64,
    /// Seats that are taken or offered.
    pub(super) taken: i64,
    /// People in line.
    pub(super) waiting: i64,
    /// People who are there.
    pub(super) checked_in: i64,
    /// After the end: people with a seat who neither came nor were excused.
    pub(super) no_shows: Option<i64>,
    /// Whether every check holds.
    pub(super) holds: bool,
    pub(super) checks: Vec<AuditCheck>,
    /// When it was counted.
    pub(super) counted_at: DateTime<FixedOffset>,
}

/// One thing that must hold.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct AuditCheck {
    /// Stable word.
    pub(super) name: &'static str,
    /// What must hold, in Chinese.
    pub(super) title: &'static str,
    pub(super) holds: bool,
}
