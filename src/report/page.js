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

// Rows become boxes of their own, of columns as wide as the widest cell: then the browser lays out those alone
// that are in sight, however many are sorted. The cell with the longest text stands for its column.
function setColumns(table) {
  const heads = table.tHead.rows[0];
  const longest = Array.from(heads.cells, () => null);
  const lengths = Array.from(heads.cells, () => -1);
  for (const row of table.tBodies[0].rows) {
    let column = 0;
    for (const cell of row.cells) {
      const length = cell.textContent.length;
      if (length > lengths[column]) [lengths[column], longest[column]] = [length, row];
      ++column;
    }
  }
  const sample = table.cloneNode(false);
  sample.classList.add("sample");
  sample.createTHead().append(heads.cloneNode(true));
  sample.createTBody().append(...Array.from(new Set(longest), (row) => row.cloneNode(true)));
  table.parentElement.before(sample);
  const widths = Array.from(sample.tHead.rows[0].cells, (cell) => `${cell.getBoundingClientRect().width.toFixed(2)}px`);
  sample.remove();
  table.style.setProperty("--figures", widths.slice(1).join(" "));
  table.style.setProperty("--least", `calc(var(--name) + ${widths.slice(1).join(" + ")})`);
  table.classList.add("boxes");
}

// The figure in full where there is one; what is missing sorts last.
function keyOf(cell) {
  if (cell.dataset.v === undefined) return cell.textContent;
  return cell.dataset.v === "" ? null : Number(cell.dataset.v);
}

const collator = new Intl.Collator("en", { numeric: true });

function compareKeys(a, b) {
  return typeof a === "string" ? collator.compare(a, b) : a - b;
}

// All rows in the order of a column. Those that have nothing there come last, whichever way it goes.
function orderOf(rows, column) {
  const keyed = rows.map((row) => [keyOf(row.cells[column]), row]);
  const present = keyed.filter(([key]) => key !== null).sort(([a], [b]) => compareKeys(a, b));
  const missing = keyed.filter(([key]) => key === null);
  const rowsOf = (pairs) => pairs.map(([, row]) => row);
  return { ascending: rowsOf(present.concat(missing)), descending: rowsOf(present.reverse().concat(missing)) };
}

function addSorting(table) {
  const heads = Array.from(table.tHead.rows[0].cells);
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const orders = new Map();
  for (const [column, head] of heads.entries()) {
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
      if (!orders.has(column)) orders.set(column, orderOf(rows, column));
      const sorted = document.createDocumentFragment();
      sorted.append(...orders.get(column)[head.ariaSort]);
      body.append(sorted);
      table.parentElement.scrollTop = 0;
    });
  }
}

// Says where a table has more columns than there is room for.
function addScrollHint(box) {
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = "Scroll sideways for more columns \u2192";
  box.before(hint);
  const update = () => { hint.hidden = box.scrollWidth <= box.clientWidth + 1; };
  new ResizeObserver(update).observe(box);
  update();
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
  setColumns(table);
  addSorting(table);
  addSearch(table);
}
for (const box of document.querySelectorAll(".scroll, .wide")) addScrollHint(box);
addTooltips();
