// The files of the programme, whole and checked, in the cache of the browser.

const MEDIA = "media";
// A file that no programme names is kept this long, because yesterday's programme often comes back.
const UNUSED_MS = 14 * 24 * 3_600_000;
// Room that is left to the browser.
const RESERVE_BYTES = 50 * 1024 * 1024;

export class Library {
  #memory;
  // When each file was last named by a programme.
  #used = {};
  #here = new Set();

  constructor(memory) {
    this.#memory = memory;
  }

  // Without a cache, which browsers give to secure pages only, files play straight from the server.
  get works() {
    return "caches" in globalThis && Boolean(globalThis.crypto?.subtle);
  }

  async restore() {
    if (!this.works) return;
    this.#used = (await this.#memory.get("used")) ?? {};
    const cache = await caches.open(MEDIA);
    const kept = await cache.keys();
    this.#here = new Set(kept.map((request) => new URL(request.url).pathname));
  }

  has(asset) {
    return !this.works || this.#here.has(asset.url);
  }

  hasAll(manifest) {
    return manifest.assets.every((asset) => this.has(asset));
  }

  // Fetches what is missing. Fails where a file cannot be had or is not what the manifest promises.
  async fetchAll(manifest, signal) {
    if (!this.works) return;
    for (const asset of manifest.assets) {
      if (signal.aborted) return;
      if (!this.has(asset)) await this.#fetch(asset, manifest, signal);
    }
  }

  async #fetch(asset, manifest, signal) {
    await this.#makeRoom(asset.bytes, manifest);
    const answer = await fetch(asset.url, { signal, cache: "no-store", credentials: "omit" });
    if (answer.status !== 200) throw new Error(`${asset.url} answers ${answer.status}`);
    const bytes = await answer.arrayBuffer();
    if (bytes.byteLength !== asset.bytes || (await sha256(bytes)) !== asset.sha256) {
      throw new Error(`${asset.url} is not what the manifest promises`);
    }
    const headers = { "content-type": asset.mime, "content-length": String(bytes.byteLength) };
    const cache = await caches.open(MEDIA);
    await cache.put(asset.url, new Response(bytes, { headers: { ...headers, "accept-ranges": "bytes" } }));
    this.#here.add(asset.url);
  }

  // Notes what a programme names, and forgets what none has named for long. What the one before it named was
  // named until now.
  async adopt(manifest, before, nowMs) {
    if (!this.works) return;
    for (const asset of [...(before?.assets ?? []), ...manifest.assets]) this.#used[asset.url] = nowMs;
    const named = new Set(manifest.assets.map((asset) => asset.url));
    for (const url of [...this.#here]) {
      if (!named.has(url) && nowMs - (this.#used[url] ?? 0) > UNUSED_MS) await this.#delete(url);
    }
    await this.#memory.set("used", this.#used);
  }

  // Deletes files that no programme names any more, the one that was not named for longest first.
  async #makeRoom(bytes, manifest) {
    const adopted = (await this.#memory.get("manifest"))?.manifest;
    const needed = new Set([manifest, adopted].flatMap((one) => one?.assets ?? []).map((asset) => asset.url));
    const old = [...this.#here].filter((url) => !needed.has(url));
    old.sort((one, other) => (this.#used[one] ?? 0) - (this.#used[other] ?? 0));
    for (const url of old) {
      const free = await this.freeBytes();
      if (free === null || free > bytes + RESERVE_BYTES) return;
      await this.#delete(url);
    }
  }

  async #delete(url) {
    const cache = await caches.open(MEDIA);
    await cache.delete(url);
    this.#here.delete(url);
    delete this.#used[url];
  }

  // Another screen's files are of no use.
  async clear() {
    if (!this.works) return;
    await caches.delete(MEDIA);
    this.#here.clear();
    this.#used = {};
    await this.#memory.remove("used");
  }

  async freeBytes() {
    try {
      const { quota, usage } = await navigator.storage.estimate();
      return Math.max(0, quota - usage);
    } catch {
      return null;
    }
  }
}

async function sha256(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
