//! The speed of signing up, each figure beside its target, in one run on loopback and on SQLite with
//! `synchronous=FULL`.
//!
//! Everything is measured as a ratio within the run: sign-ups that share commits against sign-ups with one
//! commit each, the slowest under the burst against the usual, the list against ready bytes of the same size.
//! A miss is printed, not an error. `--quick` takes a tenth of everything.

use std::io::Write;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes};
use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use entity::activity::{self, Status};
use entity::{account, registration, registration_person};
use kangtu::app::{Application, StopHandle};
use kangtu::clock::Clock;
use kangtu::config::{Settings, Switch};
use kangtu::registrations::audit_all;
use kangtu::state::AppState;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

/// That of the program, so that the servers here are measured as they run there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Clients at once.
const CLIENTS: usize = 64;
/// Registrations of each activity where many are counted.
const PEOPLE: usize = 10;
/// Bytes that the server only has to send.
static READY: OnceLock<Bytes> = OnceLock::new();

fn main() -> anyhow::Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(if quick { 10 } else { 1 }))
}

async fn measure(part: usize) -> anyhow::Result<()> {
    let many = 5_000 / part;
    let shared = burst(Some(8_192), many).await?;
    let alone = burst(Some(0), many / 5).await?;
    report("sign-ups/s at 64 clients, against one commit each", shared.rate / alone.rate, ">= 10")?;
    let tail = shared.quantile(0.99).as_secs_f64() / shared.quantile(0.5).as_secs_f64();
    report("p99 of the burst, against its p50", tail, "<= 20")?;
    say(&format!(
        "  {:.0}/s shared, {:.0}/s alone; p50 {:?}, p99 {:?}",
        shared.rate,
        alone.rate,
        shared.quantile(0.5),
        shared.quantile(0.99)
    ))?;
    listing_and_audit(part).await
}

struct Server {
    address: String,
    state: AppState,
    stop: StopHandle,
    thread: std::thread::JoinHandle<anyhow::Result<()>>,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(write_line: Option<usize>) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let defaults = Settings::from_defaults()?;
        let settings = Settings {
            listen: "127.0.0.1:0".parse()?,
            metrics_listen: "127.0.0.1:0".parse()?,
            data: folder.path().to_owned(),
            rate_limits: Switch::Off,
            jobs: Switch::Off,
            workers: Some(2),
            log: "off".to_owned(),
            write_line: write_line.unwrap_or(defaults.write_line),
            ..defaults
        };
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async {
                let application = Application::build_with(settings, Clock::system(), ready_bytes).await?;
                tell.send((application.address(), application.state().clone(), application.stop_handle()))?;
                application.run().await
            })
        });
        let (address, state, stop) = told.recv().context("the server ended before it listened")?;
        Ok(Self { address: format!("http://{address}"), state, stop, thread, _folder: folder })
    }

    async fn stop(self) -> anyhow::Result<()> {
        self.stop.drain().await;
        self.thread.join().map_err(|_panic| anyhow::anyhow!("the server panicked"))?
    }
}

fn ready_bytes(services: &mut web::ServiceConfig) {
    services.route(
        "/ready-bytes",
        web::get().to(|| async {
            HttpResponse::Ok().content_type("application/json").body(READY.get().cloned().unwrap_or_default())
        }),
    );
}

struct Burst {
    rate: f64,
    took: Vec<Duration>,
}

