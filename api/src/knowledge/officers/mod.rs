//! Health officers (健康专干) of communities.

pub(super) mod dto;
mod routes;
pub(super) mod service;

use utoipa_actix_web::service_config::ServiceConfig;

use super::published::Officer;
use crate::search::doc::{Doc, DocKind};

/// Adds the officers below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_officers);
}

/// A post as the search knows it.
pub fn doc(officer: &Officer) -> Doc {
    Doc {
        kind: DocKind::Officer,
        reference: officer.row.id.clone(),
        title: title(officer),
        tags: Vec::new(),
        body: format!("{}\n{}", officer.duties.join("\n"), officer.row.description),
        topics: Vec::new(),
        published_at: chrono::DateTime::UNIX_EPOCH,
        expire_at: None,
    }
}

/// What a post is called in a list of results.
pub fn title(officer: &Officer) -> String {
    format!("{} {}", officer.row.unit, officer.row.role)
}
