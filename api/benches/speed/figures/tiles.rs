//! Vector tiles: those that are ready, those that have to be made, and all of them.

use std::time::Instant;

use geodata::snapshot::{LayerSnapshot, PageQuery, Snapshot};
use geodata::synthetic::{Area, SyntheticMap};
use geodata::tiles::{SINGLE_PLACES_ZOOM, TileAddress, TileSet, tile};
use kangtu::http::compression::Encoding;

use super::throughput::{pair, ready_requests};
use super::{mean, mean_kb};
use crate::client::{Connection, Request};
use crate::data;
use crate::load::{Series, alternate, median};
use crate::routes::{self, ReadyAnswer};
use crate::server::Server;
use crate::table::{Figure, megabytes, seconds};

/// Tiles that requests go round.
const TILES: usize = 16;
/// Zoom of the tiles that are asked for.
const ZOOM: u8 = 15;
/// Features of the tiles that have to be made.
const COLD_FEATURES: usize = 2_000;
/// How often each is made.
const REPEATS: usize = 20;

/// Warm tiles against ready bytes of the same size, compressed both.
pub(crate) async fn warm(server: &Server) -> anyhow::Result<Figure> {
    let paths = busiest(&server.state.map.current().snapshot, TILES)?;
    let paths = paths.iter().map(|(address, _)| {
        format!("/map/tiles/WebMercatorQuad/{}/{}/{}", address.zoom(), address.row(), address.column())
    });
    let requests: Vec<Request> = paths.map(|path| Request::get_compressed(server.address, &path)).collect();
    let mut connection = Connection::open(server.address).await?;
    let mut answers = Vec::with_capacity(requests.len());
    for request in &requests {
        answers.push(connection.fetch(request).await?);
    }
    routes::set_ready(answers.iter().map(ReadyAnswer::like).collect::<anyhow::Result<_>>()?);
    let [now, ready] = alternate([
        &mut Series::open(server, requests).await?,
        &mut Series::open(server, ready_requests(server, "ready", 0, answers.len())).await?,
    ])
    .await?;
    Ok(Figure::at_least(
        format!("warm tile, {:.0} kB, against ready bytes", mean_kb(&answers)),
        now.ratio_to(&ready),
        0.8,
        pair(&now, &ready),
    ))
}

/// The time to make a tile over 2,000 features.
pub(crate) fn cold(map: &Snapshot) -> anyhow::Result<Figure> {
    let layers: Vec<&LayerSnapshot> = map.layers().collect();
    let mut addresses = busiest(map, usize::MAX)?;
    addresses.sort_by_key(|&(_, features)| features.abs_diff(COLD_FEATURES));
    addresses.truncate(TILES);
    let (mut made_s, mut compressed_s, mut bytes) = (Vec::new(), Vec::new(), 0);
    for &(address, _) in &addresses {
        for _ in 0..REPEATS {
            let began = Instant::now();
            let tile = tile(&layers, address);
            made_s.push(began.elapsed().as_secs_f64());
            let made = Instant::now();
            bytes += Encoding::Brotli.compress(&tile)?.len();
            compressed_s.push(made.elapsed().as_secs_f64());
        }
    }
    let features = addresses.iter().map(|&(_, features)| features).sum();
    let from = format!(
        "{} tiles of zoom {ZOOM} with {:.0} features each; brotli takes {} more and leaves {:.0} kB",
        addresses.len(),
        mean(features, addresses.len()),
        seconds(median(compressed_s)),
        mean(bytes, addresses.len() * REPEATS) / 1e3,
    );
    Ok(Figure::within("cold tile over 2,000 features", median(made_s), 0.005, from))
}

/// All tiles of 100,000 features in a city, zooms 0 to 16.
pub(crate) fn all() -> anyhow::Result<Figure> {
    let map = SyntheticMap { area: Area::Shenzhen, features: 100_000, layers: data::LAYERS, seed: 1 };
    let map = Snapshot::build(map.layer_records(), map.feature_records(), 1, 0, Vec::new())?;
    let layers: Vec<&LayerSnapshot> = map.layers().collect();
    let began = Instant::now();
    let (mut tiles, mut bytes) = (0_u32, 0);
    TileSet::new(&layers).generate(
        SINGLE_PLACES_ZOOM,
        || (),
        |(), tile| tile.len() as u64,
        |_, length| {
            tiles += 1;
            bytes += length;
            anyhow::Ok(())
        },
    )?;
    let took_s = began.elapsed().as_secs_f64();
    let rate = f64::from(tiles) / took_s;
    Ok(Figure {
        what: "all tiles of zooms 0 to 16, 100,000 features".to_owned(),
        measured: format!("{rate:.0}/s"),
        target: ">= 20000/s".to_owned(),
        met: rate >= 20_000.0,
        from: format!(
            "{tiles} tiles, {} in {} on {} cores, projecting included",
            megabytes(bytes),
            seconds(took_s),
            std::thread::available_parallelism().map_or(1, usize::from)
        ),
    })
}

/// The tiles with the most features over them, and how many.
fn busiest(map: &Snapshot, count: usize) -> anyhow::Result<Vec<(TileAddress, usize)>> {
    let layers: Vec<&LayerSnapshot> = map.layers().collect();
    let mut found = Vec::new();
    TileSet::new(&layers).generate(
        ZOOM,
        || (),
        |(), _| (),
        |address, ()| {
            if address.zoom() == ZOOM {
                let query = PageQuery { bbox: Some(address.bounds()), ..PageQuery::default() };
                let features: usize = layers.iter().map(|layer| map.page(layer, &query).matched).sum();
                found.push((address, features));
            }
            anyhow::Ok(())
        },
    )?;
    found.sort_by_key(|&(_, features)| std::cmp::Reverse(features));
    found.truncate(count);
    Ok(found)
}
