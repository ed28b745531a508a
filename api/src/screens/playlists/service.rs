use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use entity::{media, playlist, playlist_item, screen, screen_slot};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::dto::{NewPlaylist, Playlist, PlaylistChange, PlaylistEntry, PlaylistItem, PlaylistList};
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::http::if_match::IfMatch;
use crate::knowledge::published::Knowledge;
use crate::regions::RegionScope;
use crate::screens::in_charge::{Change, InCharge, Page, name, next_version, region, within};
use crate::state::AppState;

const MOST_ITEMS: usize = 200;

/// One page of the playlists in a scope.
pub(super) async fn list(state: &AppState, scope: &RegionScope, page: Page) -> ApiResult<PlaylistList> {
    let reader = state.database.reader();
    let mut rows = playlist::Entity::find()
        .filter(within(scope, playlist::Column::RegionCode))
        .filter(page.begins(playlist::Column::Id))
        .order_by_asc(playlist::Column::Id)
        .limit(page.ask_for())
        .all(reader)
        .await?;
    let next = page.cut(&mut rows, |row| row.id);
    Ok(PlaylistList { items: told(reader, &knowledge(state), rows).await?, next })
}

/// One playlist.
pub(super) async fn get(state: &AppState, caller: &InCharge, id: Uuid) -> ApiResult<Playlist> {
    let reader = state.database.reader();
    let row = playlist::Entity::find_by_id(id).one(reader).await?;
    one(reader, &knowledge(state), caller.of(row, |row| &row.region_code)?).await
}

