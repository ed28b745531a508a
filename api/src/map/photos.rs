//! The photos that places show, in memory like the rest of the map.

use std::collections::BTreeMap;
use std::sync::Arc;

use entity::{feature_photo, media, media_variant};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::database::Database;
use crate::error::ApiResult;

/// Ids of one statement.
const BATCH: usize = 5_000;

/// A photo with its sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacePhoto {
    /// The picture.
    pub media_id: Uuid,
    /// What it shows of the place; may be empty.
    pub caption: String,
    /// Who took it; may be empty.
    pub credit: String,
    /// What it shows, for those who do not see it.
    pub alt: Option<String>,
    /// Of the original, in pixels.
    pub width: Option<i32>,
    /// Of the original, in pixels.
    pub height: Option<i32>,
    /// Other sizes: name, width and height in pixels.
    pub sizes: Vec<(String, i32, i32)>,
}

/// Photos by the place that shows them.
pub type PhotosByPlace = BTreeMap<i32, Arc<[PlacePhoto]>>;

/// The photos of all places, or of some.
///
/// # Errors
/// When the database fails.
pub(super) async fn load(database: &Database, of: Option<&[i32]>) -> ApiResult<PhotosByPlace> {
    let mut by_place = BTreeMap::<i32, Vec<PlacePhoto>>::new();
    match of {
        None => load_some(database, None, &mut by_place).await?,
        Some(ids) => {
            for ids in ids.chunks(BATCH) {
                load_some(database, Some(ids), &mut by_place).await?;
            }
        }
    }
    Ok(by_place.into_iter().map(|(id, photos)| (id, photos.into())).collect())
}

async fn load_some(
    database: &Database,
    of: Option<&[i32]>,
    by_place: &mut BTreeMap<i32, Vec<PlacePhoto>>,
) -> ApiResult<()> {
    let mut query = feature_photo::Entity::find()
        .order_by_asc(feature_photo::Column::FeatureId)
        .order_by_asc(feature_photo::Column::Position);
    if let Some(ids) = of {
        query = query.filter(feature_photo::Column::FeatureId.is_in(ids.iter().copied()));
    }
    let rows = query.all(database.reader()).await?;
    let shown: Vec<Uuid> = rows.iter().map(|row| row.media_id).collect();
    let (mut media, mut sizes) = (BTreeMap::new(), BTreeMap::<Uuid, Vec<(String, i32, i32)>>::new());
    for ids in shown.chunks(BATCH) {
        let found = media::Entity::find()
            .filter(media::Column::Id.is_in(ids.iter().copied()))
            .all(database.reader())
            .await?;
        media.extend(found.into_iter().map(|medium| (medium.id, medium)));
        let variants = media_variant::Entity::find()
            .filter(media_variant::Column::MediaId.is_in(ids.iter().copied()))
            .order_by_asc(media_variant::Column::Width)
            .order_by_asc(media_variant::Column::Name)
            .all(database.reader())
            .await?;
        for variant in variants {
            let size = (variant.name, variant.width, variant.height);
            let sizes = sizes.entry(variant.media_id).or_default();
            // A picture of several places comes once for each of their batches.
            if !sizes.contains(&size) {
                sizes.push(size);
            }
        }
    }
    for row in rows {
        let medium = media.get(&row.media_id);
        by_place.entry(row.feature_id).or_default().push(PlacePhoto {
            media_id: row.media_id,
            caption: row.caption,
            credit: row.credit,
            alt: medium.and_then(|medium| medium.alt.clone()),
            width: medium.and_then(|medium| medium.width),
            height: medium.and_then(|medium| medium.height),
            sizes: sizes.get(&row.media_id).cloned().unwrap_or_default(),
        });
    }
    Ok(())
}
