//! Counters for operators, in the text form of Prometheus. No label holds anything personal.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use actix_web::http::Method;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// All metrics of one server.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    in_flight: Gauge,
    map_revision: Gauge<u64, AtomicU64>,
    map_features: Gauge<u64, AtomicU64>,
    map_publish: Histogram,
    cells_resealed: Counter,
    keys_retired: Gauge<u64, AtomicU64>,
    wechat_calls: WechatCalls,
    wechat_templates_wrong: Gauge<u64, AtomicU64>,
    seat_faults: Gauge<u64, AtomicU64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

/// Calls to WeChat, counted by endpoint and by how they ended. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct WechatCalls(Family<WechatCallLabels, Counter>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WechatCallLabels {
    endpoint: &'static str,
    outcome: &'static str,
}

impl WechatCalls {
    /// Counts a call that ended; `outcome` is `ok` or the class of the failure.
    pub fn ended(&self, endpoint: &'static str, outcome: &'static str) {
        self.0.get_or_create(&WechatCallLabels { endpoint, outcome }).inc();
    }
}

/// Counts a request as being served until it is dropped.
#[derive(Debug)]
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

const SECONDS: [f64; 12] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 15.0];

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("kangtu");
        let requests = Family::default();
        let durations = Family::new_with_constructor(histogram as fn() -> Histogram);
        let in_flight = Gauge::default();
        let map_revision = Gauge::<u64, AtomicU64>::default();
        let map_features = Gauge::<u64, AtomicU64>::default();
        let map_publish = histogram();
        registry.register("http_requests", "Requests answered", Family::clone(&requests));
        registry.register_with_unit(
            "http_request_duration",
            "Time to answer",
            Unit::Seconds,
            Family::clone(&durations),
        );
        registry.register("http_requests_in_flight", "Requests being served", in_flight.clone());
        registry.register("map_revision", "Revision of the map being served", map_revision.clone());
        registry.register("map_features", "Places on the map being served", map_features.clone());
        registry.register_with_unit(
            "map_publish_duration",
            "Time to publish a change of the map",
            Unit::Seconds,
            map_publish.clone(),
        );
        let cells_resealed = Counter::default();
        let keys_retired = Gauge::<u64, AtomicU64>::default();
        registry.register(
            "vault_cells_resealed",
            "Sealed cells that were sealed again with a new key",
            cells_resealed.clone(),
        );
        registry.register(
            "vault_keys_retired",
            "Old data keys that wait until nothing is sealed with them",
            keys_retired.clone(),
        );
        let wechat_calls = WechatCalls::default();
        let wechat_templates_wrong = Gauge::<u64, AtomicU64>::default();
        registry.register("wechat_calls", "Calls to WeChat by how they ended", wechat_calls.0.clone());
        registry.register(
            "wechat_templates_wrong",
            "Message templates in use that differ from WeChat's",
            wechat_templates_wrong.clone(),
        );
        let seat_faults = Gauge::<u64, AtomicU64>::default();
        registry.register(
            "activity_seat_faults",
            "Activities whose seats did not add up at the last count",
            seat_faults.clone(),
        );
        Self {
            registry,
            requests,
            durations,
            in_flight,
            map_revision,
            map_features,
            map_publish,
            cells_resealed,
            keys_retired,
            wechat_calls,
            wechat_templates_wrong,
            seat_faults,
        }
    }
}

impl Metrics {
    /// Counts a request as being served.
    pub fn request_began(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Counts an answered request.
    pub fn request_ended(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let labels =
            RequestLabels { method: known_method(method).to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.durations.get_or_create(&RouteLabels { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// Notes the map that is being served now.
    pub fn map_published(&self, revision: u64, features: u64, took: Duration) {
        self.map_revision.set(revision);
        self.map_features.set(features);
        self.map_publish.observe(took.as_secs_f64());
    }

    /// Notes cells that were sealed again, and how many old data keys are left.
    pub fn cells_resealed(&self, cells: u64, keys_retired: u64) {
        self.cells_resealed.inc_by(cells);
        self.keys_retired.set(keys_retired);
    }

    /// The counters of calls to WeChat.
    pub fn wechat_calls(&self) -> WechatCalls {
        self.wechat_calls.clone()
    }

    /// Notes how many message templates in use differ from WeChat's.
    pub fn templates_compared(&self, wrong: u64) {
        self.wechat_templates_wrong.set(wrong);
    }

    /// Notes for how many activities the seats do not add up.
    pub fn seats_audited(&self, faults: usize) {
        self.seat_faults.set(faults as u64);
    }

    /// All metrics as text.
    ///
    /// # Errors
    /// When a metric cannot be written, which the standard library's string never refuses.
    pub fn render(&self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}

/// Methods are invented freely by attackers; each new label would cost memory for good.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
