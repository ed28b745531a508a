use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::patch::Patch;
use crate::people::Sex;

/// The resident who is calling.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// The resident as a person; what `/me/people/{id}` and records are asked with.
    pub(super) person_id: Uuid,
    /// Name or what one likes to be called; `null` until it is told.
    pub(super) name: Option<String>,
    pub(super) birth_date: Option<NaiveDate>,
    pub(super) sex: Sex,
    /// Community or street, as a statistical code of 12 digits.
    pub(super) region_code: Option<String>,
    /// Whether large type was chosen.
    pub(super) elder_mode: bool,
    /// The phone number with its middle hidden.
    #[schema(example = "138****0000")]
    pub(super) phone: Option<String>,
    pub(super) status: AccountStatus,
    /// When the account is erased, if it is closing.
    pub(super) erase_at: Option<DateTime<Utc>>,
    /// Number under which `/api/v1/erasures/{receipt}` tells how far the erasure is.
    pub(super) receipt: Option<String>,
}

/// Where in its life the account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AccountStatus {
    /// In use.
    Active,
    /// Waits to be erased; `POST /api/v1/me/keep` keeps it.
    Closing,
}

/// What to change; what is left out stays, `null` removes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MePatch {
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) name: Patch<String>,
    /// One's own account is for people from 14 on.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    pub(super) birth_date: Patch<NaiveDate>,
    pub(super) sex: Option<Sex>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) region_code: Patch<String>,
    pub(super) elder_mode: Option<bool>,
}

/// What the phone's `getPhoneNumber` button gave.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PhoneCode {
    /// Works once, for five minutes.
    #[schema(example = "dev-13800000000")]
    pub(super) code: String,
}
