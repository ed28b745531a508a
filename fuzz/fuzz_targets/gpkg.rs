//! Shapes in the cells of a `GeoPackage`; the file around them is read by SQLite.
#![no_main]

use geo::CoordsIter;
use geodata::geometry::{faults, from_geopackage, repaired, to_geopackage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Some(geometry)) = from_geopackage(bytes) {
        faults(&geometry);
        let again = to_geopackage(&geometry, 4326);
        // A ring that ends in what is no number is never closed.
        let is_of_numbers =
            geometry.coords_iter().all(|position| position.x.is_finite() && position.y.is_finite());
        if let Ok(Some(read)) = from_geopackage(&again).map(|read| read.filter(|_| is_of_numbers)) {
            assert_eq!(to_geopackage(&read, 4326), again);
        }
        repaired(geometry);
    }
});
