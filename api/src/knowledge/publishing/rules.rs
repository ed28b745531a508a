//! How many steps of review an article goes through, and what reviewers look at.

use chrono::NaiveDate;
use entity::{article, review_check, review_rule};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryOrder, QuerySelect};
use serde_json::json;

use super::rules_dto::{
    NewReviewCheck, ReviewCheck, ReviewCheckList, ReviewDue, ReviewRule, ReviewRuleList, ReviewsDueList,
};
use super::worker::Worker;
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::{FieldErrors, wrong};
use crate::http::if_match::{IfMatch, next_version};
use crate::knowledge::published::Knowledge;
use crate::regions::RegionTree;
use crate::state::AppState;

/// What a rule is for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    region_code: Option<String>,
    kind: Option<String>,
}

impl Target {
    /// Reads the id of a rule: region and kind, `all` for every.
    fn read(id: &str, tree: &RegionTree) -> ApiResult<Self> {
        let not_found = || ApiError::NotFound {
            code: "rule_not_found",
            detail: "规则的编号不对，请用“区划代码:文章类型”，不限的写 all，例如 440307009000:article。"
                .into(),
        };
        let (region, kind) = id.split_once(':').ok_or_else(not_found)?;
        let region_code = (region != "all").then(|| region.to_owned());
        let kind = (kind != "all").then(|| kind.to_owned());
        let known = region_code.as_deref().is_none_or(|code| tree.contains(code))
            && kind.as_deref().is_none_or(|kind| ["article", "video", "notice"].contains(&kind));
        if known { Ok(Self { region_code, kind }) } else { Err(not_found()) }
    }
}

/// The steps for an article: the nearest region decides, then the kind.
pub(super) async fn steps_for(
    connection: &impl ConnectionTrait,
    tree: &RegionTree,
    article: &article::Model,
) -> ApiResult<i32> {
    let rules = review_rule::Entity::find().all(connection).await?;
    Ok(steps_of(&rules, tree, article.region_code.as_deref(), kind_word(article.kind)))
}

fn steps_of(rules: &[review_rule::Model], tree: &RegionTree, region: Option<&str>, kind: &str) -> i32 {
    let mut places = region.into_iter().flat_map(|code| tree.upward(code)).map(Some).chain([None]);
    let find = |place: Option<&str>, kind: Option<&str>| {
        rules.iter().find(|rule| rule.region_code.as_deref() == place && rule.kind.as_deref() == kind)
    };
    let nearest = places.find_map(|place| find(place, Some(kind)).or_else(|| find(place, None)));
    nearest.map_or(1, |rule| rule.steps)
}

fn kind_word(kind: article::Kind) -> &'static str {
    match kind {
        article::Kind::Article => "article",
        article::Kind::Video => "video",
        article::Kind::Notice => "notice",
    }
}

/// Refuses an approval that did not look at everything.
pub(super) async fn require_ticked(connection: &impl ConnectionTrait, ticked: &[String]) -> ApiResult<()> {
    let missing: Vec<String> = checks(connection)
        .await?
        .into_iter()
        .filter(|check| check.enabled && !ticked.contains(&check.id))
        .map(|check| check.title)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(wrong("/checks", "not_ticked", format!("还有没核对的项目：{}。请核对后勾选。", missing.join("、"))))
}

async fn checks(connection: &impl ConnectionTrait) -> ApiResult<Vec<review_check::Model>> {
    Ok(review_check::Entity::find()
        .order_by_asc(review_check::Column::Position)
        .order_by_asc(review_check::Column::Id)
        .all(connection)
        .await?)
}

/// All rules that concern the regions of the worker.
pub(super) async fn list(state: &AppState, worker: &Worker) -> ApiResult<ReviewRuleList> {
    let tree = state.regions.current();
    let rows = review_rule::Entity::find()
        .order_by_asc(review_rule::Column::Id)
        .all(state.database.reader())
        .await?;
    let concerns = |rule: &review_rule::Model| {
        rule.region_code.as_deref().is_none_or(|code| {
            worker.scope.covers(code) || worker.scope.granted().iter().any(|own| tree.is_within(own, code))
        })
    };
    let items = rows.into_iter().filter(concerns).map(ReviewRule::from).collect();
    Ok(ReviewRuleList { items, next: None })
}

