"""What an environment runs otherwise than the base says: replicas and variables go into its `runs`,
what can be patched into a component of its own, and the rest is asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.adoption import strip
from generator.adoption.cut import changed, whole
from generator.adoption.group import Group, main_container
from generator.adoption.items import Item
from generator.adoption.prove import MISSING, compared
from generator.manifests.build import build
from generator.manifests.images import images, without_version
from generator.manifests.walk import walk
from generator.manifests.workloads import WORKLOADS
from generator.targets.yaml_text import document
from generator.views.scaffold import branch_name
from generator.vocabulary import names
from generator.vocabulary.findings import Finding, Reading
from generator.vocabulary.layout import BASES, COMPONENTS
from generator.vocabulary.nodes import listed, mapping, mappings
from generator.vocabulary.source import Route, Sources

Object = Mapping[str, Any]
# Lists of a pod that are merged by a key that is called `name`.
_NAMED = ("containers", "initContainers", "volumes")
_ROOM = 63  # of a component's name


@dataclass(slots=True)
class Differing:
    """What goes into `runs` of the service, and files of its component."""

    run: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def differing(
    one: Group, environment: str, image: str, files: Mapping[str, bytes]
) -> Reading[Differing]:
    """A service as an environment has it, beside its base among these files."""
    made = Differing()
    base_of, why = _base(one.name, files)
    if why:
        yield _alone(one.first, environment, f"its base cannot be read: {why}")
        return made
    here = {_key(taken.document): taken.document for taken in base_of}
    patches = []
    for item in one.objects():
        said = _said(item, image)
        base = here.pop(_key(said), None)
        if base is None:
            yield _alone(item, environment, f"{environment} alone has it")
            continue
        patch = yield from _patch(made, one, item, environment, (base, said))
        if patch:
            patches.append(_whole(said, patch))
    for base in here.values():
        called = f"{base['kind']} {base['metadata']['name']}"
        yield _alone(one.first, environment, f"{called[:100]} of the base is not there")
    if patches:
        _component(made, f"{one.name}-{environment}", patches, files)
    return made


def _base(service: str, files: Mapping[str, bytes]) -> tuple[list[Any], str]:
    """Its objects, or why there are none."""
    way = walk(Sources(files), BASES + service)
    if way.found:
        return [], way.found[0].message
    built = build(way)
    return built.objects, built.found[0].message if built.found else ""


def _key(thing: Object) -> tuple[str, str]:
    return thing["kind"], thing["metadata"]["name"]


def _said(item: Item, image: str) -> dict[str, Any]:
    """An object as a base would hold it."""
    put = {route: image for route, text in images(item.data) if without_version(text) == image}
    said: dict[str, Any] = changed(item.data, whole(item.data, strip.foreign(item)), put)
    return said


def _patch(
    made: Differing, one: Group, item: Item, environment: str, pair: tuple[Object, Object]
) -> Reading[dict[Route, Any]]:
    """Route → value of what a patch brings; all else goes where it belongs."""
    base, said = pair
    patch: dict[Route, Any] = {}
    if item in one.workloads:
        base, said = yield from _variables(made, one, item, environment, (base, said))
    for route, before, after in compared(base, said, ()):
        if route == ("spec", "replicas") and type(after) is int and after >= 0:
            made.run["replicas"] = after
        elif after in (MISSING, None) or (whole_route := _patched(base, said, route)) is None:
            yield _placeless(item, environment, route, before, after)
        else:
            patch[whole_route] = _at(said, whole_route)
    return patch


def _variables(
    made: Differing, one: Group, item: Item, environment: str, pair: tuple[Object, Object]
) -> Reading[tuple[Object, Object]]:
    """Takes the variables of the service's container out of both, as far as `env` of `runs` says
    them."""
    main = main_container(one)
    name = str(main.get("name")) if main else ""
    old, new = (_env(thing, name) for thing in pair)
    taken: dict[str, str] = {}
    for key in dict.fromkeys([*old, *new]):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        value = after.get("value") if after else None
        if isinstance(value, str) and names.matches(names.ENVIRONMENT_VARIABLE, key):
            taken[key] = value
        else:
            yield _placeless(item, environment, ("env", key), before, after)
    if taken:
        made.run["env"] = made.run.get("env", {}) | taken
    without = [_without_env(thing, name) for thing in pair]
    return without[0], without[1]


def _containers(thing: Object) -> list[Any]:
    return listed(thing, *WORKLOADS[thing["kind"]], "containers")


def _env(thing: Object, container: str) -> dict[str, Mapping[str, Any]]:
    same = [one for one in _containers(thing) if one.get("name") == container]
    env = [item for one in same for item in mappings(one, "env")]
    return {str(item.get("name")): item for item in env}


def _without_env(thing: Object, container: str) -> Object:
    route = (*WORKLOADS[thing["kind"]], "containers")
    gone: list[Route] = [
        (*route, index, "env")
        for index, one in enumerate(_containers(thing))
        if one.get("name") == container and "env" in one
    ]
    made: Object = changed(thing, gone, {})
    return made


def _patched(base: Object, said: Object, route: Route) -> Route | None:
    """What a patch has to bring, the whole of what is new; None if it would bring anything else.
    Lists on the way must be merged by name. Where something of the base is gone, what a patch adds
    beside it may exclude it, as the kinds of probes and volumes do."""
    old: Any = base
    new: Any = said
    within: str | int = ""
    for number, part in enumerate(route):
        here = route[: number + 1]
        if isinstance(new, list):
            if said["kind"] not in WORKLOADS or within not in _NAMED or not isinstance(part, str):
                return None
            old, new = _by_name(old, part), _by_name(new, part)
            if old is None:
                return here
        else:
            others: Mapping[Any, Any] = mapping(old)
            if part not in others or here == route:
                return None if others.keys() - new.keys() else here
            old, new = others[part], new[part]
        within = part
    return route


def _by_name(node: Any, name: str) -> Any:
    return next((one for one in listed(node) if one.get("name") == name), None)


def _at(node: Any, route: Route) -> Any:
    for part in route:
        node = _by_name(node, str(part)) if isinstance(node, list) else node[part]
    return node


def _whole(said: Object, patch: Mapping[Route, Any]) -> dict[str, Any]:
    """The values as a patch that is merged into the object."""
    made: dict[str, Any] = {
        "apiVersion": said["apiVersion"],
        "kind": said["kind"],
        "metadata": {"name": said["metadata"]["name"]},
    }
    for route, value in patch.items():
        _put(made, route, value, said)
    return made


def _put(node: dict[str, Any], route: Route, value: Any, said: Any) -> None:
    """Puts a value where it stands in what is said."""
    key, *rest = map(str, route)
    if not rest:
        node[key] = value
    elif isinstance(said[key], list):
        name, *inside = rest
        listed = node.setdefault(key, [])
        named = _by_name(listed, name)
        if not inside:
            listed.append(value)
            return
        if named is None:
            named = {"name": name}
            listed.append(named)
        _put(named, tuple(inside), value, _by_name(said[key], name))
    else:
        _put(node.setdefault(key, {}), tuple(rest), value, said[key])


def _component(
    made: Differing, wanted: str, patches: Iterable[Object], files: Mapping[str, bytes]
) -> None:
    """A component under the first name that nobody has: `web` in `a-b` and `web-a` in `b` want the
    same one. One that holds just this is taken as it is."""
    head = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    texts = {
        "kustomization.yaml": f"{head}patches:\n  - path: patch.yaml\n",
        "patch.yaml": "---\n".join(map(document, patches)),
    }
    for name in _names(wanted):
        folder = f"{COMPONENTS}{name}/"
        there = {path: raw for path, raw in files.items() if path.startswith(folder)}
        own = {folder + file: text for file, text in texts.items()}
        if not there or there == {path: text.encode() for path, text in own.items()}:
            made.files |= own
            made.run["components"] = [name]
            return


def _names(wanted: str) -> Iterator[str]:
    yield branch_name(wanted, _ROOM)
    yield from (branch_name(f"{wanted}-{number}", _ROOM) for number in itertools.count(2))


def _placeless(item: Item, environment: str, route: Route, before: Any, after: Any) -> Finding:
    spot = ".".join(map(str, route))
    how = "is not there" if after in (MISSING, None) else "is another"
    return Finding(
        "GEN615",
        item.place("metadata", "name"),
        f"`{spot[:100]}` of {item.called} {how} in {environment}"
        if before not in (MISSING, None)
        else f"`{spot[:100]}` of {item.called} is only in {environment}",
        f"make it equal, or write a component for {environment}; the base says the first",
        about=f"{item.called} ({spot[:60]})",
    )


def _alone(item: Item, environment: str, why: str) -> Finding:
    return Finding(
        "GEN615",
        item.place("metadata", "name"),
        f"{item.called} differs in {environment}: {why}",
        f"bring it by a component of {environment}, or take it into the base",
        about=item.called,
    )
