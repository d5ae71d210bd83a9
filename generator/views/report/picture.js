// The catalogue's calls as a picture, with the way that some hops take in it.

const COLOURS = 8;
const LETTERS = 24; // that fit into a box

const WHOLE = 40; // services up to which all are drawn, whether on the way or not
const [ACROSS, APART] = [80, 18]; // between columns, and between boxes of one

const cut = (text) => (text.length > LETTERS ? `${text.slice(0, LETTERS - 1)}…` : text);

// Of each service the units that answer, and of each call how it is made.
function taken(hops, lane) {
  const [answers, calls] = [new Map(), new Map()];
  for (const hop of hops) {
    if (!answers.has(hop.service)) answers.set(hop.service, new Set());
    answers.get(hop.service).add(hop.target === null ? "nobody" : hop.target);
    const key = JSON.stringify([hop.caller ? hop.caller[0] : "", hop.service]);
    const kept = hop.lane === lane ? "kept" : "lost";
    if (calls.get(key) !== "lost") calls.set(key, hop.queue && kept === "kept" ? "message" : kept);
  }
  return { answers, calls };
}

function curve(way, back, low) {
  const [[x, y]] = way;
  if (back) {
    const [, [right, end]] = way;
    return `M${x} ${y}C${x + 60} ${low} ${right - 60} ${low} ${right} ${end}`;
  }
  let path = `M${x} ${y}`;
  for (let index = 1; index < way.length; index += 2) {
    const [[left, from], [right, to]] = [way[index], way[index + 1]];
    const bend = (right - left) / 2;
    path += `L${left} ${from}C${left + bend} ${from} ${right - bend} ${to} ${right} ${to}`;
  }
  return path;
}

function arrows() {
  return ["kept", "lost", "idle"].map((kind) =>
    drawn(
      "marker",
      {
        id: `end-${kind}`,
        class: kind,
        viewBox: "0 0 8 8",
        refX: 7,
        refY: 4,
        markerWidth: 8,
        markerHeight: 8,
        markerUnits: "userSpaceOnUse",
        orient: "auto",
      },
      drawn("path", { d: "M0 0 8 4 0 8z" }),
    ),
  );
}

function boxOf(data, service, [x, y, width, height], units, colours) {
  const state = units.length ? `g${colours.get(units[0]) % COLOURS}` : "idle";
  const versionsHere = units.map((unit) =>
    `${unit} ${data.runs.get(unit)?.[service] || ""}`.trim(),
  );
  const more = units.length > 1 ? ` +${units.length - 1}` : "";
  const under = units.length ? `${cut(units[0])}${more}` : "";
  const nobody = units.includes("nobody") ? "nobody" : "";
  return drawn(
    "g",
    { class: `box ${state} ${nobody}` },
    drawn("title", null, [service, ...versionsHere].join("\n")),
    drawn("rect", { x, y, width, height, rx: 6 }),
    drawn("text", { x: x + 10, y: y + 18, class: "name" }, cut(service)),
    drawn("text", { x: x + 10, y: y + 35 }, under),
  );
}

// Services on the way in columns, by how many calls they are from the ingress.
function columnsOf(hops) {
  const depth = new Map();
  const columns = [];
  for (const { service, caller } of hops) {
    if (depth.has(service)) continue;
    const column = caller ? depth.get(caller[0]) + 1 : 0;
    depth.set(service, column);
    columns[column] = [...(columns[column] || []), service];
  }
  return columns;
}

// Boxes by the number of their service, and edges: all of a small catalogue, and of a large one
// what is on the way, closed up.
function standing(data, hops, calls) {
  const { boxes, edges } = data.calls;
  if (boxes.length <= WHOLE) return { boxes: new Map(boxes.entries()), edges };
  const { order } = data.plan;
  const columns = columnsOf(hops);
  const most = Math.max(0, ...columns.map((column) => column.length));
  const placed = new Map();
  for (const [index, column] of columns.entries()) {
    for (const [row, service] of column.entries()) {
      const number = order.indexOf(service);
      const [, , width, height] = boxes[number];
      const y = (row + (most - column.length) / 2) * (height + APART);
      placed.set(number, [index * (width + ACROSS), y, width, height]);
    }
  }
  const made = (source, target) => calls.has(JSON.stringify([order[source], order[target]]));
  const near = edges
    .filter(([source, target]) => placed.has(source) && placed.has(target) && made(source, target))
    .map(([source, target, queue]) => {
      const [x, y, width, height] = placed.get(source);
      const [toX, toY, , toHeight] = placed.get(target);
      const [begin, end] = [
        [x + width, y + height / 2],
        [toX, toY + toHeight / 2],
      ];
      const back = x >= toX;
      return [source, target, queue, back ? [begin, end] : [begin, begin, end], back];
    });
  return { boxes: placed, edges: near };
}

