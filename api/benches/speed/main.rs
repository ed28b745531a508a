//! The speed of the product, each figure beside its target, in one run on loopback.
//!
//! Everything is measured as a ratio within the run, so that the figures mean the same on a slow
//! machine and on a fast one: against ready bytes from the same server behind the same layers,
//! against the same request on a smaller map, against reads while nothing is edited, against a scan
//! of the same table. A miss is printed, not an error.
//!
//! `make bench ARGS="--quick"` leaves out the map of 1,000,000 features and nine of ten readings, `--only reading` measures
//! one part.

mod articles;
mod client;
mod community;
mod data;
mod figures;
mod load;
#[path = "../../tests/it/support/postgres.rs"]
#[expect(clippy::unwrap_used, clippy::expect_used, reason = "a server that does not start ends the run")]
mod postgres;
mod records;
mod residents;
mod routes;
#[path = "../../tests/it/support/scratch.rs"]
#[expect(clippy::unwrap_used, reason = "without a folder nothing can be measured")]
mod scratch;
mod server;
mod table;
mod viewports;

use std::io::Write;
use std::time::Instant;

use articles::Library;
use clap::{Parser, ValueEnum};
use data::World;
use figures::growth::Side;
use figures::{
    activities, edits, filters, formats, growth, process, reading, search, signing_up, slow_disk, throughput,
    tiles, video,
};
use kangtu::database::Engine;
use postgres::PostgresServer;
use records::Archive;
use server::Server;
use table::{Table, seconds};
use viewports::{Counted, Viewport};

/// Boxes that requests go round, so that not one answer stays in the processor's cache.
const VIEWPORTS: usize = 16;
/// Boxes of the requests before memory is read.
const MEMORY_VIEWPORTS: usize = 100;

/// That of the program, so that the servers here are measured as they run there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the speed and prints each figure beside its target.
#[derive(Debug, Parser)]
struct Choice {
    /// Leave out the map of 1,000,000 features, and nine of ten readings.
    #[arg(long)]
    quick: bool,
    /// Measure this part alone.
    #[arg(long)]
    only: Option<Part>,
    /// Measure one burst of sign-ups and tell nothing else.
    #[arg(long, hide = true)]
    burst: Option<signing_up::Commits>,
    /// What cargo passes to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The map, at 100,000 and 1,000,000 features.
    Map,
    /// Conditions on a layer of 100,000 features.
    Filters,
    /// Vector tiles, at 100,000 features.
    Tiles,
    /// Files of places, in and out.
    Formats,
    /// Search, articles and the first screen, at 10,000 articles; a video.
    Reading,
    /// Signing up for activities, their list and their audit.
    Activities,
    /// Health records, at 100,000 and 10,000,000 readings.
    Records,
    /// The list of a health officer, at 5,000 residents.
    FollowUps,
    /// Walks and coverage, on a network of 220,000 positions.
    Walking,
}

impl Choice {
    fn includes(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}

fn main() -> anyhow::Result<()> {
    let choice = Choice::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if let Some(commits) = choice.burst {
        return say(&runtime.block_on(commits.burst())?.per_second.to_string());
    }
    let table = runtime.block_on(measure(&choice))?;
    say(&format!("\n{table}"))
}

async fn measure(choice: &Choice) -> anyhow::Result<Table> {
    let mut table = Table::default();
    if choice.includes(Part::Map) {
        measure_map(&mut table, choice.quick).await?;
    }
    if choice.includes(Part::Filters) {
        let world = prepare(filters::map()).await?;
        say("measuring filters")?;
        table.0.push(filters::measure(&world).await?);
    }
    if choice.includes(Part::Tiles) {
        measure_tiles(&mut table).await?;
    }
    if choice.includes(Part::Formats) {
        say("measuring files of 100,000 places")?;
        table.0.extend(formats::measure().await?);
    }
    if choice.includes(Part::Reading) {
        measure_reading(&mut table, Engine::Sqlite).await?;
        measure_reading(&mut table, Engine::Postgres).await?;
        say("measuring a video")?;
        table.0.extend(video::measure().await?);
    }
    if choice.includes(Part::Activities) {
        say("measuring sign-ups")?;
        table.0.extend(signing_up::measure().await?);
        table.0.extend(slow_disk::measure()?);
        table.0.extend(figures::prepared_sql::measure().await?);
        say("measuring the list and the audit of activities")?;
        table.0.extend(activities::measure().await?);
    }
    if choice.includes(Part::Records) {
        measure_records(&mut table, Engine::Sqlite, choice.quick).await?;
        measure_records(&mut table, Engine::Postgres, choice.quick).await?;
    }
    if choice.includes(Part::FollowUps) {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            measure_follow_ups(&mut table, engine).await?;
        }
    }
    if choice.includes(Part::Walking) {
        say("measuring walks")?;
        table.0.extend(figures::walking::measure()?);
    }
    Ok(table)
}

async fn measure_tiles(table: &mut Table) -> anyhow::Result<()> {
    let world = prepare(data::sub_district()).await?;
    let server = Server::start(world.settings()?)?;
    say("measuring tiles")?;
    table.0.push(tiles::warm(&server).await?);
    table.0.push(tiles::cold(&server.state.map.current().snapshot)?);
    server.stop().await?;
    table.0.push(tiles::all()?);
    Ok(())
}

