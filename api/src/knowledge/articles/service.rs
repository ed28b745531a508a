use std::collections::BTreeSet;
use std::sync::Arc;

use entity::{article, service};
use serde_json::value::RawValue;

use super::dto::{
    ArticleDetail, ArticleHotline, ArticleKind, ArticleList, ArticleLiteracy, ArticleReview, ArticleSource,
    ArticleSummary, RelatedArticle,
};
use super::query::Cursor;
use crate::error::{ApiError, ApiResult};
use crate::http::ready::Ready;
use crate::knowledge::audience::EVERYONE;
use crate::knowledge::dto::TopicName;
use crate::knowledge::published::{Article, Knowledge};
use crate::knowledge::services;
use crate::regions::RegionTree;

/// Hotlines that an article names.
const MOST_HOTLINES: usize = 3;
const DEMO_NOTICE: &str = "这是示例文章，还没有经过医务人员审核，只供演示。";

/// Which articles somebody wants.
#[derive(Debug, Default)]
pub(in crate::knowledge) struct Filter<'f> {
    /// About one of these topics.
    pub(in crate::knowledge) topics: Option<BTreeSet<&'f str>>,
    /// For these people or for everyone.
    pub(in crate::knowledge) audience: Option<&'f str>,
    /// Of this kind.
    pub(in crate::knowledge) kind: Option<article::Kind>,
    /// For this region, one above it, or everywhere.
    pub(in crate::knowledge) region: Option<&'f str>,
}

impl Filter<'_> {
    pub(in crate::knowledge) fn admits(&self, article: &Article, regions: &RegionTree) -> bool {
        let about = |topics: &BTreeSet<&str>| article.topics.iter().any(|id| topics.contains(id.as_str()));
        let meant =
            |audience: &str| article.audiences.iter().any(|known| known == audience || known == EVERYONE);
        let here =
            |region: &str| article.region_code.as_deref().is_none_or(|code| regions.is_within(region, code));
        self.topics.as_ref().is_none_or(about)
            && self.audience.is_none_or(meant)
            && self.kind.is_none_or(|kind| kind == article.kind)
            && self.region.is_none_or(here)
    }
}

/// One page of the newest articles.
pub(super) fn newest(
    knowledge: &Knowledge,
    regions: &RegionTree,
    filter: &Filter<'_>,
    after: Option<Cursor>,
    limit: usize,
) -> ArticleList {
    let mut wanted: Vec<&Arc<Article>> = knowledge
        .view
        .articles
        .iter()
        .filter(|article| after.is_none_or(|after| Cursor::of(article) < after))
        .filter(|article| filter.admits(article, regions))
        .take(limit + 1)
        .collect();
    let is_last = wanted.len() <= limit;
    wanted.truncate(limit);
    let next = if is_last { None } else { wanted.last().map(|last| Cursor::of(last).text()) };
    let items = wanted.into_iter().map(|article| summary(knowledge, article)).collect();
    ArticleList { items, next, similar: false }
}

/// One page of articles that were found, in the order of their matches.
pub(super) fn found(
    knowledge: &Knowledge,
    regions: &RegionTree,
    filter: &Filter<'_>,
    ids: impl Iterator<Item = i32>,
    offset: usize,
    limit: usize,
) -> ArticleList {
    let mut wanted: Vec<&Arc<Article>> = ids
        .filter_map(|id| knowledge.view.article(id))
        .filter(|article| filter.admits(article, regions))
        .skip(offset)
        .take(limit + 1)
        .collect();
    let is_last = wanted.len() <= limit;
    wanted.truncate(limit);
    let next = (!is_last).then(|| (offset + limit).to_string());
    let items = wanted.into_iter().map(|article| summary(knowledge, article)).collect();
    ArticleList { items, next, similar: false }
}

/// What a list shows of an article.
pub(in crate::knowledge) fn summary(knowledge: &Knowledge, article: &Article) -> ArticleSummary {
    ArticleSummary {
        slug: article.slug.clone(),
        kind: ArticleKind::from(article.kind),
        title: article.title.clone(),
        elder_summary: article.elder_summary.clone(),
        cover_url: article.cover_url.clone(),
        topics: TopicName::of(&knowledge.state.topics, &article.topics),
        audiences: article.audiences.clone(),
        region_code: article.region_code.clone(),
        published_at: article.first_published_at,
        updated_at: article.published_at,
        demo: article.demo,
    }
}

