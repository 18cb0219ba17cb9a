// What all scripts share: the data, what the reader has chosen, and how numbers and names are shown.

const report = JSON.parse(document.getElementById("report").textContent);

// `ticked`: runs whose curves are drawn. `listed`: runs that pass the filter.
const state = { ticked: new Set(report.first), listed: report.names.map((_, run) => run), colour: "run" };

// What is drawn anew when other runs are ticked, and when other runs are listed.
const listeners = { ticked: [], listed: [] };
function changed(what) {
  for (const listener of listeners[what]) listener();
}

function byId(id) {
  return document.getElementById(id);
}

// An element with texts or elements in it. A text is never read as HTML.
function make(name, attributes, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

// Calls `done` not at every change but when there was none for a moment.
function settled(done, pause) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(done, pause);
  };
}

function column(field) {
  return report.columns.find((one) => one.field === field);
}

// A number to six digits, as in the tables.
function shown(number) {
  if (number === null || number === undefined) return "-";
  if (!Number.isFinite(number)) return String(number);
  return String(Number(number.toPrecision(6)));
}

function duration(seconds) {
  if (seconds < 60) return `${Number(seconds.toPrecision(3))}s`;
  if (seconds < 3600) return `${Number((seconds / 60).toPrecision(3))}m`;
  if (seconds < 86400) return `${Number((seconds / 3600).toPrecision(3))}h`;
  return `${Number((seconds / 86400).toPrecision(3))}d`;
}

function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

// A column of a curve: little-endian float64 in base64.
function unpacked(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at++) bytes[at] = raw.charCodeAt(at);
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 8 }, (_, at) => view.getFloat64(8 * at, true));
}
