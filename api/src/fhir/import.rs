//! A transaction that brings observations in (R4, sections 3.1.0.11 and 3.1.0.13.2): all of it or nothing.
//!
//! Each entry is a `POST` with `ifNoneExist` on an identifier, from which the `uid` of the reading is made, so the
//! same transaction sent again changes nothing. An identifier `urn:uuid:…` is the `uid` itself: what was taken along
//! from here comes back as what it was.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use sea_orm::DatabaseTransaction;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::codes::URI;
use super::exchange::weak_tag;
use super::observation::meta;
use super::resource::{Bundle, BundleType, Entry, EntryResponse, OperationOutcome};
use super::rules::{self, Faults, Incoming};
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Resident;
use crate::people::{PersonAccess, Relation, Scope};
use crate::records::metrics::Catalogue;
use crate::records::readings::intake::{self, EnteredAs, NewReading, Outcome, Source, Taken};
use crate::records::readings::{Context, Reading};
use crate::state::AppState;

/// Most observations of one transaction.
const MOST_ENTRIES: usize = 200;

/// A transaction that keeps all the rules.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
    person_id: Uuid,
    readings: Vec<NewReading>,
}

/// Tests a bundle before anything is written.
///
/// # Errors
/// 400 for what is no JSON, 422 with everything that is wrong.
pub(super) fn checked(catalogue: &Catalogue, body: &[u8]) -> ApiResult<Transaction> {
    // The error of serde may repeat a value.
    let bundle: Value = serde_json::from_slice(body).map_err(|_cause| ApiError::BadRequest {
        code: "bad_json",
        detail: "内容不是 JSON，请检查后重试。".into(),
        parameter: None,
    })?;
    let mut faults = Faults::default();
    let incoming = entries(catalogue, &bundle, &mut faults);
    let mut subjects: Vec<Uuid> = incoming.iter().map(|(one, _)| one.subject).collect();
    subjects.dedup();
    if subjects.len() > 1 {
        faults.add("Bundle.entry", "business-rule", "一次只能导入一个人的记录，请按人分开。");
    }
    match subjects.first() {
        Some(person_id) if faults.0.is_empty() => Ok(Transaction {
            person_id: *person_id,
            readings: incoming.into_iter().map(|(one, uid)| reading(one, uid)).collect(),
        }),
        _ => Err(ApiError::Invalid { errors: faults.0 }),
    }
}

fn entries(catalogue: &Catalogue, bundle: &Value, faults: &mut Faults) -> Vec<(Incoming, Uuid)> {
    let text = |name: &str| bundle.get(name).and_then(Value::as_str);
    if text("resourceType") != Some("Bundle") {
        faults.add("Bundle.resourceType", "structure", "这里应当是 Bundle。");
        return Vec::new();
    }
    if text("type") != Some("transaction") {
        faults.add("Bundle.type", "not-supported", "Bundle.type 应当是 transaction。");
        return Vec::new();
    }
    let entries = bundle.get("entry").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !(1..=MOST_ENTRIES).contains(&entries.len()) {
        faults.add("Bundle.entry", "too-long", format!("一次请导入 1 到 {MOST_ENTRIES} 条记录。"));
        return Vec::new();
    }
    let (mut incoming, mut seen) = (Vec::new(), HashSet::new());
    for (nth, entry) in entries.iter().enumerate() {
        let at = format!("Bundle.entry[{nth}]");
        let identifier = request(entry, &at, faults);
        let resource = entry.get("resource").unwrap_or(&Value::Null);
        let read = rules::observation(catalogue, resource, &format!("{at}.resource"), faults);
        let (Some(identifier), Some(one)) = (identifier, read) else {
            continue;
        };
        if !one.identifiers.contains(&identifier) {
            let told = "ifNoneExist 里的 identifier 应当也写在 resource.identifier 里。";
            faults.add(format!("{at}.request.ifNoneExist"), "business-rule", told);
        }
        let uid = uid(one.subject, &identifier);
        if seen.insert(uid) {
            incoming.push((one, uid));
        } else {
            let told = "同一个 identifier 在这次导入里写了两次。";
            faults.add(format!("{at}.request.ifNoneExist"), "duplicate", told);
        }
    }
    incoming
}

/// System and value of the identifier in `ifNoneExist`.
fn request(entry: &Value, at: &str, faults: &mut Faults) -> Option<(String, String)> {
    let text =
        |name: &str| entry.get("request").and_then(|request| request.get(name)).and_then(Value::as_str);
    if text("method") != Some("POST") || text("url") != Some("Observation") {
        let told = "这里只支持 POST Observation。";
        faults.add(format!("{at}.request"), "not-supported", told);
        return None;
    }
    let identifier = text("ifNoneExist").and_then(|condition| {
        let value = condition.strip_prefix("identifier=").filter(|value| !value.contains('&'))?;
        let value = percent_decode_str(value).decode_utf8().ok()?;
        let (system, value) = value.split_once('|')?;
        (!system.is_empty() && !value.is_empty()).then(|| (system.to_owned(), value.to_owned()))
    });
    if identifier.is_none() {
        let told = "请写 ifNoneExist: identifier=system|value，这样重复导入不会多出记录。";
        faults.add(format!("{at}.request.ifNoneExist"), "required", told);
    }
    identifier
}

