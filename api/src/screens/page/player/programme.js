// What plays at an instant, from a manifest. No clock, no page: only decisions.

const NOTHING = { kind: "built_in", playlist: null, slot: null, items: [], endsMs: Infinity };

// `nowMs` is null where the time is unknown; then the fallback plays. `has` tells whether a file is here.
export function decide(manifest, nowMs, has) {
  if (!manifest) return NOTHING;
  const knows = nowMs !== null && Date.parse(manifest.generated_at) <= nowMs && nowMs < Date.parse(manifest.valid_until);
  const slot = knows ? manifest.slots.find((one) => Date.parse(one.start) <= nowMs && nowMs < Date.parse(one.end)) : null;
  const endsMs = slot ? Date.parse(slot.end) : Infinity;
  if (slot?.slot) {
    const items = showable(manifest, slot.playlist, nowMs, has);
    if (items.length > 0) return { kind: "schedule", playlist: slot.playlist, slot: slot.slot, items, endsMs };
  }
  const items = showable(manifest, manifest.fallback, nowMs, has);
  if (items.length > 0) return { kind: "fallback", playlist: manifest.fallback, slot: null, items, endsMs };
  return { ...NOTHING, endsMs };
}

// The items of a playlist that may be shown now and whose files are here.
function showable(manifest, playlistId, nowMs, has) {
  const playlist = manifest.playlists.find((one) => one.id === playlistId);
  const assets = new Map(manifest.assets.map((asset) => [asset.id, asset]));
  return (playlist?.items ?? []).filter((item) => {
    const file = item.asset === undefined ? null : assets.get(item.asset);
    return isTime(item, nowMs) && (item.asset === undefined || (file && has(file)));
  });
}

// What is limited in time is not shown while nobody knows the time.
function isTime(item, nowMs) {
  if (nowMs === null) return !item.from && !item.until;
  return !(nowMs < Date.parse(item.from)) && !(nowMs >= Date.parse(item.until));
}

// The message to be shown, if it is not over. While nobody knows the time it is better shown too long.
export function emergencyAt(emergency, nowMs) {
  if (!emergency) return null;
  return nowMs !== null && nowMs >= Date.parse(emergency.until) ? null : emergency;
}

export function isQuiet(manifest, nowMs) {
  return nowMs !== null && manifest.quiet_hours.some((span) => Date.parse(span.start) <= nowMs && nowMs < Date.parse(span.end));
}
