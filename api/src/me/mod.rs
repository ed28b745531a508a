//! The resident who is calling: who they say they are, their phone number, how they like the screen.

mod account_cells;
mod dto;
mod holding;
mod phone;
pub mod reindex;
mod routes;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use self::account_cells::{PHONE, move_account};
pub(crate) use self::holding::{ACCOUNT, PHONE_NUMBER, PROFILE};

/// Adds the addresses of this feature.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_me).service(routes::edit_me).service(routes::set_phone);
}
