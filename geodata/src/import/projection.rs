//! The coordinate systems that Chinese map files come in, back to longitude and latitude.
//!
//! CGCS2000 and WGS-84 differ by centimetres here, so their degrees are taken as the same. Older
//! datums (Beijing 1954, Xian 1980) lie a hundred metres off by amounts that are not public, so they are
//! refused by name.

use geo::{Coord, Geometry, MapCoords};

use super::error::ImportError;
use super::row::echoed;
use crate::crs::degrees_from_meridian;

/// Radius of the sphere of Web Mercator, metres.
const WEB_MERCATOR_RADIUS_M: f64 = 6_378_137.0;
/// Brackets of a description may nest this deep.
const DEEPEST: usize = 32;
/// Longer descriptions are none.
const LONGEST: usize = 64 * 1024;

/// A coordinate system of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceCrs {
    /// Longitude and latitude in degrees.
    Degrees,
    /// EPSG:3857.
    WebMercator,
    /// Gauss–Krüger or UTM.
    TransverseMercator(TransverseMercator),
}

/// A transverse Mercator projection of WGS-84 or CGCS2000, from the equator.
#[derive(Debug, Clone, PartialEq)]
pub struct TransverseMercator {
    central_meridian_deg: f64,
    scale: f64,
    false_easting_m: f64,
    false_northing_m: f64,
    /// Metres per unit of the file.
    unit_m: f64,
}

impl SourceCrs {
    /// The system with this EPSG code: WGS-84 and CGCS2000 in degrees, Web Mercator, the zones of 3
    /// and 6 degrees of CGCS2000 with and without zone numbers (4491–4554), UTM north of WGS-84.
    pub fn of_epsg(code: i64) -> Option<Self> {
        let zone = |first: i64, degrees: i64, first_meridian: i64, first_zone: Option<i64>| {
            let place = code - first;
            let number = first_zone.map_or(0, |zone| zone + place);
            Some(Self::TransverseMercator(TransverseMercator {
                central_meridian_deg: small(first_meridian + degrees * place),
                scale: 1.0,
                false_easting_m: small(number) * 1e6 + 500_000.0,
                false_northing_m: 0.0,
                unit_m: 1.0,
            }))
        };
        match code {
            4326 | 4490 | 4979 => Some(Self::Degrees),
            3857 | 900_913 => Some(Self::WebMercator),
            4491..=4501 => zone(4491, 6, 75, Some(13)),
            4502..=4512 => zone(4502, 6, 75, None),
            4513..=4533 => zone(4513, 3, 75, Some(25)),
            4534..=4554 => zone(4534, 3, 75, None),
            32_601..=32_660 => Some(Self::TransverseMercator(TransverseMercator {
                central_meridian_deg: small(code - 32_600) * 6.0 - 183.0,
                scale: 0.9996,
                false_easting_m: 500_000.0,
                false_northing_m: 0.0,
                unit_m: 1.0,
            })),
            _ => None,
        }
    }

    /// The system that a description in WKT 1 names, of ESRI (`.prj`) or OGC (01-009).
    ///
    /// # Errors
    /// Any other system, by name.
    pub fn of_wkt(text: &str) -> Result<Self, ImportError> {
        let unknown = || ImportError::UnknownCrs { named: echoed(&named(text)) };
        let root = Node::read(text).ok_or_else(unknown)?;
        let datum = root.find(&["DATUM"]).map(|node| plain(&node.name)).unwrap_or_default();
        let is_known = ["wgs1984", "wgs84", "china2000", "chinageodeticcoordinatesystem2000", "cgcs2000"]
            .iter()
            .any(|known| datum.contains(known));
        if !is_known {
            return Err(unknown());
        }
        match root.keyword.as_str() {
            "GEOGCS" | "GEOGCRS" => {
                let unit = root.children.iter().find(|node| node.keyword == "UNIT");
                let is_degree = unit.is_none_or(|unit| plain(&unit.name).starts_with("degree"));
                if is_degree { Ok(Self::Degrees) } else { Err(unknown()) }
            }
            "PROJCS" => Self::projected(&root).ok_or_else(unknown),
            _ => Err(unknown()),
        }
    }

