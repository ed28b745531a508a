//! Shapefiles. The input is the .shp, the .dbf, the .prj and the .cpg one behind the other, each behind its
//! length (two bytes, little-endian), so that the fuzzer need not keep an archive intact.
#![no_main]

use geodata::import::{Format, ReadOptions, bundled, quality, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    let mut parts = Vec::new();
    for extension in ["shp", "dbf", "prj", "cpg"] {
        let Some((length, after)) = rest.split_first_chunk::<2>() else { break };
        let length = usize::from(u16::from_le_bytes(*length)).min(after.len());
        let (part, after) = after.split_at(length);
        parts.push((format!("a.{extension}"), part.to_vec()));
        rest = after;
    }
    let Ok(archive) = bundled(&parts) else { return };
    if let Ok(rows) = read(&archive, Format::Shapefile, &ReadOptions::default()) {
        quality::assess(&rows, &quality::Known::default());
    }
});
