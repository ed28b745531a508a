use serde::Deserialize;
use utoipa::IntoParams;

/// The form of an answer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FormatParameters {
    /// Only `json` and its media types.
    #[serde(rename = "_format")]
    pub(super) format: Option<String>,
}

/// What `$everything` may be asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read from the query itself, as FHIR writes it")]
pub(super) struct EverythingParameters {
    /// Measured from this date on.
    pub(super) start: Option<String>,
    /// Measured up to this date.
    pub(super) end: Option<String>,
    /// Known since this instant.
    #[serde(rename = "_since")]
    pub(super) since: Option<String>,
    /// Types of resources, with a comma: `Patient`, `Observation`, `Device`, `Provenance`, `RelatedPerson`,
    /// `Consent`, `Goal`; without it all of them.
    #[serde(rename = "_type")]
    pub(super) resource_type: Option<String>,
    /// Most observations of one page.
    #[serde(rename = "_count")]
    pub(super) count: Option<String>,
    /// Place of the next page.
    #[serde(rename = "_cursor")]
    pub(super) cursor: Option<String>,
    /// Only `json` and its media types.
    #[serde(rename = "_format")]
    pub(super) format: Option<String>,
}

/// What observations may be searched by.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read from the query itself, as FHIR writes it")]
pub(super) struct ObservationParameters {
    /// Whose: `Patient/…` or the id alone. Needed.
    pub(super) patient: Option<String>,
    /// `vital-signs`, `laboratory`, `exam`, `activity`, several with a comma.
    pub(super) category: Option<String>,
    /// LOINC codes, with or without `http://loinc.org|`, several with a comma.
    pub(super) code: Option<String>,
    /// When it was measured, such as `ge2026-11-01`; may be given twice.
    #[param(explode = true)]
    pub(super) date: Option<Vec<String>>,
    /// `date` or `-date`.
    #[serde(rename = "_sort")]
    pub(super) sort: Option<String>,
    /// Most observations of one page; 100 at most.
    #[serde(rename = "_count")]
    pub(super) count: Option<String>,
    /// Place of the next page.
    #[serde(rename = "_cursor")]
    pub(super) cursor: Option<String>,
    /// Only `json` and its media types.
    #[serde(rename = "_format")]
    pub(super) format: Option<String>,
}
