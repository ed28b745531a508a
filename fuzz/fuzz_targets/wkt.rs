//! Well-known text: what is read can be written and read again.
#![no_main]

use geodata::export::write_wkt;
use geodata::import::read_wkt;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(geometry) = read_wkt(text) {
        let mut again = Vec::new();
        write_wkt(&geometry, &mut again);
        let again = String::from_utf8(again).expect("WKT is text");
        assert!(read_wkt(&again).is_ok(), "{text} was written as {again}");
    }
});
