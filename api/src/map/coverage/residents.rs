//! How numbers of people come into the database.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use entity::{coverage_run, residents_edition};
use geo::{Geometry, Intersects, Point};
use geodata::coverage::Residents;
use geodata::geometry::{distance_m, from_wkb};
use geodata::{Bbox, Wgs84};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use sha2::{Digest, Sha256};

use crate::database::Database;
use crate::error::ApiResult;
use crate::hex::lower_hex;
use crate::map::walking::load::region;
use crate::regions::RegionTree;

/// Homes so far beyond a boundary still count: boundaries and positions of buildings are not true to the metre.
const MARGIN_M: f64 = 200.0;
/// More than that in degrees, everywhere in China.
const MARGIN_DEG: f64 = 0.01;

/// What was loaded.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Name of the region.
    pub region_name: String,
    /// Positions.
    pub points: usize,
    /// Positions that were left out because they lie outside the region.
    pub outside: usize,
    /// People.
    pub persons: f64,
    /// Whether their ages are known.
    pub has_ages: bool,
    /// Headings of columns that were not read.
    pub unread_columns: Vec<String>,
}

/// Reads a file and makes it the residents of a region.
///
/// # Errors
/// When there is no such region, a row cannot be read or no position lies in the region; nothing is changed then.
pub async fn load(
    database: &Database,
    now: DateTime<Utc>,
    region_code: &str,
    source: &str,
    bytes: &[u8],
) -> anyhow::Result<Loaded> {
    let region = region(database, region_code).await?;
    let residents = Residents::from_csv(bytes)?;
    let all = residents.points.len();
    let boundary =
        region.boundary.as_deref().map(from_wkb).transpose().context("the boundary cannot be read")?;
    let residents = match boundary {
        Some(boundary) => tokio::task::spawn_blocking(move || near(residents, &boundary))
            .await
            .context("reading stopped")?,
        None => residents,
    };
    if residents.points.is_empty() {
        bail!("没有一个点在{}范围内，请检查经纬度和 --region。", region.name);
    }
    let loaded = Loaded {
        region_name: region.name,
        points: residents.points.len(),
        outside: all - residents.points.len(),
        persons: residents.persons(),
        has_ages: residents.has_ages(),
        unread_columns: Residents::unread_columns(bytes),
    };
    let bytes = residents.to_csv();
    let row = residents_edition::Model {
        region_code: region.code,
        checksum: lower_hex(&Sha256::digest(&bytes)),
        residents: bytes,
        points: i32::try_from(loaded.points).context("too many positions")?,
        persons: loaded.persons,
        source: source.to_owned(),
        is_current: true,
        loaded_at: now.into(),
    };
    let written = database.write(move |transaction| {
        let row = row.clone();
        Box::pin(async move { replace(transaction, row).await })
    });
    written.await?;
    Ok(loaded)
}

/// Those who live in a region or at its border; others would be counted among its people.
fn near(residents: Residents, boundary: &Geometry<f64>) -> Residents {
    let around = Bbox::of(boundary);
    let is_near = |at: Wgs84| {
        let point = Point::new(at.lon, at.lat);
        let is_around = around.is_none_or(|around| {
            (around.west - MARGIN_DEG..=around.east + MARGIN_DEG).contains(&at.lon)
                && (around.south - MARGIN_DEG..=around.north + MARGIN_DEG).contains(&at.lat)
        });
        is_around && (boundary.intersects(&point) || distance_m(at, boundary) <= MARGIN_M)
    };
    Residents { points: residents.points.into_iter().filter(|home| is_near(home.at)).collect() }
}

async fn replace(transaction: &DatabaseTransaction, row: residents_edition::Model) -> ApiResult<()> {
    let of_region = residents_edition::Column::RegionCode.eq(row.region_code.as_str());
    residents_edition::Entity::update_many()
        .col_expr(residents_edition::Column::IsCurrent, Expr::value(false))
        .filter(of_region.clone())
        .exec(transaction)
        .await?;
    let same_again =
        OnConflict::columns([residents_edition::Column::RegionCode, residents_edition::Column::Checksum])
            .update_columns([
                residents_edition::Column::IsCurrent,
                residents_edition::Column::Source,
                residents_edition::Column::LoadedAt,
            ])
            .to_owned();
    residents_edition::Entity::insert(row.into_active_model())
        .on_conflict(same_again)
        .exec_without_returning(transaction)
        .await?;
    // Editions that nothing was computed from are of no use any more.
    let used: Vec<Option<String>> = coverage_run::Entity::find()
        .select_only()
        .column(coverage_run::Column::ResidentsChecksum)
        .filter(coverage_run::Column::ResidentsChecksum.is_not_null())
        .distinct()
        .into_tuple()
        .all(transaction)
        .await?;
    residents_edition::Entity::delete_many()
        .filter(of_region)
        .filter(residents_edition::Column::IsCurrent.eq(false))
        .filter(residents_edition::Column::Checksum.is_not_in(used.into_iter().flatten()))
        .exec(transaction)
        .await?;
    Ok(())
}

/// The edition that the coverage of a region is computed with.
pub(super) async fn current_checksum(
    database: &Database,
    regions: &RegionTree,
    code: &str,
) -> ApiResult<Option<String>> {
    for above in regions.upward(code) {
        let found: Option<String> = residents_edition::Entity::find()
            .select_only()
            .column(residents_edition::Column::Checksum)
            .filter(residents_edition::Column::RegionCode.eq(above))
            .filter(residents_edition::Column::IsCurrent.eq(true))
            .into_tuple()
            .one(database.reader())
            .await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
