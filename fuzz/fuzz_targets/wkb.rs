//! Well-known binary: what is read is written the same again.
#![no_main]

use geo::CoordsIter;
use geodata::geometry::{from_wkb, to_wkb};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(geometry) = from_wkb(bytes) {
        // A ring that ends in what is no number is never closed.
        if !geometry.coords_iter().all(|position| position.x.is_finite() && position.y.is_finite()) {
            return;
        }
        let again = to_wkb(&geometry);
        assert_eq!(from_wkb(&again).map(|read| to_wkb(&read)), Ok(again));
    }
});