impl Burst {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rank"
    )]
    fn quantile(&self, part: f64) -> Duration {
        let rank = (part * self.took.len() as f64).ceil() as usize;
        self.took.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

/// So many residents for 200 seats, each with a retry or two; checks that it adds up.
async fn burst(write_line: Option<usize>, residents: usize) -> anyhow::Result<Burst> {
    say(&format!("{residents} residents for 200 seats, write line {write_line:?}"))?;
    let server = Server::start(write_line)?;
    let id = activity_for_all(&server.state).await?;
    let http = reqwest::Client::new();
    let logins = Arc::new(log_in(&http, &server, residents).await?);
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (http, logins, next) = (http.clone(), Arc::clone(&logins), Arc::clone(&next));
        let path = format!("{}/api/v1/activities/{id}/registrations", server.address);
        clients.spawn(async move {
            let mut answered = Vec::new();
            while let Some((token, person)) = logins.get(next.fetch_add(1, Ordering::Relaxed)) {
                let asked = Instant::now();
                let answer = sign_up(&http, &path, token, person).await?;
                answered.push((asked.elapsed(), answer));
            }
            anyhow::Ok(answered)
        });
    }
    let mut answers = Vec::new();
    while let Some(ended) = clients.join_next().await {
        answers.extend(ended??);
    }
    #[expect(clippy::cast_precision_loss, reason = "some thousand")]
    let rate = residents as f64 / began.elapsed().as_secs_f64();
    let of = |status: &str| answers.iter().filter(|(_, answer)| answer["status"] == status).count();
    ensure!(of("confirmed") == residents.min(200), "{} were confirmed", of("confirmed"));
    ensure!(of("waiting") == residents.saturating_sub(200), "{} wait", of("waiting"));
    for (token, person) in logins.iter().take(200) {
        let path = format!("{}/api/v1/activities/{id}/registrations", server.address);
        sign_up(&http, &path, token, person).await?;
    }
    ensure!(
        audit_all(&server.state).await.map_err(|error| anyhow::anyhow!("{error:?}"))?.is_empty(),
        "it does not add up"
    );
    server.stop().await?;
    let mut took: Vec<Duration> = answers.into_iter().map(|(took, _)| took).collect();
    took.sort_unstable();
    Ok(Burst { rate, took })
}

async fn sign_up(http: &reqwest::Client, path: &str, token: &str, person: &str) -> anyhow::Result<Value> {
    loop {
        let request = http.post(path).bearer_auth(token).header("idempotency-key", format!("burst-{person}"));
        let answer = request.json(&json!({"person_ids": [person]})).send().await?;
        match answer.status().as_u16() {
            201 => return Ok(answer.json().await?),
            // Told to come back.
            409 | 503 => tokio::time::sleep(Duration::from_millis(50)).await,
            other => anyhow::bail!("{other}: {}", answer.text().await?),
        }
    }
}

async fn log_in(
    http: &reqwest::Client,
    server: &Server,
    count: usize,
) -> anyhow::Result<Vec<(String, String)>> {
    let mut logins = Vec::with_capacity(count);
    let mut running = JoinSet::new();
    for number in 0..count {
        let (http, address) = (http.clone(), server.address.clone());
        running.spawn(async move {
            let request = http.post(format!("{address}/api/v1/auth/wechat"));
            let answer: Value =
                request.json(&json!({"code": format!("dev-bench-{number}")})).send().await?.json().await?;
            let word = |name: &str| answer[name].as_str().map(str::to_owned).context("no log-in");
            anyhow::Ok((word("access_token")?, word("person_id")?))
        });
        if running.len() >= CLIENTS
            && let Some(ended) = running.join_next().await
        {
            logins.push(ended??);
        }
    }
    while let Some(ended) = running.join_next().await {
        logins.push(ended??);
    }
    Ok(logins)
}

/// A seeded activity with 200 seats and a line.
async fn activity_for_all(state: &AppState) -> anyhow::Result<i32> {
    let reader = state.database.reader();
    let open = activity::Entity::find().filter(activity::Column::TargetCapacity.eq(200)).one(reader).await?;
    let id = open.context("no seeded activity has 200 seats")?.id;
    let now = state.clock.now();
    let changed = state.database.write(move |transaction| {
        Box::pin(async move {
            let revision = kangtu::activities::revision::raise(transaction, now).await?;
            let change = activity::ActiveModel {
                id: ActiveValue::Unchanged(id),
                waiting_list: ActiveValue::Set(activity::WaitingList::Automatic),
                changed_revision: ActiveValue::Set(revision),
                ..Default::default()
            };
            activity::Entity::update(change).exec(transaction).await?;
            Ok(())
        })
    });
    changed.await?;
    state.activities.refresh(&state.database).await?;
    Ok(id)
}

