"""Sources → Project: each file of the configuration becomes the model of its kind, or findings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from generator.compiler.brief import Brief, brief, plain
from generator.compiler.steps import NOTHING, Result, Settled, Step, Steps, key
from generator.vocabulary import names
from generator.vocabulary.findings import Finding, Reading, errors
from generator.vocabulary.layout import PLATFORM, ROOT, TENANTS, classify
from generator.vocabulary.source import Mark, Place, Sources
from generator.vocabulary.yaml_reader import read

if TYPE_CHECKING:
    from generator.vocabulary.catalogue import External, Service
    from generator.vocabulary.fields import Model
    from generator.vocabulary.model import Branch, Environment, Lane, Tenant
    from generator.vocabulary.platform import Platform

_RESERVED = {
    "environment": names.RESERVED_ENVIRONMENTS | names.RESERVED_ROOTS,
    "branch": names.RESERVED_BRANCHES,
}
_PART = rf"(?!{names.DEVICES}(?:/|$))[A-Za-z0-9_][A-Za-z0-9_.-]{{0,99}}"
_PATH = rf"(?:{_PART}/)*{_PART}"
_ODD_PATH = (
    "a folder or file name that some systems keep for devices, or has characters beyond A-Z, a-z, "
    "0-9, '_', '.' and '-'"
)


READ: Step[Mapping[str, Any]] = Step("read", Mapping[str, Any])  # what a file says, as plain data
ACCEPTED: Step[Mapping[str, str]] = Step(
    "accepted", Mapping[str, str]
)  # and the warnings it accepts
SHAPE: Step[str] = Step("shape", str)  # the key of what a unit says, without versions
ASKED: Step[list[str]] = Step("asked", list[str])  # what a file asks of bases and components
PATHS: Step[None] = Step("paths", None)  # what is wrong with paths

VERSIONS = "versions"
_VERSION = ("image", "tag", "digest", "source")
K = TypeVar("K")
M = TypeVar("M", bound="Model")


class Models(Mapping[K, M], Generic[K, M]):
    """What the files of a kind say, by name. A model is made of what a file says when somebody
    reads it: most compiles read few."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._said: dict[K, Callable[[], Mapping[str, Any]]] = {}
        self._made: dict[K, M] = {}

    def add(self, name: K, said: Callable[[], Mapping[str, Any]], made: M | None) -> None:
        """A file that is valid, by its name, and its model if that is made already."""
        self._said[name] = said
        if made is not None:
            self._made[name] = made

    def __getitem__(self, name: K) -> M:
        if name not in self._made:
            from generator.vocabulary.model import KINDS

            self._made[name] = cast("M", KINDS[self._kind].model_validate(self._said[name]()))
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._said

    def __iter__(self) -> Iterator[K]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of all but the tenants: of what files of the configuration `said`, and `unversioned`,
    without which versions run; of what people `brought`: bases, components, definitions; and of
    what the `platform` says alone. Bases and components read what is `asked` of them."""

    said: str = ""
    unversioned: str = ""
    brought: str = ""
    platform: str = ""
    asked: str = ""

    @property
    def shape(self) -> str:
        """All but the tenants and the versions."""
        return self.unversioned + self.brought

    @property
    def rest(self) -> str:
        """All but the tenants."""
        return self.said + self.brought


@dataclass(slots=True)
class Project:
    """What the files say, by name. `paths` tells the file of (kind, name); a branch's name is
    (environment, branch). `accepts` are the warnings that files accept, by path; `settled` are
    tenants whose files were not read. `shapes` are, by path, the keys of what files say without
    versions."""

    sources: Sources
    keys: Keys = Keys()
    platforms: Mapping[str, Platform] = field(default_factory=lambda: Models("platform"))
    services: Mapping[str, Service] = field(default_factory=lambda: Models("service"))
    externals: Mapping[str, External] = field(default_factory=lambda: Models("external"))
    environments: Mapping[str, Environment] = field(default_factory=lambda: Models("environment"))
    branches: Mapping[tuple[str, str], Branch] = field(default_factory=lambda: Models("branch"))
    lanes: Mapping[str, Lane] = field(default_factory=lambda: Models("lane"))
    tenants: dict[str, Tenant | Brief] = field(default_factory=dict)
    paths: dict[tuple[str, Any], str] = field(default_factory=dict)
    accepts: dict[str, Mapping[str, str]] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    settled: Settled = NOTHING

    @property
    def platform(self) -> Platform | None:
        return self.platforms.get("platform")

    def models(self, kind: str) -> Models[Any, Any]:
        """The models of a kind."""
        group: Models[Any, Any] = getattr(self, {"branch": "branches"}.get(kind, kind + "s"))
        return group

    def place(self, kind: str, name: Any) -> Place:
        if kind == "tenant" and name in self.settled.tenants:
            return Place(self.settled.paths[name])
        return Place(self.paths[kind, name])


def load(sources: Sources, steps: Steps | None = None) -> Reading[Project]:
    """Every file under `environments/`, in path order; what cannot be read is left out and found.
    Files of tenants that are settled are not read."""
    steps = steps or Steps()
    project, found = Project(sources), dict[str, tuple[Finding, ...]]()
    wanted = {path for path in sources.files if path.startswith(ROOT) and _is_yaml(path)}
    tenants = {path for path in wanted if path.startswith(TENANTS)}
    for path in sorted(wanted - tenants):
        found[path] = tuple(_file(project, path, steps))
    project.keys = _keys(project)
    project.settled, fresh = _settle(project, tenants, steps.tenants)
    for path in fresh:
        found[path] = tuple(_file(project, path, steps))
    yield from _refused(sources)
    for path in sorted(path for path, told in found.items() if told):
        yield from found[path]
    yield from steps.take(PATHS, key(sorted(sources.files)), lambda: _paths(sources))
    is_there = PLATFORM in sources.files or PLATFORM in sources.refused
    nothing_read = sources.refused and not sources.files
    if not is_there and not nothing_read:
        yield _no_platform()
    return project


def _keys(project: Project) -> Keys:
    sources, refused = project.sources, repr(sorted(project.sources.refused.items()))
    paths = sorted(path for path in sources.files if not path.startswith(TENANTS))
    said = [path for path in paths if path.startswith(ROOT)]
    platform = sources.id(PLATFORM) if PLATFORM in sources.files else ""
    brought = key(f"{sources.id(path)} {path}" for path in paths if not path.startswith(ROOT))
    shapes = key(f"{project.shapes.get(path) or sources.id(path)} {path}" for path in said)
    where = shapes if VERSIONS in project.asked else ""  # who runs on which cluster
    return Keys(
        said=key([refused, *(f"{sources.id(path)} {path}" for path in said)]),
        unversioned=key([refused, shapes]),
        brought=key([refused, brought]),
        platform=key([refused, platform]),
        asked=key([refused, brought, platform, where, *sorted(project.asked)]),
    )


def _settle(project: Project, wanted: set[str], known: Settled) -> tuple[Settled, list[str]]:
    """The tenants that are still settled, and the files that must be read: all others, and those of
    the same name as one of them."""
    if known.key != project.keys.unversioned:
        known = _still(project, known)
    changed = {path for path, _ in known.ids.items() - project.sources.ids.items()}
    stems = {classify(path)[1] for path in changed | (wanted - known.ids.keys())}
    tenants = dict(known.tenants)
    gone = {known.paths[name] for name in stems if tenants.pop(name, None)}
    return replace(known, tenants=tenants), sorted(wanted - (known.ids.keys() - gone))


def _still(project: Project, known: Settled) -> Settled:
    """Of settled tenants those that hold whatever changed around them: their lane is there."""
    if known.about != project.keys.platform:
        return replace(NOTHING, key=project.keys.unversioned)
    lanes = set(_lanes(project))
    tenants = {
        name: tenant
        for name, tenant in known.tenants.items()
        if tenant.choices[0][0] in lanes and name not in known.apart
    }
    paths = {name: known.paths[name] for name in tenants}
    ids = {path: known.ids[path] for path in paths.values()}
    return Settled(project.keys.unversioned, known.about, ids, paths, tenants)


def _lanes(project: Project) -> Iterator[str]:
    """The names of lanes: those with a file, and all units."""
    for kind, name in project.paths:
        if kind in ("environment", "lane"):
            yield name
        elif kind == "branch":
            yield "/".join(name)


def _is_yaml(path: str) -> bool:
    return path.endswith((".yaml", ".yml"))


def _refused(sources: Sources) -> Iterator[Finding]:
    for path, reason in sorted(sources.refused.items()):
        if reason.startswith("a folder with more than"):
            hint = "split the repository: several, or several folders for `gen -C`, each with its "
            hint += "own output branch (docs/performance.md)"
        elif "bytes, more than" in reason:
            hint = "split it into several files, or delete it"
        else:
            hint = "replace it by a regular file, or delete it"
        place = Place(path, mark=Mark(1, 1))
        yield Finding("GEN001", place, f"{reason}; it was not opened", hint)


def _no_platform() -> Finding:
    return Finding(
        "GEN201",
        Place(PLATFORM, mark=Mark(1, 1)),
        f"there is no {PLATFORM} here",
        "run gen at the top of a configuration repository (`gen -C DIR …`), or start one with "
        "`gen init DIR`",
    )


def _paths(sources: Sources) -> Reading[None]:
    odd = [path for path in sources.below("overlays/") if not names.matches(_PATH, path)]
    for path in odd:
        yield Finding("GEN106", Place(path, mark=Mark(1, 1)), _ODD_PATH, "rename it")
    yield from _clashes(sources)


def _clashes(sources: Sources) -> Iterator[Finding]:
    """Paths, folders included, that are one on a file system that overlooks case."""
    first: dict[tuple[str, str], str] = {}
    seen = {""}
    for path in sorted(sources.files):
        part = path
        while part not in seen:
            seen.add(part)
            folder, _, name = part.rpartition("/")
            if (other := first.setdefault((folder, name.lower()), part)) != part:
                what = (
                    f"`{part}` and `{other}` differ in case only, and are one on some file systems"
                )
                place = Place(path, mark=Mark(1, 1))
                yield Finding("GEN202", place, what, "rename one of the two")
            part = folder


def _file(project: Project, path: str, steps: Steps) -> Iterator[Finding]:
    kind, name = classify(path)
    if kind is None:
        yield Finding(
            "GEN105", Place(path, mark=Mark(1, 1)), "nothing is read from this place", name
        )
        return
    if (problem := _unfit(kind, name, path)) is not None:
        yield Finding("GEN106", Place(path, mark=Mark(1, 1)), *problem)
        return
    if (kind, name) in project.paths:
        first = Place(project.paths[kind, name], mark=Mark(1, 1))
        yield Finding(
            "GEN202",
            Place(path, mark=Mark(1, 1)),
            f"there is already a {kind} named `{_last(name)}`",
            "rename one of the two files",
            ((first, "the other one"),),
        )
        return
    project.paths[kind, name] = path
    if kind == "tenant":
        yield from _tenant(project, name, path)
    else:
        yield from _model(project, kind, name, path, steps)


def _tenant(project: Project, name: str, path: str) -> Iterator[Finding]:
    raw = project.sources.files[path]
    data = plain(raw) or (yield from read(path, raw))
    if data is None:
        return
    said = brief(data) or cast("Tenant | None", (yield from _shaped("tenant", path, data)))
    if said is not None:
        project.tenants[name] = said
        _accept(project, path, said.accept)


def _model(project: Project, kind: str, name: Any, path: str, steps: Steps) -> Iterator[Finding]:
    """A file whose model others are made of. It was remembered only if it was valid."""
    known: list[Model] = []

    def said() -> Reading[Mapping[str, Any]]:
        data = yield from read(path, project.sources.files[path])
        if data is not None and (model := (yield from _shaped(kind, path, data))) is not None:
            known.append(model)
        return data or {}

    blob = project.sources.id(path)
    result = yield from steps.result(READ, blob, said, path)
    if errors(result.findings):
        return
    models = project.models(kind)
    models.add(name, result.made, known[0] if known else None)
    _accept(project, path, (yield from steps.take(ACCEPTED, blob, lambda: _accepts(result), path)))
    if kind in ("platform", "environment", "branch", "service"):
        asked = steps.take(ASKED, blob, lambda: _asked(path, result), path)
        project.asked.update((yield from asked))
    if kind in ("environment", "branch"):
        shape = steps.take(SHAPE, blob, lambda: _unversioned(result), path)
        project.shapes[path] = yield from shape


def _unversioned(said: Result[Mapping[str, Any]]) -> Reading[str]:
    """The key of what a unit says, without which versions it runs."""
    yield from ()
    data = said.made()
    runs = {
        service: {word: value for word, value in run.items() if word not in _VERSION}
        for service, run in data.get("runs", {}).items()
    }
    return key([json.dumps({**data, "runs": runs})])


def _asked(path: str, said: Result[Mapping[str, Any]]) -> Reading[list[str]]:
    """What is asked of bases and components: of a unit's, which services it runs with which
    components; of a service's, what its base must hold; of the platform's, whether clusters have
    versions of Kubernetes of their own."""
    yield from ()
    data = said.made()
    if path == PLATFORM:
        named = data.get("clusters", {}).values()
        return [VERSIONS] if any("kubernetes" in cluster for cluster in named) else []
    if "runs" not in data:
        return [json.dumps([path, *(data.get(word) for word in ("image", "ports", "stores"))])]
    runs = data["runs"].items()
    return [json.dumps([service, run.get("components", [])]) for service, run in runs]


def _accepts(said: Result[Mapping[str, Any]]) -> Reading[Mapping[str, str]]:
    yield from ()
    accepted: Mapping[str, str] = said.made().get("accept", {})
    return accepted


def _accept(project: Project, path: str, codes: Mapping[str, str]) -> None:
    if codes:
        project.accepts[path] = codes


def _shaped(kind: str, path: str, data: Mapping[str, Any]) -> Reading[Model | None]:
    # The library of the models takes longer to load than a tenant's change takes.
    from generator.compiler.shape import shape
    from generator.vocabulary.model import KINDS

    return shape(KINDS[kind], path, data)


def _unfit(kind: str, name: Any, path: str) -> tuple[str, str] | None:
    """Why a name cannot be, and what to do; None if it can."""
    own = _last(name)
    environment = name[0] if kind == "branch" else "x"
    if not names.matches(_PATH, path):
        return _ODD_PATH, "rename it"
    if kind == "service" and not names.matches(names.SERVICE_LABEL, own):
        hint = "use a-z, 0-9 and '-', at most 63, starting with a letter"
        return f"`{own}` cannot name a {kind}", hint
    if not names.matches(names.DNS_LABEL, own) or not names.matches(names.DNS_LABEL, environment):
        return f"`{own}` cannot name a {kind}", "use a-z, 0-9 and '-', at most 63"
    inline = kind in ("environment", "lane") and own.startswith(names.INLINE)
    if inline or own in _RESERVED.get(kind, ()):
        return f"`{own}` is a name that gen itself uses", f"choose another name for this {kind}"
    return None


def _last(name: Any) -> str:
    return str(name[-1] if isinstance(name, tuple) else name)
