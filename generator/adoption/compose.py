"""Compose files → the objects that a cluster would have of them, as `gen import` takes them.

A service becomes a workload and the Service in front of it, a config a ConfigMap, a named volume a
claim. What Compose leaves open, and what has no place in a cluster, is told at the line that says
it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from generator.adoption.compose_env import variables
from generator.adoption.compose_near import (
    Near,
    bounded,
    dialled_in,
    exposed,
    labelled,
    mounted,
    nobody,
)
from generator.adoption.compose_pods import Pod, label, pod
from generator.adoption.compose_ports import Opened, dialled, listening, opened
from generator.adoption.compose_text import HINT, Composed, composed, is_compose
from generator.adoption.items import Item, Translator
from generator.vocabulary.base import Dial
from generator.vocabulary.findings import Finding, Reading
from generator.vocabulary.nodes import below, listed, mapping
from generator.vocabulary.plural import some

# What says nothing of what a cluster would run.
_SILENT = {
    *("build", "container_name", "depends_on", "init", "labels", "logging", "networks"),
    *("platform", "pull_policy", "restart", "scale", "stdin_open", "tty", "annotations"),
}
_TAKEN = {
    *("cap_add", "cap_drop", "command", "configs", "deploy", "entrypoint", "env_file"),
    *("environment", "expose", "healthcheck", "image", "ports", "profiles", "read_only"),
    *("secrets", "stop_grace_period", "tmpfs", "user", "volumes", "working_dir"),
}
_OBJECTS = ("configs", "secrets", "services", "volumes", "networks", "version", "name")


class _Told(NamedTuple):
    """What is asked of all files, and what stands beside them."""

    secrets: bool
    registry: str | None
    near: Near


def translator(
    *,
    secrets: bool,
    beside: Mapping[str, bytes] = MappingProxyType({}),
    registry: str | None = None,
    near: Near = nobody,
) -> Translator:
    """What `read` asks of a document. `secrets`: plain text of secrets is taken along; `beside`:
    what stands in the `.env` of a path; `registry`: where images are pushed that are built; `near`:
    reads what a file names."""
    known = {path: variables(raw, secrets=secrets) for path, raw in beside.items()}
    told = _Told(secrets, registry, bounded(near))
    return lambda path, line, text: (
        _objects(path, line, text, known.get(path, {}), told) if is_compose(text) else None
    )


def _objects(
    path: str, line: int, text: str, known: Mapping[str, str], told: _Told
) -> Reading[list[Item]]:
    """The objects of a Compose file that begins in a line, with the variables that are known."""
    made = yield from composed(path, line, text, known)
    if made is None:
        return []
    items: list[Item] = []
    for key in made.data:
        if key not in _OBJECTS and not key.startswith("x-"):
            yield _open(made, (key,), f"`{key[:60]}` is not taken", HINT)
    services = made.data["services"]
    texts = {name: mounted(path, mapping(said), told.near) for name, said in services.items()}
    sure, heard = dialled(services, {}), dialled(services, texts)
    for name, said in services.items():
        if not isinstance(said, dict):
            yield _open(made, ("services", name), f"`{name[:60]}` is no service", HINT)
        elif said.get("profiles") and not _asked(said["profiles"], known):
            why = f"{name[:60]} is started by a profile only, and is not taken"
            yield _open(made, ("services", name, "profiles"), why, "import it by itself")
        else:
            own = _built(name, said, told.registry) | said
            ports = heard.get(name, {}) | dict(labelled(said))
            dials = dialled_in(texts[name], services, made.place("services", name))
            finds = _labelled(services) if _is_traefik(said) else ()
            tells = _Heard(ports, name in sure, tuple(dials), finds)
            items += yield from _service(made, name, own, tells, told)
    items += yield from _configs(made)
    yield from _secrets(made)
    if made.taken:
        message = f"values are those of `.env` beside it: {some(sorted(made.taken), 8)}"
        yield _open(made, (), message, "look whether they are those of this environment")
    return items


def _built(name: str, said: Mapping[str, Any], registry: str | None) -> dict[str, Any]:
    """The image of a service that is built, and has no name for it."""
    named = said.get("image") is not None or "build" not in said
    return {} if named or registry is None else {"image": f"{registry}/{label(name)}"}


def _asked(profiles: Any, known: Mapping[str, str]) -> bool:
    wanted = {one.strip() for one in known.get("COMPOSE_PROFILES", "").split(",")}
    return "*" in wanted or any(str(one) in wanted for one in listed(profiles))


def _secrets(made: Composed) -> Iterator[Finding]:
    for name in mapping(made.data, "secrets"):
        yield Finding(
            "GEN608",
            made.place("secrets", name),
            f"the secret {name[:60]} is not taken",
            f"pods that mount it look for a Secret {label(name)} with a key of that name",
            about=name[:60],
        )


def _open(made: Composed, route: tuple[str | int, ...], message: str, hint: str) -> Finding:
    return Finding("GEN617", made.place(*route), message, hint)


class _Heard(NamedTuple):
    """What is known of a service beside what it says itself: `ports` that others name, with what is
    spoken there, whom the files that it mounts dial, whom it finds by labels. `sure`: what
    others are told names some of the ports."""

    ports: Mapping[int, str]
    sure: bool
    dials: tuple[Dial, ...]
    finds: tuple[str, ...]


def _is_traefik(said: Mapping[str, Any]) -> bool:
    return re.search(r"(?:^|/)traefik(?:[:@]|$)", str(said.get("image") or "")) is not None


def _labelled(services: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, said in services.items() if list(labelled(mapping(said))))


def _service(
    made: Composed, name: str, said: Mapping[str, Any], heard: _Heard, told: _Told
) -> Reading[list[Item]]:
    """A workload, and the Service that others dial."""
    for key in said:
        if key not in _SILENT | _TAKEN and not key.startswith("x-"):
            message = f"`{key[:60]}` of {name[:60]} is not taken"
            yield _open(made, ("services", name, key), message, HINT)
    built = exposed(made.path, said, told.near)
    sure = heard.sure or bool(built)
    ports = yield from opened(made, name, said, heard.ports, built or listening(said), sure=sure)
    spec = yield from pod(made, name, said, ports, secrets=told.secrets)
    workload = _item(made, ("services", name), _workload(name, spec))
    needs, dials = (*_needs(said), *heard.finds), (*spec.dials, *heard.dials)
    workload = replace(workload, needs=needs, dials=dials)
    if not ports:
        return [workload]
    spot = ("services", name, "ports" if said.get("ports") else "expose")
    return [workload, _item(made, spot, _front(name, ports))]


def _needs(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Services that it waits for: most are those that it calls, but for those that have ended."""
    needed = said.get("depends_on")
    named = [
        one
        for one in (mapping(needed) or listed(needed))
        if below(needed, one, "condition") != "service_completed_successfully"
    ]
    named += [str(link).partition(":")[0] for link in listed(said, "links")]
    return tuple(one for one in named if isinstance(one, str))


