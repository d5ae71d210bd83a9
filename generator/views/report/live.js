// What the page does while somebody serves it: it hears what is saved, and shows that.

const panel = el("section", { id: "saved", "aria-label": "What is saved" });
const state = el("p", { role: "status", id: "live-state" });
const details = el("div");
const values = new Map(); // of fields, which outlive what they stand in
let pending = new Set(); // fields that are to get theirs back
let number = 0;
let stream = null;

function collect() {
  for (const one of document.querySelectorAll("#main input, #main select, #main textarea")) {
    if (!pending.has(one.id)) values.set(one.id, one.value);
  }
}

function fits(one, value) {
  if (one.value === value) return false;
  return one.tagName !== "SELECT" || [...one.options].some((option) => option.value === value);
}

// Parts of the page are made when they are looked at, and so are their fields.
function giveBack() {
  const forms = new Set();
  for (const id of pending) {
    const one = document.getElementById(id);
    if (!one) continue;
    pending.delete(id);
    if (!fits(one, values.get(id))) continue;
    one.value = values.get(id);
    if (one.form) forms.add(one.form);
    else one.dispatchEvent(new Event(one.tagName === "SELECT" ? "change" : "input"));
  }
  for (const form of forms) form.requestSubmit();
}

function showAgain(data) {
  const [left, top, active] = [scrollX, scrollY, document.activeElement?.id];
  collect();
  turned = show(data);
  pending = new Set(values.keys());
  giveBack();
  if (active) document.getElementById(active)?.focus({ preventScroll: true });
  scrollTo(left, top);
}

const clock = (milliseconds) => new Date(milliseconds).toLocaleTimeString();

function words(told) {
  if (told.valid) return `Valid as saved at ${clock(told.when)}, compiled in ${told.took} s.`;
  const shown = told.shown ? `The page shows what was valid at ${clock(told.shown)}.` : "";
  return `Not valid as saved at ${clock(told.when)}. ${shown}`;
}

function tell(told) {
  number = told.number;
  state.textContent = words(told);
  state.className = told.valid ? "" : "bad";
  details.replaceChildren(
    ...[
      told.note ? el("p", { class: "bad" }, told.note) : "",
      told.findings.length ? findingsTable({ link: null }, told.findings, told.total) : "",
      told.more ? el("p", null, "What differs is being computed …") : "",
      told.changes ? el("p", null, `Since the state before: ${told.changes.summary}.`) : "",
      told.changes && told.changes.sections.length
        ? el(
            "div",
            { class: "latest", role: "region", "aria-label": "What changed", tabindex: "0" },
            differences(told.changes.sections, "h2"),
          )
        : "",
    ].filter((child) => child !== ""),
  );
}

async function heard(event) {
  const { told, names, fresh } = JSON.parse(event.data);
  if (fresh) {
    await takePieces(pieces, fresh);
    showAgain(joined(names.map((name) => pieces.get(name))));
    for (const name of pieces.keys()) if (!names.includes(name)) pieces.delete(name);
  }
  tell(told);
}

// A page that nobody sees leaves the line to others: browsers have six for a host.
function listen() {
  if (stream) stream.close();
  stream = null;
  if (document.hidden) return;
  stream = new EventSource(`events?after=${number}`);
  let last = Promise.resolve();
  stream.addEventListener("state", (event) => {
    last = last.then(() => heard(event));
  });
  stream.addEventListener("error", () => {
    state.className = "bad";
    state.textContent =
      stream.readyState === EventSource.CLOSED
        ? "That run of gen serve has ended: open the address that it prints now."
        : "gen serve does not answer; it is tried again.";
  });
}

async function live() {
  panel.append(state, details);
  document.getElementById("main").before(panel);
  await started;
  tell(await unpacked(document.getElementById("live").textContent.trim()));
  listen();
  document.addEventListener("visibilitychange", listen);
  addEventListener("hashchange", giveBack);
}

live();
