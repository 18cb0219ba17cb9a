// The configuration of the runs that are ticked, side by side: only what differs between them.

const MOST_SIDE_BY_SIDE = 6;

function sideBySide() {
  const box = byId("side-by-side");
  if (!box) return;
  const runs = tickedInOrder().slice(0, MOST_SIDE_BY_SIDE);
  box.hidden = runs.length < 2;
  const fields = Object.entries(report.config).filter(([, values]) => new Set(runs.map((run) => values[run])).size > 1);
  const more = state.ticked.size > runs.length ? `; the first ${runs.length} of ${state.ticked.size}` : "";
  const head = make("tr", {}, ...["field", ...runs.map((run) => report.names[run])].map((text) => make("th", { scope: "col" }, text)));
  const body = fields.map(([field, values]) =>
    make("tr", {}, make("th", { scope: "row" }, field), ...runs.map((run) => make("td", {}, values[run] ?? "-"))),
  );
  const caption = make("caption", {}, fields.length ? `What differs between the ticked runs${more}` : "The ticked runs do not differ");
  box.replaceChildren(make("table", {}, caption, make("thead", {}, head), make("tbody", {}, ...body)));
}
