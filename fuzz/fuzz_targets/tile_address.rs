//! Zoom, row and column of a tile.
#![no_main]

use geodata::tiles::TileAddress;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut numbers = text.split('/').map(str::parse::<u64>);
    let (Some(Ok(zoom)), Some(Ok(row)), Some(Ok(column))) = (numbers.next(), numbers.next(), numbers.next()) else {
        return;
    };
    match TileAddress::new(zoom, row, column) {
        Ok(tile) => {
            let bounds = tile.bounds();
            assert!(bounds.west < bounds.east && bounds.south < bounds.north);
            let _ = tile.hilbert_id();
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
