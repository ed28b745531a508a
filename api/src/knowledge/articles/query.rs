use chrono::{DateTime, Utc};
use entity::article;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::ApiResult;
use crate::http::parameters::{given, wrong};
use crate::knowledge::audience;
use crate::knowledge::published::Article;

/// Which articles to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ArticlesParameters {
    /// Id of a topic; articles about topics below it count too.
    #[param(example = "salt")]
    pub(super) topic: Option<String>,
    /// Whom it is for; what is for everyone counts too.
    #[param(
        pattern = "^(everyone|women|children|elders|chronic|adolescents|pregnant|workers)$",
        example = "elders"
    )]
    pub(super) audience: Option<String>,
    /// What it is.
    #[param(pattern = "^(article|video|notice)$")]
    pub(super) kind: Option<String>,
    /// Region of the reader: articles for it, for those above it and for everywhere.
    #[param(example = "440307009001")]
    pub(super) region: Option<String>,
    /// Words, pinyin or initials to look for; at most 64 characters count.
    #[param(example = "血压高")]
    pub(super) q: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most articles of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

/// Reads `audience`.
pub(super) fn audience(text: Option<&str>) -> ApiResult<Option<&str>> {
    match given(text) {
        Some(other) if !audience::is_known(other) => {
            Err(wrong("audience", &format!("请填写 {} 中的一个。", audience::choices())))
        }
        known => Ok(known),
    }
}

/// Reads `kind`.
pub(in crate::knowledge) fn kind(text: Option<&str>) -> ApiResult<Option<article::Kind>> {
    Ok(match given(text) {
        None => None,
        Some("article") => Some(article::Kind::Article),
        Some("video") => Some(article::Kind::Video),
        Some("notice") => Some(article::Kind::Notice),
        Some(_) => return Err(wrong("kind", "请填写 article、video 或 notice。")),
    })
}

/// Where a page of the newest articles goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cursor {
    published_at: DateTime<Utc>,
    id: i32,
}

impl Cursor {
    pub(super) fn of(article: &Article) -> Self {
        Self { published_at: article.first_published_at, id: article.id }
    }

    /// Reads `cursor`.
    pub(super) fn read(text: Option<&str>) -> ApiResult<Option<Self>> {
        given(text).map(|text| Self::parse(text).ok_or_else(wrong_cursor)).transpose()
    }

    fn parse(text: &str) -> Option<Self> {
        let (at_ms, id) = text.split_once('-')?;
        Some(Self {
            published_at: DateTime::from_timestamp_millis(at_ms.parse().ok()?)?,
            id: id.parse().ok()?,
        })
    }

    pub(super) fn text(self) -> String {
        format!("{}-{}", self.published_at.timestamp_millis(), self.id)
    }
}

/// Reads `cursor` of a list that is in the order of its matches: how many came before.
pub(super) fn offset(text: Option<&str>) -> ApiResult<usize> {
    given(text).map_or(Ok(0), |text| text.parse().map_err(|_not_a_number| wrong_cursor()))
}

fn wrong_cursor() -> crate::error::ApiError {
    wrong("cursor", "请原样填写上一页回答中的 next。")
}
