//! A server of the product in this process, with one worker thread and some routes of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::web;
use anyhow::Context;
use kangtu::app::{Application, StopHandle};
use kangtu::clock::Clock;
use kangtu::config::Settings;
use kangtu::state::AppState;

use crate::routes;

/// How long a server may take until it has a worker.
const LONGEST_START: Duration = Duration::from_secs(10);

/// Worker threads of all servers that were started, by their folder below `/proc`.
static WORKERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A running server.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What its handlers share.
    pub(crate) state: AppState,
    /// Its only worker thread.
    pub(crate) worker: PathBuf,
    stop: StopHandle,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl Server {
    /// Starts a server and waits until it listens.
    pub(crate) fn start(settings: Settings) -> anyhow::Result<Self> {
        let (tell, told) = mpsc::channel();
        let earlier = workers().len();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async {
                let application = Application::build_with(settings, Clock::system(), extra_routes).await?;
                tell.send((application.address(), application.state().clone(), application.stop_handle()))?;
                application.run().await
            })
        });
        let Ok((address, state, stop)) = told.recv() else {
            thread.join().map_err(|_panic| anyhow::anyhow!("the server panicked"))??;
            anyhow::bail!("the server ended before it listened");
        };
        let worker = worker_after(earlier).context("the server has no worker")?;
        Ok(Self { address, state, worker, stop, thread })
    }

    /// Stops the server and waits until it has let go of its database.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.stop.drain().await;
        // Beside this thread, whose tasks may have connections of the server's pool to give back.
        let thread = self.thread;
        let ended = tokio::task::spawn_blocking(move || thread.join()).await?;
        ended.map_err(|_panic| anyhow::anyhow!("the server panicked"))?
    }
}

/// Runs on the worker thread when it sets up its routes.
fn extra_routes(services: &mut web::ServiceConfig) {
    if let Ok(thread) = std::fs::read_link("/proc/thread-self") {
        let folder = Path::new("/proc").join(thread);
        workers().push(folder);
    }
    routes::configure(services);
}

/// The worker that joins so many earlier ones; it starts a little after its server.
fn worker_after(earlier: usize) -> Option<PathBuf> {
    let began = Instant::now();
    while began.elapsed() < LONGEST_START {
        if let Some(worker) = workers().get(earlier) {
            return Some(worker.clone());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    None
}

fn workers() -> MutexGuard<'static, Vec<PathBuf>> {
    WORKERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Processor time that a thread has used, seconds; 0 where the system does not tell.
pub(crate) fn cpu_time_s(thread: &Path) -> f64 {
    std::fs::read_to_string(thread.join("schedstat"))
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .map_or(0.0, |nanoseconds| nanoseconds / 1e9)
}
