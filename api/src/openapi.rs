//! The contract, generated from the code: `openapi.yaml` and what requests are held to.

use std::sync::LazyLock;

use actix_web::App;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Document};
use utoipa::{Modify, OpenApi};
use utoipa_actix_web::AppExt;

use crate::app;
use crate::error::Problem;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kangtu 康图",
        description = "Backend of a sub-district's health mini-program and its health map.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "identity", description = "Log-in, sessions and tokens"),
        (name = "staff", description = "Accounts of staff and their roles"),
        (name = "regions", description = "Administrative regions"),
        (name = "me", description = "The resident who is calling"),
        (name = "people", description = "Family, hand-over and proxies"),
        (name = "records", description = "Health records: readings, trends, goals, reminders, steps"),
        (name = "consents", description = "What residents agreed to"),
        (name = "privacy", description = "Who read, export and erasure"),
        (name = "map", description = "The health map for phones"),
        (name = "walking", description = "Closures and extra links of the walking networks, for officers"),
        (name = "map-editing", description = "How staff change the map: drafts, review, history, photos, many places at once"),
        (name = "features", description = "The health map for GIS programs and browsers: OGC API Features"),
        (name = "tiles", description = "The health map as vector tiles: OGC API Tiles, TileJSON, a MapLibre style"),
        (name = "knowledge", description = "What residents read: topics, articles, services, officers, health days"),
        (name = "media", description = "Pictures, videos and spoken texts"),
        (name = "publishing", description = "How articles come to the public: drafts, review, schedules"),
        (name = "activities", description = "Lectures, trainings, fitness, screenings, campaigns"),
        (name = "registrations", description = "Signing up, waiting in line, giving seats back"),
        (name = "search", description = "The search over all that is public"),
        (name = "screens", description = "Screens in lobbies: pairing, playlists, slots, emergency messages, what was played"),
        (name = "messages", description = "Subscribe messages: what residents agreed to, and their sending"),
        (name = "moderation", description = "Residents' texts and pictures that wait for a look"),
        (name = "wechat", description = "What WeChat calls and looks for"),
        (name = "attendance", description = "Tickets and check-in, with and without a network"),
        (name = "activity-reports", description = "Lists, ledger and statistics of activities"),
        (name = "calendars", description = "Activities in the calendars of phones: iCalendar"),
        (name = "feedback", description = "What people who came thought of an activity"),
        (name = "notices", description = "What the app tells the resident"),
        (name = "fhir", description = "The record as FHIR R4"),
        (name = "huts", description = "Health huts: what stands in them, who measures, and what their gateways send"),
        (name = "follow-ups", description = "Whom health officers call, what came of it, referrals, figures"),
        (name = "audit", description = "Who did what, for auditors"),
        (name = "operations", description = "For the machines that watch the server")
    ),
    components(schemas(Problem)),
    modifiers(&AccessToken)
)]
struct ApiDoc;

const SCREEN_TOKEN: &str = "The token of a paired screen, a device and no person";
const GATEWAY_SIGNATURE: &str = "HMAC-SHA-256 of the path and the body with the key of a gateway, a box and no person; its id is in X-Kangtu-Gateway";
const SCREEN_PASSWORD: &str = "The same token as the password of a program that knows no other way";

/// Says how callers show who they are: `Authorization: Bearer` with an access token.
struct AccessToken;

impl Modify for AccessToken {
    fn modify(&self, document: &mut Document) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme("access_token", SecurityScheme::Http(bearer));
        let screen =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(SCREEN_TOKEN)).build();
        components.add_security_scheme("screen_token", SecurityScheme::Http(screen));
        let password =
            HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(SCREEN_PASSWORD)).build();
        let signature =
            ApiKey::Header(ApiKeyValue::with_description("X-Kangtu-Signature", GATEWAY_SIGNATURE));
        components.add_security_scheme("gateway_signature", SecurityScheme::ApiKey(signature));
        components.add_security_scheme("screen_password", SecurityScheme::Http(password));
    }
}

/// Any error of any operation: problem details (RFC 9457).
#[derive(Debug, utoipa::IntoResponses)]
#[response(
    status = "default",
    description = "Problem details (RFC 9457)",
    content_type = "application/problem+json"
)]
#[expect(dead_code, reason = "only its description is used")]
pub struct ProblemResponses(Problem);

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    App::new().into_utoipa_app().openapi(ApiDoc::openapi()).configure(app::routes).split_for_parts().1
});

/// The document of all operations of the server; put together once.
pub fn document() -> &'static Document {
    &DOCUMENT
}

/// The document as it stands in `openapi.yaml`.
///
/// # Errors
/// When it cannot be written as YAML.
pub fn yaml() -> anyhow::Result<String> {
    Ok(document().to_yaml()?)
}
