// The way of one request, as `gen explain` follows it. The plan says who answers and why; what is
// computed here (whose a request is, what colour a call carries) is held against `gen explain` by
// tests/views/test_simulation.py.

const SPACE =
  "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const BLANKS = new RegExp(`^${SPACE}|${SPACE}$`, "g");

const known = (table, key) => (Object.hasOwn(table, key) ? table[key] : undefined);
const environmentOf = (unit) => unit.split("/")[0];
const isBranch = (unit) => unit.includes("/");

function hostText(host) {
  return host
    .replace(/:[^:]*$/, "")
    .replace(/\.$/, "")
    .toLowerCase();
}

function pathText(path) {
  const plain = path
    .split("?")[0]
    .split("#")[0]
    .replace(/%([0-9A-Fa-f]{2})/g, (escaped, code) => {
      const letter = String.fromCharCode(parseInt(code, 16));
      return /[A-Za-z0-9._~-]/.test(letter) ? letter : escaped;
    });
  const steps = [];
  for (const step of plain.split("/").slice(1)) {
    if (step === "..") steps.pop();
    else if (step !== ".") steps.push(step);
  }
  return `/${steps.join("/")}`;
}

function claimText(plan, value) {
  if (typeof value === "string") return value || null;
  if (typeof value !== "number" || Math.abs(value) >= plan.exact) return null;
  return Number.isInteger(value) ? String(value) : null;
}

function cookieText(value) {
  const text = value.replace(BLANKS, "");
  const quoted = text.length > 1 && text.startsWith('"') && text.endsWith('"');
  return quoted ? text.slice(1, -1) : text;
}

// What tells a tenant or a user, as the edge compares it; null is absent.
function said(plan, request, kind, name) {
  if (kind === "claim") return claimText(plan, known(request.claims, name));
  if (kind === "header") return (known(request.headers, name) || []).join(",") || null;
  if (kind === "cookie") return cookieText(known(request.cookies, name) || "") || null;
  return hostText(request.host) || null;
}

// Kind and name of rules, in the order of asking, each with value → [[tenant, rule]].
function rulesOf(plan) {
  if (plan.asked) return plan.asked;
  const found = new Map();
  plan.tenants.rules.forEach((rules, tenant) => {
    for (const [kind, name, value] of rules) {
      const key = JSON.stringify([kind, name]);
      if (!found.has(key)) found.set(key, { kind, name, values: new Map() });
      const values = found.get(key).values;
      if (!values.has(value)) values.set(value, []);
      values.get(value).push(tenant);
    }
  });
  const before = (one, other) => (one < other ? -1 : Number(one > other));
  plan.asked = [...found.values()].sort(
    (one, other) => one.kind - other.kind || before(one.name, other.name),
  );
  return plan.asked;
}

function fitting(plan, request) {
  const fits = [];
  for (const { kind, name, values } of rulesOf(plan)) {
    const word = plan.kinds[kind];
    const value = said(plan, request, word, name);
    if (value === null) continue;
    const rule = name ? `${word} ${name}: ${value}` : `${word} ${value}`;
    for (const tenant of values.get(value) || []) fits.push({ tenant, rule });
  }
  return fits;
}

// Where a user stands between 0 and 1.
function point(text) {
  let number = 5381;
  for (const byte of new TextEncoder().encode(text)) number = (number * 33 + byte) % 4294967296;
  for (let turn = 0; turn < 3; turn += 1) number = (number * 16807) % 2147483647;
  return number / 2147483647;
}

function likeliest(choices) {
  return choices.reduce((best, choice) => (choice[1] > best[1] ? choice : best))[0];
}

function chosen(plan, tenant, request) {
  const choices = plan.tenants.choices[tenant];
  const sticky = plan.tenants.sticky[tenant];
  const user = sticky ? said(plan, request, sticky[0], sticky[1]) : null;
  if (user === null) return likeliest(choices);
  let left = point(user) * choices.reduce((sum, choice) => sum + choice[1], 0);
  for (const [lane, weight] of choices) {
    if (left < weight) return lane;
    left -= weight;
  }
  return likeliest(choices);
}

function numberOf(plan, service) {
  if (!plan.numbers) {
    plan.numbers = new Map(plan.order.map((name, number) => [name, number]));
  }
  return plan.numbers.get(service);
}

// Who answers a service in a lane: [unit or null, why].
function answer(plan, service, lane) {
  const of = plan.lanes[lane];
  const step = of.answers[numberOf(plan, service)];
  if (step < 0) return [null, `no unit of lane ${lane} runs it: 503`];
  const [unit, why] = of.steps[step];
  return [unit === null ? null : plan.units[unit], why];
}

function hopIn(plan, service, environment, lane) {
  const unknown = known(plan.lanes, lane) === undefined;
  const [target, why] = answer(plan, service, unknown ? environment : lane);
  const because = unknown ? `unknown colour, addressed to ${environment}; ${why}` : why;
  return { service, environment, caller: null, lane, target, because, queue: null, assumed: null };
}

// The first service on the way that does not say whether it forwards the colour that came.
function assumed(plan, hop, kept) {
  if (!kept) return null;
  return hop.assumed || (plan.services[hop.service].silent ? hop.service : null);
}

