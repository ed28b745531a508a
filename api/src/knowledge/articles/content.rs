//! What is entered for an article: complete or not while it is written, complete when it is submitted.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::{Months, NaiveDate};
use entity::{article, article_revision};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{self, Body, Note};
use super::dto::ArticleQuiz;
use super::write::{ArticleDraft, Media};
use crate::error::{ApiError, ApiResult, FieldError};
use crate::http::field_errors::FieldErrors;
use crate::knowledge::audience;

/// Characters of a title that is submitted.
const LONGEST_TITLE: usize = 60;
/// Characters of a summary that is submitted.
const LONGEST_SUMMARY: usize = 80;
/// Characters that a draft may hold in a line; more than may be submitted, so that nothing typed is lost.
const LONGEST_LINE: usize = 200;
/// Characters of a body as it is entered.
const LONGEST_BODY: usize = 200_000;
const LONGEST_URL: usize = 500;
const MOST_TOPICS: usize = 10;
const MOST_AUDIENCES: usize = 10;
const MOST_RELATED: usize = 6;
const MOST_CHOICES: usize = 6;
/// Items of health literacy, in either edition (66条).
pub const LITERACY_ITEMS: RangeInclusive<i32> = 1..=66;
const MOST_ITEMS: usize = 66;
/// Months after a medical review by which there must be another.
const REVIEW_HOLDS_MONTHS: u32 = 24;

/// What an article says, as it is entered. What is left out is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ArticleContent)]
#[serde(default, deny_unknown_fields)]
pub struct Content {
    /// At most 60 characters when it is submitted.
    #[schema(max_length = 200, example = "一天的盐有多少")]
    pub title: String,
    /// To be read aloud; at most 80 characters when it is submitted.
    #[schema(max_length = 200)]
    pub elder_summary: String,
    /// The text.
    pub body: BodySource,
    /// Whom it is for: `everyone`, `women`, `children`, `elders`, `chronic`, `adolescents`, `pregnant`, `workers`;
    /// nobody named is everyone.
    #[schema(max_items = 10)]
    pub audiences: Vec<String>,
    /// Ids of topics, the most important first.
    #[schema(max_items = 10)]
    pub topics: Vec<String>,
    /// Standard or guideline it follows; a notice needs none.
    #[schema(max_length = 200)]
    pub source_name: String,
    #[schema(max_length = 200)]
    pub source_edition: Option<String>,
    #[schema(max_length = 500)]
    pub source_url: Option<String>,
    /// Whether it tells people what is good for their health: then it needs a source and somebody qualified who
    /// has read it.
    pub health_claims: bool,
    /// The doctor or public-health worker who read it.
    #[schema(max_length = 200, example = "葵涌社康中心 全科医生")]
    pub medical_reviewer: Option<String>,
    pub reviewed_on: Option<NaiveDate>,
    /// By when it must be read again, at most 24 months later.
    pub review_by: Option<NaiveDate>,
    pub literacy: Option<LiteracyItems>,
    pub quiz: Option<ArticleQuiz>,
    /// Picture for lists, of the media of this server.
    pub cover_media_id: Option<Uuid>,
    /// The spoken text.
    pub audio_media_id: Option<Uuid>,
    /// The video.
    pub video_media_id: Option<Uuid>,
    /// Numbers of other articles to read.
    #[schema(max_items = 6)]
    pub related: Vec<i32>,
}

/// A text and how it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ArticleBodySource)]
#[serde(default, deny_unknown_fields)]
pub struct BodySource {
    pub format: BodyFormat,
    /// HTML is kept as far as the rich text of WeChat shows it.
    #[schema(max_length = 200_000)]
    pub text: String,
}

/// How a text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ArticleBodyFormat)]
#[serde(rename_all = "snake_case")]
pub enum BodyFormat {
    #[default]
    Html,
    Markdown,
}

/// Items of 中国公民健康素养——基本知识与技能.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ArticleLiteracyItems)]
#[serde(deny_unknown_fields)]
pub struct LiteracyItems {
    /// Year of the edition, 2000 to 2100; a draft may say another until it is submitted.
    pub edition: i32,
    /// Numbers of the items in that edition, 1 to 66, each once; none where nobody looked them up.
    #[schema(max_items = 66)]
    pub items: Vec<i32>,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            title: String::new(),
            elder_summary: String::new(),
            body: BodySource::default(),
            audiences: Vec::new(),
            topics: Vec::new(),
            source_name: String::new(),
            source_edition: None,
            source_url: None,
            health_claims: true,
            medical_reviewer: None,
            reviewed_on: None,
            review_by: None,
            literacy: None,
            quiz: None,
            cover_media_id: None,
            audio_media_id: None,
            video_media_id: None,
            related: Vec::new(),
        }
    }
}

