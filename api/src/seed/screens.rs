//! The first screen, so that whoever opens the player sees something play.
//!
//! Planted where there has never been a screen. Screens are retired and never deleted, so one that workers
//! do not want does not come back.

use chrono::{DateTime, Utc};
use entity::{article_slug, media, region, screen};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde::Deserialize;
use uuid::Uuid;

use super::read;
use crate::clock::Clock;
use crate::database::Database;
use crate::error::ApiResult;
use crate::screens::{SeedScreen, plant};

const SCREENS: &str = include_str!("../../../seeds/screens.json");

#[derive(Debug, Deserialize)]
struct ScreenEntry {
    screen_id: Uuid,
    playlist_id: Uuid,
    region_code: String,
    screen: String,
    playlist: String,
    articles: Vec<String>,
}

/// Writes the seeds if there was never a screen; whether it did.
pub(super) async fn if_empty(database: &Database, clock: &Clock) -> ApiResult<bool> {
    if screen::Entity::find().count(database.reader()).await? > 0 {
        return Ok(false);
    }
    let now = clock.now();
    database.write(move |transaction| Box::pin(plant_all(transaction, now))).await
}

async fn plant_all(transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<bool> {
    super::take_turns(transaction).await?;
    if screen::Entity::find().count(transaction).await? > 0 {
        return Ok(false);
    }
    let mut planted = false;
    for entry in read::<Vec<ScreenEntry>>(SCREENS)? {
        // An installation elsewhere has other regions.
        if region::Entity::find_by_id(&entry.region_code).one(transaction).await?.is_none() {
            continue;
        }
        let mut articles = Vec::new();
        for slug in entry.articles {
            let found = article_slug::Entity::find_by_id(slug).one(transaction).await?;
            articles.extend(found.map(|row| row.article_id));
        }
        let seed = SeedScreen {
            screen_id: entry.screen_id,
            playlist_id: entry.playlist_id,
            region_code: entry.region_code,
            screen: entry.screen,
            playlist: entry.playlist,
            media: seeded_videos(transaction).await?,
            articles,
        };
        plant(transaction, seed, now).await?;
        planted = true;
    }
    Ok(planted)
}

/// Videos that nobody uploaded came with the program.
async fn seeded_videos(transaction: &DatabaseTransaction) -> ApiResult<Vec<Uuid>> {
    let videos = media::Entity::find()
        .filter(media::Column::Kind.eq(media::Kind::Video))
        .filter(media::Column::UploadedBy.is_null())
        .order_by_asc(media::Column::Id)
        .all(transaction)
        .await?;
    Ok(videos.into_iter().map(|row| row.id).collect())
}
