//! What can be edited of a place, in the form that drafts keep and that edits are compared in.

use std::collections::HashMap;

use anyhow::Context;
use entity::feature::Status;
use entity::{feature, feature_revision};
use geo::Geometry;
use geodata::Wgs84;
use geodata::geometry::{from_wkb, write_geometry};
use geodata::snapshot::Entrance;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::ApiResult;
use crate::map::edit::{FeatureDraft, Photo};
use crate::map::history;

/// Decimals of a degree in which GIS clients read positions (about 1 cm).
const SHOWN_DECIMALS: u8 = 7;
/// Ids of one statement.
const BATCH: usize = 5_000;

/// Everything about a place but its geometry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::map) struct Content {
    pub(in crate::map) layer: String,
    pub(in crate::map) region_code: String,
    pub(in crate::map) name: String,
    pub(in crate::map) address: Option<String>,
    pub(in crate::map) phone: Option<String>,
    pub(in crate::map) opening_hours: Option<String>,
    pub(in crate::map) facilities: Vec<String>,
    pub(in crate::map) entrances: Vec<WayIn>,
    pub(in crate::map) properties: Map<String, Value>,
    pub(in crate::map) source: String,
    pub(in crate::map) source_licence: Option<String>,
    pub(in crate::map) demo: bool,
    /// New photos in display order; absent where they stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::map) photos: Option<Vec<Photo>>,
}

/// A way into a place, in WGS-84 degrees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::map) struct WayIn {
    pub(in crate::map) name: Option<String>,
    pub(in crate::map) kind: String,
    pub(in crate::map) lon: f64,
    pub(in crate::map) lat: f64,
}

/// A place with its geometry in WGS-84.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::map) struct Place {
    pub(in crate::map) content: Content,
    pub(in crate::map) geometry: Option<Geometry<f64>>,
}

/// A place as the database holds it now.
#[derive(Clone, Debug)]
pub(in crate::map) struct Known {
    pub(in crate::map) revision: feature_revision::Model,
    pub(in crate::map) place: Place,
}

impl Known {
    pub(in crate::map) fn id(&self) -> i32 {
        self.revision.feature_id
    }

    pub(in crate::map) fn version(&self) -> i32 {
        self.revision.version
    }

    pub(in crate::map) fn is_published(&self) -> bool {
        self.revision.status == Status::Published
    }

    /// The place with this number, on the map or not.
    pub(in crate::map) async fn find(connection: &impl ConnectionTrait, id: i32) -> ApiResult<Option<Self>> {
        Ok(Self::find_all(connection, &[id]).await?.remove(&id))
    }

    /// Those of these places that exist.
    pub(in crate::map) async fn find_all(
        connection: &impl ConnectionTrait,
        ids: &[i32],
    ) -> ApiResult<HashMap<i32, Self>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(BATCH) {
            let rows = feature::Entity::find()
                .filter(feature::Column::Id.is_in(ids.iter().copied()))
                .all(connection)
                .await?;
            let mut entrances = history::entrances_of(connection, ids).await?;
            for row in rows {
                let entrances = entrances.remove(&row.id).unwrap_or_default();
                let revision = history::revision_of(row, entrances.into());
                let place = Place::of_revision(&revision)?;
                found.insert(revision.feature_id, Self { revision, place });
            }
        }
        Ok(found)
    }
}

impl Place {
    /// What a version of a place says.
    pub(in crate::map) fn of_revision(revision: &feature_revision::Model) -> ApiResult<Self> {
        let entrances = serde_json::from_value(revision.entrances.clone())
            .with_context(|| format!("place {} has unreadable entrances", revision.feature_id))?;
        let content = Content {
            layer: revision.layer_id.clone(),
            region_code: revision.region_code.clone(),
            name: revision.name.clone(),
            address: revision.address.clone(),
            phone: revision.phone.clone(),
            opening_hours: revision.opening_hours.clone(),
            facilities: words(&revision.facilities),
            entrances,
            properties: revision.properties.as_object().cloned().unwrap_or_default(),
            source: revision.source.clone(),
            source_licence: revision.source_licence.clone(),
            demo: revision.demo,
            photos: None,
        };
        Ok(Self { content, geometry: stored_geometry(revision.geometry.as_deref())? })
    }

    /// As it is written to the database.
    ///
    /// # Errors
    /// When a stored entrance lies off the globe.
    pub(in crate::map) fn draft(self, status: Status, review_reasons: Vec<Value>) -> ApiResult<FeatureDraft> {
        let Self { content, geometry } = self;
        let entrances = content.entrances.into_iter().map(WayIn::entrance).collect::<ApiResult<_>>()?;
        Ok(FeatureDraft {
            layer_id: content.layer,
            region_code: content.region_code,
            name: content.name,
            address: content.address,
            phone: content.phone,
            opening_hours: content.opening_hours,
            facilities: content.facilities,
            geometry,
            entrances,
            properties: content.properties,
            status,
            review_reasons,
            source: content.source,
            source_licence: content.source_licence,
            demo: content.demo,
        })
    }

    /// As a `GeoJSON` Feature with everything that can be edited.
    pub(in crate::map) fn as_feature(&self, id: Option<i32>) -> Value {
        let content = &self.content;
        let mut properties = content.properties.clone();
        let columns = [
            ("name", json!(content.name)),
            ("layer", json!(content.layer)),
            ("region_code", json!(content.region_code)),
            ("address", json!(content.address)),
            ("phone", json!(content.phone)),
            ("opening_hours", json!(content.opening_hours)),
            ("facilities", json!(content.facilities)),
            ("entrances", json!(content.entrances)),
            ("demo", json!(content.demo)),
            ("source", json!(content.source)),
            ("source_licence", json!(content.source_licence)),
        ];
        properties.extend(columns.map(|(name, value)| (name.to_owned(), value)));
        json!({
            "type": "Feature",
            "id": id,
            "geometry": self.geometry.as_ref().map(geometry_json),
            "properties": properties,
        })
    }

    /// Names of what differs, as clients know it; `geometry` for the shape.
    pub(in crate::map) fn differences(&self, other: &Self) -> Vec<String> {
        let (one, two) = (self.as_feature(None), other.as_feature(None));
        let properties = |feature: &Value| {
            feature.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
        };
        let (mut ours, theirs) = (properties(&one), properties(&two));
        let mut names: Vec<String> = Vec::new();
        for (name, value) in &theirs {
            if ours.remove(name).unwrap_or(Value::Null) != *value {
                names.push(name.clone());
            }
        }
        names.extend(ours.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name));
        if one.get("geometry") != two.get("geometry") {
            names.push("geometry".to_owned());
        }
        if self.content.photos != other.content.photos {
            names.push("photos".to_owned());
        }
        names.sort();
        names
    }
}

impl WayIn {
    fn entrance(self) -> ApiResult<Entrance> {
        let at = Wgs84::new(self.lon, self.lat).context("an entrance lies off the globe")?;
        Ok(Entrance { name: self.name, kind: self.kind, at })
    }
}

/// The geometry as clients read it.
pub(in crate::map) fn geometry_json(geometry: &Geometry<f64>) -> Value {
    let mut text = Vec::new();
    write_geometry(geometry, SHOWN_DECIMALS, &mut text);
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Reads a stored shape.
///
/// # Errors
/// When it is damaged.
pub(in crate::map) fn stored_geometry(wkb: Option<&[u8]>) -> ApiResult<Option<Geometry<f64>>> {
    Ok(wkb.map(from_wkb).transpose().context("a stored geometry cannot be read")?)
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
