use chrono::{DateTime, Utc};
use entity::feature_draft::{self, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::content::Known;
use super::stored_drafts;
use crate::error::{ApiError, ApiResult, FieldError};

/// How far a change of the map is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MapDraftState {
    /// 草稿: somebody writes it.
    Draft,
    /// 待审: others have to agree.
    InReview,
    /// 已退回: a reviewer wants something changed.
    Returned,
    /// 已发布: it is on the map.
    Published,
    /// 已放弃.
    Discarded,
}

impl MapDraftState {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::InReview => "待审",
            Self::Returned => "已退回",
            Self::Published => "已发布",
            Self::Discarded => "已放弃",
        }
    }

    /// Reads the parameter `state`.
    pub(super) fn read(word: &str) -> ApiResult<State> {
        Ok(match word {
            "draft" => State::Draft,
            "in_review" => State::InReview,
            "returned" => State::Returned,
            "published" => State::Published,
            "discarded" => State::Discarded,
            _ => {
                return Err(ApiError::bad_parameter(
                    "state",
                    "参数 state 可用：draft、in_review、returned、published、discarded。",
                ));
            }
        })
    }
}

impl From<State> for MapDraftState {
    fn from(state: State) -> Self {
        match state {
            State::Draft => Self::Draft,
            State::InReview => Self::InReview,
            State::Returned => Self::Returned,
            State::Published => Self::Published,
            State::Discarded => Self::Discarded,
        }
    }
}

/// A change of the map that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapDraft {
    /// Number of the draft.
    pub(super) id: i32,
    /// Number of the place; `null` for a new one until it is on the map.
    pub(super) feature_id: Option<i32>,
    /// Id of its layer.
    pub(super) layer: String,
    pub(super) region_code: String,
    /// What the place is called in the draft.
    pub(super) name: String,
    /// Whether it takes the place off the map.
    pub(super) retires: bool,
    pub(super) state: MapDraftState,
    /// The same in Chinese.
    pub(super) state_text: String,
    /// How many people have to agree; 0 before it is handed in.
    pub(super) steps: i32,
    /// How many agreed since it was handed in.
    pub(super) approved: usize,
    /// The version of the place it was made on.
    pub(super) base_version: Option<i32>,
    /// The version of the place now.
    pub(super) live_version: Option<i32>,
    /// Whether somebody changed the place since: it then has to be made anew on the present version.
    pub(super) moved_on: bool,
    /// What its author says about it.
    pub(super) note: Option<String>,
    /// Why it was returned.
    pub(super) reason: Option<String>,
    /// What colleagues call its author.
    pub(super) author: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) submitted_at: Option<DateTime<Utc>>,
    /// For `If-Match`; also in `ETag`.
    pub(super) version: i32,
}

impl MapDraft {
    pub(super) fn new(
        draft: &feature_draft::Model,
        live: Option<&Known>,
        author: Option<String>,
    ) -> ApiResult<Self> {
        let state = MapDraftState::from(draft.state);
        let live_version = live.map(Known::version);
        let waits = matches!(draft.state, State::Draft | State::InReview | State::Returned);
        Ok(Self {
            id: draft.id,
            feature_id: draft.feature_id,
            layer: draft.layer_id.clone(),
            region_code: draft.region_code.clone(),
            name: draft.name.clone(),
            retires: draft.retires,
            state,
            state_text: state.text().to_owned(),
            steps: draft.steps,
            approved: stored_drafts::staff_of(&draft.approvals)?.len(),
            base_version: draft.base_version,
            live_version,
            moved_on: waits && live_version != draft.base_version && draft.feature_id.is_some(),
            note: draft.note.clone(),
            reason: draft.reason.clone(),
            author,
            created_at: *draft.created_at,
            updated_at: *draft.updated_at,
            submitted_at: draft.submitted_at.map(|at| *at),
            version: draft.version,
        })
    }
}

/// A draft beside what is live.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapDraftDetail {
    #[serde(flatten)]
    pub(super) summary: MapDraft,
    /// Names of the properties that differ from what is live, and `geometry`.
    pub(super) changes: Vec<String>,
    /// What whoever decides should look at.
    pub(super) warnings: Vec<MapNote>,
    /// What the place is to become, as a `GeoJSON` Feature.
    #[schema(value_type = Object)]
    pub(super) feature: Value,
    /// What is on the map now; `null` where it is not there.
    #[schema(value_type = Option<Object>)]
    pub(super) live: Option<Value>,
}

/// Something to look at.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub(super) struct MapNote {
    /// Stable word.
    pub(super) code: String,
    /// In plain Chinese.
    pub(super) message: String,
}

/// Drafts, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapDraftList {
    pub(super) items: Vec<MapDraft>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct MapDraftsParameters {
    /// Only those that are so far: `draft`, `in_review`, `returned`, `published` or `discarded`. Without it,
    /// all but those that were given up.
    pub(super) state: Option<String>,
    /// Where the page before ended.
    pub(super) cursor: Option<String>,
    /// 1 to 100; 20 where it is missing.
    pub(super) limit: Option<String>,
}

/// A draft to begin: of a new place, or of a known one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMapDraft {
    /// Layer of a new place.
    pub(super) layer: Option<String>,
    /// The known place.
    pub(super) feature_id: Option<i32>,
    /// The version of the known place that was seen.
    pub(super) base_version: Option<i32>,
    /// Take the known place off the map; `feature` is then left out.
    #[serde(default)]
    pub(super) retire: bool,
    /// What the place is to become, as a `GeoJSON` Feature.
    #[schema(value_type = Option<Object>)]
    pub(super) feature: Option<Value>,
    /// For reviewers, and for the history of the place; at most 500 characters.
    pub(super) note: Option<String>,
}

