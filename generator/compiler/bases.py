"""The hand-written Kustomize bases and components of a project, as far as gen must know them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from generator.compiler.load import Project
from generator.compiler.versions import Versions
from generator.manifests import allowed, once, selection, spoken
from generator.manifests.base import Asked, base, component
from generator.manifests.beside import beside
from generator.manifests.build import Built, Object, build
from generator.manifests.crds import definitions
from generator.manifests.dials import dials
from generator.manifests.held import Rulebook, combined, held
from generator.manifests.images import at, mistaken, renamed, unsaid
from generator.manifests.obeyed import grouped
from generator.manifests.problem import UNKNOWN_KIND
from generator.manifests.safety import Problem, problems
from generator.manifests.walk import Walk, walk
from generator.targets.kube.references import between
from generator.vocabulary.base import Base, Bases, Brought, Choice
from generator.vocabulary.findings import Finding, Reading, errors, outcome
from generator.vocabulary.layout import BASES, COMPONENTS, KUSTOMIZATIONS, kustomization
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.source import Place, Route


@dataclass(slots=True)
class _Read:
    """All that was read: each service's objects, and each component's walk; by version of
    Kubernetes what manifests are held against, and what was told of them."""

    versions: Versions
    books: Mapping[str, Rulebook]
    asked: dict[str, Asked] = field(default_factory=dict)
    built: dict[str, Built] = field(default_factory=dict)
    ways: dict[str, Walk] = field(default_factory=dict)
    components: dict[str, Walk] = field(default_factory=dict)
    told: dict[str, dict[str, list[Finding]]] = field(default_factory=dict)  # by top folder

    def held(self, way: Walk) -> list[Finding]:
        """What is wrong with manifests where they go."""
        versions = self.versions.of_folder(way.top)
        told = self.told[way.top] = {one: held(way, self.books[one]) for one in versions}
        return [*self.versions.merged(told)]


def read_bases(project: Project) -> Reading[Bases]:
    """The bases of all services and all components that there are, with what is wrong in them."""
    bases, told = outcome(_read(project))
    yield from grouped(told)
    return bases


def _read(project: Project) -> Reading[Bases]:
    bases, seen = Bases(), _begun(project)
    yield from _missing(project)
    folders = _folders(project, BASES)
    bases.folders = tuple(folders)
    for name in folders:
        way = walk(project.sources, BASES + name)
        told = seen.held(way)
        yield from (*way.found, *told)
        if name in project.services:
            kept = yield from _base(project, name, way, seen, bool(errors(told)))
            bases.beside[name] = beside(way, name, project.services[name].image)
            bases.dials[name] = dials(way)
            peers = [(one.name, one.ports) for one in bases.beside[name] if one.kind == "headless"]
            bases.of[name] = kept._replace(peers=tuple(peers))
    images = [service.image for service in project.services.values()]
    for name in _folders(project, COMPONENTS):
        way = walk(project.sources, COMPONENTS + name, "Component")
        yield from (*way.found, *seen.held(way))
        yield from renamed(way, images)
        bases.components[name] = component(way, Built() if way.found else build(way, loose=True))
        if not way.found:
            seen.components[name] = way
    yield from _choose(project, seen, bases)
    yield from _unknown_components(project, bases)
    return bases


def _base(project: Project, name: str, way: Walk, seen: _Read, wrong: bool) -> Reading[Base]:
    asked = seen.asked[name] = _asked(project, name)
    built = Built() if way.found else build(way)
    readable = not (way.found or built.found or wrong)
    yield from built.found
    kept = yield from base(way, built, asked, readable=readable)
    yield from renamed(way, [asked.image])
    if not way.found and not built.found:
        seen.built[name], seen.ways[name] = built, way
    return kept


def _choose(project: Project, seen: _Read, bases: Bases) -> Iterable[Finding]:
    """Fills in what each choice brings; what is wrong with it, each once."""
    told: dict[Finding, None] = {}
    for choice in _choices(project, seen):
        built = _chosen(seen, choice, told)
        told |= dict.fromkeys(_combined(seen, choice, built))
        told |= dict.fromkeys(_judged(project, seen, choice[0], built.objects))
        told |= dict.fromkeys(_nameless(project, built.objects))
        bases.brought[choice] = tuple(map(_brought, built.objects))
    return told


def _combined(seen: _Read, choice: Choice, built: Built) -> Iterator[Finding]:
    """What is wrong once all is put together, where no part is wrong by itself."""
    service, components = choice
    ways = [seen.ways[service], *(seen.components[name] for name in components)]
    found: dict[str, list[Finding]] = {}
    for version in seen.versions.of_choice(choice):
        known = [finding for way in ways for finding in seen.told[way.top][version]]
        if not errors(known) and not built.found:
            whole = combined(ways[0], built.objects, seen.books[version])
            found[version] = [finding for finding in whole if finding not in known]
    yield from seen.versions.merged(found)


def _begun(project: Project) -> _Read:
    versions, custom = Versions(project), definitions(project.sources)
    unchecked: set[tuple[str, str]] = set()  # custom kinds are told of once, whatever the version
    return _Read(versions, {one: Rulebook(one, custom, unchecked) for one in versions.all()})


def _choices(project: Project, seen: _Read) -> list[Choice]:
    """Each service alone, and with the components with which units run it."""
    chosen: set[Choice] = {(service, ()) for service in seen.built}
    runs = [environment.runs for environment in project.environments.values()]
    runs += [branch.runs for branch in project.branches.values()]
    for of_unit in runs:
        for service, run in of_unit.items():
            if service in seen.built and set(run.components) <= seen.components.keys():
                chosen.add((service, run.components))
    return sorted(chosen)


def _chosen(seen: _Read, choice: Choice, told: dict[Finding, None]) -> Built:
    """The objects of a base with components, beside those that gen emits for the service."""
    service, components = choice
    asked, way = seen.asked[service], seen.ways[service]
    built, ways = with_own(seen.built[service], asked.said, service), [way]
    for name in components:
        built = build(seen.components[name], built.objects)
        told |= dict.fromkeys(built.found)
        ways.append(seen.components[name])
    told |= dict.fromkeys(unsaid(ways, built, asked.image))
    told |= dict.fromkeys(mistaken(ways, built))
    return built


def with_own(base: Built, said: Place, service: str) -> Built:
    """A base's objects, and beside them those that gen emits for the service and it has not."""
    names = {taken.identity for taken in base.objects}
    own = (
        Object(said, _own(kind, service), generated=True, own=True)
        for kind in ("Service", "ServiceAccount")
    )
    return Built([*base.objects, *(made for made in own if made.identity not in names)])


