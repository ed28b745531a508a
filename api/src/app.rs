//! The only way to make a server, in `main` and in tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::http::{Method, header};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::Context;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::activities::published::PublishedActivities;
use crate::assessment::PublishedBands;
use crate::clock::Clock;
use crate::config::{Settings, Switch};
use crate::database::Database;
use crate::error::ApiError;
use crate::files::Files;
use crate::http::compression::{CompressedAnswers, compress};
use crate::http::contract::{Contract, enforce};
use crate::http::error_form::{ErrorForm, ErrorForms};
use crate::http::intake::{IntakeLimits, take_in};
use crate::http::observation::observe;
use crate::http::{cors, extract};
use crate::identity::password::Passwords;
use crate::identity::tokens::Tokens;
use crate::keys::Keys;
use crate::knowledge::import::{Hosts, PictureFetcher};
use crate::knowledge::published::PublishedKnowledge;
use crate::limits::{Limits, limit};
use crate::map::published::PublishedMap;
use crate::map::walking::published::PublishedWalking;
use crate::media::MediaStore;
use crate::metrics::Metrics;
use crate::moderation::WordList;
use crate::privacy::erasure::journal::Journal;
use crate::privacy::erasure::replay;
use crate::random::Random;
use crate::records::metrics::Catalogue;
use crate::regions::Regions;
use crate::registrations::SeatGuard;
use crate::state::AppState;
use crate::vault::Vault;
use crate::wechat::Wechat;
use crate::{
    activities, activity_reports, attendance, audit, calendars, consents, feedback, fhir, follow_ups,
    health_report, huts, identity, jobs, knowledge, map, me, media, messages, moderation, notices, openapi,
    operations, people, privacy, records, regions, registrations, screens, search, shares, staff, wechat,
};

/// A server that is bound to its addresses and ready to run.
pub struct Application {
    state: AppState,
    address: SocketAddr,
    metrics_address: SocketAddr,
    server: Server,
    metrics_server: Server,
}

/// Stops a running server.
#[derive(Clone, Debug)]
pub struct StopHandle {
    state: AppState,
    server: ServerHandle,
    metrics_server: ServerHandle,
}

/// Routes beside those of the product; benchmarks measure the server against them.
pub type ExtraRoutes = fn(&mut web::ServiceConfig);

impl Application {
    /// Opens the database, loads the map and binds the addresses.
    ///
    /// # Errors
    /// When one of these fails, with what to do about it.
    pub async fn build(settings: Settings, clock: Clock) -> anyhow::Result<Self> {
        Self::build_with(settings, clock, |_| {}).await
    }

    /// As [`Application::build`], with routes that only a benchmark needs.
    ///
    /// # Errors
    /// As [`Application::build`].
    pub async fn build_with(settings: Settings, clock: Clock, extra: ExtraRoutes) -> anyhow::Result<Self> {
        settings.check()?;
        let database = Database::open(&settings).await?;
        Self::on(database, settings, clock, extra).await
    }

    async fn on(
        database: Database,
        settings: Settings,
        clock: Clock,
        extra: ExtraRoutes,
    ) -> anyhow::Result<Self> {
        let metrics = Arc::new(Metrics::default());
        let random = Random::system()?;
        let keys = Keys::open_or_create(
            &settings.key_file(),
            settings.cipher_suite.index_suite(),
            &random,
            clock.now(),
        )?;
        let vault = Vault::new(keys.clone(), settings.cipher_suite, random.clone());
        vault.prepare(&database, clock.now()).await?;
        let erasures = settings.erasures();
        // Before anybody is served: the database may be a restored backup.
        replay(&database, &vault, &keys.current(), &erasures, clock.now())
            .await
            .context("what was erased cannot be erased again in this restored database")?;
        let erasures = Journal::open(erasures, &keys.current())?;
        erasures.follow(&database, &keys).await?;
        let word_list = WordList::load(settings.word_list.as_deref())?;
        let wechat = Wechat::connect(&settings, &clock, &random, metrics.wechat_calls())?;
        let files = Files::open(&settings.data)?;
        let media = MediaStore::new(database.clone(), files.clone(), random.clone(), clock.clone());
        let hosts = Hosts::new(settings.picture_hosts.iter().cloned());
        let pictures = PictureFetcher::new(hosts, settings.picture_origin)?;
        crate::seed::if_empty(&database, &clock).await.context("seeding the empty database failed")?;
        knowledge::publishing::prepare(&database, clock.now())
            .await
            .context("the working copies of articles cannot be made")?;
        crate::seed::videos_if_missing(&media).await.context("planting the first videos failed")?;
        let bands = PublishedBands::load(&database).await.context("the bands of standards cannot be read")?;
        let regions = Regions::load(&database).await.context("the regions cannot be read")?;
        let map = PublishedMap::load(&database, &metrics).await.context("the map cannot be loaded")?;
        let walking = PublishedWalking::load(&database, clock.now())
            .await
            .context("the walking networks cannot be loaded")?;
        let knowledge = PublishedKnowledge::load(&database, clock.now())
            .await
            .context("what residents read cannot be loaded")?;
        let activities =
            PublishedActivities::load(&database).await.context("the activities cannot be loaded")?;
        let catalogue = Catalogue::load(database.reader())
            .await
            .map_err(|error| anyhow::anyhow!("the catalogue of metrics cannot be read: {error:?}"))?;
        let limits = if settings.rate_limits == Switch::Off { Limits::off() } else { Limits::new(&clock) };
        let tokens = Tokens::new(keys.clone(), settings.public_url.as_deref().unwrap_or("kangtu"));
        let passwords = Passwords::new(random.clone());
        let state = AppState {
            settings: Arc::new(settings),
            limits: Arc::new(limits),
            erasures,
            refusals: Arc::default(),
            clock,
            random,
            keys,
            tokens,
            passwords,
            vault,
            wechat,
            database,
            files,
            media,
            pictures,
            idempotency: Arc::default(),
            regions,
            word_list: Arc::new(word_list),
            map: Arc::new(map),
            tiles: Arc::default(),
            walking: Arc::new(walking),
            coverage: Arc::default(),
            knowledge: Arc::new(knowledge),
            search_answers: Arc::default(),
            search_names: Arc::default(),
            activities: Arc::new(activities),
            catalogue,
            assessment: bands,
            seat_guard: SeatGuard::default(),
            metrics,
            draining: Arc::new(AtomicBool::new(false)),
        };
        let (server, address) = public_server(&state, extra)?;
        let (metrics_server, metrics_address) = metrics_server(&state)?;
        Ok(Self { state, address, metrics_address, server, metrics_server })
    }

