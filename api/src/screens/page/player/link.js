// The way to the server.

const TIME_OUT_MS = 15_000;

// No answer came; the player goes on with what it has.
export class Unreachable extends Error {}

export class Link {
  #clock;
  token = null;

  constructor(clock) {
    this.#clock = clock;
  }

  get(path, headers = {}) {
    return this.#send(path, { headers });
  }

  post(path, body) {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    return this.#send(path, { method: "POST", headers, body: body === undefined ? null : JSON.stringify(body) });
  }

  async #send(path, { method = "GET", headers, body = null }) {
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    const before = Date.now();
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), TIME_OUT_MS);
    let answer;
    try {
      const { signal } = giveUp;
      answer = await fetch(path, { method, headers, body, signal, cache: "no-store", credentials: "omit" });
    } catch (error) {
      throw new Unreachable(String(error));
    } finally {
      clearTimeout(timer);
    }
    await this.#clock.hear(answer.headers.get("date"), before, Date.now());
    return answer;
  }
}
