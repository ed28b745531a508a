//! A database for each test, and the running of a test on it.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use kangtu::clock::Clock;
use kangtu::config::{Settings, Switch};
use kangtu::database::{Database, Engine};
use kangtu::files::Files;
use kangtu::media::MediaStore;
use kangtu::random::Random;
use kangtu::seed;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::app::TestApp;
use super::postgres::PostgresServer;
use super::scratch;

/// Longer than any test takes on a busy machine, so that one that hangs fails.
const LONGEST: Duration = Duration::from_mins(10);

/// A Wednesday morning in 葵涌, 10:00 there.
pub(crate) fn wednesday_morning() -> DateTime<Utc> {
    "2026-11-25T02:00:00Z".parse().unwrap()
}

/// Where a test keeps its data.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) folder: TempDir,
    database_url: Option<String>,
}

/// Runs a test against a server of its own, and cleans up whether it passes or not.
pub(crate) fn run<F: Future<Output = ()>>(engine: Engine, test: impl FnOnce(TestApp) -> F) {
    in_world(engine, async |world: &World| {
        let app = TestApp::start(world.settings(), Clock::fixed(wednesday_morning())).await;
        let outcome = AssertUnwindSafe(test(app.clone())).catch_unwind().await;
        app.stop().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Runs a test that starts servers itself, on a database that is migrated and seeded.
pub(crate) fn in_world(engine: Engine, test: impl AsyncFnOnce(&World)) {
    run_in(engine, Content::Seeds, test);
}

/// Runs a test on a database that holds nothing, not even a table.
pub(crate) fn in_empty_world(engine: Engine, test: impl AsyncFnOnce(&World)) {
    run_in(engine, Content::Nothing, test);
}

fn run_in(engine: Engine, content: Content, test: impl AsyncFnOnce(&World)) {
    actix_web::rt::System::new().block_on(async {
        let Some(world) = World::new(engine, content).await else {
            return;
        };
        let outcome = tokio::time::timeout(LONGEST, AssertUnwindSafe(test(&world)).catch_unwind()).await;
        world.clear().await;
        if let Err(panic) = outcome.expect("the test hangs") {
            std::panic::resume_unwind(panic);
        }
    });
}

/// What the database of a world holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// The seeds.
    Seeds,
    Nothing,
}

impl World {
    async fn new(engine: Engine, content: Content) -> Option<Self> {
        let folder = scratch::folder();
        let seeded = content == Content::Seeds;
        let database_url = match engine {
            Engine::Sqlite => {
                if seeded {
                    let template = sqlite_template().await;
                    std::fs::copy(template.join("kangtu.db"), folder.path().join("kangtu.db")).unwrap();
                    link_files(template, folder.path());
                }
                None
            }
            Engine::Postgres => {
                let server = PostgresServer::shared()?;
                if seeded {
                    link_files(postgres_template(server).await, folder.path());
                }
                Some(new_database(server, if seeded { POSTGRES_TEMPLATE } else { "template0" }).await)
            }
        };
        Some(Self { folder, database_url })
    }

    /// A place where there is nothing yet: an empty folder, and on PostgreSQL an empty database.
    pub(crate) async fn nowhere(&self) -> Self {
        let engine = if self.database_url.is_some() { Engine::Postgres } else { Engine::Sqlite };
        Self::new(engine, Content::Nothing).await.unwrap()
    }

    /// Settings of a server on this world's data, with free ports.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            metrics_listen: "127.0.0.1:0".parse().unwrap(),
            data: self.folder.path().to_owned(),
            database_url: self.database_url.clone(),
            database_connections: Some(4),
            database_wait_ms: 10_000,
            cors_origins: vec!["https://map.example.cn".to_owned()],
            // Each sets up every route.
            workers: Some(1),
            request_timeout_ms: 10_000,
            drain_limit_s: 10,
            map_poll_ms: 50,
            log: "off".to_owned(),
            rate_limits: Switch::Off,
            // Tests call jobs themselves, at the moment that matters.
            jobs: Switch::Off,
            ..Settings::from_defaults().unwrap()
        }
    }

    /// A plain connection, past the product.
    pub(crate) async fn connect(&self) -> DatabaseConnection {
        let file = format!("sqlite:{}?mode=rwc", self.folder.path().join("kangtu.db").display());
        sea_orm::Database::connect(self.database_url.clone().unwrap_or(file)).await.unwrap()
    }

    pub(crate) async fn clear(&self) {
        let Some(name) = self.database_url.as_ref().and_then(|url| url.rsplit('/').next()) else {
            return;
        };
        let Some(server) = PostgresServer::shared() else {
            return;
        };
        let admin = sea_orm::Database::connect(server.url("postgres")).await.unwrap();
        admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        admin.close().await.unwrap();
    }
}

/// Gives a world the files of its template, which are never changed.
fn link_files(template: &Path, folder: &Path) {
    let mut folders = vec![PathBuf::from("files")];
    while let Some(within) = folders.pop() {
        std::fs::create_dir_all(folder.join(&within)).unwrap();
        for entry in std::fs::read_dir(template.join(&within)).unwrap() {
            let entry = entry.unwrap();
            let name = within.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(name);
            } else {
                std::fs::hard_link(entry.path(), folder.join(name)).unwrap();
            }
        }
    }
}

async fn sqlite_template() -> &'static Path {
    static TEMPLATE: OnceCell<TempDir> = OnceCell::const_new();
    let folder = TEMPLATE
        .get_or_init(|| async {
            let folder = scratch::folder();
            let world = World { folder, database_url: None };
            plant(&world.settings()).await;
            world.folder
        })
        .await;
    folder.path()
}

const POSTGRES_TEMPLATE: &str = "kangtu_template";

/// Makes the template once; the folder holds the files that belong to it.
async fn postgres_template(server: &'static PostgresServer) -> &'static Path {
    static TEMPLATE: OnceCell<TempDir> = OnceCell::const_new();
    let folder = TEMPLATE
        .get_or_init(|| async {
            create_database(server, POSTGRES_TEMPLATE, "template0").await;
            let database_url = Some(server.url(POSTGRES_TEMPLATE));
            let world = World { folder: scratch::folder(), database_url };
            plant(&world.settings()).await;
            world.folder
        })
        .await;
    folder.path()
}

async fn new_database(server: &'static PostgresServer, template: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("kangtu_test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    create_database(server, &name, template).await;
    server.url(&name)
}

async fn create_database(server: &PostgresServer, name: &str, template: &str) {
    let admin = sea_orm::Database::connect(server.url("postgres")).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await.unwrap();
    admin.close().await.unwrap();
}

async fn plant(settings: &Settings) {
    let database = Database::open(settings).await.unwrap();
    let report = seed::if_empty(&database, &Clock::fixed(wednesday_morning())).await.unwrap();
    assert!(report.seeded, "the template database was not empty");
    let files = Files::open(&settings.data).unwrap();
    let clock = Clock::fixed(wednesday_morning());
    let media = MediaStore::new(database.clone(), files, Random::seeded(1), clock);
    assert!(seed::videos_if_missing(&media).await.unwrap());
    drop(media);
    database.close().await;
}
