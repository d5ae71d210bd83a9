"""The page's own way of a request, in Node, against `gen explain`; 100,000 of them in a browser are
`make page`."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from generator.compiler.compile import compile_sources
from generator.io.tree import read_sources
from generator.plan.plan import Plan
from generator.views.report.simulation import simulation
from generator.vocabulary.findings import Findings
from tests.apart import APART
from tests.conftest import TOP, compiled, installed
from tests.mesh.topology import generate
from tests.page import asked

SEEDS = range(1, 9)
EACH = 60
ADOPTED = {  # web has no proxy, so its calls lose the colour
    "environments/test/environment.yaml": "hosts: [test.example.com]\nadopting: true\nruns:\n"
    "  web: {tag: v1, adopted: {selector: {app: web}, untouched: true}}\n  api: {tag: v1}\n"
}
RUN = """
const { readFileSync } = require("node:fs");
const text = readFileSync(process.argv[1], "utf8");
const make = new Function(`"use strict";${text}; return { simulate, followLane, sharedWith };`);
const { simulate, followLane, sharedWith } = make();
for (const { plan, requests, lanes } of JSON.parse(readFileSync(0, "utf8"))) {
  const told = requests.map((request) => {
    const said = simulate(plan, request);
    return said.refused ? said : { ...said, shared: said.hops.map((hop) => sharedWith(plan, hop)) };
  });
  console.log(JSON.stringify([told, lanes.map((lane) => followLane(plan, lane))]));
}
"""


@pytest.fixture(scope="module")
def node() -> str:
    return installed("node", "nodejs.org, or the system's packages")


def plans(folder: Path) -> list[Plan]:
    made = [compiled().plan, compiled(APART).plan, compiled(ADOPTED).plan]
    for root in (TOP, *(folder / str(seed) for seed in SEEDS)):
        if root != TOP:
            generate(int(root.name), root, "1.40.0")
        one = compile_sources(read_sources(root))
        if not isinstance(one, Findings):
            made.append(one.plan)
    return made


def test_the_page_follows_requests_as_explain_does(node: str, tmp_path: Path) -> None:
    cases: list[tuple[Plan, list[Any]]] = []
    for number, plan in enumerate(plans(tmp_path)):
        cases.append((plan, list(asked.requests(plan, random.Random(number), EACH))))
    given = [
        {"plan": simulation(plan), "requests": [*map(asked.sent, some)], "lanes": [*plan.lanes]}
        for plan, some in cases
    ]
    script = TOP / "generator/views/report/simulate.js"
    done = subprocess.run([node, "-e", RUN, str(script)], input=json.dumps(given), capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    refused = 0
    for (plan, some), out in zip(cases, done.stdout.splitlines(), strict=True):
        answers, lanes = json.loads(out)
        for request, answer in zip(some, answers, strict=True):
            assert asked.line(answer) == asked.line(asked.told(plan, request)), request
            refused += "refused" in answer
        for lane, hops in zip(plan.lanes, lanes, strict=True):
            assert asked.line(hops) == asked.line(asked.of_lane(plan, lane)), lane
    every = [request for _, some in cases for request in some]
    assert refused < len(every) / 3 and asked.kinds_asked(every) == {"claim", "header", "cookie"}
