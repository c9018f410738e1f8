// What the page is about: areas, travel discs, the lens. Then, at close zoom, the outlines and names of all areas.

const CLOSE = 8;
const FEW = 2;
const ROOM_FOR_A_NAME = 70;

const milli = ([x, y]) => ({ lat: y / 1000, lng: x / 1000 });
const shapeLayer = (L, outline, options) => L.geoJSON(outline, { coordsToLatLng: milli, ...options });

// A pair's two names stand on the map; the names of a list come up when somebody points at a place or taps it.
function addPlace(L, map, place, index, few) {
  const { shape, side, travel, words, href } = place;
  const layers = [];
  if (travel) {
    layers.push(L.circle(shape.centre, { radius: travel * 1000, interactive: false, className: `map-disc map-disc-${side}`, weight: 2 }));
  }
  const label = () => Object.assign(document.createElement("span"), { innerText: words });
  const named = { permanent: few, direction: index % 2 ? "bottom" : "top", className: `map-name map-name-${side}` };
  const area = shapeLayer(L, shape.outline, { interactive: !few, style: { className: `map-area map-area-${side}`, weight: 2 } });
  area.bindTooltip(label(), named);
  layers.push(area);
  if (!few) {
    // An area is a speck when the whole list is in view; the dot is as large as a fingertip can hit.
    const dot = L.circleMarker(shape.centre, { radius: 11, className: `map-area map-area-${side}`, weight: 2 });
    layers.push(dot.bindTooltip(label(), { ...named, direction: "top" }));
  }
  if (href) layers.forEach((layer) => layer.on("click", () => location.assign(href)));
  layers.forEach((layer) => layer.addTo(map));
  return layers;
}

// Public places, in ten-thousandths of a degree; their names stand in the list, and come up at a tap. They lie above the
// names of areas, which would cover them.
function addMark(L, map, { at: [x, y], words }) {
  if (!map.getPane("marks")) map.createPane("marks").style.zIndex = 655;
  const name = Object.assign(document.createElement("span"), { innerText: words });
  const dot = L.circleMarker([y / 10000, x / 10000], { radius: 8, className: "map-mark", weight: 2, pane: "marks" });
  return dot.bindTooltip(name, { direction: "top", className: "map-name" }).addTo(map);
}

/** Draw the page's own picture and show all of it; without anything to show, the whole world. */
export function drawPicture(L, map, { places, lens, marks = [] }) {
  const few = places.length <= FEW;
  // A circle knows its bounds only on a map that has a view.
  map.setView(places[0]?.shape.centre ?? [25, 0], places.length ? CLOSE : 2);
  const layers = places.flatMap((place, index) => addPlace(L, map, place, index, few));
  if (lens?.type === "Polygon") shapeLayer(L, lens, { interactive: false, style: { className: "map-lens", weight: 1.5 } }).addTo(map);
  layers.push(...marks.map((mark) => addMark(L, map, mark)));
  if (!layers.length) return;
  const all = layers.reduce((bounds, layer) => bounds.extend(layer.getBounds?.() ?? layer.getLatLng()), L.latLngBounds([]));
  map.fitBounds(all.pad(0.08), { animate: false, maxZoom: 11 });
}

function boxOf(map) {
  const view = map.getBounds().pad(0.15);
  const edge = (value, least, most) => Math.min(most, Math.max(least, value)).toFixed(2);
  return [edge(view.getSouth(), -90, 90), edge(view.getWest(), -180, 180), edge(view.getNorth(), -90, 90), edge(view.getEast(), -180, 180)];
}

/** Names of towns where they do not cover each other, nearest to the middle first. */
function nameTowns(L, map, names, shapes, own) {
  names.clearLayers();
  const said = new Set(own.length <= FEW ? own.map((place) => place.words) : []);
  const middle = map.latLngToContainerPoint(map.getCenter());
  const spots = shapes
    .map((shape) => ({ shape, at: map.latLngToContainerPoint(shape.centre) }))
    .filter(({ at }) => map.getSize().contains(at) && at.x > 0 && at.y > 0)
    .sort((one, other) => one.at.distanceTo(middle) - other.at.distanceTo(middle));
  const taken = own.map((place) => map.latLngToContainerPoint(place.shape.centre));
  for (const { shape, at } of spots) {
    if (said.has(shape.name)) continue;
    if (taken.some((other) => Math.abs(other.y - at.y) < 22 && Math.abs(other.x - at.x) < ROOM_FOR_A_NAME + shape.name.length * 3)) continue;
    taken.push(at);
    said.add(shape.name);
    const label = document.createElement("span");
    label.innerText = shape.name;
    names.addLayer(L.tooltip({ permanent: true, direction: "center", className: "map-town", interactive: false }).setLatLng(shape.centre).setContent(label));
  }
}

/** At close zoom, draw the areas in view. Fires `areas` on the map with their shapes whenever they change. */
export function onAreas(L, map, box, { places }) {
  const url = box.dataset.areas;
  if (!url) return;
  const outlines = L.layerGroup().addTo(map);
  const names = L.layerGroup().addTo(map);
  let asked = 0;
  const refresh = async () => {
    if (map.getZoom() < CLOSE) {
      outlines.clearLayers();
      names.clearLayers();
      map.fire("areas", { shapes: [] });
      return;
    }
    asked += 1;
    const mine = asked;
    const answer = await fetch(`${url}?box=${boxOf(map).join(",")}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || mine !== asked) return;
    const { kind, shapes } = await answer.json();
    if (mine !== asked) return;
    outlines.clearLayers();
    // Wider regions lend their names only: their outlines are too rough to look at, and nobody picks one by a tap.
    const areas = kind === "area" ? shapes : [];
    for (const shape of areas) {
      const drawn = shapeLayer(L, shape.outline, { style: { className: "map-outline", weight: 1 }, interactive: box.dataset.map === "pick" });
      drawn.on("click", () => map.fire("chosen", { shape }));
      outlines.addLayer(drawn);
      drawn.bringToBack();
    }
    nameTowns(L, map, names, shapes, places);
    map.fire("areas", { shapes: areas });
  };
  map.on("moveend", refresh);
  refresh();
}
