// Who calls whom, and where the colour of a lane gets lost.

function showCalls(data, section) {
  const select = choice(Object.keys(data.plan.lanes), data.plan.environments[0]);
  const out = el("div", { "aria-live": "polite" });
  const show = () => {
    const hops = followLane(data.plan, select.value);
    const lost = hops.filter((hop) => hop.lane !== select.value && !hop.queue).length;
    const words = `${count(hops.length, "hop")}, ${lost ? count(lost, "call") : "no call"} without the lane's colour`;
    out.replaceChildren(
      el("p", null, words),
      picture(data, hops, select.value, `Calls of lane ${select.value}`),
      hopTable(data, hops, `Hops of lane ${select.value}`),
    );
  };
  select.addEventListener("change", show);
  section.append(field("Lane", select), out);
  show();
}
