"""The pod of a Compose service: its container, volumes and probes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.adoption.compose_env import SECRET
from generator.adoption.compose_ports import Opened
from generator.adoption.compose_text import HINT, Composed
from generator.manifests.dials import addresses
from generator.vocabulary import names
from generator.vocabulary.base import Dial
from generator.vocabulary.findings import Finding, Reading
from generator.vocabulary.nodes import below, listed
from generator.vocabulary.source import Place, Route

_WORD_IN_URL = re.compile(r"//[^/@\s:]*:[^/@\s]+@")  # `postgres://user:word@db/x`
_TIME = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,5})m(?!s))?(?:(\d{1,6})(?:\.\d+)?s)?(?:\d+ms)?")
_BYTES = re.compile(r"(\d{1,12})(?:\.\d+)?([bkmg]?)b?", re.IGNORECASE)
_UNITS = {"b": "", "": "", "k": "Ki", "m": "Mi", "g": "Gi"}
_ASKS = re.compile(
    r"\b(?:curl|wget)\b.*?https?://(?:localhost|127\.0\.0\.1)"
    r"(?::(?P<port>\d{1,5}))?(?P<path>/[\w./-]*)?"
)
SIZE = "1Gi"
_CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": SIZE}}}


@dataclass(slots=True)
class Pod:
    """The specification of its pods, how many there are if that is said, and its claims. `dials`
    are addresses in values that it does not hold."""

    spec: dict[str, Any] = field(default_factory=dict)
    replicas: int | None = None
    claims: list[dict[str, Any]] = field(default_factory=list)
    dials: list[Dial] = field(default_factory=list)


def pod(
    made: Composed, name: str, said: Mapping[str, Any], ports: list[Opened], *, secrets: bool
) -> Reading[Pod]:
    """The pod of a service."""
    done = Pod()
    container: dict[str, Any] = {"name": name}
    if isinstance(said.get("image"), str):
        container["image"] = said["image"]
    for key, other in (("entrypoint", "command"), ("command", "args")):
        if said.get(key) is not None:
            container[other] = _words(said[key])
    if isinstance(said.get("working_dir"), str):
        container["workingDir"] = said["working_dir"]
    if ports:
        container["ports"] = [{"containerPort": one.port} for one in ports]
    if env := (yield from _environment(made, name, said, done, secrets=secrets)):
        container["env"] = env
    if probe := _probe(said.get("healthcheck"), ports):
        container["readinessProbe"] = probe
    container |= dict(_rights(said))
    mounts = yield from _volumes(made, name, said, done)
    mounts += _mounted(said, done)
    if mounts:
        container["volumeMounts"] = mounts
    yield from _deployed(made, name, said, done, container)
    seconds = _seconds(said.get("stop_grace_period"))
    if seconds is not None:
        done.spec["terminationGracePeriodSeconds"] = seconds
    done.spec = {"containers": [container], **done.spec}
    return done


def _words(said: Any) -> list[str]:
    if isinstance(said, list):
        return [str(word) for word in said]
    try:
        return shlex.split(str(said))
    except ValueError:  # a quote that nobody closes
        return [str(said)]


def _environment(
    made: Composed, name: str, said: Mapping[str, Any], done: Pod, *, secrets: bool
) -> Reading[list[dict[str, Any]]]:
    """Variables; what looks like a secret is read from a Secret that people keep elsewhere."""
    route: Route = ("services", name, "environment")
    if said.get("env_file") is not None:
        yield Finding(
            "GEN617",
            made.place("services", name, "env_file"),
            f"files of variables of {name[:60]} are not read: they often hold secrets",
            HINT,
        )
    env = []
    for spot, key, written in _pairs(said.get("environment")):
        place = made.place(*route, spot)
        value = made.given(key) if written is None else written
        if value is None:
            about = f"{key[:60]} of {name[:60]}"
            message = f"the value comes from whoever starts it: {about}"
            step = "write its value into `env` of a version"
            yield Finding("GEN617", place, message, step, about=about)
        elif not secrets and (SECRET.search(key) or _WORD_IN_URL.search(value)):
            yield Finding(
                "GEN608",
                place,
                f"{key[:60]} of {name[:60]} looks like a secret, and its value is not taken",
                f"put it into a Secret {name[:60]}-secrets under that key, kept in a store of "
                "secrets or sealed; --secrets takes the value into git",
                about=f"{name[:60]}.{key[:60]}",
            )
            reference = {"name": f"{name}-secrets", "key": key}
            env.append({"name": key, "valueFrom": {"secretKeyRef": reference}})
            done.dials += [dial for dial in addresses(value, place) if dial.url]
        else:
            env.append({"name": key, "value": value.replace("$(", "$$(")})
            if (*route, spot) in made.anew:
                message = f"{key[:60]} of {name[:60]} has no quotes: Compose writes a number anew"
                hint = "look at what `docker compose config` gives; 1.10 is `1.1` there"
                yield Finding("GEN617", place, message, hint)
    return env


def _pairs(said: Any) -> Iterator[tuple[str | int, str, str | None]]:
    """(key or index, variable, value) of a mapping, or of a list of `KEY=value`."""
    if isinstance(said, dict):
        for key, value in said.items():
            yield key, key, None if value is None else _text(value)
    for index, entry in enumerate(listed(said)):
        key, equals, value = str(entry).partition("=")
        yield index, key, value if equals else None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _probe(said: Any, ports: Iterable[Opened]) -> dict[str, Any] | None:
    """What Compose asks its container; a request by curl or wget is one of the kubelet's."""
    test = below(said, "test")
    if not test or said.get("disable") is True or test == ["NONE"]:
        return None
    words = test if isinstance(test, list) else ["CMD-SHELL", str(test)]
    kind, *command = [str(word) for word in words]
    line = " ".join(command)
    asked = _ASKS.search(line)
    known = {one.port for one in ports}
    port = int(asked["port"] or 80) if asked else 0
    probe: dict[str, Any]
    if asked and port in known:
        probe = {"httpGet": {"path": asked["path"] or "/", "port": port}}
    else:
        probe = {"exec": {"command": ["sh", "-c", line] if kind == "CMD-SHELL" else command}}
    for key, other, least in (
        ("interval", "periodSeconds", 1),
        ("timeout", "timeoutSeconds", 1),
        ("start_period", "initialDelaySeconds", 0),
    ):
        seconds = _seconds(said.get(key))
        if seconds is not None:
            probe[other] = max(seconds, least)
    if isinstance(said.get("retries"), int) and said["retries"] > 0:
        probe["failureThreshold"] = said["retries"]
    return probe


