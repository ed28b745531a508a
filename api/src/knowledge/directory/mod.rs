//! Workers change what residents read beside articles: services, health officers, health days of a year, and the
//! words that mean a topic. What is written is read at once, and every change is in the audit log.

mod dto;
mod health_days;
mod officers;
mod routes;
mod services;
mod synonyms;
mod upkeep;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the changes below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_service_records)
        .service(routes::get_service)
        .service(routes::put_service)
        .service(routes::delete_service)
        .service(routes::get_officer)
        .service(routes::put_officer)
        .service(routes::delete_officer)
        .service(routes::get_topic_synonyms)
        .service(routes::put_topic_synonyms)
        .service(routes::get_health_day_year)
        .service(routes::put_health_day_year)
        .service(routes::delete_health_day_year);
}