function picture(data, hops, lane, label) {
  const { answers, calls } = taken(hops, lane);
  const { boxes, edges } = standing(data, hops, calls);
  const order = data.plan.order;
  const units = [...new Set(hops.map((hop) => (hop.target === null ? "nobody" : hop.target)))];
  const colours = new Map(units.map((unit, index) => [unit, index]));
  const low =
    20 +
    Math.max(
      0,
      ...[...boxes.values()].map(([, y, , height]) => y + height),
      ...edges.flatMap(([, , , way]) => way.map(([, y]) => y)),
    );
  const width = 40 + Math.max(0, ...[...boxes.values()].map(([x, , size]) => x + size));
  const floor = edges.some(([, , , , back]) => back) ? low + 30 : low;
  const lines = edges.map(([source, target, , way, back]) => {
    const kind = calls.get(JSON.stringify([order[source], order[target]])) || "idle";
    const end = kind === "message" ? "kept" : kind;
    return drawn("path", {
      class: `edge ${kind}`,
      d: curve(way, back, floor),
      "marker-end": `url(#end-${end})`,
    });
  });
  const rank = (path) => ["idle", "message", "kept", "lost"].indexOf(path.classList[1]);
  lines.sort((one, other) => rank(one) - rank(other));
  const entries = [...boxes].flatMap(([number, [x, y, , height]]) => {
    const kind = calls.get(JSON.stringify(["", order[number]]));
    const middle = y + height / 2;
    return kind
      ? [
          drawn("path", {
            class: `edge ${kind}`,
            d: `M${x - 24} ${middle}H${x}`,
            "marker-end": `url(#end-${kind})`,
          }),
        ]
      : [];
  });
  const shapes = [...boxes].map(([number, box]) =>
    boxOf(data, order[number], box, [...(answers.get(order[number]) || [])], colours),
  );
  const image = drawn(
    "svg",
    {
      role: "img",
      "aria-label": label,
      viewBox: `-30 -10 ${width} ${floor + 10}`,
      width,
      height: floor + 10,
    },
    ...arrows(),
    ...lines,
    ...entries,
    ...shapes,
  );
  return el("figure", null, wide(label, image), legend(units, hops, lane));
}

function legend(units, hops, lane) {
  const items = units.map((unit, index) =>
    el("li", null, el("span", { class: `dot g${index % COLOURS}` }), unit),
  );
  if (hops.some((hop) => hop.lane !== lane)) {
    items.push(el("li", null, el("span", { class: "dash" }), "without the lane's colour"));
  }
  return el("figcaption", null, el("ul", { class: "legend" }, items));
}

// Who answers, and where there are several clusters in which.
function answering(data, unit) {
  const cluster = data.plan.clusters[environmentOf(unit)]?.[0];
  return cluster ? `${unit}, in ${cluster}` : unit;
}

// The hops as a table, which says what the picture shows.
function hopTable(data, hops, caption) {
  return table(
    caption,
    ["From", "To", "Answers", "Version", "Colour", "Why"],
    hops.map((hop) => [
      hop.caller ? hop.caller[0] : "ingress",
      hop.service,
      hop.target === null
        ? el("strong", { class: "bad" }, hop.queue ? "nobody" : "nobody (503)")
        : answering(data, hop.target),
      hop.target === null ? "" : short(data.runs.get(hop.target)?.[hop.service] || ""),
      hop.lane === null ? el("span", { class: "bad" }, "none") : hop.lane,
      hop.assumed
        ? `${hop.because} (assumed: ${hop.assumed} does not say whether it forwards the colour)`
        : hop.because,
    ]),
  );
}
