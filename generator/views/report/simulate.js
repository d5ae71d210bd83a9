// The way of one request, as `gen explain` follows it. The plan says who answers and why; what is
// computed here (whose a request is, what colour a call carries) is held against `gen explain` by
// tests/views/test_simulation.py.

const SPACE =
  "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const BLANKS = new RegExp(`^${SPACE}|${SPACE}$`, "g");

const known = (table, key) => (Object.hasOwn(table, key) ? table[key] : undefined);
const environmentOf = (unit) => unit.split("/")[0];
// Whether a colour means anything to what is addressed to an environment: lanes of another mesh do
// not.
function isKnown(plan, lane, environment) {
  const of = known(plan.lanes, lane);
  return of !== undefined && isNear(plan, of.begins, environment);
}

// The environment that a colour which looks like a branch's names.
function homeOf(plan, colour) {
  const [, home] = /^([^/]+)\/[-a-z0-9]+$/.exec(colour) || [];
  return plan.environments.includes(home) ? home : null;
}

// The lane that decides about a colour: its own, or of a branch that there is not that of its
// environment, or else that of the environment addressed; and why, where it is not its own.
function decided(plan, service, colour, environment, anywhere) {
  if (isKnown(plan, colour, environment)) return [colour, null];
  const home = homeOf(plan, colour);
  const near = home !== null && isKnown(plan, home, environment);
  if (near && (anywhere || plan.lanes[home].answers[numberOf(plan, service)] >= 0))
    return [home, `no branch ${colour}, taken as ${home}`];
  return [environment, `unknown colour, addressed to ${environment}`];
}

const isNear = (plan, one, other) => plan.clusters[one]?.[1] === plan.clusters[other]?.[1];
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

// Tenants whose lane is in another mesh come last, and are told where it is.
function nearest(plan, kind, tenants, environment) {
  const begins = (tenant) => plan.lanes[plan.tenants.choices[tenant][0][0]].begins;
  const near = tenants.filter((tenant) => isNear(plan, begins(tenant), environment));
  if (near.length) return near.map((tenant) => ({ tenant, elsewhere: null }));
  if (kind === "host") return [];
  return tenants.slice(0, 1).map((tenant) => ({
    tenant,
    elsewhere: plan.clusters[begins(tenant)][0],
  }));
}

function fitting(plan, request, environment) {
  const fits = [];
  for (const { kind, name, values } of rulesOf(plan)) {
    const word = plan.kinds[kind];
    const value = said(plan, request, word, name);
    if (value === null) continue;
    const rule = name ? `${word} ${name}: ${value}` : `${word} ${value}`;
    for (const fit of nearest(plan, word, values.get(value) || [], environment))
      fits.push({ ...fit, rule });
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
  return of.steps[step];
}

function hopIn(plan, service, environment, lane) {
  const [of, otherwise] = decided(plan, service, lane, environment, true);
  const [target, why] = answer(plan, service, of);
  const because = otherwise === null ? why : `${otherwise}; ${why}`;
  return { service, environment, caller: null, lane, target, because, queue: null, assumed: null };
}

// The first service on the way that does not say whether it forwards the colour that came.
function assumed(plan, hop, kept) {
  if (!kept) return null;
  return hop.assumed || (plan.services[hop.service].silent ? hop.service : null);
}

// Whether a service's pods in a unit lose the colour: all of them, or those without a proxy.
function loses(plan, service, unit) {
  const { drops, untouched } = plan.services[service];
  return drops || untouched.includes(unit);
}

function hopOn(plan, hop, callee) {
  const unit = hop.target;
  const from = environmentOf(unit);
  const drops = loses(plan, hop.service, unit);
  const { takes } = plan.services[callee];
  const kept = hop.lane !== null && !drops && takes;
  const own = isBranch(unit) ? unit : from;
  const lane = kept ? hop.lane : own;
  const given = isBranch(unit) && takes ? own : null;
  const colour = kept ? hop.lane : given;
  const [of, otherwise] = decided(plan, callee, lane, from, false);
  const [target, why] = answer(plan, callee, of);
  const parts = [why];
  const lost = `colour lost at ${hop.service}`;
  if (colour === null) {
    parts.unshift(isBranch(unit) ? `${unit}'s own pod` : `addressed to ${from}`);
    if (!takes) parts.unshift("TCP carries no colour");
    else if (drops) parts.unshift(lost);
  } else if (otherwise !== null) {
    parts.unshift(otherwise);
  } else if (drops) {
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
  const lane = hop.lane === null || loses(plan, hop.service, unit) ? unit : hop.lane;
  const handled = plan.handlings[plan.handling[from][consumer]];
  const own = known(handled.lanes, lane);
  const handler = own === undefined ? handled.otherwise : own;
  const asleep = handler !== null && plan.asleep.includes(handler);
  let why = "it reads what belongs to no other unit";
  if (asleep) why = `it waits until ${handler} wakes`;
  else if (handler === null) why = "nobody there reads it for this lane";
  else if (own !== undefined) why = `lane ${lane} is its own`;
  return {
    service: consumer,
    environment: from,
    caller: [hop.service, unit],
    lane,
    target: asleep ? null : handler,
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
  let matches = fitting(plan, request, environment);
  let [lane, toldBy] = [own, `no tenant; host of ${own}`];
  let choices = [];
  if (sent.length === 1 && trusts) {
    [lane, toldBy, matches] = [sent[0], `${environment} trusts the colour that was sent`, []];
  } else if (matches.length) {
    const [{ tenant, rule, elsewhere }] = matches;
    if (elsewhere) return { refused: "cluster", tenant: plan.tenants.name[tenant], elsewhere };
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