function hopOn(plan, hop, callee) {
  const unit = hop.target;
  const from = environmentOf(unit);
  const caller = plan.services[hop.service];
  const { takes } = plan.services[callee];
  const kept = hop.lane !== null && !caller.drops && takes;
  const own = isBranch(unit) ? unit : from;
  const lane = kept ? hop.lane : own;
  const given = isBranch(unit) && takes ? own : null;
  const colour = kept ? hop.lane : given;
  const unknown = known(plan.lanes, lane) === undefined;
  const [target, why] = answer(plan, callee, unknown ? from : lane);
  const parts = [why];
  const lost = `colour lost at ${hop.service}`;
  if (colour === null) {
    parts.unshift(isBranch(unit) ? `${unit}'s own pod` : `addressed to ${from}`);
    if (!takes) parts.unshift("TCP carries no colour");
    else if (caller.drops) parts.unshift(lost);
  } else if (known(plan.lanes, colour) === undefined) {
    parts.unshift(`unknown colour, addressed to ${from}`);
  } else if (caller.drops) {
    parts.unshift(`${lost}, its pod gives that of ${unit}`);
  }
  return {
    service: callee,
    environment: from,
    caller: [hop.service, unit],
    lane: colour,
    target,
    because: parts.join("; "),
    queue: null,
    assumed: assumed(plan, hop, kept),
  };
}

function message(plan, hop, queue, consumer) {
  const unit = hop.target;
  const from = environmentOf(unit);
  const lane = hop.lane === null || plan.services[hop.service].drops ? unit : hop.lane;
  const handled = plan.handlings[plan.handling[from][consumer]];
  const own = known(handled.lanes, lane);
  const number = own === undefined ? handled.otherwise : own;
  const asleep = number !== null && plan.asleep.includes(number);
  let why = "it reads what belongs to no other unit";
  if (asleep) why = `it waits until ${plan.units[number]} wakes`;
  else if (number === null) why = "nobody there reads it for this lane";
  else if (own !== undefined) why = `lane ${lane} is its own`;
  return {
    service: consumer,
    environment: from,
    caller: [hop.service, unit],
    lane,
    target: number === null || asleep ? null : plan.units[number],
    because: `message in ${queue}: ${why}`,
    queue,
    assumed: assumed(plan, hop, lane === hop.lane),
  };
}

function following(plan, hop) {
  if (hop.target === null) return [];
  const service = plan.services[hop.service];
  return [
    ...service.calls.map((callee) => hopOn(plan, hop, callee)),
    ...service.consumers.map(([queue, consumer]) => message(plan, hop, queue, consumer)),
  ];
}

// Every hop that can be come to, the nearest first; of those with one key only the first.
function walk(plan, lane, environment, entries) {
  const hops = [];
  const seen = new Set();
  const ahead = entries.map((service) => hopIn(plan, service, environment, lane));
  for (const hop of ahead) {
    // grows
    const key = JSON.stringify([hop.service, hop.environment, hop.lane, hop.target]);
    if (seen.has(key)) continue;
    seen.add(key);
    hops.push(hop);
    ahead.push(...following(plan, hop));
  }
  return hops;
}

// The way of a lane's requests from every entry.
function followLane(plan, lane) {
  const entries = new Set(plan.entries.map(([, service]) => service));
  const answered = [...entries].filter((service) => answer(plan, service, lane)[0] !== null);
  return walk(plan, lane, plan.lanes[lane].begins, answered.sort());
}

// How many other lanes the version serves as well.
function sharedWith(plan, hop) {
  if (hop.target === null) return 0;
  return Object.keys(plan.lanes).filter(
    (lane) => lane !== hop.lane && answer(plan, hop.service, lane)[0] === hop.target,
  ).length;
}

function outside(plan, hops) {
  const found = new Map();
  for (const { service, target } of hops) {
    for (const external of target === null ? [] : plan.services[service].dials) {
      found.set(JSON.stringify([service, target, external]), { service, unit: target, external });
    }
  }
  return [...found.values()];
}

// A request: host, path, headers (lower case → lines), cookies, claims.
function simulate(plan, request) {
  const host = hostText(request.host);
  const path = pathText(request.path);
  const addressed = known(plan.hosts, host);
  if (!addressed) return { refused: "host" };
  const fits = ([begin, , exact]) => (exact ? path === begin : path.startsWith(begin));
  const entry = plan.entries.find(fits);
  if (!entry) return { refused: "path" };
  const [environment, own] = addressed;
  const sent = (known(request.headers, plan.header) || []).filter((line) => line !== "");
  const trusts = (known(plan.trusted, environment) || []).includes(host);
  let matches = fitting(plan, request);
  let [lane, toldBy] = [own, `no tenant; host of ${own}`];
  let choices = [];
  if (sent.length === 1 && trusts) {
    [lane, toldBy, matches] = [sent[0], `${environment} trusts the colour that was sent`, []];
  } else if (matches.length) {
    const [{ tenant, rule }] = matches;
    lane = chosen(plan, tenant, request);
    toldBy = `tenant ${plan.tenants.name[tenant]}, by ${rule}`;
    choices = plan.tenants.choices[tenant];
  }
  const hops = walk(plan, lane, environment, [entry[1]]);
  const also = matches.filter(({ tenant }) => tenant !== matches[0].tenant);
  return {
    lane,
    toldBy,
    hops,
    choices: choices.length ? choices : [[lane, 1]],
    also: also.map(({ tenant, rule }) => ({ tenant: plan.tenants.name[tenant], rule })),
    externals: outside(plan, hops),
  };
}
