// Parallel coordinates: a line a listed run, across params and metrics, coloured by one metric.

function parallelAxes() {
  const chosen = [...byId("axes").querySelectorAll("input:checked")].map((box) => box.value);
  return report.columns.filter((one) => chosen.includes(one.field)).sort((one, other) => order(one) - order(other));
}

// Params first, then time and cost, then metrics.
function order(one) {
  return one.field.startsWith("params.") ? 0 : one.field.startsWith("metrics.") ? 2 : 1;
}

// Numbers above 0 that span more than a power of ten, as learning rates do, are told apart on a log scale.
function spansPowers(values) {
  const numbers = values.filter((value) => value !== null);
  const least = numbers.reduce((one, other) => Math.min(one, other), Infinity);
  const most = numbers.reduce((one, other) => Math.max(one, other), -Infinity);
  return least > 0 && most / least >= 20;
}

function parallelAxis(one, dim, theme) {
  const name = one.name.length > 18 ? `${one.name.slice(0, 17)}…` : one.name;
  const base = {
    dim,
    name,
    ...(isNarrow() ? { nameLocation: "start", nameTruncate: { maxWidth: 46 } } : {}),
    nameTextStyle: { color: theme.ink, fontSize: 12 },
    axisLine: { lineStyle: { color: theme.line } },
    axisTick: { lineStyle: { color: theme.line } },
    axisLabel: { color: theme.soft, width: 90, overflow: "truncate", ...(one.numeric ? { formatter: shown } : {}) },
  };
  if (one.numeric) return { ...base, type: spansPowers(one.values) ? "log" : "value", scale: true, inverse: false };
  return { ...base, type: "category", data: [...new Set(one.values.map((value) => value ?? "-"))].sort() };
}

// On a telephone the axes lie one below the other.
function isNarrow() {
  return byId("parallel-chart").clientWidth < 600;
}

function parallelOption(theme) {
  const axes = parallelAxes();
  const by = column(byId("parallel-colour").value);
  const numbers = by.values.filter((value) => value !== null);
  const data = state.listed.map((run) => ({
    value: [...axes.map((one) => one.values[run] ?? (one.numeric ? null : "-")), by.values[run]],
    run,
    lineStyle: { width: state.ticked.has(run) && state.listed.length > 12 ? 2.5 : 1.5, opacity: state.listed.length > 200 ? 0.25 : 0.7 },
  }));
  const narrow = isNarrow();
  return {
    parallel: { layout: narrow ? "vertical" : "horizontal", left: narrow ? 60 : 50, right: narrow ? 24 : 130, top: 40, bottom: narrow ? 70 : 24, parallelAxisDefault: { areaSelectStyle: { width: 18 } } },
    parallelAxis: axes.map((one, dim) => parallelAxis(one, dim, theme)),
    visualMap: {
      type: "continuous",
      dimension: axes.length,
      min: numbers.reduce((one, other) => Math.min(one, other), Infinity),
      max: numbers.reduce((one, other) => Math.max(one, other), -Infinity),
      inRange: { color: theme.ramp },
      text: [by.name.length > 16 ? `${by.name.slice(0, 15)}…` : by.name, ""],
      textStyle: { color: theme.ink },
      formatter: shown,
      calculable: false,
      ...(narrow ? { orient: "horizontal", left: "center", bottom: 0 } : { right: 0, top: "middle" }),
    },
    series: [{ type: "parallel", data, smooth: 0.15, inactiveOpacity: 0.03, activeOpacity: 0.9, progressive: 0 }],
  };
}

function startParallel() {
  if (!byId("parallel")) return;
  byId("parallel").hidden = false;
  let marked = [];
  const say = (marks) => {
    byId("parallel-says").textContent = marks ? `${counted(marked.length, "run")} within the marks` : "";
    byId("parallel-tick").disabled = marked.length === 0;
  };
  const one = chart("parallel-chart", parallelOption, (drawn) => {
    drawn.on("axisareaselected", () => {
      const series = drawn.getModel().getSeriesByIndex(0);
      marked = series.getRawIndicesByActiveState("active").map((at) => state.listed[at]);
      // Without a mark every run is neither within nor outside.
      say(series.getRawIndicesByActiveState("normal").length === 0);
    });
  });
  const draw = () => {
    marked = [];
    say(false);
    byId("parallel-chart").style.height = isNarrow() ? `${110 + 64 * parallelAxes().length}px` : "26rem";
    one.draw();
    one.drawn?.resize();
  };
  byId("parallel-tick").addEventListener("click", () => tick(marked));
  byId("parallel-colour").addEventListener("change", draw);
  byId("axes").addEventListener("change", draw);
  listeners.ticked.push(draw);
  listeners.listed.push(draw);
}
