//! Shapes in the cells of a `GeoPackage`; the file around them is read by SQLite.
#![no_main]

use geodata::geometry::{faults, from_geopackage, repaired, to_geopackage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Some(geometry)) = from_geopackage(bytes) {
        faults(&geometry);
        let again = to_geopackage(&geometry, 4326);
        if let Ok(Some(read)) = from_geopackage(&again) {
            assert_eq!(to_geopackage(&read, 4326), again);
        }
        repaired(geometry);
    }
});
