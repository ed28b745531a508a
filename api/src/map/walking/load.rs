//! How the network of a region comes into the database.

use std::io::{Read, Seek};

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{coverage_run, region, walking_network, walking_revision};
use geodata::Bbox;
use geodata::geometry::from_wkb;
use geodata::network::{Network, OsmNotes, Streets, read_osm};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QuerySelect,
};
use sha2::{Digest, Sha256};

use crate::database::Database;
use crate::error::{ApiError, ApiResult};
use crate::hex::lower_hex;

/// Who lives at the border walks beyond it: metres of streets around a region.
const BESIDE_M: f64 = 2_000.0;
/// Metres of a degree of latitude, from below.
const M_PER_DEGREE: f64 = 110_500.0;

/// What was loaded.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Name of the region.
    pub region_name: String,
    /// Positions.
    pub nodes: usize,
    /// Pieces between them.
    pub edges: usize,
    /// Positions of the largest connected part.
    pub largest_part: u32,
    /// Bytes as they are stored.
    pub bytes: usize,
    /// What the file held besides.
    pub notes: OsmNotes,
    /// Whether the streets were cut to the region and its surroundings.
    pub is_cut: bool,
}

/// Reads a file and makes it the network of a region.
///
/// # Errors
/// When there is no such region, the file cannot be read or holds no streets there; nothing is changed then.
pub async fn load(
    database: &Database,
    now: DateTime<Utc>,
    region_code: &str,
    source: &str,
    mut file: impl Read + Seek + Send + 'static,
) -> anyhow::Result<Loaded> {
    let region = region(database, region_code).await?;
    let within =
        region.boundary.as_deref().map(from_wkb).transpose().context("the boundary cannot be read")?;
    let within = within.and_then(|boundary| Bbox::of(&boundary)).map(|boundary| widened(&boundary));
    let (streets, notes) = tokio::task::spawn_blocking(move || read_osm(&mut file, within))
        .await
        .context("reading stopped")??;
    if streets.edges().is_empty() {
        anyhow::bail!("文件里没有{}范围内可以步行的道路，请检查文件覆盖的地区，或换一个区划。", region.name);
    }
    let bytes = streets.to_bytes();
    let loaded = Loaded {
        region_name: region.name,
        nodes: streets.nodes().len(),
        edges: streets.edges().len(),
        largest_part: Network::new(&streets).largest_part(),
        bytes: bytes.len(),
        notes,
        is_cut: within.is_some(),
    };
    store(database, now, &region.code, source, &streets, bytes).await?;
    Ok(loaded)
}

/// Makes streets the network of a region.
///
/// # Errors
/// When the database refuses.
pub async fn store(
    database: &Database,
    now: DateTime<Utc>,
    region_code: &str,
    source: &str,
    streets: &Streets,
    bytes: Vec<u8>,
) -> ApiResult<()> {
    let row = walking_network::Model {
        region_code: region_code.to_owned(),
        checksum: lower_hex(&Sha256::digest(&bytes)),
        nodes: count(streets.nodes().len())?,
        edges: count(streets.edges().len())?,
        streets: bytes,
        source: source.to_owned(),
        is_current: true,
        loaded_at: now.into(),
    };
    let written = database.write(move |transaction| {
        let row = row.clone();
        Box::pin(async move { replace(transaction, row).await })
    });
    written.await
}

async fn replace(transaction: &DatabaseTransaction, row: walking_network::Model) -> ApiResult<()> {
    raise_revision(transaction).await?;
    let of_region = walking_network::Column::RegionCode.eq(row.region_code.as_str());
    walking_network::Entity::update_many()
        .col_expr(walking_network::Column::IsCurrent, Expr::value(false))
        .filter(of_region.clone())
        .exec(transaction)
        .await?;
    let key = [walking_network::Column::RegionCode, walking_network::Column::Checksum];
    let same_again = OnConflict::columns(key)
        .update_columns([
            walking_network::Column::IsCurrent,
            walking_network::Column::Source,
            walking_network::Column::LoadedAt,
        ])
        .to_owned();
    walking_network::Entity::insert(row.clone().into_active_model())
        .on_conflict(same_again)
        .exec_without_returning(transaction)
        .await?;
    // Editions that nothing was computed from are of no use any more.
    let used: Vec<Option<String>> = coverage_run::Entity::find()
        .select_only()
        .column(coverage_run::Column::NetworkChecksum)
        .filter(coverage_run::Column::NetworkChecksum.is_not_null())
        .distinct()
        .into_tuple()
        .all(transaction)
        .await?;
    walking_network::Entity::delete_many()
        .filter(of_region)
        .filter(walking_network::Column::IsCurrent.eq(false))
        .filter(walking_network::Column::Checksum.is_not_in(used.into_iter().flatten()))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Counts a change of networks or edits; the row stays locked until the commit, so that revisions become
/// visible in order.
///
/// # Errors
/// When the database refuses.
pub async fn raise_revision(transaction: &DatabaseTransaction) -> ApiResult<()> {
    let next = Expr::col(walking_revision::Column::Revision).add(1);
    let raised = walking_revision::Entity::update_many()
        .col_expr(walking_revision::Column::Revision, next)
        .filter(walking_revision::Column::Id.eq(1))
        .exec(transaction)
        .await?;
    if raised.rows_affected == 1 {
        return Ok(());
    }
    Err(ApiError::Internal(anyhow::anyhow!("the table walking_revision lost its only row")))
}

/// The region of a code of 6 to 12 digits, as an operator types it.
///
/// # Errors
/// When there is none.
pub async fn region(database: &Database, typed: &str) -> anyhow::Result<region::Model> {
    let code = format!("{typed:0<12}");
    region::Entity::find_by_id(code)
        .one(database.reader())
        .await?
        .with_context(|| format!("没有区划“{typed}”，请填写统计用区划代码，例如 440307009。"))
}

fn widened(boundary: &Bbox) -> Bbox {
    let up = BESIDE_M / M_PER_DEGREE;
    let across = up / boundary.north.abs().max(boundary.south.abs()).to_radians().cos().max(0.01);
    let Bbox { west, south, east, north } = *boundary;
    let wide = Bbox::new(
        (west - across).max(-180.0),
        (south - up).max(-90.0),
        (east + across).min(180.0),
        (north + up).min(90.0),
    );
    wide.unwrap_or(*boundary)
}

fn count(number: usize) -> ApiResult<i32> {
    Ok(i32::try_from(number).context("a network has more positions than can be counted")?)
}