def _seconds(said: Any) -> int | None:
    match = _TIME.fullmatch(str(said)) if said is not None else None
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _rights(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    context: dict[str, Any] = {}
    user, _, group = str(said.get("user") or "").partition(":")
    if user.isdigit() and len(user) < 10:
        context["runAsUser"] = int(user)
    if group.isdigit() and len(group) < 10:
        context["runAsGroup"] = int(group)
    if said.get("read_only") is True:
        context["readOnlyRootFilesystem"] = True
    change = {
        other: [str(one) for one in said[key]]
        for key, other in (("cap_add", "add"), ("cap_drop", "drop"))
        if isinstance(said.get(key), list)
    }
    if change:
        context["capabilities"] = change
    if context:
        yield "securityContext", context


def _volumes(
    made: Composed, name: str, said: Mapping[str, Any], done: Pod
) -> Reading[list[dict[str, Any]]]:
    """Where volumes are mounted. A named one becomes a claim of this service's own."""
    mounts = []
    for index, entry in enumerate(listed(said, "volumes")):
        place = made.place("services", name, "volumes", index)
        kind, source, target = _volume(entry)
        if kind == "bind" or not target.startswith("/"):
            yield _bound(place, name, source)
            continue
        named = label(source) or f"data-{index}"
        claim = {"metadata": {"name": named}, "spec": _CLAIM}
        if kind != "volume" or not source:
            done.spec.setdefault("volumes", []).append({"name": named, "emptyDir": {}})
        elif claim not in done.claims:
            yield _sizeless(place, name, source)
            done.claims.append(claim)
        mounts.append({"name": named, "mountPath": target})
    tmpfs = said.get("tmpfs")
    tmpfs = [tmpfs] if isinstance(tmpfs, str) else tmpfs
    for index, target in enumerate(listed(tmpfs)):
        volume = {"name": f"tmp-{index}", "emptyDir": {"medium": "Memory"}}
        done.spec.setdefault("volumes", []).append(volume)
        mounts.append({"name": f"tmp-{index}", "mountPath": str(target).partition(":")[0]})
    return mounts


def _bound(place: Place, name: str, source: str) -> Finding:
    return Finding(
        "GEN617",
        place,
        f"{name[:60]} mounts `{source[:60]}` of the machine that starts it",
        "put files into a ConfigMap of its base, or into its image",
        about=f"{name[:60]} ({source[:60]})",
    )


def _sizeless(place: Place, name: str, source: str) -> Finding:
    return Finding(
        "GEN617",
        place,
        f"nothing says how large {source[:60]} of {name[:60]} is: {SIZE} is a guess",
        "write the size into its base; what other services mount under this name is theirs alone",
        about=f"{source[:60]} of {name[:60]}",
    )


def _volume(entry: Any) -> tuple[str, str, str]:
    """(kind, source, target) of a volume in the short form or the long one."""
    if isinstance(entry, dict):
        source, target = str(entry.get("source") or ""), str(entry.get("target") or "")
        return str(entry.get("type") or "volume"), source, target
    source, colon, rest = str(entry).partition(":")
    if not colon:
        return "volume", "", source
    bound = source.startswith((".", "/", "~", "$"))
    return "bind" if bound else "volume", source, rest.partition(":")[0]


def label(text: str) -> str:
    """A name as a cluster takes it; empty if nothing is left of it."""
    made = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:63].strip("-")
    return made if names.matches(names.DNS_LABEL, made) else ""


