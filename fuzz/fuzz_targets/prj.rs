//! Descriptions of coordinate systems.
#![no_main]

use geodata::import::SourceCrs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(crs) = SourceCrs::of_wkt(text) {
        crs.geometry_degrees(geodata::import::read_wkt("LINESTRING(542988 2504409,1e300 -1)").expect("a line"));
    }
});
