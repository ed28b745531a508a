//! Media that an article names: there, and of the right kind.

use std::collections::BTreeMap;

use entity::media::{self, Kind};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::error::ApiResult;
use crate::http::field_errors::FieldErrors;
use crate::knowledge::articles::content::Content;

/// Notes every medium that is not there or is something else than it is used for.
pub(super) async fn check(
    connection: &impl ConnectionTrait,
    content: &Content,
    errors: &mut FieldErrors,
) -> ApiResult<()> {
    let named = content.media_ids();
    if named.is_empty() {
        return Ok(());
    }
    let rows: Vec<(Uuid, Kind)> = media::Entity::find()
        .select_only()
        .column(media::Column::Id)
        .column(media::Column::Kind)
        .filter(media::Column::Id.is_in(named.iter().copied()))
        .into_tuple()
        .all(connection)
        .await?;
    let kinds: BTreeMap<Uuid, Kind> = rows.into_iter().collect();
    let single = [
        ("/cover_media_id", content.cover_media_id, Kind::Image, "封面要用已经上传的图片。"),
        ("/audio_media_id", content.audio_media_id, Kind::Audio, "朗读要用已经上传的录音。"),
        ("/video_media_id", content.video_media_id, Kind::Video, "视频要用已经上传的视频。"),
    ];
    for (pointer, id, kind, message) in single {
        if id.is_some_and(|id| kinds.get(&id) != Some(&kind)) {
            errors.add(pointer, "unknown_media", message);
        }
    }
    let used_singly = [content.cover_media_id, content.audio_media_id, content.video_media_id];
    let mut in_text = named.iter().filter(|id| !used_singly.contains(&Some(**id)));
    if in_text.any(|id| kinds.get(id) != Some(&Kind::Image)) {
        errors.add("/body/text", "unknown_media", "正文里有图片已经不在媒体库，请重新上传后插入。");
    }
    Ok(())
}
