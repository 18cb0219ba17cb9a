// The table of runs: sorted, filtered, in pages, with a box to tick in each row.

const ROWS_A_PAGE = 50;
const table = byId("runs-table");
const rows = table ? [...table.tBodies[0].rows] : [];
const headings = table ? [...table.tHead.rows[0].cells] : [];
const boxes = new Map();
let page = 0;
let pageSize = ROWS_A_PAGE;

function cellText(row, at) {
  return row.cells[at].textContent;
}

// A cell's number: the exact one where the text is rounded. Nothing and NaN are null, which is last either way.
function cellNumber(row, at) {
  const text = row.cells[at].dataset.v ?? cellText(row, at).replace(/[~★≠+\s]/g, "");
  if (text === "inf") return Infinity;
  if (text === "-inf") return -Infinity;
  const number = text === "" || text === "-" ? NaN : Number(text);
  return Number.isNaN(number) ? null : number;
}

function sortBy(at, descending) {
  const numeric = headings[at].dataset.kind === "number";
  const keys = new Map(rows.map((row) => [row, numeric ? cellNumber(row, at) : cellText(row, at)]));
  const collator = new Intl.Collator("en", { numeric: true });
  const sign = descending ? -1 : 1;
  rows.sort((one, other) => {
    const left = keys.get(one);
    const right = keys.get(other);
    if (left === null || right === null) return (left === null) - (right === null);
    if (numeric) return sign * (left < right ? -1 : left > right ? 1 : 0);
    return sign * collator.compare(left, right);
  });
  for (const heading of headings) heading.removeAttribute("aria-sort");
  headings[at].setAttribute("aria-sort", descending ? "descending" : "ascending");
  page = 0;
  arrange();
}

// `lr<0.01 status=finished -word`: each part as a test of a row.
const CONDITION = /^(.+?)(<=|>=|!=|=|<|>)(.*)$/;
function tests(text) {
  const parts = text.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
  return parts.map((part) => condition(part.replaceAll('"', "")) ?? words(part.replaceAll('"', "").toLowerCase()));
}

function words(word) {
  if (word.length > 1 && word.startsWith("-")) return (row) => !row.textContent.toLowerCase().includes(word.slice(1));
  return (row) => row.textContent.toLowerCase().includes(word);
}

function condition(part) {
  const found = CONDITION.exec(part);
  const at = headings.findIndex((one) => found && [one.dataset.name, one.dataset.field].includes(found[1]));
  if (at < 0) return null;
  const [, , sign, wanted] = found;
  const number = Number(wanted);
  if (headings[at].dataset.kind === "number" && wanted !== "" && !Number.isNaN(number)) {
    return (row) => {
      const value = cellNumber(row, at);
      return value !== null && compared(value, sign, number);
    };
  }
  return (row) => compared(cellText(row, at).toLowerCase(), sign, wanted.toLowerCase());
}

function compared(left, sign, right) {
  switch (sign) {
    case "<": return left < right;
    case "<=": return left <= right;
    case ">": return left > right;
    case ">=": return left >= right;
    case "!=": return left !== right;
    default: return left === right;
  }
}

function filter() {
  const wanted = tests(byId("filter").value);
  const kept = new Set(rows.filter((row) => wanted.every((test) => test(row))).map((row) => Number(row.dataset.row)));
  state.listed = report.names.map((_, run) => run).filter((run) => kept.has(run));
  page = 0;
  arrange();
  changed("listed");
}

// Puts the rows of this page into the table, in their order.
function arrange() {
  const listed = new Set(state.listed);
  const wanted = rows.filter((row) => listed.has(Number(row.dataset.row)));
  const pages = Math.max(1, Math.ceil(wanted.length / pageSize));
  page = Math.min(page, pages - 1);
  table.tBodies[0].replaceChildren(...wanted.slice(page * pageSize, (page + 1) * pageSize));
  byId("filter-count").textContent = `${wanted.length.toLocaleString("en")} of ${counted(rows.length, "run")}`;
  byId("paging").hidden = wanted.length <= ROWS_A_PAGE;
  byId("page-number").textContent = `page ${page + 1} of ${pages}`;
  byId("page-back").disabled = page === 0;
  byId("page-on").disabled = page === pages - 1;
  byId("page-all").textContent = pageSize === Infinity ? `${ROWS_A_PAGE} on a page` : "All on one page";
}

function turn(by) {
  page += by;
  arrange();
}

function tick(runs) {
  state.ticked = new Set(runs);
  changed("ticked");
}

// The rows as they stand, best first or however they are sorted.
function listedInOrder() {
  const listed = new Set(state.listed);
  return rows.map((row) => Number(row.dataset.row)).filter((run) => listed.has(run));
}

function swatches() {
  const drawn = colours(tickedInOrder());
  for (const [run, { box, swatch }] of boxes) {
    box.checked = state.ticked.has(run);
    swatch.style.background = drawn.get(run)?.colour ?? "transparent";
  }
}

function startRuns() {
  for (const row of rows) {
    const run = Number(row.dataset.row);
    const box = make("input", { type: "checkbox", "aria-label": `draw ${report.names[run]}` });
    box.addEventListener("change", () => {
      state.ticked[box.checked ? "add" : "delete"](run);
      changed("ticked");
    });
    const swatch = row.cells[0].firstElementChild;
    row.cells[0].prepend(box);
    boxes.set(run, { box, swatch });
  }
  headings.forEach((heading, at) => {
    heading.querySelector("button")?.addEventListener("click", () => {
      const now = heading.getAttribute("aria-sort");
      const first = column(heading.dataset.field)?.way === "max" ? "descending" : "ascending";
      const wanted = now === null ? first : now === "ascending" ? "descending" : "ascending";
      sortBy(at, wanted === "descending");
    });
  });
  byId("filter").addEventListener("input", settled(filter, 150));
  byId("tick-first").addEventListener("click", () => tick(listedInOrder().slice(0, 10)));
  byId("tick-all").addEventListener("click", () => tick(state.listed));
  byId("tick-none").addEventListener("click", () => tick([]));
  byId("page-back").addEventListener("click", () => turn(-1));
  byId("page-on").addEventListener("click", () => turn(1));
  byId("page-all").addEventListener("click", () => {
    pageSize = pageSize === Infinity ? ROWS_A_PAGE : Infinity;
    page = 0;
    arrange();
  });
  byId("runs-controls").hidden = false;
  listeners.ticked.push(swatches);
  arrange();
  // On paper all that is listed is there.
  addEventListener("beforeprint", () => {
    const size = pageSize;
    pageSize = Infinity;
    arrange();
    addEventListener("afterprint", () => {
      pageSize = size;
      arrange();
    }, { once: true });
  });
}
