//! Archives of Shapefiles and KML.
#![no_main]

use geodata::import::{Format, ReadOptions, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for format in [Format::Shapefile, Format::Kmz] {
        drop(read(bytes, format, &ReadOptions::default()));
    }
    Format::detect("a.zip", bytes);
});
