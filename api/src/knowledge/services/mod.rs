//! Hotlines, clinics and doors to other apps.

pub(super) mod dto;
mod routes;
pub(super) mod service;

use entity::service::{Kind, Model};
use utoipa_actix_web::service_config::ServiceConfig;

use super::published::{Service, Topics};
use crate::search::doc::{Doc, DocKind};

/// Adds the services below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_services);
}

/// Whether residents are shown it: a door to another app only once somebody made sure where it leads.
pub fn is_shown(service: &Model) -> bool {
    service.enabled || service.kind != Kind::AppLink
}

/// Numbers of the whole country that save lives, the most urgent first.
const LIFELINES: [&str; 2] = ["120", "12356"];
/// Topics about which a lifeline comes before everything else, with those lines in their order.
const URGENT_TOPICS: [(&str, &[&str]); 3] =
    [("mental", &["12356", "120"]), ("first_aid", &["120"]), ("heart_stroke", &["120"])];

/// What people type who look for a doctor.
const CARE_WORDS: [&str; 5] = ["挂号", "看病", "看医生", "guahao", "kanbing"];

/// The number of the lifeline that it is; `None` for every other service, whatever its office calls it.
pub fn lifeline(service: &Model) -> Option<&'static str> {
    let is_national = service.kind == Kind::Hotline && service.region_code.is_none();
    let phone = service.phone.as_deref().filter(|_| is_national)?.trim();
    LIFELINES.into_iter().find(|number| *number == phone)
}

/// The lifelines about topics that somebody means, the first to be called first. Who means a whole branch of topics,
/// such as all chronic diseases, means none of them so urgently.
pub fn lifelines_about(topics: &Topics, means: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let is_meant = |id: &str| {
        let above = topics.get(id).and_then(|topic| topic.parent_id.as_deref());
        means(id) && !above.is_some_and(&means)
    };
    let urgent = URGENT_TOPICS.iter().filter(|(id, _)| is_meant(id));
    urgent.flat_map(|(_, numbers)| numbers.iter().copied()).collect()
}

/// Whether somebody who types this looks for a doctor: places that treat people then come before what there is to read.
pub fn asks_for_care(typed: &str) -> bool {
    CARE_WORDS.iter().any(|word| typed.contains(word))
}

/// The order of all lists: lifelines, then the others, then hotlines whose number nobody has filled in yet.
pub fn urgency(service: &Model) -> (usize, bool) {
    let line = lifeline(service);
    let place = LIFELINES.iter().position(|number| Some(*number) == line).unwrap_or(LIFELINES.len());
    (place, service.kind == Kind::Hotline && service.phone.is_none())
}

/// Whether it helps with a topic, with one above or with one below it.
pub fn helps_with(topics: &Topics, service: &Service, topic_id: &str) -> bool {
    let above = |below: &str, id: &str| topics.upward(below).any(|topic| topic == id);
    service.topics.iter().any(|helped| above(helped, topic_id) || above(topic_id, helped))
}

/// A service as the search knows it.
pub fn doc(service: &Service) -> Option<Doc> {
    is_shown(&service.row).then(|| Doc {
        kind: DocKind::Service,
        reference: service.row.id.clone(),
        title: service.row.title.clone(),
        tags: Vec::new(),
        body: service.row.description.clone(),
        topics: service.topics.clone(),
        published_at: chrono::DateTime::UNIX_EPOCH,
        expire_at: None,
    })
}
