//! How many people have to agree to a change of the map.
//!
//! The nearest region with a rule decides; `all` stands above every region. With no step, whoever may both
//! change and review publishes alone; whoever may only change still needs one other.

use entity::map_review_rule;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, QueryOrder, QuerySelect};
use serde_json::json;

use super::dto::{MapReviewRule, MapReviewRuleList};
use super::editor::Editor;
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::http::if_match::{IfMatch, next_version};
use crate::regions::RegionTree;
use crate::state::AppState;

/// The rule above every region.
const ALL: &str = "all";

/// The rules of all regions.
#[derive(Clone, Debug)]
pub(super) struct Rules(Vec<map_review_rule::Model>);

impl Rules {
    /// # Errors
    /// When the database fails.
    pub(super) async fn load(connection: &impl ConnectionTrait) -> ApiResult<Self> {
        Ok(Self(map_review_rule::Entity::find().all(connection).await?))
    }

    fn steps_of(&self, tree: &RegionTree, region_code: &str) -> i32 {
        let find = |code: &str| self.0.iter().find(|rule| rule.region_code == code);
        let nearest = tree.upward(region_code).find_map(find).or_else(|| find(ALL));
        nearest.map_or(1, |rule| rule.steps)
    }

    /// How many others have to agree to what this editor changes in these regions; the strictest counts.
    pub(super) fn steps_for<'r>(
        &self,
        tree: &RegionTree,
        editor: &Editor,
        region_codes: impl IntoIterator<Item = &'r str>,
    ) -> i32 {
        let steps = region_codes.into_iter().map(|code| {
            let steps = self.steps_of(tree, code);
            if steps == 0 && !editor.decides_alone(code) { 1 } else { steps }
        });
        steps.max().unwrap_or(1)
    }
}

/// All rules that concern the regions of the editor.
pub(super) async fn list(state: &AppState, editor: &Editor) -> ApiResult<MapReviewRuleList> {
    let tree = state.regions.current();
    let rows = map_review_rule::Entity::find()
        .order_by_asc(map_review_rule::Column::RegionCode)
        .all(state.database.reader())
        .await?;
    let concerns = |rule: &map_review_rule::Model| {
        let code = rule.region_code.as_str();
        code == ALL
            || editor.scope.covers(code)
            || editor.scope.granted().iter().any(|own| tree.is_within(own, code))
    };
    let items = rows.into_iter().filter(concerns).map(MapReviewRule::from).collect();
    Ok(MapReviewRuleList { items, next: None })
}

/// Makes a rule, or changes the one that was seen.
pub(super) async fn put(
    state: &AppState,
    editor: Editor,
    region_code: String,
    seen: Option<IfMatch>,
    steps: i32,
) -> ApiResult<MapReviewRule> {
    require(state, &editor, &region_code)?;
    if !(0..=3).contains(&steps) {
        return Err(wrong("/steps", "bad_count", "审核步骤是 0 到 3 步。"));
    }
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let (editor, region_code) = (editor.clone(), region_code.clone());
        Box::pin(async move {
            let known =
                map_review_rule::Entity::find_by_id(&region_code).lock_exclusive().one(transaction).await?;
            let version = next_version(seen, known.map(|rule| rule.version))?;
            let row = map_review_rule::Model { region_code: region_code.clone(), steps, version };
            map_review_rule::Entity::insert(row.clone().into_active_model())
                .on_conflict(
                    OnConflict::column(map_review_rule::Column::RegionCode)
                        .update_columns([map_review_rule::Column::Steps, map_review_rule::Column::Version])
                        .to_owned(),
                )
                .exec_without_returning(transaction)
                .await?;
            let event = told(&editor, &region_code).with(json!({"steps": steps}));
            audit::append(transaction, &event, now).await?;
            Ok(MapReviewRule::from(row))
        })
    });
    written.await
}

/// Takes a rule away; what is above then decides.
pub(super) async fn delete(
    state: &AppState,
    editor: Editor,
    region_code: String,
    seen: IfMatch,
) -> ApiResult<()> {
    require(state, &editor, &region_code)?;
    if region_code == ALL {
        return Err(ApiError::Conflict {
            code: "last_rule",
            detail: "这条规则管所有区域，不能删除，可以改步数。".into(),
        });
    }
    let now = state.clock.now();
    let deleted = state.database.write(move |transaction| {
        let (editor, region_code) = (editor.clone(), region_code.clone());
        Box::pin(async move {
            let known = map_review_rule::Entity::find_by_id(&region_code)
                .lock_exclusive()
                .one(transaction)
                .await?
                .ok_or_else(no_such_rule)?;
            seen.require(known.version)?;
            map_review_rule::Entity::delete_by_id(&region_code).exec(transaction).await?;
            let event = told(&editor, &region_code).with(json!({"deleted": true}));
            audit::append(transaction, &event, now).await
        })
    });
    deleted.await
}

fn told(editor: &Editor, region_code: &str) -> audit::AuditEvent {
    let own = editor.scope.granted().first().cloned().unwrap_or_default();
    let place = if region_code == ALL { own.as_str() } else { region_code };
    editor.event(Action::ReviewRulesChanged, place).on("map_review_rule", region_code)
}

fn require(state: &AppState, editor: &Editor, region_code: &str) -> ApiResult<()> {
    let theirs = match region_code {
        ALL => editor.scope.is_everywhere(),
        code => state.regions.current().contains(code) && editor.scope.covers(code),
    };
    if theirs { Ok(()) } else { Err(no_such_rule()) }
}

fn no_such_rule() -> ApiError {
    ApiError::NotFound {
        code: "rule_not_found",
        detail: "没有这条规则，或者不在您负责的区域内。编号是区划代码，管所有区域的写 all。".into(),
    }
}

impl From<map_review_rule::Model> for MapReviewRule {
    fn from(row: map_review_rule::Model) -> Self {
        Self { region_code: row.region_code, steps: row.steps, version: row.version }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_region_decides() {
        let region = |code: &str, parent: Option<&str>| (code.to_owned(), parent.map(str::to_owned));
        let tree =
            RegionTree::new([region("44", None), region("4403", Some("44")), region("440307", Some("4403"))]);
        let rule = |code: &str, steps| map_review_rule::Model { region_code: code.into(), steps, version: 1 };
        let rules = Rules(vec![rule("all", 1), rule("4403", 0)]);
        assert_eq!(rules.steps_of(&tree, "440307"), 0);
        assert_eq!(rules.steps_of(&tree, "44"), 1);
        assert_eq!(rules.steps_of(&tree, "unknown"), 1);
        assert_eq!(Rules(Vec::new()).steps_of(&tree, "44"), 1);
    }
}
