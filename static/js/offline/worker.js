// Shows one public page when a page of the site cannot be reached. It keeps that page and its files, fetched without
// cookies, and nothing else: no page of a signed-in person ever lies in this cache.

const PAGE = "/offline";
const FILES = [
  PAGE,
  "/static/dist/app.css",
  "/static/vendor/inter-latin.woff2",
  "/static/js/offline/page.js",
  "/static/js/offline/store.js",
  "/static/img/icon.svg",
];
const CACHE = `milkbridge-offline-${new URL(self.location.href).searchParams.get("v")}`;

async function fetched() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((path) => new Request(path, { credentials: "omit", cache: "reload" })));
  return self.skipWaiting();
}

async function tidied() {
  const names = (await caches.keys()).filter((name) => name.startsWith("milkbridge-offline-") && name !== CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
  return self.clients.claim();
}

async function orKept(request, path) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(CACHE)).match(path);
    if (kept) return kept;
    throw error;
  }
}

addEventListener("install", (event) => event.waitUntil(fetched()));
addEventListener("activate", (event) => event.waitUntil(tidied()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(orKept(request, PAGE));
  else if (FILES.includes(pathname)) event.respondWith(orKept(request, pathname));
});