/// What to put in the place of what a draft says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedMapDraft {
    /// What the place is to become, as a `GeoJSON` Feature.
    #[schema(value_type = Object)]
    pub(super) feature: Value,
    /// The version of the place that was looked at, where it was made anew on the present one.
    pub(super) base_version: Option<i32>,
    /// At most 500 characters.
    pub(super) note: Option<String>,
}

/// Why a draft is returned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MapReturnReason {
    /// 1 to 500 characters.
    pub(super) reason: String,
}

/// Versions of a place, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaceHistory {
    pub(super) items: Vec<PlaceVersion>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// A version of a place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaceVersion {
    pub(super) version: i32,
    /// Whether it is what the place is now.
    pub(super) current: bool,
    /// What the place was called.
    pub(super) name: String,
    /// `published`, `needs_review`, `draft` or `retired`.
    pub(super) status: String,
    /// What colleagues call whoever made it; `null` for an import.
    pub(super) changed_by: Option<String>,
    /// What they said about it.
    pub(super) note: Option<String>,
    /// Where the record came from.
    pub(super) source: String,
    /// When it was made.
    pub(super) changed_at: DateTime<Utc>,
}

/// What a place was.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaceVersionDetail {
    #[serde(flatten)]
    pub(super) summary: PlaceVersion,
    /// As a `GeoJSON` Feature.
    #[schema(value_type = Object)]
    pub(super) feature: Value,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryParameters {
    /// Where the page before ended.
    pub(super) cursor: Option<String>,
    /// 1 to 100; 20 where it is missing.
    pub(super) limit: Option<String>,
}

/// Places that are not on the map and wait for an officer, by number.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HeldPlaceList {
    pub(super) items: Vec<HeldPlace>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// A place that an import kept back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HeldPlace {
    pub(super) id: i32,
    /// Why somebody should look at it.
    pub(super) reasons: Vec<MapNote>,
    /// For `base_version` of a draft.
    pub(super) version: i32,
    /// As a `GeoJSON` Feature.
    #[schema(value_type = Object)]
    pub(super) feature: Value,
}

/// The photos that a place is to show, in this order; at most 20.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPlacePhotos {
    pub(super) items: Vec<NewPlacePhoto>,
}

/// A picture of the media library.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPlacePhoto {
    pub(super) media_id: Uuid,
    /// What it shows; at most 100 characters.
    #[serde(default)]
    pub(super) caption: String,
    /// Who took it; at most 100 characters.
    #[serde(default)]
    pub(super) credit: String,
}

/// What became of photos.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlacePhotosDone {
    /// The version of the place now.
    pub(super) version: i32,
    /// The draft that waits for others to agree; `null` where the photos are shown already.
    pub(super) draft_id: Option<i32>,
    /// What happens now, in plain Chinese; left out where the photos are shown already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "已送审，审核通过后会更新。")]
    pub(super) message: Option<String>,
}

/// How many people have to agree to a change of the map.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapReviewRule {
    /// Region with all below it that has no rule; `all` stands above every region.
    #[schema(example = "440307009000")]
    pub(super) region_code: String,
    /// 0 to 3. With 0, whoever may both change and review publishes alone.
    pub(super) steps: i32,
    /// For `If-Match`.
    pub(super) version: i32,
}

/// Rules, by region.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapReviewRuleList {
    pub(super) items: Vec<MapReviewRule>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMapReviewRule {
    /// 0 to 3.
    pub(super) steps: i32,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct BulkParameters {
    /// `true` writes; otherwise only the plan is told.
    pub(super) apply: Option<String>,
    /// Layer of new places that name none; the table of a `GeoPackage` with several.
    pub(super) layer: Option<String>,
}

/// What becomes of a feature of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum BulkOutcome {
    /// 新增.
    New,
    /// 修改.
    Changed,
    /// 不变.
    Unchanged,
    /// 冲突: somebody changed the place since it was exported.
    Conflict,
    /// 有误.
    Wrong,
}

/// A feature of a file that is not simply unchanged.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkRow {
    /// Number of the feature in the file, from 1.
    pub(super) number: usize,
    /// Number of the place; `null` for a new one.
    pub(super) id: Option<i32>,
    pub(super) name: Option<String>,
    pub(super) outcome: BulkOutcome,
    /// Names of what differs, for `changed`.
    pub(super) changes: Vec<String>,
    /// What is wrong.
    pub(super) errors: Vec<FieldError>,
    /// What to look at.
    pub(super) warnings: Vec<MapNote>,
    /// Whether others have to agree to it.
    pub(super) needs_review: bool,
}

/// What becomes, or became, of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkPlan {
    /// Whether it was written.
    pub(super) applied: bool,
    #[serde(rename = "new")]
    pub(super) added: usize,
    pub(super) changed: usize,
    pub(super) unchanged: usize,
    pub(super) conflicts: usize,
    pub(super) wrong: usize,
    /// Drafts that wait for others to agree; the rest is on the map.
    pub(super) drafts: usize,
    /// Whether `rows` leaves some out, because there are more than 1000.
    pub(super) shortened: bool,
    /// What is not unchanged, in the order of the file.
    pub(super) rows: Vec<BulkRow>,
}
