// Elements of the page. What comes from a configuration becomes text, and never markup.

const SHOWN = 100; // rows of a long table at a time
const SOME = 6; // of several in one cell

function made(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== ""));
  return element;
}

const el = (tag, attributes, ...children) =>
  made(document.createElement(tag), attributes, children);

const drawn = (tag, attributes, ...children) =>
  made(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

const count = (number, thing, things) =>
  `${number.toLocaleString("en")} ${number === 1 ? thing : things || `${thing}s`}`;

const short = (version) => (version.startsWith("sha256:") ? version.slice(0, 19) : version);

const hidden = (text) => el("span", { class: "hidden" }, text);

// A region that scrolls sideways and can be reached by keys.
const wide = (label, ...children) =>
  el("div", { class: "wide", role: "region", "aria-label": label, tabindex: "0" }, ...children);

function table(caption, heads, rows) {
  const head = el(
    "tr",
    null,
    heads.map((text) => el("th", { scope: "col" }, text)),
  );
  const body = rows.map((cells) =>
    el(
      "tr",
      null,
      cells.map((cell, index) => (index ? el("td", null, cell) : el("th", { scope: "row" }, cell))),
    ),
  );
  const made_ = el("table", null, el("caption", null, caption), el("thead", null, head));
  made_.append(el("tbody", null, ...body));
  return wide(caption, made_);
}

function field(label, input, hint) {
  const id = `field-${label.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  input.id = id;
  const told = hint ? el("small", { id: `${id}-hint` }, hint) : null;
  if (hint) input.setAttribute("aria-describedby", `${id}-hint`);
  return el("p", { class: "field" }, el("label", { for: id }, label), input, told || "");
}

function choice(values, chosen) {
  const select = el(
    "select",
    null,
    values.map((value) => el("option", { value }, value)),
  );
  if (chosen !== undefined) select.value = chosen;
  return select;
}

// Where a file is seen on the Git host, if that is known; else its name.
function place(data, path, line, name) {
  const text = name || (line ? `${path}:${line}` : path);
  if (!data.link || !data.link.startsWith("https://")) {
    return el(name ? "span" : "code", { title: name ? path : null }, text);
  }
  const safe = path.split("/").map(encodeURIComponent).join("/");
  const href = data.link.replace("{path}", () => safe).replace("{line}", () => String(line || 1));
  return el("a", { href, rel: "noreferrer" }, text);
}

const versions = (runs) =>
  Object.entries(runs)
    .map(([service, version]) => `${service} ${short(version)}`)
    .join(", ");
