//! Many changes at once: what was exported is edited and sent back, as `GeoJSON` or what else [`bulk_file`] reads.
//!
//! Each feature of the file names its place (`id`) and the version that it was made on (`version`). The plan
//! says what is new, changed, unchanged, in conflict with what somebody else did meanwhile, or wrong. All of it
//! is written in one transaction, or nothing is. Places that the file leaves out stay as they are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use entity::feature_draft::State;
use serde_json::{Value, json};

use super::body::{self, Defaults};
use super::bulk_file;
use super::changes::{self, Proposal};
use super::content::Known;
use super::dto::{BulkOutcome, BulkPlan, BulkRow, MapNote};
use super::editor::Editor;
use super::judgement::Judge;
use super::rules::Rules;
use super::stored_drafts;
use crate::error::{ApiError, ApiResult, FieldError};
use crate::map::edit;
use crate::state::AppState;

/// Largest file.
pub(super) const MOST_BYTES: usize = 32 * 1024 * 1024;
/// Rows that are told; the counts tell of all.
const MOST_ROWS: usize = 1_000;
/// Faults of one answer that says why nothing was written.
const MOST_FAULTS: usize = 100;

/// A feature of the file and what becomes of it.
struct Planned {
    row: BulkRow,
    /// How many others have to agree, and what is proposed.
    proposal: Option<(i32, Proposal)>,
}

/// Plans what a file changes, and does it if it is asked to.
pub(super) async fn run(
    state: &AppState,
    editor: Editor,
    file: &[u8],
    layer: Option<&str>,
    apply: bool,
) -> ApiResult<BulkPlan> {
    let features = bulk_file::read(file, layer).await?;
    let planned = Planner::new(state, &editor, layer).await?.plan(features).await?;
    let mut plan = summary(&planned);
    if !apply {
        plan.rows = told(planned);
        return Ok(plan);
    }
    if plan.wrong + plan.conflicts > 0 {
        return Err(ApiError::Invalid { errors: faults(&planned) });
    }
    let (mut proposals, mut rows) = (Vec::new(), Vec::new());
    for Planned { row, proposal } in planned {
        proposals.extend(proposal);
        rows.push(Planned { row, proposal: None });
    }
    write(state, editor, proposals).await?;
    plan.applied = true;
    plan.rows = told(rows);
    Ok(plan)
}

struct Planner<'s> {
    state: &'s AppState,
    editor: &'s Editor,
    layer: Option<&'s str>,
    rules: Rules,
    judge: Judge<'s>,
}

impl<'s> Planner<'s> {
    async fn new(state: &'s AppState, editor: &'s Editor, layer: Option<&'s str>) -> ApiResult<Self> {
        let rules = Rules::load(state.database.reader()).await?;
        Ok(Self { state, editor, layer, rules, judge: Judge::new(state) })
    }

    async fn plan(mut self, features: Vec<Value>) -> ApiResult<Vec<Planned>> {
        let ids: Vec<Option<Result<i32, String>>> = features.iter().map(place_of).collect();
        let named: BTreeSet<i32> = ids.iter().flatten().filter_map(|id| id.as_ref().ok().copied()).collect();
        let known = Known::find_all(self.state.database.reader(), &Vec::from_iter(named)).await?;
        let mut first_with = BTreeMap::new();
        let mut planned = Vec::with_capacity(features.len());
        for (number, (feature, id)) in (1..).zip(features.iter().zip(ids)) {
            let repeated = match &id {
                Some(Ok(id)) => first_with.insert(*id, number),
                _ => None,
            };
            planned.push(self.one(number, feature, id, &known, repeated).await?);
        }
        Ok(planned)
    }

