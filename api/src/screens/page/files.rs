//! The files of the player.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::hex::lower_hex;

/// Stands in the files where the version belongs.
const VERSION_MARK: &str = "__PLAYER_VERSION__";
/// Stands in the worker where the list of all files belongs.
const FILES_MARK: &str = "__PLAYER_FILES__";

/// One file of the player.
#[derive(Debug)]
pub(super) struct PlayerFile {
    /// Its name below `/screen/`; empty for the page itself.
    pub(super) name: &'static str,
    pub(super) media_type: &'static str,
    pub(super) text: String,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

const SOURCES: &[(&str, &str, &str)] = &[
    ("", HTML, include_str!("player/page.html")),
    ("style.css", CSS, include_str!("player/style.css")),
    ("main.js", SCRIPT, include_str!("player/main.js")),
    ("clock.js", SCRIPT, include_str!("player/clock.js")),
    ("fit.js", SCRIPT, include_str!("player/fit.js")),
    ("library.js", SCRIPT, include_str!("player/library.js")),
    ("link.js", SCRIPT, include_str!("player/link.js")),
    ("memory.js", SCRIPT, include_str!("player/memory.js")),
    ("pairing.js", SCRIPT, include_str!("player/pairing.js")),
    ("plays.js", SCRIPT, include_str!("player/plays.js")),
    ("programme.js", SCRIPT, include_str!("player/programme.js")),
    ("stage.js", SCRIPT, include_str!("player/stage.js")),
    ("worker.js", SCRIPT, include_str!("player/worker.js")),
];

static FILES: LazyLock<Vec<PlayerFile>> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, _, source) in SOURCES {
        hash.update(name);
        hash.update(source);
    }
    let version = lower_hex(&hash.finalize()[..8]);
    let names: Vec<String> = SOURCES
        .iter()
        .filter(|(name, ..)| *name != "worker.js")
        .map(
            |(name, ..)| {
                if name.is_empty() { "\"/screen\"".to_owned() } else { format!("\"/screen/{name}\"") }
            },
        )
        .collect();
    let file = |(name, media_type, source): &(&'static str, &'static str, &str)| PlayerFile {
        name,
        media_type,
        text: source.replace(VERSION_MARK, &version).replace(FILES_MARK, &names.join(", ")),
    };
    SOURCES.iter().map(file).collect()
});

/// The file of this name.
pub(super) fn file(name: &str) -> Option<&'static PlayerFile> {
    FILES.iter().find(|file| file.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_player_loads_nothing_from_elsewhere_and_every_file_it_names() {
        for file in &*FILES {
            let elsewhere = ["http://", "https://", "//cdn", "eval(", "innerHTML", "onclick=", "style=\""];
            for word in elsewhere {
                assert!(!file.text.contains(word), "{} holds {word}", file.name);
            }
            assert!(!file.text.contains("__PLAYER"), "{} holds a mark", file.name);
            for part in file.text.split("\"./").skip(1) {
                let name = part.split('"').next().unwrap();
                assert!(super::file(name).is_some(), "{} names {name}", file.name);
            }
        }
        let worker = file("worker.js").unwrap();
        assert!(worker.text.contains("\"/screen\", \"/screen/style.css\""));
    }
}
