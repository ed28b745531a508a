//! The parameter `bbox`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(bbox) = text.parse::<geodata::Bbox>() {
        assert!([bbox.west, bbox.south, bbox.east, bbox.north].iter().all(|side| side.is_finite()));
    }
});
