//! Who has to agree to what, what is looked at, and what is due to be looked at again.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Rules of review.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleReviewRuleList)]
pub(super) struct ReviewRuleList {
    pub(super) items: Vec<ReviewRule>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// How many steps of review articles go through.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleReviewRule)]
pub(super) struct ReviewRule {
    /// Region and kind with a colon between, `all` for what is `null`.
    #[schema(example = "440307009000:article")]
    pub(super) id: String,
    pub(super) region_code: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) steps: i32,
    /// For `If-Match`.
    pub(super) version: i32,
}

/// How many steps.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ArticleReviewSteps)]
pub(super) struct ReviewSteps {
    /// 1 初审, 2 初审和复审, 3 初审、复审和终审.
    #[schema(minimum = 1, maximum = 3)]
    pub(super) steps: i32,
}

/// The checklist of reviewers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleReviewCheckList)]
pub(super) struct ReviewCheckList {
    pub(super) items: Vec<ReviewCheck>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// One thing that reviewers look at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleReviewCheck)]
pub(super) struct ReviewCheck {
    #[schema(example = "typos")]
    pub(super) id: String,
    #[schema(example = "没有错别字")]
    pub(super) title: String,
    pub(super) position: i32,
    /// Whether reviewers have to tick it.
    pub(super) enabled: bool,
    /// For `If-Match`.
    pub(super) version: i32,
}

/// One thing that reviewers look at, to be written.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewArticleReviewCheck)]
pub(super) struct NewReviewCheck {
    #[schema(min_length = 1, max_length = 60)]
    pub(super) title: String,
    pub(super) position: i32,
    pub(super) enabled: bool,
}

/// How far ahead to look.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DueParameters {
    /// Days from today; what is overdue always counts.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 730, default = 30)]
    pub(super) within_days: Option<String>,
}

/// Live articles that have to be read by somebody qualified again, the most urgent first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleReviewsDueList)]
pub(super) struct ReviewsDueList {
    pub(super) items: Vec<ReviewDue>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// An article that has to be read again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleReviewDue)]
pub(super) struct ReviewDue {
    pub(super) id: i32,
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) region_code: Option<String>,
    /// `null` where nobody qualified has read it yet.
    pub(super) medical_reviewer: Option<String>,
    pub(super) review_by: Option<NaiveDate>,
    pub(super) overdue: bool,
    #[schema(example = "还有 12 天需要复核")]
    pub(super) text: String,
}
