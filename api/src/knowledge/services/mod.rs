//! Hotlines, clinics and doors to other apps.

pub(super) mod dto;
mod routes;
pub(super) mod service;

use entity::service::{Kind, Model};
use utoipa_actix_web::service_config::ServiceConfig;

use super::published::{Service, Topics};
use crate::search::index::{Doc, DocKind};

/// Adds the services below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_services);
}

/// Whether residents are shown it: a door to another app only once somebody made sure where it leads.
pub fn is_shown(service: &Model) -> bool {
    service.enabled || service.kind != Kind::AppLink
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
