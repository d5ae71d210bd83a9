"""Pods: containers, their ports, variables and probes, volumes and who mounts them."""

from __future__ import annotations

from collections.abc import Iterator

from generator.manifests.problem import Problem, shown
from generator.manifests.rules import scheduling
from generator.manifests.rules.rule import Object, Rule, broken, choice, conflict, given, refused
from generator.manifests.rules.syntax import address, amount, image, port_name
from generator.vocabulary.nodes import mapping, numbered, text, whole

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_CONTAINERS = ("initContainers", "containers")
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)


def _container(value: Object) -> Iterator[Problem]:
    yield from _image(value)
    yield from _port_names(value)
    yield from _probe_ports(value)
    for key in ("livenessProbe", "startupProbe"):
        if (whole(value, key, "successThreshold") or 1) != 1:
            message = f"`successThreshold` of a {key} must be 1"
            yield refused(message, "delete it", key, "successThreshold")
    security = mapping(value, "securityContext")
    if security.get("privileged") is True and security.get("allowPrivilegeEscalation") is False:
        message = "a privileged container cannot forbid `allowPrivilegeEscalation`"
        yield conflict(message, "delete one of the two", "securityContext")


def _image(value: Object) -> Iterator[Problem]:
    said = text(value, "image")
    if said != said.strip():
        yield refused("`image` begins or ends with a space", "delete it", "image")
        return
    for _, message, hint in image(said):
        yield broken(f"`image` {message}", hint, "image")


def _port(value: Object) -> Iterator[Problem]:
    """Who maps a port of the node passes over one whose address is none."""
    if whole(value, "hostPort"):
        for _, message, hint in address(value.get("hostIP")):
            yield broken(f"`hostIP` {message}", hint, "hostIP")


def _port_names(value: Object) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, port in numbered(value, "ports"):
        name = text(port, "name")
        if name and name in seen:
            message = f"two ports of this container are named `{shown(name)}`"
            yield conflict(message, "rename one of them", "ports", index, "name")
        seen[name] = index


def _probe_ports(value: Object) -> Iterator[Problem]:
    """A probe on a name that no port of the container has is taken, and fails for ever."""
    known = [text(port, "name") for _, port in numbered(value, "ports") if text(port, "name")]
    places = [(key,) for key in _PROBES] + [("lifecycle", key) for key in ("postStart", "preStop")]
    for place in places:
        for handler in ("httpGet", "tcpSocket"):
            name = mapping(value, *place, handler).get("port")
            if isinstance(name, str) and name not in ("", *known) and not [*port_name(name)]:
                message = f"no port of this container is named `{shown(name)}`"
                hint = choice(name, known) if known else "name a port so, or write its number"
                yield broken(message, hint, *place, handler, "port")


def _probe(value: Object) -> Iterator[Problem]:
    yield from _exactly_one(value, _HANDLERS, "a probe", "asks")


def _handler(value: Object) -> Iterator[Problem]:
    yield from _exactly_one(value, ("exec", "httpGet", "tcpSocket", "sleep"), "a hook", "does")


def _exactly_one(value: Object, taken: tuple[str, ...], whose: str, does: str) -> Iterator[Problem]:
    said = [key for key in taken if given(value, key)]
    if len(said) > 1:
        message = f"{whose} {does} one thing, and this one has {' and '.join(said)}"
        yield conflict(message, "keep one of them", said[1])
    elif not said:
        yield conflict(f"{whose} needs one of {', '.join(taken)}", "say one of them")


def _variable(value: Object) -> Iterator[Problem]:
    if given(value, "value") and given(value, "valueFrom"):
        name = shown(text(value, "name"))
        message = f"the variable {name} has a `value` and a `valueFrom`"
        yield conflict(message, "keep one of the two", "valueFrom")


def _variable_source(value: Object) -> Iterator[Problem]:
    yield from _exactly_one(value, _SOURCES, "a variable", "comes from")
    path = text(value, "fieldRef", "fieldPath")
    if (
        path
        and path not in _FIELDS
        and not path.startswith(("metadata.labels[", "metadata.annotations["))
    ):
        hint = choice(path, _FIELDS)
        yield refused(
            f"a variable cannot hold the field `{shown(path)}`", hint, "fieldRef", "fieldPath"
        )


