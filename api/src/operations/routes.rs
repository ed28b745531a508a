use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::get;
use actix_web::web::{Data, Json};

use super::dto::{Health, Readiness};
use crate::error::{ApiError, ApiResult};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// How old the news may be that writes reach the disk.
const PROBE_AGE: Duration = Duration::from_secs(5);

/// Tells that the process answers; nothing else is asked.
#[utoipa::path(tag = "operations", responses((status = 200, body = Health), ProblemResponses))]
#[get("/healthz")]
pub(super) async fn get_health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Tells whether the server should be sent requests: writes reach the disk and it is not stopping.
#[utoipa::path(tag = "operations", responses((status = 200, body = Readiness), ProblemResponses))]
#[get("/readyz")]
pub(super) async fn get_readiness(state: Data<AppState>) -> ApiResult<Json<Readiness>> {
    if state.draining.load(Ordering::Acquire) {
        return Err(ApiError::Unavailable {
            code: "draining",
            detail: "服务器正在停止，请稍后重试。".into(),
            retry_after_s: 5,
        });
    }
    state.database.probe_within(PROBE_AGE).await?;
    Ok(Json(Readiness {
        status: "ready",
        map_revision: state.map.current().snapshot.revision(),
        version: env!("CARGO_PKG_VERSION"),
    }))
}
