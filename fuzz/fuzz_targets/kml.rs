//! KML.
#![no_main]

use geodata::import::{Format, ReadOptions, quality, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(rows) = read(bytes, Format::Kml, &ReadOptions::default()) {
        quality::assess(&rows, &quality::Known::default());
    }
});
