//! Code systems, and which codes metrics have beside those of the catalogue.

/// LOINC (free, with notice; see `seeds/README.md`).
pub(super) const LOINC: &str = "http://loinc.org";
/// UCUM.
pub(super) const UCUM: &str = "http://unitsofmeasure.org";
/// Categories of observations.
pub(super) const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
/// Identifiers that are URIs, such as `urn:uuid:…`.
pub(super) const URI: &str = "urn:ietf:rfc:3986";
/// Where FHIR's profiles stand.
const PROFILES: &str = "http://hl7.org/fhir/StructureDefinition/";

/// The categories that observations here have, with what they are called.
pub(super) const CATEGORIES: [(&str, &str); 4] = [
    ("vital-signs", "Vital Signs"),
    ("laboratory", "Laboratory"),
    ("exam", "Exam"),
    ("activity", "Activity"),
];

/// The category of a metric, by its code in the catalogue.
pub(super) fn category(metric: &str) -> &'static str {
    match metric {
        "blood_pressure" | "heart_rate" | "weight" | "height" | "bmi" | "head_circumference"
        | "oxygen_saturation" | "body_temperature" | "respiration" => "vital-signs",
        "glucose_fasting" | "glucose_after_meal" | "glucose_random" | "hba1c" | "total_cholesterol"
        | "triglycerides" | "ldl_cholesterol" | "hdl_cholesterol" | "uric_acid" => "laboratory",
        "steps" | "sleep" => "activity",
        _ => "exam",
    }
}

/// The profile of FHIR that an observation of this metric keeps, beside `vitalsigns` itself.
pub(super) fn profiles(metric: &str) -> Vec<String> {
    if category(metric) != "vital-signs" {
        return Vec::new();
    }
    let own = match metric {
        "blood_pressure" => "bp",
        "heart_rate" => "heartrate",
        "weight" => "bodyweight",
        "height" => "bodyheight",
        "bmi" => "bmi",
        "head_circumference" => "headcircum",
        "oxygen_saturation" => "oxygensat",
        "body_temperature" => "bodytemp",
        _ => "resprate",
    };
    vec![format!("{PROFILES}vitalsigns"), format!("{PROFILES}{own}")]
}

/// Fasting glucose in venous plasma, by a laboratory.
pub(super) const VENOUS_FASTING_GLUCOSE: &str = "14771-0";

/// Codes by which a metric is known when it is brought in, and that are not told of it: what stands in the catalogue
/// is the finger-stick, and a remark says what it was.
pub(super) fn understood(metric: &str) -> &'static [&'static str] {
    match metric {
        "glucose_fasting" => &[VENOUS_FASTING_GLUCOSE],
        _ => &[],
    }
}

/// Codes of a metric beside the one in the catalogue: the profile of oxygen saturation demands its parent.
pub(super) fn further(metric: &str) -> &'static [&'static str] {
    match metric {
        "oxygen_saturation" => &["2708-6"],
        _ => &[],
    }
}
