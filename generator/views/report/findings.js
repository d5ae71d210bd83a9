// Findings with their places.

function findingsTable(data, findings, total) {
  const more = total > findings.length ? `, the first ${findings.length} of them` : "";
  return table(
    count(total, "finding") + more,
    ["Code", "Place", "What is wrong", "What to do"],
    findings.map((one) => [
      `${one.severity} ${one.code}`,
      place(data, one.file, one.line),
      one.message,
      one.hint,
    ]),
  );
}

function showFindings(data, section) {
  if (!data.findings.length) {
    section.append(el("p", null, "There are none: gen has nothing to say of this configuration."));
    return;
  }
  section.append(findingsTable(data, data.findings, data.findings.length));
}
