//! Extracts of OpenStreetMap.
#![no_main]

use geodata::import::{Format, ReadOptions, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for layer in ["park", "greenway"] {
        let options = ReadOptions { layer: Some(layer.to_owned()), ..ReadOptions::default() };
        drop(read(bytes, Format::OsmPbf, &options));
    }
});
