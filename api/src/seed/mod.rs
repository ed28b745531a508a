//! The first content of an empty database: the regions, layers and places of 葵涌, and what residents
//! read (`seeds/`).
//!
//! The files are part of the program, so that one binary is all there is to install. Where each of
//! them comes from stands in `seeds/README.md`.

mod activities;
mod files;
mod knowledge;
mod videos;

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{article_release, feature, layer, map_revision, region};
use geodata::Wgs84;
use geodata::geometry::{read_geometry, to_wkb};
use geodata::snapshot::Entrance;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    Select,
};
use serde_json::{Value, json};

use self::files::{Collection, FeatureProperties, LayerEntry, RegionProperties};
use crate::assessment;
use crate::clock::Clock;
use crate::database::Database;
use crate::error::{ApiError, ApiResult};
use crate::map::edit::{self, FeatureDraft, FeatureEdit, Origin};

pub use self::videos::videos_if_missing;

/// What a database holds after seeding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeedReport {
    /// Whether anything was written now.
    pub seeded: bool,
    /// Regions in the database.
    pub regions: u64,
    /// Layers in the database.
    pub layers: u64,
    /// Places on the public map.
    pub published: u64,
    /// Places among them that are demonstration data.
    pub demo: u64,
    /// Places that wait for an officer to look at them.
    pub needs_review: u64,
    /// Articles that were published.
    pub articles: u64,
}

/// Writes the map if the database holds no region yet, what residents read if it holds no topic yet, and the
/// standards that it does not hold; otherwise changes nothing.
///
/// # Errors
/// When the database refuses; nothing is written then.
pub async fn if_empty(database: &Database, clock: &Clock) -> ApiResult<SeedReport> {
    let empty = region::Entity::find().count(database.reader()).await? == 0;
    let mut seeded = false;
    if empty {
        let now = clock.now();
        seeded = database.write(move |transaction| Box::pin(plant(transaction, now))).await?;
    }
    seeded |= knowledge::if_empty(database, clock).await?;
    seeded |= activities::if_empty(database, clock).await?;
    seeded |= assessment::plant_missing(database, clock).await?;
    Ok(SeedReport { seeded, ..held(database).await? })
}

/// What the database holds now.
///
/// # Errors
/// When the database fails.
pub async fn held(database: &Database) -> ApiResult<SeedReport> {
    Ok(SeedReport {
        seeded: false,
        regions: region::Entity::find().count(database.reader()).await?,
        layers: layer::Entity::find().count(database.reader()).await?,
        published: with_status(feature::Status::Published).count(database.reader()).await?,
        demo: with_status(feature::Status::Published)
            .filter(feature::Column::Demo.eq(true))
            .count(database.reader())
            .await?,
        needs_review: with_status(feature::Status::NeedsReview).count(database.reader()).await?,
        articles: article_release::Entity::find()
            .filter(article_release::Column::CancelledAt.is_null())
            .select_only()
            .column(article_release::Column::ArticleId)
            .distinct()
            .count(database.reader())
            .await?,
    })
}

fn with_status(status: feature::Status) -> Select<feature::Entity> {
    feature::Entity::find().filter(feature::Column::Status.eq(status))
}