/// The answer about one article; written once for each state, unless it is asked for by a former slug.
pub(super) fn ready(knowledge: &Knowledge, slug: &str, public_url: Option<&str>) -> ApiResult<Ready> {
    let (article, kept) = knowledge.view.article_by_slug(slug).ok_or_else(no_such_article)?;
    if article.slug != slug {
        return Ready::json(&detail(knowledge, article, Some(article.slug.clone()), public_url));
    }
    if let Some(ready) = kept.get() {
        return Ok(ready.clone());
    }
    let ready = Ready::json(&detail(knowledge, article, None, public_url))?;
    Ok(kept.get_or_init(|| ready).clone())
}

/// The number of the public article with this slug.
pub(super) fn id_of(knowledge: &Knowledge, slug: &str) -> ApiResult<i32> {
    let (article, _) = knowledge.view.article_by_slug(slug).ok_or_else(no_such_article)?;
    Ok(article.id)
}

fn detail(
    knowledge: &Knowledge,
    article: &Article,
    moved_to: Option<String>,
    public_url: Option<&str>,
) -> ArticleDetail {
    ArticleDetail {
        summary: summary(knowledge, article),
        moved_to,
        notice: article.demo.then(|| DEMO_NOTICE.to_owned()),
        revision: article.number,
        body_html: with_whole_addresses(&article.body_html, public_url),
        body_blocks: copy(&article.body_blocks),
        audio_url: article.audio_url.clone(),
        video_url: article.video_url.clone(),
        video_transcript: article.video_transcript.clone(),
        source: ArticleSource {
            name: article.source_name.clone(),
            edition: article.source_edition.clone(),
            url: article.source_url.clone(),
        },
        review: ArticleReview {
            reviewer: article.medical_reviewer.clone(),
            reviewed_on: article.reviewed_on,
            review_by: article.review_by,
        },
        literacy: article
            .literacy_edition
            .map(|edition| ArticleLiteracy { edition, items: article.literacy_items.clone() }),
        quiz: article.quiz.as_deref().map(copy),
        related: related(knowledge, article),
        hotlines: hotlines(knowledge, article),
    }
}

/// Rich text loads pictures from the network only, and knows no address that leaves out the server.
fn with_whole_addresses(html: &str, public_url: Option<&str>) -> String {
    match public_url {
        Some(url) => html.replace("src=\"/media/", &format!("src=\"{}/media/", url.trim_end_matches('/'))),
        None => html.to_owned(),
    }
}

fn copy(json: &RawValue) -> Box<RawValue> {
    json.to_owned()
}

/// An article that is not public any more is not pointed to.
fn related(knowledge: &Knowledge, article: &Article) -> Vec<RelatedArticle> {
    let public = article.related.iter().filter_map(|id| knowledge.view.article(*id));
    public
        .map(|other| RelatedArticle {
            slug: other.slug.clone(),
            title: other.title.clone(),
            cover_url: other.cover_url.clone(),
        })
        .collect()
}

fn hotlines(knowledge: &Knowledge, article: &Article) -> Vec<ArticleHotline> {
    let topics = &knowledge.state.topics;
    knowledge
        .state
        .services
        .iter()
        .filter(|known| known.row.kind == service::Kind::Hotline)
        .filter(|known| article.topics.iter().any(|id| services::helps_with(topics, known, id)))
        .filter_map(|known| {
            Some(ArticleHotline {
                id: known.row.id.clone(),
                title: known.row.title.clone(),
                phone: known.row.phone.clone()?,
            })
        })
        .take(MOST_HOTLINES)
        .collect()
}

fn no_such_article() -> ApiError {
    ApiError::NotFound {
        code: "article_not_found",
        detail: "没有找到这篇文章，它可能已经下线，请返回列表看看别的。".into(),
    }
}
