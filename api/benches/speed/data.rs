//! A prepared database file with a synthetic map in it.

use std::sync::Arc;

use anyhow::Context;
use entity::feature;
use geodata::snapshot::FeatureRecord;
use geodata::synthetic::{Area, SyntheticMap};
use kangtu::clock::Clock;
use kangtu::config::{Settings, Switch};
use kangtu::database::Database;
use kangtu::map::edit::{self, FeatureDraft, FeatureEdit};
use kangtu::seed;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tempfile::TempDir;

/// Layers that the features are dealt out to; all of them are seeded.
pub(crate) const LAYERS: usize = 11;
/// 葵涌街道, which the seeds hold.
const REGION_CODE: &str = "440307009000";
const SOURCE: &str = "synthetic";
/// Features per transaction.
const BATCH: usize = 10_000;
/// Places that edits choose from.
const EDITABLE: u32 = 1_000;

/// A map in a folder of its own, which goes away with it.
#[derive(Debug)]
pub(crate) struct World {
    /// The map, beside the few places of the seeds.
    pub(crate) map: SyntheticMap,
    folder: TempDir,
}

/// The map of the targets: 100,000 features in a sub-district of 17 km by 10 km.
pub(crate) fn sub_district() -> SyntheticMap {
    SyntheticMap { area: Area::Kwaichung, features: 100_000, layers: LAYERS, seed: 1 }
}

/// Ten times the features in a city of 88 km by 46 km.
pub(crate) fn city() -> SyntheticMap {
    SyntheticMap { area: Area::Shenzhen, features: 1_000_000, layers: LAYERS, seed: 1 }
}

impl World {
    /// A folder for a database that somebody else fills.
    pub(crate) fn empty() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("kangtu-bench-").tempdir()?;
        Ok(Self { map: SyntheticMap { features: 0, ..sub_district() }, folder })
    }

    /// Writes the map into a fresh database as the product writes places.
    pub(crate) async fn prepare(map: SyntheticMap) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("kangtu-bench-").tempdir()?;
        let world = Self { map, folder };
        let clock = Clock::system();
        let database = Database::open(&world.settings()?).await?;
        seed::if_empty(&database, &clock).await?;
        let now = clock.now();
        let mut edits = world.map.feature_records().into_iter().map(added).peekable();
        while edits.peek().is_some() {
            let batch: Arc<[FeatureEdit]> = edits.by_ref().take(BATCH).collect();
            database
                .write(move |transaction| Box::pin(edit::write(transaction, Arc::clone(&batch), now)))
                .await
                .context("the synthetic map was refused")?;
        }
        database.close().await;
        Ok(world)
    }

    /// Settings of a server on this map with one worker.
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        Ok(Settings {
            listen: "127.0.0.1:0".parse()?,
            metrics_listen: "127.0.0.1:0".parse()?,
            data: self.folder.path().to_owned(),
            database_url: None,
            database_wait_ms: 10_000,
            workers: Some(1),
            drain_limit_s: 5,
            log: "off".to_owned(),
            rate_limits: Switch::Off,
            ..Settings::from_defaults()?
        })
    }

    /// Some places with their ids.
    pub(crate) async fn editable(&self, database: &Database) -> anyhow::Result<Vec<(i32, FeatureDraft)>> {
        let ids: Vec<i32> = feature::Entity::find()
            .select_only()
            .column(feature::Column::Id)
            .filter(feature::Column::Source.eq(SOURCE))
            .order_by_asc(feature::Column::Id)
            .limit(u64::from(EDITABLE))
            .into_tuple()
            .all(database.reader())
            .await?;
        // A smaller map of the same seed begins with the same features.
        let first = SyntheticMap { features: EDITABLE, ..self.map }.feature_records();
        Ok(ids.into_iter().zip(first.into_iter().map(draft)).collect())
    }
}

fn added(record: FeatureRecord) -> FeatureEdit {
    FeatureEdit::Add(Box::new(draft(record)), None)
}

fn draft(record: FeatureRecord) -> FeatureDraft {
    FeatureDraft {
        layer_id: record.layer.as_ref().to_owned(),
        region_code: REGION_CODE.to_owned(),
        address: Some(format!("葵涌街道示例路{}号", record.id)),
        name: record.name,
        phone: None,
        opening_hours: Some("Mo-Su 06:00-22:00".to_owned()),
        facilities: Vec::new(),
        geometry: record.geometry,
        entrances: record.entrances,
        properties: serde_json::Map::new(),
        status: feature::Status::Published,
        review_reasons: Vec::new(),
        source: SOURCE.to_owned(),
        source_licence: None,
        demo: true,
    }
}
