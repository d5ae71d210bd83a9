"""What objects may not say, whoever brings them: rights of a machine, accounts and addresses of
others."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.manifests.build import Object
from generator.manifests.images import CONTAINERS
from generator.manifests.meshed import outside
from generator.manifests.workloads import WORKLOADS, pod_of
from generator.vocabulary.nodes import below, listed, mapping, mappings, numbered
from generator.vocabulary.source import Route

# Capabilities that Kubernetes' Pod Security level `baseline` lets a container add.
_HARMLESS = {
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
    *("NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
}
_NODES = ("hostNetwork", "hostPID", "hostIPC")
_TOKENS = ("kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token")
_FEWEST = 3  # characters of what can be a secret: shorter ones are placeholders


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a route of an object."""

    code: str
    route: Route
    message: str
    hint: str


def problems(taken: Object, service: str, *, privileged: bool, given: bool) -> Iterator[Problem]:
    """What an object of a service may not say; `privileged` if the platform lets its pods reach the
    machine, `given` if gen gives its pods their account."""
    document = taken.document
    if document["metadata"].get("finalizers"):
        message = "finalizers keep an object from going, and nobody here removes them"
        yield Problem("GEN402", ("metadata", "finalizers"), message, "delete them")
    if (rule := _OF_KIND.get(taken.kind)) is not None:
        yield from rule(document)
    for word in outside(document):
        hint = "delete it; who calls what outside the mesh is told in `environments/externals/`"
        yield Problem("GEN440", word.route, word.message, hint)
    if (pod := pod_of(document)) is not None:
        spec = below(document, *pod)
        if isinstance(spec, dict):
            given = given and document["kind"] in WORKLOADS
            yield from _account(document, pod, spec, service, given=given)
            if not privileged:
                yield from _machine(pod, spec)
    elif (route := _hidden_pod(document, ())) is not None:
        message = f"gen cannot give the pods of a {document['kind'][:40]} the account {service}"
        hint = "write a Deployment, StatefulSet, DaemonSet, Job or CronJob"
        yield Problem("GEN431", route, message, hint)


def secret(document: Mapping[str, Any]) -> Iterator[Problem]:
    """A token of an account, or what everybody can read."""
    if document.get("type") in _TOKENS:
        message = "a token of an account is its whole identity"
        yield Problem("GEN432", ("type",), message, "delete it; pods get theirs from Kubernetes")
        return
    for key in ("data", "stringData"):
        for name, value in mapping(document, key).items():
            if _tells(value, encoded=key == "data"):
                message = f"the secret `{name[:60]}` stands in the repository as plain text"
                hint = (
                    "keep it in a store of secrets or sealed, and let the pods take it from there"
                )
                yield Problem("GEN433", (key, name), message, hint)
                return


def _tells(value: Any, *, encoded: bool) -> bool:
    if not isinstance(value, str):
        return False
    try:
        said = base64.b64decode(value, validate=True) if encoded else value.encode()
    except (binascii.Error, ValueError):
        return True
    return len(said.strip()) >= _FEWEST


def _service(document: Mapping[str, Any]) -> Iterator[Problem]:
    for key in ("externalIPs", "loadBalancerIP"):
        if below(document, "spec", key):
            message = f"`{key}` takes the traffic of an address, whoever's it is"
            yield Problem(
                "GEN432", ("spec", key), message, "delete it; requests come in by `entry`"
            )


def _budget(document: Mapping[str, Any]) -> Iterator[Problem]:
    if below(document, "spec", "selector") == {}:
        message = "an empty selector means the pods of everybody, and two budgets let none go"
        hint = "ask for the labels of the pods that are meant"
        yield Problem("GEN432", ("spec", "selector"), message, hint)


def _paused(document: Mapping[str, Any]) -> Iterator[Problem]:
    if below(document, "spec", "paused") is True:
        message = "a deployment that is paused keeps its old pods"
        yield Problem("GEN441", ("spec", "paused"), message, "delete it")