/// Makes a rule, or changes the one that was seen.
pub(super) async fn put(
    state: &AppState,
    worker: Worker,
    id: String,
    seen: Option<IfMatch>,
    steps: i32,
) -> ApiResult<ReviewRule> {
    if !(1..=3).contains(&steps) {
        return Err(wrong("/steps", "bad_count", "审核步骤是 1 到 3 步。"));
    }
    let target = Target::read(&id, &state.regions.current())?;
    worker.require(target.region_code.as_deref(), "审核规则")?;
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let (worker, id, target) = (worker.clone(), id.clone(), target.clone());
        Box::pin(async move {
            let known = locked_rule(transaction, &id).await?;
            let row = review_rule::Model {
                id: id.clone(),
                version: next_version(seen, known.map(|rule| rule.version))?,
                steps,
                region_code: target.region_code.clone(),
                kind: target.kind,
            };
            review_rule::Entity::insert(row.clone().into_active_model())
                .on_conflict(
                    OnConflict::column(review_rule::Column::Id)
                        .update_columns([review_rule::Column::Steps, review_rule::Column::Version])
                        .to_owned(),
                )
                .exec_without_returning(transaction)
                .await?;
            let event = worker.event(Action::ReviewRulesChanged, target.region_code.as_deref());
            audit::append(transaction, &event.on("review_rule", id).with(json!({"steps": steps})), now)
                .await?;
            Ok(ReviewRule::from(row))
        })
    });
    written.await
}

/// Takes a rule away; what is above then decides.
pub(super) async fn delete(state: &AppState, worker: Worker, id: String, seen: IfMatch) -> ApiResult<()> {
    let target = Target::read(&id, &state.regions.current())?;
    worker.require(target.region_code.as_deref(), "审核规则")?;
    if target == (Target { region_code: None, kind: None }) {
        return Err(ApiError::Conflict {
            code: "last_rule",
            detail: "这条规则管所有文章，不能删除，可以改步数。".into(),
        });
    }
    let now = state.clock.now();
    let deleted = state.database.write(move |transaction| {
        let (worker, id, region_code) = (worker.clone(), id.clone(), target.region_code.clone());
        Box::pin(async move {
            let known = locked_rule(transaction, &id).await?.ok_or_else(|| ApiError::NotFound {
                code: "rule_not_found",
                detail: "没有这条规则，可能已经删除。".into(),
            })?;
            seen.require(known.version)?;
            review_rule::Entity::delete_by_id(&id).exec(transaction).await?;
            let event = worker.event(Action::ReviewRulesChanged, region_code.as_deref());
            audit::append(transaction, &event.on("review_rule", id).with(json!({"deleted": true})), now).await
        })
    });
    deleted.await
}

async fn locked_rule(transaction: &DatabaseTransaction, id: &str) -> ApiResult<Option<review_rule::Model>> {
    Ok(review_rule::Entity::find_by_id(id).lock_exclusive().one(transaction).await?)
}

/// The checklist.
pub(super) async fn list_checks(state: &AppState) -> ApiResult<ReviewCheckList> {
    let items = checks(state.database.reader()).await?.into_iter().map(ReviewCheck::from).collect();
    Ok(ReviewCheckList { items, next: None })
}