def _mounted(said: Mapping[str, Any], done: Pod) -> list[dict[str, Any]]:
    """Configs and secrets, as files."""
    mounts = []
    for what, folder in (("configs", "/"), ("secrets", "/run/secrets/")):
        for entry in listed(said, what):
            source = str(entry.get("source") if isinstance(entry, dict) else entry)
            target = str(entry.get("target") or source) if isinstance(entry, dict) else source
            named = label(source) or what
            held: dict[str, Any] = {"secret": {"secretName": named}}
            if what == "configs":
                held = {"configMap": {"name": named}}
            volume = {"name": f"{what[:-1]}-{named}"[:63], **held}
            volumes = done.spec.setdefault("volumes", [])
            if volume not in volumes:
                volumes.append(volume)
            path = target if target.startswith("/") else folder + target
            key = "content" if what == "configs" else named
            mounts.append({"name": volume["name"], "mountPath": path, "subPath": key})
    return mounts


def _deployed(
    made: Composed, name: str, said: Mapping[str, Any], done: Pod, container: dict[str, Any]
) -> Iterator[Finding]:
    """How many, and how much each may use."""
    deploy = said.get("deploy")
    if not isinstance(deploy, dict):
        return
    if isinstance(deploy.get("replicas"), int) and deploy["replicas"] >= 0:
        done.replicas = deploy["replicas"]
    told: dict[str, dict[str, str]] = {}
    for key, other in (("limits", "limits"), ("reservations", "requests")):
        wanted = below(deploy, "resources", key)
        if not isinstance(wanted, dict):
            continue
        if re.fullmatch(r"\d{1,4}(\.\d{1,3})?", str(wanted.get("cpus"))):
            told.setdefault(other, {})["cpu"] = str(wanted["cpus"])
        amount = _BYTES.fullmatch(str(wanted.get("memory") or ""))
        if amount:
            memory = amount[1] + _UNITS[amount[2].lower()]
            told.setdefault(other, {})["memory"] = memory
        elif "memory" in wanted:
            place = made.place("services", name, "deploy", "resources", key, "memory")
            yield Finding("GEN617", place, "this memory is no amount of bytes", HINT)
    if told:
        container["resources"] = told
