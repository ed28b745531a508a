//! Health records of many people, each with five hundred readings of one year.
//!
//! Some people log in, and their readings come in by the one way in; they are who asks. Around them lie the
//! readings of everybody else, rows of the same length with cells that nobody opens, which the database makes
//! by itself. On PostgreSQL the table is then put into the order in which readings come, so that those of one
//! person lie as far apart as they do in life.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use entity::measurement;
use kangtu::config::{Settings, Switch};
use kangtu::consents::{self, Purpose};
use kangtu::database::Engine;
use kangtu::records::readings::Context as Circumstances;
use kangtu::records::readings::intake::{self, Clock, EnteredAs, Entry, Given, NewReading, Source, Taken};
use kangtu::state::AppState;
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::client::{Connection, Request};
use crate::postgres::PostgresServer;
use crate::server::Server;

/// Readings of each person.
pub(crate) const READINGS: u32 = 500;
/// People who ask.
const ASKING: u32 = 200;
/// Readings that a phone sends at once.
pub(crate) const BATCH: usize = 200;
/// People whose rows are written in one transaction.
const AT_ONCE: u32 = 200;
/// Between two readings of one person: a year holds them all.
const STEP: TimeDelta = TimeDelta::minutes(365 * 24 * 60 / READINGS as i64);

/// A folder or a database of its own.
#[derive(Debug)]
pub(crate) struct Archive {
    folder: TempDir,
    database_url: Option<String>,
}

/// Somebody who logged in.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) token: String,
    pub(crate) person_id: Uuid,
    account_id: Uuid,
}

impl Archive {
    /// A place where nothing is yet; `None` where there is no server of this kind.
    pub(crate) async fn empty(engine: Engine, name: &str) -> anyhow::Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix("kangtu-bench-").tempdir()?;
        let database_url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let Some(server) = PostgresServer::shared() else { return Ok(None) };
                let admin = sea_orm::Database::connect(server.url("postgres")).await?;
                admin.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE template0")).await?;
                admin.close().await?;
                Some(server.url(name))
            }
        };
        Ok(Some(Self { folder, database_url }))
    }

    /// Settings of a server on this archive with one worker.
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        Ok(Settings {
            listen: "127.0.0.1:0".parse()?,
            metrics_listen: "127.0.0.1:0".parse()?,
            data: self.folder.path().to_owned(),
            database_url: self.database_url.clone(),
            database_wait_ms: 600_000,
            workers: Some(1),
            drain_limit_s: 5,
            log: "off".to_owned(),
            rate_limits: Switch::Off,
            jobs: Switch::Off,
            ..Settings::from_defaults()?
        })
    }
}

/// Fills the database behind a server with the records of so many people.
pub(crate) async fn fill(server: &Server, people: u32) -> anyhow::Result<()> {
    let state = &server.state;
    let now = state.clock.now();
    for asker in askers(server).await? {
        agree(server, &asker).await?;
        let readings: Vec<NewReading> = (0..READINGS).map(|n| reading(n, now)).collect();
        for batch in readings.chunks(BATCH) {
            let taken = take_in(state, &asker, batch.to_vec()).await?;
            let kept = taken.iter().filter(|taken| matches!(taken.outcome, intake::Outcome::Recorded(_)));
            ensure!(kept.count() == batch.len(), "not every reading was kept");
        }
    }
    let others = people.saturating_sub(ASKING);
    if others > 0 {
        let cell_bytes = mean_cell_bytes(state).await?;
        match state.database.engine() {
            Engine::Sqlite => fill_sqlite(state, others, cell_bytes, now).await?,
            Engine::Postgres => fill_postgres(state, others, cell_bytes, now).await?,
        }
    }
    if state.database.engine() == Engine::Postgres {
        order_by_arrival(server).await?;
    }
    Ok(())
}

/// The people who ask, logged in.
pub(crate) async fn askers(server: &Server) -> anyhow::Result<Vec<Asker>> {
    let mut connection = Connection::open(server.address).await?;
    let mut askers = Vec::new();
    for n in 0..ASKING {
        let body = json!({"code": format!("dev-bench-{n}")});
        let login = Request::json("POST", server.address, ("/api/v1/auth/wechat", 200), None, &body);
        let login: Value = serde_json::from_slice(&connection.fetch(&login).await?.body)?;
        let text = |member: &str| login[member].as_str().unwrap_or_default().to_owned();
        let person_id: Uuid = text("person_id").parse()?;
        let account_id = account_of(&server.state, person_id).await?;
        askers.push(Asker { token: text("access_token"), person_id, account_id });
    }
    Ok(askers)
}

