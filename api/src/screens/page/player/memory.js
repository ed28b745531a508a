// What the player remembers when it is switched off: IndexedDB, or nothing where there is none.

const DATABASE = "kangtu-screen";
const VALUES = "values";
const PLAYS = "plays";

export async function openMemory() {
  try {
    return new Memory(await open());
  } catch {
    return new ShortMemory();
  }
}

function open() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(VALUES);
      opening.result.createObjectStore(PLAYS, { keyPath: "play_uuid" }).createIndex("ended_at", "ended_at");
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error("the database is held by another page"));
  });
}

class Memory {
  #database;

  constructor(database) {
    this.#database = database;
  }

  #do(store, mode, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(store, mode);
      const asked = work(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(asked?.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  get(name) {
    return this.#do(VALUES, "readonly", (store) => store.get(name));
  }

  set(name, value) {
    return this.#do(VALUES, "readwrite", (store) => store.put(value, name));
  }

  remove(...names) {
    return this.#do(VALUES, "readwrite", (store) => {
      for (const name of names) store.delete(name);
    });
  }

  addPlay(play) {
    return this.#do(PLAYS, "readwrite", (store) => store.put(play));
  }

  plays(limit) {
    return this.#do(PLAYS, "readonly", (store) => store.getAll(null, limit));
  }

  removePlays(ids) {
    return this.#do(PLAYS, "readwrite", (store) => {
      for (const id of ids) store.delete(id);
    });
  }

  forgetPlaysBefore(instant) {
    return this.#do(PLAYS, "readwrite", (store) => {
      const old = store.index("ended_at").openKeyCursor(IDBKeyRange.upperBound(instant));
      old.onsuccess = () => {
        const cursor = old.result;
        if (!cursor) return;
        store.delete(cursor.primaryKey);
        cursor.continue();
      };
    });
  }

  forgetAllPlays() {
    return this.#do(PLAYS, "readwrite", (store) => store.clear());
  }
}

class ShortMemory {
  #values = new Map();
  #plays = new Map();

  async get(name) {
    return this.#values.get(name);
  }

  async set(name, value) {
    this.#values.set(name, value);
  }

  async remove(...names) {
    for (const name of names) this.#values.delete(name);
  }

  async addPlay(play) {
    this.#plays.set(play.play_uuid, play);
  }

  async plays(limit) {
    return [...this.#plays.values()].slice(0, limit);
  }

  async removePlays(ids) {
    for (const id of ids) this.#plays.delete(id);
  }

  async forgetPlaysBefore(instant) {
    for (const play of this.#plays.values()) {
      if (play.ended_at <= instant) this.#plays.delete(play.play_uuid);
    }
  }

  async forgetAllPlays() {
    this.#plays.clear();
  }
}
