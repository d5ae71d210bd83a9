// Who may call whom, as policies say it.

function matrixOf(data, where) {
  const { callers, allowed } = data.matrix;
  const rows = allowed.filter(([, unit]) => unit === where);
  const names = (caller) => (caller ? caller[0] : "the ingress");
  const columns = [
    ...new Set(rows.flatMap(([, , who]) => who.map((number) => names(callers[number])))),
  ];
  columns.sort(
    (one, other) => (one === "the ingress" ? -1 : 0) - (other === "the ingress" ? -1 : 0),
  );
  const head = el(
    "tr",
    null,
    el("th", { scope: "col" }, "Service"),
    columns.map((name) => el("th", { scope: "col" }, el("span", null, name))),
  );
  const body = rows.map(([service, , who]) =>
    el(
      "tr",
      null,
      el("th", { scope: "row" }, service),
      columns.map((name) => {
        const from = who
          .map((number) => callers[number])
          .filter((caller) => names(caller) === name);
        if (!from.length) return el("td");
        const words = from
          .map((caller) => (caller ? `${caller[0]} in ${caller[1]}` : "the ingress"))
          .join("; ");
        return el(
          "td",
          { class: "yes", title: words },
          el("span", { "aria-hidden": "true" }, "●"),
          hidden(words),
        );
      }),
    ),
  );
  const caption = `Who may call what runs in ${where}`;
  return wide(
    caption,
    el(
      "table",
      { class: "matrix" },
      el("caption", null, caption),
      el("thead", null, head),
      el("tbody", null, body),
    ),
  );
}

function showMatrix(data, section) {
  const units = [...new Set(data.matrix.allowed.map(([, unit]) => unit))];
  if (!units.length) {
    section.append(el("p", null, "Nothing runs."));
    return;
  }
  const start = data.plan.environments.find((name) => units.includes(name)) || units[0];
  const [select, out] = [choice(units, start), el("div")];
  const show = () => out.replaceChildren(matrixOf(data, select.value));
  select.addEventListener("change", show);
  const enforced = data.matrix.enforced
    ? "A mark says that policies let the caller of the column in; without one they keep it out."
    : "Nothing enforces this here (mesh.mtls is not strict, and there are no network policies): it is who would be let in.";
  section.append(el("p", null, enforced), field("Unit", select), out);
  show();
}
