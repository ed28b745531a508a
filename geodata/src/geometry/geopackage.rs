//! Geometry in a cell of a `GeoPackage` (OGC 12-128r17, section 2.1.3): a header, then WKB.

use geo::{BoundingRect, Geometry};

use super::error::GeometryError;
use super::wkb::{from_foreign_wkb, to_wkb};

const MAGIC: [u8; 2] = *b"GP";
/// Little-endian, with an envelope of west, east, south, north.
const FLAGS_XY: u8 = 0b0000_0011;
/// Little-endian, without an envelope, empty.
const FLAGS_EMPTY: u8 = 0b0001_0001;
const ENVELOPE_MASK: u8 = 0b0000_1110;
const EMPTY_MASK: u8 = 0b0001_0000;
/// Bytes before the envelope: magic, version, flags, the number of the coordinate system.
const HEADER_BYTES: usize = 8;
/// Numbers in an envelope by its code.
const ENVELOPE_NUMBERS: [usize; 5] = [0, 4, 6, 6, 8];

/// Encodes a geometry of the coordinate system with this number in the file.
pub fn to_geopackage(geometry: &Geometry<f64>, srs_id: i32) -> Vec<u8> {
    let bounds = geometry.bounding_rect();
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&[0, if bounds.is_some() { FLAGS_XY } else { FLAGS_EMPTY }]);
    out.extend_from_slice(&srs_id.to_le_bytes());
    if let Some(bounds) = bounds {
        for side in [bounds.min().x, bounds.max().x, bounds.min().y, bounds.max().y] {
            out.extend_from_slice(&side.to_le_bytes());
        }
    }
    out.extend_from_slice(&to_wkb(geometry));
    out
}

/// Decodes a geometry; heights and measures are dropped. `None` for one that says it is empty.
///
/// # Errors
/// Another magic or version, truncated or trailing bytes, curves.
///
/// ```
/// use geodata::geometry::{from_geopackage, to_geopackage};
/// let peak = geo::Geometry::Point(geo::Point::new(114.4629, 22.6437));
/// assert_eq!(from_geopackage(&to_geopackage(&peak, 4326))?, Some(peak));
/// # Ok::<(), geodata::geometry::GeometryError>(())
/// ```
pub fn from_geopackage(bytes: &[u8]) -> Result<Option<Geometry<f64>>, GeometryError> {
    let header = bytes.first_chunk::<HEADER_BYTES>().ok_or(GeometryError::Wkb("几何的头部不全"))?;
    let [g, p, version, flags, ..] = *header;
    if [g, p] != MAGIC || version != 0 {
        return Err(GeometryError::Wkb("开头不是 GeoPackage 几何的标记"));
    }
    // The number of the system and the envelope are not needed, so their byte order does not matter.
    if flags & EMPTY_MASK != 0 {
        return Ok(None);
    }
    let code = usize::from((flags & ENVELOPE_MASK) >> 1);
    let numbers = ENVELOPE_NUMBERS.get(code).ok_or(GeometryError::Wkb("几何的头部写错"))?;
    let body = bytes.get(HEADER_BYTES + 8 * numbers..).ok_or(GeometryError::Wkb("几何的头部不全"))?;
    from_foreign_wkb(body).map(Some)
}

#[cfg(test)]
mod tests {
    use geo::{GeometryCollection, line_string, point};

    use super::*;

    #[test]
    fn heights_are_dropped() {
        let mut bytes = b"GP\0\x01\xE6\x10\0\0".to_vec();
        bytes.push(1);
        bytes.extend_from_slice(&1002_u32.to_le_bytes());
        bytes.extend_from_slice(&2_u32.to_le_bytes());
        for number in [114.0_f64, 22.0, 50.0, 114.1, 22.1, 60.0] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        let line = line_string![(x: 114.0, y: 22.0), (x: 114.1, y: 22.1)];
        assert_eq!(from_geopackage(&bytes), Ok(Some(line.into())));
        bytes.pop();
        assert!(from_geopackage(&bytes).is_err());
    }

    #[test]
    fn other_bytes_are_refused() {
        let whole = to_geopackage(&point!(x: 1.0, y: 2.0).into(), 4326);
        for end in 0..whole.len() {
            assert!(from_geopackage(&whole[..end]).is_err(), "{end} bytes");
        }
        let empty = Geometry::GeometryCollection(GeometryCollection::default());
        assert_eq!(from_geopackage(&to_geopackage(&empty, 4326)), Ok(None));
        assert!(from_geopackage(b"GP\0\x0F\0\0\0\0").is_err());
        assert!(from_geopackage(b"XX\0\x01\0\0\0\0").is_err());
    }
}