async fn account_of(state: &AppState, person_id: Uuid) -> anyhow::Result<Uuid> {
    use sea_orm::{ColumnTrait, QueryFilter};
    let account = entity::account::Entity::find()
        .filter(entity::account::Column::PersonId.eq(person_id))
        .one(state.database.reader())
        .await?;
    Ok(account.context("a resident has no account")?.id)
}

async fn agree(server: &Server, asker: &Asker) -> anyhow::Result<()> {
    let mut connection = Connection::open(server.address).await?;
    let body = json!({"text_version": 1});
    let path = ("/api/v1/me/consents/records", 204);
    connection.send(&Request::json("PUT", server.address, path, Some(&asker.token), &body)).await
}

/// Reading `n` of a year that ends now: most are pressures, some weights, a few glucoses.
pub(crate) fn reading(n: u32, now: DateTime<Utc>) -> NewReading {
    let value = |number: u32| Given { value: number.to_string(), unit: None };
    let single = |text: String| BTreeMap::from([("value".to_owned(), Given { value: text, unit: None })]);
    let (metric, values) = match n % 10 {
        0..=6 => (
            "blood_pressure",
            BTreeMap::from([
                ("systolic".to_owned(), value(118 + n % 40)),
                ("diastolic".to_owned(), value(74 + n % 20)),
                ("pulse".to_owned(), value(60 + n % 30)),
            ]),
        ),
        7 | 8 => ("weight", single(format!("6{}.{}", n % 3, n % 10))),
        _ => ("glucose_fasting", single(format!("5.{}", n % 10))),
    };
    let before = i32::try_from(READINGS.saturating_sub(n)).unwrap_or_default();
    NewReading {
        uid: Uuid::from_u128(rand_free(n, now)),
        metric: metric.to_owned(),
        values,
        measured_at: (now - STEP * before).fixed_offset(),
        clock: Clock::Told,
        context: Circumstances::default(),
        device_id: None,
        confirmed: true,
        replaces: None,
    }
}

/// A name that no other reading of the person has.
fn rand_free(n: u32, now: DateTime<Utc>) -> u128 {
    (u128::from(now.timestamp_micros().unsigned_abs()) << 32) | u128::from(n)
}

/// Keeps readings by the one way in, in one transaction.
pub(crate) async fn take_in(
    state: &AppState,
    asker: &Asker,
    readings: Vec<NewReading>,
) -> anyhow::Result<Vec<Taken>> {
    let (shared, asker, now) = (state.clone(), asker.clone(), state.clock.now());
    let entry = Entry {
        source: Source::Own,
        hut_id: None,
        entered_as: EnteredAs::Own,
        entered_by: Some(asker.account_id),
    };
    let taken = state.database.write(move |transaction| {
        let (state, readings) = (shared.clone(), readings.clone());
        Box::pin(async move {
            let (vault, person_id) = (&state.vault, asker.person_id);
            let consent = consents::require(transaction, vault, person_id, Purpose::Records, now).await?;
            intake::take_in(&state, transaction, consent, &entry, &readings, now).await
        })
    });
    Ok(taken.await?)
}

async fn mean_cell_bytes(state: &AppState) -> anyhow::Result<i64> {
    let length = Func::cust("length").arg(Expr::col(measurement::Column::ValueCell));
    let total: Option<(i64, i64)> = measurement::Entity::find()
        .select_only()
        .column_as(Expr::from(Func::sum(Expr::from(length))), "bytes")
        .column_as(Expr::cust("COUNT(*)"), "cells")
        .into_tuple()
        .one(state.database.reader())
        .await?;
    let (bytes, cells) = total.filter(|(_, cells)| *cells > 0).context("there are no cells")?;
    Ok(bytes / cells)
}

/// What both engines call the metric of reading `k`.
const METRIC: &str =
    "CASE WHEN k % 10 < 7 THEN 'blood_pressure' WHEN k % 10 < 9 THEN 'weight' ELSE 'glucose_fasting' END";

