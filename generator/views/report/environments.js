// Environments and branches with their versions.

function fact(name, value) {
  return value ? [el("dt", null, name), el("dd", null, value)] : [];
}

function environment(data, row) {
  const branches = data.branches.filter((branch) => environmentOf(branch.name) === row.name);
  const facts = [
    ...fact("Cluster", data.plan.clusters[row.name]?.[0]),
    ...fact("Namespace", el("code", null, row.namespace)),
    ...fact("Hosts", row.hosts.join(", ")),
    ...fact("Falls back to", row.extends.join(", then ")),
    ...fact("Owner", row.owner),
    ...fact("Last day", row.expires),
    ...fact("Asleep", row.asleep ? "no pod of it runs, nor of its branches" : ""),
    ...fact("Sleeps", row.sleeps.join(", ")),
    ...fact("Tenants", row.tenants ? row.tenants.toLocaleString("en") : ""),
    ...fact("Written in", place(data, data.files.environment[row.name])),
  ];
  const services = Object.entries(row.runs).map(([service, version]) =>
    el("li", null, service, " ", el("code", null, short(version))),
  );
  const rows = branches.map((branch) => [
    el(
      "span",
      null,
      place(data, data.files.branch[branch.name], null, branch.name),
      branch.asleep ? " (asleep)" : "",
    ),
    versions(branch.runs),
    branch.hosts.join(", "),
    branch.owner || "",
    branch.expires || "",
    branch.tenants ? branch.tenants.toLocaleString("en") : "",
  ]);
  const heads = ["Branch", "Runs", "Hosts", "Owner", "Last day", "Tenants"];
  return el(
    "article",
    { id: `environment-${row.name}` },
    el("h3", null, row.name),
    el("dl", null, facts),
    services.length
      ? el("h4", null, `Runs ${count(services.length, "service")}`)
      : el("p", null, "It runs nothing of its own."),
    el("ul", { class: "columns" }, services),
    rows.length
      ? table(`Branches of ${row.name}`, heads, rows)
      : el("p", null, "It has no branches."),
  );
}

function lanesTable(data) {
  if (!data.lanes.length)
    return el("p", null, "There are no lanes but those of environments and branches.");
  return table(
    "Lanes that people wrote",
    ["Lane", "Through", "Pins", "Isolation", "Owner", "Tenants"],
    data.lanes.map((lane) => [
      data.files.lane[lane.name]
        ? place(data, data.files.lane[lane.name], null, lane.name)
        : lane.name,
      lane.through.join(", then "),
      Object.entries(lane.pin)
        .map(([service, unit]) => `${service} to ${unit}`)
        .join(", "),
      lane.isolation,
      lane.owner || "",
      lane.tenants ? lane.tenants.toLocaleString("en") : "",
    ]),
  );
}

function showEnvironments(data, section) {
  section.append(...data.environments.map((row) => environment(data, row)), lanesTable(data));
}
