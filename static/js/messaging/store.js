// What this device has written and the server has not acknowledged yet, and drafts: in IndexedDB, so that a reload or a
// flat battery loses nothing. Keyed by person; another person's leftovers are removed as soon as somebody else is here.

const NAME = "milkbridge-messages";

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("outbox", { keyPath: "client_id" });
      request.result.createObjectStore("drafts", { keyPath: "key" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// The same promises in memory, for a browser that refuses storage (private windows): a reload loses what is unsent.
class Memory {
  constructor() {
    this.tables = { outbox: new Map(), drafts: new Map() };
  }
  async put(table, row) {
    this.tables[table].set(row.client_id ?? row.key, row);
  }
  async remove(table, key) {
    this.tables[table].delete(key);
  }
  async all(table) {
    return [...this.tables[table].values()];
  }
}

class Disk {
  constructor(database) {
    this.database = database;
  }
  #table(name, mode) {
    return this.database.transaction(name, mode, { durability: "strict" }).objectStore(name);
  }
  put(table, row) {
    return settled(this.#table(table, "readwrite").put(row));
  }
  remove(table, key) {
    return settled(this.#table(table, "readwrite").delete(key));
  }
  all(table) {
    return settled(this.#table(table, "readonly").getAll());
  }
}

export async function openStore(person) {
  let store;
  try {
    store = new Disk(await opened());
  } catch {
    store = new Memory();
  }
  for (const table of ["outbox", "drafts"]) {
    for (const row of await store.all(table)) {
      if (row.person !== person) await store.remove(table, row.client_id ?? row.key);
    }
  }
  return store;
}