def _kept(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Where a StatefulSet or a DaemonSet keeps its old pods when what it runs is changed."""
    route: Route = ("spec", "updateStrategy")
    strategy = mapping(document, *route)
    partition = mapping(strategy, "rollingUpdate").get("partition")
    if strategy.get("type") == "OnDelete":
        message = "with `OnDelete` the old pods stay until somebody deletes them"
        yield Problem("GEN441", (*route, "type"), message, "use RollingUpdate")
    elif isinstance(partition, int) and partition > 0:
        message = f"pods below number {partition} keep the old version"
        yield Problem("GEN441", (*route, "rollingUpdate", "partition"), message, "delete it")


_OF_KIND = {
    ("", "Secret"): secret,
    ("", "Service"): _service,
    ("policy", "PodDisruptionBudget"): _budget,
    ("apps", "Deployment"): _paused,
    ("apps", "StatefulSet"): _kept,
    ("apps", "DaemonSet"): _kept,
}


def _account(
    document: Mapping[str, Any], pod: Route, spec: Mapping[str, Any], service: str, *, given: bool
) -> Iterator[Problem]:
    for key in ("serviceAccountName", "serviceAccount"):
        name = spec.get(key)
        if name not in (None, "", service):
            message = f"these pods run as {service}, and not as {str(name)[:60]}"
            hint = (
                f"delete it; what the account has goes to a ServiceAccount `{service}` in the base"
            )
            yield Problem("GEN431", (*pod, key), message, hint)
            return
    if not given and spec.get("serviceAccountName") != service:
        message = f"gen gives the pods of this {document['kind']} no account"
        hint = f"write `serviceAccountName: {service}`, or put a workload into the service's base"
        yield Problem("GEN431", pod, message, hint)


def _machine(pod: Route, spec: Mapping[str, Any]) -> Iterator[Problem]:
    for key in _NODES:
        if spec.get(key):
            yield _reaches((*pod, key), f"`{key}` gives the pods the node's own")
    for index, volume in numbered(spec, "volumes"):
        if "hostPath" in volume:
            yield _reaches((*pod, "volumes", index, "hostPath"), "`hostPath` is the node's disk")
    yield from _context((*pod, "securityContext"), spec.get("securityContext"))
    for group in CONTAINERS:
        for index, container in numbered(spec, group):
            yield from _container((*pod, group, index), container)


def _container(route: Route, container: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _context((*route, "securityContext"), container.get("securityContext"))
    for index, port in numbered(container, "ports"):
        if port.get("hostPort"):
            yield _reaches((*route, "ports", index, "hostPort"), "`hostPort` is the node's port")


def _context(route: Route, context: Any) -> Iterator[Problem]:
    if not isinstance(context, dict):
        return
    if context.get("privileged"):
        yield _reaches(
            (*route, "privileged"), "a privileged container can do all that the node can"
        )
    if context.get("procMount") not in (None, "Default"):
        yield _reaches((*route, "procMount"), "`procMount` shows the node's processes")
    if below(context, "windowsOptions", "hostProcess"):
        where = (*route, "windowsOptions", "hostProcess")
        yield _reaches(where, "`hostProcess` runs on the node itself")
    for index, name in enumerate(listed(context, "capabilities", "add")):
        if str(name).removeprefix("CAP_") not in _HARMLESS:
            where = (*route, "capabilities", "add", index)
            yield _reaches(where, f"the capability {str(name)[:40]} reaches beyond the container")


def _reaches(route: Route, message: str) -> Problem:
    hint = "delete it, or ask the platform's owner to name the service in `bases.privileged`"
    return Problem("GEN430", route, message, hint)


def _hidden_pod(node: Any, route: Route) -> Route | None:
    """Where an object of a kind that gen does not know describes containers."""
    pairs = node.items() if isinstance(node, Mapping) else ()
    for key, value in enumerate(node) if isinstance(node, list) else pairs:
        if key == "containers" and isinstance(value, list) and _are_containers(value):
            return route
        if (hidden := _hidden_pod(value, (*route, key))) is not None:
            return hidden
    return None


def _are_containers(items: list[Any]) -> bool:
    return any("image" in item for item in mappings(items))