async fn plant(transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<bool> {
    take_turns(transaction).await?;
    if region::Entity::find().count(transaction).await? > 0 {
        return Ok(false);
    }
    let regions: Collection<RegionProperties> = read(files::REGIONS)?;
    let regions = regions.features.into_iter().map(region_row).collect::<ApiResult<Vec<_>>>()?;
    region::Entity::insert_many(regions).exec_without_returning(transaction).await?;

    let layers: Vec<LayerEntry> = read(files::LAYERS)?;
    layer::Entity::insert_many(layers.into_iter().map(layer_row)).exec_without_returning(transaction).await?;

    let mut edits = Vec::new();
    for (layer_id, text) in files::FEATURES {
        let places: Collection<FeatureProperties> = read(text)?;
        for place in places.features {
            let origin = Origin {
                source: place.properties.source.clone(),
                key: place.properties.key.clone(),
                // Seeds are planted once; the first import of the same source may improve them.
                hash: "seed".to_owned(),
            };
            let draft = draft(layer_id, place.properties, place.geometry.as_ref())?;
            edits.push(FeatureEdit::Add(Box::new(draft), Some(origin)));
        }
    }
    edit::write(transaction, edits.into(), now).await?;
    Ok(true)
}

/// Replicas that start together take turns on this row; the second finds the work done.
async fn take_turns(transaction: &DatabaseTransaction) -> ApiResult<()> {
    map_revision::Entity::update_many()
        .col_expr(map_revision::Column::Revision, Expr::col(map_revision::Column::Revision))
        .exec(transaction)
        .await?;
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> ApiResult<T> {
    Ok(serde_json::from_str(text).context("a seed file cannot be read")?)
}

fn shape(geometry: Option<&Value>) -> ApiResult<Option<geo::Geometry<f64>>> {
    geometry
        .filter(|geometry| !geometry.is_null())
        .map(|geometry| {
            read_geometry(geometry).context("a seed geometry cannot be read").map_err(ApiError::from)
        })
        .transpose()
}

fn region_row(place: files::Place<RegionProperties>) -> ApiResult<region::ActiveModel> {
    let boundary = shape(place.geometry.as_ref())?;
    let region = place.properties;
    Ok(region::ActiveModel {
        code: ActiveValue::Set(region.code),
        name: ActiveValue::Set(region.name),
        short_name: ActiveValue::Set(region.short_name),
        level: ActiveValue::Set(region.level.into()),
        parent_code: ActiveValue::Set(region.parent_code),
        boundary: ActiveValue::Set(boundary.as_ref().map(to_wkb)),
        population: ActiveValue::Set(region.population),
        population_year: ActiveValue::Set(region.population_year),
        population_source: ActiveValue::Set(region.population_source),
        time_zone: ActiveValue::Set("Asia/Shanghai".to_owned()),
    })
}

fn layer_row(entry: LayerEntry) -> layer::ActiveModel {
    layer::ActiveModel {
        id: ActiveValue::Set(entry.id),
        title: ActiveValue::Set(entry.title),
        title_en: ActiveValue::Set(entry.title_en),
        description: ActiveValue::Set(entry.description),
        icon: ActiveValue::Set(entry.icon),
        min_zoom: ActiveValue::Set(entry.min_zoom),
        max_zoom: ActiveValue::Set(entry.max_zoom),
        geometry_kinds: ActiveValue::Set(entry.geometry_kinds.into()),
        position: ActiveValue::Set(entry.sort),
    }
}

/// A place without a position waits for one: an officer has to put it on the map.
fn draft(layer_id: &str, place: FeatureProperties, geometry: Option<&Value>) -> ApiResult<FeatureDraft> {
    let geometry = shape(geometry)?;
    let (status, review_reasons) = match geometry {
        Some(_) => (feature::Status::Published, Vec::new()),
        None => (
            feature::Status::NeedsReview,
            vec![json!({"code": "no_position", "message": "还没有位置，请在地图上标出它的位置后发布。"})],
        ),
    };
    Ok(FeatureDraft {
        layer_id: layer_id.to_owned(),
        region_code: place.region_code,
        name: place.name,
        address: place.address,
        phone: place.phone,
        opening_hours: place.opening_hours,
        facilities: place.facilities,
        entrances: place
            .entrances
            .into_iter()
            .map(|entrance| {
                let at =
                    Wgs84::new(entrance.lon, entrance.lat).context("a seed entrance lies off the globe")?;
                Ok(Entrance { name: entrance.name, kind: entrance.kind, at })
            })
            .collect::<ApiResult<Vec<_>>>()?,
        properties: place.others,
        geometry,
        status,
        review_reasons,
        source: place.source,
        source_licence: place.source_licence,
        demo: place.demo,
    })
}
