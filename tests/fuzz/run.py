"""One input after the other, each watched: what it raises, how long it takes, how much memory the process came to need."""

from __future__ import annotations

import datetime
import faulthandler
import io
import json
import random
import resource
import time
import traceback
from typing import Any

from generator.compiler.compile import compile_sources
from generator.compiler.shape import shape
from generator.compiler.yaml_reader import locate, read, read_manifests
from generator.edge import report
from generator.edge.terminal import Terminal
from generator.vocabulary.findings import Finding, Findings
from generator.vocabulary.model import KINDS
from generator.vocabulary.source import Sources
from tests.fuzz.inputs import corpus, damage, repository, small

SLOWEST, STUCK = 2.0, 60  # seconds; seconds after which nothing but the end of the process helps
WHOLE = 8  # one input in so many is a whole repository
TODAY = datetime.date(2026, 11, 25)


def one(seed: int, number: int, files: dict[str, bytes], rest: dict[str, bytes]) -> None:
    """Reads one input as gen does. Raises what gen must not."""
    dice = random.Random(f"{seed}:{number}")
    if number % WHOLE == 0:
        whole(repository(rest, dice))
        return
    path = dice.choice(sorted(files))
    raw, found = damage(files[path], dice), list[Finding]()
    if path.startswith("overlays/"):
        read_manifests(path, raw, found)
    elif (data := read(path, raw, found)) is not None:
        shape(KINDS[dice.choice(sorted(KINDS))], path, data, found)
    told(found, {path: raw})


def whole(files: dict[str, bytes]) -> None:
    sources = Sources(files)
    try:
        compiled = compile_sources(sources, today=TODAY)
        found: Any = compiled.warnings
        assert all(compiled.files[path] is not None for path in compiled.files)
    except Findings as failed:
        found = failed.found
        assert found
    told(found, files)
    spots = report.spots(found, sources)
    lines = report.text(spots, sources, Terminal(io.StringIO(), io.StringIO())).split("\n")
    assert all(character.isprintable() for line in lines for character in line), "a character that steers a terminal"
    assert not any(line.lstrip().startswith(("::", "##[")) for line in lines), "a line that steers a workflow"
    for form in ("json", "sarif"):
        json.loads(report.FORMATS[form](spots, sources, ""))
    assert all(line.startswith("::") for line in report.github(spots, sources).splitlines())


def told(found: Any, files: dict[str, bytes]) -> None:
    for finding in found:
        mark = locate(files.get(finding.place.path, b""), finding.place)
        assert finding.message and finding.hint and mark.line >= 1 and mark.column >= 1 and mark.width >= 1


def work(job: tuple[int, int, int, int, float]) -> tuple[int, float, int, list[str]]:
    """(inputs, slowest in seconds, MB at most, what failed) of one process."""
    seed, first, step, count, until = job
    files, rest = corpus(), small()
    slowest, done, failed = 0.0, 0, []
    for number in range(first, count, step):
        started = time.process_time()
        if time.monotonic() > until:
            break
        faulthandler.dump_traceback_later(STUCK, exit=True)
        try:
            one(seed, number, files, rest)
        except Exception:
            failed.append(f"--seed {seed} --only {number}\n{traceback.format_exc()}")
        took = time.process_time() - started
        if took > SLOWEST:
            failed.append(f"--seed {seed} --only {number}: {took:.1f} s")
        slowest, done = max(slowest, took), done + 1
    faulthandler.cancel_dump_traceback_later()
    return done, slowest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, failed
