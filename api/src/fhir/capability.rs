//! What this server can do, for programs that ask (R4, section 2.4).

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// The statement of capabilities; its shape is that of R4.
#[derive(Debug, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(as = FhirCapabilityStatement, value_type = Object)]
pub(super) struct CapabilityStatement(Value);

/// When what stands here last changed.
const DATE: &str = "2026-11-29";

/// The statement of the server at this address.
pub(super) fn statement(base: &str) -> CapabilityStatement {
    let parameter = |name: &str, kind: &str| json!({"name": name, "type": kind});
    let readable =
        |kind: &str| json!({"type": kind, "interaction": [{"code": "read"}], "versioning": "versioned"});
    let vital_signs = "http://hl7.org/fhir/StructureDefinition/vitalsigns";
    CapabilityStatement(json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": DATE,
        "kind": "instance",
        "software": {"name": "Kangtu", "version": env!("CARGO_PKG_VERSION")},
        "implementation": {"description": "居民自己的健康记录", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [{
            "mode": "server",
            "security": {"description": "Authorization: Bearer，与小程序登录后得到的访问令牌相同。"},
            "resource": [
                {
                    "type": "Patient",
                    "interaction": [{"code": "read"}],
                    "versioning": "versioned",
                    "operation": [{
                        "name": "everything",
                        "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything"
                    }]
                },
                {
                    "type": "Observation",
                    "supportedProfile": [vital_signs, "http://hl7.org/fhir/StructureDefinition/bp"],
                    "interaction": [{"code": "read"}, {"code": "search-type"}],
                    "versioning": "versioned",
                    "conditionalCreate": true,
                    "searchParam": [
                        parameter("patient", "reference"),
                        parameter("category", "token"),
                        parameter("code", "token"),
                        parameter("date", "date")
                    ]
                },
                readable("Goal"),
                readable("Consent"),
                readable("RelatedPerson"),
                readable("Provenance"),
                readable("Device")
            ],
            "interaction": [{"code": "transaction"}]
        }]
    }))
}