impl BodySource {
    /// The text in both forms in which it is shown.
    pub fn rendered(&self) -> Body {
        match self.format {
            BodyFormat::Html => body::from_html(&self.text),
            BodyFormat::Markdown => body::from_markdown(&self.text),
        }
    }

    /// Whether some of it is struck out, which residents are not shown.
    pub fn is_partly_struck(&self) -> bool {
        let reading = match self.format {
            BodyFormat::Html => body::read_html(&self.text),
            BodyFormat::Markdown => body::read_markdown(&self.text),
        };
        reading.notes.times(Note::StruckRemoved) > 0
    }
}

impl Content {
    /// Reads what was stored.
    ///
    /// # Errors
    /// When it is none.
    pub fn stored(value: Value) -> ApiResult<Self> {
        serde_json::from_value(value)
            .map_err(|error| ApiError::Internal(anyhow::Error::new(error).context("a draft cannot be read")))
    }

    /// What a revision says, to be written on.
    ///
    /// # Errors
    /// When the revision cannot be read.
    pub fn of_revision(
        row: article_revision::Model,
        kind: article::Kind,
        topics: Vec<String>,
        related: Vec<i32>,
    ) -> ApiResult<Self> {
        let list = |stored: Value| -> ApiResult<Vec<i32>> {
            Ok(serde_json::from_value(stored).map_err(anyhow::Error::new)?)
        };
        let items = list(row.literacy_items)?;
        Ok(Self {
            title: row.title,
            elder_summary: row.elder_summary,
            body: BodySource { format: BodyFormat::Html, text: row.body_html },
            audiences: serde_json::from_value(row.audiences).map_err(anyhow::Error::new)?,
            topics,
            source_name: row.source_name,
            source_edition: row.source_edition,
            source_url: row.source_url,
            health_claims: row.medical_reviewer.is_some() || kind != article::Kind::Notice,
            medical_reviewer: row.medical_reviewer,
            reviewed_on: row.reviewed_on,
            review_by: row.review_by,
            literacy: row.literacy_edition.map(|edition| LiteracyItems { edition, items }),
            quiz: row.quiz.map(serde_json::from_value).transpose().map_err(anyhow::Error::new)?,
            cover_media_id: row.cover_url.as_deref().and_then(media_id),
            audio_media_id: row.audio_url.as_deref().and_then(media_id),
            video_media_id: row.video_url.as_deref().and_then(media_id),
            related,
        })
    }

    /// What a revision that is about to be frozen says.
    pub fn of_draft(draft: &ArticleDraft) -> Self {
        Self {
            title: draft.title.clone(),
            elder_summary: draft.elder_summary.clone(),
            body: BodySource { format: BodyFormat::Html, text: draft.body.html.clone() },
            audiences: draft.audiences.clone(),
            topics: draft.topics.clone(),
            source_name: draft.source_name.clone(),
            source_edition: draft.source_edition.clone(),
            source_url: draft.source_url.clone(),
            health_claims: draft.medical_reviewer.is_some() || draft.kind != article::Kind::Notice,
            medical_reviewer: draft.medical_reviewer.clone(),
            reviewed_on: draft.reviewed_on,
            review_by: draft.review_by,
            literacy: draft.literacy.clone().map(|(edition, items)| LiteracyItems { edition, items }),
            quiz: draft.quiz.clone().and_then(|quiz| serde_json::from_value(quiz).ok()),
            ..Self::default()
        }
    }

    /// The content as it is kept: HTML without what may not be shown.
    ///
    /// # Errors
    /// 422 where something is longer than anything that is ever typed.
    pub fn kept(mut self) -> ApiResult<Self> {
        let mut errors = FieldErrors::default();
        let lines = [
            ("/title", Some(&self.title)),
            ("/elder_summary", Some(&self.elder_summary)),
            ("/source_name", Some(&self.source_name)),
            ("/source_edition", self.source_edition.as_ref()),
            ("/medical_reviewer", self.medical_reviewer.as_ref()),
        ];
        for (pointer, line) in lines {
            if line.is_some_and(|line| line.chars().count() > LONGEST_LINE) {
                errors.add(pointer, "too_long", format!("最多 {LONGEST_LINE} 个字，请缩短。"));
            }
        }
        if self.body.text.chars().count() > LONGEST_BODY {
            errors.add("/body/text", "too_long", "正文太长，请分成几篇文章。");
        }
        if self.source_url.as_ref().is_some_and(|url| url.chars().count() > LONGEST_URL) {
            errors.add("/source_url", "too_long", format!("网址最多 {LONGEST_URL} 个字符。"));
        }
        for (pointer, count, most) in [
            ("/topics", self.topics.len(), MOST_TOPICS),
            ("/audiences", self.audiences.len(), MOST_AUDIENCES),
            ("/related", self.related.len(), MOST_RELATED),
        ] {
            if count > most {
                errors.add(pointer, "too_many", format!("最多 {most} 项，请删去一些。"));
            }
        }
        if self.quiz.as_ref().is_some_and(|quiz| quiz.size() > LONGEST_LINE * (MOST_CHOICES + 2)) {
            errors.add("/quiz", "too_long", "题目太长，请缩短。");
        }
        if self.literacy.as_ref().is_some_and(|literacy| literacy.items.len() > MOST_ITEMS) {
            errors.add("/literacy/items", "too_many", format!("条目最多 {MOST_ITEMS} 项。"));
        }
        errors.finish()?;
        if self.body.format == BodyFormat::Html {
            self.body.text = body::from_html(&self.body.text).html;
        }
        Ok(self)
    }

