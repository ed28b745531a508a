//! How often one address and one account may ask.
//!
//! `policy` says which budget an operation counts against; here the budgets are kept (the generic cell
//! rate algorithm, crate `governor`), in the memory of each replica. Many residents may share one
//! address of a mobile operator, so what is public is limited by address only against floods, and what
//! is personal by account. Guessing of passwords is limited in the database, by `identity`.

mod policy;

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use self::policy::{Allowance, BUDGETS, Budget};
use crate::clock::Clock;
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::http::observation::Route;
use crate::state::AppState;

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, Ticks, NoOpMiddleware<Nanos>>;

/// The server's clock in the form that the limiter reads.
#[derive(Clone, Debug)]
struct Ticks(Clock);

impl GovernorClock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(u64::try_from(self.0.now().timestamp_micros()).unwrap_or_default() * 1_000)
    }
}

/// What has been asked lately, by address and by account.
#[derive(Debug)]
pub struct Limits {
    budgets: Option<Vec<Kept>>,
}

#[derive(Debug)]
struct Kept {
    budget: Budget,
    by_address: Limiter<IpAddr>,
    by_account: Limiter<Uuid>,
}

impl Limits {
    /// Limits that go by this clock.
    pub fn new(clock: &Clock) -> Self {
        let kept = |(budget, by_address, by_account): &(Budget, Allowance, Allowance)| Kept {
            budget: *budget,
            by_address: limiter(*by_address, clock),
            by_account: limiter(*by_account, clock),
        };
        Self { budgets: Some(BUDGETS.iter().map(kept).collect()) }
    }

    /// No limits, for measurements.
    pub fn off() -> Self {
        Self { budgets: None }
    }

    fn admit_address(&self, budget: Budget, address: ClientAddress) -> ApiResult<()> {
        self.kept(budget).map_or(Ok(()), |kept| admit(&kept.by_address, &address.subscriber()))
    }

    /// Counts an operation against its account.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub fn admit_account(&self, request: &HttpRequest, account_id: Uuid) -> ApiResult<()> {
        let budget = budget_of(request.method(), request.extensions().get::<Route>());
        self.kept(budget).map_or(Ok(()), |kept| admit(&kept.by_account, &account_id))
    }

    fn kept(&self, budget: Budget) -> Option<&Kept> {
        self.budgets.as_ref()?.iter().find(|kept| kept.budget == budget)
    }

    /// Forgets those who have not asked for long enough to have their whole budget again.
    pub fn forget_idle(&self) {
        for kept in self.budgets.iter().flatten() {
            kept.by_address.retain_recent();
            kept.by_account.retain_recent();
        }
    }
}

fn limiter<K: Hash + Eq + Clone>(allowance: Allowance, clock: &Clock) -> Limiter<K> {
    let burst = NonZeroU32::new(allowance.burst).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(allowance.one_per).unwrap_or(Quota::per_second(burst)).allow_burst(burst);
    RateLimiter::dashmap_with_clock(quota, Ticks(clock.clone()))
}

fn admit<K: Hash + Eq + Clone>(limiter: &Limiter<K>, key: &K) -> ApiResult<()> {
    limiter.check_key(key).map_err(|refusal| too_many(refusal.wait_time_from(limiter.clock().now())))
}

fn too_many(wait: Duration) -> ApiError {
    let retry_after_s = u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX).max(1);
    ApiError::TooManyRequests {
        code: "too_many_requests",
        detail: format!("操作太频繁，请等 {} 再试。", in_words(retry_after_s)),
        retry_after_s,
    }
}

fn in_words(seconds: u32) -> String {
    match seconds {
        0..=90 => format!("{seconds} 秒"),
        91..=5_400 => format!("{} 分钟", seconds.div_ceil(60)),
        _ => format!("{} 小时", seconds.div_ceil(3_600)),
    }
}

fn budget_of(method: &Method, route: Option<&Route>) -> Budget {
    policy::budget(method, route.and_then(Route::pattern).unwrap_or_default())
}

/// Middleware: refuses an address that asks too often.
pub async fn limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Some(state) = request.app_data::<web::Data<AppState>>() {
        let budget = budget_of(request.method(), request.extensions().get::<Route>());
        let address = ClientAddress::of(request.request());
        if let Err(error) = state.limits.admit_address(budget, address) {
            state.refusals.count(address, budget.as_str(), state.clock.now());
            return Ok(request.error_response(error));
        }
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

/// Job: see [`Limits::forget_idle`].
///
/// # Errors
/// Never.
#[expect(clippy::unused_async, reason = "a job is a future")]
pub async fn forget_idle(state: &AppState) -> anyhow::Result<()> {
    state.limits.forget_idle();
    Ok(())
}
