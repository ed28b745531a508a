//! Everything that a result depends on, taken together so that it can be kept.

use std::io::{Read, Write};
use std::sync::Arc;

use anyhow::Context;
use entity::{region, residents_edition};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use geo::{Geometry, LineString};
use geodata::coverage::{Area, Coverage, Inputs, Kind, Place, Resident, Residents, compute};
use geodata::geometry::{from_wkb, to_wkb};
use geodata::network::{Network, Overlay, Snap};
use geodata::snapshot::{Feature, NearestQuery};
use geodata::{Bbox, Wgs84};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::question::Question;
use crate::database::Database;
use crate::error::ApiResult;
use crate::hex::{bytes_of, lower_hex};
use crate::map::published::MapState;
use crate::map::walking::published::{RegionNetwork, WalkingState};
use crate::regions::RegionTree;

/// Places so far beyond the region still count: the longest way of any preset, metres.
const BESIDE_M: f64 = 5_000.0;
/// Places that are counted at most.
const MOST_PLACES: usize = 200_000;
/// Inputs that are kept do not unpack to more.
const MOST_KEPT_BYTES: u64 = 256 << 20;

/// Who is told a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Whoever runs the commands of this server.
    Operator,
    /// Everybody, who may ask again with other layers and subtract the answers.
    Everybody,
}

/// What a result depends on, besides streets and residents, which have editions of their own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) region_name: String,
    pub(super) map_revision: u64,
    pub(super) network_checksum: Option<String>,
    pub(super) residents_checksum: Option<String>,
    /// Numbers of people are known of a region above, but of nobody here.
    #[serde(default)]
    pub(super) has_people_above: bool,
    outline: Option<Wkb>,
    communities: Vec<KeptArea>,
    places: Vec<KeptPlace>,
    closures: Vec<Wkb>,
    links: Vec<Wkb>,
}

/// A shape, bit by bit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Wkb(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptArea {
    code: String,
    name: String,
    shape: Option<Wkb>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptPlace {
    layer: String,
    id: u32,
    shape: Wkb,
    entrances: Vec<(f64, f64)>,
}

impl Wkb {
    fn of(shape: &Geometry<f64>) -> Self {
        Self(lower_hex(&to_wkb(shape)))
    }

    fn shape(&self) -> anyhow::Result<Geometry<f64>> {
        let bytes = bytes_of(&self.0).context("a kept shape is not hexadecimal")?;
        Ok(from_wkb(&bytes)?)
    }
}

/// A question with everything that its answer depends on.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) question: Question,
    pub(super) kept: Kept,
    outline: Option<Geometry<f64>>,
    communities: Vec<(String, String, Option<Geometry<f64>>)>,
    places: Vec<GatheredPlace>,
    network: Option<Streets>,
    residents: Option<RegionResidents>,
}

/// Who lives in a region.
#[derive(Clone, Debug)]
pub(super) struct RegionResidents {
    pub(super) residents: Arc<Residents>,
    /// They were loaded for a larger region, whose own figures can be asked for too.
    pub(super) are_part: bool,
}

#[derive(Debug)]
enum Streets {
    InUse(Arc<RegionNetwork>),
    Kept(Box<Network>),
}

impl Streets {
    fn network(&self) -> &Network {
        match self {
            Self::InUse(region) => &region.network,
            Self::Kept(network) => network,
        }
    }
}

#[derive(Debug)]
struct GatheredPlace {
    layer: String,
    id: u32,
    shape: Geometry<f64>,
    accesses: Arc<[Snap]>,
}

