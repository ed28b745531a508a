//! Thousands of residents who want the same two hundred seats at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::ValueEnum;
use kangtu::registrations::audit_all;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::{Answer, Connection, Request};
use crate::load::quantile;
use crate::residents::{self, Resident, SEATS};
use crate::server::Server;
use crate::table::{Figure, seconds};

/// Clients at once.
pub(super) const CLIENTS: usize = 64;
/// Residents of the burst.
const RESIDENTS: usize = 5_000;
/// Residents of the burst in which every sign-up has a commit of its own.
const RESIDENTS_ALONE: usize = 1_000;
/// How long a client waits when it is told to come back.
const PAUSE: Duration = Duration::from_millis(20);

/// How sign-ups on SQLite are committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Commits {
    /// Many with one.
    Shared,
    /// Each with its own.
    OneEach,
}

impl Commits {
    /// As it is chosen on the command line.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::OneEach => "one-each",
        }
    }

    /// Measures a burst on an empty database.
    pub(crate) async fn burst(self) -> anyhow::Result<Burst> {
        match self {
            Self::Shared => on_sqlite(None, RESIDENTS).await,
            Self::OneEach => on_sqlite(Some(0), RESIDENTS_ALONE).await,
        }
    }
}

/// How fast a burst was answered.
#[derive(Debug)]
pub(crate) struct Burst {
    /// Sign-ups per second.
    pub(crate) per_second: f64,
    took: Vec<Duration>,
}

/// Measures on SQLite: sign-ups that share commits against sign-ups with one commit each.
pub(crate) async fn measure() -> anyhow::Result<Vec<Figure>> {
    let (shared, alone) = (Commits::Shared.burst().await?, Commits::OneEach.burst().await?);
    let (p50_s, p99_s) = (shared.quantile_s(0.5), shared.quantile_s(0.99));
    Ok(vec![
        Figure::times(
            format!("sign-ups that share commits, {CLIENTS} clients, against one commit each"),
            shared.per_second / alone.per_second,
            10.0,
            format!("{:.0}/s and {:.0}/s", shared.per_second, alone.per_second),
        ),
        Figure::at_most(
            format!("p99 of {RESIDENTS} sign-ups for {SEATS} seats, against their p50"),
            p99_s / p50_s,
            20.0,
            format!("{} and {}", seconds(p99_s), seconds(p50_s)),
        ),
    ])
}

async fn on_sqlite(write_line: Option<usize>, count: usize) -> anyhow::Result<Burst> {
    let folder = tempfile::Builder::new().prefix("kangtu-bench-").tempdir()?;
    let server = Server::start(residents::settings(folder.path(), None, write_line)?)?;
    let burst = burst(&server, count).await?;
    server.stop().await?;
    Ok(burst)
}

/// All want a seat at once; every second one asks again with its key. Whether it adds up is checked.
pub(crate) async fn burst(server: &Server, count: usize) -> anyhow::Result<Burst> {
    let activity_id = residents::activity_for_all(&server.state).await?;
    let path: Arc<str> = format!("/api/v1/activities/{activity_id}/registrations").into();
    let residents: Arc<[Resident]> = residents::log_in(server, count).await?.into();
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (residents, next, path) = (Arc::clone(&residents), Arc::clone(&next), Arc::clone(&path));
        let mut connection = Connection::open(server.address).await?;
        let address = server.address;
        clients.spawn(async move {
            let mut answered = Vec::new();
            while let Some(resident) = residents.get(next.fetch_add(1, Ordering::Relaxed)) {
                let asked = Instant::now();
                let answer = sign_up(&mut connection, &request(address, &path, resident)).await?;
                answered.push((asked.elapsed(), answer.body));
            }
            anyhow::Ok(answered)
        });
    }
    let (mut took, mut bodies) = (Vec::with_capacity(count), Vec::with_capacity(count));
    while let Some(ended) = clients.join_next().await {
        for (duration, body) in ended?? {
            took.push(duration);
            bodies.push(body);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "some thousand")]
    let per_second = count as f64 / began.elapsed().as_secs_f64();
    add_up(server, &path, &residents, &bodies).await?;
    Ok(Burst { per_second, took })
}

/// One resident signs up after the others.
pub(super) async fn alone(server: &Server, activity_id: i32, resident: &Resident) -> anyhow::Result<()> {
    let path = format!("/api/v1/activities/{activity_id}/registrations");
    let mut connection = Connection::open(server.address).await?;
    sign_up(&mut connection, &request(server.address, &path, resident)).await.map(drop)
}

/// Every answer is the truth, and a repeat gets it again.
async fn add_up(
    server: &Server,
    path: &str,
    residents: &[Resident],
    bodies: &[Vec<u8>],
) -> anyhow::Result<()> {
    let answers: Vec<Value> =
        bodies.iter().map(|body| serde_json::from_slice(body)).collect::<Result<_, _>>()?;
    let of = |status: &str| answers.iter().filter(|answer| answer["status"] == status).count();
    ensure!(of("confirmed") == SEATS.min(residents.len()), "{} were confirmed", of("confirmed"));
    ensure!(of("waiting") == residents.len().saturating_sub(SEATS), "{} wait", of("waiting"));
    let mut connection = Connection::open(server.address).await?;
    for resident in residents.iter().step_by(2) {
        sign_up(&mut connection, &request(server.address, path, resident)).await?;
    }
    let wrong = audit_all(&server.state).await;
    ensure!(wrong.is_ok_and(|wrong| wrong.is_empty()), "the seats do not add up");
    Ok(())
}

fn request(address: std::net::SocketAddr, path: &str, resident: &Resident) -> Request {
    let headers = format!(
        "Authorization: Bearer {}\r\nIdempotency-Key: burst-{}\r\n",
        resident.token, resident.person_id
    );
    Request::post_json(address, path, &headers, &json!({"person_ids": [resident.person_id]}))
}

async fn sign_up(connection: &mut Connection, request: &Request) -> anyhow::Result<Answer> {
    loop {
        let answer = connection.fetch_any(request).await?;
        match answer.status {
            200 | 201 => return Ok(answer),
            409 | 503 => tokio::time::sleep(PAUSE).await,
            other => anyhow::bail!("{other}: {}", String::from_utf8_lossy(&answer.body)),
        }
    }
}

impl Burst {
    fn quantile_s(&self, part: f64) -> f64 {
        quantile(part, self.took.clone()).as_secs_f64()
    }
}
