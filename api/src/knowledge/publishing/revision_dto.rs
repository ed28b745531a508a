//! Versions of an article, what was done to it, and looking at a draft.

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::compare::Run;
use crate::knowledge::articles::body::Block;
use crate::knowledge::articles::content::Content;
use crate::knowledge::articles::dto::ArticleKind;

/// The revisions of an article, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleRevisionList {
    pub(super) items: Vec<ArticleRevisionItem>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// What a list shows of a revision.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleRevisionItem {
    pub(super) revision: i32,
    pub(super) title: String,
    pub(super) author: Option<String>,
    pub(super) created_at: DateTime<FixedOffset>,
    /// Whether it went through all steps of review.
    pub(super) approved: bool,
    /// Whether the public sees it now.
    pub(super) live: bool,
    /// Whether it waits for its time.
    pub(super) scheduled: bool,
}

/// A revision with what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleRevisionDetail {
    #[serde(flatten)]
    pub(super) item: ArticleRevisionItem,
    pub(super) content: Content,
}

/// Which revisions to compare.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CompareParameters {
    /// Number of the older one.
    #[param(example = "1")]
    pub(super) from: Option<String>,
    /// Number of the newer one; the working copy where it is missing.
    #[param(example = "2")]
    pub(super) to: Option<String>,
}

/// What is different, by character.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleComparison {
    pub(super) from: i32,
    /// `null` is the working copy.
    pub(super) to: Option<i32>,
    pub(super) title: Vec<Run>,
    pub(super) elder_summary: Vec<Run>,
    /// The text, a line for each paragraph.
    pub(super) body: Vec<Run>,
    /// Other fields with another value.
    pub(super) fields: Vec<String>,
}

/// What was done to an article, the newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleHistory)]
pub(super) struct HistoryList {
    pub(super) items: Vec<HistoryEntry>,
    /// Always `null`: all comes at once.
    pub(super) next: Option<String>,
}

/// One thing that was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleHistoryEntry)]
pub(super) struct HistoryEntry {
    /// Stable word.
    pub(super) act: String,
    /// In plain Chinese.
    pub(super) text: String,
    pub(super) revision: Option<i32>,
    pub(super) step: Option<i32>,
    /// `null` where it was the time.
    pub(super) by: Option<String>,
    pub(super) at: DateTime<FixedOffset>,
    pub(super) reason: Option<String>,
}

/// Which revision to show.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PreviewParameters {
    /// Number of the revision; the working copy where it is missing.
    pub(super) revision: Option<String>,
}

/// A link that shows one revision for a day to whoever has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticlePreviewLink)]
pub(super) struct PreviewLink {
    /// The page.
    pub(super) url: String,
    /// For `/api/v1/article-previews/{token}`.
    pub(super) token: String,
    /// `null` is the working copy.
    pub(super) revision: Option<i32>,
    pub(super) expires_at: DateTime<FixedOffset>,
}

/// An article before it is public.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticlePreview {
    /// What to know first, in Chinese.
    pub(super) notice: String,
    pub(super) kind: ArticleKind,
    /// `null` is the working copy.
    pub(super) revision: Option<i32>,
    pub(super) title: String,
    pub(super) elder_summary: String,
    pub(super) body_html: String,
    pub(super) body_blocks: Vec<Block>,
    pub(super) source_name: String,
    pub(super) source_edition: Option<String>,
    pub(super) medical_reviewer: Option<String>,
    pub(super) reviewed_on: Option<NaiveDate>,
    pub(super) expires_at: DateTime<FixedOffset>,
}
