"""What the output tree would have applied in an environment: built by Kustomize where it is
installed, else as gen itself reads the bases."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from generator.compiler import rendered
from generator.compiler.compile import Compiled
from generator.io import kustomize
from generator.io.built import write
from generator.manifests.build import build
from generator.manifests.walk import walk
from generator.plan.units import Unit
from generator.targets.kube.units import folder
from generator.vocabulary import names
from generator.vocabulary.layout import BASES
from generator.vocabulary.refusal import Refusal

Objects = list[Mapping[str, Any]]


def command() -> tuple[str, ...] | None:
    """The Kustomize of this machine, if it has one."""
    try:
        return kustomize.command()
    except Refusal:
        return None


def applied(compiled: Compiled, environment: str) -> Objects:
    """The objects of an environment's own versions, and of its mesh."""
    unit = next(
        (
            unit
            for unit in compiled.plan.runs
            if (unit.environment, unit.branch) == (environment, None)
        ),
        None,
    )
    if unit is None:
        return []
    built = command()
    own = _rendered(compiled, unit, built) if built else list(_read(compiled, unit))
    return [*own, *_mesh(compiled, environment)]


def _rendered(compiled: Compiled, unit: Unit, command: tuple[str, ...]) -> Objects:
    with tempfile.TemporaryDirectory(prefix="gen-prove-") as scratch:
        out = Path(scratch) / "out"
        write(out, compiled.files)
        (built,) = kustomize.build(command, out, [folder(unit)])
    if built.failure:
        step = "`gen validate --render` shows it"
        raise Refusal(f"Kustomize cannot build {unit}: {built.failure[:300]}", step)
    return [*rendered.read(built.text)]


def _read(compiled: Compiled, unit: Unit) -> Iterator[Mapping[str, Any]]:
    """The bases as they stand, without what gen adds."""
    for service in compiled.plan.runs[unit]:
        way = walk(compiled.resolved.project.sources, BASES + service)
        yield from (taken.document for taken in build(way).objects)


def _mesh(compiled: Compiled, environment: str) -> Iterator[Mapping[str, Any]]:
    inside = tuple(f"overlays/{environment}/{part}/" for part in (names.MESH, names.PODS))
    for path in compiled.files:
        if path.startswith(inside) and not path.endswith("/kustomization.yaml"):
            yield from rendered.read(compiled.files[path])
