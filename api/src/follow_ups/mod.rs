//! What health officers do for those who share their records with them: today's list, the calls and what came
//! of them, referrals with the slip that comes back, and figures about the community.
//!
//! Officers see persons of their own community only, and only those who agreed to it at this moment (`circle`);
//! every person who is shown finds it in the list of who read. Figures are for more: they are published only as
//! far as nobody can be told from them (`figures`).

mod circle;
mod dto;
mod figures;
mod holding;
mod list;
mod officer;
mod referrals;
mod results;
mod routes;
mod rules;

use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use self::holding::HOLDING;
use crate::state::AppState;
use crate::vault::Column;

/// Where reasons and notes of calls stand sealed.
const DETAIL: Column = Column { table: "follow_up_result", column: "detail_cell" };
/// Where stands sealed where somebody was sent and why.
const SLIP: Column = Column { table: "referral", column: "slip_cell" };
/// Where stands sealed what the doctor did.
const RETURN: Column = Column { table: "referral", column: "return_cell" };

/// Job: counts a month when it has begun.
///
/// # Errors
/// When the database fails.
pub async fn count_month(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<()> {
    figures::count_month(state, now).await
}

/// Adds `/follow-ups` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    // What has a name comes before what has an id.
    services
        .configure(figures::configure)
        .service(routes::list_follow_ups)
        .service(routes::list_referrals)
        .service(routes::return_referral)
        .service(routes::list_follow_up_results)
        .service(routes::add_follow_up_result);
}
