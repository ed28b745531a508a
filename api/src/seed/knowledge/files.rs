//! The seed files of what residents read, and their form.

use chrono::NaiveDate;
use entity::{article, service};
use serde::Deserialize;
use serde_json::Value;

pub(super) const TOPICS: &str = include_str!("../../../../seeds/topics.json");
pub(super) const SERVICES: &str = include_str!("../../../../seeds/services.json");
pub(super) const OFFICERS: &str = include_str!("../../../../seeds/officers.json");
pub(super) const HEALTH_DAYS: &str = include_str!("../../../../seeds/health_days.json");

/// Front matter in YAML and a body in Markdown each.
pub(super) const ARTICLES: [&str; 35] = [
    include_str!("../../../../seeds/articles/01-daily-salt.md"),
    include_str!("../../../../seeds/articles/02-oil-pot.md"),
    include_str!("../../../../seeds/articles/03-sugary-drinks.md"),
    include_str!("../../../../seeds/articles/04-enough-water.md"),
    include_str!("../../../../seeds/articles/05-vegetables-fruit-tubers.md"),
    include_str!("../../../../seeds/articles/06-milk-beans-fish-eggs.md"),
    include_str!("../../../../seeds/articles/07-twelve-foods.md"),
    include_str!("../../../../seeds/articles/08-weight-and-waist.md"),
    include_str!("../../../../seeds/articles/09-weight-after-eighty.md"),
    include_str!("../../../../seeds/articles/10-child-weight.md"),
    include_str!("../../../../seeds/articles/11-home-blood-pressure.md"),
    include_str!("../../../../seeds/articles/12-hut-reading-140-90.md"),
    include_str!("../../../../seeds/articles/13-fasting-glucose-hba1c.md"),
    include_str!("../../../../seeds/articles/14-lipids-check.md"),
    include_str!("../../../../seeds/articles/15-weekly-150-minutes.md"),
    include_str!("../../../../seeds/articles/16-six-thousand-steps.md"),
    include_str!("../../../../seeds/articles/17-sleep-hours.md"),
    include_str!("../../../../seeds/articles/18-brushing-and-sealants.md"),
    include_str!("../../../../seeds/articles/19-outdoor-two-hours.md"),
    include_str!("../../../../seeds/articles/20-calcium-and-falls.md"),
    include_str!("../../../../seeds/articles/21-before-pregnancy.md"),
    include_str!("../../../../seeds/articles/22-pregnancy-weight-gain.md"),
    include_str!("../../../../seeds/articles/23-hpv-and-two-cancers.md"),
    include_str!("../../../../seeds/articles/24-quit-smoking.md"),
    include_str!("../../../../seeds/articles/25-asking-for-psychological-help.md"),
    include_str!("../../../../seeds/articles/26-cpr-and-aed.md"),
    include_str!("../../../../seeds/articles/27-carbon-monoxide-and-bites.md"),
    include_str!("../../../../seeds/articles/28-flu-vaccine.md"),
    include_str!("../../../../seeds/articles/29-family-medicine-box.md"),
    include_str!("../../../../seeds/articles/30-health-rumours.md"),
    include_str!("../../../../seeds/articles/31-cancer-early.md"),
    include_str!("../../../../seeds/articles/32-gout-diet.md"),
    include_str!("../../../../seeds/articles/33-menopause.md"),
    include_str!("../../../../seeds/articles/34-dementia-early-signs.md"),
    include_str!("../../../../seeds/articles/35-tcm-at-home.md"),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicEntry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) parent: Option<String>,
    pub(super) description: String,
    pub(super) synonyms: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArticleEntry {
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) kind: ArticleKind,
    pub(super) topics: Vec<String>,
    pub(super) audiences: Vec<String>,
    pub(super) elder_summary: String,
    pub(super) source: String,
    pub(super) source_edition: Option<String>,
    pub(super) source_url: Option<String>,
    pub(super) medical_reviewer: Option<String>,
    pub(super) reviewed_on: Option<NaiveDate>,
    pub(super) review_by: Option<NaiveDate>,
    pub(super) literacy_items: Option<LiteracyEntry>,
    #[serde(default)]
    pub(super) related: Vec<String>,
    pub(super) quiz: Option<Value>,
    pub(super) demo: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LiteracyEntry {
    pub(super) edition: i32,
    pub(super) numbers: Vec<i32>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ArticleKind {
    Article,
    Video,
    Notice,
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceEntry {
    pub(super) id: String,
    pub(super) kind: ServiceKind,
    pub(super) title: String,
    pub(super) phone: Option<String>,
    pub(super) hours: Option<String>,
    pub(super) topics: Vec<String>,
    pub(super) audiences: Vec<String>,
    pub(super) priority: i32,
    pub(super) description: String,
    pub(super) source: String,
    pub(super) demo: bool,
    pub(super) region_code: Option<String>,
    pub(super) feature_key: Option<String>,
    pub(super) platform: Option<String>,
    pub(super) appid: Option<String>,
    pub(super) path: Option<String>,
    #[serde(default = "yes")]
    pub(super) enabled: bool,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ServiceKind {
    Hotline,
    Clinic,
    AppLink,
}

impl From<ServiceKind> for service::Kind {
    fn from(kind: ServiceKind) -> Self {
        match kind {
            ServiceKind::Hotline => Self::Hotline,
            ServiceKind::Clinic => Self::Clinic,
            ServiceKind::AppLink => Self::AppLink,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfficerEntry {
    pub(super) id: String,
    pub(super) region_code: String,
    pub(super) unit: String,
    pub(super) role: String,
    pub(super) name: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) hours: Option<String>,
    pub(super) duties: Vec<String>,
    pub(super) description: String,
    pub(super) source: String,
    pub(super) demo: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HealthDayEntry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) rule: Value,
    pub(super) topics: Vec<String>,
    pub(super) note: Option<String>,
    pub(super) certain: bool,
}