def _resources(value: Object) -> Iterator[Problem]:
    limits = mapping(value, "limits")
    for name, request in mapping(value, "requests").items():
        asked, most = amount(request), amount(limits.get(name))
        if asked is not None and most is not None and asked > most:
            limit = shown(limits[name])
            message = f"the request of {shown(name)}, {shown(request)}, is above its limit, {limit}"
            yield conflict(message, "raise the limit, or ask for less", "requests", name)


def _pod(value: Object) -> Iterator[Problem]:
    yield from _names(value)
    for index, container in numbered(value, "initContainers"):
        if container.get("restartPolicy") == "Always":
            continue  # a sidecar: it is probed as any other
        for key in (*_PROBES, "lifecycle"):
            if given(container, key):
                message = f"an init container takes no `{key}`: it ends before the others start"
                hint = "delete it, or make a sidecar of it with `restartPolicy: Always`"
                yield conflict(message, hint, "initContainers", index, key)
    if given(value, "ephemeralContainers"):
        message = "`ephemeralContainers` can be added to a running pod alone, by no manifest"
        yield conflict(message, "use `kubectl debug`, or an init container", "ephemeralContainers")
    yield from scheduling.pod(value)


def _names(value: Object) -> Iterator[Problem]:
    seen: set[str] = set()
    for key in _CONTAINERS:
        for index, item in numbered(value, key):
            name = text(item, "name")
            if name and name in seen and not _told(value, key, name):
                message = f"two containers of this pod are named `{shown(name)}`"
                yield conflict(message, "rename one", key, index)
            seen.add(name)


def _told(value: Object, key: str, name: str) -> bool:
    """Whether both stand in one list: then its keys tell (`keys` of the schema)."""
    return sum(text(item, "name") == name for _, item in numbered(value, key)) > 1


def mounts(value: Object, more: frozenset[str] = frozenset()) -> Iterator[Problem]:
    """Mounts of a pod need a volume: one of its own, or one `more` that a StatefulSet claims."""
    known = {text(volume, "name") for _, volume in numbered(value, "volumes")} | more
    for key in _CONTAINERS:
        for index, container in numbered(value, key):
            for part in ("volumeMounts", "volumeDevices"):
                for number, mount in numbered(container, part):
                    name = text(mount, "name")
                    if name and name not in known:
                        message = f"no volume of this pod is named `{shown(name)}`"
                        hint = choice(name, known) if known else "add it to the pod's `volumes`"
                        yield conflict(message, hint, key, index, part, number, "name")


def _volume(value: Object) -> Iterator[Problem]:
    said = [key for key, item in value.items() if key != "name" and item is not None]
    name = shown(text(value, "name"))
    if len(said) > 1:
        message = f"the volume {name} has more than one source: {', '.join(map(shown, said))}"
        yield conflict(message, "keep one of them", said[1])
    elif not said:
        message = f"the volume {name} has no source, and would be an empty folder"
        yield broken(message, "say what it holds, or `emptyDir: {}`")


def _projection(value: Object) -> Iterator[Problem]:
    said = [key for key, item in value.items() if item is not None]
    if len(said) > 1:
        yield conflict("each source holds one thing", "write an item of its own", said[1])


def _mount(value: Object) -> Iterator[Problem]:
    if given(value, "subPath") and given(value, "subPathExpr"):
        yield conflict("a mount has either `subPath` or `subPathExpr`", "keep one", "subPathExpr")


RULES: tuple[tuple[str, Rule], ...] = (
    ("core.v1.Container", _container),
    ("core.v1.ContainerPort", _port),
    ("core.v1.Probe", _probe),
    ("core.v1.LifecycleHandler", _handler),
    ("core.v1.EnvVar", _variable),
    ("core.v1.EnvVarSource", _variable_source),
    ("core.v1.ResourceRequirements", _resources),
    ("core.v1.PodSpec", _pod),
    ("core.v1.Volume", _volume),
    ("core.v1.VolumeProjection", _projection),
    ("core.v1.VolumeMount", _mount),
    *scheduling.RULES,
)
