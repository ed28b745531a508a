// The player: keeps a programme and its files, plays what its time is, and tells how it is.
//
// It never waits for the network to show something. A new manifest takes effect when all of its files are
// here and checked; only an emergency message is shown at once.

import { Clock } from "./clock.js";
import { fit } from "./fit.js";
import { Library } from "./library.js";
import { Link, Unreachable } from "./link.js";
import { openMemory } from "./memory.js";
import { pair } from "./pairing.js";
import { Plays } from "./plays.js";
import { decide, emergencyAt, isQuiet } from "./programme.js";
import { Stage } from "./stage.js";

const VERSION = "__PLAYER_VERSION__";
const page = document.documentElement;
const parameters = new URLSearchParams(location.search);
const POLL_MS = interval("poll_s", 60, 60);
const HEARTBEAT_MS = interval("heartbeat_s", 60, 240);
const TICK_MS = Math.min(500, POLL_MS);
// Nothing happened for longer than anything takes: something hangs.
const HANGS_MS = 45_000;
const BUILT_IN_MS = 5_000;
const UPDATE_MS = 3_600_000;

const pause = (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs));

const memory = await openMemory();
const clock = new Clock(memory);
const link = new Link(clock);
const library = new Library(memory);
const plays = new Plays(memory, link, clock);
const stage = new Stage();
// Taken once: the stage takes the slide that holds it out of the page while something plays.
const placeName = document.getElementById("place");

let device = null;
// What plays, and what the server said last.
let manifest = null;
let seenTag = null;
let emergency = null;
let showing = "starting";
let item = null;
// Interrupts the item that plays, and the fetching of files.
let interruption = new AbortController();
let fetching = null;
let waitsForFiles = false;
let movedAt = performance.now();
let patienceMs = HANGS_MS;
let outdated = false;

function interval(name, usual, most) {
  const given = Number(parameters.get(name));
  return (given > 0 ? Math.min(Math.max(given, 0.2), most) : usual) * 1_000;
}

function set(name, value) {
  if (value === null) delete page.dataset[name];
  else page.dataset[name] = value;
}

function view(name) {
  set("view", name);
}

// ---- The programme ----

// What plays is kept before it is played: switched off a moment later, the screen goes on with the same.
async function keep(fresh, tag) {
  await memory.set("manifest", { manifest: fresh, tag });
  await library.adopt(fresh, manifest, clock.now() ?? Date.now());
}

function adopt(fresh, tag) {
  manifest = fresh;
  clock.zone = fresh.time_zone;
  placeName.textContent = fresh.screen_name;
  set("manifest", tag);
}

// Fetches the files of a new manifest, and then plays it.
async function prepare(fresh, tag) {
  fetching?.abort();
  fetching = new AbortController();
  const { signal } = fetching;
  waitsForFiles = !library.hasAll(fresh);
  try {
    await library.fetchAll(fresh, signal);
    if (signal.aborted) return;
    await keep(fresh, tag);
    if (signal.aborted) return;
    const before = current();
    adopt(fresh, tag);
    if (isOver(before, current())) interrupt();
    waitsForFiles = false;
    set("problem", null);
  } catch (error) {
    if (signal.aborted) return;
    // The old programme goes on; the next question asks for everything again.
    set("problem", String(error));
    waitsForFiles = true;
    if (seenTag === tag) seenTag = null;
  }
}

// Whether the item that plays must not play to its end: it is another list's time, or it was taken out.
function isOver(before, after) {
  if (before.playlist !== after.playlist || before.slot !== after.slot) return true;
  return item !== null && !after.items.some((one) => one.key === item.key);
}

function current() {
  return decide(manifest, clock.now(), (asset) => library.has(asset));
}

function interrupt() {
  interruption.abort();
  interruption = new AbortController();
}

// ---- The server ----

async function poll() {
  const headers = seenTag ? { "if-none-match": seenTag } : {};
  const answer = await link.get(`/api/v1/screens/${device.id}/manifest`, headers);
  if (answer.status === 401 || answer.status === 404) {
    await forgetDevice();
    return;
  }
  if (answer.status !== 200) return;
  const fresh = await answer.json();
  const tag = answer.headers.get("etag");
  // Seen only when it can be kept: otherwise the next question asks for it again.
  seenTag = null;
  await setEmergency(fresh.emergency);
  seenTag = tag;
  void prepare(fresh, tag);
}

async function setEmergency(message) {
  emergency = message;
  showEmergency();
  await memory.set("emergency", message);
}

async function beat() {
  const { id } = device;
  const answer = await link.post(`/api/v1/screens/${id}/heartbeat`, {
    player_version: VERSION,
    showing,
    item: item?.key ?? null,
    offline_ready: library.works && Boolean(navigator.serviceWorker?.controller) && manifest !== null,
    waits_for_files: waitsForFiles,
    clock_offset_ms: clock.offsetMs,
    free_bytes: await library.freeBytes(),
  });
  if (answer.ok) await plays.send(id);
}