/// The name of a reading: that of an identifier `urn:uuid:…`, else one that is made from the identifier (`UUIDv8`).
fn uid(person_id: Uuid, (system, value): &(String, String)) -> Uuid {
    let own = value.strip_prefix("urn:uuid:").filter(|_| system == URI).and_then(|id| id.parse().ok());
    own.unwrap_or_else(|| {
        let mut hash = Sha256::new();
        hash.update(person_id.as_bytes());
        for part in [system, value] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    })
}

fn reading(one: Incoming, uid: Uuid) -> NewReading {
    NewReading {
        uid,
        metric: one.metric,
        values: one.values,
        measured_at: one.measured_at,
        clock: one.clock,
        context: Context { note: one.note, ..Context::default() },
        device_id: None,
        // Nobody is there who could be asked; it was a result of another system.
        confirmed: true,
        replaces: None,
    }
}

/// Writes a transaction whole.
///
/// # Errors
/// 404 for somebody else's record, 403 without scope or consent, 422 where a reading cannot be one: nothing is
/// written then.
pub(super) async fn run(
    state: &AppState,
    resident: Resident,
    transaction: Transaction,
    now: DateTime<Utc>,
) -> ApiResult<Bundle> {
    let shared = state.clone();
    let taken = state
        .database
        .write(move |database| {
            let (state, incoming) = (shared.clone(), transaction.clone());
            Box::pin(async move { write(&state, database, &resident, &incoming, now).await })
        })
        .await?;
    let entry = taken.iter().map(entry_of).collect();
    Ok(Bundle { resource_type: BundleType::Bundle, kind: "transaction-response", link: Vec::new(), entry })
}

async fn write(
    state: &AppState,
    database: &DatabaseTransaction,
    resident: &Resident,
    incoming: &Transaction,
    now: DateTime<Utc>,
) -> ApiResult<Vec<Taken>> {
    let person_id = incoming.person_id;
    let access =
        PersonAccess::open(database, &state.vault, resident, person_id, Scope::RecordsWrite, now).await?;
    let consent = consents::require(database, &state.vault, person_id, Purpose::Records, now).await?;
    let entry = intake::Entry {
        source: Source::Import,
        hut_id: None,
        entered_as: match access.relation() {
            Relation::Own => EnteredAs::Own,
            Relation::Guardian => EnteredAs::Guardian,
            Relation::Caretaker => EnteredAs::Caretaker,
            Relation::Proxy => EnteredAs::Proxy,
        },
        entered_by: Some(access.account_id()),
    };
    let taken = intake::take_in(state, database, consent, &entry, &incoming.readings, now).await?;
    let mut faults = Faults::default();
    for (nth, one) in taken.iter().enumerate() {
        if let Some((code, told)) = refusal(&one.outcome) {
            faults.add(format!("Bundle.entry[{nth}].resource"), code, told);
        }
    }
    if faults.0.is_empty() { Ok(taken) } else { Err(ApiError::Invalid { errors: faults.0 }) }
}

/// Why an outcome undoes the whole transaction.
fn refusal(outcome: &Outcome) -> Option<(&'static str, &'static str)> {
    match outcome {
        Outcome::Recorded(_) | Outcome::AlreadyRecorded(_) | Outcome::Deleted => None,
        Outcome::Quarantined(reason) => Some(("business-rule", reason.text())),
        Outcome::Confirm { doubt, .. } => Some(("business-rule", doubt.text())),
        Outcome::Conflict(_) => {
            Some(("conflict", "这个 identifier 以前导入过，内容和现在不一样；要修改请用“更正”。"))
        }
    }
}

fn entry_of(taken: &Taken) -> Entry {
    let response = match &taken.outcome {
        Outcome::Recorded(reading) => told("201 Created", reading),
        Outcome::AlreadyRecorded(reading) => told("200 OK", reading),
        _ => EntryResponse {
            status: "200 OK",
            location: None,
            etag: None,
            last_modified: None,
            outcome: Some(OperationOutcome::information("deleted", "这条记录已经由本人删除，没有再导入。")),
        },
    };
    Entry { response: Some(response), ..Entry::default() }
}

fn told(status: &'static str, reading: &Reading) -> EntryResponse {
    let meta = meta(&reading.row);
    EntryResponse {
        status,
        location: Some(format!("Observation/{}/_history/{}", reading.row.id, meta.version_id)),
        etag: Some(weak_tag(&meta.version_id)),
        last_modified: Some(meta.last_updated),
        outcome: None,
    }
}
