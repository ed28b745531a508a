use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Purpose;

/// For whom.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ConsentParameters {
    /// A member of the family; oneself where it is missing.
    #[param(value_type = Option<Uuid>)]
    pub(super) person: Option<Uuid>,
}

/// Agrees to the text that was shown.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsentAgreement {
    /// Version of the text that was shown.
    #[schema(example = 1)]
    pub(super) text_version: i32,
}

/// A consent that comes with something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenConsent {
    /// What is agreed to.
    pub purpose: Purpose,
    /// Version of the text that was shown.
    #[schema(example = 1)]
    pub text_version: i32,
}

/// Every purpose with its text and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConsentList {
    pub(super) items: Vec<Consent>,
    /// Always `null`: all purposes come at once.
    pub(super) next: Option<String>,
}

/// One purpose.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Consent {
    pub(super) purpose: Purpose,
    /// Title of the text.
    pub(super) title: String,
    /// The text: what, why, what it means, how to take it back.
    pub(super) body: String,
    /// Version of this text; what `PUT` needs.
    pub(super) text_version: i32,
    pub(super) state: ConsentState,
    /// Version that was agreed to.
    pub(super) given_version: Option<i32>,
    /// When it was agreed to.
    pub(super) given_at: Option<DateTime<Utc>>,
    /// Who agreed: `own`, `guardian` or `caretaker`.
    pub(super) given_as: Option<&'static str>,
}

/// Whether a consent counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ConsentState {
    /// It counts.
    Given,
    /// Nobody agreed, or it was withdrawn.
    NotGiven,
    /// A guardian agreed and the person has since come of age to decide.
    Lapsed,
}