// The screen was revoked, retired or given to another player.
async function forgetDevice() {
  fetching?.abort();
  device = null;
  link.token = null;
  try {
    await memory.remove("device", "manifest", "emergency");
    await memory.forgetAllPlays();
    await library.clear();
  } finally {
    // What could not be forgotten is tried again then; nothing plays on for a screen that is none any more.
    location.reload();
  }
}

// Does something again and again; without the network it is tried at its next turn.
async function repeat(everyMs, work) {
  for (;;) {
    if (device) {
      try {
        await work();
        set("online", "yes");
      } catch (error) {
        if (!(error instanceof Unreachable)) console.error(error);
        set("online", "no");
      }
    }
    await pause(everyMs);
  }
}

// ---- The screen ----

function showEmergency() {
  const message = emergencyAt(emergency, clock.now());
  const overlay = document.getElementById("emergency");
  const isNew = page.dataset.emergency !== message?.id;
  set("emergency", message?.id ?? null);
  if (!isNew) return;
  if (!message) {
    overlay.hidden = true;
    return;
  }
  const labels = { blue: "蓝色提醒", yellow: "黄色预警", orange: "橙色预警", red: "红色预警" };
  overlay.className = message.level;
  overlay.querySelector(".label").textContent = labels[message.level] ?? "紧急通知";
  overlay.querySelector(".message").textContent = message.message;
  overlay.querySelector(".until").textContent = `有效至 ${clock.told(Date.parse(message.until))}`;
  if (overlay.hidden) {
    overlay.hidden = false;
    interrupt();
  }
  fit(overlay.querySelector(".message"));
}

// Twice a second: the clock, the end of a slot or of a message, and whether everything still moves.
function tick() {
  clock.show();
  showEmergency();
  const now = clock.now();
  if (now !== null && now >= endsMs) {
    endsMs = Infinity;
    interrupt();
  }
  if (performance.now() - movedAt > patienceMs) location.reload();
}

let endsMs = Infinity;

function moved(nextWithinMs) {
  movedAt = performance.now();
  patienceMs = nextWithinMs + HANGS_MS;
}

// Where each playlist goes on.
const positions = new Map();

function next({ playlist, items }) {
  const last = positions.get(playlist);
  const at = items.findIndex((one) => one.key === last);
  const chosen = items[(at + 1) % items.length];
  positions.set(playlist, chosen.key);
  return chosen;
}

async function perform() {
  for (;;) {
    moved(0);
    if (outdated) location.reload();
    if (!page.dataset.emergency) await step();
    else {
      showing = "emergency";
      item = null;
      view("emergency");
      await pause(TICK_MS);
    }
  }
}

async function step() {
  const decision = current();
  showing = decision.kind;
  endsMs = decision.endsMs;
  const { signal } = interruption;
  if (decision.items.length === 0) {
    item = null;
    set("item", null);
    stage.showBuiltIn();
    view("built-in");
    await Promise.race([pause(BUILT_IN_MS), new Promise((resolve) => signal.addEventListener("abort", resolve))]);
    return;
  }
  item = next(decision);
  view("playing");
  set("item", item.key);
  set("slot", decision.slot);
  moved(item.duration * 1_000);
  const startedMs = clock.now();
  const volume = isQuiet(manifest, startedMs) ? 0 : manifest.volume;
  const { shown, completed } = await stage.play(item, manifest, { volume, signal });
  // A play that cannot be noted must not keep the next item from being shown.
  if (shown) await plays.add({ item, slot: decision.slot, startedMs, completed }).catch(console.error);
  // What cannot be shown is passed over, but never so fast that nothing else can be.
  else if (!signal.aborted) await pause(1_000);
}

// ---- The beginning ----

async function install() {
  if (!("serviceWorker" in navigator)) return;
  const controlled = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // Another version took over: begin anew with it, between two items.
    if (controlled) outdated = true;
  });
  try {
    const registration = await navigator.serviceWorker.register("/screen/worker.js", { scope: "/screen" });
    setInterval(() => registration.update().catch(() => undefined), UPDATE_MS);
  } catch (error) {
    set("problem", String(error));
  }
  await navigator.storage?.persist?.();
}

async function stayAwake() {
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // Not every box lets a page decide about that.
  }
}

async function begin() {
  addEventListener("unhandledrejection", (event) => console.error(event.reason));
  document.addEventListener("visibilitychange", stayAwake);
  document.addEventListener("click", () => page.requestFullscreen?.().catch(() => undefined));
  void stayAwake();
  void install();
  await clock.restore();
  await library.restore();
  device = (await memory.get("device")) ?? null;
  if (!device) {
    view("pairing");
    device = await pair(link, pause);
    await memory.set("device", device);
  }
  link.token = device.token;
  emergency = (await memory.get("emergency")) ?? null;
  const kept = await memory.get("manifest");
  if (kept) {
    adopt(kept.manifest, kept.tag);
    // Where the browser lost files, they are asked for again.
    if (library.hasAll(kept.manifest)) seenTag = kept.tag;
  }
  clock.show();
  showEmergency();
  setInterval(tick, TICK_MS);
  void repeat(POLL_MS, poll);
  void repeat(HEARTBEAT_MS, beat);
  await perform();
}

begin().catch((error) => {
  console.error(error);
  setTimeout(() => location.reload(), 10_000);
});
