//! Makes the manifest of a plan. Pure: the same plan at any instant of the same six hours gives the same
//! manifest, unless something begins or ends to be shown meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::dto::{
    Manifest, ManifestAsset, ManifestCard, ManifestEmergency, ManifestItem, ManifestPlaylist, ManifestSlot,
    ManifestSpan,
};
use crate::hex::lower_hex;
use crate::screens::emergencies::level_word;
use crate::screens::plan::{Content, File, Item, Plan, card_text};
use crate::screens::schedule::Schedule;

/// Manifests begin at multiples of this.
const STEP: TimeDelta = TimeDelta::hours(6);
/// And tell this much.
const HORIZON: TimeDelta = TimeDelta::hours(72);

/// The time that a manifest asked for at `now` tells of.
pub(super) fn span(now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let into_ms = now.timestamp_millis().rem_euclid(STEP.num_milliseconds());
    let from = now - TimeDelta::milliseconds(into_ms);
    (from, from + HORIZON)
}

/// The manifest of a plan at `now`.
pub(super) fn manifest(plan: &Plan, now: DateTime<Utc>) -> Manifest {
    let (from, until) = span(now);
    let playlist_of: BTreeMap<Uuid, Uuid> =
        plan.schedule.slots.iter().map(|slot| (slot.id, slot.playlist_id)).collect();
    let slots: Vec<ManifestSlot> = plan
        .schedule
        .segments(from, until)
        .into_iter()
        .map(|segment| ManifestSlot {
            start: segment.start,
            end: segment.end,
            playlist: segment.slot_id.map_or(plan.fallback, |id| playlist_of.get(&id).copied()),
            slot: segment.slot_id,
        })
        .collect();
    // What no slot of these days plays need not be fetched.
    let used: BTreeSet<Uuid> = slots.iter().filter_map(|slot| slot.playlist).chain(plan.fallback).collect();
    let used = plan.playlists.values().filter(|playlist| used.contains(&playlist.id));
    let (mut playlists, mut assets) = (Vec::new(), BTreeMap::new());
    for playlist in used {
        let items = playlist.items.iter().map(|item| told(item, &mut assets, (from, until))).collect();
        playlists.push(ManifestPlaylist { id: playlist.id, name: playlist.name.clone(), items });
    }
    Manifest {
        screen_id: plan.screen.id,
        screen_name: plan.screen.name.clone(),
        time_zone: plan.schedule.zone.name().to_owned(),
        generated_at: from,
        valid_until: until,
        slots,
        playlists,
        assets: assets.into_values().collect(),
        fallback: plan.fallback,
        emergency: plan.emergency(now).map(|message| ManifestEmergency {
            id: message.id,
            level: level_word(message.level),
            message: message.message.clone(),
            until: *message.ends_at,
        }),
        volume: plan.screen.volume,
        quiet_hours: quiet_hours(plan, from, until),
    }
}

fn told(
    item: &Item,
    assets: &mut BTreeMap<String, ManifestAsset>,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> ManifestItem {
    let (asset, card) = match &item.content {
        Content::Medium(file) => (Some(kept(file, assets)), None),
        Content::Card { article, cover } => {
            let card = ManifestCard {
                title: article.title.clone(),
                text: card_text(article),
                source: article.source_name.clone(),
                cover: cover.as_ref().map(|file| kept(file, assets)),
            };
            (None, Some(card))
        }
    };
    ManifestItem {
        key: item.key.clone(),
        asset,
        card,
        duration: seconds(item.duration.num_milliseconds()),
        from: item.from.filter(|begin| *begin > from),
        until: item.until.filter(|end| *end < until),
    }
}

/// Notes a file and tells its key.
fn kept(file: &File, assets: &mut BTreeMap<String, ManifestAsset>) -> String {
    let key = file.key();
    assets.entry(key.clone()).or_insert_with(|| ManifestAsset {
        id: file.key(),
        url: file.url(),
        sha256: lower_hex(&file.sha256),
        bytes: file.size_bytes,
        mime: file.content_type.clone(),
        duration: file.duration_ms.map(seconds),
    });
    key
}

#[expect(clippy::cast_precision_loss, reason = "durations are far below 2^53 milliseconds")]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1_000.0
}

fn quiet_hours(plan: &Plan, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<ManifestSpan> {
    let Some(span) = plan.screen.quiet_from_min.zip(plan.screen.quiet_until_min) else {
        return Vec::new();
    };
    let span = (span.0.unsigned_abs(), span.1.unsigned_abs());
    Schedule::daily(plan.schedule.zone, span, from, until)
        .into_iter()
        .map(|(start, end)| ManifestSpan { start, end })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_begins_at_its_six_hours_and_reaches_at_least_66_ahead() {
        let begin: DateTime<Utc> = "2026-11-25T00:00:00Z".parse().unwrap();
        for ahead_s in [0, 1, 3_599, 6 * 3_600 - 1] {
            let now = begin + TimeDelta::seconds(ahead_s);
            let (from, until) = span(now);
            assert_eq!(from, begin);
            assert!(until - now > TimeDelta::hours(66) && until - now <= TimeDelta::hours(72));
        }
        assert_eq!(span(begin + STEP).0, begin + STEP);
    }
}
