// Maps: both areas, both travel discs and the lens; or a picker where a tap chooses an area. Loaded only where a map
// stands, drawn only when it comes into view. Every map has its list beside it, so nothing here is needed.
import { library, withStyles } from "./map/library.js";
import { drawAtlas } from "./map/atlas.js";
import { drawPicture, onAreas } from "./map/picture.js";
import { startPicker } from "./map/picker.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

function dataOf(box) {
  const source = document.getElementById(box.dataset.mapJson);
  return source ? JSON.parse(source.textContent) : { places: [], lens: null };
}

function makeMap(L, box) {
  const map = L.map(box, {
    zoomControl: false,
    attributionControl: false,
    zoomAnimation: !calm,
    fadeAnimation: !calm,
    markerZoomAnimation: !calm,
    inertia: !calm,
    zoomSnap: 0.25,
    minZoom: 2,
    maxZoom: 12,
    scrollWheelZoom: false,
    worldCopyJump: true,
  });
  L.control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map);
  L.control.attribution({ prefix: false }).addAttribution(box.dataset.credits).addTo(map);
  // The wheel scrolls the page until somebody has begun to use the map.
  map.once("focus mousedown", () => map.scrollWheelZoom.enable());
  return map;
}

async function draw(box) {
  const L = await library();
  await withStyles();
  const map = makeMap(L, box);
  const data = dataOf(box);
  drawPicture(L, map, data);
  onAreas(L, map, box, data);
  if (box.dataset.map === "pick") startPicker(map, box);
  await drawAtlas(L, map);
  box.dataset.ready = "1";
}

let started = false;
// A piece of the page may be swapped in while the maps around it are still being drawn.
const begun = new WeakSet();

/** Draw every map of the page once it is near the reader's eyes; a map that comes by a swap is found too. */
export function start() {
  if (started) return;
  started = true;
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries.filter((each) => each.isIntersecting)) {
        seen.unobserve(entry.target);
        if (begun.has(entry.target)) continue;
        begun.add(entry.target);
        draw(entry.target).catch((error) => {
          entry.target.classList.add("hidden");
          console.error(error);
        });
      }
    },
    { rootMargin: "200px" },
  );
  const watch = (root) => root.querySelectorAll("[data-map]:not([data-ready])").forEach((box) => seen.observe(box));
  watch(document);
  document.addEventListener("htmx:load", (event) => watch(event.target));
}
