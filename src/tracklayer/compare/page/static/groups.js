// Groups of seeds: the mean with its interval, and each run.

const MOST_GROUPS = 30;

// Pixels that the widest of some labels takes, up to a bound. ECharts' own estimate cuts some.
function widest(labels, most) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = "12px system-ui, sans-serif";
  return Math.min(most, Math.max(0, ...labels.map((label) => pen.measureText(label).width)));
}

function groupOption(theme) {
  const field = byId("group-metric").value;
  const values = column(field)?.values ?? [];
  const found = report.spreads.metrics[field];
  const groups = report.spreads.labels.map((label, at) => ({ label, at, spread: found[at] })).filter((one) => one.spread?.mean !== null && one.spread !== null);
  const down = column(field)?.way === "min" ? 1 : -1;
  const best = groups.sort((one, other) => down * (one.spread.mean - other.spread.mean)).slice(0, MOST_GROUPS).reverse();
  const labelled = widest(best.map((one) => one.label), byId("group-chart").clientWidth < 600 ? 110 : 260);
  const interval = (_, api) => {
    const [low, high] = [api.coord([api.value(1), api.value(0)]), api.coord([api.value(2), api.value(0)])];
    const style = { stroke: theme.palette[0], lineWidth: 2, fill: null };
    const bar = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
    return { type: "group", children: [bar(low[0], low[1], high[0], high[1]), bar(low[0], low[1] - 5, low[0], low[1] + 5), bar(high[0], high[1] - 5, high[0], high[1] + 5)] };
  };
  const runs = best.flatMap(({ at }, y) => report.spreads.rows[at].filter((run) => values[run] !== null && values[run] !== undefined).map((run) => ({ value: [values[run], y], run })));
  return {
    grid: { left: labelled + 16, right: 24, top: 8, bottom: 48 },
    xAxis: { ...axis(theme, column(field)?.name ?? "", {}), nameGap: 28 },
    yAxis: { type: "category", data: best.map((one) => one.label), axisLabel: { color: theme.ink, width: labelled + 2, overflow: "truncate", interval: 0 }, axisLine: { lineStyle: { color: theme.line } }, axisTick: { show: false } },
    tooltip: tooltip(theme, "item", (given) => tipsOf(given, best)),
    series: [
      { type: "custom", renderItem: interval, encode: { x: [1, 2], y: 0 }, data: best.map(({ spread }, y) => [y, spread.low, spread.high]).filter((one) => one[1] !== null), silent: true, z: 1 },
      { type: "scatter", data: runs, symbolSize: 6, itemStyle: { color: theme.soft, opacity: 0.7 }, z: 2 },
      { type: "scatter", data: best.map(({ spread }, y) => ({ value: [spread.mean, y], group: y })), symbol: "diamond", symbolSize: 12, itemStyle: { color: theme.palette[0] }, z: 3 },
    ],
  };
}

function tipsOf(given, best) {
  if (given.data.run !== undefined) return [make("div", {}, `${report.names[given.data.run]}: ${given.value[0]}`)];
  const { label, spread } = best[given.data.group];
  const between = spread.low === null ? "" : `, 95 % interval ${shown(spread.low)} to ${shown(spread.high)}`;
  return [make("div", {}, label), make("div", {}, `mean ${shown(spread.mean)}${between}, n=${spread.n}`)];
}

function startGroups() {
  if (!byId("groups")) return;
  byId("group-live").hidden = false;
  const found = report.spreads.labels.length;
  byId("group-chart").style.height = `${Math.min(Math.max(found, 3), MOST_GROUPS) * 28 + 70}px`;
  const one = chart("group-chart", groupOption);
  byId("group-metric").addEventListener("change", one.draw);
}