impl Gathered {
    /// Takes together what holds now.
    pub(super) async fn now(
        database: &Database,
        map: &Arc<MapState>,
        walking: &WalkingState,
        regions: &RegionTree,
        question: Question,
    ) -> ApiResult<Self> {
        let region = region::Entity::find_by_id(question.region.as_str())
            .one(database.reader())
            .await?
            .context("a region went while it was read")?;
        let outline = region.boundary.as_deref().map(from_wkb).transpose().map_err(anyhow::Error::from)?;
        let communities = communities(database, regions, &question.region).await?;
        let network = walking.of_region(regions.upward(&question.region)).cloned();
        let home = HomeRegion { code: &question.region, name: &region.name, outline: outline.as_ref() };
        let known = residents(database, regions, home).await?;
        let has_people_above =
            known.as_ref().is_some_and(|(_, of_region)| of_region.residents.points.is_empty());
        let residents = known.filter(|_| !has_people_above);
        let mut kept = Kept {
            has_people_above,
            region_name: region.name.clone(),
            map_revision: map.snapshot.revision(),
            network_checksum: network.as_ref().map(|network| network.checksum.clone()),
            residents_checksum: residents.as_ref().map(|(checksum, _)| checksum.clone()),
            outline: outline.as_ref().map(Wkb::of),
            ..Kept::default()
        };
        for (code, name, shape) in &communities {
            let shape = shape.as_ref().map(Wkb::of);
            kept.communities.push(KeptArea { code: code.clone(), name: name.clone(), shape });
        }
        if let Some(network) = &network {
            let overlay = network.overlay();
            kept.closures = overlay.closures.iter().map(Wkb::of).collect();
            kept.links = overlay.links.iter().map(|link| Wkb::of(&link.clone().into())).collect();
        }
        let around = extent(outline.as_ref(), &communities, network.as_deref(), residents.as_ref());
        let mut places = Vec::new();
        for layer in &question.layers {
            for place in places_of(map, layer, around) {
                let Some(shape) = place.geometry() else { continue };
                let entrances = place.entrances().iter().map(|entrance| (entrance.at.lon, entrance.at.lat));
                kept.places.push(KeptPlace {
                    layer: layer.clone(),
                    id: place.id(),
                    shape: Wkb::of(shape),
                    entrances: entrances.collect(),
                });
                places.push(GatheredPlace {
                    layer: layer.clone(),
                    id: place.id(),
                    shape: shape.clone(),
                    accesses: network
                        .as_ref()
                        .map_or_else(|| Arc::from([]), |network| network.accesses(place)),
                });
            }
        }
        let network = network.map(Streets::InUse);
        let residents = residents.map(|(_, residents)| residents);
        Ok(Self { question, kept, outline, communities, places, network, residents })
    }

    /// Takes together what was kept, with the editions it names.
    pub(super) fn again(
        question: Question,
        kept: Kept,
        streets: Option<&geodata::network::Streets>,
        residents: Option<RegionResidents>,
    ) -> anyhow::Result<Self> {
        let shapes = |kept: &[Wkb]| kept.iter().map(Wkb::shape).collect::<anyhow::Result<Vec<_>>>();
        let links = shapes(&kept.links)?.into_iter().filter_map(|link| LineString::try_from(link).ok());
        let overlay = Overlay { closures: shapes(&kept.closures)?, links: links.collect() };
        let network = streets.map(|streets| Network::with(streets, &overlay));
        let mut places = Vec::with_capacity(kept.places.len());
        for place in &kept.places {
            let shape = place.shape.shape()?;
            let entrances: Vec<Wgs84> =
                place.entrances.iter().map(|(lon, lat)| Wgs84 { lon: *lon, lat: *lat }).collect();
            let accesses = network.as_ref().map(|network| network.accesses(&shape, &entrances));
            places.push(GatheredPlace {
                layer: place.layer.clone(),
                id: place.id,
                accesses: accesses.unwrap_or_default().into(),
                shape,
            });
        }
        let mut communities = Vec::with_capacity(kept.communities.len());
        for area in &kept.communities {
            let shape = area.shape.as_ref().map(Wkb::shape).transpose()?;
            communities.push((area.code.clone(), area.name.clone(), shape));
        }
        Ok(Self {
            question,
            outline: kept.outline.as_ref().map(Wkb::shape).transpose()?,
            communities,
            places,
            network: network.map(|network| Streets::Kept(Box::new(network))),
            residents,
            kept,
        })
    }

