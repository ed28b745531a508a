// The service worker: makes the page start, and media play, without a network.

const VERSION = "__PLAYER_VERSION__";
const FILES = [__PLAYER_FILES__];
const SHELL = `shell-${VERSION}`;
const MEDIA = "media";

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/media/")) {
    event.respondWith(medium(request));
  } else if (FILES.includes(url.pathname)) {
    event.respondWith(shell(request, url.pathname));
  }
});

async function keepShell() {
  const cache = await caches.open(SHELL);
  // All files of one version, or none: a mixture would not run.
  await cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })));
  await self.skipWaiting();
}

async function takeOver() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("shell-") && name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function shell(request, path) {
  const cache = await caches.open(SHELL);
  return (await cache.match(path)) ?? fetch(request);
}

async function medium(request) {
  const cache = await caches.open(MEDIA);
  const kept = await cache.match(request.url);
  if (!kept) return fetch(request);
  const range = request.headers.get("range");
  return range ? part(kept, range) : kept;
}

// Some browsers play nothing without answers to ranges, and the cache holds whole files only.
async function part(kept, range) {
  const body = await kept.blob();
  const asked = /^bytes=(\d*)-(\d*)$/.exec(range.trim());
  const [first, last] = asked ? bounds(asked, body.size) : [0, body.size - 1];
  if (first > last || first >= body.size) {
    return new Response(null, { status: 416, headers: { "content-range": `bytes */${body.size}` } });
  }
  return new Response(body.slice(first, last + 1), {
    status: 206,
    headers: {
      "accept-ranges": "bytes",
      "content-length": String(last - first + 1),
      "content-range": `bytes ${first}-${last}/${body.size}`,
      "content-type": kept.headers.get("content-type") ?? "application/octet-stream",
    },
  });
}

function bounds([, first, last], size) {
  if (first === "") return [Math.max(0, size - Number(last)), size - 1];
  return [Number(first), last === "" ? size - 1 : Math.min(Number(last), size - 1)];
}
