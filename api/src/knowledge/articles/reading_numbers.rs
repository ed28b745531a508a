//! How often articles are read, for workers: by article and community, without anybody's name.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};
use entity::{article_draft, reading_count, region};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiResult;
use crate::http::parameters::{self, Limit, given, wrong};
use crate::knowledge::publishing::worker::Worker;
use crate::opening::CivilTime;
use crate::regions::{self, RegionScope};
use crate::state::AppState;

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };
/// Days that are counted where no first day is given.
const USUAL_DAYS: u64 = 30;

/// Which readings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReadingsParameters {
    /// First day; thirty days ago where it is missing.
    #[param(value_type = Option<NaiveDate>, example = "2026-11-01")]
    pub(super) from: Option<String>,
    /// Last day itself; today where it is missing.
    #[param(value_type = Option<NaiveDate>, example = "2026-11-30")]
    pub(super) to: Option<String>,
    /// Only readers in this region and below.
    #[param(example = "440307009001")]
    pub(super) region: Option<String>,
    /// Only this article, by its number.
    #[param(value_type = Option<i32>)]
    pub(super) article: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most articles of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

/// How often articles were read, the most read first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadingNumbersList {
    pub(super) items: Vec<ReadingNumbers>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
}

/// How often one article was read. Everybody counts once a day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadingNumbers {
    /// Number of the article.
    pub(super) id: i32,
    pub(super) title: String,
    #[serde(flatten)]
    pub(super) counts: Counts,
    #[schema(example = "读过 12 人次，读完 5 人次，转发 3 人次")]
    pub(super) text: String,
    /// The same by community, the most first.
    pub(super) regions: Vec<RegionReadings>,
}

/// Readers by what they did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReadingCounts)]
pub(super) struct Counts {
    pub(super) read: i64,
    /// Came to its end.
    pub(super) finished: i64,
    /// Passed it on.
    pub(super) shared: i64,
}

/// Readers of one region.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RegionReadings {
    /// `null` for readers who told none.
    pub(super) region_code: Option<String>,
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) counts: Counts,
}

#[derive(Debug, FromQueryResult)]
struct Row {
    article_id: i32,
    region_code: String,
    read: i64,
    finished: i64,
    shared: i64,
}

/// One page.
pub(super) async fn page(
    state: &AppState,
    worker: &Worker,
    parameters: &ReadingsParameters,
) -> ApiResult<ReadingNumbersList> {
    let today = CivilTime::new(state.clock.now(), None).date();
    let to = day("to", parameters.to.as_deref())?.unwrap_or(today);
    let usual = to.checked_sub_days(Days::new(USUAL_DAYS)).unwrap_or(to);
    let from = day("from", parameters.from.as_deref())?.unwrap_or(usual);
    if from > to {
        return Err(wrong("from", "第一天不能晚于最后一天。"));
    }
    let limit = parameters::limit(parameters.limit.as_deref(), LIST_LIMIT)?;
    let offset = super::query::offset(parameters.cursor.as_deref())?;
    let rows = rows(state, worker, parameters, (from, to)).await?;
    let names = region_names(state).await?;
    let mut all = by_article(rows, &names);
    all.sort_by_key(|(id, counts, _)| (std::cmp::Reverse(counts.read), *id));
    let more = all.len() > offset.saturating_add(limit);
    let shown: Vec<_> = all.into_iter().skip(offset).take(limit).collect();
    let titles = titles(state, shown.iter().map(|(id, ..)| *id).collect()).await?;
    let items = shown.into_iter().map(|(id, counts, regions)| ReadingNumbers {
        id,
        title: titles.get(&id).cloned().unwrap_or_default(),
        text: format!(
            "读过 {} 人次，读完 {} 人次，转发 {} 人次",
            counts.read, counts.finished, counts.shared
        ),
        counts,
        regions,
    });
    let next = more.then(|| (offset + limit).to_string());
    Ok(ReadingNumbersList { items: items.collect(), next, from, to })
}

