//! Everything that decides what one screen plays, read from the database.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use entity::{
    media, media_variant, playlist, playlist_item, screen, screen_emergency, screen_group_member,
    screen_slot, screen_slot_exception, screen_slot_group, screen_slot_screen,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::schedule::{Days, Rank, Schedule, Slot};
use crate::error::ApiResult;
use crate::knowledge::published::Article;
use crate::state::AppState;

/// Zone of screens whose region names none that is known.
const USUAL_ZONE: Tz = chrono_tz::Asia::Shanghai;
/// How long pictures and cards are shown where nobody said: long enough to be read from a bench.
const PICTURE: TimeDelta = TimeDelta::seconds(12);
const CARD: TimeDelta = TimeDelta::seconds(20);
/// Characters of a card's text where the article has no summary; as many as a summary may have.
const SUMMARY_CHARS: usize = 80;

/// What one screen could play.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) screen: screen::Model,
    /// Slots whose playlist has something to show.
    pub(super) schedule: Schedule,
    /// Slots whose playlist has nothing to show now; whatever comes after them plays instead.
    pub(super) empty_slots: Vec<Slot>,
    /// Playlists with something to show, by id.
    pub(super) playlists: BTreeMap<Uuid, Playlist>,
    /// What plays where no slot does, if it has something to show.
    pub(super) fallback: Option<Uuid>,
    /// Messages that are neither withdrawn nor over.
    pub(super) emergencies: Vec<screen_emergency::Model>,
}

/// A playlist with what of it may be shown.
#[derive(Debug)]
pub(super) struct Playlist {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) items: Vec<Item>,
}

/// One thing to show.
#[derive(Debug)]
pub(super) struct Item {
    /// What plays are reported under.
    pub(super) key: String,
    pub(super) content: Content,
    pub(super) duration: TimeDelta,
    /// Not before.
    pub(super) from: Option<DateTime<Utc>>,
    /// Not any more then.
    pub(super) until: Option<DateTime<Utc>>,
}

/// What an item shows.
#[derive(Debug)]
pub(super) enum Content {
    /// A file.
    Medium(File),
    /// The card of an article, with its cover.
    Card { article: Arc<Article>, cover: Option<File> },
}

/// A file that the player keeps.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) media_id: Uuid,
    pub(super) variant: String,
    pub(super) sha256: Vec<u8>,
    pub(super) size_bytes: i64,
    pub(super) content_type: String,
    pub(super) duration_ms: Option<i64>,
}

/// The key of an article's card.
pub(super) fn card_key(article_id: i32) -> String {
    format!("article-{article_id}")
}

/// The article whose card has this key.
pub(super) fn article_of_card(key: &str) -> Option<i32> {
    key.strip_prefix("article-")?.parse().ok()
}

impl Plan {
    /// Reads what a screen could play from `now` until `horizon`.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn load(
        state: &AppState,
        screen: screen::Model,
        now: DateTime<Utc>,
        horizon: DateTime<Utc>,
    ) -> ApiResult<Self> {
        let reader = state.database.reader();
        let zone = zone_of(state, &screen.region_code);
        let slots = slots_of(reader, screen.id, (now - TimeDelta::days(2)).date_naive()).await?;
        let wanted: BTreeSet<Uuid> =
            slots.iter().map(|slot| slot.playlist_id).chain(screen.default_playlist_id).collect();
        let playlists = playlists(state, &wanted, now, horizon).await?;
        let (slots, empty_slots) =
            slots.into_iter().partition(|slot| playlists.contains_key(&slot.playlist_id));
        Ok(Self {
            schedule: Schedule { zone, slots },
            empty_slots,
            fallback: screen.default_playlist_id.filter(|id| playlists.contains_key(id)),
            playlists,
            emergencies: emergencies(state, &screen, now).await?,
            screen,
        })
    }

    /// The message that is shown at an instant: the gravest, then the newest.
    pub(super) fn emergency(&self, at: DateTime<Utc>) -> Option<&screen_emergency::Model> {
        self.emergencies
            .iter()
            .filter(|message| *message.created_at <= at && at < *message.ends_at)
            .max_by_key(|message| (message.level, *message.created_at, message.id))
    }
}

/// The zone of a region.
pub(super) fn zone_of(state: &AppState, region_code: &str) -> Tz {
    let map = state.map.current();
    let named = map.regions.get(region_code).and_then(|region| region.time_zone.parse().ok());
    named.unwrap_or(USUAL_ZONE)
}