    fn projected(root: &Node) -> Option<Self> {
        let projection = plain(&root.find(&["PROJECTION"])?.name);
        let unit_m = root
            .children
            .iter()
            .find(|node| node.keyword == "UNIT")
            .map_or(Some(1.0), |unit| unit.numbers.first().copied().filter(|unit| *unit > 0.0))?;
        let parameter = |names: &[&str]| {
            root.children
                .iter()
                .filter(|node| node.keyword == "PARAMETER")
                .find(|node| names.contains(&plain(&node.name).as_str()))
                .and_then(|node| node.numbers.first().copied())
        };
        if ["mercatorauxiliarysphere", "popularvisualisationpseudomercator", "mercator1sp"]
            .contains(&projection.as_str())
        {
            let is_web =
                plain(&root.name).contains("pseudomercator") || plain(&root.name).contains("webmercator");
            return (is_web && (unit_m - 1.0).abs() < f64::EPSILON).then_some(Self::WebMercator);
        }
        let is_transverse = ["transversemercator", "gausskruger"].contains(&projection.as_str());
        if !is_transverse || parameter(&["latitudeoforigin"]).unwrap_or(0.0) != 0.0 {
            return None;
        }
        Some(Self::TransverseMercator(TransverseMercator {
            central_meridian_deg: parameter(&["centralmeridian", "longitudeofcenter"])?,
            scale: parameter(&["scalefactor"]).unwrap_or(1.0),
            false_easting_m: parameter(&["falseeasting"]).unwrap_or(0.0) * unit_m,
            false_northing_m: parameter(&["falsenorthing"]).unwrap_or(0.0) * unit_m,
            unit_m,
        }))
    }

    /// Longitude and latitude in degrees of a position of this system; NaN where there are none.
    pub fn degrees(&self, at: Coord<f64>) -> Coord<f64> {
        match self {
            Self::Degrees => at,
            Self::WebMercator => Coord {
                x: (at.x / WEB_MERCATOR_RADIUS_M).to_degrees(),
                y: (at.y / WEB_MERCATOR_RADIUS_M).sinh().atan().to_degrees(),
            },
            Self::TransverseMercator(projection) => projection.degrees(at),
        }
    }

    /// A whole shape in degrees.
    pub fn geometry_degrees(&self, geometry: Geometry<f64>) -> Geometry<f64> {
        if *self == Self::Degrees { geometry } else { geometry.map_coords(|at| self.degrees(at)) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "zone numbers and meridians are small")]
fn small(number: i64) -> f64 {
    number as f64
}

impl TransverseMercator {
    fn degrees(&self, at: Coord<f64>) -> Coord<f64> {
        let east_m = (at.x * self.unit_m - self.false_easting_m) / self.scale;
        let north_m = (at.y * self.unit_m - self.false_northing_m) / self.scale;
        degrees_from_meridian(east_m, north_m).map_or(Coord { x: f64::NAN, y: f64::NAN }, |degrees| Coord {
            x: self.central_meridian_deg + degrees.x,
            ..degrees
        })
    }
}

/// Letters and digits in lower case: `WGS_1984` and `WGS 1984` are the same datum.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The first quoted name in a description, or its beginning.
fn named(text: &str) -> String {
    text.split('"').nth(1).unwrap_or(text).to_owned()
}

/// `KEYWORD["name", number, …, CHILD[…], …]`.
#[derive(Debug, Default)]
struct Node {
    keyword: String,
    name: String,
    numbers: Vec<f64>,
    children: Vec<Node>,
}

impl Node {
    fn read(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let mut rest = text.trim_start_matches('\u{FEFF}').trim();
        Self::parse(&mut rest, 0)
    }

