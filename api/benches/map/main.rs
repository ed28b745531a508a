//! The speed of the map, each figure beside its target, in one run on loopback.
//!
//! Everything is measured as a ratio within the run, so that the figures mean the same on a slow
//! machine and on a fast one: against ready bytes from the same server behind the same layers,
//! against the same request on a smaller map, against reads while nothing is edited. A miss is
//! printed, not an error.
//!
//! `cargo bench -p kangtu --bench map -- --quick` leaves out the map of 1,000,000 features.

mod client;
mod data;
mod figures;
mod load;
mod routes;
mod server;
mod table;
mod viewports;

use std::io::Write;
use std::time::Instant;

use data::World;
use figures::growth::Side;
use figures::{edits, growth, process, throughput};
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

fn main() -> anyhow::Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let table = runtime.block_on(measure(quick))?;
    say(&format!("\n{table}"))
}

async fn measure(quick: bool) -> anyhow::Result<Table> {
    let mut table = Table::default();
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
    server.stop().await?;
    Ok(table)
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
