//! Places and what belongs to them, as the database holds them.

use chrono::{DateTime, Utc};
use entity::{feature, feature_entrance, feature_source, map_change};
use geodata::geometry::to_wkb;
use geodata::snapshot::Entrance;
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sea_orm::{ActiveValue, DbBackend, IntoActiveModel};
use serde_json::Value;

use super::{Authorship, FeatureDraft, OriginOf};
use crate::database::InsertRows;

/// The row of a new place; whoever changes one leaves out what stays.
pub(super) fn feature(draft: &FeatureDraft, by: &Authorship, now: DateTime<Utc>) -> feature::ActiveModel {
    let now = ChronoUnixTimestampMillis(now);
    feature::ActiveModel {
        id: ActiveValue::NotSet,
        layer_id: ActiveValue::Set(draft.layer_id.clone()),
        region_code: ActiveValue::Set(draft.region_code.clone()),
        name: ActiveValue::Set(draft.name.clone()),
        address: ActiveValue::Set(draft.address.clone()),
        phone: ActiveValue::Set(draft.phone.clone()),
        opening_hours: ActiveValue::Set(draft.opening_hours.clone()),
        facilities: ActiveValue::Set(draft.facilities.clone().into()),
        geometry: ActiveValue::Set(draft.geometry.as_ref().map(to_wkb)),
        properties: ActiveValue::Set(Value::Object(draft.properties.clone())),
        status: ActiveValue::Set(draft.status),
        review_reasons: ActiveValue::Set(draft.review_reasons.clone().into()),
        version: ActiveValue::Set(1),
        source: ActiveValue::Set(draft.source.clone()),
        source_licence: ActiveValue::Set(draft.source_licence.clone()),
        demo: ActiveValue::Set(draft.demo),
        created_at: ActiveValue::Set(now),
        updated_at: ActiveValue::Set(now),
        changed_by: ActiveValue::Set(by.staff_id),
        change_note: ActiveValue::Set(by.note.clone()),
    }
}

/// The rows of the ways into a place.
pub(super) fn entrances(feature_id: i32, entrances: &[Entrance]) -> Vec<feature_entrance::ActiveModel> {
    let row = |entrance: &Entrance| feature_entrance::ActiveModel {
        id: ActiveValue::NotSet,
        feature_id: ActiveValue::Set(feature_id),
        name: ActiveValue::Set(entrance.name.clone()),
        kind: ActiveValue::Set(entrance.kind.clone()),
        lon: ActiveValue::Set(entrance.at.lon),
        lat: ActiveValue::Set(entrance.at.lat),
    };
    entrances.iter().map(row).collect()
}

/// Notes which records the places come from; a later edition of a record takes the place of the earlier one.
pub(super) fn origins(backend: DbBackend, origins: Vec<OriginOf>, now: DateTime<Utc>) -> InsertRows {
    use feature_source::Column;
    let row = |(feature_id, layer_id, origin): OriginOf| feature_source::ActiveModel {
        id: ActiveValue::NotSet,
        feature_id: ActiveValue::Set(feature_id),
        layer_id: ActiveValue::Set(layer_id),
        source: ActiveValue::Set(origin.source),
        source_key: ActiveValue::Set(origin.key),
        source_hash: ActiveValue::Set(origin.hash),
        imported_at: ActiveValue::Set(ChronoUnixTimestampMillis(now)),
    };
    let record = [Column::LayerId, Column::Source, Column::SourceKey];
    let edition = [Column::FeatureId, Column::SourceHash, Column::ImportedAt];
    InsertRows::replacing(backend, origins.into_iter().map(row).collect(), &record, &edition)
}

/// Notes that these places changed with a revision.
pub(super) fn changes(backend: DbBackend, ids: Vec<i32>, revision: i64, now: DateTime<Utc>) -> InsertRows {
    let changed_at = ChronoUnixTimestampMillis(now);
    let row = |feature_id| map_change::Model { revision, feature_id, changed_at }.into_active_model();
    InsertRows::of(backend, ids.into_iter().map(row).collect())
}
