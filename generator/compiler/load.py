"""Sources → Project: each file of the configuration becomes the model of its kind, or findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from generator.compiler.brief import Brief, brief
from generator.compiler.yaml_reader import read
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.plan import Tenant as Known
from generator.vocabulary.source import Mark, Place, Sources

if TYPE_CHECKING:
    from generator.vocabulary.fields import Model
    from generator.vocabulary.model import Branch, Environment, Lane, Service, Tenant
    from generator.vocabulary.platform import Platform

ROOT, TENANTS = "environments/", "environments/tenants/"
_FOLDERS = {"services": "service", "lanes": "lane", "tenants": "tenant"}
_PART = rf"(?!{names.DEVICES}(?:/|$))[A-Za-z0-9_][A-Za-z0-9_.-]{{0,99}}"
_PATH = rf"(?:{_PART}/)*{_PART}"
_ODD_PATH = "a folder or file name that is a device's to some systems, or has characters beyond A-Z, a-z, 0-9, '_', '.' and '-'"


@dataclass(frozen=True, slots=True)
class Settled:
    """Tenants whose files need not be read: the blob id of each file by its path, and by name the path and what it says."""

    ids: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    tenants: Mapping[str, Known] = field(default_factory=dict)

    def without(self, gone: set[str]) -> Settled:
        """The same, less what has changed, by name."""
        left = dict(self.tenants)
        for name in gone & left.keys():
            del left[name]
        return replace(self, tenants=left)


NOTHING = Settled()


@dataclass(slots=True)
class Project:
    """What the files say, by name. `paths` tells the file of (kind, name); a branch's name is (environment, branch).
    `accepts` are the warnings that files accept, by path; `settled` are tenants whose files were not read."""

    sources: Sources
    platform: Platform | None = None
    services: Mapping[str, Service] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    branches: Mapping[tuple[str, str], Branch] = field(default_factory=dict)
    lanes: Mapping[str, Lane] = field(default_factory=dict)
    tenants: dict[str, Tenant | Brief] = field(default_factory=dict)
    paths: dict[tuple[str, Any], str] = field(default_factory=dict)
    accepts: dict[str, Mapping[str, str]] = field(default_factory=dict)
    settled: Settled = field(default_factory=Settled)

    def place(self, kind: str, name: Any) -> Place:
        return Place(self.settled.paths[name] if kind == "tenant" and name in self.settled.tenants else self.paths[kind, name])


def load(sources: Sources, found: list[Finding], rest: Project | None = None, settled: Settled = NOTHING) -> Project:
    """Every file under `environments/`, in path order; what cannot be read is left out and found.

    Where all but the tenants is known (`rest`), only their files are read, but for those of which it is `settled` what
    they say.
    """
    if rest is not None:
        project = replace(rest, sources=sources, tenants={}, paths=dict(rest.paths), accepts=dict(rest.accepts))
        changed = {path for path, _ in settled.ids.items() - sources.ids.items()}
        fresh = {path for path in set(sources.files) - (settled.ids.keys() - changed) if path.startswith(TENANTS) and path.endswith((".yaml", ".yml"))}
        stems = {classify(path)[1] for path in fresh}
        fresh |= {settled.paths[name] for name in stems & settled.paths.keys()} - changed  # two files of one name
        project.settled = settled.without(stems | {classify(path)[1] for path in changed})
        for path in sorted(fresh):
            _file(project, path, found)
        if fresh:
            _clashes(sources, found)
        return project
    project = Project(sources)
    for path, reason in sorted(sources.refused.items()):
        found.append(Finding("GEN001", Place(path, mark=Mark(1, 1)), f"{reason}; it was not opened", "replace it by a regular file, or delete it"))
    for path in sources.below(ROOT):
        if path.endswith((".yaml", ".yml")):
            _file(project, path, found)
    for path in sources.below("overlays/"):
        if not names.matches(_PATH, path):
            found.append(Finding("GEN106", Place(path, mark=Mark(1, 1)), _ODD_PATH, "rename it"))
    _clashes(sources, found)
    if project.platform is None and (sources.files or not sources.refused) and not any(finding.place.path == ROOT + "platform.yaml" for finding in found):
        found.append(Finding("GEN201", Place(ROOT + "platform.yaml", mark=Mark(1, 1)), "there is no environments/platform.yaml here",
                             "run gen at the top of a configuration repository (`gen -C DIR …`), or start one with `gen init DIR`"))
    return project


def _clashes(sources: Sources, found: list[Finding]) -> None:
    """Paths, folders included, that are one on a file system that overlooks case."""
    first: dict[tuple[str, str], str] = {}
    seen = {""}
    for path in sorted(sources.files):
        part = path
        while part not in seen:
            seen.add(part)
            folder, _, name = part.rpartition("/")
            if (other := first.setdefault((folder, name.lower()), part)) != part:
                found.append(Finding("GEN202", Place(path, mark=Mark(1, 1)), f"`{part}` and `{other}` differ in case only, and are one on some file systems", "rename one of the two"))
            part = folder


def _file(project: Project, path: str, found: list[Finding]) -> None:
    kind, name = classify(path)
    if kind is None:
        found.append(Finding("GEN105", Place(path, mark=Mark(1, 1)), "nothing is read from this place", name))
        return
    if not _allowed(kind, name, path, found):
        return
    if (kind, name) in project.paths:
        first = Place(project.paths[kind, name], mark=Mark(1, 1))
        found.append(Finding("GEN202", Place(path, mark=Mark(1, 1)), f"there is already a {kind} named `{_last(name)}`", "rename one of the two files", ((first, "the other one"),)))
        return
    project.paths[kind, name] = path
    data = read(path, project.sources.files[path], found)
    said = None if data is None else kind == "tenant" and brief(data) or _shaped(kind, path, data, found)
    if said is not None:
        _keep(project, kind, name, said)


def _shaped(kind: str, path: str, data: Mapping[str, Any], found: list[Finding]) -> Model | None:
    from generator.compiler.shape import shape  # its library takes longer to load than a tenant's change takes
    from generator.vocabulary.model import KINDS

    return shape(KINDS[kind], path, data, found)


def _keep(project: Project, kind: str, name: Any, said: Any) -> None:
    if kind == "platform":
        project.platform = said
        return
    group: dict[Any, Any] = getattr(project, {"branch": "branches"}.get(kind, kind + "s"))
    group[name] = said
    if said.accept:
        project.accepts[project.paths[kind, name]] = said.accept


def classify(path: str) -> tuple[str | None, Any]:
    """(kind, name) of a configuration file, or (None, what to do instead)."""
    parts = path.removeprefix(ROOT).split("/")
    if not path.endswith(".yaml"):
        return None, "give the file the ending .yaml"
    stem = parts[-1].removesuffix(".yaml")
    if parts == ["platform.yaml"]:
        return "platform", "platform"
    if parts[0] in _FOLDERS:
        return _FOLDERS[parts[0]], stem
    if len(parts) == 2 and stem == "environment":
        return "environment", parts[0]
    if parts[1:2] == ["branches"]:
        return "branch", (parts[0], stem)
    return None, "move it to services/, lanes/, tenants/, <environment>/environment.yaml or <environment>/branches/"


def _allowed(kind: str, name: Any, path: str, found: list[Finding]) -> bool:
    own = _last(name)
    pattern = names.SERVICE_LABEL if kind == "service" else names.DNS_LABEL
    reserved = {"environment": names.RESERVED_ENVIRONMENTS | names.RESERVED_ROOTS, "branch": names.RESERVED_BRANCHES}.get(kind, frozenset())
    environment = name[0] if kind == "branch" else "x"
    if not names.matches(_PATH, path):
        problem, hint = _ODD_PATH, "rename it"
    elif not names.matches(pattern, own) or not names.matches(names.DNS_LABEL, environment):
        problem, hint = f"`{own}` cannot name a {kind}", "use a-z, 0-9 and '-', at most 63, starting with a letter" if kind == "service" else "use a-z, 0-9 and '-', at most 63"
    elif own in reserved or kind in ("environment", "lane") and own.startswith(names.INLINE):
        problem, hint = f"`{own}` is a name that gen itself uses", f"choose another name for this {kind}"
    else:
        return True
    found.append(Finding("GEN106", Place(path, mark=Mark(1, 1)), problem, hint))
    return False


def _last(name: Any) -> str:
    return name[-1] if isinstance(name, tuple) else name


