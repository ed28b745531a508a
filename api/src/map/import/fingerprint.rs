//! By what editions of a record are told apart.

use anyhow::Context;
use geodata::import::SourceRow;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::hex::lower_hex;

/// Of the digest; more than enough to tell editions of a record apart.
const FINGERPRINT_BYTES: usize = 16;

/// What the source says of a place. Fingerprints are kept for years: another order or another spelling would
/// make every record look changed.
#[derive(Serialize)]
struct Said<'r> {
    address: &'r Option<String>,
    area_ha: Option<f64>,
    category: &'r Option<String>,
    geometry: Option<Vec<u8>>,
    management_unit: &'r Option<String>,
    name: &'r Option<String>,
    opening_hours: &'r Option<String>,
    phone: &'r Option<String>,
    properties: &'r Map<String, Value>,
    region_code: &'r Option<String>,
}

/// What the source says of the place, without what we think of it.
pub(super) fn fingerprint(row: &SourceRow) -> anyhow::Result<String> {
    let said = Said {
        address: &row.address,
        area_ha: row.area_ha,
        category: &row.category,
        geometry: row.geometry.as_ref().map(geodata::geometry::to_wkb),
        management_unit: &row.management_unit,
        name: &row.name,
        opening_hours: &row.opening_hours,
        phone: &row.phone,
        properties: &row.properties,
        region_code: &row.region_code,
    };
    let text = serde_json::to_vec(&said).context("a row cannot be written as JSON")?;
    let digest = Sha256::digest(text);
    Ok(lower_hex(digest.get(..FINGERPRINT_BYTES).unwrap_or(&digest)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_keeps_the_fingerprint_that_earlier_versions_gave_it() {
        let properties = json!({"b": [1, null], "a": "甲"});
        let row = SourceRow {
            name: Some("葵涌公园".to_owned()),
            geometry: Some(geo::Point::new(114.5, 22.5).into()),
            area_ha: Some(1.5),
            properties: properties.as_object().cloned().unwrap_or_default(),
            ..SourceRow::default()
        };
        assert_eq!(fingerprint(&row).unwrap(), "fcfb67e845e9299c3f2bb9633ec64f70");
        assert_ne!(
            fingerprint(&SourceRow { area_ha: None, ..row.clone() }).unwrap(),
            fingerprint(&row).unwrap()
        );
    }
}
