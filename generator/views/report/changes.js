// What differs from an earlier commit, as `gen diff` says it.

const SIGNS = { "+": "comes", "-": "goes", "~": "changes" };

function difference([title, lines], heading) {
  const items = lines.map(([sign, text]) =>
    el(
      "li",
      { class: SIGNS[sign] || "part" },
      el("span", { class: "sign", "aria-hidden": "true" }, sign),
      hidden(SIGNS[sign] ? `${SIGNS[sign]}: ` : ""),
      text.trim(),
    ),
  );
  return [el(heading, null, title), el("ul", { class: "lines" }, items)];
}

const differences = (sections, heading) =>
  sections.flatMap((section) => difference(section, heading));

function showChanges(data, section) {
  const { since, summary, sections } = data.changes;
  section.append(el("p", null, "Since ", el("code", null, since.slice(0, 10)), `: ${summary}`));
  section.append(...differences(sections, "h3"));
}
