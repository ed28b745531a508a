//! Which items of 中国公民健康素养——基本知识与技能 (66条) something can be read about, for workers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::content::LITERACY_ITEMS;
use super::service::Filter;
use crate::error::ApiResult;
use crate::http::parameters::{given, wrong};
use crate::knowledge::published::Article;
use crate::regions;
use crate::state::AppState;

/// The edition that is told where no article names any.
const PRESENT_EDITION: i32 = 2024;

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CoverageParameters {
    /// Year of the edition, since each numbers its items anew; the newest that an article names by default.
    #[param(value_type = Option<i32>, minimum = 2000, maximum = 2100, example = 2024)]
    pub(super) edition: Option<String>,
    /// Only what readers in this region see: articles for it, for those above it and for everywhere.
    #[param(example = "440307009001")]
    pub(super) region: Option<String>,
}

/// The 66 items of one edition with the articles that are public now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LiteracyCoverage {
    pub(super) edition: i32,
    /// All items by their numbers.
    pub(super) items: Vec<CoveredItem>,
    /// Always null: all items come at once.
    pub(super) next: Option<String>,
    /// How many items have an article.
    pub(super) covered: usize,
    /// Numbers of the items that have none.
    pub(super) missing: Vec<i32>,
    /// Every edition that public articles name, the newest first.
    pub(super) editions: Vec<EditionCount>,
    #[schema(example = "66条（2024年版）中有 15 条已有文章，51 条还没有。")]
    pub(super) text: String,
}

/// One item.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CoveredItem {
    pub(super) number: i32,
    /// How many articles are about it.
    pub(super) count: usize,
    pub(super) articles: Vec<CoveringArticle>,
}

/// An article that is about an item.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct CoveringArticle {
    /// Number of the article.
    pub(super) id: i32,
    pub(super) slug: String,
    pub(super) title: String,
}

/// How many articles name items of one edition.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EditionCount {
    pub(super) edition: i32,
    pub(super) articles: usize,
}

/// What can be read now about each item.
pub(super) fn of(state: &AppState, parameters: &CoverageParameters) -> ApiResult<LiteracyCoverage> {
    let asked = given(parameters.edition.as_deref()).map(edition).transpose()?;
    let region = regions::asked(&state.regions.current(), parameters.region.as_deref())?;
    let filter = Filter { topics: None, audience: None, kind: None, region };
    let (knowledge, regions) = (state.knowledge.at(state.clock.now()), state.regions.current());
    let shown = knowledge.view.articles.iter().filter(|article| filter.admits(article, &regions));
    let numbered: Vec<&Arc<Article>> = shown.filter(|article| !article.literacy_items.is_empty()).collect();
    let mut editions: BTreeMap<i32, usize> = BTreeMap::new();
    for edition in numbered.iter().filter_map(|article| article.literacy_edition) {
        *editions.entry(edition).or_default() += 1;
    }
    let newest = editions.keys().next_back().copied();
    let edition = asked.or(newest).unwrap_or(PRESENT_EDITION);
    let items = items(numbered.into_iter().filter(|article| article.literacy_edition == Some(edition)));
    let missing: Vec<i32> = items.iter().filter(|item| item.count == 0).map(|item| item.number).collect();
    let covered = items.len() - missing.len();
    Ok(LiteracyCoverage {
        edition,
        text: format!("66条（{edition}年版）中有 {covered} 条已有文章，{} 条还没有。", missing.len()),
        items,
        next: None,
        covered,
        missing,
        editions: editions
            .into_iter()
            .rev()
            .map(|(edition, articles)| EditionCount { edition, articles })
            .collect(),
    })
}

fn items<'a>(articles: impl Iterator<Item = &'a Arc<Article>>) -> Vec<CoveredItem> {
    let mut about: BTreeMap<i32, Vec<CoveringArticle>> = BTreeMap::new();
    for article in articles {
        let told =
            CoveringArticle { id: article.id, slug: article.slug.clone(), title: article.title.clone() };
        let numbers: BTreeSet<i32> = article.literacy_items.iter().copied().collect();
        for number in numbers {
            about.entry(number).or_default().push(told.clone());
        }
    }
    LITERACY_ITEMS
        .map(|number| {
            let articles = about.remove(&number).unwrap_or_default();
            CoveredItem { number, count: articles.len(), articles }
        })
        .collect()
}

fn edition(text: &str) -> ApiResult<i32> {
    let year = text.parse().ok().filter(|year| (2000..=2100).contains(year));
    year.ok_or_else(|| wrong("edition", "请填写 66 条的版本年份，例如 2024。"))
}