    fn parse(rest: &mut &str, depth: usize) -> Option<Self> {
        if depth > DEEPEST {
            return None;
        }
        let opening = rest.find(['[', '('])?;
        let keyword = rest.get(..opening)?.trim().to_uppercase();
        if keyword.is_empty() || !keyword.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return None;
        }
        *rest = rest.get(opening + 1..)?;
        let mut node = Self { keyword, ..Self::default() };
        loop {
            *rest = rest.trim_start();
            if let Some(quoted) = rest.strip_prefix('"') {
                let (name, after) = quoted.split_once('"')?;
                if node.name.is_empty() {
                    name.clone_into(&mut node.name);
                }
                *rest = after;
            } else {
                let end = rest.find([',', ']', ')', '[', '('])?;
                if rest.get(end..)?.starts_with(['[', '(']) {
                    node.children.push(Self::parse(rest, depth + 1)?);
                } else {
                    node.numbers.extend(rest.get(..end)?.trim().parse::<f64>().ok());
                    *rest = rest.get(end..)?;
                }
            }
            *rest = rest.trim_start();
            let is_last = !rest.starts_with(',');
            if is_last && !rest.starts_with([']', ')']) {
                return None;
            }
            *rest = rest.get(1..)?;
            if is_last {
                return Some(node);
            }
        }
    }

    /// The first node with one of these keywords, this one included.
    fn find(&self, keywords: &[&str]) -> Option<&Self> {
        if keywords.contains(&self.keyword.as_str()) {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(keywords))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GK_114: &str = r#"PROJCS["CGCS2000_3_Degree_GK_CM_114E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;

    fn assert_at(crs: &SourceCrs, x: f64, y: f64, lon: f64, lat: f64) {
        let at = crs.degrees(Coord { x, y });
        assert!((at.x - lon).abs() < 2e-9 && (at.y - lat).abs() < 2e-9, "{at:?} is not {lon}, {lat}");
    }

    /// Values of PROJ 9.
    #[test]
    fn eastings_and_northings_become_degrees() {
        let gk = SourceCrs::of_wkt(GK_114).unwrap();
        assert_eq!(SourceCrs::of_epsg(4547), Some(gk.clone()));
        assert_at(&gk, GK_AT.0, GK_AT.1, 114.4182, 22.6371);
        let zoned = SourceCrs::of_epsg(4526).unwrap();
        assert_at(&zoned, 38_000_000.0 + GK_AT.0, GK_AT.1, 114.4182, 22.6371);
        let utm = SourceCrs::of_epsg(32_650).unwrap();
        assert_at(&utm, UTM_AT.0, UTM_AT.1, 114.4182, 22.6371);
        assert_at(&SourceCrs::WebMercator, WEB_AT.0, WEB_AT.1, 114.4182, 22.6371);
        assert!(gk.degrees(Coord { x: 1e300, y: 0.0 }).x.is_nan());
    }

    const GK_AT: (f64, f64) = (542_988.952_851, 2_504_409.879_792);
    const UTM_AT: (f64, f64) = (234_647.549_612, 2_505_649.908_620);
    const WEB_AT: (f64, f64) = (12_736_975.761_483, 2_588_190.618_840);

    #[test]
    fn degrees_are_known_under_their_several_names() {
        for known in [
            r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#,
            r#"GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]]"#,
        ] {
            assert_eq!(SourceCrs::of_wkt(known), Ok(SourceCrs::Degrees));
        }
        let web = r#"PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],UNIT["Degree",0.0174532925199433]],PROJECTION["Mercator_Auxiliary_Sphere"],UNIT["Meter",1.0]]"#;
        assert_eq!(SourceCrs::of_wkt(web), Ok(SourceCrs::WebMercator));
    }

    #[test]
    fn other_systems_are_refused_by_name() {
        let xian = GK_114.replace("D_China_2000", "D_Xian_1980").replace("CGCS2000_3", "Xian_1980_3");
        let error = SourceCrs::of_wkt(&xian).unwrap_err();
        assert!(error.to_string().contains("Xian_1980_3_Degree_GK_CM_114E"), "{error}");
        let lambert = GK_114.replace("Gauss_Kruger", "Lambert_Conformal_Conic");
        for wrong in [&lambert, "", "GEOGCS", "GEOGCS[", "[]", &"A[".repeat(1_000)] {
            assert!(SourceCrs::of_wkt(wrong).is_err(), "{wrong}");
        }
    }
}
