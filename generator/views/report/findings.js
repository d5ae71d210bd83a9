// Findings with their places.

function showFindings(data, section) {
  if (!data.findings.length) {
    section.append(el("p", null, "There are none: gen has nothing to say of this configuration."));
    return;
  }
  section.append(
    table(
      count(data.findings.length, "finding"),
      ["Code", "Place", "What is wrong", "What to do"],
      data.findings.map((one) => [
        `${one.severity} ${one.code}`,
        place(data, one.file, one.line),
        one.message,
        one.hint,
      ]),
    ),
  );
}
