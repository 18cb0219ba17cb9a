// One number against another: a dot a listed run, and the Pareto front as Python found it.

function frontOf(x, y) {
  return report.fronts.find(({ of }) => of.includes(x) && of.includes(y))?.rows ?? [];
}

function scatterOption(theme) {
  const across = column(byId("scatter-x").value);
  const up = column(byId("scatter-y").value);
  const logs = [byId("scatter-x-log").checked, byId("scatter-y-log").checked];
  const there = (run) => [across, up].every((one, at) => one.values[run] !== null && (!logs[at] || one.values[run] > 0));
  const runs = state.listed.filter(there);
  const drawn = colours(state.colour === "run" ? tickedInOrder() : runs);
  const front = new Set(frontOf(across.field, up.field));
  const point = (run) => [across.values[run], up.values[run]];
  const dots = runs.map((run) => ({
    value: point(run),
    run,
    symbolSize: state.ticked.has(run) ? 12 : 8,
    itemStyle: { color: drawn.get(run)?.colour ?? theme.soft, opacity: state.ticked.has(run) || runs.length < 60 ? 0.95 : 0.5, borderColor: front.has(run) ? theme.ink : "transparent", borderWidth: 1.5 },
  }));
  const steps = runs.filter((run) => front.has(run)).map(point).sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  const title = (one) => (one.way ? `${one.name} (${one.way} is better)` : one.name);
  const format = (one) => (one.field === "seconds" ? duration : shown);
  return {
    grid: { left: 40, right: 24, top: 16, bottom: 36, containLabel: true },
    xAxis: { ...axis(theme, title(across), { log: logs[0], format: format(across) }), nameGap: 30 },
    yAxis: { ...axis(theme, title(up), { log: logs[1], format: format(up) }), nameGap: 56 },
    tooltip: tooltip(theme, "item", (given) => {
      if (given.data.run === undefined) return [];
      const run = given.data.run;
      return [
        tipLine(given.color, report.names[run], ` (${report.places[run]})`),
        ...[across, up].map((one) => make("div", {}, `${one.name}: ${one.values[run]}`)),
        ...(front.has(run) ? [make("div", {}, "on the Pareto front")] : []),
      ];
    }),
    series: [
      { type: "scatter", data: dots, z: 2 },
      { type: "line", data: steps, showSymbol: false, silent: true, z: 1, lineStyle: { color: theme.ink, width: 1.2, type: "dashed" } },
    ],
  };
}

function frontNames() {
  const x = byId("scatter-x").value;
  const y = byId("scatter-y").value;
  const listed = new Set(state.listed);
  const names = frontOf(x, y).filter((run) => listed.has(run)).map((run) => report.names[run]);
  const known = [x, y].every((field) => field.startsWith("metrics.") && column(field).way);
  const more = names.length > 20 ? ` and ${names.length - 20} more` : "";
  const none = known ? "No listed run is on the Pareto front." : "A Pareto front is shown for two metrics whose better way is known.";
  byId("front").textContent = names.length ? `On the Pareto front, over all runs: ${names.slice(0, 20).join(", ")}${more}.` : x === y ? "" : none;
}

function startScatter() {
  if (!byId("scatter")) return;
  byId("scatter").hidden = false;
  const one = chart("scatter-chart", scatterOption);
  const draw = () => {
    frontNames();
    one.draw();
  };
  for (const id of ["scatter-x", "scatter-y", "scatter-x-log", "scatter-y-log"]) byId(id).addEventListener("change", draw);
  listeners.ticked.push(draw);
  listeners.listed.push(draw);
}
