//! Well-known binary: what is read is written the same again.
#![no_main]

use geodata::geometry::{from_wkb, to_wkb};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(geometry) = from_wkb(bytes) {
        let again = to_wkb(&geometry);
        assert_eq!(from_wkb(&again).map(|read| to_wkb(&read)), Ok(again));
    }
});
