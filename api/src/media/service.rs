use entity::{article_media, media, media_leftover, media_variant};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, SqlErr,
};
use serde_json::json;
use uuid::Uuid;

use super::dto::{Media, MediaChange, MediaList};
use crate::audit::{self, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::http::if_match::IfMatch;
use crate::http::patch::Patch;
use crate::knowledge::revision::{self, Changed};
use crate::regions::RegionScope;
use crate::state::AppState;

const ALT_CHARS: usize = 200;
const TRANSCRIPT_CHARS: usize = 20_000;

/// The region a new medium belongs to.
pub(super) fn region(scope: &RegionScope, wanted: Option<&str>) -> ApiResult<String> {
    match wanted.filter(|region| !region.is_empty()) {
        Some(region) => {
            scope.require(region)?;
            Ok(region.to_owned())
        }
        None => scope.granted().first().cloned().ok_or_else(not_found),
    }
}

/// One page of the media of these regions and of those above, which all may use.
pub(super) async fn list(
    state: &AppState,
    scope: &RegionScope,
    kind: Option<media::Kind>,
    after: Option<Uuid>,
    limit: usize,
) -> ApiResult<MediaList> {
    let tree = state.regions.current();
    let mut regions: Vec<&str> = scope.codes().collect();
    regions.extend(scope.granted().iter().flat_map(|region| tree.upward(region)));
    let mut query = media::Entity::find()
        .filter(media::Column::RegionCode.is_in(regions))
        .order_by_desc(media::Column::Id)
        .limit(limit as u64 + 1);
    if let Some(kind) = kind {
        query = query.filter(media::Column::Kind.eq(kind));
    }
    if let Some(after) = after {
        query = query.filter(media::Column::Id.lt(after));
    }
    let mut found = query.all(state.database.reader()).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.id.to_string());
    let ids: Vec<Uuid> = found.iter().map(|medium| medium.id).collect();
    let mut variants = variants(state, &ids).await?;
    let items = found
        .into_iter()
        .map(|medium| {
            let own = variants.extract_if(.., |variant| variant.media_id == medium.id).collect();
            Media::new(medium, own)
        })
        .collect();
    Ok(MediaList { items, next })
}

async fn variants(state: &AppState, ids: &[Uuid]) -> ApiResult<Vec<media_variant::Model>> {
    Ok(media_variant::Entity::find()
        .filter(media_variant::Column::MediaId.is_in(ids.iter().copied()))
        .order_by_desc(media_variant::Column::Width)
        .order_by_asc(media_variant::Column::Name)
        .all(state.database.reader())
        .await?)
}

/// One medium with its files.
pub(super) async fn shown(state: &AppState, medium: media::Model) -> ApiResult<Media> {
    let variants = variants(state, &[medium.id]).await?;
    Ok(Media::new(medium, variants))
}

/// One medium of these regions or one above.
pub(super) async fn get(state: &AppState, scope: &RegionScope, id: Uuid) -> ApiResult<Media> {
    let medium = media::Entity::find_by_id(id).one(state.database.reader()).await?;
    let tree = state.regions.current();
    let may_use =
        |region: &str| scope.covers(region) || scope.granted().iter().any(|own| tree.is_within(own, region));
    let medium = medium.filter(|medium| may_use(&medium.region_code)).ok_or_else(not_found)?;
    shown(state, medium).await
}

/// Changes what is said about a medium.
pub(super) async fn change(
    state: &AppState,
    scope: &RegionScope,
    id: Uuid,
    version: IfMatch,
    change: MediaChange,
    event: AuditEvent,
) -> ApiResult<Media> {
    let wanted = checked(change)?;
    let (scope, now) = (scope.clone(), state.clock.now());
    let changed = state.database.write(move |transaction| {
        let (scope, wanted, event) = (scope.clone(), wanted.clone(), event.clone());
        Box::pin(async move {
            let medium = locked(transaction, &scope, id, version).await?;
            let region = medium.region_code.clone();
            let told = json!({
                "alt": wanted.alt != Patch::Keep,
                "transcript": wanted.transcript != Patch::Keep,
                "poster": wanted.poster_id != Patch::Keep,
            });
            let is_said_anew = wanted.transcript != Patch::Keep;
            let medium = wanted.apply(transaction, medium).await?;
            if is_said_anew {
                let shown = article_media::Entity::find().filter(article_media::Column::MediaId.eq(id));
                if shown.count(transaction).await? > 0 {
                    revision::raise(transaction, Changed::Whole, now).await?;
                }
            }
            audit::append(transaction, &event.on("media", id).in_region(region).with(told), now).await?;
            Ok(medium)
        })
    });
    let changed = changed.await?;
    state.knowledge.refresh(&state.database, now).await?;
    shown(state, changed).await
}

