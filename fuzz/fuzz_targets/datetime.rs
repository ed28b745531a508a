//! The parameter `datetime`.
#![no_main]

use libfuzzer_sys::fuzz_target;

// The parser belongs to the server, which is too large to fuzz.
#[path = "../../api/src/map/ogc/datetime.rs"]
#[allow(dead_code, reason = "the server uses more of it")]
mod datetime;

fuzz_target!(|text: &str| {
    if let Err(error) = text.parse::<datetime::TimeSelection>() {
        assert!(!error.to_string().is_empty());
    }
});
