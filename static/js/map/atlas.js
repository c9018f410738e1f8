// Land, borders of countries and of US states, below everything else. No streets, no tiles, no foreign host.
import { atlas } from "./library.js";

const UNITED_STATES = [
  [17, -180],
  [72, -64],
];

/** Put the atlas under `map`; the states come only where the view touches the United States. */
export async function drawAtlas(L, map) {
  const below = map.createPane("atlas");
  below.style.zIndex = 200;
  const layer = (shapes, className) => L.geoJSON(shapes, { pane: "atlas", interactive: false, style: { className, weight: 1 } }).addTo(map);
  layer(await atlas("world.json", "countries"), "map-land");
  let drawn = false;
  const states = async () => {
    if (drawn || !map.getBounds().intersects(UNITED_STATES)) return;
    drawn = true;
    layer(await atlas("us.json", "states"), "map-state");
  };
  map.on("moveend", states);
  await states();
}