/// Adds something to look at, or changes the one that was seen. The checklist is one for all regions.
pub(super) async fn put_check(
    state: &AppState,
    worker: Worker,
    id: String,
    seen: Option<IfMatch>,
    new: NewReviewCheck,
) -> ApiResult<ReviewCheck> {
    worker.require(None, "核对项目")?;
    let title = new.title.trim().to_owned();
    let mut errors = FieldErrors::default();
    if !(1..=60).contains(&title.chars().count()) {
        errors.add("/title", "bad_title", "请用 1 到 60 个字写明要核对什么。");
    }
    errors.finish()?;
    let is_word = (1..=40).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_word {
        return Err(ApiError::NotFound {
            code: "check_not_found",
            detail: "项目的编号用 1 到 40 个小写英文字母、数字和下划线。".into(),
        });
    }
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let (worker, id, title) = (worker.clone(), id.clone(), title.clone());
        let (position, enabled) = (new.position, new.enabled);
        Box::pin(async move {
            let known = review_check::Entity::find_by_id(&id).lock_exclusive().one(transaction).await?;
            let version = next_version(seen, known.map(|check| check.version))?;
            let row = review_check::Model { id: id.clone(), title, position, enabled, version };
            review_check::Entity::insert(row.clone().into_active_model())
                .on_conflict(
                    OnConflict::column(review_check::Column::Id)
                        .update_columns([
                            review_check::Column::Title,
                            review_check::Column::Position,
                            review_check::Column::Enabled,
                            review_check::Column::Version,
                        ])
                        .to_owned(),
                )
                .exec_without_returning(transaction)
                .await?;
            let event = worker.event(Action::ReviewRulesChanged, None).on("review_check", id);
            audit::append(transaction, &event.with(json!({"enabled": enabled})), now).await?;
            Ok(ReviewCheck::from(row))
        })
    });
    written.await
}

/// Live articles of the worker's regions that must be read again within some days.
pub(super) fn due(
    knowledge: &Knowledge,
    worker: &Worker,
    today: NaiveDate,
    within_days: u64,
) -> ReviewsDueList {
    let until = today.checked_add_days(chrono::Days::new(within_days)).unwrap_or(NaiveDate::MAX);
    let mut items: Vec<ReviewDue> = knowledge
        .view
        .articles
        .iter()
        .filter(|article| worker.covers(article.region_code.as_deref()))
        .filter(|article| article.review_by.is_some_and(|review_by| review_by <= until))
        .map(|article| {
            let days = article.review_by.map_or(0, |day| day.signed_duration_since(today).num_days());
            ReviewDue {
                id: article.id,
                slug: article.slug.clone(),
                title: article.title.clone(),
                region_code: article.region_code.clone(),
                medical_reviewer: article.medical_reviewer.clone(),
                review_by: article.review_by,
                overdue: days <= 0,
                text: match days {
                    0 => "今天要复核".to_owned(),
                    days if days < 0 => format!("已经过期 {} 天，请尽快复核或下线", -days),
                    days => format!("还有 {days} 天需要复核"),
                },
            }
        })
        .collect();
    items.sort_by_key(|item| (item.review_by, item.id));
    ReviewsDueList { items, next: None }
}

impl From<review_rule::Model> for ReviewRule {
    fn from(row: review_rule::Model) -> Self {
        Self {
            id: row.id,
            region_code: row.region_code,
            kind: row.kind,
            steps: row.steps,
            version: row.version,
        }
    }
}

impl From<review_check::Model> for ReviewCheck {
    fn from(row: review_check::Model) -> Self {
        Self {
            id: row.id,
            title: row.title,
            position: row.position,
            enabled: row.enabled,
            version: row.version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(region: Option<&str>, kind: Option<&str>, steps: i32) -> review_rule::Model {
        review_rule::Model {
            id: format!("{}:{}", region.unwrap_or("all"), kind.unwrap_or("all")),
            region_code: region.map(str::to_owned),
            kind: kind.map(str::to_owned),
            steps,
            version: 1,
        }
    }

    #[test]
    fn the_nearest_region_decides_and_then_the_kind() {
        let region = |code: &str, parent: Option<&str>| (code.to_owned(), parent.map(str::to_owned));
        let tree =
            RegionTree::new([region("44", None), region("4403", Some("44")), region("440307", Some("4403"))]);
        let rules = [
            rule(None, None, 1),
            rule(None, Some("video"), 3),
            rule(Some("4403"), None, 2),
            rule(Some("4403"), Some("notice"), 1),
        ];
        for (place, kind, steps) in [
            (Some("440307"), "article", 2),
            (Some("440307"), "video", 2),
            (Some("440307"), "notice", 1),
            (Some("44"), "video", 3),
            (None, "article", 1),
            (None, "video", 3),
        ] {
            assert_eq!(steps_of(&rules, &tree, place, kind), steps, "{place:?} {kind}");
        }
        assert_eq!(steps_of(&[], &tree, None, "article"), 1);
    }
}
