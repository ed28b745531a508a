use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::highlight::TextPart;

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchParameters {
    /// Words, pinyin or initials; at most 64 characters count.
    #[param(required, nullable = false, example = "血压高")]
    pub(super) q: Option<String>,
    /// Only this kind.
    #[param(pattern = "^(article|service|officer|place|activity)$")]
    pub(super) kind: Option<String>,
    /// Region of the resident: articles for it and those above it; services, officers and places in it, above or
    /// below it.
    #[param(example = "440307009001")]
    pub(super) region: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most results of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

/// What was found, the best first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SearchResults {
    pub(super) items: Vec<SearchHit>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
    /// Nothing matches, and these come close: by their sound, or in part.
    pub(super) similar: bool,
}

/// What a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SearchHitKind {
    Article,
    Service,
    Officer,
    Place,
    Activity,
}

/// One result.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SearchHit {
    pub(super) kind: SearchHitKind,
    /// Where to go on: the slug of an article, the id of a service or an officer, the number of a place or an activity.
    #[schema(example = "daily-salt")]
    pub(super) id: String,
    pub(super) title: String,
    /// The title with what was looked for marked.
    pub(super) title_parts: Vec<TextPart>,
    /// A sentence of it with what was looked for marked.
    pub(super) excerpt_parts: Vec<TextPart>,
    /// Number to dial.
    pub(super) phone: Option<String>,
    /// Layer of a place.
    pub(super) layer: Option<String>,
    /// Whether it is demonstration data.
    pub(super) demo: bool,
}
