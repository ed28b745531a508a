use chrono::{DateTime, NaiveDate, Utc};
use entity::follow_up::Outcome;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::rules::Reason;
use crate::people::Sex;

/// Which part of today's list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FollowUpParameters {
    /// After how many days without a reading somebody is to be called, 30 by default
    #[param(value_type = Option<u32>, minimum = 7, maximum = 365, default = 30)]
    pub(super) quiet_days: Option<String>,
    /// Only for this reason
    #[param(value_type = Option<Reason>)]
    pub(super) reason: Option<String>,
    /// `next` of the page before
    pub(super) cursor: Option<String>,
    /// How many, 20 by default
    #[param(value_type = Option<u32>, minimum = 1, maximum = 50, default = 20)]
    pub(super) limit: Option<String>,
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParameters {
    /// `next` of the page before
    pub(super) cursor: Option<String>,
    /// How many, 20 by default
    #[param(value_type = Option<u32>, minimum = 1, maximum = 50, default = 20)]
    pub(super) limit: Option<String>,
}

/// Who is to be called today, the most urgent first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FollowUpList {
    pub(super) items: Vec<FollowUp>,
    /// How many there are in all.
    pub(super) total: usize,
    /// For the parameter `cursor`; null on the last page.
    pub(super) next: Option<String>,
}

/// Somebody who is to be called.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FollowUp {
    /// Id of the person.
    pub(super) id: Uuid,
    pub(super) region_code: String,
    pub(super) name: Option<String>,
    pub(super) sex: Sex,
    /// Age in full years, where it is known.
    pub(super) age: Option<i32>,
    /// Number of the person, or of the family member who keeps the record.
    pub(super) phone: Option<String>,
    /// The most urgent first.
    pub(super) reasons: Vec<FollowUpCause>,
    pub(super) last_measured_at: Option<DateTime<Utc>>,
    pub(super) last_pressure: Option<FollowUpPressure>,
    pub(super) last_call: Option<LastCall>,
    /// Whether the slip of a referral has not come back yet.
    pub(super) is_referred: bool,
}

/// Why somebody is to be called.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FollowUpCause {
    pub(super) code: Reason,
    /// What to do, in plain Chinese.
    pub(super) text: &'static str,
}

/// The newest pressure of the last hundred days, in mmHg.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FollowUpPressure {
    pub(super) at: DateTime<Utc>,
    pub(super) systolic: i64,
    pub(super) diastolic: i64,
    /// Whether it was measured at home.
    pub(super) at_home: bool,
}

/// What came of the last call.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LastCall {
    pub(super) called_at: DateTime<Utc>,
    pub(super) outcome: CallOutcome,
    pub(super) next_on: NaiveDate,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CallOutcome {
    /// The person will measure again.
    WillMeasure,
    /// The person sees a doctor, or is referred to one.
    SeesDoctor,
    /// The person was given advice.
    Advised,
    /// The person wants no calls about it.
    Declined,
    /// Nobody answered.
    NoAnswer,
    /// It is not their number.
    WrongNumber,
    /// The person lives elsewhere now; nobody calls any more.
    MovedAway,
    /// The person died; nobody calls any more.
    Died,
}

/// What came of a call.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewFollowUpResult {
    /// Made once for each call and kept over retries: the same one is the same call.
    pub(super) uid: Uuid,
    pub(super) outcome: CallOutcome,
    /// What it was about.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub(super) reasons: Vec<Reason>,
    #[schema(max_length = 300)]
    pub(super) note: Option<String>,
    /// The day that was agreed for the next call.
    pub(super) next_on: Option<NaiveDate>,
    /// Where the person is sent.
    pub(super) referral: Option<NewReferral>,
}

/// A referral to a clinic.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReferral {
    #[schema(min_length = 1, max_length = 60, example = "葵涌人民医院 全科门诊")]
    pub(super) to: String,
    #[schema(min_length = 1, max_length = 200)]
    pub(super) why: String,
}

/// A call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct FollowUpResult {
    pub(super) id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) called_at: DateTime<Utc>,
    pub(super) called_by: Uuid,
    pub(super) outcome: CallOutcome,
    pub(super) reasons: Vec<Reason>,
    pub(super) note: Option<String>,
    pub(super) next_on: NaiveDate,
    /// The referral that was made with it.
    pub(super) referral_id: Option<Uuid>,
}

/// Calls to one person, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FollowUpResultList {
    pub(super) items: Vec<FollowUpResult>,
    /// For the parameter `cursor`; null on the last page.
    pub(super) next: Option<String>,
}

/// A referral with the slip that comes back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Referral {
    pub(super) id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) name: Option<String>,
    pub(super) to: String,
    pub(super) why: String,
    pub(super) referred_at: DateTime<Utc>,
    pub(super) referred_by: Uuid,
    /// What came back; `null` while nothing has.
    pub(super) returned: Option<ReturnSlip>,
}

/// What a doctor did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ReturnSlip {
    pub(super) returned_at: DateTime<Utc>,
    pub(super) outcome: ReturnOutcome,
    /// When the person was seen.
    pub(super) seen_on: Option<NaiveDate>,
    pub(super) advice: Option<String>,
}

/// What came of a referral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReturnOutcome {
    /// The person is treated.
    Treated,
    /// The person is watched.
    Observed,
    /// The person was sent on or kept in a hospital.
    SentOn,
    /// The person did not go.
    NotAttended,
}

/// The slip that came back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReturnSlip {
    pub(super) outcome: ReturnOutcome,
    /// When the person was seen.
    pub(super) seen_on: Option<NaiveDate>,
    #[schema(max_length = 300)]
    pub(super) advice: Option<String>,
}

/// Referrals whose slip has not come back, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReferralList {
    pub(super) items: Vec<Referral>,
    /// For the parameter `cursor`; null on the last page.
    pub(super) next: Option<String>,
}

impl From<Outcome> for CallOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::WillMeasure => Self::WillMeasure,
            Outcome::SeesDoctor => Self::SeesDoctor,
            Outcome::Advised => Self::Advised,
            Outcome::Declined => Self::Declined,
            Outcome::NoAnswer => Self::NoAnswer,
            Outcome::WrongNumber => Self::WrongNumber,
            Outcome::MovedAway => Self::MovedAway,
            Outcome::Died => Self::Died,
        }
    }
}

impl From<CallOutcome> for Outcome {
    fn from(outcome: CallOutcome) -> Self {
        match outcome {
            CallOutcome::WillMeasure => Self::WillMeasure,
            CallOutcome::SeesDoctor => Self::SeesDoctor,
            CallOutcome::Advised => Self::Advised,
            CallOutcome::Declined => Self::Declined,
            CallOutcome::NoAnswer => Self::NoAnswer,
            CallOutcome::WrongNumber => Self::WrongNumber,
            CallOutcome::MovedAway => Self::MovedAway,
            CallOutcome::Died => Self::Died,
        }
    }
}
