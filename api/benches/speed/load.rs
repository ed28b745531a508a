//! Load on a server: as much as it bears, in turns with what it is compared to, or at a steady pace.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::{Connection, Request};
use crate::server;

/// Connections that keep a server busy.
const CONNECTIONS: usize = 32;
/// Turns of each kind of request, and the length of one. Short turns spread the noise of the machine
/// evenly over what is compared.
const ROUNDS: usize = 20;
const TURN: Duration = Duration::from_millis(150);

/// Requests of one kind, on connections of their own.
pub(crate) struct Series {
    connections: Vec<Connection>,
    requests: Arc<[Request]>,
    worker: PathBuf,
}

/// What a series achieved in its turns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Achieved {
    turns: Vec<Turn>,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    answers: f64,
    elapsed_s: f64,
    worker_s: f64,
}

impl Series {
    /// Opens the connections.
    pub(crate) async fn open(server: &server::Server, requests: Vec<Request>) -> anyhow::Result<Self> {
        Self::with_connections(server.address, server.worker.clone(), requests, CONNECTIONS).await
    }

    /// Opens so many connections to any server.
    pub(crate) async fn with_connections(
        address: SocketAddr,
        worker: PathBuf,
        requests: Vec<Request>,
        count: usize,
    ) -> anyhow::Result<Self> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(Connection::open(address).await?);
        }
        Ok(Self { connections, requests: requests.into(), worker })
    }

    /// As many requests as the server answers.
    async fn saturate(&mut self, duration: Duration) -> anyhow::Result<Turn> {
        let worker_s = server::cpu_time_s(&self.worker);
        let began = Instant::now();
        let mut running = JoinSet::new();
        for (place, mut connection) in self.connections.drain(..).enumerate() {
            let requests = Arc::clone(&self.requests);
            running.spawn(async move {
                let mut answers = 0_u32;
                for request in requests.iter().cycle().skip(place) {
                    connection.send(request).await?;
                    answers += 1;
                    if began.elapsed() >= duration {
                        break;
                    }
                }
                anyhow::Ok((connection, answers))
            });
        }
        let mut answers = 0.0;
        while let Some(ended) = running.join_next().await {
            let (connection, answered) = ended??;
            self.connections.push(connection);
            answers += f64::from(answered);
        }
        let worker_s = server::cpu_time_s(&self.worker) - worker_s;
        Ok(Turn { answers, elapsed_s: began.elapsed().as_secs_f64(), worker_s })
    }

    /// One request after another on each connection, so many a second on all together. Returns how
    /// long each took; one that had to wait for the answer before it counts from when it was due.
    pub(crate) async fn pace(
        &mut self,
        per_second: f64,
        duration: Duration,
    ) -> anyhow::Result<Vec<Duration>> {
        let count = u32::try_from(self.connections.len())?;
        let interval = Duration::from_secs_f64(f64::from(count) / per_second);
        let began = Instant::now();
        let mut running = JoinSet::new();
        for (place, mut connection) in (0_u32..).zip(self.connections.drain(..)) {
            let requests = Arc::clone(&self.requests);
            running.spawn(async move {
                let mut took = Vec::new();
                let mut due = began + interval * place / count;
                for request in requests.iter().cycle().skip(place as usize) {
                    let late = Instant::now() >= due;
                    if !late {
                        tokio::time::sleep_until(due.into()).await;
                    }
                    // The timer of the client is coarser than the answers are fast.
                    let since = if late { due } else { Instant::now() };
                    connection.send(request).await?;
                    took.push(since.elapsed());
                    due += interval;
                    if due >= began + duration {
                        break;
                    }
                }
                anyhow::Ok((connection, took))
            });
        }
        let mut all = Vec::new();
        while let Some(ended) = running.join_next().await {
            let (connection, took) = ended??;
            self.connections.push(connection);
            all.extend(took);
        }
        Ok(all)
    }

    /// Requests per second that the server answers on these connections.
    pub(crate) async fn capacity(&mut self) -> anyhow::Result<f64> {
        self.saturate(TURN).await?;
        Ok(self.saturate(4 * TURN).await?.rate())
    }
}

/// Lets the series take turns.
pub(crate) async fn alternate<const N: usize>(mut series: [&mut Series; N]) -> anyhow::Result<[Achieved; N]> {
    for one in &mut series {
        one.saturate(TURN).await?;
    }
    let mut achieved = [const { Achieved { turns: Vec::new() } }; N];
    for _ in 0..ROUNDS {
        for (one, achieved) in series.iter_mut().zip(&mut achieved) {
            achieved.turns.push(one.saturate(TURN).await?);
        }
    }
    Ok(achieved)
}

impl Turn {
    fn rate(&self) -> f64 {
        self.answers / self.elapsed_s
    }
}

impl Achieved {
    /// Requests per second in the usual turn.
    pub(crate) fn rate(&self) -> f64 {
        median(self.turns.iter().map(Turn::rate).collect())
    }

    /// Requests per second as a part of those of another series, turn by turn.
    pub(crate) fn ratio_to(&self, other: &Self) -> f64 {
        median(self.turns.iter().zip(&other.turns).map(|(own, other)| own.rate() / other.rate()).collect())
    }

    /// Processor time of the server's worker for one answer, microseconds. Other programs on the
    /// machine disturb it less than the rate.
    pub(crate) fn worker_us(&self) -> f64 {
        self.turns.iter().map(|turn| turn.worker_s).sum::<f64>() * 1e6
            / self.turns.iter().map(|turn| turn.answers).sum::<f64>()
    }

    /// Part of the time that the server's worker was at work. Well below 1, the client is measured.
    pub(crate) fn busy(&self) -> f64 {
        self.turns.iter().map(|turn| turn.worker_s).sum::<f64>()
            / self.turns.iter().map(|turn| turn.elapsed_s).sum::<f64>()
    }
}

/// The middle value; 0 of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// The value that this part of all values does not exceed; 0 of none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a rank among some thousand values"
)]
pub(crate) fn quantile(part: f64, mut values: Vec<Duration>) -> Duration {
    values.sort_unstable();
    let rank = (part * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}