/// Sums by article and region, of readers in the regions of the worker.
async fn rows(
    state: &AppState,
    worker: &Worker,
    parameters: &ReadingsParameters,
    (from, to): (NaiveDate, NaiveDate),
) -> ApiResult<Vec<Row>> {
    let mut codes: Vec<String> = worker.scope.codes().map(str::to_owned).collect();
    let wanted = regions::asked(&state.regions.current(), parameters.region.as_deref())?;
    match wanted {
        Some(region) => {
            let within = RegionScope::new(state.regions.current(), [region.to_owned()]);
            codes.retain(|code| within.covers(code));
        }
        // Readers who told no region belong to nobody in particular.
        None if worker.scope.is_everywhere() => codes.push(String::new()),
        None => {}
    }
    let mut condition = Condition::all()
        .add(reading_count::Column::RegionCode.is_in(codes))
        .add(reading_count::Column::Day.between(from, to));
    if let Some(article) = given(parameters.article.as_deref()) {
        let id: i32 = article.parse().map_err(|_not_a_number| wrong("article", "请填写文章的编号。"))?;
        condition = condition.add(reading_count::Column::ArticleId.eq(id));
    }
    let sum = |column: reading_count::Column| -> SimpleExpr { Expr::col(column).sum().cast_as("bigint") };
    Ok(reading_count::Entity::find()
        .select_only()
        .column(reading_count::Column::ArticleId)
        .column(reading_count::Column::RegionCode)
        .column_as(sum(reading_count::Column::Count), "read")
        .column_as(sum(reading_count::Column::FinishedCount), "finished")
        .column_as(sum(reading_count::Column::SharedCount), "shared")
        .filter(condition)
        .group_by(reading_count::Column::ArticleId)
        .group_by(reading_count::Column::RegionCode)
        .into_model::<Row>()
        .all(state.database.reader())
        .await?)
}

fn by_article(rows: Vec<Row>, names: &HashMap<String, String>) -> Vec<(i32, Counts, Vec<RegionReadings>)> {
    let mut articles: BTreeMap<i32, (Counts, Vec<RegionReadings>)> = BTreeMap::new();
    for row in rows {
        let (sum, regions) = articles.entry(row.article_id).or_default();
        let counts = Counts { read: row.read, finished: row.finished, shared: row.shared };
        sum.read += counts.read;
        sum.finished += counts.finished;
        sum.shared += counts.shared;
        let region_code = Some(row.region_code).filter(|code| !code.is_empty());
        let name = region_code.as_ref().and_then(|code| names.get(code)).cloned();
        let name = name.unwrap_or_else(|| "没有选择社区的读者".to_owned());
        regions.push(RegionReadings { region_code, name, counts });
    }
    articles
        .into_iter()
        .map(|(id, (counts, mut regions))| {
            regions.sort_by_key(|region| std::cmp::Reverse(region.counts.read));
            (id, counts, regions)
        })
        .collect()
}

async fn region_names(state: &AppState) -> ApiResult<HashMap<String, String>> {
    let rows: Vec<(String, String)> = region::Entity::find()
        .select_only()
        .column(region::Column::Code)
        .column(region::Column::Name)
        .into_tuple()
        .all(state.database.reader())
        .await?;
    Ok(rows.into_iter().collect())
}

/// What the articles are called: as residents read it, else as it is being written.
async fn titles(state: &AppState, ids: Vec<i32>) -> ApiResult<HashMap<i32, String>> {
    let knowledge = state.knowledge.at(state.clock.now());
    let drafts: Vec<(i32, String)> = article_draft::Entity::find()
        .select_only()
        .column(article_draft::Column::ArticleId)
        .column(article_draft::Column::Title)
        .filter(article_draft::Column::ArticleId.is_in(ids))
        .into_tuple()
        .all(state.database.reader())
        .await?;
    let titled = drafts.into_iter().map(|(id, title)| {
        let public = knowledge.view.article(id).map(|article| article.title.clone());
        (id, public.unwrap_or(title))
    });
    Ok(titled.collect())
}

fn day(name: &str, text: Option<&str>) -> ApiResult<Option<NaiveDate>> {
    given(text)
        .map(|text| text.parse().map_err(|_not_a_day| wrong(name, "请填写日期，例如 2026-11-01。")))
        .transpose()
}
