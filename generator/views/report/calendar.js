// Last days: as a list, and by months.

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const utc = (text) => new Date(`${text}T00:00:00Z`);
const monthOf = (text) => text.slice(0, 7);

function left(day, today) {
  const days = Math.round((utc(day) - today) / 86400000);
  if (days < 0) return `over for ${count(-days, "day")}`;
  return days === 0 ? "today" : `in ${count(days, "day")}`;
}

function month(name, ends, today) {
  const first = utc(`${name}-01`);
  const title = first.toLocaleDateString("en", { month: "long", year: "numeric", timeZone: "UTC" });
  const weeks = [[]];
  for (let blank = (first.getUTCDay() + 6) % 7; blank > 0; blank -= 1) weeks[0].push(el("td"));
  for (
    const day = new Date(first);
    monthOf(day.toISOString()) === name;
    day.setUTCDate(day.getUTCDate() + 1)
  ) {
    if (weeks[weeks.length - 1].length === 7) weeks.push([]);
    const text = day.toISOString().slice(0, 10);
    const units = ends.filter((one) => one.expires === text).map((one) => one.name);
    const state = [units.length ? "due" : "", day < today ? "over" : ""].join(" ").trim();
    weeks[weeks.length - 1].push(
      el(
        "td",
        { class: state || null },
        String(day.getUTCDate()),
        units.length
          ? el(
              "ul",
              null,
              units.map((unit) => el("li", null, unit)),
            )
          : "",
      ),
    );
  }
  return el(
    "table",
    { class: "month" },
    el("caption", null, title),
    el(
      "thead",
      null,
      el(
        "tr",
        null,
        DAYS.map((day) => el("th", { scope: "col" }, day)),
      ),
    ),
    el(
      "tbody",
      null,
      weeks.map((week) => el("tr", null, week)),
    ),
  );
}

function showCalendar(data, section) {
  const ends = [...data.environments, ...data.branches].filter((one) => one.expires);
  ends.sort((one, other) =>
    one.expires < other.expires ? -1 : Number(one.expires > other.expires),
  );
  if (!ends.length) {
    section.append(el("p", null, "Nothing has a last day."));
    return;
  }
  const today = utc(new Date().toISOString().slice(0, 10));
  const rows = ends.map((one) => [
    one.name,
    one.expires,
    left(one.expires, today),
    one.owner || "",
  ]);
  const months = [...new Set(ends.map((one) => monthOf(one.expires)))];
  section.append(
    table("What ends, the next first", ["Unit", "Last day", "Left", "Owner"], rows),
    el(
      "div",
      { class: "months" },
      months.map((name) => month(name, ends, today)),
    ),
  );
}
