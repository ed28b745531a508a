//! Walks in a made-up town of 220,000 positions: how long a reach takes, the nearest places of everybody, and the
//! coverage of a city.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use geo::{Geometry, LineString, Point, Polygon};
use geodata::Wgs84;
use geodata::coverage::{Inputs, Kind, Place, Preset, Resident, Residents, compute};
use geodata::geometry::simplify;
use geodata::network::{Access, Network, Snap, Streets, SyntheticStreets, Walker};
use geodata::synthetic::Draw;

use crate::load::quantile;
use crate::table::{Figure, seconds};

/// A town of 14 km by 14 km whose streets bend every 30 m.
const TOWN: SyntheticStreets = SyntheticStreets {
    corner: Wgs84 { lon: 114.30, lat: 22.55 },
    columns: 470,
    rows: 470,
    spacing_m: 30.0,
    seed: 1,
};
const QUESTIONS: usize = 300;
const PASSES: usize = 10;
/// Places of a layer.
const PLACES: usize = 500;
const LAYERS: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
/// Buildings with people.
const HOMES: usize = 40_000;
const SIDE_M: f64 = 14_000.0;
const MINUTES: u32 = 15;
const NO_LIMIT_DM: u32 = u32::MAX;

/// Measures on one thread, as one request is answered; coverage uses all.
pub(crate) fn measure() -> anyhow::Result<Vec<Figure>> {
    let streets = TOWN.make();
    let bytes = streets.to_bytes();
    let began = Instant::now();
    let network = Network::new(&Streets::from_bytes(&bytes)?);
    let loaded = began.elapsed();
    ensure!(network.node_count() > 215_000, "the town has {} positions", network.node_count());
    let town = format!("{} positions, {} MB stored", network.node_count(), bytes.len() >> 20);
    let mut draw = Draw::new(7);
    let mut figures = vec![Figure::within("walking network read and ready", loaded.as_secs_f64(), 1.0, town)];
    figures.extend(reach(&network, &mut draw)?);
    figures.push(nearest(&network, &mut draw)?);
    figures.push(coverage(&network, &mut draw));
    Ok(figures)
}

fn anywhere(draw: &mut Draw) -> Wgs84 {
    let mut metres = || f64::from(draw.below(1_000_000)) / 1e6 * SIDE_M;
    let (east_m, north_m) = (metres(), metres());
    Wgs84 { lon: TOWN.corner.lon + east_m / 102_800.0, lat: TOWN.corner.lat + north_m / 111_195.0 }
}

fn reach(network: &Network, draw: &mut Draw) -> anyhow::Result<Vec<Figure>> {
    let pace = Walker::Adult.pace();
    let (mut without, mut with) = (Vec::new(), Vec::new());
    let mut reached = 0;
    for _ in 0..QUESTIONS {
        let from = anywhere(draw);
        let began = Instant::now();
        let origin = network.snap(from).context("a position is on no path")?;
        let reachable = network.reachable(origin, pace, pace.budget_dm(MINUTES));
        without.push(began.elapsed());
        for minutes in [5, 10, MINUTES] {
            std::hint::black_box(simplify(&reachable.area(pace.budget_dm(minutes)).into(), 4.0));
        }
        with.push(began.elapsed());
        reached += reachable.nodes().count();
    }
    let told = |times: &[Duration]| {
        format!(
            "median {}, {} positions reached",
            seconds(quantile(0.5, times.to_vec()).as_secs_f64()),
            reached / QUESTIONS
        )
    };
    let p95 = |times: &[Duration]| quantile(0.95, times.to_vec()).as_secs_f64();
    Ok(vec![
        Figure::within("15-minute reach, p95", p95(&without), 0.005, told(&without)),
        Figure::within("15-minute reach with its three areas, p95", p95(&with), 0.015, told(&with)),
    ])
}

fn nearest(network: &Network, draw: &mut Draw) -> anyhow::Result<Figure> {
    let mut times = Vec::new();
    for _ in 0..PASSES {
        let snaps: Vec<Snap> = (0..PLACES).filter_map(|_| network.snap(anywhere(draw))).collect();
        let accesses: Vec<Access> =
            (0..).zip(snaps).map(|(facility, snap)| Access { facility, snap }).collect();
        let began = Instant::now();
        let found = network.nearest_places(&accesses, 1, Walker::Adult.pace(), NO_LIMIT_DM);
        times.push(began.elapsed());
        let somewhere = network.snap(anywhere(draw)).context("a position is on no path")?;
        std::hint::black_box(found.cost_at(&somewhere));
    }
    let median = quantile(0.5, times).as_secs_f64();
    let what = "nearest place of a layer for every position";
    Ok(Figure::within(what, median, 0.1, format!("{PLACES} places, median of {PASSES}")))
}

fn coverage(network: &Network, draw: &mut Draw) -> Figure {
    let shapes: Vec<Vec<Geometry<f64>>> = LAYERS
        .iter()
        .map(|_| (0..PLACES).map(|_| anywhere(draw)).map(|at| Point::new(at.lon, at.lat).into()).collect())
        .collect();
    let accesses: Vec<Vec<Vec<Snap>>> =
        shapes.iter().map(|layer| layer.iter().map(|shape| network.accesses(shape, &[])).collect()).collect();
    let place = |((id, shape), accesses)| Place { id, shape, accesses };
    let kinds: Vec<Kind<'_>> = LAYERS
        .iter()
        .zip(shapes.iter().zip(&accesses))
        .map(|(id, (shapes, accesses))| Kind {
            id,
            places: (0..).zip(shapes).zip(accesses.iter().map(Vec::as_slice)).map(place).collect(),
        })
        .collect();
    let home = |at| Resident { at, persons: 30.0, by_age: None, community: None };
    let residents = Residents { points: (0..HOMES).map(|_| home(anywhere(draw))).collect() };
    let outline = outline();
    let inputs = Inputs {
        preset: Preset::named("gb-network-1000m").unwrap_or(&geodata::coverage::PRESETS[0]),
        network: Some(network),
        kinds: &kinds,
        kinds_at_least: 3,
        residents: Some(&residents),
        outline: Some(&outline),
        communities: &[],
        next_sites: 0,
    };
    let began = Instant::now();
    let found = compute(&inputs);
    let took = began.elapsed().as_secs_f64();
    let cell_m = found.area.map_or(0.0, |area| area.cell_m);
    let from = format!("{} layers, {HOMES} buildings, cells of {cell_m} m", LAYERS.len());
    Figure::within("coverage of a city", took, 2.0, from)
}

fn outline() -> Geometry<f64> {
    let Wgs84 { lon, lat } = TOWN.corner;
    let (east, north) = (lon + SIDE_M / 102_800.0, lat + SIDE_M / 111_195.0);
    let ring = vec![(lon, lat), (east, lat), (east, north), (lon, north), (lon, lat)];
    Polygon::new(LineString::from(ring), Vec::new()).into()
}