async fn slots_of(
    reader: &impl ConnectionTrait,
    screen_id: Uuid,
    ended_before: chrono::NaiveDate,
) -> ApiResult<Vec<Slot>> {
    let direct: BTreeSet<Uuid> = screen_slot_screen::Entity::find()
        .filter(screen_slot_screen::Column::ScreenId.eq(screen_id))
        .all(reader)
        .await?
        .into_iter()
        .map(|row| row.slot_id)
        .collect();
    let groups = screen_group_member::Entity::find()
        .filter(screen_group_member::Column::ScreenId.eq(screen_id))
        .all(reader)
        .await?;
    let through_groups = screen_slot_group::Entity::find()
        .filter(screen_slot_group::Column::GroupId.is_in(groups.iter().map(|row| row.group_id)))
        .all(reader)
        .await?;
    let ids: BTreeSet<Uuid> =
        direct.iter().copied().chain(through_groups.into_iter().map(|row| row.slot_id)).collect();
    let not_over = Condition::any()
        .add(screen_slot::Column::LastDay.is_null())
        .add(screen_slot::Column::LastDay.gte(ended_before));
    let rows = screen_slot::Entity::find()
        .filter(screen_slot::Column::Id.is_in(ids.iter().copied()))
        .filter(not_over)
        .order_by_asc(screen_slot::Column::Id)
        .all(reader)
        .await?;
    let mut exceptions: HashMap<Uuid, BTreeSet<chrono::NaiveDate>> = HashMap::new();
    let listed = screen_slot_exception::Entity::find()
        .filter(screen_slot_exception::Column::SlotId.is_in(ids))
        .all(reader)
        .await?;
    for row in listed {
        exceptions.entry(row.slot_id).or_default().insert(row.on_date);
    }
    let slot = |row: screen_slot::Model| Slot {
        days: Days {
            weekdays: row.weekdays.unsigned_abs(),
            first: row.first_day,
            last: row.last_day,
            except: exceptions.remove(&row.id).unwrap_or_default(),
            holidays: row.holidays,
        },
        begins_min: row.begins_min.unsigned_abs(),
        ends_min: row.ends_min.unsigned_abs(),
        rank: Rank {
            priority: row.priority,
            direct: direct.contains(&row.id),
            created_at: *row.created_at,
            id: row.id,
        },
        id: row.id,
        name: row.name,
        playlist_id: row.playlist_id,
    };
    Ok(rows.into_iter().map(slot).collect())
}