    /// Everything it says as text, a line for each paragraph.
    pub fn plain_text(&self) -> String {
        let body = body::plain_text(&self.body.rendered().blocks);
        format!("{}\n{}\n{body}", self.title, self.elder_summary)
    }

    /// What is still missing or wrong before it can be submitted; which topics and articles exist is asked of
    /// the caller.
    pub fn faults(
        &self,
        kind: article::Kind,
        today: NaiveDate,
        is_topic: impl Fn(&str) -> bool,
    ) -> Vec<FieldError> {
        let mut faults = Faults::default();
        self.check_text(kind, &mut faults);
        self.check_labels(&mut faults, is_topic);
        if self.health_claims {
            self.check_claims(today, &mut faults);
        }
        if let Some(url) = self.source_url.as_deref().filter(|url| !url.is_empty())
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            faults.add("/source_url", "bad_url", "来源网址要以 https:// 或 http:// 开头。");
        }
        if let Some(quiz) = &self.quiz {
            quiz.check(&mut faults);
        }
        faults.0
    }

    fn check_text(&self, kind: article::Kind, faults: &mut Faults) {
        if kind == article::Kind::Video && self.video_media_id.is_none() {
            faults.add("/video_media_id", "missing", "视频文章要先上传并选择一段视频。");
        }
        let title = self.title.trim().chars().count();
        if title == 0 {
            faults.add("/title", "missing", "请填写标题。");
        } else if title > LONGEST_TITLE {
            faults.add("/title", "too_long", format!("标题最多 {LONGEST_TITLE} 个字，现在有 {title} 个。"));
        }
        let summary = self.elder_summary.trim().chars().count();
        if summary > LONGEST_SUMMARY {
            faults.add(
                "/elder_summary",
                "too_long",
                format!("朗读摘要最多 {LONGEST_SUMMARY} 个字，现在有 {summary} 个。"),
            );
        } else if summary == 0 && kind != article::Kind::Notice {
            faults.add("/elder_summary", "missing", "请用一两句大白话写出要点，给老人朗读用。");
        }
        if self.body.rendered().blocks.is_empty() {
            faults.add("/body/text", "missing", "请填写正文。");
        }
    }

    fn check_labels(&self, faults: &mut Faults, is_topic: impl Fn(&str) -> bool) {
        if let Some(unknown) = self.topics.iter().find(|id| !is_topic(id)) {
            faults.add("/topics", "unknown_topic", format!("没有专题“{unknown}”，请从专题列表中选择。"));
        }
        if has_repeats(&self.topics) {
            faults.add("/topics", "repeated", "同一个专题只选一次。");
        }
        if !self.audiences.iter().all(|word| audience::is_known(word)) || has_repeats(&self.audiences) {
            let message = format!("请从 {} 中选择适合人群，每种只选一次。", audience::choices());
            faults.add("/audiences", "bad_audience", message);
        }
        if let Some(literacy) = &self.literacy {
            literacy.check(faults);
        }
        if has_repeats(&self.related) {
            faults.add("/related", "repeated", "同一篇相关文章只选一次。");
        }
    }

    /// A health claim needs a source, somebody qualified who read it, and a day on which that is over.
    fn check_claims(&self, today: NaiveDate, faults: &mut Faults) {
        if self.source_name.trim().is_empty() {
            faults.add(
                "/source_name",
                "missing",
                "有健康建议的文章要写明依据，例如《中国居民膳食指南（2022）》。",
            );
        }
        if self.medical_reviewer.as_deref().is_none_or(|name| name.trim().is_empty()) {
            faults.add(
                "/medical_reviewer",
                "missing",
                "有健康建议的文章要由医生或公卫人员审核，请填写审核人。",
            );
        }
        let Some(reviewed_on) = self.reviewed_on else {
            faults.add("/reviewed_on", "missing", "请填写医学审核的日期。");
            return;
        };
        if reviewed_on > today {
            faults.add("/reviewed_on", "in_future", "医学审核的日期不能晚于今天。");
        }
        let latest = reviewed_on.checked_add_months(Months::new(REVIEW_HOLDS_MONTHS));
        match self.review_by {
            None => faults.add("/review_by", "missing", "请填写下次复核的日期，最长两年。"),
            Some(review_by) if review_by <= today || latest.is_some_and(|latest| review_by > latest) => {
                faults.add("/review_by", "bad_date", "复核日期要在今天以后，并且不晚于审核后两年。");
            }
            Some(_) => {}
        }
    }

    /// The media it names beside those in its text.
    pub fn media(&self) -> Media {
        Media { cover: self.cover_media_id, audio: self.audio_media_id, video: self.video_media_id }
    }

    /// Every medium it shows.
    pub fn media_ids(&self) -> BTreeSet<Uuid> {
        let named = [self.cover_media_id, self.audio_media_id, self.video_media_id];
        let in_text = self.body.rendered().html;
        named.into_iter().flatten().chain(media_ids_in(&in_text)).collect()
    }

    /// The revision that is frozen of it. `source` is named where it has none of its own.
    pub fn revision(&self, identity: &article::Model, source: &str) -> ArticleDraft {
        let text = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let own_source = self.source_name.trim();
        let audiences = if self.audiences.is_empty() {
            vec![audience::EVERYONE.to_owned()]
        } else {
            self.audiences.clone()
        };
        ArticleDraft {
            slug: String::new(),
            kind: identity.kind,
            region_code: identity.region_code.clone(),
            title: self.title.trim().to_owned(),
            elder_summary: self.elder_summary.trim().to_owned(),
            body: self.body.rendered(),
            audiences,
            topics: self.topics.clone(),
            source_name: if own_source.is_empty() { source } else { own_source }.to_owned(),
            source_edition: text(&self.source_edition),
            source_url: text(&self.source_url),
            medical_reviewer: text(&self.medical_reviewer).filter(|_| self.reviewed_on.is_some()),
            reviewed_on: self.reviewed_on.filter(|_| text(&self.medical_reviewer).is_some()),
            review_by: self.review_by,
            literacy: self.literacy.clone().map(|literacy| (literacy.edition, literacy.items)),
            quiz: self.quiz.as_ref().map(|quiz| json!(quiz)),
            demo: false,
        }
    }
}

