//! What is known before a file is taken in: the region, and the places of the layer in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context;
use entity::{feature, feature_entrance, feature_source, region};
use geodata::Wgs84;
use geodata::import::quality::KnownFeature;
use geodata::snapshot::Entrance;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{ImportRefusal, listed, stored_shape};
use crate::database::Database;

/// Digits of a statistical code.
const CODE_DIGITS: usize = 12;

/// The region a file is about, with all regions inside it.
#[derive(Debug)]
pub(super) struct RegionScope {
    pub(super) code: String,
    pub(super) name: String,
    /// Boundary in WGS-84, where one is known.
    pub(super) boundary: Option<geo::Geometry<f64>>,
    inside: BTreeSet<String>,
}

/// A place that the database holds already.
#[derive(Debug)]
pub(super) struct KnownPlace {
    pub(super) row: feature::Model,
    pub(super) geometry: Option<geo::Geometry<f64>>,
    pub(super) entrances: Vec<Entrance>,
}

/// A record of the same source that was taken in before.
#[derive(Clone, Debug)]
pub(super) struct KnownRecord {
    pub(super) feature_id: i32,
    pub(super) hash: String,
}

/// The places of the layer in the region, and the records of the source.
#[derive(Debug)]
pub(super) struct KnownPlaces {
    features: Vec<KnownFeature>,
    places: HashMap<i32, KnownPlace>,
    records: HashMap<String, KnownRecord>,
}

impl RegionScope {
    pub(super) async fn find(database: &Database, given: &str) -> Result<Self, ImportRefusal> {
        let code = format!("{given:0<CODE_DIGITS$}");
        let regions =
            region::Entity::find().order_by_asc(region::Column::Code).all(database.reader()).await?;
        let names: BTreeMap<String, String> =
            regions.iter().map(|region| (region.code.clone(), region.name.clone())).collect();
        let Some(found) = regions.iter().find(|region| region.code == code) else {
            return Err(ImportRefusal::UnknownRegion { given: given.to_owned(), known: listed(&names) });
        };
        let mut inside = BTreeSet::from([found.code.clone()]);
        loop {
            let before = inside.len();
            let below = regions
                .iter()
                .filter(|region| region.parent_code.as_ref().is_some_and(|parent| inside.contains(parent)));
            let below: Vec<String> = below.map(|region| region.code.clone()).collect();
            inside.extend(below);
            if inside.len() == before {
                break;
            }
        }
        let boundary = stored_shape(found.boundary.as_deref())?;
        Ok(Self { code: found.code.clone(), name: found.name.clone(), boundary, inside })
    }

    /// The code that a row gives, if it is one of a region inside; else the region itself.
    pub(super) fn code_for(&self, given: Option<&str>) -> String {
        let given = given.map(|code| format!("{:0<CODE_DIGITS$}", code.trim()));
        given.filter(|code| self.inside.contains(code)).unwrap_or_else(|| self.code.clone())
    }
}

impl KnownPlaces {
    pub(super) async fn load(
        database: &Database,
        layer_id: &str,
        source: &str,
        scope: &RegionScope,
    ) -> Result<Self, ImportRefusal> {
        let records = records(database, layer_id, source).await?;
        let mut entrances = entrances(database, layer_id).await?;
        let rows = feature::Entity::find()
            .filter(feature::Column::LayerId.eq(layer_id))
            .all(database.reader())
            .await?;
        let recorded: HashMap<i32, &String> =
            records.iter().map(|(key, record)| (record.feature_id, key)).collect();
        let (mut places, mut features) = (HashMap::new(), Vec::new());
        for row in rows {
            let geometry = stored_shape(row.geometry.as_deref())?;
            let offered = scope.inside.contains(&row.region_code) && row.status != feature::Status::Retired;
            if offered {
                features.push(KnownFeature {
                    id: u32::try_from(row.id).context("a feature id is negative")?,
                    source_key: recorded.get(&row.id).map(|key| (*key).clone()),
                    name: row.name.clone(),
                    geometry: geometry.clone(),
                    area_ha: row.properties["area_ha"].as_f64(),
                });
            }
            let ways_in = entrances.remove(&row.id).unwrap_or_default();
            places.insert(row.id, KnownPlace { row, geometry, entrances: ways_in });
        }
        Ok(Self { features, places, records })
    }

    pub(super) fn features(&self) -> &[KnownFeature] {
        &self.features
    }

    pub(super) fn record(&self, key: &str) -> Option<&KnownRecord> {
        self.records.get(key)
    }

    pub(super) fn place(&self, id: i32) -> Option<&KnownPlace> {
        self.places.get(&id)
    }
}

async fn records(
    database: &Database,
    layer_id: &str,
    source: &str,
) -> Result<HashMap<String, KnownRecord>, ImportRefusal> {
    let rows = feature_source::Entity::find()
        .filter(feature_source::Column::LayerId.eq(layer_id))
        .filter(feature_source::Column::Source.eq(source))
        .all(database.reader())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.source_key, KnownRecord { feature_id: row.feature_id, hash: row.source_hash }))
        .collect())
}

async fn entrances(
    database: &Database,
    layer_id: &str,
) -> Result<HashMap<i32, Vec<Entrance>>, ImportRefusal> {
    let rows = feature_entrance::Entity::find()
        .inner_join(feature::Entity)
        .filter(feature::Column::LayerId.eq(layer_id))
        .order_by_asc(feature_entrance::Column::Id)
        .all(database.reader())
        .await?;
    let mut by_feature = HashMap::<i32, Vec<Entrance>>::new();
    for row in rows {
        let at = Wgs84::new(row.lon, row.lat).context("a stored entrance lies off the globe")?;
        by_feature.entry(row.feature_id).or_default().push(Entrance { name: row.name, kind: row.kind, at });
    }
    Ok(by_feature)
}
