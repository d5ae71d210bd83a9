"""The whole output tree through the real Kustomize, and each object held against what gen tells.

Findings of this are surprises: what is known to go wrong has a finding of its own, at the line of
the base that does it, without a build.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from generator.compiler import rendered
from generator.compiler.compile import Compiled
from generator.compiler.rendered import Kind, Object, Rendered, Surprise
from generator.io import kustomize
from generator.io.built import write
from generator.io.kustomize import Built
from generator.manifests.crds import definitions
from generator.manifests.document import problems
from generator.manifests.problem import UNCHECKED
from generator.plan import clusters
from generator.plan.units import Unit
from generator.targets.kube.units import folder
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

_ADVICE = "look at the service's base and components; if they do not explain it, this is a bug"
_FAILS = "Argo CD would fail the same way; change what the message names"
_LONGEST = 300  # characters of Kustomize's message that are shown


def render(
    compiled: Compiled, command: Sequence[str], say: Callable[[str], None]
) -> Iterator[Finding]:
    """What is wrong with the built objects of each unit, in the order of units."""
    units = list(compiled.plan.runs)
    with tempfile.TemporaryDirectory(prefix="gen-render-") as scratch:
        out = Path(scratch) / "out"
        write(out, compiled.files)
        built = kustomize.build(command, out, [folder(unit) for unit in units])
        for number, (unit, result) in enumerate(zip(units, built, strict=True), 1):
            say(f"rendered {number} of {len(units)} units")
            yield from _unit(compiled, unit, result)
    yield from _plain(compiled)


def _unit(compiled: Compiled, unit: Unit, built: Built) -> Iterator[Finding]:
    place = compiled.resolved.place_of_unit(unit)
    if built.failure:
        message = f"Kustomize cannot build {unit}: {_cause(built.failure)}"
        yield Finding("GEN450", place, message, _FAILS)
        return
    unit_of = Rendered(compiled.plan, unit, rendered.read(built.text))
    allowed = _allowed(compiled.files, unit.environment)
    cluster = compiled.plan.environments[unit.environment].cluster
    told = [
        *rendered.surprises(unit_of, allowed),
        *_against_schemas(compiled, cluster, unit_of.objects),
    ]
    for surprise in told:
        where = place.key("runs", surprise.service) if surprise.service else place
        yield Finding("GEN451", where, f"{unit}: {surprise.message}", _ADVICE)


def _against_schemas(
    compiled: Compiled, cluster: str, objects: Iterable[Object]
) -> Iterator[Surprise]:
    """What an API server would say. Of a kind that nobody described it is told without a build."""
    version = compiled.plan.platform.at(cluster).cluster.kubernetes
    custom = definitions(compiled.resolved.project.sources)
    several = bool(compiled.plan.platform.seats)
    where = f", in Kubernetes {version} ({clusters.named(cluster)})" if several else ""
    for manifest in objects:
        for problem in problems(manifest, version, custom):
            if problem.code != UNCHECKED:
                route = ".".join(map(str, problem.route))
                message = f"{rendered.called(manifest)} at {route}: {problem.message}{where}"
                yield Surprise(rendered.service_of(manifest), message)


def _cause(failure: str) -> str:
    """The end of a message that begins with each folder on the way."""
    line = " ".join(failure.split())
    return line if len(line) <= _LONGEST else f"… {line[-_LONGEST:]}"


def _plain(compiled: Compiled) -> Iterator[Finding]:
    """What gen prints without Kustomize's help: environments' meshes, lanes, and edges."""
    places = [
        (name, f"overlays/{name}/{names.MESH}", one.cluster)
        for name, one in compiled.plan.environments.items()
    ]
    for cluster in compiled.plan.clusters:
        edge, lanes = names.edge(cluster), names.lanes(cluster)
        far = names.far(cluster)
        places += [(lanes, f"overlays/{lanes}/", cluster), (edge, f"overlays/{edge}/", cluster)]
        places += [(edge, f"overlays/{far}/", cluster)]
    for part, inside, cluster in places:
        allowed = _allowed(compiled.files, part)
        place = _place(compiled, part)
        manifests = list(_printed(compiled.files, inside))
        for manifest in manifests:
            if rendered.kind_of(manifest) not in allowed:
                message = f"the AppProject of {part} does not allow {rendered.called(manifest)}"
                yield Finding("GEN451", place, message, _ADVICE)
        for surprise in _against_schemas(compiled, cluster, manifests):
            yield Finding("GEN451", place, f"{part}: {surprise.message}", _ADVICE)


def _printed(files: Mapping[str, bytes], inside: str) -> Iterator[Object]:
    for path in files:
        if path.startswith(inside) and not path.endswith("/kustomization.yaml"):
            yield from rendered.read(files[path])


def _place(compiled: Compiled, part: str) -> Place:
    project = compiled.resolved.project
    if names.is_shared(part):
        return project.place("platform", "platform")
    return project.place("environment", part)


def _allowed(files: Mapping[str, bytes], part: str) -> frozenset[Kind]:
    """What the AppProject that gen prints lets into its namespace."""
    path = next(path for path in files if names.is_project(path, part))
    project: Object = rendered.read(files[path])[0]
    listed = project["spec"]["namespaceResourceWhitelist"]
    return frozenset((each["group"], each["kind"]) for each in listed)