def _own(kind: str, service: str) -> Mapping[str, object]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": service}}


def _judged(
    project: Project, seen: _Read, service: str, objects: Iterable[Object]
) -> Iterator[Finding]:
    """What objects may not be, or not say."""
    asked = seen.asked[service]
    written = {taken.identity for taken in seen.built[service].objects}
    if project.platform is None:
        raise ValueError("without a platform nothing is resolved")
    said = project.platform.bases
    more = {allowed.parsed(kind): scope for kind, scope in said.kinds.items()}
    privileged = service in said.privileged
    unknown = {
        (finding.place.path, finding.place.document)
        for told in seen.told.values()
        for finding in chain.from_iterable(told.values())
        if finding.code == UNKNOWN_KIND
    }
    for taken in objects:
        yield from _emitted(taken, asked)
        if taken.generated:
            continue
        if allowed.scope(taken.kind, more) is None:
            if (taken.place.path, taken.place.document) in unknown:
                continue
            code = "GEN409" if allowed.never(taken.kind) is None else "GEN404"
            message = f"the kind {taken.kind[1][:40]} is not a service's to bring"
            yield Finding(code, taken.place.key("kind"), message, allowed.instead(taken.kind))
            continue
        given = taken.identity in written
        known: list[Problem] = []
        if taken.written is not None:
            before = Object(taken.place, taken.written)
            known = [*problems(before, service, privileged=privileged, given=given)]
            yield from (_finding(before, problem) for problem in known)
        for problem in problems(taken, service, privileged=privileged, given=given):
            if problem not in known:
                yield _finding(taken, problem)