def _item(made: Composed, route: tuple[str | int, ...], data: dict[str, Any]) -> Item:
    mark = made.place(*route).mark
    line, column = (mark.line, mark.column) if mark else (1, 1)
    return Item(made.path, line, column - 1, "", data, block=False)


def _workload(name: str, made: Pod) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": name}
    spec: dict[str, Any] = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": made.spec},
    }
    if made.replicas is not None:
        spec = {"replicas": made.replicas, **spec}
    if made.claims:
        spec = {"serviceName": name, **spec, "volumeClaimTemplates": made.claims}
    kind = "StatefulSet" if made.claims else "Deployment"
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def _front(name: str, those: list[Opened]) -> dict[str, Any]:
    ports = []
    for one in those:
        named = {"name": one.name} if one.name else {}
        ports.append(named | {"port": one.port, "targetPort": one.port})
    spec: dict[str, Any] = {"selector": {"app.kubernetes.io/name": name}, "ports": ports}
    if any(one.published for one in those):
        spec["type"] = "NodePort"
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def _configs(made: Composed) -> Reading[list[Item]]:
    """Configs whose content stands in the file."""
    items = []
    for name, said in mapping(made.data, "configs").items():
        content = below(said, "content")
        if not isinstance(content, str) or not label(name):
            message = f"what the config {name[:60]} holds is not in this file"
            step = f"write it into a ConfigMap {label(name)}, under the key `content`"
            yield _open(made, ("configs", name), message, step)
            continue
        data = {"metadata": {"name": label(name)}, "data": {"content": content}}
        config = {"apiVersion": "v1", "kind": "ConfigMap", **data}
        items.append(_item(made, ("configs", name), config))
    return items
