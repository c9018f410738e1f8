// A tap on an area chooses it: the form beside the map gets the area's id and name, never the point that was tapped.

function inside([x, y], ring) {
  let within = false;
  for (let here = 0, before = ring.length - 1; here < ring.length; before = here, here += 1) {
    const [x1, y1] = ring[here];
    const [x2, y2] = ring[before];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) within = !within;
  }
  return within;
}

/** The shape under a point of the map, or undefined. */
function shapeAt({ lat, lng }, shapes) {
  const point = [lng * 1000, lat * 1000];
  return shapes.find(({ outline }) => outline.coordinates.some(([outer, ...holes]) => inside(point, outer) && !holes.some((hole) => inside(point, hole))));
}

function put(form, name, value) {
  let field = form.querySelector(`input[name="${name}"]:not([type="radio"])`);
  if (!field) {
    field = Object.assign(document.createElement("input"), { type: "hidden", name });
    form.append(field);
  }
  field.value = value;
}

/** Let the reader choose by tap, or with the arrow keys and Enter for the area in the middle. */
export function startPicker(map, box) {
  const form = box.closest("form");
  const said = document.getElementById(box.dataset.mapSaid);
  let shapes = [];
  let marked = null;

  const choose = (shape) => {
    form.querySelectorAll('input[type="radio"][name="area"]').forEach((radio) => radio.closest("fieldset")?.remove());
    put(form, "place", shape.name);
    put(form, "area_for", shape.name);
    put(form, "area", shape.id);
    if (said) said.textContent = box.dataset.chosenWords.replace("{area}", shape.name);
    marked?.remove();
    marked = globalThis.L.geoJSON(shape.outline, {
      coordsToLatLng: ([x, y]) => globalThis.L.latLng(y / 1000, x / 1000),
      interactive: false,
      style: { className: "map-area map-area-mine", weight: 3 },
    }).addTo(map);
  };

  map.on("areas", (event) => {
    shapes = event.shapes;
    if (said && !marked) said.textContent = shapes.length ? box.dataset.readyWords : box.dataset.closerWords;
  });
  map.on("chosen", (event) => choose(event.shape));
  map.on("click", (event) => {
    if (!shapes.length) map.setView(event.latlng, map.getZoom() + 2);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== box) return;
    event.preventDefault();
    const shape = shapeAt(map.getCenter(), shapes);
    if (shape) choose(shape);
    else if (!shapes.length) map.zoomIn(2);
  });
}
