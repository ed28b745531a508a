//! Health days of the year: rules, and what an editor knows better about one year.

pub(super) mod dto;
mod routes;
mod rule;
pub(super) mod service;

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use utoipa_actix_web::service_config::ServiceConfig;

pub use self::rule::{MonthDay, Rule, Span};

/// Adds the health days below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_health_days);
}

/// One health day.
#[derive(Clone, Debug)]
pub struct HealthDay {
    /// Stable id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// When it is.
    pub rule: Rule,
    /// What to know about the date.
    pub note: Option<String>,
    /// Whether the rule was checked.
    pub certain: bool,
    /// What it is about.
    pub topics: Vec<String>,
    /// What an editor knows better, by year.
    pub overrides: BTreeMap<i32, HealthDayOverride>,
}

/// What an editor knows better about a health day in one year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthDayOverride {
    /// The theme of the year.
    pub theme: Option<String>,
    /// The first and the last day, where the rule is wrong.
    pub days: Option<Span>,
}

impl HealthDay {
    /// The days in a year; `None` where that year has none.
    pub fn days(&self, year: i32) -> Option<Span> {
        self.overrides.get(&year).and_then(|known| known.days).or_else(|| self.rule.days(year))
    }

    /// Whether a day is one of its days, also where it began in the year before.
    pub fn is_on(&self, day: NaiveDate) -> bool {
        let years = [day.year() - 1, day.year()];
        years.into_iter().filter_map(|year| self.days(year)).any(|(first, last)| first <= day && day <= last)
    }
}
