use proptest::prelude::*;

use super::*;

#[test]
fn what_is_written_is_read_and_takes_little_room() {
    let streets = town(1);
    let bytes = streets.to_bytes();
    assert_eq!(Streets::from_bytes(&bytes), Ok(streets.clone()));
    assert!(bytes.len() < 10 * streets.nodes().len(), "{} bytes", bytes.len());
    assert_eq!(Streets::from_bytes(&Streets::default().to_bytes()), Ok(Streets::default()));
}

#[test]
fn the_order_of_the_source_does_not_matter() {
    let nodes = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (900.0, 900.0)];
    let there = streets(&nodes, &[&[0, 1, 2]]);
    let back = streets(&nodes, &[&[2, 1], &[1, 0], &[0, 1], &[3, 3]]);
    assert_eq!(there, back);
    assert_eq!(there.nodes().len(), 3, "a node without a path is left out");
}

#[test]
fn every_changed_byte_is_noticed() {
    let bytes = streets(&[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0)], &[&[0, 1, 2]]).to_bytes();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << bit;
            assert!(Streets::from_bytes(&damaged).is_err(), "bit {bit} of byte {place}");
        }
        assert!(Streets::from_bytes(&bytes[..place]).is_err(), "cut at {place}");
    }
}

/// Bytes with a checksum that is right, so that what is behind it is reached.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(&bytes);
    bytes.extend_from_slice(&crc.sum().to_le_bytes());
    bytes
}

#[test]
fn promised_numbers_are_not_believed() {
    let mut bytes = b"KNET\x01".to_vec();
    bytes.extend_from_slice(&u32::MAX.to_le_bytes());
    bytes.extend_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(Streets::from_bytes(&sealed(bytes)), Err(StreetsError::Damaged));
    assert_eq!(Streets::from_bytes(b"KNET\x02"), Err(StreetsError::UnknownVersion(2)));
    assert_eq!(Streets::from_bytes(b"PK\x03\x04"), Err(StreetsError::NotStreets));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(counts in prop::array::uniform2(0_u32..40), rest in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = b"KNET\x01".to_vec();
        bytes.extend_from_slice(&counts[0].to_le_bytes());
        bytes.extend_from_slice(&counts[1].to_le_bytes());
        bytes.extend_from_slice(&rest);
        if let Ok(streets) = Streets::from_bytes(&sealed(bytes)) {
            let network = Network::new(&streets);
            prop_assert_eq!(network.edge_count(), counts[1] as usize);
        }
    }
}