def _nameless(project: Project, objects: Iterable[Object]) -> Iterator[Finding]:
    """Fields that hold no name where Kustomize is told that they do."""
    if project.platform is None:
        raise ValueError("without a platform nothing is resolved")
    listed = list(objects)
    said = allowed.references(project.platform.bases.references)
    for _, naming, path in between({taken.kind for taken in listed}, said):
        for taken in listed:
            if taken.kind != naming:
                continue
            for route in spoken.nameless(taken.document, path.split("/")):
                message = (
                    f"this is no name of another object, and Kustomize looks for one in `{path}`"
                )
                hint = "write a name, or a mapping with a `name`; or correct `bases.references`"
                yield Finding("GEN405", at(taken, route), message, hint)


def _finding(taken: Object, problem: Problem) -> Finding:
    return Finding(problem.code, at(taken, problem.route), problem.message, problem.hint)


def _emitted(taken: Object, asked: Asked) -> Iterator[Finding]:
    """Objects that gen emits are nobody else's to bring or to change."""
    if taken.kind != ("", "Service") or taken.name != asked.service:
        return
    if not taken.own:
        yield Finding(
            "GEN404",
            taken.place.key("kind"),
            f"the Service `{asked.service}` is emitted by gen from the catalogue",
            "delete it from the base; ports are declared in the service's file",
        )
    elif taken.patch is not None:
        yield Finding(
            "GEN404",
            taken.patch,
            f"this patch changes the Service `{asked.service}`, which gen emits",
            "give the patch a `target` that names what it means, such as `kind: Deployment`",
        )


def _brought(taken: Object) -> Brought:
    group, kind = taken.kind
    document = taken.document
    wanted = tuple((what, at(taken, route)) for what, route in once.wanted(document))
    accounts = tuple((name, at(taken, route)) for name, route in spoken.accounts(document))
    names = tuple((name, _path(route), at(taken, route)) for name, route in spoken.names(document))
    return Brought(
        *(group, kind, taken.name, taken.place, taken.own, wanted, accounts, names),
        makes=spoken.made(document),
        pods=selection.pods_of(document),
        aim=selection.aim(document),
    )


def _path(route: Route) -> str:
    """A route as Kustomize writes the path of a field: through lists without a word."""
    return "/".join(part for part in route if isinstance(part, str))


def _missing(project: Project) -> Iterator[Finding]:
    used: set[str] = set()
    used.update(*(environment.runs for environment in project.environments.values()))
    used.update(*(branch.runs for branch in project.branches.values()))
    for name in sorted(used & set(project.services)):
        if not kustomization(project.sources, BASES + name):
            yield Finding(
                "GEN401",
                project.place("service", name),
                f"{name} runs, but there is no {BASES}{name}/kustomization.yaml",
                f"write its workload there (`gen new service {name}` shows one)",
            )


def _folders(project: Project, top: str) -> list[str]:
    """The folders right below bases or components that hold a kustomization."""
    return sorted(
        {
            path.removeprefix(top).split("/")[0]
            for path in project.sources.below(top)
            if path.rpartition("/")[2] in KUSTOMIZATIONS and path.count("/") == 3
        }
    )


def _asked(project: Project, name: str) -> Asked:
    service = project.services[name]
    place = project.place("service", name)
    ports = {
        port.target_port or port.port: place.at("ports", index, "port")
        for index, port in enumerate(service.ports)
    }
    return Asked(name, service.image, place.at("image"), ports)


def _unknown_components(project: Project, bases: Bases) -> Iterator[Finding]:
    for place, name in _named(project):
        if name not in bases.components:
            message, hint = f"there is no {COMPONENTS}{name}/", did_you_mean(name, bases.components)
            yield Finding("GEN401", place, message, hint)


def _named(project: Project) -> Iterator[tuple[Place, str]]:
    """Components that units switch on, and by which they have stores of their own."""
    for service, said in project.services.items():
        for index, store in enumerate(said.stores):
            if not isinstance(store, str) and store.component is not None:
                yield (
                    project.place("service", service).at("stores", index, "component"),
                    (store.component),
                )
    for kind, group in (("environment", project.environments), ("branch", project.branches)):
        for key, unit in group.items():
            for service, run in unit.runs.items():
                place = project.place(kind, key).at("runs", service, "components")
                for index, name in enumerate(run.components):
                    yield place.at(index), name
