//! A deterministic synthetic map for benchmarks and tests.
//!
//! The mixture is that of the project's speed targets: of ten features six are points, two are
//! polygons of 12 to 60 positions and two are lines of 20 to 120. Two thirds of them lie around
//! neighbourhood centres, the rest anywhere in the area. The same request gives the same map on
//! every platform.

use std::f64::consts::TAU;
use std::sync::Arc;

use geo::{Coord, Geometry, LineString, Point, Polygon, Rect};

use crate::crs::Wgs84;
use crate::snapshot::{Entrance, FeatureId, FeatureRecord, LayerRecord};

/// Length of a degree of latitude, metres.
const M_PER_DEGREE: f64 = 111_195.0;
/// Neighbourhood centres of a map.
const CENTRES: usize = 40;
/// Layers that the features are dealt out to, with their icons.
const LAYERS: [(&str, &str); 11] = [
    ("park", "tree"),
    ("greenway", "walk"),
    ("trail", "mountain"),
    ("sports_court", "ball"),
    ("fitness_site", "dumbbell"),
    ("activity_point", "people"),
    ("health_hut", "heart"),
    ("clinic", "cross"),
    ("health_base", "book"),
    ("demonstration_unit", "star"),
    ("smoke_free_place", "no-smoking"),
];

/// Where the map lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// 葵涌街道, about 17 km by 10 km.
    Kwaichung,
    /// The whole of 深圳, about 88 km by 46 km.
    Shenzhen,
}

/// Which map to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyntheticMap {
    /// Where it lies.
    pub area: Area,
    /// Number of features; their ids are 1 to this.
    pub features: u32,
    /// Number of layers, 1 to 11; each gets the same mixture.
    pub layers: usize,
    /// Another seed gives another map.
    pub seed: u64,
}

impl Area {
    /// The area in degrees.
    pub fn bounds(self) -> Rect<f64> {
        let (min, max) = match self {
            Self::Kwaichung => ((114.35, 22.59), (114.52, 22.68)),
            Self::Shenzhen => ((113.77, 22.45), (114.62, 22.86)),
        };
        Rect::new(Coord::from(min), Coord::from(max))
    }
}

impl SyntheticMap {
    /// The layers of the map; all are shown at every zoom.
    pub fn layer_records(&self) -> Vec<LayerRecord> {
        self.layer_names()
            .map(|(id, icon)| LayerRecord { id: id.into(), icon: icon.into(), min_zoom: 0, max_zoom: 20 })
            .collect()
    }

    /// The features of the map, by ascending id.
    pub fn feature_records(&self) -> Vec<FeatureRecord> {
        let layers: Vec<Arc<str>> = self.layer_names().map(|(id, _)| id.into()).collect();
        let mut draw = Draw::new(self.seed);
        let centres: Vec<Coord<f64>> = (0..CENTRES).map(|_| draw.anywhere(self.area)).collect();
        (1..=self.features)
            .zip(layers.iter().cycle())
            .map(|(id, layer)| feature(&mut draw, self.area, &centres, id, layer))
            .collect()
    }

    fn layer_names(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        LAYERS.into_iter().take(self.layers.max(1))
    }
}

fn feature(
    draw: &mut Draw,
    area: Area,
    centres: &[Coord<f64>],
    id: FeatureId,
    layer: &Arc<str>,
) -> FeatureRecord {
    let around = draw.position(area, centres);
    let (kind, geometry): (_, Geometry<f64>) = match draw.below(10) {
        0..6 => ("点", Point(around).into()),
        6..8 => ("面", polygon(draw, around).into()),
        _ => ("线", line(draw, around).into()),
    };
    let name = format!("葵涌示例{kind}{id}");
    let properties = format!(
        r#"{{"name":"{name}","address":"深圳市大鹏新区葵涌街道示例路{id}号","opening_hours":"Mo-Su 06:00-22:00","source":"synthetic","demo":true}}"#
    );
    let entrances = if draw.below(10) == 0 {
        vec![Entrance {
            name: Some("正门".to_owned()),
            kind: "main".to_owned(),
            at: Wgs84 { lon: around.x, lat: around.y },
        }]
    } else {
        Vec::new()
    };
    FeatureRecord {
        id,
        layer: Arc::clone(layer),
        version: 1,
        name,
        geometry: Some(geometry),
        properties: properties.into_boxed_str(),
        entrances,
    }
}

