use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What `wx.getWeRunData` gave, as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WechatSteps {
    /// `encryptedData`, base64.
    #[schema(max_length = 65536)]
    pub(super) encrypted_data: String,
    /// `iv`, base64.
    #[schema(max_length = 64)]
    pub(super) iv: String,
}

/// What became of each day, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StepDays {
    pub(super) items: Vec<StepDay>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// One day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StepDay {
    /// In China.
    pub(super) day: NaiveDate,
    /// The steps that WeChat told.
    pub(super) steps: i64,
    pub(super) status: StepStatus,
}

/// What became of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StepStatus {
    /// It is kept now.
    Recorded,
    /// It was kept before with fewer steps.
    Grown,
    /// Nothing is new.
    Unchanged,
    /// Nobody walks so many: it lies in quarantine.
    Quarantined,
}
