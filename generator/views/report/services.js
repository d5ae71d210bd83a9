// The catalogue: what each service is, whom it calls, and where it runs.

function carries(data, name) {
  const { drops, silent } = data.plan.services[name];
  if (drops) return el("span", { class: "bad" }, "loses the colour");
  return silent ? "does not say" : "forwards the colour";
}

function showServices(data, section) {
  const heads = ["Service", "Ways in", "Calls", "Called by", "Colour", "Runs in", "Owner"];
  const rows = data.services.map((row) => [
    place(data, data.files.service[row.name], null, row.name),
    row.entry.join(", "),
    [...row.calls, ...data.plan.services[row.name].dials].join(", "),
    row.calledBy.join(", "),
    carries(data, row.name),
    Object.keys(row.runs).length > SOME
      ? count(Object.keys(row.runs).length, "unit")
      : versions(row.runs),
    row.owner || "",
  ]);
  section.append(table(count(data.services.length, "service"), heads, rows));
}