    /// Computes what these may be told.
    pub(super) fn compute(&self, audience: Audience) -> ApiResult<Coverage> {
        let kinds: Vec<Kind<'_>> = self
            .question
            .layers
            .iter()
            .map(|layer| {
                let of_layer = self.places.iter().filter(|place| place.layer == *layer);
                Kind {
                    id: layer,
                    places: of_layer
                        .map(|place| Place { id: place.id, shape: &place.shape, accesses: &place.accesses })
                        .collect(),
                }
            })
            .collect();
        let communities: Vec<Area<'_>> = self
            .communities
            .iter()
            .map(|(code, name, shape)| Area { code, name, shape: shape.as_ref() })
            .collect();
        let inputs = Inputs {
            preset: self.question.preset()?,
            network: self.network.as_ref().map(Streets::network),
            kinds: &kinds,
            kinds_at_least: self.question.kinds_at_least,
            residents: self.residents.as_ref().map(|of_region| of_region.residents.as_ref()),
            outline: self.outline.as_ref(),
            communities: &communities,
            next_sites: self.question.next_sites,
        };
        let found = compute(&inputs);
        Ok(match (audience, self.has_part_of_residents()) {
            (Audience::Operator, false) => found.published(),
            (Audience::Operator, true) => found.published_as_part(),
            (Audience::Everybody, false) => found.published_to_ten(),
            (Audience::Everybody, true) => found.published_to_ten_as_part(),
        })
    }

    /// Whether numbers of people are known.
    pub(super) fn has_residents(&self) -> bool {
        self.residents.is_some()
    }

    /// Whether those numbers are part of those of a larger region.
    pub(super) fn has_part_of_residents(&self) -> bool {
        self.residents.as_ref().is_some_and(|of_region| of_region.are_part)
    }
}

impl Kept {
    /// As compressed JSON.
    pub(super) fn to_bytes(&self) -> anyhow::Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&serde_json::to_vec(self)?)?;
        Ok(encoder.finish()?)
    }

    /// SHA-256 of the closures and links that held; `None` where none did.
    pub(super) fn edits_checksum(&self) -> Option<String> {
        if self.closures.is_empty() && self.links.is_empty() {
            return None;
        }
        let mut digest = Sha256::new();
        for (kind, shapes) in [("closure", &self.closures), ("link", &self.links)] {
            for Wkb(shape) in shapes {
                digest.update(format!("{kind} {shape}\n"));
            }
        }
        Some(lower_hex(&digest.finalize()))
    }

    /// Boundary of the region.
    pub(super) fn outline(&self) -> anyhow::Result<Option<Geometry<f64>>> {
        self.outline.as_ref().map(Wkb::shape).transpose()
    }

    /// Reads what [`Kept::to_bytes`] wrote.
    pub(super) fn from_bytes(bytes: &[u8]) -> anyhow::Result<Self> {
        let mut text = Vec::new();
        GzDecoder::new(bytes).take(MOST_KEPT_BYTES).read_to_end(&mut text)?;
        Ok(serde_json::from_slice(&text)?)
    }
}

fn places_of<'m>(map: &'m MapState, layer: &str, around: Option<(Wgs84, f64)>) -> Vec<&'m Feature> {
    let Ok(layers) = map.snapshot.layer_set(&[layer]) else {
        return Vec::new();
    };
    let (from, radius_m) = around.unwrap_or((Wgs84 { lon: 0.0, lat: 0.0 }, f64::INFINITY));
    let query = NearestQuery { from, layers: &layers, limit: MOST_PLACES, radius_m };
    let mut places: Vec<&Feature> =
        map.snapshot.nearest(&query).iter().map(|nearby| nearby.feature).collect();
    places.sort_by_key(|place| place.id());
    places
}

