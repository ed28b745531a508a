// Puts items on the screen, one after the other.

import { fit } from "./fit.js";

const FADE_MS = 900;
// A video that does not move for so long is given up.
const STALLED_MS = 15_000;

export class Stage {
  #stage = document.getElementById("stage");
  #builtIn = document.getElementById("built-in");
  #bar = document.querySelector("#progress span");
  #slide = this.#builtIn;

  // Shows an item for its time, or until `signal` interrupts. Tells whether it played to its end.
  async play(item, manifest, { volume, signal }) {
    const assets = new Map(manifest.assets.map((asset) => [asset.id, asset]));
    const slide = make(item, assets);
    try {
      await slide.ready(signal);
    } catch {
      slide.stop();
      return { shown: false, completed: false };
    }
    if (signal.aborted) {
      slide.stop();
      return { shown: false, completed: false };
    }
    this.#bring(slide.element);
    slide.fit?.();
    this.#progress(item.duration);
    const completed = await slide.run({ volume, signal, durationMs: item.duration * 1_000 });
    slide.stop();
    return { shown: true, completed };
  }

  showBuiltIn() {
    if (this.#slide !== this.#builtIn) this.#bring(this.#builtIn);
    this.#bar.getAnimations().forEach((animation) => animation.cancel());
  }

  #bring(element) {
    const before = this.#slide;
    this.#slide = element;
    element.classList.remove("leaving");
    this.#stage.append(element);
    before.classList.add("leaving");
    // The one before stays underneath until the new one has faded in, so that nothing is ever black.
    setTimeout(() => {
      if (before !== this.#slide) before.remove();
    }, FADE_MS);
  }

  #progress(seconds) {
    this.#bar.getAnimations().forEach((animation) => animation.cancel());
    this.#bar.animate([{ transform: "scaleX(0)" }, { transform: "scaleX(1)" }], { duration: seconds * 1_000 });
  }
}

function make(item, assets) {
  if (item.card) return new Card(item, assets.get(item.card.cover));
  const asset = assets.get(item.asset);
  return asset.mime.startsWith("video/") ? new Film(asset) : new Picture(asset);
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function image(asset) {
  const made = new Image();
  made.src = asset.url;
  made.alt = "";
  return made;
}

// Resolves after a time, or at once when it is interrupted; true where the time passed.
function rest(durationMs, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), durationMs);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve(false);
      },
      { once: true },
    );
  });
}

class Picture {
  constructor(asset) {
    this.element = element("section", "slide picture");
    this.picture = image(asset);
    this.element.append(this.picture);
  }

  ready() {
    return this.picture.decode();
  }

  run({ signal, durationMs }) {
    return rest(durationMs, signal);
  }

  stop() {}
}

class Card {
  constructor(item, cover) {
    const { title, text, source } = item.card;
    const tone = [...item.key].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 4;
    this.element = element("section", `slide card tone-${tone}`);
    this.words = element("div", "words");
    this.words.append(element("h1", "", title), element("p", "text", text));
    this.element.append(this.words);
    if (source) this.element.append(element("p", "source", `依据：${source}`));
    if (cover) {
      this.element.classList.add("with-cover");
      this.cover = image(cover);
      const frame = element("div", "cover");
      frame.append(this.cover);
      this.element.append(frame);
    }
  }

  fit() {
    fit(this.words);
  }

  async ready() {
    // A card without its picture is better than none.
    await this.cover?.decode().catch(() => this.cover.parentElement.remove());
  }

  run({ signal, durationMs }) {
    return rest(durationMs, signal);
  }

  stop() {}
}

class Film {
  constructor(asset) {
    this.element = element("section", "slide video");
    this.film = document.createElement("video");
    this.film.src = asset.url;
    this.film.preload = "auto";
    this.film.playsInline = true;
    this.film.muted = true;
    this.element.append(this.film);
  }

  ready(signal) {
    return new Promise((resolve, reject) => {
      if (this.film.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) resolve();
      this.film.addEventListener("loadeddata", () => resolve(), { once: true });
      this.film.addEventListener("error", () => reject(new Error("the video cannot be played")), { once: true });
      signal.addEventListener("abort", () => reject(new Error("interrupted")), { once: true });
      setTimeout(() => reject(new Error("the video does not load")), STALLED_MS);
    });
  }

  async run({ volume, signal, durationMs }) {
    this.film.volume = volume / 100;
    this.film.muted = volume === 0;
    // Browsers that allow no sound without a touch allow the picture.
    await this.film.play().catch(() => {
      this.film.muted = true;
      return this.film.play();
    }).catch(() => undefined);
    const ended = new Promise((resolve) => {
      this.film.addEventListener("ended", () => resolve(true), { once: true });
      this.film.addEventListener("error", () => resolve(false), { once: true });
    });
    const own = (this.film.duration || 0) * 1_000;
    // Cut where the playlist wants it shorter; otherwise its own end counts, unless it stands still.
    const cut = durationMs < own - 500;
    const limit = rest(cut ? durationMs : Math.max(own, durationMs) + STALLED_MS, signal);
    return Promise.race([ended, limit.then((passed) => passed && cut), this.#stalled(signal)]);
  }

  #stalled(signal) {
    return new Promise((resolve) => {
      let seen = -1;
      const timer = setInterval(() => {
        if (this.film.currentTime === seen && !this.film.ended) resolve(false);
        seen = this.film.currentTime;
      }, STALLED_MS);
      signal.addEventListener("abort", () => clearInterval(timer), { once: true });
      this.film.addEventListener("ended", () => clearInterval(timer), { once: true });
    });
  }

  // Stands still, so that the last picture stays while the next slide fades in.
  stop() {
    this.film.pause();
    setTimeout(() => {
      this.film.removeAttribute("src");
      this.film.load();
    }, FADE_MS + 100);
  }
}
