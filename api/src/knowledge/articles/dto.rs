use chrono::{DateTime, NaiveDate, Utc};
use entity::article;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::body::Block;
use crate::knowledge::dto::TopicName;

/// Articles, the newest first; with `q` the best matches first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleList {
    pub(super) items: Vec<ArticleSummary>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
    /// Nothing matches `q`, and these come close.
    pub(super) similar: bool,
}

/// What an article is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::knowledge) enum ArticleKind {
    Article,
    Video,
    Notice,
}

impl From<article::Kind> for ArticleKind {
    fn from(kind: article::Kind) -> Self {
        match kind {
            article::Kind::Article => Self::Article,
            article::Kind::Video => Self::Video,
            article::Kind::Notice => Self::Notice,
        }
    }
}

impl From<ArticleKind> for article::Kind {
    fn from(kind: ArticleKind) -> Self {
        match kind {
            ArticleKind::Article => Self::Article,
            ArticleKind::Video => Self::Video,
            ArticleKind::Notice => Self::Notice,
        }
    }
}

/// What a list shows of an article.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::knowledge) struct ArticleSummary {
    /// Its address: `/api/v1/articles/{slug}`.
    #[schema(example = "daily-salt")]
    pub(super) slug: String,
    pub(super) kind: ArticleKind,
    pub(super) title: String,
    /// To be read aloud; at most 80 characters.
    pub(super) elder_summary: String,
    /// Address of the cover picture.
    pub(super) cover_url: Option<String>,
    /// What it is about, the most important first.
    pub(super) topics: Vec<TopicName>,
    /// Whom it is for: `everyone`, `women`, `children`, `elders`, `chronic`, `adolescents`, `pregnant`,
    /// `workers`, and what an office adds.
    pub(super) audiences: Vec<String>,
    /// Where it is for, with all below; `null` is everywhere.
    pub(super) region_code: Option<String>,
    /// Since when it is public.
    pub(super) published_at: DateTime<Utc>,
    /// Since when it says what it says now.
    pub(super) updated_at: DateTime<Utc>,
    /// Whether nobody qualified has reviewed it yet, and it only shows how articles look.
    pub(super) demo: bool,
}

/// Everything about one article.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::knowledge) struct ArticleDetail {
    #[serde(flatten)]
    pub(super) summary: ArticleSummary,
    /// The address it has now, where it was asked for by a former one.
    pub(super) moved_to: Option<String>,
    /// What readers should know first, in Chinese.
    pub(super) notice: Option<String>,
    /// Number of its revision.
    pub(super) revision: i32,
    /// HTML that the rich text of WeChat shows as it is; its pictures have whole addresses where the server knows
    /// its own.
    pub(super) body_html: String,
    /// The same content as blocks.
    #[schema(value_type = Vec<Block>)]
    pub(super) body_blocks: Box<RawValue>,
    /// Address of the spoken text.
    pub(super) audio_url: Option<String>,
    /// Address of the video.
    pub(super) video_url: Option<String>,
    /// What is said in the video, or stands on its slides, for whoever cannot hear or see it.
    pub(super) video_transcript: Option<String>,
    pub(super) source: ArticleSource,
    pub(super) review: ArticleReview,
    pub(super) literacy: Option<ArticleLiteracy>,
    #[schema(value_type = Option<ArticleQuiz>)]
    pub(super) quiz: Option<Box<RawValue>>,
    /// What else to read.
    pub(super) related: Vec<RelatedArticle>,
    /// Whom to call about it, the most urgent first.
    pub(super) hotlines: Vec<ArticleHotline>,
}

/// The standard or guideline an article follows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleSource {
    pub(super) name: String,
    pub(super) edition: Option<String>,
    pub(super) url: Option<String>,
}

/// Who reviewed an article, and by when it must be reviewed again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleReview {
    /// `null` where nobody has yet.
    pub(super) reviewer: Option<String>,
    pub(super) reviewed_on: Option<NaiveDate>,
    pub(super) review_by: Option<NaiveDate>,
}

/// Items of 中国公民健康素养——基本知识与技能 that an article explains.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleLiteracy {
    /// Year of the edition; the numbering differs between editions.
    #[schema(example = 2024)]
    pub(super) edition: i32,
    pub(super) items: Vec<i32>,
}

/// A question about an article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArticleQuiz {
    pub question: String,
    pub choices: Vec<String>,
    /// Place of the right choice, from 0.
    pub answer: u32,
    pub explanation: String,
}

/// Another article.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RelatedArticle {
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) cover_url: Option<String>,
}

/// Whom to call.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleHotline {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) phone: String,
}

/// What somebody did with an article, and where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReading {
    /// Finishing and sharing count as reading too.
    #[serde(default)]
    pub(super) act: ReadingAct,
    /// The region the reader has chosen, so that communities can be compared.
    #[schema(example = "440307009001")]
    pub(super) region: Option<String>,
}

/// What a reader did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReadingAct {
    /// Opened it.
    #[default]
    Read,
    /// Came to its end.
    Finished,
    /// Passed it on.
    Shared,
}