/// The medium that an address such as `/media/{id}/750` names.
fn media_id(address: &str) -> Option<Uuid> {
    address.strip_prefix("/media/")?.split('/').next()?.parse().ok()
}

/// The media whose addresses stand in sanitised HTML.
fn media_ids_in(html: &str) -> impl Iterator<Item = Uuid> {
    html.split("src=\"").skip(1).filter_map(media_id)
}

/// What is wrong, collected to be shown rather than refused.
#[derive(Default)]
pub(super) struct Faults(Vec<FieldError>);

impl Faults {
    fn add(&mut self, pointer: &str, code: &str, message: impl Into<String>) {
        self.0.push(FieldError {
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            message: message.into(),
        });
    }
}

impl LiteracyItems {
    fn check(&self, faults: &mut Faults) {
        if !(2000..=2100).contains(&self.edition) {
            faults.add("/literacy/edition", "bad_items", "请填写健康素养 66 条的版本年份，例如 2024。");
        }
        if !self.items.iter().all(|number| LITERACY_ITEMS.contains(number)) || has_repeats(&self.items) {
            faults.add("/literacy/items", "bad_items", "条目编号是 1 到 66，每条只写一次。");
        }
    }
}

impl ArticleQuiz {
    fn size(&self) -> usize {
        let choices: usize = self.choices.iter().map(|choice| choice.chars().count()).sum();
        self.question.chars().count() + choices + self.explanation.chars().count() + self.choices.len()
    }

    fn check(&self, faults: &mut Faults) {
        let empty = |text: &String| text.trim().is_empty();
        if empty(&self.question) || empty(&self.explanation) || self.choices.iter().any(empty) {
            faults.add("/quiz", "missing", "小测验的题目、选项和解释都要填写，或者不出题。");
        }
        let right = usize::try_from(self.answer).is_ok_and(|answer| answer < self.choices.len());
        if !(2..=MOST_CHOICES).contains(&self.choices.len()) || !right {
            faults.add("/quiz/choices", "bad_choices", "小测验要有 2 到 6 个选项，并指出哪一个正确。");
        }
    }
}

fn has_repeats<T: Ord>(list: &[T]) -> bool {
    let distinct: BTreeSet<&T> = list.iter().collect();
    distinct.len() != list.len()
}
