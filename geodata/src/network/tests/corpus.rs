//! Streets of real places, where the files are at hand.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use super::plain;
use super::*;

fn corpus(name: &str) -> Option<BufReader<File>> {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder =
        std::env::var_os("KANGTU_CORPUS").map_or_else(|| manifest.join("../../shared/data"), PathBuf::from);
    let path = folder.join("osm").join(name);
    let file = File::open(&path).ok();
    if file.is_none() {
        eprintln!("skipped: {name} is not at hand");
    }
    file.map(BufReader::new)
}

#[test]
fn real_streets_are_read_and_agree_with_plain_dijkstra() {
    for (name, least_nodes) in [("andorra.osm.pbf", 5_000), ("liechtenstein-2013-08-03.osm.pbf", 10_000)] {
        let Some(mut file) = corpus(name) else {
            continue;
        };
        let (streets, notes) = read_osm(&mut file, None).unwrap();
        assert!(streets.nodes().len() > least_nodes, "{name}: {} nodes, {notes:?}", streets.nodes().len());
        let network = Network::new(&streets);
        assert!(network.largest_part() as usize * 10 > streets.nodes().len() * 7, "{network:?}");
        let pace = Walker::Elder.pace();
        for node in (0..streets.nodes().len()).step_by(streets.nodes().len() / 5) {
            let origin = network.snap(streets.nodes()[node].position()).unwrap();
            let piece = network.piece(origin.piece).unwrap();
            let [back, on] = search::onto(piece, &origin, pace);
            let mut starts = vec![(piece.to, origin.off_dm + on)];
            if !piece.one_way {
                starts.push((piece.from, origin.off_dm + back));
            }
            let expected = plain::costs(&streets, &starts, pace, false);
            let found = network.reachable(origin, pace, u32::MAX);
            assert_eq!(found.nodes().collect::<std::collections::BTreeMap<_, _>>(), expected);
        }
        let bytes = streets.to_bytes();
        assert_eq!(Streets::from_bytes(&bytes).as_ref(), Ok(&streets));
        eprintln!("{name}: {network:?}, {} bytes, {notes:?}", bytes.len());
    }
}
