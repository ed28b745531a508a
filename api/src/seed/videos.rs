//! The first videos, each with its poster and transcript and an article that shows it, and a first screen that
//! plays them (`seeds/videos/`).

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{article_slug, knowledge_revision, region, topic};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::knowledge::article;
use crate::error::ApiResult;
use crate::knowledge::articles::write::{self, ArticleDraft, Media, Term};
use crate::knowledge::revision::{self, Changed};
use crate::media::{MediaStore, Origin, Texts, keep_picture, keep_video};
use crate::screens::{self, SeedScreen};

/// A video with everything that belongs to it.
struct Seed {
    file: &'static [u8],
    poster: &'static [u8],
    /// What its slides say.
    slides: &'static str,
    article: &'static str,
}

macro_rules! seed {
    ($name:literal) => {
        Seed {
            file: include_bytes!(concat!("../../../seeds/videos/", $name, ".mp4")),
            poster: include_bytes!(concat!("../../../seeds/videos/", $name, ".jpg")),
            slides: include_str!(concat!("../../../seeds/videos/", $name, ".txt")),
            article: include_str!(concat!("../../../seeds/videos/", $name, ".md")),
        }
    };
}

const SEEDS: [Seed; 3] =
    [seed!("01-less-salt"), seed!("02-blood-pressure-at-home"), seed!("03-move-every-week")];

/// Street whose staff may change what is planted; where there is none, the region above all.
const STREET: &str = "440307009000";

/// Plants the videos where there are topics and none of the videos ever was; whether it did.
///
/// # Errors
/// When the database or the file store fails.
pub async fn videos_if_missing(media: &MediaStore) -> ApiResult<bool> {
    let database = media.database();
    let (first, _) = article(SEEDS[0].article)?;
    let planted = article_slug::Entity::find_by_id(first.slug).count(database.reader()).await? > 0;
    if planted || topic::Entity::find().count(database.reader()).await? == 0 {
        return Ok(false);
    }
    let Some(region_code) = region_code(media).await? else {
        return Ok(false);
    };
    let mut kept = Vec::new();
    for seed in &SEEDS {
        kept.push(keep(media, seed, &region_code).await?);
    }
    let (now, ids) = (media.now(), [media.new_id(), media.new_id()]);
    let written = database.write(move |transaction| {
        let (kept, region_code) = (kept.clone(), region_code.clone());
        Box::pin(async move { plant(transaction, &kept, region_code, ids, now).await })
    });
    written.await
}

/// An article and the media it shows.
#[derive(Clone)]
struct Kept {
    draft: ArticleDraft,
    related: Vec<String>,
    media: Media,
}

async fn region_code(media: &MediaStore) -> ApiResult<Option<String>> {
    let reader = media.database().reader();
    if region::Entity::find_by_id(STREET).one(reader).await?.is_some() {
        return Ok(Some(STREET.to_owned()));
    }
    let root = region::Entity::find()
        .filter(region::Column::ParentCode.is_null())
        .order_by_asc(region::Column::Code)
        .one(reader)
        .await?;
    Ok(root.map(|root| root.code))
}

async fn keep(media: &MediaStore, seed: &Seed, region_code: &str) -> ApiResult<Kept> {
    let (draft, related) = article(seed.article)?;
    let origin = || Origin { region_code: region_code.to_owned(), uploaded_by: None, event: None };
    let alt = Some(draft.title.clone());
    let poster = Texts { alt: alt.clone(), ..Texts::default() };
    let poster = keep_picture(media, seed.poster.to_vec(), origin(), poster).await?.medium.id;
    let texts = Texts { alt, transcript: Some(seed.slides.trim().to_owned()), poster_id: Some(poster) };
    let video = keep_video(media, seed.file.to_vec(), origin(), texts).await?.medium.id;
    Ok(Kept { draft, related, media: Media { cover: Some(poster), audio: None, video: Some(video) } })
}

async fn plant(
    transaction: &DatabaseTransaction,
    kept: &[Kept],
    region_code: String,
    [screen_id, playlist_id]: [Uuid; 2],
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    // Replicas that start together take turns on this row; the second finds the work done.
    knowledge_revision::Entity::update_many()
        .col_expr(knowledge_revision::Column::Revision, Expr::col(knowledge_revision::Column::Revision))
        .exec(transaction)
        .await?;
    let slugs: Vec<&str> = kept.iter().map(|one| one.draft.slug.as_str()).collect();
    let known = article_slug::Column::Slug.is_in(slugs);
    if article_slug::Entity::find().filter(known).count(transaction).await? > 0 {
        return Ok(false);
    }
    // Behind the articles, which say more.
    let term = Term { published_at: now - TimeDelta::hours(1), expire_at: None };
    let mut articles = Vec::new();
    for one in kept {
        let added = write::add_with_media(transaction, &one.draft, one.media, term, now).await?;
        let wanted: BTreeSet<&str> = one.related.iter().map(String::as_str).collect();
        let related = article_slug::Entity::find()
            .filter(article_slug::Column::Slug.is_in(wanted.iter().copied()))
            .order_by_asc(article_slug::Column::ArticleId)
            .all(transaction)
            .await?;
        let related: Vec<i32> = related.into_iter().map(|slug| slug.article_id).collect();
        if related.len() != wanted.len() {
            let slug = &one.draft.slug;
            return Err(anyhow::anyhow!("an article that {slug} points to is missing").into());
        }
        write::relate(transaction, added.revision_id, &related).await?;
        articles.push(added.article_id);
    }
    write::reindex(transaction, &articles, now).await?;
    let videos = kept.iter().filter_map(|one| one.media.video).collect();
    let screen = SeedScreen {
        screen_id,
        playlist_id,
        region_code,
        screen: "街道办大厅显示屏（示例）".to_owned(),
        playlist: "健康短片（示例）".to_owned(),
        media: videos,
        articles,
    };
    screens::plant(transaction, screen, now).await?;
    revision::raise(transaction, Changed::Whole, now).await?;
    Ok(true)
}
