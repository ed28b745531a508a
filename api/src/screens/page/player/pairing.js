// Shows a code until somebody types it in at the desk.

import { Unreachable } from "./link.js";

const ASK_MS = 2_000;
const RETRY_MS = 5_000;

const view = document.getElementById("pairing");
const codeView = document.getElementById("code");
const note = document.getElementById("pairing-note");

// Resolves with the id and the token of the screen.
export async function pair(link, pause) {
  view.hidden = false;
  try {
    for (;;) {
      const device = await once(link, pause);
      if (device) return device;
    }
  } finally {
    view.hidden = true;
    codeView.textContent = "";
  }
}

async function once(link, pause) {
  const pairing = await begin(link, pause);
  codeView.textContent = `${pairing.code.slice(0, 3)} ${pairing.code.slice(3)}`;
  note.textContent = "";
  for (;;) {
    await pause(ASK_MS);
    try {
      const answer = await link.post("/api/v1/screens/pair", { code: pairing.code, token: pairing.token });
      note.textContent = "";
      if (answer.status === 200) {
        const progress = await answer.json();
        if (progress.state === "paired") return { id: progress.screen_id, token: pairing.token };
      } else if (answer.status < 500 && answer.status !== 429) {
        return null;
      }
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      note.textContent = "网络不通，正在重试……";
    }
  }
}

async function begin(link, pause) {
  for (;;) {
    try {
      const answer = await link.post("/api/v1/screens/pairings");
      if (answer.status === 201) return await answer.json();
      note.textContent = (await answer.json().catch(() => null))?.detail ?? "服务器暂时没有应答，正在重试……";
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      note.textContent = "连不上服务器，请检查网络，正在重试……";
    }
    await pause(RETRY_MS);
  }
}