    /// Where the server listens; the port is known even when it was asked for as 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where metrics are served.
    pub fn metrics_address(&self) -> SocketAddr {
        self.metrics_address
    }

    /// What the handlers share.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Stops the server from outside.
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle {
            state: self.state.clone(),
            server: self.server.handle(),
            metrics_server: self.metrics_server.handle(),
        }
    }

    /// Serves until it is stopped.
    ///
    /// # Errors
    /// When a listener fails, or the storage can no longer be trusted.
    pub async fn run(self) -> anyhow::Result<()> {
        let state = self.state.clone();
        let watcher = tokio::spawn(map::watch::follow_other_replicas(state.clone()));
        let walker = tokio::spawn(map::walking::watch::follow_other_replicas(state.clone()));
        let follower = tokio::spawn(activities::watch::follow_other_replicas(state.clone()));
        registrations::audit_at_start(&state).await;
        let reader = tokio::spawn(knowledge::watch::follow_other_replicas(state.clone()));
        let jobs = tokio::spawn(jobs::run(state.clone()));
        let stop = self.stop_handle();
        let served = tokio::select! {
            served = async { tokio::try_join!(self.server, self.metrics_server) } => {
                served.map(drop).context("a listener failed")
            }
            () = state.database.broken() => {
                stop.now().await;
                Err(anyhow::anyhow!("the storage failed; check the disk before starting again"))
            }
        };
        watcher.abort();
        walker.abort();
        reader.abort();
        follower.abort();
        jobs.abort();
        if let Err(error) = audit::tell_refusals(&state, state.clock.now()).await {
            tracing::warn!(error = %format!("{error:#}"), "refusals were not noted in the audit log");
        }
        state.database.close().await;
        served
    }
}

impl StopHandle {
    /// Reports not ready, waits for load balancers to notice, then lets accepted requests finish.
    pub async fn drain(&self) {
        self.state.draining.store(true, Ordering::Release);
        tokio::time::sleep(Duration::from_millis(self.state.settings.drain_delay_ms)).await;
        self.server.stop(true).await;
        self.metrics_server.stop(true).await;
    }

    async fn now(&self) {
        self.server.stop(false).await;
        self.metrics_server.stop(false).await;
    }
}

/// Every documented route. Only `.service()` registers one, which keeps undocumented ones out.
pub fn routes(services: &mut ServiceConfig<'_>) {
    services
        .configure(operations::configure)
        .configure(identity::configure_well_known)
        .configure(screens::configure_page)
        .service(utoipa_actix_web::scope("/api/v1/map").configure(map_for_phones))
        // A scope takes every address below it, so all of /api/v1 is this one and stands after the map's.
        .service(utoipa_actix_web::scope("/api/v1").configure(phone_and_console))
        .service(utoipa_actix_web::scope("/map").configure(the_map))
        .configure(map::ogc::configure_front_page)
        .service(utoipa_actix_web::scope("/fhir").configure(fhir::configure))
        .configure(media::configure_files)
        .configure(shares::configure_pages)
        .configure(huts::configure_page)
        .service(utoipa_actix_web::scope("/wechat").configure(wechat::push::configure))
        .configure(knowledge::configure_pages)
        .configure(wechat::verification_files::configure);
}

/// Addresses are matched in this order; a page of the map asks for dozens of tiles.
fn the_map(services: &mut ServiceConfig<'_>) {
    services
        .configure(map::tiles::configure_tiles)
        .configure(map::ogc::configure)
        .configure(map::tiles::configure_documents);
}

/// Addresses whose errors have a form of their own.
const ERROR_FORMS: &[ErrorForm] = &[fhir::ERROR_FORM];

