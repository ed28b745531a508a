use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ServiceRecordKind)]
#[serde(rename_all = "snake_case")]
pub(super) enum ServiceKind {
    Hotline,
    Clinic,
    AppLink,
}

/// A hotline, a clinic or a door to another app, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceContent {
    pub(super) kind: ServiceKind,
    #[schema(min_length = 1, max_length = 60)]
    pub(super) title: String,
    /// What it helps with, in plain words.
    #[schema(max_length = 500)]
    pub(super) description: String,
    pub(super) phone: Option<String>,
    /// In the syntax of OpenStreetMap; `null` is unknown.
    #[schema(example = "Mo-Fr 09:00-18:00")]
    pub(super) opening_hours: Option<String>,
    /// Whom it is for: `everyone`, `women`, `children`, `elders`, `chronic`, `adolescents`, `pregnant` or `workers`.
    pub(super) audiences: Vec<String>,
    /// What it helps with, the most important first.
    pub(super) topics: Vec<String>,
    /// The smaller comes first.
    #[schema(minimum = 0, maximum = 10_000)]
    pub(super) priority: i32,
    /// Where it is for; `null` is everywhere.
    pub(super) region_code: Option<String>,
    /// Key under which a source of the map knows its place.
    pub(super) feature_key: Option<String>,
    /// `app` or `mini_program`, for a door to another app.
    pub(super) platform: Option<String>,
    /// As WeChat gives it: `wx` and sixteen hexadecimal digits.
    #[schema(pattern = "^wx[0-9a-f]{16}$", example = "wx0123456789abcdef")]
    pub(super) appid: Option<String>,
    /// Page of the mini-program, with its query; no address of a web page.
    #[schema(max_length = 500, example = "pages/index/index?from=kangtu")]
    pub(super) path: Option<String>,
    /// A door to another app is shown only when it is enabled.
    pub(super) enabled: bool,
    /// Where this is known from.
    #[schema(min_length = 1, max_length = 200)]
    pub(super) source: String,
}

/// A service with its version.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServiceRecord {
    pub(super) id: String,
    /// As it is written with PUT.
    pub(super) content: ServiceContent,
    /// Whether it came with the program for demonstration; false once somebody changed it.
    pub(super) demo: bool,
    /// For `If-Match`.
    pub(super) version: i32,
}

/// Services as they are kept, also those that residents are not shown.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServiceRecordList {
    pub(super) items: Vec<ServiceRecord>,
    /// Always `null`: all services come at once.
    pub(super) next: Option<String>,
}

/// A post of a health officer, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfficerContent {
    pub(super) region_code: String,
    #[schema(min_length = 1, max_length = 60, example = "葵涌社区")]
    pub(super) unit: String,
    #[schema(min_length = 1, max_length = 30, example = "健康专干")]
    pub(super) role: String,
    #[schema(max_length = 30)]
    pub(super) name: Option<String>,
    pub(super) phone: Option<String>,
    /// In the syntax of OpenStreetMap.
    pub(super) opening_hours: Option<String>,
    #[schema(max_items = 20)]
    pub(super) duties: Vec<String>,
    #[schema(max_length = 500)]
    pub(super) description: String,
    #[schema(min_length = 1, max_length = 200)]
    pub(super) source: String,
    /// Order in lists, ascending.
    pub(super) position: i32,
}

/// A post with its version.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OfficerRecord {
    pub(super) id: String,
    /// As it is written with PUT.
    pub(super) content: OfficerContent,
    /// Whether it came with the program for demonstration; false once somebody changed it.
    pub(super) demo: bool,
    /// For `If-Match`.
    pub(super) version: i32,
}

/// Words that people use for a topic.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SynonymList {
    /// All of them, in place of those that were there.
    #[schema(max_items = 100, example = json!(["血压高", "高压"]))]
    pub(super) words: Vec<String>,
}

/// A topic with the words that people use for it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopicSynonyms {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) words: Vec<String>,
    /// For `If-Match`.
    pub(super) version: i32,
}

/// What is known better about a health day in one year.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HealthDayYearContent {
    #[schema(max_length = 100, example = "健康体重 相伴一生")]
    pub(super) theme: Option<String>,
    /// The first day, where the rule is wrong. Both days lie in the year.
    pub(super) starts_on: Option<NaiveDate>,
    /// The last day itself.
    pub(super) ends_on: Option<NaiveDate>,
}

/// The same with its version.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HealthDayYear {
    pub(super) id: String,
    pub(super) year: i32,
    /// As it is written with PUT.
    pub(super) content: HealthDayYearContent,
    /// For `If-Match`.
    pub(super) version: i32,
}
