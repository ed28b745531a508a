//! Links with which a doctor sees a record: for days, for a number of views, until they are taken back.
//!
//! Only the hash of a link's secret is kept. A link shows the days it was made for and nothing that was measured
//! later. Each opening takes one view, in the transaction that notes it in the person's access log; looking at the
//! cover takes none, since messengers look at links by themselves. A link ends with the right of whoever made it: a
//! guardian's does when the child is of age.

mod cover;
mod dto;
mod holding;
mod page;
mod routes;
mod service;
mod view;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use self::holding::HOLDING;

/// Adds `/people/{id}/shares` and `/shared/{token}` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_shares)
        .service(routes::make_share)
        .service(routes::revoke_share)
        .service(routes::open_share)
        .service(routes::open_share_as_pdf);
}

/// Adds `/s/{token}`, the page behind a link.
pub fn configure_pages(services: &mut ServiceConfig<'_>) {
    services
        .service(page::show_share_cover)
        .service(page::open_share_page)
        .service(page::open_share_page_as_pdf);
}
