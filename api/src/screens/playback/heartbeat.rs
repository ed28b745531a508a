//! Notes that a player lives.

use entity::screen_heartbeat;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::dto::Heartbeat;
use crate::error::ApiResult;
use crate::http::field_errors::FieldErrors;
use crate::state::AppState;

/// Keeps the last sign of life.
pub(super) async fn note(state: &AppState, screen_id: Uuid, beat: Heartbeat) -> ApiResult<()> {
    let mut errors = FieldErrors::default();
    if !(1..=40).contains(&beat.player_version.chars().count()) {
        errors.add("/player_version", "bad_version", "player_version 应有 1 到 40 个字符。");
    }
    if beat.item.as_ref().is_some_and(|item| !(1..=100).contains(&item.chars().count())) {
        errors.add("/item", "bad_item", "item 应有 1 到 100 个字符。");
    }
    if beat.free_bytes.is_some_and(|free_bytes| free_bytes < 0) {
        errors.add("/free_bytes", "out_of_range", "free_bytes 不能是负数。");
    }
    errors.finish()?;
    let row = screen_heartbeat::Model {
        screen_id,
        seen_at: state.clock.now().into(),
        player_version: beat.player_version,
        showing: beat.showing.into(),
        item: beat.item,
        offline_ready: beat.offline_ready,
        waits_for_files: beat.waits_for_files,
        clock_offset_ms: beat.clock_offset_ms,
        free_bytes: beat.free_bytes,
    };
    let noted = state.database.write(move |transaction| {
        let row = row.clone();
        Box::pin(async move {
            let columns = [
                screen_heartbeat::Column::SeenAt,
                screen_heartbeat::Column::PlayerVersion,
                screen_heartbeat::Column::Showing,
                screen_heartbeat::Column::Item,
                screen_heartbeat::Column::OfflineReady,
                screen_heartbeat::Column::WaitsForFiles,
                screen_heartbeat::Column::ClockOffsetMs,
                screen_heartbeat::Column::FreeBytes,
            ];
            let again =
                OnConflict::column(screen_heartbeat::Column::ScreenId).update_columns(columns).to_owned();
            screen_heartbeat::Entity::insert(row.into_active_model())
                .on_conflict(again)
                .exec_without_returning(transaction)
                .await?;
            Ok(())
        })
    });
    noted.await
}
