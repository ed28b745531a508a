//! What else is told of a person: goals, consents, who acts for the person, and where a reading comes from.

use chrono::{DateTime, SecondsFormat, Utc};
use entity::measurement::{self, EnteredAs, Source, Validity};
use entity::{consent, family_member, hut_device, proxy};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::codes::{LOINC, UCUM};
use super::resource::Meta;
use crate::error::{ApiError, ApiResult};
use crate::records::goals::{self, Goal};
use crate::records::metrics::Catalogue;
use crate::state::AppState;

const CONSENT_SCOPE: &str = "http://terminology.hl7.org/CodeSystem/consentscope";
const PARTICIPANT: &str = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";
/// LOINC's word for a consent of a patient, which R4 asks for.
const PATIENT_CONSENT: &str = "59284-0";

/// A resource of one of the types below; its shape is that of R4.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(as = FhirFurtherResource, value_type = FurtherShape)]
pub(super) struct FurtherResource(Value);

/// What the contract says of such a resource.
#[derive(ToSchema)]
#[schema(as = FhirFurtherShape)]
#[expect(dead_code, reason = "describes the resources in the contract")]
struct FurtherShape {
    #[schema(rename = "resourceType")]
    resource_type: FurtherType,
}

/// The types of such resources.
#[derive(ToSchema)]
#[schema(as = FhirFurtherType)]
#[expect(dead_code, reason = "describes the resources in the contract")]
enum FurtherType {
    Goal,
    Consent,
    RelatedPerson,
    Provenance,
    Device,
}

/// A resource with what is told about it outside of it.
#[derive(Clone, Debug)]
pub(super) struct Further {
    pub(super) resource: FurtherResource,
    pub(super) meta: Meta,
    /// What type it is.
    pub(super) kind: &'static str,
    /// Its id.
    pub(super) id: String,
}

