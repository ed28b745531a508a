use chrono::{Datelike, NaiveDate};

use super::HealthDay;
use super::dto::HealthDayItem;
use crate::knowledge::dto::TopicName;
use crate::knowledge::published::Knowledge;

/// The health days of a year by their first day.
pub(in crate::knowledge) fn of_year(knowledge: &Knowledge, year: i32) -> Vec<HealthDayItem> {
    let mut items: Vec<_> =
        knowledge.state.health_days.iter().filter_map(|day| item(knowledge, day, year)).collect();
    items.sort_by_key(|item| (item.starts_on, item.ends_on));
    items
}

/// Those that hold a day, single days before weeks and months.
pub(in crate::knowledge) fn on(knowledge: &Knowledge, day: NaiveDate) -> Vec<HealthDayItem> {
    // A range may have begun in the year before.
    let years = [day.year() - 1, day.year()];
    let mut items: Vec<_> = years.into_iter().flat_map(|year| of_year(knowledge, year)).collect();
    items.retain(|item| item.starts_on <= day && day <= item.ends_on);
    items.sort_by_key(|item| item.ends_on.signed_duration_since(item.starts_on));
    items
}

/// The next ones after a day.
pub(in crate::knowledge) fn after(knowledge: &Knowledge, day: NaiveDate, count: usize) -> Vec<HealthDayItem> {
    let years = [day.year(), day.year() + 1];
    let items = years.into_iter().flat_map(|year| of_year(knowledge, year));
    items.filter(|item| item.starts_on > day).take(count).collect()
}

fn item(knowledge: &Knowledge, day: &HealthDay, year: i32) -> Option<HealthDayItem> {
    let (starts_on, ends_on) = day.days(year)?;
    let known = day.overrides.get(&year);
    Some(HealthDayItem {
        id: day.id.clone(),
        title: day.title.clone(),
        starts_on,
        ends_on,
        theme: known.and_then(|known| known.theme.clone()),
        note: day.note.clone(),
        certain: day.certain || known.is_some_and(|known| known.days.is_some()),
        topics: TopicName::of(&knowledge.state.topics, &day.topics),
    })
}
