//! Names of elements and codes of R4 that the rules know.

/// Elements of an `Observation` (R4, section 10.1.3), with all kinds of value and time.
pub(super) const OBSERVATION: &[&str] = &[
    "resourceType",
    "id",
    "meta",
    "language",
    "text",
    "extension",
    "identifier",
    "basedOn",
    "partOf",
    "status",
    "category",
    "code",
    "subject",
    "focus",
    "encounter",
    "effectiveDateTime",
    "effectivePeriod",
    "effectiveTiming",
    "effectiveInstant",
    "issued",
    "performer",
    "valueQuantity",
    "valueCodeableConcept",
    "valueString",
    "valueBoolean",
    "valueInteger",
    "valueRange",
    "valueRatio",
    "valueSampledData",
    "valueTime",
    "valueDateTime",
    "valuePeriod",
    "dataAbsentReason",
    "interpretation",
    "note",
    "bodySite",
    "method",
    "specimen",
    "device",
    "referenceRange",
    "hasMember",
    "derivedFrom",
    "component",
];

/// Elements of a component.
pub(super) const COMPONENT: &[&str] = &[
    "id",
    "extension",
    "code",
    "valueQuantity",
    "valueCodeableConcept",
    "valueString",
    "valueBoolean",
    "valueInteger",
    "valueRange",
    "valueRatio",
    "valueSampledData",
    "valueTime",
    "valueDateTime",
    "valuePeriod",
    "dataAbsentReason",
    "interpretation",
    "referenceRange",
];

/// Elements of a `CodeableConcept`.
pub(super) const CONCEPT: &[&str] = &["id", "extension", "coding", "text"];

/// Elements of a `Quantity`.
pub(super) const QUANTITY: &[&str] = &["id", "extension", "value", "comparator", "unit", "system", "code"];

/// `ObservationStatus` (required binding).
pub(super) const STATUSES: &[&str] = &[
    "registered",
    "preliminary",
    "final",
    "amended",
    "corrected",
    "cancelled",
    "entered-in-error",
    "unknown",
];

/// Codes of `observation-category`.
pub(super) const CATEGORY_CODES: &[&str] = &[
    "social-history",
    "vital-signs",
    "imaging",
    "laboratory",
    "procedure",
    "survey",
    "exam",
    "therapy",
    "activity",
];
