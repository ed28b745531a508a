// What time it is. Boxes without a battery wake up in the wrong year, so the server is believed; without
// it, what it said last is believed as long as the clock of the device does not contradict it.

const BACKWARDS_MS = 60_000;
const LONGEST_WITHOUT_SERVER_MS = 8 * 24 * 3_600_000;
// The header tells whole seconds; on average it is half a second behind.
const HALF_A_SECOND_MS = 500;

export class Clock {
  #memory;
  #offsetMs = null;
  // All of them, also those of a slide that is not in the page while something else plays.
  #places = document.querySelectorAll("[data-clock]");
  zone = "Asia/Shanghai";

  constructor(memory) {
    this.#memory = memory;
  }

  async restore() {
    const told = await this.#memory.get("clock");
    if (!told) return;
    const now = Date.now() + told.offsetMs;
    const plausible = now > told.serverMs - BACKWARDS_MS && now < told.serverMs + LONGEST_WITHOUT_SERVER_MS;
    if (plausible) this.#offsetMs = told.offsetMs;
  }

  // `before` and `after` are when the request was sent and its answer came, by the clock of the device.
  async hear(dateHeader, before, after) {
    const serverMs = Date.parse(dateHeader ?? "");
    if (Number.isNaN(serverMs)) return;
    this.#offsetMs = Math.round(serverMs + HALF_A_SECOND_MS - (before + after) / 2);
    // The answer that told the time counts also where the time cannot be kept.
    await this.#memory.set("clock", { offsetMs: this.#offsetMs, serverMs }).catch(() => undefined);
  }

  // Milliseconds since 1970, or null where it is unknown.
  now() {
    return this.#offsetMs === null ? null : Date.now() + this.#offsetMs;
  }

  get offsetMs() {
    return this.#offsetMs;
  }

  show() {
    const now = this.now();
    const told = (options) =>
      now === null ? "" : new Intl.DateTimeFormat("zh-CN", { timeZone: this.zone, ...options }).format(now);
    const texts = {
      time: told({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
      date: `${told({ year: "numeric", month: "long", day: "numeric" })} ${told({ weekday: "long" })}`,
    };
    for (const place of this.#places) {
      const text = texts[place.dataset.clock];
      if (place.textContent !== text) place.textContent = text;
    }
  }

  // The time of day of an instant, with the day where it is another one.
  told(instantMs) {
    const parts = { timeZone: this.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    const day = (ms) => new Intl.DateTimeFormat("zh-CN", { timeZone: this.zone, dateStyle: "short" }).format(ms);
    const now = this.now();
    if (now === null || day(now) !== day(instantMs)) Object.assign(parts, { month: "long", day: "numeric" });
    return new Intl.DateTimeFormat("zh-CN", parts).format(instantMs);
  }
}
