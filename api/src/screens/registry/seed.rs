//! A first screen with a playlist, for an installation that has none.

use chrono::{DateTime, Utc};
use entity::{playlist, playlist_item, screen};
use sea_orm::{DatabaseTransaction, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::error::ApiResult;

/// A screen, and what plays on it by default.
#[derive(Clone, Debug)]
pub struct SeedScreen {
    /// Id of the screen.
    pub screen_id: Uuid,
    /// Id of the playlist.
    pub playlist_id: Uuid,
    /// Where the screen hangs.
    pub region_code: String,
    /// Its name.
    pub screen: String,
    /// Name of the playlist.
    pub playlist: String,
    /// Videos and pictures, in their order.
    pub media: Vec<Uuid>,
    /// Articles whose cards follow.
    pub articles: Vec<i32>,
}

/// Writes them.
///
/// # Errors
/// When the database refuses.
pub async fn plant(transaction: &DatabaseTransaction, seed: SeedScreen, now: DateTime<Utc>) -> ApiResult<()> {
    let playlist_id = seed.playlist_id;
    let row = playlist::Model {
        id: playlist_id,
        region_code: seed.region_code.clone(),
        name: seed.playlist,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    playlist::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    let shown = seed.media.into_iter().map(|id| (Some(id), None));
    let shown = shown.chain(seed.articles.into_iter().map(|id| (None, Some(id))));
    let items = (0..).zip(shown).map(|(position, (media_id, article_id))| {
        playlist_item::Model { playlist_id, position, media_id, article_id, duration_ms: None }
            .into_active_model()
    });
    let items: Vec<_> = items.collect();
    if !items.is_empty() {
        playlist_item::Entity::insert_many(items).exec_without_returning(transaction).await?;
    }
    let row = screen::Model {
        id: seed.screen_id,
        region_code: seed.region_code,
        name: seed.screen,
        place: None,
        status: screen::Status::Active,
        default_playlist_id: Some(playlist_id),
        volume: 0,
        quiet_from_min: None,
        quiet_until_min: None,
        token_hash: None,
        paired_at: None,
        paired_device: None,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    screen::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    Ok(())
}
