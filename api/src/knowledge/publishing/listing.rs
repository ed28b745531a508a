//! What workers find: the articles of their region and below, by state and by words.

use chrono::{DateTime, Utc};
use entity::{article, article_draft};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
};
use serde_json::Value;
use uuid::Uuid;

use super::dto::{ArticleDraftItem, ArticleDraftList, DraftsParameters};
use super::local_time::beijing;
use super::standing::Standing;
use super::worker::{Worker, names};
use crate::error::ApiResult;
use crate::http::parameters::{self, Limit, given, wrong};
use crate::knowledge::articles::dto::ArticleKind;
use crate::knowledge::articles::query;
use crate::regions;
use crate::state::AppState;

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };
/// Characters of a query that count.
const LONGEST_QUERY: usize = 64;

/// One page, what was saved last first.
pub(super) async fn page(
    state: &AppState,
    worker: &Worker,
    parameters: &DraftsParameters,
) -> ApiResult<ArticleDraftList> {
    let (reader, now) = (state.database.reader(), state.clock.now());
    let limit = parameters::limit(parameters.limit.as_deref(), LIST_LIMIT)?;
    let mut wanted =
        Condition::all().add(worker.articles()).add(state_condition(parameters.state.as_deref(), now)?);
    if let Some(kind) = query::kind(parameters.kind.as_deref())? {
        wanted = wanted.add(article::Column::Kind.eq(kind));
    }
    if let Some(region) = regions::asked(&state.regions.current(), parameters.region.as_deref())? {
        let scope = regions::RegionScope::new(state.regions.current(), [region.to_owned()]);
        wanted = wanted.add(article::Column::RegionCode.is_in(scope.codes()));
    }
    if let Some(typed) = given(parameters.q.as_deref()) {
        wanted = wanted.add(says(typed));
    }
    if let Some(after) = given(parameters.cursor.as_deref()).map(Cursor::read).transpose()? {
        wanted = wanted.add(after.condition());
    }
    let mut rows: Vec<(article_draft::Model, Option<article::Model>)> = article_draft::Entity::find()
        .select_also(article::Entity)
        .join(JoinType::InnerJoin, of_article())
        .filter(wanted)
        .order_by_desc(article_draft::Column::SavedAt)
        .order_by_desc(article_draft::Column::ArticleId)
        .limit(limit as u64 + 1)
        .all(reader)
        .await?;
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| !is_last).map(|(draft, _)| Cursor::of(draft).text());
    let ids: Vec<i32> = rows.iter().map(|(draft, _)| draft.article_id).collect();
    let standings = Standing::of_all(reader, &ids).await?;
    let names = names(reader, rows.iter().filter_map(|(draft, _)| draft.saved_by)).await?;
    let none = Standing::default();
    let items = rows.into_iter().filter_map(|(draft, article)| {
        let article = article?;
        let standing = standings.get(&article.id).unwrap_or(&none);
        Some(item(draft, article, standing, &names, now))
    });
    Ok(ArticleDraftList { items: items.collect(), next })
}

fn of_article() -> RelationDef {
    article_draft::Entity::belongs_to(article::Entity)
        .from(article_draft::Column::ArticleId)
        .to(article::Column::Id)
        .into()
}

fn item(
    draft: article_draft::Model,
    article: article::Model,
    standing: &Standing,
    names: &std::collections::HashMap<Uuid, String>,
    now: DateTime<Utc>,
) -> ArticleDraftItem {
    let (work, public) = (standing.work(&draft), standing.public(&article, now));
    ArticleDraftItem {
        id: article.id,
        kind: ArticleKind::from(article.kind),
        region_code: article.region_code,
        title: draft.title,
        work,
        work_text: work.text().to_owned(),
        public,
        public_text: public.text().to_owned(),
        saved_by: draft.saved_by.and_then(|id| names.get(&id)).cloned(),
        saved_at: beijing(draft.saved_at.0),
        schedule: standing.schedule_item(now),
    }
}

/// Holds every word that was typed, in its title or its text.
fn says(typed: &str) -> Condition {
    let typed: String = typed.chars().take(LONGEST_QUERY).collect();
    let words = typed.split_whitespace().map(|word| {
        let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        Expr::col((article_draft::Entity, article_draft::Column::PlainText))
            .like(LikeExpr::new(format!("%{escaped}%")).escape('\\'))
    });
    words.fold(Condition::all(), Condition::add)
}

/// The release that began last, and that nothing began after.
const DECIDING: &str = "r.article_id = article.id AND r.cancelled_at IS NULL AND r.published_at <= {now} \
     AND NOT EXISTS (SELECT 1 FROM article_release s WHERE s.article_id = r.article_id \
       AND s.cancelled_at IS NULL AND s.published_at <= {now} \
       AND (s.published_at > r.published_at OR (s.published_at = r.published_at AND s.id > r.id)))";