/// A circle that holds the region and what lies near it.
fn extent(
    outline: Option<&Geometry<f64>>,
    communities: &[(String, String, Option<Geometry<f64>>)],
    network: Option<&RegionNetwork>,
    residents: Option<&(String, RegionResidents)>,
) -> Option<(Wgs84, f64)> {
    let shapes = outline.into_iter().chain(communities.iter().filter_map(|(.., shape)| shape.as_ref()));
    let homes = residents.iter().flat_map(|(_, of_region)| &of_region.residents.points);
    let homes = homes.map(|home| Bbox::of_point(home.at));
    let joined = |a: Bbox, b: Bbox| Bbox {
        west: a.west.min(b.west),
        south: a.south.min(b.south),
        east: a.east.max(b.east),
        north: a.north.max(b.north),
    };
    let extent = shapes.filter_map(Bbox::of).chain(homes).reduce(joined);
    let extent = extent.or_else(|| network.and_then(|network| network.network.extent()))?;
    let middle = Wgs84 {
        lon: f64::midpoint(extent.west, extent.east),
        lat: f64::midpoint(extent.south, extent.north),
    };
    let corners = [
        (extent.west, extent.south),
        (extent.east, extent.north),
        (extent.west, extent.north),
        (extent.east, extent.south),
    ];
    let distances =
        corners.map(|(lon, lat)| geodata::geometry::distance_m(middle, &geo::Point::new(lon, lat).into()));
    Some((middle, distances.into_iter().fold(0.0, f64::max) + BESIDE_M))
}

async fn communities(
    database: &Database,
    regions: &RegionTree,
    code: &str,
) -> ApiResult<Vec<(String, String, Option<Geometry<f64>>)>> {
    let below: Vec<&str> =
        regions.codes().filter(|other| *other != code && regions.is_within(other, code)).collect();
    let rows = region::Entity::find()
        .filter(region::Column::Level.eq(region::Level::Community))
        .filter(region::Column::Code.is_in(below))
        .order_by_asc(region::Column::Code)
        .all(database.reader())
        .await?;
    let read = |row: region::Model| -> anyhow::Result<(String, String, Option<Geometry<f64>>)> {
        let shape = row.boundary.as_deref().map(from_wkb).transpose()?;
        Ok((row.code, row.name, shape))
    };
    Ok(rows.into_iter().map(read).collect::<anyhow::Result<_>>()?)
}

/// The residents of a region, or those of a region above it that live in it, which may be nobody.
async fn residents(
    database: &Database,
    regions: &RegionTree,
    home: HomeRegion<'_>,
) -> ApiResult<Option<(String, RegionResidents)>> {
    for above in regions.upward(home.code) {
        let edition = residents_edition::Entity::find()
            .filter(residents_edition::Column::RegionCode.eq(above))
            .filter(residents_edition::Column::IsCurrent.eq(true))
            .limit(1)
            .one(database.reader())
            .await?;
        let Some(edition) = edition else { continue };
        let residents = Residents::from_csv(&edition.residents).context("stored residents cannot be read")?;
        let are_part = above != home.code;
        let residents = if are_part { home.people_of(residents) } else { residents };
        let of_region = RegionResidents { residents: Arc::new(residents), are_part };
        return Ok(Some((edition.checksum, of_region)));
    }
    Ok(None)
}

/// A region that people of a larger one may live in.
#[derive(Clone, Copy, Debug)]
pub(super) struct HomeRegion<'r> {
    pub(super) code: &'r str,
    pub(super) name: &'r str,
    pub(super) outline: Option<&'r Geometry<f64>>,
}

impl HomeRegion<'_> {
    /// Those whose community it is by name or code, or who live within its boundary, where that is known.
    pub(super) fn people_of(self, residents: Residents) -> Residents {
        let is_named = |home: &Resident| {
            home.community.as_deref().is_some_and(|named| named == self.code || named == self.name)
        };
        let is_in = |at: Wgs84| {
            let at = geo::Point::new(at.lon, at.lat);
            self.outline.is_some_and(|outline| geo::Intersects::intersects(outline, &at))
        };
        let is_home = |home: &Resident| is_named(home) || is_in(home.at);
        Residents { points: residents.points.into_iter().filter(is_home).collect() }
    }
}
