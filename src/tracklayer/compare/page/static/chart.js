// A chart: drawn when it comes into view, again when the reader's choice, the width or light and dark change.

const DARK = matchMedia("(prefers-color-scheme: dark)");
const PALETTES = {
  light: ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#9a6700", "#1b7c83", "#cf222e", "#57606a", "#4c3bcf"],
  dark: ["#58a6ff", "#f0883e", "#3fb950", "#bc8cff", "#f778ba", "#e3b341", "#39c5cf", "#ff7b72", "#9da7b1", "#a5b4ff"],
};
const DASHES = ["solid", "dashed", "dotted"];
const charts = [];
let printing = false;

// The colours of the page as they are now; paper is light.
function theme() {
  const dark = DARK.matches && !printing;
  return dark
    ? { ink: "#e6edf3", soft: "#9da7b1", line: "#3d444d", grid: "#262c34", paper: "#161b22", palette: PALETTES.dark, ramp: ["#4a3fb5", "#1f8a9e", "#7ee787", "#f9e64f"] }
    : { ink: "#1b1f24", soft: "#57606a", line: "#8c959f", grid: "#e4e8ec", paper: "#ffffff", palette: PALETTES.light, ramp: ["#440154", "#31688e", "#35b779", "#d8b70a"] };
}

// Run -> colour and dash, and the number that they come from: its own among these, or that of its place or group.
function colours(runs) {
  const { palette } = theme();
  const places = [...new Set(report.places)];
  const found = new Map();
  runs.forEach((run, index) => {
    const at = { run: index, place: places.indexOf(report.places[run]), group: report.groups[run] ?? 0 }[state.colour];
    const dash = DASHES[Math.floor(at / palette.length) % DASHES.length];
    found.set(run, { colour: palette[at % palette.length], dash, at });
  });
  return found;
}

function tickedInOrder() {
  return [...state.ticked].sort((one, other) => one - other);
}

function legendName(run) {
  if (state.colour === "place") return report.places[run];
  if (state.colour === "group") return report.spreads.labels[report.groups[run]] ?? "no group";
  return report.names[run];
}

// Keeps a chart in the element. `build(theme)` gives what ECharts draws; `made(drawn)` is called once, when it is there.
function chart(id, build, made = () => {}) {
  const box = byId(id);
  const one = { seen: false, drawn: null };
  one.draw = () => {
    if (!one.seen) return;
    if (!one.drawn) {
      one.drawn = echarts.init(box, null, { renderer: "canvas", devicePixelRatio: Math.max(2, devicePixelRatio) });
      made(one.drawn);
    }
    const option = { animation: false, backgroundColor: "transparent", useUTC: true, textStyle: { fontFamily: "system-ui, sans-serif" }, ...build(theme()) };
    one.drawn.setOption(option, { notMerge: true });
  };
  one.show = () => {
    if (one.seen) return;
    one.seen = true;
    one.draw();
  };
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) one.show();
  }, { rootMargin: "200px" }).observe(box);
  new ResizeObserver(settled(() => one.drawn?.resize(), 100)).observe(box);
  charts.push(one);
  return one;
}

// An axis of numbers. `log`: values from 0 down have no place on it, and are left out.
function axis(colours, name, { log = false, time = false, format = shown } = {}) {
  return {
    type: time ? "time" : log ? "log" : "value",
    scale: true,
    name,
    nameLocation: "middle",
    nameTextStyle: { color: colours.soft },
    axisLine: { show: true, lineStyle: { color: colours.line } },
    axisLabel: { color: colours.soft, hideOverlap: true, ...(time ? {} : { formatter: format }) },
    splitLine: { lineStyle: { color: colours.grid } },
  };
}

// What stands beside the pointer: lines of text, never HTML.
function tooltip(colours, trigger, lines) {
  return {
    trigger,
    confine: true,
    backgroundColor: colours.paper,
    borderColor: colours.line,
    textStyle: { color: colours.ink, fontSize: 12 },
    formatter: (given) => make("div", { class: "tip" }, ...lines(given)),
  };
}

function tipLine(colour, ...texts) {
  const dot = make("span", { class: "dot" });
  dot.style.background = colour;
  return make("div", {}, dot, ...texts.map((text) => make("span", {}, text)));
}

function redraw() {
  for (const one of charts) one.draw();
}

DARK.addEventListener("change", redraw);
addEventListener("beforeprint", () => {
  printing = true;
  for (const one of charts) one.show();
  redraw();
});
addEventListener("afterprint", () => {
  printing = false;
  redraw();
});
