//! Numbers of activities put together: by series, kind of venue, region or month.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveEnum;

use super::figures::Counted;
use super::words;
use crate::feedback::mean;

/// By what activities are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grouping {
    Series,
    Venue,
    Region,
    Month,
    Kind,
}

impl Grouping {
    pub(super) const WORDS: [(&'static str, Self); 5] = [
        ("series", Self::Series),
        ("venue", Self::Venue),
        ("region", Self::Region),
        ("month", Self::Month),
        ("kind", Self::Kind),
    ];

    /// Its value of the parameter `by`.
    pub(super) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, grouping)| *grouping == self).map_or("", |(word, _)| word)
    }

    /// What the office calls it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Series => "系列",
            Self::Venue => "场所类型（四进）",
            Self::Region => "区划",
            Self::Month => "月份",
            Self::Kind => "活动类型",
        }
    }
}

/// Sums of one group, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    /// That took place.
    pub(super) held: i64,
    /// That took place and have something to show for it.
    pub(super) with_evidence: i64,
    /// That are announced and did not take place yet.
    pub(super) planned: i64,
    pub(super) cancelled: i64,
    /// Seats of those that took place.
    pub(super) seats: i64,
    /// People with a seat at those that took place.
    pub(super) confirmed: i64,
    /// People who came to those that took place.
    pub(super) came: i64,
    pub(super) answers: i64,
    pub(super) stars: i64,
}

impl Sums {
    fn add(&mut self, counted: &Counted, now: DateTime<Utc>) {
        use entity::activity::Status;
        match counted.activity.status {
            Status::Cancelled => self.cancelled += 1,
            _ if counted.was_held(now) => {
                self.held += 1;
                self.with_evidence += i64::from(counted.figures.evidence > 0);
                self.seats += i64::from(counted.activity.capacity);
                self.confirmed += counted.figures.confirmed;
                self.came += counted.figures.came;
                self.answers += counted.figures.answers;
                self.stars += counted.figures.stars;
            }
            _ => self.planned += 1,
        }
    }

    /// Share of the people with a seat who came.
    pub(super) fn attendance_rate(&self) -> Option<f64> {
        ratio(self.came, self.confirmed)
    }

    /// Mean of the stars, 1 to 5, where enough people answered.
    pub(super) fn satisfaction(&self) -> Option<f64> {
        mean(self.stars, self.answers)
    }
}

/// A quotient, where there is something to divide by.
pub(super) fn ratio(part: i64, whole: i64) -> Option<f64> {
    let number = |count: i64| i32::try_from(count).ok().map(f64::from);
    if whole == 0 { None } else { Some(number(part)? / number(whole)?) }
}

/// One group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    /// Id for programs: of the series or region, the word of a kind, or a month as `2026-11`.
    pub(super) key: String,
    pub(super) title: String,
    pub(super) sums: Sums,
    /// How many there shall be in a year, where that is set.
    pub(super) target: Option<i32>,
}

/// A series, as its groups are called and measured.
#[derive(Clone, Debug)]
pub(super) struct SeriesInfo {
    pub(super) title: String,
    pub(super) region_code: String,
    /// How many there shall be in a year; absent also where not all of its sessions are counted.
    pub(super) target: Option<i32>,
}

/// What groups are called.
pub(super) struct Titles<'t> {
    pub(super) series: &'t BTreeMap<i32, SeriesInfo>,
    pub(super) region: &'t dyn Fn(&str) -> String,
}

/// The groups by their keys, and everything together. A series that shall be held and was not yet stands
/// there with nothing.
pub(super) fn grouped(
    activities: &[Counted],
    grouping: Grouping,
    titles: &Titles<'_>,
    now: DateTime<Utc>,
) -> (Vec<Group>, Sums) {
    let mut groups: BTreeMap<(String, String), Sums> = BTreeMap::new();
    if grouping == Grouping::Series {
        let due = titles.series.iter().filter(|(_, series)| series.target.is_some());
        groups.extend(due.map(|(id, series)| ((sortable(*id), series.title.clone()), Sums::default())));
    }
    let mut total = Sums::default();
    for counted in activities {
        groups.entry(key(counted, grouping, titles)).or_default().add(counted, now);
        total.add(counted, now);
    }
    let group = |((key, title), sums): ((String, String), Sums)| {
        let series = key.parse::<i32>().ok().filter(|_| grouping == Grouping::Series);
        let target = series.and_then(|id| titles.series.get(&id)?.target);
        Group { key: series.map_or(key, |id| id.to_string()), title, sums, target }
    };
    (groups.into_iter().map(group).collect(), total)
}

/// Numbers as text that sorts as they do.
fn sortable(id: i32) -> String {
    format!("{id:010}")
}

fn key(counted: &Counted, grouping: Grouping, titles: &Titles<'_>) -> (String, String) {
    let activity = &counted.activity;
    match grouping {
        Grouping::Series => match activity.series_id {
            Some(id) => {
                let title = titles.series.get(&id).map_or_else(String::new, |series| series.title.clone());
                (sortable(id), title)
            }
            None => ("none".to_owned(), "不属于系列".to_owned()),
        },
        Grouping::Venue => match activity.venue_type {
            Some(venue) => (venue.to_value(), words::venue(venue).to_owned()),
            None => ("none".to_owned(), "未填写".to_owned()),
        },
        Grouping::Region => (activity.region_code.clone(), (titles.region)(&activity.region_code)),
        Grouping::Kind => (activity.kind.to_value(), words::kind(activity.kind).to_owned()),
        Grouping::Month => {
            let zone = activity.time_zone.parse().unwrap_or(chrono_tz::Asia::Shanghai);
            let starts = activity.starts_at.with_timezone(&zone);
            (starts.format("%Y-%m").to_string(), starts.format("%Y年%-m月").to_string())
        }
    }
}