/// A wobbly disc of 15 to 150 m radius.
fn polygon(draw: &mut Draw, middle: Coord<f64>) -> Polygon<f64> {
    let corners = draw.between(11, 59);
    let radius_m = 15.0 + 135.0 * draw.unit() * draw.unit();
    let mut ring: Vec<Coord<f64>> = (0..corners)
        .map(|corner| {
            let angle = TAU * f64::from(corner) / f64::from(corners);
            moved(middle, angle, radius_m * (0.75 + 0.25 * draw.unit()))
        })
        .collect();
    ring.extend(ring.first().copied());
    Polygon::new(LineString(ring), Vec::new())
}

/// A path of 20 to 120 positions, 8 to 30 m apart, that turns gently.
fn line(draw: &mut Draw, start: Coord<f64>) -> LineString<f64> {
    let positions = draw.between(20, 120);
    let mut heading = TAU * draw.unit();
    let mut at = start;
    let mut path = vec![start];
    for _ in 1..positions {
        heading += 0.8 * (draw.unit() - 0.5);
        at = moved(at, heading, 8.0 + 22.0 * draw.unit());
        path.push(at);
    }
    LineString(path)
}

/// The position `distance_m` metres away; the seven decimals that the project stores.
fn moved(from: Coord<f64>, heading: f64, distance_m: f64) -> Coord<f64> {
    let degrees = distance_m / M_PER_DEGREE;
    stored(Coord {
        x: from.x + degrees * heading.sin() / from.y.to_radians().cos(),
        y: from.y + degrees * heading.cos(),
    })
}

fn stored(position: Coord<f64>) -> Coord<f64> {
    let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
    Coord { x: rounded(position.x), y: rounded(position.y) }
}

/// Xorshift64* (Vigna 2016): the same numbers everywhere, without a dependency.
#[derive(Debug, Clone)]
pub struct Draw(u64);

impl Draw {
    /// The numbers of this seed.
    pub fn new(seed: u64) -> Self {
        // The state must not be zero; the odd constant spreads small seeds.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        u32::try_from(high).unwrap_or(0)
    }

    /// At least 0, less than 1.
    fn unit(&mut self) -> f64 {
        f64::from(self.next()) / 4_294_967_296.0
    }

    /// At least 0, less than `end`; 0 where that is 0.
    pub fn below(&mut self, end: u32) -> u32 {
        self.next() % end.max(1)
    }

    fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last - first + 1)
    }

    fn anywhere(&mut self, area: Area) -> Coord<f64> {
        let bounds = area.bounds();
        stored(Coord {
            x: bounds.min().x + bounds.width() * self.unit(),
            y: bounds.min().y + bounds.height() * self.unit(),
        })
    }

    fn position(&mut self, area: Area, centres: &[Coord<f64>]) -> Coord<f64> {
        if self.below(3) == 0 {
            return self.anywhere(area);
        }
        let which = self.below(u32::try_from(centres.len()).unwrap_or(u32::MAX)) as usize;
        let centre = centres.get(which).copied().unwrap_or(area.bounds().center());
        let reach_m = area.bounds().height() * M_PER_DEGREE / 8.0;
        let heading = TAU * self.unit();
        // The sum of two draws thins out towards the rim.
        let distance_m = reach_m * (self.unit() + self.unit() - 1.0).abs();
        moved(centre, heading, distance_m)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::CoordsIter;

    #[test]
    fn has_the_promised_mixture_and_is_the_same_every_time() {
        let map = SyntheticMap { area: Area::Kwaichung, features: 5000, layers: 3, seed: 1 };
        let records = map.feature_records();
        assert_eq!(records.len(), 5000);
        let (mut points, mut polygons, mut lines) = (0, 0, 0);
        for record in &records {
            let geometry = record.geometry.as_ref().unwrap();
            match geometry {
                Geometry::Point(_) => points += 1,
                Geometry::Polygon(_) => {
                    polygons += 1;
                    assert!((12..=60).contains(&geometry.coords_count()));
                }
                _ => {
                    lines += 1;
                    assert!((20..=120).contains(&geometry.coords_count()));
                }
            }
        }
        assert!((2900..3100).contains(&points), "{points} points");
        assert!((900..1100).contains(&polygons), "{polygons} polygons");
        assert!((900..1100).contains(&lines), "{lines} lines");
        let again = map.feature_records();
        assert!(records.iter().zip(&again).all(|(a, b)| a.geometry == b.geometry));
        assert_eq!(map.layer_records().len(), 3);
    }
}
