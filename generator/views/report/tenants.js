// Tenants, however many: what tells them, and where their requests go.

function ruleText(data, [kind, name, value]) {
  const word = data.plan.kinds[kind];
  return name ? `${word} ${name}: ${value}` : `${word} ${value}`;
}

function laneText(choices) {
  if (choices.length === 1) return choices[0][0];
  const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
  return choices
    .map(([lane, weight]) => `${lane} ${Number(((100 * weight) / total).toFixed(1))} %`)
    .join(", ");
}

// Lines that are searched: a name, rules and lanes of each tenant, in small letters.
function haystack(data) {
  const { name, rules, choices } = data.plan.tenants;
  return name.map((tenant, index) =>
    [
      tenant,
      ...rules[index].map((rule) => ruleText(data, rule)),
      ...choices[index].map(([lane]) => lane),
    ]
      .join("\n")
      .toLowerCase(),
  );
}

function found(lines, words, most) {
  const hits = [];
  let all = 0;
  for (let index = 0; index < lines.length; index += 1) {
    if (words.every((word) => lines[index].includes(word))) {
      all += 1;
      if (hits.length < most) hits.push(index);
    }
  }
  return { hits, all };
}

function tenantRow(data, index) {
  const { name, rules, choices } = data.plan.tenants;
  const way = `#simulator?tenant=${encodeURIComponent(name[index])}`;
  return [
    place(data, data.files.tenant[index], null, name[index]),
    rules[index].map((rule) => ruleText(data, rule)).join("; "),
    laneText(choices[index]),
    el("a", { href: way }, "Follow", hidden(` a request of ${name[index]}`)),
  ];
}

function showTenants(data, section) {
  const lines = haystack(data);
  const input = el("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  const status = el("p", { role: "status" });
  const out = el("div");
  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const { hits, all } = found(lines, words, SHOWN);
    const some = all > hits.length ? `the first ${hits.length} of ` : "";
    status.textContent = `${some}${count(all, "tenant")}`;
    out.replaceChildren(
      hits.length
        ? table(
            "Tenants that fit",
            ["Tenant", "Told by", "Takes", "Way"],
            hits.map((index) => tenantRow(data, index)),
          )
        : "",
    );
  };
  input.addEventListener("input", show);
  section.append(
    field("Search", input, "A part of a name, a rule or a lane; several words must all be there."),
    status,
    out,
  );
  show();
}
