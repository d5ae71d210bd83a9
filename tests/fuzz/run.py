"""One input after the other, each watched: what it raises, how long it takes, how much memory the process came to need."""

from __future__ import annotations

import datetime as dt
import faulthandler
import io
import json
import random
import resource
import time
import traceback
from functools import lru_cache
from typing import Any, NamedTuple

import yaml

from generator.compiler.compile import Compiled, compile_sources, valid
from generator.compiler.shape import shape
from generator.io import report
from generator.io.terminal import Terminal
from generator.manifests.reading import read_documents
from generator.views import callers, explain, routes
from generator.views.diff import diff
from generator.views.diff_report import as_json, markdown
from generator.vocabulary.findings import Findings, outcome
from generator.vocabulary.model import KINDS
from generator.vocabulary.source import Sources
from generator.vocabulary.yaml_reader import locate, read
from tests.fuzz.inputs import corpus, damage, repository, small
from tests.fuzz.plausible import plausible

SLOWEST, STUCK = 2.0, 60  # seconds; seconds after which nothing but the end of the process helps
WHOLE, LATE = (
    1 / 40,
    1 / 80,
)  # share of inputs that are whole repositories, and of those that mean something
TODAY = dt.date(2026, 11, 25)


def one(seed: int, number: int, files: dict[str, bytes], rest: dict[str, bytes]) -> bool | None:
    """Reads one input as gen does, and raises what gen must not. Of a whole repository it tells whether it compiled to the end."""
    dice = random.Random(f"{seed}:{number}")
    if (kind := dice.random()) < WHOLE:
        return whole(plausible(rest, dice) if kind < LATE else repository(rest, dice))
    path = dice.choice(sorted(files))
    raw = damage(files[path], dice)
    if path.startswith("overlays/"):
        found = outcome(read_documents(path, raw)).findings
    else:
        data, found = outcome(read(path, raw))
        if data is not None:
            found = outcome(shape(KINDS[dice.choice(sorted(KINDS))], path, data)).findings
    told(found, {path: raw})
    return None


def whole(files: dict[str, bytes]) -> bool:
    sources, compiled = Sources(files), None
    try:
        compiled = valid(compile_sources(sources, today=TODAY))
        found: Any = compiled.warnings
        late(compiled)
    except Findings as failed:
        found = failed.found
        assert found
    told(found, files)
    spots = report.spots(found, sources)
    lines = report.text(spots, sources, Terminal(io.StringIO(), io.StringIO())).split("\n")
    assert all(character.isprintable() for line in lines for character in line), (
        "a character that steers a terminal"
    )
    assert not any(line.lstrip().startswith(("::", "##[")) for line in lines), (
        "a line that steers a workflow"
    )
    for form in ("json", "sarif"):
        json.loads(report.FORMATS[form](spots, sources, ""))
    assert all(line.startswith("::") for line in report.github(spots, sources).splitlines())
    return compiled is not None


@lru_cache
def _first() -> Compiled:
    return valid(compile_sources(Sources(small())))


def late(compiled: Compiled) -> None:
    """What comes after the checks: printers, views, and the compile that builds upon another."""
    plan, sources, files = compiled.plan, compiled.resolved.project.sources, dict(compiled.files)
    for path, raw in files.items():
        if path.endswith(".yaml") and path not in sources.files:
            assert all(
                isinstance(document, dict)
                for document in yaml.load_all(raw, Loader=yaml.CSafeLoader)
            ), path
    json.loads("".join(routes.text(plan)))
    json.dumps([callers.as_json(plan, service) for service in plan.services])
    for tenant in plan.tenants.values():
        json.dumps(explain.as_json(plan, explain.explain_tenant(plan, tenant)))
    for lane in plan.lanes:
        json.dumps(explain.as_json(plan, explain.explain_lane(plan, lane)))
    difference = diff(_first(), compiled)
    json.dumps(as_json(difference, "HEAD"))
    markdown(difference)
    assert not diff(compiled, compiled)
    again = valid(compile_sources(sources, memory=_first().memory(), today=TODAY))
    assert (dict(again.files), again.warnings) == (files, compiled.warnings), (
        "what is remembered changes the outcome"
    )


def told(found: Any, files: dict[str, bytes]) -> None:
    for finding in found:
        mark = locate(files.get(finding.place.path, b""), finding.place)
        assert (
            finding.message
            and finding.hint
            and mark.line >= 1
            and mark.column >= 1
            and mark.width >= 1
        )


class Done(NamedTuple):
    """Of one process."""

    inputs: int
    slowest: float  # seconds
    largest: int  # MB
    wholes: int  # repositories
    compiled: int  # of which compiled to the end
    failed: list[str]


def work(job: tuple[int, int, int, int, float]) -> Done:
    seed, first, step, count, until = job
    files, rest = corpus(), small()
    slowest, done, outcomes, failed = 0.0, 0, list[bool | None](), list[str]()
    for number in range(first, count, step):
        started = time.process_time()
        if time.monotonic() > until:
            break
        faulthandler.dump_traceback_later(STUCK, exit=True)
        try:
            outcomes.append(one(seed, number, files, rest))
        except Exception:
            failed.append(f"--seed {seed} --only {number}\n{traceback.format_exc()}")
        took = time.process_time() - started
        if took > SLOWEST:
            failed.append(f"--seed {seed} --only {number}: {took:.1f} s")
        slowest, done = max(slowest, took), done + 1
    faulthandler.cancel_dump_traceback_later()
    wholes, compiled = len(outcomes) - outcomes.count(None), outcomes.count(True)
    return Done(
        done,
        slowest,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        wholes,
        compiled,
        failed,
    )