/// The list with 10,000 activities, and the count of 100,000 registrations.
async fn listing_and_audit(part: usize) -> anyhow::Result<()> {
    let server = Server::start(None)?;
    let now = server.state.clock.now();
    let copies = 10_000 / part;
    say(&format!("{copies} activities, {} registrations", 100_000 / part))?;
    let model = activity::Entity::find()
        .filter(activity::Column::Status.eq(Status::Published))
        .filter(activity::Column::StartsAt.gt(now.timestamp_millis()))
        .order_by_asc(activity::Column::Id)
        .one(server.state.database.reader())
        .await?
        .context("no seeded activity")?;
    let http = reqwest::Client::new();
    log_in(&http, &server, PEOPLE).await?;
    let accounts = account::Entity::find().all(server.state.database.reader()).await?;
    let random = server.state.random.clone();
    let filled = server.state.database.write(move |transaction| {
        let (model, accounts, random) = (model.clone(), accounts.clone(), random.clone());
        Box::pin(async move {
            let revision = kangtu::activities::revision::raise(transaction, now).await?;
            let copy = activity::ActiveModel {
                id: ActiveValue::NotSet,
                title: ActiveValue::Set("很多活动中的一个".to_owned()),
                changed_revision: ActiveValue::Set(revision),
                capacity: ActiveValue::Set(10),
                target_capacity: ActiveValue::Set(10),
                taken: ActiveValue::Set(10),
                ..model.into_active_model().reset_all()
            };
            for _ in 0..copies / 50 {
                activity::Entity::insert_many(vec![copy.clone(); 50])
                    .exec_without_returning(transaction)
                    .await?;
            }
            let full = activity::Column::Taken.eq(10);
            for row in activity::Entity::find().filter(full).all(transaction).await? {
                let mut entries = Vec::with_capacity(PEOPLE);
                let mut people = Vec::with_capacity(PEOPLE);
                for account in &accounts {
                    let entry = confirmed(random.id(now), row.id, account.id, now);
                    people.push(registration_person::ActiveModel {
                        id: ActiveValue::Set(random.id(now)),
                        registration_id: entry.id.clone(),
                        activity_id: ActiveValue::Set(row.id),
                        person_id: ActiveValue::Set(account.person_id),
                        position: ActiveValue::Set(1),
                        status: ActiveValue::Set(registration::Status::Confirmed),
                        ..Default::default()
                    });
                    entries.push(entry);
                }
                registration::Entity::insert_many(entries).exec_without_returning(transaction).await?;
                registration_person::Entity::insert_many(people).exec_without_returning(transaction).await?;
            }
            Ok(())
        })
    });
    filled.await?;
    server.state.activities.refresh(&server.state.database).await?;
    let first = http.get(format!("{}/api/v1/activities", server.address)).send().await?.bytes().await?;
    READY.set(first).map_err(|_twice| anyhow::anyhow!("ready bytes were set twice"))?;
    let mut ratios = Vec::new();
    for _ in 0..10 {
        let list = rate(&http, &format!("{}/api/v1/activities", server.address)).await?;
        let ready = rate(&http, &format!("{}/ready-bytes", server.address)).await?;
        ratios.push(list / ready);
    }
    ratios.sort_by(f64::total_cmp);
    report("first page of the list, against ready bytes", ratios[ratios.len() / 2], ">= 0.3")?;
    let began = Instant::now();
    audit_all(&server.state).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    report("count of all registrations, seconds", began.elapsed().as_secs_f64(), "< 1")?;
    server.stop().await
}

fn confirmed(id: Uuid, activity_id: i32, account_id: Uuid, now: DateTime<Utc>) -> registration::ActiveModel {
    registration::ActiveModel {
        id: ActiveValue::Set(id),
        activity_id: ActiveValue::Set(activity_id),
        account_id: ActiveValue::Set(Some(account_id)),
        channel: ActiveValue::Set(registration::Channel::Own),
        status: ActiveValue::Set(registration::Status::Confirmed),
        seats: ActiveValue::Set(1),
        confirmed_at: ActiveValue::Set(Some(now.into())),
        version: ActiveValue::Set(1),
        created_at: ActiveValue::Set(now.into()),
        updated_at: ActiveValue::Set(now.into()),
        ..Default::default()
    }
}

/// Answers per second on 32 connections.
async fn rate(http: &reqwest::Client, url: &str) -> anyhow::Result<f64> {
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..32 {
        let (http, url) = (http.clone(), url.to_owned());
        clients.spawn(async move {
            let mut answers = 0.0;
            while began.elapsed() < Duration::from_millis(200) {
                http.get(&url).send().await?.bytes().await?;
                answers += 1.0;
            }
            anyhow::Ok(answers)
        });
    }
    let mut answers = 0.0;
    while let Some(ended) = clients.join_next().await {
        answers += ended??;
    }
    Ok(answers / began.elapsed().as_secs_f64())
}

fn report(what: &str, figure: f64, target: &str) -> anyhow::Result<()> {
    say(&format!("{what:<55} {figure:>8.2}   target {target}"))
}

fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(())
}
