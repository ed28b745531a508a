// What was played, kept until the server has it. Sent again it is counted once, because each play has a
// name of its own.

const KEPT_MS = 7 * 24 * 3_600_000;
const BATCH = 200;

export class Plays {
  #memory;
  #link;
  #clock;
  #sending = false;

  constructor(memory, link, clock) {
    this.#memory = memory;
    this.#link = link;
    this.#clock = clock;
  }

  // Without a known time a play cannot be told.
  async add({ item, slot, startedMs, completed }) {
    const endedMs = this.#clock.now();
    if (startedMs === null || endedMs === null) return;
    const play = {
      play_uuid: uuid(),
      asset: item.key,
      started_at: new Date(Math.min(startedMs, endedMs)).toISOString(),
      ended_at: new Date(endedMs).toISOString(),
      completed,
    };
    if (slot) play.slot = slot;
    await this.#memory.addPlay(play);
    await this.#memory.forgetPlaysBefore(new Date(endedMs - KEPT_MS).toISOString());
  }

  async send(screenId) {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (;;) {
        const batch = await this.#memory.plays(BATCH);
        if (batch.length === 0) return;
        const answer = await this.#link.post(`/api/v1/screens/${screenId}/plays`, batch);
        const later = answer.status === 401 || answer.status === 408 || answer.status === 429 || answer.status >= 500;
        if (later) return;
        // Taken, or refused for good: the same bytes would be refused again.
        await this.#memory.removePlays(batch.map((play) => play.play_uuid));
      }
    } finally {
      this.#sending = false;
    }
  }
}

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
