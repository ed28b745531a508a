use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::assessment::Level;
use crate::health_report::Report;

/// A link to be made.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewShare {
    /// Whom it is for, as the access log shall tell it.
    #[schema(min_length = 1, max_length = 30, example = "人民医院王医生")]
    pub(super) label: String,
    /// How many days it is good for.
    #[serde(default = "usual_days")]
    #[schema(minimum = 1, maximum = 30, default = 7)]
    pub(super) days: i64,
    /// How often it may be opened.
    #[serde(default = "usual_views")]
    #[schema(minimum = 1, maximum = 50, default = 5)]
    pub(super) most_views: i32,
    /// First day of what it shows; three months back where it is missing.
    pub(super) first_day: Option<NaiveDate>,
}

fn usual_days() -> i64 {
    7
}

fn usual_views() -> i32 {
    5
}

/// Links, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShareList {
    pub(super) items: Vec<ShareView>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<Uuid>,
}

/// One link.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShareView {
    pub(super) id: Uuid,
    pub(super) label: String,
    pub(super) state: ShareState,
    pub(super) first_day: NaiveDate,
    pub(super) last_day: NaiveDate,
    pub(super) most_views: i32,
    /// How often it was opened; each time stands in the access log.
    pub(super) views: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) viewed_at: Option<DateTime<Utc>>,
    pub(super) revoked_at: Option<DateTime<Utc>>,
}

/// Whether a link still opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ShareState {
    /// It does.
    Open,
    /// Its days are over.
    Expired,
    /// Its views are used up.
    UsedUp,
    /// It was taken back.
    Revoked,
}

/// A link that was made. Its address is told this once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeShare {
    #[serde(flatten)]
    pub(super) share: ShareView,
    /// To be given to the doctor, as it is or as a QR code.
    pub(super) url: String,
}

/// What a link shows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SharedRecord {
    /// Name, where one is known.
    pub(super) name: String,
    /// Sex and age.
    pub(super) about: String,
    /// The days it covers.
    pub(super) span: String,
    pub(super) sections: Vec<SharedSection>,
}

/// One metric.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SharedSection {
    /// Code of `/metrics-catalogue`.
    pub(super) metric: String,
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) facts: Vec<String>,
    /// What the newest seven days at home come to, line by line; empty where there are none.
    pub(super) home_week: Vec<String>,
    /// The latest values, newest first.
    pub(super) rows: Vec<SharedRow>,
}

/// One value.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SharedRow {
    pub(super) at: String,
    pub(super) value: String,
    pub(super) label: String,
    pub(super) level: Level,
    pub(super) how: String,
}

impl From<Report> for SharedRecord {
    fn from(report: Report) -> Self {
        let section = |section: crate::health_report::Section| SharedSection {
            metric: section.metric,
            title: section.title,
            unit: section.unit,
            facts: section.facts,
            home_week: section.home_week.map(|week| week.facts).unwrap_or_default(),
            rows: section.rows.into_iter().map(row).collect(),
        };
        Self {
            name: report.name,
            about: report.about,
            span: report.span,
            sections: report.sections.into_iter().map(section).collect(),
        }
    }
}

fn row(row: crate::health_report::Row) -> SharedRow {
    SharedRow { at: row.at.to_rfc3339(), value: row.value, label: row.label, level: row.level, how: row.how }
}

/// Which links to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ShareParameters {
    /// Most links of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    pub(super) cursor: Option<Uuid>,
}
