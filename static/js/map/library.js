// The map library and its style sheet, fetched once. Both are the published files; they set a global each.

const vendor = new URL("../../vendor/", import.meta.url);
const once = new Map();

function fetchedOnce(name, make) {
  if (!once.has(name)) once.set(name, make());
  return once.get(name);
}

/** Leaflet. */
export const library = () => fetchedOnce("leaflet", () => import(new URL("leaflet.min.js", vendor)).then(() => globalThis.L));

/** The reader of TopoJSON. */
export const topojson = () =>
  fetchedOnce("topojson", () => import(new URL("topojson-client.min.js", vendor)).then(() => globalThis.topojson));

/** A file of the atlas as GeoJSON: `layer` names the object inside. */
export const atlas = (file, layer) =>
  fetchedOnce(file, async () => {
    const [{ feature }, topology] = await Promise.all([topojson(), fetch(new URL(file, vendor)).then((answer) => answer.json())]);
    return feature(topology, topology.objects[layer]);
  });

/** Leaflet's style sheet, before the first map is drawn. */
export const withStyles = () =>
  fetchedOnce(
    "styles",
    () =>
      new Promise((done) => {
        const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("leaflet.css", vendor).href });
        sheet.onload = sheet.onerror = () => done();
        document.head.append(sheet);
      }),
  );
