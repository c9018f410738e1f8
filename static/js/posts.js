// The forms of posts work without this. It keeps an unfinished form, adds bags up and counts the note's characters.

const form = document.querySelector("[data-post-form]");
const PAUSE = 2500;

function typed() {
  return [...new FormData(form)].filter(([name]) => !["csrf_token", "version", "step"].includes(name));
}

// ---- An unfinished form: on the server while signed in, and in this tab alone in case the session ends. ----

const note = form?.querySelector("[data-saved]");
const place = `milkbridge:post:${location.pathname}${location.search}`;
let waiting;

function keepInTab() {
  try {
    sessionStorage.setItem(place, JSON.stringify(typed()));
  } catch {
    // A browser without room or permission keeps nothing; the server still does.
  }
}

async function save() {
  keepInTab();
  const to = form.dataset.autosave;
  if (!to) return;
  const sent = new FormData(form);
  const token = document.querySelector("meta[name=csrf-token]").content;
  try {
    const answer = await fetch(to, {
      method: "POST", body: sent, redirect: "manual", headers: { "X-CSRFToken": token, Accept: "application/json" },
    });
    note.textContent = answer.ok ? note.dataset.words : note.dataset.lost;
  } catch {
    note.textContent = note.dataset.lost;
  }
}

function bringBack() {
  const kept = sessionStorage.getItem(place);
  if (!kept || form.querySelector("[aria-invalid=true]")) return;
  const values = new Map();
  for (const [name, value] of JSON.parse(kept)) values.set(name, [...(values.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!field.name || ["csrf_token", "version", "step"].includes(field.name)) continue;
    const found = values.get(field.name) ?? [];
    if (field.type === "radio" || field.type === "checkbox") field.checked = found.includes(field.value);
    else if (found.length) field.value = found[0];
  }
}

// ---- Bags, and the length of the note ----

function addBags() {
  const total = form.querySelector("[data-bags-total]");
  if (!total) return;
  const count = Number(form.elements.bags_count.value);
  const size = Number(form.elements.bags_size.value.replace(",", "."));
  total.textContent = count > 0 && size > 0 ? `${count} × ${size} = ${Math.round(count * size * 100) / 100} ${form.elements.unit.value}` : "";
}

function countNote(field) {
  let count = field.nextElementSibling;
  if (!count?.matches("[data-counted]")) {
    count = Object.assign(document.createElement("p"), { className: "text-sm" });
    count.dataset.counted = "";
    field.after(count);
  }
  count.textContent = `${[...field.value].length} / ${field.dataset.count}`;
}

if (form) {
  try {
    bringBack();
  } catch {
    sessionStorage.removeItem(place);
  }
  addBags();
  form.addEventListener("input", (event) => {
    addBags();
    if (event.target.dataset.count) countNote(event.target);
    clearTimeout(waiting);
    waiting = setTimeout(save, PAUSE);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    sessionStorage.removeItem(place);
  });
}