impl Further {
    fn new(kind: &'static str, id: String, (version, at): (&str, DateTime<Utc>), mut told: Value) -> Self {
        let meta = Meta { version_id: version.to_owned(), last_updated: at, profile: Vec::new() };
        if let Some(members) = told.as_object_mut() {
            members.retain(|_, value| !value.is_null());
            members.insert("resourceType".to_owned(), json!(kind));
            members.insert("id".to_owned(), json!(id));
            members.insert("meta".to_owned(), json!({"versionId": version, "lastUpdated": instant(at)}));
        }
        Self { resource: FurtherResource(told), meta, kind, id }
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn of_patient(person_id: Uuid) -> Value {
    json!({"reference": format!("Patient/{person_id}")})
}

/// 404 for what is not there or is none of the caller's business.
pub(super) fn no_such_resource() -> ApiError {
    ApiError::NotFound {
        code: "no_such_resource", detail: "没有这条资料，请从记录列表中重新选择。".into()
    }
}

/// Everything of these types about a person, as `$everything` tells it.
pub(super) async fn of_person(state: &AppState, person_id: Uuid) -> ApiResult<Vec<Further>> {
    let reader = state.database.reader();
    let goals = goals::of_person(state, reader, person_id).await?;
    let consents = consent::Entity::find()
        .filter(consent::Column::PersonId.eq(person_id))
        .order_by_asc(consent::Column::GrantedAt)
        .order_by_asc(consent::Column::Id)
        .all(reader)
        .await?;
    let kept = family_member::Entity::find()
        .filter(family_member::Column::PersonId.eq(person_id))
        .order_by_asc(family_member::Column::Id)
        .all(reader)
        .await?;
    let held = proxy::Entity::find()
        .filter(proxy::Column::PersonId.eq(person_id))
        .filter(proxy::Column::AcceptedAt.is_not_null())
        .order_by_asc(proxy::Column::Id)
        .all(reader)
        .await?;
    let devices = devices_of(reader, person_id).await?;
    let now = state.clock.now();
    let mut told: Vec<Further> =
        goals.iter().filter_map(|known| goal(&state.catalogue, person_id, known)).collect();
    told.extend(consents.iter().map(consent));
    told.extend(kept.iter().map(family_member));
    told.extend(held.iter().map(|row| proxy(row, now)));
    told.extend(devices.iter().map(device));
    Ok(told)
}

/// The devices of huts by which the readings that count were measured.
async fn devices_of(connection: &impl ConnectionTrait, person_id: Uuid) -> ApiResult<Vec<hut_device::Model>> {
    let used = Query::select()
        .column(measurement::Column::DeviceId)
        .from(measurement::Entity)
        .and_where(measurement::Column::PersonId.eq(person_id))
        .and_where(measurement::Column::Source.eq(Source::Hut))
        .and_where(measurement::Column::Validity.eq(Validity::Valid))
        .and_where(measurement::Column::DeviceId.is_not_null())
        .to_owned();
    Ok(hut_device::Entity::find()
        .filter(hut_device::Column::Id.in_subquery(used))
        .order_by_asc(hut_device::Column::Id)
        .all(connection)
        .await?)
}

/// The device that measured, where it is one that is told here: those at home are not registered.
pub(super) fn device_of(row: &measurement::Model) -> Option<Uuid> {
    row.device_id.filter(|_| row.source == Source::Hut)
}

/// What a person aims at in one metric, as a `Goal` with a target for each number.
pub(super) fn goal(catalogue: &Catalogue, person_id: Uuid, known: &Goal) -> Option<Further> {
    let metric = catalogue.metric(known.metric())?;
    let targets: Vec<Value> = metric
        .components
        .iter()
        .filter_map(|component| {
            let (from, to) = known.limits(&component.code)?;
            let quantity = |steps: i64| {
                json!({"value": component.value(steps), "unit": component.unit_name, "system": UCUM, "code": component.ucum})
            };
            let range: Value = [("low", from), ("high", to)]
                .into_iter()
                .filter_map(|(name, steps)| Some((name.to_owned(), quantity(steps?))))
                .collect::<serde_json::Map<_, _>>()
                .into();
            let code = component.loinc.as_ref().or(metric.loinc.as_ref());
            let coding = code.map(|code| json!([{"system": LOINC, "code": code}]));
            let measure = match coding {
                Some(coding) => json!({"coding": coding, "text": component.name}),
                None => json!({"text": component.name}),
            };
            Some(json!({"measure": measure, "detailRange": range}))
        })
        .collect();
    let told = json!({
        "lifecycleStatus": "active",
        "description": {"text": format!("{}目标", metric.name)},
        "subject": of_patient(person_id),
        "statusDate": known.set_at().date_naive(),
        "target": targets,
    });
    Some(Further::new("Goal", known.id().to_string(), ("1", known.set_at()), told))
}

/// Something a person agreed to; what ended is `inactive`.
pub(super) fn consent(row: &consent::Model) -> Further {
    let ended_at = row.ended_at.map(|at| *at);
    let mut period = json!({"start": instant(*row.granted_at)});
    if let (Some(end), Some(period)) = (ended_at, period.as_object_mut()) {
        period.insert("end".to_owned(), json!(instant(end)));
    }
    let told = json!({
        "status": if ended_at.is_some() { "inactive" } else { "active" },
        "scope": {"coding": [{"system": CONSENT_SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": LOINC, "code": PATIENT_CONSENT}]}],
        "patient": of_patient(row.person_id),
        "dateTime": instant(*row.granted_at),
        "policyRule": {"text": format!("{}，第 {} 版告知书", row.purpose, row.text_version)},
        "provision": {"type": "permit", "period": period},
    });
    let (version, at) = if let Some(at) = ended_at { ("2", at) } else { ("1", *row.granted_at) };
    Further::new("Consent", row.id.to_string(), (version, at), told)
}

/// Whoever keeps the record of a minor, or of an adult without an account.
pub(super) fn family_member(row: &family_member::Model) -> Further {
    let word = match row.capacity {
        family_member::Capacity::Guardian => "监护人",
        family_member::Capacity::Caretaker => "代管人",
    };
    related(row.id, row.person_id, word, *row.added_at, row.ended_at.map(|at| *at), row.ended_at.is_none())
}

/// Whoever was given a proxy.
pub(super) fn proxy(row: &proxy::Model, now: DateTime<Utc>) -> Further {
    let begins_at = row.accepted_at.map_or(*row.created_at, |at| *at);
    let ends_at = row.ended_at.map_or(*row.expires_at, |at| *at);
    related(row.id, row.person_id, "代办人", begins_at, Some(ends_at), now < ends_at)
}

/// No names: whose account it is, is that person's own business.
fn related(
    id: Uuid,
    person_id: Uuid,
    word: &str,
    begins_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
    active: bool,
) -> Further {
    let mut period = json!({"start": instant(begins_at)});
    if let (Some(end), Some(period)) = (ends_at, period.as_object_mut()) {
        period.insert("end".to_owned(), json!(instant(end)));
    }
    let told = json!({
        "active": active,
        "patient": of_patient(person_id),
        "relationship": [{"text": word}],
        "period": period,
    });
    let version = if active { "1" } else { "2" };
    let at = if active { begins_at } else { ends_at.unwrap_or(begins_at) };
    Further::new("RelatedPerson", id.to_string(), (version, at), told)
}

/// Who entered a reading, and by what way it came.
pub(super) fn provenance(row: &measurement::Model) -> Further {
    let who = match row.entered_as {
        EnteredAs::Own => of_patient(row.person_id),
        EnteredAs::Guardian => json!({"display": "监护人"}),
        EnteredAs::Caretaker => json!({"display": "代管人"}),
        EnteredAs::Proxy => json!({"display": "代办人"}),
        EnteredAs::Staff => json!({"display": "社区工作人员"}),
        EnteredAs::Gateway => match device_of(row) {
            Some(device) => json!({"reference": format!("Device/{device}")}),
            None => json!({"display": "健康小屋"}),
        },
    };
    let way = match row.source {
        Source::Own => "本人或家人填写",
        Source::Device => "家用设备",
        Source::Hut => "健康小屋",
        Source::Staff => "工作人员填写",
        Source::Import => "从其他系统导入",
        Source::Wechat => "微信运动",
    };
    let told = json!({
        "target": [{"reference": format!("Observation/{}", row.id)}],
        "recorded": instant(*row.received_at),
        "activity": {"text": way},
        "agent": [{"type": {"coding": [{"system": PARTICIPANT, "code": "enterer"}]}, "who": who}],
    });
    Further::new("Provenance", row.id.to_string(), ("1", *row.received_at), told)
}

/// A device of a hut. Its serial number is the hut's own business.
pub(super) fn device(row: &hut_device::Model) -> Further {
    let told = json!({
        "status": if row.status == hut_device::Status::Active { "active" } else { "inactive" },
        "deviceName": [{"name": row.name, "type": "user-friendly-name"}],
        "type": {"text": kind_word(row.kind)},
    });
    Further::new("Device", row.id.to_string(), (&row.version.to_string(), *row.updated_at), told)
}

fn kind_word(kind: hut_device::Kind) -> &'static str {
    match kind {
        hut_device::Kind::BloodPressure => "血压计",
        hut_device::Kind::Weight => "体重秤",
        hut_device::Kind::Height => "身高仪",
        hut_device::Kind::Glucose => "血糖仪",
        hut_device::Kind::Spo2 => "血氧仪",
        hut_device::Kind::Temperature => "体温计",
        hut_device::Kind::Waist => "腰围尺",
    }
}

/// Whose goal it is, with the goal.
pub(super) async fn goal_by_id(state: &AppState, id: Uuid) -> ApiResult<(Uuid, Goal)> {
    let found = goals::by_id(state, state.database.reader(), id).await?;
    found.ok_or_else(no_such_resource)
}

/// The row of a consent, whosever it is.
pub(super) async fn consent_row(connection: &impl ConnectionTrait, id: Uuid) -> ApiResult<consent::Model> {
    consent::Entity::find_by_id(id).one(connection).await?.ok_or_else(no_such_resource)
}

/// Whose related person it is, with the person.
pub(super) async fn related_by_id(state: &AppState, id: Uuid) -> ApiResult<(Uuid, Further)> {
    let reader = state.database.reader();
    if let Some(row) = family_member::Entity::find_by_id(id).one(reader).await? {
        return Ok((row.person_id, family_member(&row)));
    }
    let row = proxy::Entity::find_by_id(id).one(reader).await?;
    let row = row.filter(|row| row.accepted_at.is_some()).ok_or_else(no_such_resource)?;
    Ok((row.person_id, proxy(&row, state.clock.now())))
}

/// The device with this id.
pub(super) async fn device_by_id(connection: &impl ConnectionTrait, id: Uuid) -> ApiResult<Further> {
    let row = hut_device::Entity::find_by_id(id).one(connection).await?.ok_or_else(no_such_resource)?;
    Ok(device(&row))
}
