// Learning curves: the ticked runs, a panel a metric.

// Above this many runs lines are thin and pale, and none is told of by the pointer.
const MOST_TOLD = 40;
const MOST_IN_LEGEND = 24;
const unpackedCurves = new Map();

function curvesOf(metric) {
  return report.curves.filter((curve) => curve.metric === metric && state.ticked.has(curve.row));
}

function pointsOf(curve) {
  if (!unpackedCurves.has(curve)) {
    const times = unpacked(curve.times);
    const relative = times.map((time) => (time - curve.started) / 1000);
    unpackedCurves.set(curve, { steps: unpacked(curve.steps), times, relative, values: unpacked(curve.values) });
  }
  return unpackedCurves.get(curve);
}

// An exponential moving average that starts unbiased, over the finite values; gaps stay gaps.
function smoothed(values, weight) {
  let sum = 0;
  let total = 0;
  return Array.from(values, (value) => {
    if (!Number.isFinite(value)) return value;
    sum = weight * sum + (1 - weight) * value;
    total = weight * total + (1 - weight);
    return sum / total;
  });
}

function chosenCurves() {
  return { along: byId("curve-axis").value, log: byId("curve-log").checked, weight: Number(byId("smoothing").value) };
}

// [x, y] pairs; y is null, a gap, where nothing can be drawn.
function line(across, values, log) {
  return Array.from(values, (value, at) => [across[at], Number.isFinite(value) && (!log || value > 0) ? value : null]);
}

function curvePanel(metric, at) {
  return chart(`curve-${at}`, (theme) => {
    const { along, log, weight } = chosenCurves();
    const curves = curvesOf(metric);
    const drawn = colours(tickedInOrder());
    const many = curves.length > MOST_TOLD;
    const series = [];
    for (const curve of curves) {
      const points = pointsOf(curve);
      const { colour, dash } = drawn.get(curve.row);
      const base = { type: "line", animation: false, silent: many, connectNulls: false, symbolSize: 5, itemStyle: { color: colour } };
      const width = many ? 1 : 1.8;
      const raw = line(points[along], points.values, log);
      if (weight > 0) {
        series.push({ ...base, name: `${curve.row} raw`, data: raw, showSymbol: false, silent: true, z: 1, lineStyle: { color: colour, width: 1, opacity: 0.25 }, tooltip: { show: false } });
      }
      const data = weight > 0 ? line(points[along], smoothed(points.values, weight), log) : raw;
      const alone = data.filter((point) => point[1] !== null).length === 1;
      series.push({ ...base, name: String(curve.row), data, showSymbol: alone, z: 2, lineStyle: { color: colour, width, type: dash, opacity: many ? 0.5 : 1 } });
    }
    const names = { steps: "step", relative: "since the start", times: "UTC" };
    return {
      grid: { left: 8, right: 16, top: 16, bottom: 28, containLabel: true },
      xAxis: { ...axis(theme, names[along], { time: along === "times", format: along === "relative" ? duration : shown }), nameGap: 28 },
      yAxis: axis(theme, "", { log }),
      tooltip: many ? { show: false } : tooltip(theme, "axis", (given) => pointTips(given, curves, along, weight, drawn)),
      series,
    };
  });
}

// The points nearest to the pointer, as they were logged: step and value in full.
function pointTips(given, curves, along, weight, drawn) {
  const hit = given.filter((one) => !one.seriesName.endsWith("raw") && one.data[1] !== null);
  return hit.slice(0, 16).map((one) => {
    const curve = curves.find((each) => String(each.row) === one.seriesName);
    const points = pointsOf(curve);
    const when = along === "steps" ? "" : along === "relative" ? `, ${duration(points.relative[one.dataIndex])}` : `, ${new Date(points.times[one.dataIndex]).toISOString()}`;
    const smooth = weight > 0 ? ` (smoothed ${shown(one.data[1])})` : "";
    return tipLine(drawn.get(curve.row).colour, `${report.names[curve.row]}: `, `${points.values[one.dataIndex]}${smooth}`, ` at step ${points.steps[one.dataIndex]}${when}`);
  });
}

function legend() {
  const runs = tickedInOrder();
  const drawn = colours(runs);
  const names = new Map(runs.map((run) => [drawn.get(run).at, run]));
  const entries = [...names.values()].slice(0, MOST_IN_LEGEND).map((run) => {
    const swatch = make("span", { class: "dash" });
    swatch.style.borderTopColor = drawn.get(run).colour;
    swatch.style.borderTopStyle = drawn.get(run).dash;
    return make("li", {}, swatch, legendName(run));
  });
  const more = names.size - entries.length;
  if (more > 0) entries.push(make("li", {}, `and ${more.toLocaleString("en")} more`));
  if (!runs.length) entries.push(make("li", {}, "No run is ticked in the table."));
  byId("legend").replaceChildren(...entries);
}

// What is to be said under a panel.
function curveNotes(metric) {
  const curves = curvesOf(metric);
  const { log } = chosenCurves();
  let odd = 0;
  let below = 0;
  for (const curve of curves) {
    for (const value of pointsOf(curve).values) {
      if (!Number.isFinite(value)) odd += 1;
      else if (value <= 0) below += 1;
    }
  }
  const thinned = curves.filter((curve) => curve.thinned).length;
  const lacking = state.ticked.size - new Set(curves.map((curve) => curve.row)).size;
  return [
    thinned ? `${thinned.toLocaleString("en")} of ${counted(curves.length, "curve")} thinned` : "",
    odd ? `${counted(odd, "point")} not finite, left as gaps` : "",
    log && below ? `${counted(below, "point")} from 0 down, not on a log scale` : "",
    lacking ? `${counted(lacking, "ticked run")} without this curve` : "",
  ].filter(Boolean).join("; ");
}

function curveTable() {
  const box = byId("curve-table");
  if (!box.parentElement.open) return;
  const head = ["run", "metric", "points", "first", "last", "least", "most"];
  const body = report.panels.flatMap((metric) => curvesOf(metric).map((curve) => {
    const { values } = pointsOf(curve);
    const finite = values.filter(Number.isFinite);
    const least = finite.reduce((one, other) => Math.min(one, other), Infinity);
    const most = finite.reduce((one, other) => Math.max(one, other), -Infinity);
    const cells = [curve.count.toLocaleString("en"), ...[values[0], values.at(-1), ...(finite.length ? [least, most] : [null, null])].map(shown)];
    return make("tr", {}, make("th", { scope: "row" }, report.names[curve.row]), make("td", {}, metric), ...cells.map((text) => make("td", { class: "n" }, text)));
  }));
  box.replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))), make("tbody", {}, ...body)));
}

function startCurves() {
  if (!byId("curves")) return;
  byId("curves").hidden = false;
  const panels = report.panels.map(curvePanel);
  const draw = () => {
    legend();
    report.panels.forEach((metric, at) => {
      panels[at].draw();
      byId(`curve-${at}-says`).textContent = curveNotes(metric);
    });
    curveTable();
  };
  listeners.ticked.push(draw);
  for (const id of ["curve-axis", "curve-log"]) byId(id).addEventListener("change", draw);
  byId("smoothing").addEventListener("input", () => {
    byId("smoothing-says").textContent = byId("smoothing").value;
  });
  byId("smoothing").addEventListener("input", settled(draw, 50));
  byId("colour").addEventListener("change", () => {
    state.colour = byId("colour").value;
    changed("ticked");
  });
  byId("curve-table").parentElement.addEventListener("toggle", curveTable);
  DARK.addEventListener("change", () => changed("ticked"));
}
