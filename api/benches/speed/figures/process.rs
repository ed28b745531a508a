//! The program as an operator starts it: time until it is ready, and memory.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::Context;
use geodata::snapshot::Snapshot;
use kangtu::config::Settings;
use kangtu::database::Database;
use kangtu::map::published::MapState;

use crate::client::{Connection, Request};
use crate::data::World;
use crate::load::median;
use crate::table::{Figure, megabytes, seconds};
use crate::viewports::Viewport;

/// Starts whose median counts.
const STARTS: usize = 3;
/// Requests after which memory is read again.
const REQUESTS: usize = 1_000;

/// A running program, ended when this is dropped.
struct Program {
    child: Child,
    /// Held open: the program ends when nobody can read what it says.
    output: BufReader<ChildStdout>,
    address: SocketAddr,
    ready_s: f64,
}

/// Measures starts on the prepared database. No server may be running on it.
pub(crate) async fn start(world: &World) -> anyhow::Result<Figure> {
    let split = split(world).await?;
    let mut ready_s = Vec::new();
    for _ in 0..STARTS {
        ready_s.push(Program::start(&world.settings()?).await?.ready_s);
    }
    Ok(Figure::within("start of the program until /readyz, 100,000 features", median(ready_s), 2.0, split))
}

/// Where the time of a start goes, in this process.
async fn split(world: &World) -> anyhow::Result<String> {
    let began = Instant::now();
    let database = Database::open(&world.settings()?).await?;
    let open_s = began.elapsed().as_secs_f64();
    let began = Instant::now();
    drop(MapState::load(&database).await?);
    let load_s = began.elapsed().as_secs_f64();
    database.close().await;
    let (layers, features) = (world.map.layer_records(), world.map.feature_records());
    let began = Instant::now();
    drop(Snapshot::build(layers, features, 1, 0, Vec::new())?);
    let build_s = began.elapsed().as_secs_f64();
    Ok(format!(
        "median of {STARTS}; opening {}, reading {}, building {}",
        seconds(open_s),
        seconds((load_s - build_s).max(0.0)),
        seconds(build_s)
    ))
}

/// Measures what the map adds to the memory of a program that does nothing but serve it.
pub(crate) async fn memory(
    world: &World,
    viewports: &[Viewport],
    geojson_bytes: u64,
) -> anyhow::Result<Figure> {
    let without_bytes = without_a_map(&world.settings()?).await?;
    let program = Program::start(&world.settings()?).await?;
    let ready_bytes = program.resident_bytes()?;
    let mut connection = Connection::open(program.address).await?;
    let paths = viewports.iter().flat_map(|viewport| [viewport.view_path(), viewport.items_path()]);
    let paths: Vec<String> = paths.collect();
    for path in paths.iter().cycle().take(REQUESTS) {
        connection.send(&Request::get_compressed(program.address, path)).await?;
    }
    let served_bytes = program.resident_bytes()?;
    Ok(Figure::at_most(
        "memory against GeoJSON, 100,000 features",
        ratio(served_bytes.max(ready_bytes).saturating_sub(without_bytes), geojson_bytes),
        3.0,
        format!(
            "{} ready, {} after {REQUESTS} requests, {} of it without the map; {} GeoJSON",
            megabytes(ready_bytes),
            megabytes(served_bytes),
            megabytes(without_bytes),
            megabytes(geojson_bytes)
        ),
    ))
}

/// Memory of the same program with what is seeded and nothing else.
async fn without_a_map(like: &Settings) -> anyhow::Result<u64> {
    let folder = tempfile::Builder::new().prefix("kangtu-bench-").tempdir()?;
    let settings = Settings { data: folder.path().to_owned(), ..like.clone() };
    Program::start(&settings).await?.resident_bytes()
}

/// Size of all places as `GeoJSON` features.
pub(crate) fn geojson_bytes(map: &Snapshot) -> u64 {
    let every = |layer| {
        map.page(layer, &geodata::snapshot::PageQuery { limit: usize::MAX / 4, ..Default::default() })
    };
    map.layers().flat_map(|layer| every(layer).features).map(|feature| feature.json().len() as u64 + 1).sum()
}

#[expect(clippy::cast_precision_loss, reason = "a ratio to show")]
fn ratio(bytes: u64, to_bytes: u64) -> f64 {
    bytes as f64 / to_bytes as f64
}

impl Program {
    async fn start(settings: &Settings) -> anyhow::Result<Self> {
        let began = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_kangtu"))
            .arg("serve")
            .env_clear()
            .env("KANGTU_DATA", &settings.data)
            .env("KANGTU_LISTEN", settings.listen.to_string())
            .env("KANGTU_METRICS_LISTEN", settings.metrics_listen.to_string())
            .env("KANGTU_LOG", &settings.log)
            .env("KANGTU_RATE_LIMITS", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("the program cannot be started")?;
        let output = BufReader::new(child.stdout.take().context("the program has no output")?);
        let mut program = Self { child, output, address: settings.listen, ready_s: 0.0 };
        program.address = address_in(&mut program.output)?;
        let ready = Request::get(program.address, "/readyz");
        Connection::open(program.address).await?.send(&ready).await?;
        program.ready_s = began.elapsed().as_secs_f64();
        Ok(program)
    }

    fn resident_bytes(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .context("the system does not tell the memory of a process")?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<u64>().ok())
            .context("the memory of the program cannot be read")?;
        Ok(kib * 1024)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The first address that the program prints.
fn address_in(output: impl BufRead) -> anyhow::Result<SocketAddr> {
    for line in output.lines() {
        let line = line?;
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split('/').next());
        if let Some(address) = address {
            return Ok(address.parse()?);
        }
    }
    anyhow::bail!("the program ended before it was ready")
}
