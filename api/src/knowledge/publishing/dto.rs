use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::FieldError;
use crate::knowledge::articles::content::Content;
use crate::knowledge::articles::dto::ArticleKind;

/// A new article.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewArticle {
    pub(super) kind: ArticleKind,
    /// Where it is for, with all below; `null` is everywhere.
    #[schema(example = "440307009001")]
    pub(super) region_code: Option<String>,
    /// What is already written.
    #[serde(default)]
    pub(super) content: Content,
    /// What it was imported from, as the import said.
    pub(super) source_id: Option<Uuid>,
}

/// What is being done with the working copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ArticleWorkState)]
pub(super) enum WorkState {
    /// 草稿: something is written that nobody reviewed.
    Draft,
    /// 待审.
    InReview,
    /// 已退回: a reviewer wants something changed.
    Returned,
    /// 已审定: reviewed, and neither published nor scheduled.
    Approved,
    /// Nothing is to be done: it says what was released.
    Settled,
}

impl WorkState {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::InReview => "待审",
            Self::Returned => "已退回，请修改后再送审",
            Self::Approved => "已审定，可以发布",
            Self::Settled => "没有未发布的修改",
        }
    }
}

/// What the public sees of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ArticlePublicState)]
pub(super) enum PublicState {
    /// It never did.
    Never,
    /// It waits for its time.
    Scheduled,
    /// It is public.
    Live,
    /// Somebody took it down.
    Withdrawn,
    /// Its time is over.
    Expired,
    /// It is in the recycle bin.
    Binned,
}

impl PublicState {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Never => "没有发布过",
            Self::Scheduled => "定时发布中",
            Self::Live => "已发布",
            Self::Withdrawn => "已下线",
            Self::Expired => "已到期",
            Self::Binned => "在回收站",
        }
    }
}

/// An article as whoever works on it sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleDraftDetail {
    /// Number of the article.
    pub(super) id: i32,
    pub(super) kind: ArticleKind,
    /// Where it is for; `null` is everywhere.
    pub(super) region_code: Option<String>,
    /// Its address; `null` until it is handed in for the first time.
    pub(super) slug: Option<String>,
    /// Version of the working copy, for `If-Match` when it is saved, submitted or replaced; also in `ETag`.
    pub(super) version: i32,
    /// Version of what was done with the article, for `If-Match` when it is reviewed, published, withdrawn.
    pub(super) state_version: i32,
    pub(super) work: WorkState,
    /// The same in Chinese.
    pub(super) work_text: String,
    pub(super) public: PublicState,
    /// The same in Chinese.
    pub(super) public_text: String,
    pub(super) content: Content,
    /// The revision that says the same; `null` while there is something that no revision holds.
    pub(super) frozen_as: Option<i32>,
    pub(super) saved_by: Option<String>,
    pub(super) saved_at: DateTime<FixedOffset>,
    /// Who is writing now.
    pub(super) editors: Vec<Editor>,
    /// What is missing or wrong before it can be submitted.
    pub(super) todo: Vec<FieldError>,
    /// What to look at once more.
    pub(super) warnings: Vec<DraftWarning>,
    /// The newest review.
    pub(super) review: Option<ReviewItem>,
    /// What is live.
    pub(super) live: Option<LiveItem>,
    /// What waits for its time.
    pub(super) schedule: Option<ScheduleItem>,
}

/// Somebody who is writing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleEditor)]
pub(super) struct Editor {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) seen_at: DateTime<FixedOffset>,
}