/// Makes a playlist.
pub(super) async fn create(state: &AppState, caller: InCharge, new: NewPlaylist) -> ApiResult<Playlist> {
    let knowledge = knowledge(state);
    let mut errors = FieldErrors::default();
    region(&caller.scope, &new.region_code, &mut errors);
    let change = PlaylistChange { name: new.name, items: new.items };
    let change = checked(state, &knowledge, &caller.scope, change, &mut errors).await?;
    errors.finish()?;
    let now = state.clock.now();
    let row = playlist::Model {
        id: state.random.id(now),
        region_code: new.region_code,
        name: change.name.clone(),
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    let created = state.database.write(move |transaction| {
        let (caller, knowledge, row, change) =
            (caller.clone(), Arc::clone(&knowledge), row.clone(), change.clone());
        Box::pin(async move {
            let insert = playlist::Entity::insert(row.clone().into_active_model());
            insert.exec_without_returning(transaction).await?;
            put_items(transaction, row.id, &change.items).await?;
            let event = caller.changed("playlist", row.id, &row.region_code, Change::Created);
            let playlist = one(transaction, &knowledge, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(playlist)
        })
    });
    created.await
}

/// Replaces the name and the items of a playlist.
pub(super) async fn replace(
    state: &AppState,
    caller: InCharge,
    id: Uuid,
    version: IfMatch,
    change: PlaylistChange,
) -> ApiResult<Playlist> {
    let knowledge = knowledge(state);
    let mut errors = FieldErrors::default();
    let change = checked(state, &knowledge, &caller.scope, change, &mut errors).await?;
    errors.finish()?;
    let now = state.clock.now();
    let replaced = state.database.write(move |transaction| {
        let (caller, knowledge, change) = (caller.clone(), Arc::clone(&knowledge), change.clone());
        Box::pin(async move {
            let mut row = locked(transaction, &caller, id).await?;
            version.require(row.version)?;
            row.name = change.name;
            row.version = next_version(row.version)?;
            row.updated_at = now.into();
            let mut edited = row.clone().into_active_model().reset_all();
            edited.id = ActiveValue::Unchanged(id);
            playlist::Entity::update(edited).exec(transaction).await?;
            put_items(transaction, id, &change.items).await?;
            let event = caller.changed("playlist", id, &row.region_code, Change::Edited);
            let playlist = one(transaction, &knowledge, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(playlist)
        })
    });
    replaced.await
}

/// Deletes a playlist that nothing plays.
pub(super) async fn delete(state: &AppState, caller: InCharge, id: Uuid, version: IfMatch) -> ApiResult<()> {
    let now = state.clock.now();
    let deleted = state.database.write(move |transaction| {
        let caller = caller.clone();
        Box::pin(async move {
            let row = locked(transaction, &caller, id).await?;
            version.require(row.version)?;
            require_unused(transaction, id).await?;
            playlist::Entity::delete_by_id(id).exec(transaction).await?;
            let event = caller.changed("playlist", id, &row.region_code, Change::Deleted);
            audit::append(transaction, &event, now).await
        })
    });
    deleted.await
}

async fn locked(
    transaction: &DatabaseTransaction,
    caller: &InCharge,
    id: Uuid,
) -> ApiResult<playlist::Model> {
    let row = playlist::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    caller.of(row, |row| &row.region_code)
}

/// Names what still plays it, so that the worker knows what to change first.
async fn require_unused(transaction: &DatabaseTransaction, id: Uuid) -> ApiResult<()> {
    let slot =
        screen_slot::Entity::find().filter(screen_slot::Column::PlaylistId.eq(id)).one(transaction).await?;
    let screen =
        screen::Entity::find().filter(screen::Column::DefaultPlaylistId.eq(id)).one(transaction).await?;
    let user = match (slot, screen) {
        (Some(slot), _) => format!("时段“{}”", slot.name),
        (None, Some(screen)) => format!("屏幕“{}”的默认列表", screen.name),
        (None, None) => return Ok(()),
    };
    Err(ApiError::Conflict {
        code: "playlist_in_use",
        detail: format!("这个播放列表还用在{user}，请先换成别的列表再删除。"),
    })
}

async fn checked(
    state: &AppState,
    knowledge: &Knowledge,
    scope: &RegionScope,
    mut change: PlaylistChange,
    errors: &mut FieldErrors,
) -> ApiResult<PlaylistChange> {
    change.name = name(&change.name, errors);
    if change.items.len() > MOST_ITEMS {
        errors.add("/items", "too_many", "一个播放列表最多 200 项。");
        return Ok(change);
    }
    let media = media_of(state.database.reader(), &change.items).await?;
    let is_here = |code: &str| scope.covers(code) || holds_any(state, scope, code);
    for (at, item) in change.items.iter().enumerate() {
        let pointer = |member: &str| format!("/items/{at}{member}");
        if item.duration_s.is_some_and(|duration_s| !(3..=3_600).contains(&duration_s)) {
            errors.add(pointer("/duration_s"), "out_of_range", "播放时长请填写 3 到 3600 秒。");
        }
        match (item.media_id, item.article_id) {
            (Some(media_id), None) => match media.get(&media_id) {
                Some(medium) if medium.kind == media::Kind::Audio => {
                    errors.add(pointer("/media_id"), "not_visible", "屏幕上只能放视频和图片，不能放音频。");
                }
                Some(medium) if is_here(&medium.region_code) => {}
                _ => errors.add(pointer("/media_id"), "unknown_media", "没有这个视频或图片，请重新选择。"),
            },
            (None, Some(article_id)) => {
                let article = knowledge.state.articles.iter().find(|article| article.id == article_id);
                let fits = article.is_some_and(|article| article.region_code.as_deref().is_none_or(is_here));
                if !fits {
                    let message = "没有这篇已发布的文章，请从文章列表中选择。";
                    errors.add(pointer("/article_id"), "unknown_article", message);
                }
            }
            _ => errors.add(pointer(""), "bad_item", "每一项请在视频、图片和文章中选择一个。"),
        }
    }
    Ok(change)
}

/// Whether a region holds one of those the caller acts in: what is for a city is for its streets.
fn holds_any(state: &AppState, scope: &RegionScope, above: &str) -> bool {
    let tree = state.regions.current();
    scope.granted().iter().any(|granted| tree.is_within(granted, above))
}

async fn media_of(
    connection: &impl ConnectionTrait,
    items: &[PlaylistEntry],
) -> ApiResult<HashMap<Uuid, media::Model>> {
    let ids: BTreeSet<Uuid> = items.iter().filter_map(|item| item.media_id).collect();
    let rows = media::Entity::find().filter(media::Column::Id.is_in(ids)).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

async fn put_items(
    transaction: &DatabaseTransaction,
    playlist_id: Uuid,
    items: &[PlaylistEntry],
) -> ApiResult<()> {
    playlist_item::Entity::delete_many()
        .filter(playlist_item::Column::PlaylistId.eq(playlist_id))
        .exec(transaction)
        .await?;
    let rows = (0..).zip(items).map(|(position, item)| {
        playlist_item::Model {
            playlist_id,
            position,
            media_id: item.media_id,
            article_id: item.article_id,
            duration_ms: item.duration_s.map(|duration_s| i64::from(duration_s) * 1_000),
        }
        .into_active_model()
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        playlist_item::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

fn knowledge(state: &AppState) -> Arc<Knowledge> {
    state.knowledge.at(state.clock.now())
}

async fn one(
    connection: &impl ConnectionTrait,
    knowledge: &Knowledge,
    row: playlist::Model,
) -> ApiResult<Playlist> {
    let mut told = told(connection, knowledge, vec![row]).await?;
    told.pop().ok_or_else(crate::screens::in_charge::not_found)
}

async fn told(
    connection: &impl ConnectionTrait,
    knowledge: &Knowledge,
    rows: Vec<playlist::Model>,
) -> ApiResult<Vec<Playlist>> {
    let items = playlist_item::Entity::find()
        .filter(playlist_item::Column::PlaylistId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(playlist_item::Column::Position)
        .all(connection)
        .await?;
    let mut entries: HashMap<Uuid, Vec<PlaylistEntry>> = HashMap::new();
    for item in items {
        entries.entry(item.playlist_id).or_default().push(PlaylistEntry {
            media_id: item.media_id,
            article_id: item.article_id,
            duration_s: item.duration_ms.and_then(|duration_ms| u32::try_from(duration_ms / 1_000).ok()),
        });
    }
    let all: Vec<PlaylistEntry> = entries.values().flatten().cloned().collect();
    let media = media_of(connection, &all).await?;
    let item = |entry: PlaylistEntry| {
        let article = entry.article_id.and_then(|id| knowledge.view.article(id));
        let medium = entry.media_id.and_then(|id| media.get(&id));
        PlaylistItem {
            title: article.map(|article| article.title.clone()).or_else(|| medium?.alt.clone()),
            shown: article.is_some() || medium.is_some(),
            media_id: entry.media_id,
            article_id: entry.article_id,
            duration_s: entry.duration_s,
        }
    };
    let playlist = |row: playlist::Model| Playlist {
        items: entries.remove(&row.id).unwrap_or_default().into_iter().map(item).collect(),
        id: row.id,
        region_code: row.region_code,
        name: row.name,
        version: row.version,
        created_at: *row.created_at,
        updated_at: *row.updated_at,
    };
    Ok(rows.into_iter().map(playlist).collect())
}
