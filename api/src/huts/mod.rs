//! Health huts: what stands in them (`registry`), the boxes that send what was measured (`gateways`,
//! `ingest`), who was measured (`sessions`, `claims`), and how devices speak (`bluetooth`).
//!
//! A reading that arrives belongs to nobody until it is known whose it is: by a session that somebody opened
//! in the hut, or by the code that stood on the slip. Nothing of it is shown to anybody before, and nothing of
//! it is kept here afterwards. Values get into a record only through `record`.

mod bluetooth;
mod claims;
mod codes;
mod gateways;
mod holding;
mod in_charge;
mod ingest;
mod kept;
mod record;
mod registry;
mod retention;
mod sessions;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use self::holding::HOLDING;
pub use self::retention::forget;
use crate::vault::Column;

/// Where the key of a device's digests stands sealed.
const DIGEST_KEY: Column = Column { table: "hut_device", column: "digest_key_cell" };
/// Where the key of a gateway stands sealed.
const GATEWAY_KEY: Column = Column { table: "hut_gateway", column: "key_cell" };
/// Where the key of a gateway before the last rotation stands sealed.
const FORMER_GATEWAY_KEY: Column = Column { table: "hut_gateway", column: "former_key_cell" };
/// Where values stand sealed until it is known whose they are.
const VALUES: Column = Column { table: "hut_reading", column: "values_cell" };

/// Adds what a browser sees of a hut.
pub fn configure_page(services: &mut ServiceConfig<'_>) {
    services.configure(sessions::configure_page);
}

/// Adds huts, gateways and claims below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .configure(registry::configure)
        .configure(gateways::configure)
        .configure(sessions::configure)
        .configure(ingest::configure)
        .configure(claims::configure);
}