/// What of some playlists may be shown between two instants; those that have nothing are left out.
pub(super) async fn playlists(
    state: &AppState,
    ids: &BTreeSet<Uuid>,
    now: DateTime<Utc>,
    horizon: DateTime<Utc>,
) -> ApiResult<BTreeMap<Uuid, Playlist>> {
    let reader = state.database.reader();
    let rows = playlist::Entity::find()
        .filter(playlist::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(playlist::Column::Id)
        .all(reader)
        .await?;
    let items = playlist_item::Entity::find()
        .filter(playlist_item::Column::PlaylistId.is_in(ids.iter().copied()))
        .order_by_asc(playlist_item::Column::PlaylistId)
        .order_by_asc(playlist_item::Column::Position)
        .all(reader)
        .await?;
    let shown = Shown::load(state, &items, now, horizon).await?;
    let mut playlists: BTreeMap<Uuid, Playlist> = rows
        .into_iter()
        .map(|row| (row.id, Playlist { id: row.id, name: row.name, items: Vec::new() }))
        .collect();
    for row in items {
        if let Some(playlist) = playlists.get_mut(&row.playlist_id) {
            playlist.items.extend(shown.items(&row));
        }
    }
    playlists.retain(|_, playlist| !playlist.items.is_empty());
    Ok(playlists)
}

/// What items show, by id.
struct Shown {
    media: HashMap<Uuid, media::Model>,
    /// The public revisions of each article, one after the other.
    articles: HashMap<i32, Vec<Arc<Article>>>,
    /// By the release of a revision.
    covers: HashMap<i32, File>,
}

impl Shown {
    async fn load(
        state: &AppState,
        items: &[playlist_item::Model],
        now: DateTime<Utc>,
        horizon: DateTime<Utc>,
    ) -> ApiResult<Self> {
        let reader = state.database.reader();
        let media = media::Entity::find()
            .filter(media::Column::Id.is_in(items.iter().filter_map(|item| item.media_id)))
            .all(reader)
            .await?;
        let wanted: BTreeSet<i32> = items.iter().filter_map(|item| item.article_id).collect();
        let knowledge = state.knowledge.at(now);
        let mut public: Vec<&Arc<Article>> = knowledge
            .state
            .articles
            .iter()
            .filter(|article| wanted.contains(&article.id))
            .filter(|article| article.published_at < horizon)
            .filter(|article| article.ends_at.is_none_or(|ends_at| now < ends_at))
            .collect();
        public.sort_by_key(|article| (article.published_at, article.release_id));
        let covers = covers(reader, &public).await?;
        let mut articles: HashMap<i32, Vec<Arc<Article>>> = HashMap::new();
        for article in public {
            articles.entry(article.id).or_default().push(Arc::clone(article));
        }
        Ok(Self { covers, media: media.into_iter().map(|row| (row.id, row)).collect(), articles })
    }

    /// What a row shows: a medium, or the card of an article, once for each revision that becomes public
    /// before the horizon.
    fn items(&self, row: &playlist_item::Model) -> Vec<Item> {
        let given = row.duration_ms.map(TimeDelta::milliseconds);
        let revisions = row.article_id.and_then(|id| self.articles.get(&id)).into_iter().flatten();
        let cards = revisions.map(|article| Item {
            key: card_key(article.id),
            duration: given.unwrap_or(CARD),
            from: Some(article.published_at),
            until: article.ends_at,
            content: Content::Card {
                article: Arc::clone(article),
                cover: self.covers.get(&article.release_id).cloned(),
            },
        });
        let medium = row.media_id.and_then(|id| self.media.get(&id)).map(|medium| {
            let own = medium.duration_ms.map(TimeDelta::milliseconds);
            Item {
                key: medium.id.to_string(),
                duration: given.or(own).unwrap_or(PICTURE),
                from: None,
                until: None,
                content: Content::Medium(File::original(medium)),
            }
        });
        cards.chain(medium).collect()
    }
}

impl File {
    fn original(medium: &media::Model) -> Self {
        Self {
            media_id: medium.id,
            variant: "original".to_owned(),
            sha256: medium.sha256.clone(),
            size_bytes: medium.size_bytes,
            content_type: medium.content_type.clone(),
            duration_ms: medium.duration_ms,
        }
    }

    /// What the manifest calls it.
    pub(super) fn key(&self) -> String {
        if self.variant == "original" {
            self.media_id.to_string()
        } else {
            format!("{}-{}", self.media_id, self.variant)
        }
    }

    /// Where it is served.
    pub(super) fn url(&self) -> String {
        format!("/media/{}/{}", self.media_id, self.variant)
    }
}

/// The covers of articles that are media of this server, by release.
async fn covers(reader: &impl ConnectionTrait, articles: &[&Arc<Article>]) -> ApiResult<HashMap<i32, File>> {
    let wanted: Vec<(i32, Uuid, String)> = articles
        .iter()
        .filter_map(|article| {
            let (media_id, variant) = media_of(article.cover_url.as_deref()?)?;
            Some((article.release_id, media_id, variant.to_owned()))
        })
        .collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: BTreeSet<Uuid> = wanted.iter().map(|(_, media_id, _)| *media_id).collect();
    let originals = media::Entity::find()
        .filter(media::Column::Id.is_in(ids.iter().copied()))
        .filter(media::Column::Kind.eq(media::Kind::Image))
        .all(reader)
        .await?;
    let variants =
        media_variant::Entity::find().filter(media_variant::Column::MediaId.is_in(ids)).all(reader).await?;
    let mut files: HashMap<(Uuid, String), File> =
        originals.iter().map(|medium| ((medium.id, "original".to_owned()), File::original(medium))).collect();
    files.extend(variants.into_iter().map(|row| {
        let file = File {
            media_id: row.media_id,
            variant: row.name.clone(),
            sha256: row.sha256,
            size_bytes: row.size_bytes,
            content_type: row.content_type,
            duration_ms: None,
        };
        ((row.media_id, row.name), file)
    }));
    let found = wanted.into_iter().filter_map(|(article_id, media_id, variant)| {
        Some((article_id, files.get(&(media_id, variant))?.clone()))
    });
    Ok(found.collect())
}

/// Medium and variant of an address of this server; a cover elsewhere is not shown on screens, which load
/// nothing from strangers.
fn media_of(url: &str) -> Option<(Uuid, &str)> {
    let path = url.split_once("/media/").filter(|(before, _)| before.is_empty())?.1;
    let (id, variant) = path.split_once('/')?;
    Some((id.parse().ok()?, variant))
}

/// The text of a card: the summary that is meant to be read aloud, else the beginning of the article.
pub(super) fn card_text(article: &Article) -> String {
    if !article.elder_summary.is_empty() {
        return article.elder_summary.clone();
    }
    let begin: String = article.body_text.lines().collect::<Vec<_>>().join(" ");
    if begin.chars().count() <= SUMMARY_CHARS {
        return begin;
    }
    begin.chars().take(SUMMARY_CHARS - 1).chain(['…']).collect()
}

async fn emergencies(
    state: &AppState,
    screen: &screen::Model,
    now: DateTime<Utc>,
) -> ApiResult<Vec<screen_emergency::Model>> {
    let tree = state.regions.current();
    let for_it = Condition::any()
        .add(screen_emergency::Column::ScreenId.is_null())
        .add(screen_emergency::Column::ScreenId.eq(screen.id));
    let rows = screen_emergency::Entity::find()
        .filter(screen_emergency::Column::RegionCode.is_in(tree.upward(&screen.region_code)))
        .filter(for_it)
        .filter(screen_emergency::Column::WithdrawnAt.is_null())
        .filter(screen_emergency::Column::EndsAt.gt(now.timestamp_millis()))
        .order_by_asc(screen_emergency::Column::Id)
        .all(state.database.reader())
        .await?;
    Ok(rows)
}
