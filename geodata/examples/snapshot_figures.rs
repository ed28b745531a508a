use std::hint::black_box;
use std::time::Instant;
use geodata::snapshot::*;
use geodata::synthetic::*;
use geodata::*;

fn rss_mb() -> f64 {
    let s = std::fs::read_to_string("/proc/self/status").unwrap();
    let kb: f64 = s.lines().find(|l| l.starts_with("VmRSS")).unwrap().split_whitespace().nth(1).unwrap().parse().unwrap();
    kb / 1024.0
}
fn time(name: &str, mut f: impl FnMut() -> usize) {
    let mut v = 0;
    let t = Instant::now();
    for _ in 0..5 { v = f(); }
    let cold = t.elapsed() / 5;
    let n = (300_000_000 / cold.as_nanos().max(1)).clamp(5, 20000) as u32;
    let mut best = std::time::Duration::MAX;
    for _ in 0..5 {
        let t = Instant::now();
        for _ in 0..n.div_ceil(5) { black_box(f()); }
        best = best.min(t.elapsed() / n.div_ceil(5));
    }
    eprintln!("  {name:40} {best:>12.2?}  ({v})");
}
fn main() {
    let features: u32 = std::env::args().nth(1).map_or(100_000, |a| a.parse().unwrap());
    let layers: usize = std::env::args().nth(2).map_or(1, |a| a.parse().unwrap());
    let area = if features > 200_000 { Area::Shenzhen } else { Area::Kwaichung };
    let map = SyntheticMap { area, features, layers, seed: 1 };
    let r0 = rss_mb();
    let records = map.feature_records();
    let r1 = rss_mb();
    let t = Instant::now();
    let snap = Snapshot::build(map.layer_records(), records, 1, 0, vec![]).unwrap();
    eprintln!("{features} features {layers} layers: build {:?}; records {:.0} MB, after build +{:.0} MB", t.elapsed(), r1 - r0, rss_mb() - r0);
    let mut geojson = 0usize;
    for l in snap.layers() { geojson += snap.page(l, &PageQuery { limit: usize::MAX, ..Default::default() }).features.iter().map(|f| f.json().len() + 1).sum::<usize>(); }
    eprintln!("  geojson {:.1} MB, ratio {:.2}", geojson as f64 / 1048576.0, (rss_mb() - r0) / (geojson as f64 / 1048576.0));
    // walking viewport of about 250
    let c = Wgs84::new(114.4, 22.63).unwrap();
    let all = snap.all_layers();
    let count = |b: Bbox| -> usize { snap.layers().map(|l| snap.page(l, &PageQuery { bbox: Some(b), limit: 0, ..Default::default() }).matched).sum() };
    let boxed = |h: f64| Bbox::new(c.lon - h, c.lat - h, c.lon + h, c.lat + h).unwrap();
    let (mut lo, mut hi) = (0.0, 0.1);
    for _ in 0..40 { let m = (lo + hi) / 2.0; if count(boxed(m)) < 250 { lo = m } else { hi = m } }
    let b = boxed(hi);
    eprintln!("  walking box half {hi:.5} deg, {} features", count(b));
    let mut out = Vec::with_capacity(1 << 20);
    let q = PageQuery { bbox: Some(b), limit: 1000, ..Default::default() };
    time("page bbox walking (selection)", || snap.layers().map(|l| snap.page(l, &q).features.len()).sum());
    time("page bbox walking + copy bytes", || { out.clear(); for l in snap.layers() { for f in snap.page(l, &q).features { out.extend_from_slice(f.json()); out.push(b','); } } out.len() });
    let body = out.clone();
    time("  memcpy of the same body", || { out.clear(); out.extend_from_slice(black_box(&body)); out.len() });
    let world = PageQuery { bbox: Some(Bbox::WORLD), limit: 10, ..Default::default() };
    time("page bbox world limit 10", || snap.layers().map(|l| snap.page(l, &world).matched).sum());
    let half = PageQuery { bbox: Some(Bbox::new(113.0, 22.0, 114.43, 24.0).unwrap()), limit: 10, ..Default::default() };
    time("page bbox half limit 10", || snap.layers().map(|l| snap.page(l, &half).matched).sum());
    for datum in [Datum::Wgs84, Datum::Gcj02] {
        for z in [14, 15, 16, 17, 18] {
            let v = ViewQuery { layers: &all, bbox: b, zoom: z, limit: 200, datum };
            out.clear(); let s = snap.view(&v, &mut out);
            time(&format!("view walking z{z} {datum:?} {s:?}").chars().take(100).collect::<String>(), || { out.clear(); snap.view(&v, &mut out); out.len() });
        }
    }
    for (name, bb, z) in [("city", "114.35,22.59,114.52,22.68", 11u8), ("district", "114.38,22.61,114.44,22.66", 13), ("shenzhen", "113.7,22.4,114.7,22.9", 9), ("country", "73,18,135,54", 4), ("world", "-180,-90,180,90", 1), ("world@20", "-180,-90,180,90", 20), ("city@16", "114.35,22.59,114.52,22.68", 16)] {
        let v = ViewQuery { layers: &all, bbox: bb.parse().unwrap(), zoom: z, limit: 200, datum: Datum::Gcj02 };
        out.clear(); let s = snap.view(&v, &mut out);
        time(&format!("view {name} z{z} {} {} {} {}", s.markers, s.clusters, s.shapes, s.truncated), || { out.clear(); snap.view(&v, &mut out); out.len() });
    }
    for (r, k) in [(1000.0, 20), (50_000.0, 1), (50_000.0, 50)] {
        time(&format!("nearest {k} within {r}"), || snap.nearest(&NearestQuery { from: c, layers: &all, limit: k, radius_m: r }).len());
    }
    let f = snap.feature(features / 2).unwrap();
    let rec = FeatureRecord { id: f.id(), layer: f.layer().clone(), version: 2, name: "改".into(), geometry: f.geometry().cloned(), properties: f.properties().into(), entrances: vec![] };
    let mut rev = 1;
    time("apply one edit", || { rev += 1; let s = snap.apply(vec![Change::Upsert(rec.clone())], rev, 0).unwrap(); s.revision() as usize });
    let moved = FeatureRecord { geometry: Some(geo::Point::new(114.41, 22.64).into()), ..rec.clone() };
    time("apply one move", || { rev += 1; let s = snap.apply(vec![Change::Upsert(moved.clone())], rev, 0).unwrap(); s.revision() as usize });
    let bulk: Vec<Change> = (1..=1000).map(|i| Change::Remove(i * (features / 1000))).collect();
    time("apply 1000 removals", || { rev += 1; let s = snap.apply(bulk.clone(), rev, 0).unwrap(); s.revision() as usize });
}