/// The newest review.
const NEWEST: &str = "v.article_id = article.id \
     AND NOT EXISTS (SELECT 1 FROM article_review w WHERE w.article_id = v.article_id AND w.id > v.id)";

/// The same as [`Standing::work`] and [`Standing::public`], where the database decides.
fn state_condition(text: Option<&str>, now: DateTime<Utc>) -> ApiResult<Condition> {
    let kept = Condition::all().add(article::Column::BinnedAt.is_null());
    let review = |state: &str| {
        format!("EXISTS (SELECT 1 FROM article_review v WHERE {NEWEST} AND v.state = '{state}')")
    };
    let released = "EXISTS (SELECT 1 FROM article_release r WHERE r.article_id = article.id \
         AND r.cancelled_at IS NULL AND r.number = article_draft.frozen_as)";
    let deciding =
        |ended: &str| format!("EXISTS (SELECT 1 FROM article_release r WHERE {DECIDING} AND {ended})");
    let waits = "EXISTS (SELECT 1 FROM article_release q WHERE q.article_id = article.id \
         AND q.cancelled_at IS NULL AND q.published_at > {now})";
    let expired = "(r.expire_at IS NOT NULL AND r.expire_at <= {now} \
         AND (r.withdrawn_at IS NULL OR r.withdrawn_at > r.expire_at))";
    let live =
        "(r.withdrawn_at IS NULL OR r.withdrawn_at > {now}) AND (r.expire_at IS NULL OR r.expire_at > {now})";
    let approved = format!(
        "EXISTS (SELECT 1 FROM article_review v WHERE {NEWEST} AND v.state = 'approved' \
           AND v.number = article_draft.frozen_as) AND NOT {released}"
    );
    let sql = match given(text) {
        None => return Ok(kept),
        Some("binned") => return Ok(Condition::all().add(article::Column::BinnedAt.is_not_null())),
        Some("in_review") => review("open"),
        Some("returned") => review("returned"),
        Some("approved") => approved,
        Some("draft") => format!(
            "NOT {} AND NOT {} AND NOT ({approved}) AND NOT {released}",
            review("open"),
            review("returned")
        ),
        Some("live") => deciding(live),
        Some("scheduled") => format!("{waits} AND NOT {}", deciding(live)),
        Some("expired") => format!("{} AND NOT {waits}", deciding(expired)),
        Some("withdrawn") => {
            format!("{} AND NOT {waits}", deciding(&format!("r.withdrawn_at <= {{now}} AND NOT {expired}")))
        }
        Some("never") => format!("NOT {waits} AND NOT {}", deciding("1 = 1")),
        Some(_) => return Err(wrong("state", "请从列表中选择状态，例如 draft 或 in_review。")),
    };
    let sql = sql.replace("{now}", &now.timestamp_millis().to_string());
    Ok(kept.add(Expr::cust(format!("({sql})"))))
}

/// Where a page goes on.
struct Cursor {
    saved_at_ms: i64,
    id: i32,
}

impl Cursor {
    fn of(draft: &article_draft::Model) -> Self {
        Self { saved_at_ms: draft.saved_at.0.timestamp_millis(), id: draft.article_id }
    }

    fn read(text: &str) -> ApiResult<Self> {
        let parsed = text.split_once('-').and_then(|(saved_at_ms, id)| {
            Some(Self { saved_at_ms: saved_at_ms.parse().ok()?, id: id.parse().ok()? })
        });
        parsed.ok_or_else(|| wrong("cursor", "请原样填写上一页回答中的 next。"))
    }

    fn text(&self) -> String {
        format!("{}-{}", self.saved_at_ms, self.id)
    }

    fn condition(&self) -> Condition {
        let saved_at = || Expr::col((article_draft::Entity, article_draft::Column::SavedAt));
        let same = saved_at()
            .eq(self.saved_at_ms)
            .and(Expr::col((article_draft::Entity, article_draft::Column::ArticleId)).lt(self.id));
        Condition::any().add(saved_at().lt(self.saved_at_ms)).add(same)
    }
}

/// Whether two contents differ beside title, summary and text: the names of those fields.
pub(super) fn other_differences(old: &Value, new: &Value) -> Vec<String> {
    let empty = serde_json::Map::new();
    let (old, new) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let told_apart = ["title", "elder_summary", "body"];
    let names = old.keys().chain(new.keys()).filter(|name| !told_apart.contains(&name.as_str()));
    let mut names: Vec<String> = names.filter(|name| old.get(*name) != new.get(*name)).cloned().collect();
    names.sort();
    names.dedup();
    names
}
