"""The text of new files: short, valid, with the comments that a newcomer needs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from generator.targets.yaml_text import scalar
from generator.vocabulary import names
from generator.vocabulary.layout import BASES, KUSTOMIZATIONS
from generator.vocabulary.refusal import Refusal

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        seccompProfile: {{type: RuntimeDefault}}
      containers:
        - name: {name}
          image: {image}
          ports:
{ports}
          lifecycle:
            preStop: {{sleep: {{seconds: 5}}}}    # answers until every proxy knows that it goes
          readinessProbe:
            {probe}
          livenessProbe:
            {probe}
            failureThreshold: 6
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
            limits: {{memory: 128Mi}}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {{drop: [ALL]}}
"""
KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - deployment.yaml
"""


def modeline(kind: str, path: str) -> str:
    """The line by which editors find the schema of a file."""
    return f"# yaml-language-server: $schema={'../' * path.count('/')}schemas/{kind}.json\n"


def branch_name(text: str, room: int) -> str:
    """A git branch's name as a branch of gen: lower case, '-' for what is not allowed, shortened
    with a hash to `room`."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "branch"
    if len(name) > room or name in names.RESERVED_BRANCHES:
        digest = hashlib.sha256(text.encode()).hexdigest()[:6]
        name = f"{name[: max(room - 7, 1)].rstrip('-')}-{digest}"
    return name


class Port(NamedTuple):
    """A port of a new service or external."""

    name: str
    number: int
    protocol: str


def service(
    name: str,
    image: str,
    ports: Sequence[Port],
    calls: Sequence[str] = (),
    entry: Sequence[Mapping[str, str]] = (),
) -> str:
    """A service's file. `entry`: `prefix` or `exact`, with the path."""
    ways = ", ".join("{" + _pairs(each) + "}" for each in entry)
    called = f"calls: [{', '.join(map(scalar, calls))}]"
    return (
        f"image: {scalar(image)}\n"
        "ports:\n"
        + "".join(f"  - {{{_said(port)}}}\n" for port in ports)
        + f"{called:<30}# services that it calls; nothing else is reachable\n"
        + "# forwardsColour: true        # false if it does not copy the colour's header\n"
        + (
            f"entry: [{ways}]\n"
            if ways
            else f"# entry: [{{prefix: /{name}}}]   # if it is reachable from the ingress\n"
        )
    )


def _said(port: Port) -> str:
    carrier = ", carrier: grpc" if port.protocol == "rpc" else ""
    name, number = scalar(port.name), port.number
    return f"name: {name}, port: {number}, protocol: {port.protocol}{carrier}"


def _pairs(said: Mapping[str, str]) -> str:
    return ", ".join(f"{key}: {scalar(value)}" for key, value in said.items())


def environment(host: str, extends: str | None) -> str:
    lines = [f"hosts: [{scalar(host)}]\n"]
    if extends:
        why = "answers for what this environment does not run"
        lines.append(f"extends: {scalar(extends)}              # {why}\n")
    lines.append("runs: {}                      # service: {tag: …}\n")
    return "".join(lines)


def branch(owner: str | None, expires: str | None, runs: dict[str, str]) -> str:
    lines = []
    if owner:
        lines.append(f"owner: {scalar(owner)}\n")
    if expires:
        lines.append(f"expires: {expires}\n")
    lines.append("runs:\n")
    lines += [f"  {scalar(service)}: {{{version}}}\n" for service, version in sorted(runs.items())]
    return "".join(lines)


def version(text: str) -> tuple[str, str]:
    """`tag` or `digest`, and its value."""
    return ("digest", text) if names.matches(names.DIGEST, text) else ("tag", text)


def said(text: str) -> dict[str, str]:
    """What a version's words say, by the keys of `runs`: a tag or a digest, with an image in front
    where it is not the service's own (`ghcr.io/shop/cart:v1`)."""
    folder, slash, last = text.rpartition("/")
    if not slash:
        return dict([version(text)])
    name, at, digest = last.partition("@")
    name, colon, tag = (name, at, digest) if at else last.partition(":")
    if not colon:
        raise Refusal(
            f"`{text[:100]}` has no tag and no digest",
            "write SERVICE=TAG, or SERVICE=IMAGE:TAG for another image",
            exit_code=2,
        )
    return {"image": f"{folder}/{name}"} | dict([version(tag)])


def lane(through: list[str]) -> str:
    return (
        f"through: [{', '.join(map(scalar, through))}]\n"
        "# pin: {service: unit}\n"
        "# isolation: strict           # 503 rather than a unit outside the list\n"
    )


def external(host: str, ports: Sequence[Port]) -> str:
    return (
        f"hosts: [{scalar(host)}]\n"
        "# cidrs: [10.20.0.0/16]       # where it lies, if pods may open few connections\n"
        "ports:\n"
        + "".join(f"  - {{port: {port.number}, protocol: {port.protocol}}}\n" for port in ports)
    )


def tenant(header: str, value: str, lane: str) -> str:
    return (
        f"match:\n  - header: {{{scalar(header)}: {scalar(value)}}}\n"
        f"lane: {scalar(lane)}\n"
        "expect: {}                    # service: unit, checked by `gen validate`\n"
    )


def base(name: str, image: str, ports: Sequence[Port]) -> dict[str, str]:
    """A base's files: what a reviewer would want to see of a workload. The first port is asked
    whether it is ready."""
    first = ports[0]
    probes = {
        "http": f"httpGet: {{path: /healthz, port: {first.number}}}",
        "grpc": f"grpc: {{port: {first.number}}}",
    }
    listed = [
        f"            - {{name: {scalar(port.name)}, containerPort: {port.number}}}"
        for port in ports
    ]
    deployment = DEPLOYMENT.format(
        name=name,
        image=scalar(image),
        ports="\n".join(listed),
        probe=probes.get(first.protocol, f"tcpSocket: {{port: {first.number}}}"),
    )
    return {
        f"{BASES}{name}/deployment.yaml": deployment,
        f"{BASES}{name}/{KUSTOMIZATIONS[0]}": KUSTOMIZATION,
    }
