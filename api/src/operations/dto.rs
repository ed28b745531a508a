use serde::Serialize;
use utoipa::ToSchema;

/// The server answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    pub(super) status: &'static str,
}

/// The server is ready to be used.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Readiness {
    /// Always `ready`; a server that is not answers 503.
    #[schema(example = "ready")]
    pub(super) status: &'static str,
    /// Revision of the map being served.
    pub(super) map_revision: u64,
    /// Version of the server.
    pub(super) version: &'static str,
}
