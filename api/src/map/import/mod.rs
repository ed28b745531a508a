//! Takes a file of places into the map: read, judge, plan, and write all of it or nothing.
//!
//! A row that nobody needs to look at is published. One with a doubt is kept as `needs_review` with
//! the reasons. One that cannot be read stops the whole file, unless the caller leaves such rows out.
//! A record that was taken in before and has not changed is left alone, so importing a file twice
//! changes nothing.

mod fingerprint;
mod geopackage;
mod known;
mod merge;
mod plan;
mod report;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use entity::layer;
use geodata::import::quality::{self, Assessment, Known, Region};
use geodata::import::{
    ColumnMapping, Format, ImportError, MOST_BYTES, ReadOptions, SourceRow, read, read_osm_places,
};
use geodata::{Bbox, Datum};
use sea_orm::{EntityTrait, QueryOrder, QuerySelect};

pub(in crate::map) use self::geopackage::geopackage_records;
pub use self::report::{ImportReport, Outcome, RowReport};

use self::known::{KnownPlaces, RegionScope};
use super::edit::{self, FeatureEdit};
use crate::clock::Clock;
use crate::database::Database;
use crate::error::ApiError;

/// What to take in and how.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// Layer the places go to.
    pub layer_id: String,
    /// Region they lie in: its statistical code, 12 digits or their significant beginning.
    pub region_code: String,
    /// Name of the source; records are found again by it.
    pub source: String,
    /// Under which terms the file may be used.
    pub source_licence: Option<String>,
    /// Datum of the positions in the file.
    pub datum: Datum,
    /// Columns named by hand.
    pub columns: ColumnMapping,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// Leave unreadable rows out instead of refusing the file.
    pub skip_bad: bool,
    /// Judge only, write nothing.
    pub dry_run: bool,
    /// The places are demonstration data.
    pub demo: bool,
}

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportRefusal {
    /// The kind of file cannot be told.
    #[error(
        "看不出这是什么文件，请使用 .geojson、.csv、.xlsx、.shp（或其 zip）、.gpkg、.gpx、.kml、.kmz 或 .osm.pbf 文件"
    )]
    UnknownFormat,
    /// The file as a whole cannot be read.
    #[error(transparent)]
    File(#[from] ImportError),
    /// There is no such layer.
    #[error("没有“{given}”这个图层，可用的图层：{known}")]
    UnknownLayer {
        /// What was asked for.
        given: String,
        /// Ids of all layers.
        known: String,
    },
    /// There is no such region.
    #[error("没有代码为“{given}”的区划，可用的区划：{known}")]
    UnknownRegion {
        /// What was asked for.
        given: String,
        /// Codes and names of all regions.
        known: String,
    },
    /// Rows that cannot be read.
    #[error("有 {bad} 行无法读取，没有导入任何内容。请按提示修改文件，或加上 --skip-bad 跳过这些行")]
    BadRows {
        /// How many.
        bad: usize,
        /// What is wrong with each row.
        report: Box<ImportReport>,
    },
    /// The database refused.
    #[error("数据库没有接受：{}", .0.words())]
    Database(ApiError),
    /// A stored record is damaged.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<ApiError> for ImportRefusal {
    fn from(error: ApiError) -> Self {
        Self::Database(error)
    }
}

impl From<sea_orm::DbErr> for ImportRefusal {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}

/// Takes the file in. The caller's own map is not refreshed; replicas notice by themselves.
///
/// # Errors
/// When nothing was taken in, with what to do about it.
pub async fn run(
    database: &Database,
    clock: &Clock,
    file_name: &str,
    bytes: &[u8],
    request: &ImportRequest,
) -> Result<ImportReport, ImportRefusal> {
    check_layer(database, &request.layer_id).await?;
    let scope = RegionScope::find(database, &request.region_code).await?;
    let format = Format::detect(file_name, bytes).ok_or(ImportRefusal::UnknownFormat)?;
    let options = ReadOptions {
        datum: request.datum,
        columns: request.columns.clone(),
        sheet: request.sheet.clone(),
        layer: Some(request.layer_id.clone()),
        within: scope.boundary.as_ref().and_then(around),
    };
    let mut nameless = 0;
    let rows = match format {
        Format::OsmPbf => {
            let places = read_osm_places(bytes, &options)?;
            nameless = places.nameless;
            places.rows
        }
        Format::Geopackage if bytes.len() > MOST_BYTES => {
            return Err(ImportError::TooLarge { found_bytes: bytes.len() }.into());
        }
        Format::Geopackage => geopackage::read(bytes, &options).await?,
        other => read(bytes, other, &options)?,
    };
    let places = KnownPlaces::load(database, &request.layer_id, &request.source, &scope).await?;
    let assessments = assess(&rows, request.datum, &scope, &places);
    let plan = plan::make(&rows, &assessments, &places, &scope, request)?;
    let report = ImportReport { rows: plan.reports, nameless, dry_run: request.dry_run };
    let bad = report.count(Outcome::Unreadable);
    if bad > 0 && !request.skip_bad {
        return Err(ImportRefusal::BadRows { bad, report: Box::new(report) });
    }
    if !request.dry_run && !plan.edits.is_empty() {
        // A city takes a while to let go of; the database need not wait for it.
        tokio::task::spawn_blocking(move || drop((rows, assessments, places)));
        write(database, clock, plan.edits).await?;
    }
    Ok(report)
}

/// The box around a region.
fn around(boundary: &geo::Geometry<f64>) -> Option<Bbox> {
    let rect = geo::BoundingRect::bounding_rect(boundary)?;
    Bbox::new(rect.min().x, rect.min().y, rect.max().x, rect.max().y).ok()
}

async fn write(database: &Database, clock: &Clock, edits: Vec<FeatureEdit>) -> Result<(), ApiError> {
    let (edits, now) = (Arc::from(edits), clock.now());
    database.write(move |transaction| Box::pin(edit::write(transaction, Arc::clone(&edits), now))).await
}

fn assess(rows: &[SourceRow], datum: Datum, scope: &RegionScope, places: &KnownPlaces) -> Vec<Assessment> {
    let region = scope.boundary.as_ref().map(|boundary| Region { name: &scope.name, boundary });
    quality::assess(rows, &Known { datum, region, features: places.features() })
}

async fn check_layer(database: &Database, layer_id: &str) -> Result<(), ImportRefusal> {
    let layers: Vec<(String, String)> = layer::Entity::find()
        .select_only()
        .column(layer::Column::Id)
        .column(layer::Column::Title)
        .order_by_asc(layer::Column::Position)
        .into_tuple()
        .all(database.reader())
        .await?;
    if layers.iter().any(|(id, _)| id == layer_id) {
        return Ok(());
    }
    let known: Vec<String> = layers.into_iter().map(|(id, title)| format!("{id}（{title}）")).collect();
    Err(ImportRefusal::UnknownLayer { given: layer_id.to_owned(), known: known.join("、") })
}

/// Reads a stored boundary or shape.
fn stored_shape(wkb: Option<&[u8]>) -> anyhow::Result<Option<geo::Geometry<f64>>> {
    wkb.map(geodata::geometry::from_wkb).transpose().context("a stored geometry cannot be read")
}

/// Codes by name, for messages.
fn listed(regions: &BTreeMap<String, String>) -> String {
    let listed: Vec<String> = regions.iter().map(|(code, name)| format!("{code}（{name}）")).collect();
    listed.join("、")
}
