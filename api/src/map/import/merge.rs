//! Makes the content of a place from a row and from what is known already.

use entity::feature::{self, Status};
use geodata::import::SourceRow;
use serde_json::{Map, Value};

use super::ImportRequest;
use super::known::{KnownPlace, RegionScope};
use super::report::Note;
use crate::map::edit::{COLUMN_PROPERTIES, FeatureDraft};

/// A place that was not known.
pub(super) fn new_draft(
    row: &SourceRow,
    reasons: &[Note],
    scope: &RegionScope,
    request: &ImportRequest,
) -> FeatureDraft {
    FeatureDraft {
        layer_id: request.layer_id.clone(),
        region_code: scope.code_for(row.region_code.as_deref()),
        name: row.name.clone().unwrap_or_default(),
        address: row.address.clone(),
        phone: row.phone.clone(),
        opening_hours: row.opening_hours.clone(),
        facilities: Vec::new(),
        geometry: row.geometry.clone(),
        entrances: Vec::new(),
        properties: properties(row),
        status: status_for(reasons),
        review_reasons: reasons.iter().map(Note::as_json).collect(),
        source: request.source.clone(),
        source_licence: request.source_licence.clone(),
        demo: request.demo,
    }
}

/// The next edition of the source that a place came from: it is believed, except that what people
/// decided (a draft, a place taken off the map) stands, and that a known position is not lost.
pub(super) fn next_edition(
    place: &KnownPlace,
    row: &SourceRow,
    reasons: &[Note],
    scope: &RegionScope,
    request: &ImportRequest,
) -> FeatureDraft {
    let keeps_position = row.geometry.is_none() && place.geometry.is_some();
    let reasons = if keeps_position { &[] } else { reasons };
    let mut draft = new_draft(row, reasons, scope, request);
    draft.facilities = words(&place.row.facilities);
    draft.entrances.clone_from(&place.entrances);
    draft.opening_hours = draft.opening_hours.or_else(|| place.row.opening_hours.clone());
    if keeps_position {
        draft.geometry.clone_from(&place.geometry);
        draft.status = place.row.status;
        draft.review_reasons = list(&place.row.review_reasons);
    }
    if matches!(place.row.status, Status::Draft | Status::Retired) {
        draft.status = place.row.status;
    }
    draft
}

/// A known place with the gaps filled that a row without a position can fill.
pub(super) fn completed(place: &KnownPlace, row: &SourceRow) -> FeatureDraft {
    let mut draft = draft_of(place);
    draft.address = draft.address.or_else(|| row.address.clone());
    draft.phone = draft.phone.or_else(|| row.phone.clone());
    draft.opening_hours = draft.opening_hours.or_else(|| row.opening_hours.clone());
    for (name, value) in properties(row) {
        let slot = draft.properties.entry(name).or_insert(Value::Null);
        if slot.is_null() {
            *slot = value;
        }
    }
    draft
}

/// A known place that waited for a position, with the position of the row.
pub(super) fn placed(place: &KnownPlace, row: &SourceRow, reasons: &[Note]) -> FeatureDraft {
    let mut draft = completed(place, row);
    draft.geometry.clone_from(&row.geometry);
    draft.review_reasons = reasons.iter().map(Note::as_json).collect();
    if place.row.status == Status::NeedsReview {
        draft.status = status_for(reasons);
    }
    draft
}

fn status_for(reasons: &[Note]) -> Status {
    if reasons.is_empty() { Status::Published } else { Status::NeedsReview }
}

fn draft_of(place: &KnownPlace) -> FeatureDraft {
    let feature::Model {
        layer_id,
        region_code,
        name,
        address,
        phone,
        opening_hours,
        facilities,
        properties,
        status,
        review_reasons,
        source,
        source_licence,
        demo,
        ..
    } = place.row.clone();
    FeatureDraft {
        layer_id,
        region_code,
        name,
        address,
        phone,
        opening_hours,
        facilities: words(&facilities),
        geometry: place.geometry.clone(),
        entrances: place.entrances.clone(),
        properties: properties.as_object().cloned().unwrap_or_default(),
        status,
        review_reasons: list(&review_reasons),
        source,
        source_licence,
        demo,
    }
}

/// What a row knows beside the columns. Names of columns are left to the columns.
fn properties(row: &SourceRow) -> Map<String, Value> {
    let mut properties: Map<String, Value> = row
        .properties
        .iter()
        .filter(|(name, _)| !COLUMN_PROPERTIES.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let known = [
        ("area_ha", row.area_ha.map(Value::from)),
        ("category", row.category.clone().map(Value::from)),
        ("management_unit", row.management_unit.clone().map(Value::from)),
    ];
    properties.extend(known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    properties
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}
