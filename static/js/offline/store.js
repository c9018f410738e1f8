// What this device may show without a network. One table of cards, each of one person; nothing else keeps private data.

const NAME = "milkbridge-offline";
const TABLE = "cards";

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// Opened for one task and closed again, so that no tab stands in the way of emptying it.
async function within(mode, task) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(TABLE, mode);
      const request = task(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const all = () => within("readonly", (table) => table.getAll());
export const put = (card) => within("readwrite", (table) => table.put(card));
export const remove = (key) => within("readwrite", (table) => table.delete(key));