/// Who is writing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleEditorList)]
pub(super) struct EditorList {
    pub(super) items: Vec<Editor>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// Something to look at once more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleDraftWarning)]
pub(super) struct DraftWarning {
    /// Stable word.
    pub(super) code: String,
    /// In plain Chinese.
    pub(super) message: String,
}

/// A revision on its way through review.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleReviewProgress)]
pub(super) struct ReviewItem {
    pub(super) revision: i32,
    /// `open`, `approved`, `returned` or `recalled`.
    pub(super) state: String,
    pub(super) submitted_by: Option<String>,
    pub(super) submitted_at: DateTime<FixedOffset>,
    pub(super) steps: Vec<ReviewStep>,
}

/// One step of a review.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleReviewStep)]
pub(super) struct ReviewStep {
    pub(super) step: i32,
    #[schema(example = "初审")]
    pub(super) title: String,
    /// `approved` or `returned`; `null` while it waits.
    pub(super) decision: Option<String>,
    pub(super) by: Option<String>,
    pub(super) at: Option<DateTime<FixedOffset>>,
    pub(super) remark: Option<String>,
}

/// What is live.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleLive)]
pub(super) struct LiveItem {
    pub(super) revision: i32,
    /// In Beijing time.
    pub(super) published_at: DateTime<FixedOffset>,
    pub(super) expire_at: Option<DateTime<FixedOffset>>,
}

/// What waits for its time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleScheduled)]
pub(super) struct ScheduleItem {
    pub(super) revision: i32,
    /// In Beijing time.
    pub(super) publish_at: DateTime<FixedOffset>,
    pub(super) expire_at: Option<DateTime<FixedOffset>>,
    #[schema(example = "2026年12月1日 08:00（北京时间）")]
    pub(super) text: String,
}

/// Which drafts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DraftsParameters {
    /// What is being done with it, or what the public sees of it; everything outside the recycle bin where it is
    /// missing.
    #[param(pattern = "^(draft|in_review|returned|approved|never|scheduled|live|withdrawn|expired|binned)$")]
    pub(super) state: Option<String>,
    /// Words of its title or text.
    pub(super) q: Option<String>,
    /// Only what is for this region or one below it.
    #[param(example = "440307009001")]
    pub(super) region: Option<String>,
    /// What it is.
    #[param(pattern = "^(article|video|notice)$")]
    pub(super) kind: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most articles of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

/// Articles in one's region and below, those that were saved last first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleDraftList {
    pub(super) items: Vec<ArticleDraftItem>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// What a list shows of an article to whoever works on it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleDraftItem {
    pub(super) id: i32,
    pub(super) kind: ArticleKind,
    pub(super) region_code: Option<String>,
    /// Empty while nobody wrote one.
    pub(super) title: String,
    pub(super) work: WorkState,
    pub(super) work_text: String,
    pub(super) public: PublicState,
    pub(super) public_text: String,
    pub(super) saved_by: Option<String>,
    pub(super) saved_at: DateTime<FixedOffset>,
    pub(super) schedule: Option<ScheduleItem>,
}

/// Where a copy goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ArticleCopyTarget)]
pub(super) struct CopyTarget {
    /// Region of the copy; that of the original where it is missing.
    pub(super) region_code: Option<String>,
}

/// A reviewer agrees.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ArticleApproval)]
pub(super) struct Approval {
    /// The revision that was read.
    pub(super) revision: i32,
    /// Ids of everything on the checklist.
    #[schema(max_items = 50)]
    pub(super) checks: Vec<String>,
    /// For those who come after.
    #[schema(max_length = 500)]
    pub(super) remark: Option<String>,
}

/// A reviewer wants something changed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ArticleReturn)]
pub(super) struct ReturnReason {
    /// The revision that was read.
    pub(super) revision: i32,
    /// What is to be changed.
    #[schema(min_length = 1, max_length = 500)]
    pub(super) reason: String,
}

/// What is to be published.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ArticlePublication)]
pub(super) struct Publication {
    /// A reviewed revision; the newest of them where it is missing.
    pub(super) revision: Option<i32>,
    /// Until when: with an offset, or in Beijing time.
    #[schema(example = "2026-12-31 18:00")]
    pub(super) expire_at: Option<String>,
}

/// What is to be published when.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ArticleSchedule)]
pub(super) struct Schedule {
    /// A reviewed revision; the newest of them where it is missing.
    pub(super) revision: Option<i32>,
    /// From when: with an offset, or in Beijing time.
    #[schema(example = "2026-12-01 08:00")]
    pub(super) publish_at: String,
    /// Until when.
    pub(super) expire_at: Option<String>,
}

/// Why something is taken down.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ArticleWithdrawal)]
pub(super) struct WithdrawalReason {
    #[schema(max_length = 500)]
    pub(super) reason: Option<String>,
}

/// A new address.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewArticleSlug)]
pub(super) struct NewSlug {
    /// Lower-case letters, digits and hyphens.
    #[schema(min_length = 2, max_length = 100, example = "daily-salt")]
    pub(super) slug: String,
}
