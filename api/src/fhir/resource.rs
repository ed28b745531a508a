//! The resources of FHIR R4 that are told, as far as they are used here.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use super::further::FurtherResource;

macro_rules! resource_type {
    ($name:ident, $variant:ident) => {
        #[doc = concat!("Always `", stringify!($variant), "`.")]
        #[derive(Clone, Copy, Debug, Serialize, ToSchema)]
        pub(super) enum $name {
            $variant,
        }
    };
}

resource_type!(PatientType, Patient);
resource_type!(ObservationType, Observation);
resource_type!(BundleType, Bundle);
resource_type!(OutcomeType, OperationOutcome);

/// What every resource tells of itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FhirMeta)]
pub(super) struct Meta {
    /// Version, also the entity tag.
    pub(super) version_id: String,
    pub(super) last_updated: DateTime<Utc>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) profile: Vec<String>,
}

/// Somebody whose record this is.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FhirPatient)]
pub(super) struct Patient {
    pub(super) resource_type: PatientType,
    pub(super) id: String,
    pub(super) meta: Meta,
    pub(super) identifier: Vec<Identifier>,
    pub(super) active: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) name: Vec<HumanName>,
    /// `male`, `female` or `unknown`.
    pub(super) gender: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) birth_date: Option<NaiveDate>,
}

/// A name as it is written.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FhirHumanName)]
pub(super) struct HumanName {
    pub(super) text: String,
}

/// A name of a thing in a system of names.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FhirIdentifier)]
pub(super) struct Identifier {
    pub(super) system: &'static str,
    pub(super) value: String,
}

/// One reading.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FhirObservation)]
pub(super) struct Observation {
    pub(super) resource_type: ObservationType,
    pub(super) id: String,
    pub(super) meta: Meta,
    pub(super) identifier: Vec<Identifier>,
    /// `final`, or `entered-in-error` once a correction took its place.
    pub(super) status: &'static str,
    pub(super) category: Vec<CodeableConcept>,
    pub(super) code: CodeableConcept,
    pub(super) subject: Reference,
    /// When it was measured, by the clocks of that place.
    pub(super) effective_date_time: String,
    /// When it became known here.
    pub(super) issued: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value_quantity: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body_site: Option<CodeableConcept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<CodeableConcept>,
    /// The device of a health hut that measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) note: Vec<Annotation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) component: Vec<Component>,
}

/// A concept by its codes or in words.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FhirCodeableConcept)]
pub(super) struct CodeableConcept {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) coding: Vec<Coding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
}

/// A code of a system.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FhirCoding)]
pub(super) struct Coding {
    pub(super) system: &'static str,
    pub(super) code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display: Option<&'static str>,
}

impl CodeableConcept {
    /// Only in words.
    pub(super) fn in_words(text: impl Into<String>) -> Self {
        Self { coding: Vec::new(), text: Some(text.into()) }
    }
}

/// A reference to another resource.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FhirReference)]
pub(super) struct Reference {
    pub(super) reference: String,
}

/// A number with its unit, which is one of UCUM.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FhirQuantity)]
pub(super) struct Quantity {
    #[schema(value_type = f64)]
    pub(super) value: Number,
    pub(super) unit: String,
    pub(super) system: &'static str,
    pub(super) code: String,
}

/// A remark.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FhirAnnotation)]
pub(super) struct Annotation {
    pub(super) text: String,
}

/// One number of several.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FhirComponent)]
pub(super) struct Component {
    pub(super) code: CodeableConcept,
    pub(super) value_quantity: Quantity,
}

/// Several resources.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FhirBundle)]
pub(super) struct Bundle {
    pub(super) resource_type: BundleType,
    /// `searchset` or `transaction-response`.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) link: Vec<Link>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) entry: Vec<Entry>,
}

/// An address of this or the next page.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FhirLink)]
pub(super) struct Link {
    pub(super) relation: &'static str,
    pub(super) url: String,
}

/// One resource of a bundle.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FhirEntry)]
pub(super) struct Entry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) full_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource: Option<Resource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) search: Option<EntrySearch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response: Option<EntryResponse>,
}

/// A resource of a bundle.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = FhirResource)]
pub(super) enum Resource {
    Patient(Box<Patient>),
    Observation(Box<Observation>),
    Further(FurtherResource),
}

/// Why a resource is in a search.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FhirEntrySearch)]
pub(super) struct EntrySearch {
    /// `match`.
    pub(super) mode: &'static str,
}

/// What became of one entry of a transaction.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FhirEntryResponse)]
pub(super) struct EntryResponse {
    /// `201 Created`, or `200 OK` for what was here before.
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_modified: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<OperationOutcome>,
}

/// What went wrong, or is to be known.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FhirOperationOutcome)]
pub(super) struct OperationOutcome {
    pub(super) resource_type: OutcomeType,
    pub(super) issue: Vec<Issue>,
}

/// One thing that went wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FhirIssue)]
pub(super) struct Issue {
    /// `error` or `information`.
    pub(super) severity: &'static str,
    /// Issue type of FHIR.
    pub(super) code: String,
    pub(super) details: CodeableConcept,
    /// The stable word of the error and the number of the request, for whoever is asked for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) diagnostics: Option<String>,
    /// `FHIRPath` to the element at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) expression: Vec<String>,
}