    async fn one(
        &mut self,
        number: usize,
        feature: &Value,
        id: Option<Result<i32, String>>,
        known: &HashMap<i32, Known>,
        repeated: Option<usize>,
    ) -> ApiResult<Planned> {
        let name = feature.pointer("/properties/name").and_then(Value::as_str).map(str::to_owned);
        let row = BulkRow {
            number,
            id: id.as_ref().and_then(|id| id.as_ref().ok().copied()),
            name,
            outcome: BulkOutcome::Wrong,
            changes: Vec::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
            needs_review: false,
        };
        if let Some(first) = repeated {
            return Ok(wrong(row, "/id", "repeated", format!("与第 {first} 个地点的编号相同。")));
        }
        match id {
            None => self.new_place(row, feature).await,
            Some(Err(text)) => {
                Ok(wrong(row, "/id", "unknown_place", format!("没有编号为“{text}”的地点；新地点请删去 id。")))
            }
            Some(Ok(id)) => {
                if let Some(known) = known.get(&id).filter(|known| known.is_published()) {
                    return self.known_place(row, feature, known).await;
                }
                let message = format!("地图上没有编号为 {id} 的地点；新地点请删去 id。");
                Ok(wrong(row, "/id", "unknown_place", message))
            }
        }
    }

    async fn new_place(&mut self, row: BulkRow, feature: &Value) -> ApiResult<Planned> {
        if bulk_file::version_of(feature).is_some() {
            let message =
                "这个地点有 version，是地图上已有的，但没有编号：请保留导出时的 id；新地点请删去 version。";
            return Ok(wrong(row, "/id", "missing", message));
        }
        let feature = &bulk_file::of_new_place(feature);
        let map = Arc::clone(&self.state.map.current());
        let named = feature.pointer("/properties/layer").and_then(Value::as_str).or(self.layer);
        let Some(layer) = named.filter(|layer| map.layer(layer).is_some()) else {
            let message = "新地点要写明所在的图层：properties 里的 layer，或者参数 layer。";
            return Ok(wrong(row, "/properties/layer", "unknown_layer", message));
        };
        let defaults = Defaults { layer, region_code: self.editor.own_region() };
        let place = match body::read(feature, None, defaults) {
            Ok(place) => place,
            Err(errors) => return Ok(Planned { row: BulkRow { errors, ..row }, proposal: None }),
        };
        let proposal = Proposal {
            of: None,
            region_before: None,
            place,
            retires: false,
            warnings: Vec::new(),
            note: None,
        };
        self.proposed(BulkRow { outcome: BulkOutcome::New, ..row }, proposal, None).await
    }

    async fn known_place(&mut self, row: BulkRow, feature: &Value, known: &Known) -> ApiResult<Planned> {
        let feature = &bulk_file::fitted(feature, &known.place);
        // The number of a row where that of the place should be would change another place.
        let other_id = feature.pointer("/properties/id").filter(|id| !id.is_null());
        if other_id.is_some() && !known.place.content.properties.contains_key("id") {
            let message = "要素的 id 和属性里的 id 不同：请删去不是地点编号的那一个。";
            return Ok(wrong(row, "/id", "ambiguous", message));
        }
        let defaults = Defaults { layer: &known.place.content.layer, region_code: None };
        let place = match body::read(feature, Some(&known.place), defaults) {
            Ok(place) => place,
            Err(errors) => return Ok(Planned { row: BulkRow { errors, ..row }, proposal: None }),
        };
        if place == known.place {
            return Ok(Planned { row: BulkRow { outcome: BulkOutcome::Unchanged, ..row }, proposal: None });
        }
        match bulk_file::version_of(feature) {
            Some(seen) if seen == i64::from(known.version()) => {}
            Some(_) => {
                let message = format!(
                    "导出以后有人改过这个地点（现在是第 {} 版），请重新导出后再改。",
                    known.version()
                );
                let outcome = BulkOutcome::Conflict;
                return Ok(with_fault(
                    BulkRow { outcome, ..row },
                    "/properties/version",
                    "moved_on",
                    message,
                ));
            }
            None => {
                let message = "请保留导出时的 version，它说明修改的是哪一版。";
                return Ok(wrong(row, "/properties/version", "missing", message));
            }
        }
        let changes = known.place.differences(&place);
        let row = BulkRow { outcome: BulkOutcome::Changed, changes, ..row };
        self.proposed(row, Proposal::of(known, place), Some(known)).await
    }

