//! Extended M3U: what plays now, for boxes and players that know nothing else.

use std::fmt::Write as _;

use super::dto::Manifest;
use chrono::{DateTime, Utc};

/// The files of the playlist that plays at `now`, with absolute addresses. Cards are left out, because
/// they are no files; a line says so.
pub(super) fn m3u(manifest: &Manifest, now: DateTime<Utc>, absolute: impl Fn(&str) -> String) -> String {
    let mut text = String::from("#EXTM3U\n");
    let playing = manifest
        .slots
        .iter()
        .find(|slot| slot.start <= now && now < slot.end)
        .and_then(|slot| slot.playlist)
        .or(manifest.fallback);
    let playlist = manifest.playlists.iter().find(|playlist| Some(playlist.id) == playing);
    let Some(playlist) = playlist else {
        return text;
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "#PLAYLIST:{}", one_line(&playlist.name));
    for item in &playlist.items {
        let is_shown = item.from.is_none_or(|from| from <= now) && item.until.is_none_or(|until| now < until);
        let asset = item.asset.as_ref().and_then(|id| manifest.assets.iter().find(|asset| asset.id == *id));
        if let (true, Some(asset)) = (is_shown, asset) {
            let _ = writeln!(text, "#EXTINF:{:.0},{}", item.duration.ceil(), asset.id);
            let _ = writeln!(text, "{}", absolute(&asset.url));
        }
    }
    text
}

fn one_line(name: &str) -> String {
    name.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
