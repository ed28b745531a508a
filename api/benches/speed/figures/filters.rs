//! Conditions on a layer of 100,000 features: two properties and a polygon of 100 vertices.

use std::f64::consts::TAU;
use std::fmt::Write as _;
use std::time::Instant;

use anyhow::{Context, ensure};
use geodata::synthetic::{Area, SyntheticMap};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::client::{Connection, Request};
use crate::data::World;
use crate::load::quantile;
use crate::server::Server;
use crate::table::{Figure, seconds};

/// Vertices of a polygon.
const VERTICES: u32 = 100;
/// Polygons that requests go round.
const POLYGONS: u32 = 16;
/// How often each is asked for.
const ROUNDS: usize = 25;
/// Half the width of a polygon, degrees: a sixth of the district.
const RADIUS_DEG: f64 = 0.03;

/// All features in one layer, so that nothing but the conditions keeps them apart.
pub(crate) fn map() -> SyntheticMap {
    SyntheticMap { area: Area::Kwaichung, features: 100_000, layers: 1, seed: 1 }
}

/// Asks through the server, one request after the other.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Figure> {
    let server = Server::start(world.settings()?)?;
    let mut connection = Connection::open(server.address).await?;
    let requests: Vec<Request> =
        (0..POLYGONS).map(|number| Request::get(server.address, &path(number))).collect();
    let mut first_s = None;
    let mut matched = 0;
    for request in &requests {
        let began = Instant::now();
        let answer = connection.fetch(request).await?;
        first_s.get_or_insert_with(|| began.elapsed().as_secs_f64());
        let body: Value = serde_json::from_slice(&answer.body)?;
        matched += body["numberMatched"].as_u64().context("an answer without a count")?;
    }
    ensure!(matched > 0, "no polygon holds anything");
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        for request in &requests {
            let began = Instant::now();
            connection.send(request).await?;
            took.push(began.elapsed());
        }
    }
    server.stop().await?;
    let p95 = quantile(0.95, took.clone()).as_secs_f64();
    Ok(Figure::within(
        format!("filter of two properties and {VERTICES} vertices over {} features, p95", map().features),
        p95,
        0.005,
        format!(
            "p50 {}; {} selected on average; first filter after a start {}",
            seconds(quantile(0.5, took).as_secs_f64()),
            matched / u64::from(POLYGONS),
            seconds(first_s.unwrap_or_default()),
        ),
    ))
}

/// A star somewhere in the district, and the names with a 7 within it.
fn path(number: u32) -> String {
    let bounds = Area::Kwaichung.bounds();
    let share = (f64::from(number) + 0.5) / f64::from(POLYGONS);
    let (lon, lat) = (bounds.min().x + bounds.width() * share, bounds.center().y);
    let mut ring = String::new();
    for vertex in 0..=VERTICES {
        let angle = f64::from(vertex % VERTICES) / f64::from(VERTICES) * TAU;
        let radius = if vertex % 2 == 0 { RADIUS_DEG } else { RADIUS_DEG * 0.8 };
        let separator = if vertex > 0 { "," } else { "" };
        // Writing to a string cannot fail.
        _ = write!(ring, "{separator}{:.6} {:.6}", lon + radius * angle.cos(), lat + radius * angle.sin());
    }
    let filter = format!("demo = TRUE AND name LIKE '%7%' AND S_INTERSECTS(geometry, POLYGON(({ring})))");
    format!("/map/collections/park/items?filter={}", utf8_percent_encode(&filter, NON_ALPHANUMERIC))
}
