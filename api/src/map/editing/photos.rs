//! Photos of a place: which pictures of the media library it shows, in which order, with which words.

use std::collections::BTreeSet;

use entity::feature_photo;
use entity::media::{self, Kind};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::changes::{self, Done, Proposal};
use super::content::Known;
use super::dto::{NewPlacePhoto, NewPlacePhotos, PlacePhotosDone};
use super::editor::Editor;
use crate::error::ApiResult;
use crate::http::field_errors::{FieldErrors, wrong};
use crate::map::edit::{self, Photo};
use crate::map::ogc::Seen;
use crate::state::AppState;

const MOST_PHOTOS: usize = 20;
const LONGEST_TEXT: usize = 100;
/// What whoever changed the photos is told, once others have to agree.
const WAITS_TO_CHANGE: &str = "已送审，审核通过后会更新。";

/// Puts these photos in the place of those that a place shows.
pub(super) async fn put(
    state: &AppState,
    editor: Editor,
    id: i32,
    seen: &Seen,
    given: NewPlacePhotos,
) -> ApiResult<PlacePhotosDone> {
    let reader = state.database.reader();
    let known = Known::find(reader, id).await?.filter(Known::is_published);
    let known = known.ok_or_else(edit::no_such_feature)?;
    editor.require(&known.place.content.region_code)?;
    if !seen.matches(known.version()) {
        return Err(edit::stale(reader, known.version(), known.revision.changed_by).await?);
    }
    let photos = checked(reader, given.items).await?;
    if photos == shown(reader, id).await? {
        return Ok(PlacePhotosDone { version: known.version(), draft_id: None, message: None });
    }
    let mut place = known.place.clone();
    place.content.photos = Some(photos);
    let proposal = Proposal { note: Some("更换照片".to_owned()), ..Proposal::of(&known, place) };
    let draft_id = match changes::decide(state, editor, proposal, Some(&known.place)).await? {
        Done::Queued(draft_id) => Some(draft_id),
        Done::Published(_) | Done::Retired | Done::Unchanged(_) => None,
    };
    let version = if draft_id.is_none() { known.version() + 1 } else { known.version() };
    let message = draft_id.map(|_waiting| WAITS_TO_CHANGE.to_owned());
    Ok(PlacePhotosDone { version, draft_id, message })
}

/// The photos that a place shows.
async fn shown(connection: &impl ConnectionTrait, id: i32) -> ApiResult<Vec<Photo>> {
    let rows = feature_photo::Entity::find()
        .filter(feature_photo::Column::FeatureId.eq(id))
        .order_by_asc(feature_photo::Column::Position)
        .all(connection)
        .await?;
    let photos = rows.into_iter().map(|row| Photo {
        media_id: row.media_id,
        caption: row.caption,
        credit: row.credit,
    });
    Ok(photos.collect())
}

async fn checked(connection: &impl ConnectionTrait, given: Vec<NewPlacePhoto>) -> ApiResult<Vec<Photo>> {
    if given.len() > MOST_PHOTOS {
        return Err(wrong("/items", "too_many", format!("一个地点最多 {MOST_PHOTOS} 张照片。")));
    }
    let ids: BTreeSet<Uuid> = given.iter().map(|photo| photo.media_id).collect();
    let pictures: Vec<Uuid> = media::Entity::find()
        .select_only()
        .column(media::Column::Id)
        .filter(media::Column::Id.is_in(ids.iter().copied()))
        .filter(media::Column::Kind.eq(Kind::Image))
        .into_tuple()
        .all(connection)
        .await?;
    let mut errors = FieldErrors::default();
    let mut seen = BTreeSet::new();
    let mut photos = Vec::with_capacity(given.len());
    for (place, photo) in given.into_iter().enumerate() {
        let pointer = |member: &str| format!("/items/{place}/{member}");
        if !pictures.contains(&photo.media_id) {
            errors.add(pointer("media_id"), "unknown_media", "照片要用已经上传的图片。");
        } else if !seen.insert(photo.media_id) {
            errors.add(pointer("media_id"), "repeated", "同一张照片只能放一次。");
        }
        let texts = [("caption", &photo.caption), ("credit", &photo.credit)];
        for (member, text) in texts {
            if text.trim().chars().count() > LONGEST_TEXT || text.contains('\0') {
                errors.add(pointer(member), "too_long", format!("最多 {LONGEST_TEXT} 个字，请写得短一些。"));
            }
        }
        photos.push(Photo {
            media_id: photo.media_id,
            caption: photo.caption.trim().to_owned(),
            credit: photo.credit.trim().to_owned(),
        });
    }
    errors.finish()?;
    Ok(photos)
}
