// The parts of the page, made when they are first looked at.

const PARTS = [
  ["environments", "Environments", showEnvironments],
  ["calls", "Calls", showCalls],
  ["simulator", "Follow a request", showSimulator],
  ["services", "Services", showServices],
  ["tenants", "Tenants", showTenants],
  ["matrix", "Who may call whom", showMatrix],
  ["calendar", "Last days", showCalendar],
  ["findings", "Findings", showFindings],
  ["changes", "Changes", showChanges],
];

function about(data) {
  const line = document.getElementById("about");
  line.append(
    el("code", null, data.commit.slice(0, 10)),
    ` ${data.subject} · ${data.when} · gen ${data.gen}`,
  );
  document.getElementById("title").textContent = data.name;
  document.title = `${data.name} · gen report`;
}

function parts(data, main) {
  const shown = new Map();
  const list = document.getElementById("parts");
  for (const [id, title, show] of PARTS) {
    if (id === "changes" && !data.changes) continue;
    const heading = el("h2", { tabindex: "-1", id: `${id}-title` }, title);
    const section = el(
      "section",
      { id: `part-${id}`, "aria-labelledby": `${id}-title`, hidden: "" },
      heading,
    );
    const link = el("a", { href: `#${id}` }, title);
    list.append(el("li", null, link));
    main.append(section);
    shown.set(id, { section, heading, link, show, asked: null, ready: false });
  }
  return shown;
}

function turn(data, shown, focus) {
  const [id, words] = location.hash.slice(1).split("?");
  const current = shown.has(id) ? id : PARTS[0][0];
  for (const [name, part] of shown) {
    part.section.hidden = name !== current;
    if (name === current) part.link.setAttribute("aria-current", "page");
    else part.link.removeAttribute("aria-current");
  }
  const part = shown.get(current);
  if (!part.ready) {
    part.ready = true;
    part.asked = part.show(data, part.section);
  }
  if (words && part.asked) part.asked(new URLSearchParams(words));
  if (focus) part.heading.focus();
}

// Everything, anew: a live page is shown again for each state that is saved.
function show(data) {
  const main = document.getElementById("main");
  data.runs = new Map([...data.environments, ...data.branches].map((row) => [row.name, row.runs]));
  for (const id of ["about", "parts"]) document.getElementById(id).replaceChildren();
  main.replaceChildren();
  about(data);
  const shown = parts(data, main);
  turn(data, shown, false);
  return () => {
    if (location.hash !== "#main") turn(data, shown, true);
  };
}

let turned = () => {};
const pieces = new Map(); // of a live page

async function start() {
  const state = document.getElementById("state");
  const packed = document.getElementById("data").textContent.trim();
  try {
    if (packed.includes(":")) {
      await takePieces(pieces, packed);
      turned = show(joined([...pieces.values()]));
    } else if (packed) {
      turned = show(await unpacked(packed));
    } else {
      state.textContent = "Nothing was valid yet.";
    }
  } catch (error) {
    state.textContent = "This browser cannot unpack the data; one of the last years can.";
    throw error;
  }
  addEventListener("hashchange", () => turned());
}

const started = start();
