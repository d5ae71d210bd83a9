// A request in, and the way that it takes out.

const pairs = (text, sign) =>
  text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => {
      const at = line.indexOf(sign);
      if (at < 1) throw new Error(`“${line.trim()}” is no name${sign}value`);
      return [line.slice(0, at).trim(), line.slice(at + sign.length)];
    });

function headersOf(text) {
  const headers = Object.create(null);
  for (const [name, value] of pairs(text, ":"))
    (headers[name.toLowerCase()] ||= []).push(value.trim());
  return headers;
}

function cookiesOf(text) {
  const cookies = Object.create(null);
  for (const [name, value] of pairs(text, "=")) cookies[name] ??= value;
  return cookies;
}

// `name=text`, or `name:=JSON`, as on the command line.
function claimsOf(text) {
  const claims = Object.create(null);
  for (const [name, value] of pairs(text, "=")) {
    if (name.endsWith(":")) claims[name.slice(0, -1)] = JSON.parse(value);
    else claims[name] = value;
  }
  return claims;
}

const quoted = (text) =>
  /^[A-Za-z0-9_./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

// The same question on a terminal.
function commandOf(request) {
  const words = ["gen", "explain", "--host", request.host, "--path", request.path];
  for (const [name, lines] of Object.entries(request.headers)) {
    for (const line of lines) words.push("--header", `${name}=${line}`);
  }
  for (const [name, value] of Object.entries(request.cookies))
    words.push("--cookie", `${name}=${value}`);
  for (const [name, value] of Object.entries(request.claims)) {
    words.push(
      "--claim",
      typeof value === "string" ? `${name}=${value}` : `${name}:=${JSON.stringify(value)}`,
    );
  }
  return words.map(quoted).join(" ");
}

function refusal(data, told) {
  if (told.refused === "host") return "404: no environment and no branch has this host.";
  if (told.refused === "cluster")
    return `503: the lane of the tenant ${told.tenant} is in ${told.elsewhere}.`;
  return `404: no service has an entry for this path. Entries: ${data.plan.entries.map(([path]) => path).join(", ")}`;
}

function outcome(data, request, told) {
  const command = el("p", null, "The same on a terminal: ", el("code", null, commandOf(request)));
  if (told.refused) return [el("p", { class: "bad" }, refusal(data, told)), command];
  const also = told.also.map(({ tenant, rule }) => el("li", null, `tenant ${tenant}, by ${rule}`));
  const outside_ = told.externals.map(({ service, unit, external }) =>
    el("li", null, `${service} in ${unit} calls ${external}`),
  );
  return [
    el("p", { class: "answer" }, "Lane ", el("strong", null, told.lane), ` (${told.toldBy})`),
    told.choices.length > 1
      ? el("p", null, `Of ${laneText(told.choices)}; this follows one of them.`)
      : "",
    also.length ? el("div", null, el("p", null, "Would also fit:"), el("ul", null, also)) : "",
    picture(data, told.hops, told.lane, "The way of this request"),
    hopTable(data, told.hops, "Hop by hop"),
    outside_.length
      ? el("div", null, el("p", null, "Leaves the mesh:"), el("ul", null, outside_))
      : "",
    command,
  ];
}

function listed(id, values) {
  return el(
    "datalist",
    { id },
    values.slice(0, 500).map((value) => el("option", { value })),
  );
}

// What a tenant's request looks like: its first rule, at a host where it counts.
function fill(data, fields, name) {
  const tenant = data.plan.tenants.name.indexOf(name);
  if (tenant < 0) return;
  const rules = data.plan.tenants.rules[tenant].map(([kind, called, value]) => [
    data.plan.kinds[kind],
    called,
    value,
  ]);
  for (const input of [fields.headers, fields.cookies, fields.claims]) input.value = "";
  const [kind, called, value] = rules[0];
  if (kind === "host") fields.host.value = value;
  if (kind === "header") fields.headers.value = `${called}: ${value}`;
  if (kind === "cookie") fields.cookies.value = `${called}=${value}`;
  if (kind === "claim") fields.claims.value = `${called}=${value}`;
}

function showSimulator(data, section) {
  const { plan } = data;
  const hosts = Object.keys(plan.hosts);
  const fields = {
    host: el("input", { list: "hosts", autocomplete: "off", spellcheck: "false" }),
    path: el("input", { list: "paths", autocomplete: "off", spellcheck: "false" }),
    headers: el("textarea", { rows: 2, spellcheck: "false" }),
    cookies: el("textarea", { rows: 2, spellcheck: "false" }),
    claims: el("textarea", { rows: 2, spellcheck: "false" }),
  };
  fields.host.value = data.environments.flatMap((row) => row.hosts)[0] || hosts[0] || "";
  fields.path.value = plan.entries.length ? plan.entries[0][0] : "/";
  const out = el("div", { "aria-live": "polite" });
  const run = () => {
    try {
      const request = {
        host: fields.host.value,
        path: fields.path.value || "/",
        headers: headersOf(fields.headers.value),
        cookies: cookiesOf(fields.cookies.value),
        claims: claimsOf(fields.claims.value),
      };
      out.replaceChildren(...outcome(data, request, simulate(plan, request)));
    } catch (error) {
      out.replaceChildren(el("p", { class: "bad" }, error.message));
    }
  };
  const form = el(
    "form",
    { class: "request" },
    field("Host", fields.host),
    field("Path", fields.path),
    field("Headers", fields.headers, "One a line: x-tenant: acme"),
    field("Cookies", fields.cookies, "One a line: name=value"),
    field("Claims", fields.claims, "Of a verified token, one a line: name=text, or name:=JSON"),
    el("p", { class: "field" }, el("button", { type: "submit" }, "Follow it")),
    listed("hosts", hosts),
    listed(
      "paths",
      plan.entries.map(([path]) => path),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  section.append(form, out);
  run();
  return (asked) => {
    if (asked.has("tenant")) fill(data, fields, asked.get("tenant"));
    run();
  };
}