async fn measure_follow_ups(table: &mut Table, engine: Engine) -> anyhow::Result<()> {
    let Some(archive) = Archive::empty(engine, "community").await? else {
        return Ok(());
    };
    say(&format!("measuring the list of a health officer on {engine:?}"))?;
    let server = Server::start(archive.settings()?)?;
    table.0.push(figures::follow_ups::list(&server, engine).await?);
    server.stop().await
}

/// The same people ask in a small archive and in a large one.
async fn measure_records(table: &mut Table, engine: Engine, quick: bool) -> anyhow::Result<()> {
    let (people, readings) = if quick { (2_000, "1,000,000") } else { (20_000, "10,000,000") };
    let Some(small) = archive(engine, "records_small", 200).await? else {
        return Ok(());
    };
    let Some(large) = archive(engine, "records_large", people).await? else {
        return Ok(());
    };
    say("measuring summaries and trends")?;
    let server = Server::start(small.settings()?)?;
    let of_small = figures::records::ask(&server).await?;
    server.stop().await?;
    let server = Server::start(large.settings()?)?;
    let of_large = figures::records::ask(&server).await?;
    table.0.extend(figures::records::compared(engine, readings, &of_small, &of_large));
    if engine == Engine::Sqlite {
        say("measuring ingest")?;
        table.0.push(figures::records::ingest(&server).await?);
    }
    server.stop().await
}

async fn archive(engine: Engine, name: &str, people: u32) -> anyhow::Result<Option<Archive>> {
    let readings = people * records::READINGS;
    say(&format!("preparing {readings} readings of {people} people on {engine:?}"))?;
    let began = Instant::now();
    let Some(archive) = Archive::empty(engine, name).await? else {
        return Ok(None);
    };
    let server = Server::start(archive.settings()?)?;
    records::fill(&server, people).await?;
    server.stop().await?;
    say(&format!("  written in {}", seconds(began.elapsed().as_secs_f64())))?;
    Ok(Some(archive))
}

async fn measure_reading(table: &mut Table, engine: Engine) -> anyhow::Result<()> {
    let database_url = match engine {
        Engine::Sqlite => None,
        Engine::Postgres => match PostgresServer::shared() {
            Some(server) => Some(server.url("postgres")),
            None => return Ok(()),
        },
    };
    say(&format!("preparing {} articles on {engine:?}", articles::COUNT))?;
    let began = Instant::now();
    let library = Library::prepare(database_url).await?;
    say(&format!("  written in {}", seconds(began.elapsed().as_secs_f64())))?;
    let server = Server::start(library.settings()?)?;
    say("measuring searches")?;
    table.0.extend(search::measure(&server, engine).await?);
    if engine == Engine::Sqlite {
        say("measuring articles and the first screen")?;
        table.0.extend(reading::measure(&server).await?);
    }
    say("measuring publishing")?;
    table.0.push(search::publishing(&server, engine).await?);
    server.stop().await
}

/// Says in one line what is left out.
fn say_skipped(what: &str) {
    drop(say(&format!("skipped: {what}")));
}

async fn measure_map(table: &mut Table, quick: bool) -> anyhow::Result<()> {
    let small = prepare(data::sub_district()).await?;

    let server = Server::start(small.settings()?)?;
    let boxes = viewports(&server, VIEWPORTS, Counted::OneLayer)?;
    let whole_boxes = viewports(&server, VIEWPORTS, Counted::AllLayers)?;
    let many_boxes = viewports(&server, MEMORY_VIEWPORTS, Counted::OneLayer)?;
    let geojson_bytes = process::geojson_bytes(&server.state.map.current().snapshot);
    say("measuring requests per second")?;
    table.0.extend(throughput::measure(&server, &boxes, &whole_boxes).await?);
    server.stop().await?;

    say("measuring starts and memory of the program")?;
    table.0.push(process::start(&small).await?);
    table.0.push(process::memory(&small, &many_boxes, geojson_bytes).await?);

    let server = Server::start(small.settings()?)?;
    if !quick {
        let large = prepare(data::city()).await?;
        let large_server = Server::start(large.settings()?)?;
        let large_boxes = viewports(&large_server, VIEWPORTS, Counted::OneLayer)?;
        say("measuring requests on both maps")?;
        table.0.extend(
            growth::measure(
                &Side { server: &server, viewports: &boxes },
                &Side { server: &large_server, viewports: &large_boxes },
            )
            .await?,
        );
        large_server.stop().await?;
    }

    say("measuring edits")?;
    routes::set_edits(small.editable(&server.state.database).await?)?;
    table.0.extend(edits::measure(&server, &boxes).await?);
    server.stop().await
}

async fn prepare(map: geodata::synthetic::SyntheticMap) -> anyhow::Result<World> {
    say(&format!("preparing {} features in {:?}", map.features, map.area))?;
    let began = Instant::now();
    let world = World::prepare(map).await?;
    say(&format!("  written to SQLite in {}", seconds(began.elapsed().as_secs_f64())))?;
    Ok(world)
}

fn viewports(server: &Server, count: usize, counted: Counted) -> anyhow::Result<Vec<Viewport>> {
    let chosen = viewports::choose(&server.state.map.current().snapshot, count, counted)?;
    let widths = || chosen.iter().map(Viewport::width_m);
    let of = match counted {
        Counted::OneLayer => format!("one of {} layers", data::LAYERS),
        Counted::AllLayers => "all layers together".to_owned(),
    };
    say(&format!(
        "  {count} boxes with 250 features of {of}, {:.0} to {:.0} m wide",
        widths().fold(f64::INFINITY, f64::min),
        widths().fold(0.0, f64::max)
    ))?;
    Ok(chosen)
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}
