//! Files: how long 100,000 places take to come in and to go out.

use std::time::Instant;

use anyhow::ensure;
use geodata::Datum;
use geodata::crs::ReferenceSystem;
use geodata::export::{ExportLayer, flatgeobuf};
use geodata::import::ColumnMapping;
use geodata::snapshot::{Feature, FeatureRecord};
use geodata::synthetic::{Area, SyntheticMap};
use kangtu::clock::Clock;
use kangtu::database::Database;
use kangtu::map::import::{self, ImportRequest, Outcome};
use kangtu::seed;

use crate::data::World;
use crate::table::Figure;

const PLACES: u32 = 100_000;

/// Imports the places as `GeoJSON` on SQLite, and writes them as `FlatGeobuf`.
pub(crate) async fn measure() -> anyhow::Result<Vec<Figure>> {
    let map = SyntheticMap { area: Area::Kwaichung, features: PLACES, layers: 1, seed: 2 };
    let records = map.feature_records();
    let figures = vec![import_geojson(&records).await?, export_flatgeobuf(records)?];
    Ok(figures)
}

async fn import_geojson(records: &[FeatureRecord]) -> anyhow::Result<Figure> {
    let file = geojson(records);
    let world = World::empty()?;
    let clock = Clock::system();
    let database = Database::open(&world.settings()?).await?;
    seed::if_empty(&database, &clock).await?;
    let began = Instant::now();
    let report = import::run(&database, &clock, "places.geojson", &file, &request()).await?;
    let took = began.elapsed();
    database.close().await;
    ensure!(
        report.rows.len() == records.len() && report.count(Outcome::Unreadable) == 0,
        "{}",
        report.summary()
    );
    Ok(Figure::within(
        "import of 100,000 GeoJSON features on SQLite",
        took.as_secs_f64(),
        5.0,
        format!("{} MiB; {} to be looked at", file.len() >> 20, report.count(Outcome::NeedsReview)),
    ))
}

fn geojson(records: &[FeatureRecord]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut out = br#"{"type":"FeatureCollection","features":["#.to_vec();
    for (place, record) in records.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        out.extend_from_slice(Feature::new(record.clone(), &mut text).json());
    }
    out.extend_from_slice(b"]}");
    out
}

fn request() -> ImportRequest {
    ImportRequest {
        layer_id: "park".to_owned(),
        region_code: "440307009".to_owned(),
        source: "synthetic".to_owned(),
        source_licence: None,
        datum: Datum::Wgs84,
        columns: ColumnMapping::default(),
        sheet: None,
        skip_bad: false,
        dry_run: false,
        demo: true,
    }
}

fn export_flatgeobuf(records: Vec<FeatureRecord>) -> anyhow::Result<Figure> {
    let mut text = Vec::new();
    let places: Vec<_> = records.into_iter().map(|record| Feature::new(record, &mut text)).collect();
    let features = places.iter().map(AsRef::as_ref).collect();
    let layer =
        ExportLayer {
            id: "park", title: "公园", description: "", features, system: ReferenceSystem::Crs84
        };
    let mut file = Vec::new();
    let began = Instant::now();
    flatgeobuf::write(&layer, &mut file)?;
    let took = began.elapsed();
    Ok(Figure::within(
        "FlatGeobuf of 100,000 features, indexed",
        took.as_secs_f64(),
        1.0,
        format!("{} MiB", file.len() >> 20),
    ))
}