    async fn proposed(
        &mut self,
        row: BulkRow,
        mut proposal: Proposal,
        known: Option<&Known>,
    ) -> ApiResult<Planned> {
        let map = Arc::clone(&self.state.map.current());
        let base = known.map(|known| &known.place);
        let judged = self.judge.judge(&map, known.map(Known::id), &proposal.place, base).await?;
        if !judged.errors.is_empty() {
            let row = BulkRow { outcome: BulkOutcome::Wrong, errors: judged.errors, ..row };
            return Ok(Planned { row, proposal: None });
        }
        if proposal.regions().any(|code| !self.editor.scope.covers(code)) {
            let message = "这个地点不在您负责的区域内，请把它恢复成导出时的样子。";
            return Ok(wrong(row, "/properties/region_code", "another_region", message));
        }
        let tree = self.state.regions.current();
        let steps = self.rules.steps_for(&tree, self.editor, proposal.regions());
        let warnings =
            serde_json::from_value::<Vec<MapNote>>(judged.warnings.clone().into()).unwrap_or_default();
        proposal.warnings = judged.warnings;
        let row = BulkRow { warnings, needs_review: steps > 0, ..row };
        Ok(Planned { row, proposal: Some((steps, proposal)) })
    }
}

/// The place that a feature names: a number, or what stands in its place.
fn place_of(feature: &Value) -> Option<Result<i32, String>> {
    let text = body::id_of(feature)?;
    Some(text.parse().map_err(|_not_a_number| text.chars().take(40).collect()))
}

fn wrong(row: BulkRow, pointer: &str, code: &str, message: impl Into<String>) -> Planned {
    with_fault(BulkRow { outcome: BulkOutcome::Wrong, ..row }, pointer, code, message)
}

fn with_fault(mut row: BulkRow, pointer: &str, code: &str, message: impl Into<String>) -> Planned {
    row.errors.push(FieldError {
        pointer: pointer.to_owned(),
        code: code.to_owned(),
        message: message.into(),
    });
    Planned { row, proposal: None }
}

fn summary(planned: &[Planned]) -> BulkPlan {
    let count = |outcome| planned.iter().filter(|planned| planned.row.outcome == outcome).count();
    let told = planned.len() - count(BulkOutcome::Unchanged);
    BulkPlan {
        applied: false,
        added: count(BulkOutcome::New),
        changed: count(BulkOutcome::Changed),
        unchanged: count(BulkOutcome::Unchanged),
        conflicts: count(BulkOutcome::Conflict),
        wrong: count(BulkOutcome::Wrong),
        drafts: planned.iter().filter(|planned| planned.row.needs_review).count(),
        shortened: told > MOST_ROWS,
        rows: Vec::new(),
    }
}

fn told(planned: Vec<Planned>) -> Vec<BulkRow> {
    let rows = planned.into_iter().map(|planned| planned.row);
    rows.filter(|row| row.outcome != BulkOutcome::Unchanged).take(MOST_ROWS).collect()
}

/// Everything that keeps the file from being written, with its place in the file.
fn faults(planned: &[Planned]) -> Vec<FieldError> {
    let faulty = planned.iter().map(|planned| &planned.row);
    let faults = faulty.flat_map(|row| {
        row.errors.iter().map(|error| FieldError {
            pointer: format!("/features/{}{}", row.number - 1, error.pointer),
            ..error.clone()
        })
    });
    faults.take(MOST_FAULTS).collect()
}

async fn write(state: &AppState, editor: Editor, proposals: Vec<(i32, Proposal)>) -> ApiResult<()> {
    if proposals.is_empty() {
        return Ok(());
    }
    let now = state.clock.now();
    let proposals = Arc::new(proposals);
    let written = state.database.write(move |transaction| {
        let (editor, proposals) = (editor.clone(), Arc::clone(&proposals));
        Box::pin(async move {
            let mut edits = Vec::new();
            let mut queued = 0_usize;
            for (steps, proposal) in proposals.as_slice() {
                if *steps == 0 {
                    edits.push(proposal.clone().edit()?);
                } else {
                    stored_drafts::insert(transaction, &editor, proposal, State::InReview, *steps, now)
                        .await?;
                    queued += 1;
                }
            }
            let published = edits.len();
            if published > 0 {
                edit::write_as(transaction, edits.into(), &editor.authorship(None), now).await?;
            }
            let counts = json!({"published": published, "queued": queued});
            changes::note_many(transaction, &editor, counts, now).await
        })
    });
    written.await?;
    state.map.refresh(&state.database, &state.metrics).await?;
    Ok(())
}
