//! `GeoJSON` (RFC 7946) and its text sequences (RFC 8142) from the bytes that features hold ready.

use super::ExportLayer;

/// Begins each text of a sequence (RFC 8142, section 2.1).
const RECORD_SEPARATOR: u8 = 0x1E;

pub(super) fn write_collection(layers: &[ExportLayer<'_>], out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"type":"FeatureCollection","features":["#);
    for (place, feature) in layers.iter().flat_map(|layer| &layer.features).enumerate() {
        out.extend_from_slice(if place > 0 { b",\n" } else { b"\n" });
        out.extend_from_slice(feature.json());
    }
    out.extend_from_slice(b"\n]}\n");
}

pub(super) fn write_sequence(layers: &[ExportLayer<'_>], out: &mut Vec<u8>) {
    for feature in layers.iter().flat_map(|layer| &layer.features) {
        out.push(RECORD_SEPARATOR);
        out.extend_from_slice(feature.json());
        out.push(b'\n');
    }
}