/// Operations that take files, and how long one may take.
const UPLOADS: &[(&str, Duration)] = &[
    ("/api/v1/media", media::LONGEST_UPLOAD),
    ("/api/v1/articles/import", knowledge::import::LONGEST_IMPORT),
    ("/api/v1/map/bulk-edits", map::editing::LONGEST_BULK_EDIT),
];

fn map_for_phones(services: &mut ServiceConfig<'_>) {
    services
        .configure(map::phone::configure)
        .configure(map::walking::configure_map)
        .configure(map::editing::configure);
}

fn phone_and_console(services: &mut ServiceConfig<'_>) {
    // Addresses are matched in this order, so what everybody reads comes first.
    services
        .configure(knowledge::configure)
        .configure(search::configure)
        // What stands below `/activities/{id}` comes first; `/activities/7.ics` would be taken for an id.
        .configure(calendars::configure)
        .configure(attendance::configure)
        .configure(activity_reports::configure)
        .configure(feedback::configure)
        .configure(registrations::configure)
        .configure(activities::configure)
        .configure(audit::configure)
        .configure(consents::configure)
        .configure(identity::configure)
        .configure(me::configure)
        .configure(health_report::configure)
        .configure(shares::configure)
        .configure(people::configure)
        .configure(privacy::configure)
        .configure(records::configure)
        .configure(messages::configure)
        .configure(notices::configure)
        .configure(moderation::configure)
        .configure(regions::configure)
        .configure(staff::configure)
        .configure(media::configure)
        .configure(screens::configure)
        .configure(map::walking::configure)
        .configure(map::coverage::configure)
        .configure(huts::configure)
        .configure(follow_ups::configure);
}

fn public_server(state: &AppState, extra: ExtraRoutes) -> anyhow::Result<(Server, SocketAddr)> {
    let settings = Arc::clone(&state.settings);
    let shared = web::Data::new(state.clone());
    let contract = web::Data::new(Contract::from_document(openapi::document()));
    let answers = web::Data::new(CompressedAnswers::default());
    let limits = web::Data::new(IntakeLimits {
        body_limit_bytes: settings.body_limit_bytes,
        timeout: settings.request_timeout(),
        uploads: UPLOADS,
    });
    let forms = web::Data::new(ErrorForms(ERROR_FORMS));
    let workers =
        settings.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from));
    let body_limit_bytes = settings.body_limit_bytes;
    let (listen, drain_limit_s) = (settings.listen, settings.drain_limit_s);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(contract.clone())
            .app_data(answers.clone())
            .app_data(limits.clone())
            .app_data(forms.clone())
            .app_data(extract::json(body_limit_bytes))
            .app_data(extract::payload(body_limit_bytes))
            .app_data(extract::path())
            .app_data(extract::query())
            .wrap(from_fn(take_in))
            .wrap(from_fn(enforce))
            .wrap(from_fn(compress))
            .wrap(from_fn(limit))
            .wrap(cors::policy(&settings.cors_origins))
            .wrap(from_fn(observe))
            .into_utoipa_app()
            .configure(routes)
            .into_app()
            .configure(extra)
            .default_service(web::to(nothing_here))
    })
    .workers(workers)
    .keep_alive(Duration::from_secs(75))
    .client_request_timeout(Duration::from_secs(5))
    .shutdown_timeout(drain_limit_s)
    .disable_signals()
    .bind(listen)
    .with_context(|| format!("cannot listen on {listen}; is another server running there? Choose another address with KANGTU_LISTEN"))?;
    let address = first_address(&server.addrs())?;
    Ok((server.run(), address))
}

fn metrics_server(state: &AppState) -> anyhow::Result<(Server, SocketAddr)> {
    let shared = web::Data::new(state.clone());
    let listen = state.settings.metrics_listen;
    let server = HttpServer::new(move || {
        App::new().app_data(shared.clone()).service(web::resource("/metrics").get(show_metrics))
    })
    .workers(1)
    .disable_signals()
    .bind(listen)
    .with_context(|| {
        format!("cannot listen on {listen}; choose another address with KANGTU_METRICS_LISTEN")
    })?;
    let address = first_address(&server.addrs())?;
    Ok((server.run(), address))
}

fn first_address(addresses: &[SocketAddr]) -> anyhow::Result<SocketAddr> {
    addresses.first().copied().context("the listener has no address")
}

async fn show_metrics(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let page = state.metrics.render().map_err(|error| ApiError::Internal(error.into()))?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(page))
}

/// Programs and people write a slash at the end of the map's addresses where there is none.
async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let uri = request.uri();
    let is_below_map = |path: &&str| *path == "/map" || path.starts_with("/map/");
    let without_slash = uri.path().strip_suffix('/').filter(is_below_map);
    if let Some(path) = without_slash.filter(|_| request.method() == Method::GET) {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        return Ok(HttpResponse::PermanentRedirect()
            .insert_header((header::LOCATION, format!("{path}{query}")))
            .finish());
    }
    Err(ApiError::NotFound {
        code: "not_found", detail: "没有找到这个地址，请检查网址是否完整。".into()
    })
}