/// Deletes a medium that nothing shows.
pub(super) async fn delete(
    state: &AppState,
    scope: &RegionScope,
    id: Uuid,
    version: IfMatch,
    event: AuditEvent,
) -> ApiResult<()> {
    let (scope, now) = (scope.clone(), state.clock.now());
    let deleted = state.database.write(move |transaction| {
        let (scope, event) = (scope.clone(), event.clone());
        Box::pin(async move {
            let medium = locked(transaction, &scope, id, version).await?;
            // Whatever shows it refers to it: the database knows, whoever that is.
            media::Entity::delete_by_id(id).exec(transaction).await?;
            let leftover = media_leftover::Model { id, noted_at: now.into() };
            media_leftover::Entity::insert(leftover.into_active_model())
                .exec_without_returning(transaction)
                .await?;
            audit::append(transaction, &event.on("media", id).in_region(medium.region_code), now).await
        })
    });
    deleted.await.map_err(|error| match &error {
        ApiError::Database(cause)
            if matches!(cause.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))) =>
        {
            in_use()
        }
        _ => error,
    })?;
    state.media.discard(id).await
}

async fn locked(
    transaction: &DatabaseTransaction,
    scope: &RegionScope,
    id: Uuid,
    version: IfMatch,
) -> ApiResult<media::Model> {
    let medium = media::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    let medium = medium.filter(|medium| scope.covers(&medium.region_code)).ok_or_else(not_found)?;
    version.require(medium.version)?;
    Ok(medium)
}

/// A change that was checked.
#[derive(Clone)]
struct Wanted {
    alt: Patch<String>,
    transcript: Patch<String>,
    poster_id: Patch<Uuid>,
}

fn checked(change: MediaChange) -> ApiResult<Wanted> {
    let mut errors = FieldErrors::default();
    let alt = trimmed(change.alt);
    let transcript = trimmed(change.transcript);
    if is_longer(&alt, ALT_CHARS) {
        errors.add("/alt", "too_long", "图片说明最多 200 个字，请写短一些。");
    }
    if is_longer(&transcript, TRANSCRIPT_CHARS) {
        errors.add("/transcript", "too_long", "文字稿最多 20000 个字，请写短一些。");
    }
    errors.finish()?;
    Ok(Wanted { alt, transcript, poster_id: change.poster_id })
}

fn trimmed(text: Patch<String>) -> Patch<String> {
    match text {
        Patch::Set(text) if text.trim().is_empty() => Patch::Clear,
        Patch::Set(text) => Patch::Set(text.trim().to_owned()),
        other => other,
    }
}

fn is_longer(text: &Patch<String>, chars: usize) -> bool {
    matches!(text, Patch::Set(text) if text.chars().count() > chars)
}

impl Wanted {
    async fn apply(self, transaction: &DatabaseTransaction, medium: media::Model) -> ApiResult<media::Model> {
        let mut errors = FieldErrors::default();
        if matches!(self.transcript, Patch::Set(_)) && medium.kind == media::Kind::Image {
            errors.add("/transcript", "not_for_pictures", "图片没有文字稿，请写在图片说明里。");
        }
        if let Patch::Set(poster_id) = self.poster_id {
            let poster = media::Entity::find_by_id(poster_id).one(transaction).await?;
            if medium.kind != media::Kind::Video {
                errors.add("/poster_id", "only_for_videos", "只有视频需要封面图。");
            } else if poster.is_none_or(|poster| poster.kind != media::Kind::Image) {
                errors.add("/poster_id", "no_such_picture", "没有找到这张封面图，请先上传图片。");
            }
        }
        errors.finish()?;
        let version = medium.version + 1;
        let mut row = medium.into_active_model();
        row.version = ActiveValue::Set(version);
        set(&mut row.alt, self.alt);
        set(&mut row.transcript, self.transcript);
        set(&mut row.poster_id, self.poster_id);
        Ok(row.update(transaction).await?)
    }
}

fn set<T>(column: &mut ActiveValue<Option<T>>, patch: Patch<T>)
where
    Option<T>: Into<sea_orm::Value>,
{
    match patch {
        Patch::Keep => {}
        Patch::Clear => *column = ActiveValue::Set(None),
        Patch::Set(value) => *column = ActiveValue::Set(Some(value)),
    }
}

fn not_found() -> ApiError {
    ApiError::NotFound {
        code: "media_not_found",
        detail: "没有找到这个图片或视频，或者不在您负责的区域内。".into(),
    }
}

fn in_use() -> ApiError {
    ApiError::Conflict {
        code: "media_in_use",
        detail: "还有文章、视频、地点或显示屏在用它，不能删除。请先从那里换下来。".into(),
    }
}
