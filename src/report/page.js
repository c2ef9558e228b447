// What a page gains where scripts run: dark and light by a switch, tables that sort and search, tooltips at
// once. Without them everything is there, and the browser shows the tooltips.
"use strict";

function addThemeSwitch() {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  button.hidden = false;
  label();
}

// The figure in full where there is one; what is missing sorts last.
function keyOf(cell) {
  if (cell.dataset.v === undefined) return cell.textContent;
  return cell.dataset.v === "" ? null : Number(cell.dataset.v);
}

function compareKeys(a, b) {
  return typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b;
}

function sortRows(table, column, descending) {
  const body = table.tBodies[0];
  const keyed = Array.from(body.rows, (row) => [keyOf(row.cells[column]), row]);
  keyed.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return descending ? compareKeys(b, a) : compareKeys(a, b);
  });
  body.append(...keyed.map(([, row]) => row));
}

function addSorting(table) {
  const heads = Array.from(table.tHead.rows[0].cells);
  for (const head of heads) {
    if (head.textContent === "Histogram") continue;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const before = head.ariaSort;
      const descending = before ? before === "ascending" : head.classList.contains("figure");
      for (const other of heads) other.removeAttribute("aria-sort");
      head.ariaSort = descending ? "descending" : "ascending";
      sortRows(table, heads.indexOf(head), descending);
    });
  }
}

// Rows whose text holds every word.
function addSearch(table) {
  const rows = Array.from(table.tBodies[0].rows);
  const texts = rows.map((row) => row.cells[0].textContent.toLowerCase());
  const bar = document.createElement("div");
  const input = document.createElement("input");
  const count = document.createElement("output");
  bar.className = "search";
  input.type = "search";
  input.placeholder = "Search names, for example: attention weight";
  input.setAttribute("aria-label", "Search names");
  bar.append(input, count);
  table.parentElement.before(bar);

  const update = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, at) => {
      const isShown = words.every((word) => texts[at].includes(word));
      row.hidden = !isShown;
      shown += isShown;
    });
    const all = rows.length.toLocaleString("en");
    count.textContent = shown === rows.length ? `${all} rows` : `${shown.toLocaleString("en")} of ${all} rows`;
  };
  input.addEventListener("input", update);
  update();
}

// The text of a <title>, shown at once beside the pointer; a small histogram with it, larger.
function addTooltips() {
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("role", "tooltip");
  document.body.append(tip);

  const ownerOf = (element) => {
    for (; element && element instanceof SVGElement; element = element.parentElement) {
      const title = element.querySelector(":scope > title");
      if (title) {
        element.dataset.tip = title.textContent;
        element.setAttribute("aria-label", title.textContent);
        title.remove();
      }
      if (element.dataset.tip) return element;
    }
    return null;
  };

  document.addEventListener("pointerover", (event) => {
    const owner = ownerOf(event.target);
    tip.hidden = !owner;
    if (!owner) return;
    tip.textContent = owner.dataset.tip;
    if (owner.classList.contains("spark")) tip.prepend(owner.cloneNode(true));
  });

  document.addEventListener("pointermove", (event) => {
    if (tip.hidden) return;
    const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const below = event.clientY + 16;
    const top = below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : below;
    tip.style.left = `${Math.max(left, 8)}px`;
    tip.style.top = `${top}px`;
  });
}

addThemeSwitch();
for (const table of document.querySelectorAll("table.searchable")) {
  addSorting(table);
  addSearch(table);
}
addTooltips();