async fn fill_sqlite(
    state: &AppState,
    people: u32,
    cell_bytes: i64,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let (now, step) = (now.timestamp_millis(), STEP.num_milliseconds());
    for first in (0..people).step_by(AT_ONCE as usize) {
        let last = (first + AT_ONCE).min(people) - 1;
        // Half of them lie before those who ask and half behind.
        let person = "unhex(printf('%s%028x', CASE WHEN i % 2 = 0 THEN '0000' ELSE 'ffff' END, i))";
        let n = format!(
            "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}), \
             r(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM r WHERE k < {READINGS} - 1) "
        );
        let persons = format!(
            "INSERT INTO person (id, sex, status, version, created_at, updated_at) {n} \
             SELECT {person}, 'unknown', 'active', 1, 0, 0 FROM n"
        );
        let readings = format!(
            "INSERT INTO measurement (person_id, metric, measured_at, id, offset_min, received_at, clock, source, \
             entered_as, uid, validity, value_cell) {n} \
             SELECT {person}, {METRIC}, {now} - ({READINGS} - k) * {step} + i, \
             unhex(printf('%016x%016x', k, i)), 480, {now}, 'told', 'own', 'own', \
             unhex(printf('%016x%016x', i, k)), 'valid', randomblob({cell_bytes}) \
             FROM n, r ORDER BY 1, 2, 3"
        );
        run(state, vec![persons, readings]).await?;
    }
    Ok(())
}

async fn fill_postgres(
    state: &AppState,
    people: u32,
    cell_bytes: i64,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let (now, step, md5s) = (now.timestamp_millis(), STEP.num_milliseconds(), cell_bytes / 16 + 1);
    let person = "('ffff' || lpad(to_hex(i), 28, '0'))::uuid";
    let unhindered = "SET LOCAL session_replication_role = replica".to_owned();
    let persons = format!(
        "INSERT INTO person (id, sex, status, version, created_at, updated_at) \
         SELECT {person}, 'unknown', 'active', 1, 0, 0 FROM generate_series(0, {people} - 1) AS n(i)"
    );
    let bare =
        ["ALTER TABLE measurement DROP CONSTRAINT measurement_pkey", "DROP INDEX \"idx-measurement-uid\""];
    run(state, vec![persons]).await?;
    run(state, bare.map(str::to_owned).to_vec()).await?;
    for first in (0..READINGS).step_by(20) {
        let readings = format!(
            "INSERT INTO measurement (person_id, metric, measured_at, id, offset_min, received_at, clock, source, \
             entered_as, uid, validity, value_cell) \
             SELECT {person}, {METRIC}, {now} - ({READINGS} - k)::bigint * {step} + i, \
             (lpad(to_hex(k), 16, '0') || lpad(to_hex(i), 16, '0'))::uuid, 480, {now}, 'told', 'own', 'own', \
             (lpad(to_hex(i), 16, '0') || lpad(to_hex(k), 16, '0'))::uuid, 'valid', \
             substr(decode(repeat(md5(i::text || '/' || k::text), {md5s}), 'hex'), 1, {cell_bytes}) \
             FROM generate_series({first}, {first} + 19) AS r(k), generate_series(0, {people} - 1) AS n(i)"
        );
        run(state, vec![unhindered.clone(), readings]).await?;
    }
    Ok(())
}

/// Puts the rows into the order in which readings come.
async fn order_by_arrival(server: &Server) -> anyhow::Result<()> {
    let url = server.state.settings.database_url.clone().context("no address of PostgreSQL")?;
    let connection = sea_orm::Database::connect(url).await?;
    for statement in [
        "SET maintenance_work_mem = '1GB'",
        "CREATE INDEX \"bench-arrival\" ON measurement (measured_at)",
        "CLUSTER measurement USING \"bench-arrival\"",
        "DROP INDEX \"bench-arrival\"",
    ] {
        connection.execute_unprepared(statement).await?;
    }
    let has_key = "SELECT 1 FROM pg_constraint WHERE conname = 'measurement_pkey'";
    let backend = connection.get_database_backend();
    let key = connection.query_one_raw(sea_orm::Statement::from_string(backend, has_key)).await?;
    if key.is_none() {
        for statement in [
            "ALTER TABLE measurement ADD CONSTRAINT measurement_pkey PRIMARY KEY (person_id, metric, measured_at, id)",
            "CREATE UNIQUE INDEX \"idx-measurement-uid\" ON measurement (person_id, uid)",
        ] {
            connection.execute_unprepared(statement).await?;
        }
    }
    connection.execute_unprepared("VACUUM ANALYZE").await?;
    connection.close().await?;
    Ok(())
}

async fn run(state: &AppState, statements: Vec<String>) -> anyhow::Result<()> {
    let done = state.database.write(move |transaction| {
        let statements = statements.clone();
        Box::pin(async move {
            for statement in &statements {
                transaction.execute_unprepared(statement).await?;
            }
            Ok(())
        })
    });
    Ok(done.await?)
}
