use chrono::{DateTime, FixedOffset};
use entity::service::{Kind, Model};

use super::dto::{AppLink, ServiceItem, ServiceKind};
use super::{helps_with, is_shown};
use crate::knowledge::dto::TopicName;
use crate::knowledge::published::{Knowledge, Service};
use crate::opening::{CivilTime, Opening, OpeningState, opening};
use crate::regions::RegionTree;

/// Which services somebody wants.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::knowledge) struct Filter<'f> {
    pub(in crate::knowledge) topic: Option<&'f str>,
    pub(in crate::knowledge) kind: Option<Kind>,
    pub(in crate::knowledge) region: Option<&'f str>,
}

impl Filter<'_> {
    fn admits(&self, knowledge: &Knowledge, regions: &RegionTree, service: &Service) -> bool {
        let here = |region: &str| {
            service
                .row
                .region_code
                .as_deref()
                .is_none_or(|code| regions.is_within(region, code) || regions.is_within(code, region))
        };
        is_shown(&service.row)
            && self.topic.is_none_or(|topic| helps_with(&knowledge.state.topics, service, topic))
            && self.kind.is_none_or(|kind| kind == service.row.kind)
            && self.region.is_none_or(here)
    }
}

/// The services, the most urgent first.
pub(in crate::knowledge) fn list(
    knowledge: &Knowledge,
    regions: &RegionTree,
    filter: Filter<'_>,
    now: CivilTime,
) -> Vec<ServiceItem> {
    let wanted = knowledge.state.services.iter().filter(|service| filter.admits(knowledge, regions, service));
    wanted.map(|service| item(knowledge, service, now)).collect()
}

/// The first instant at which one of them opens or closes.
pub(in crate::knowledge) fn changes_at(items: &[ServiceItem]) -> Option<DateTime<FixedOffset>> {
    items.iter().filter_map(|item| item.opening.as_ref()?.changes_at).min()
}

/// Whether somebody is there. Of a hotline nobody asks first whether it may be called.
fn standing(row: &Model, now: CivilTime) -> Opening {
    let told = opening(row.opening_hours.as_deref(), now, row.phone.is_some());
    let can_be_tried = row.kind == Kind::Hotline && row.phone.is_some();
    if told.state != OpeningState::Unknown || !can_be_tried {
        return told;
    }
    Opening { text: "接听时间没有核实，可直接拨打".to_owned(), ..told }
}

fn item(knowledge: &Knowledge, service: &Service, now: CivilTime) -> ServiceItem {
    let row = service.row.clone();
    let is_link = row.kind == Kind::AppLink;
    ServiceItem {
        kind: match row.kind {
            Kind::Hotline => ServiceKind::Hotline,
            Kind::Clinic => ServiceKind::Clinic,
            Kind::AppLink => ServiceKind::AppLink,
        },
        opening: (!is_link).then(|| standing(&row, now)),
        link: is_link.then_some(AppLink { platform: row.platform, appid: row.appid, path: row.path }),
        id: row.id,
        title: row.title,
        description: row.description,
        phone: row.phone,
        opening_hours: row.opening_hours,
        topics: TopicName::of(&knowledge.state.topics, &service.topics),
        audiences: service.audiences.clone(),
        region_code: row.region_code,
        place_id: service.place_id,
        source: row.source,
        demo: row.demo,
    }
}
