"""The text of new files: short, valid, with the comments that a newcomer needs."""

from __future__ import annotations

import hashlib
import re

from generator.compiler.emit.yaml_text import scalar
from generator.vocabulary import names


def modeline(kind: str, path: str) -> str:
    """The line by which editors find the schema of a file."""
    return f"# yaml-language-server: $schema={'../' * path.count('/')}schemas/{kind}.json\n"


def path_of(kind: str, name: str) -> str:
    """Where a new thing's file goes; a branch is named environment/branch."""
    if kind == "environment":
        return f"environments/{name}/environment.yaml"
    if kind == "branch":
        environment, _, branch = name.partition("/")
        return f"environments/{environment}/branches/{branch}.yaml"
    return f"environments/{kind}s/{name}.yaml"


def branch_name(text: str, room: int) -> str:
    """A git branch's name as a branch of gen: lower case, '-' for what is not allowed, shortened with a hash to `room`."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "branch"
    if len(name) > room or name in names.RESERVED_BRANCHES:
        digest = hashlib.sha256(text.encode()).hexdigest()[:6]
        name = f"{name[: max(room - 7, 1)].rstrip('-')}-{digest}"
    return name


def service(name: str, image: str, port: int, protocol: str) -> str:
    carrier = ", carrier: grpc" if protocol == "rpc" else ""
    return (
        f"image: {scalar(image)}\n"
        f"ports:\n"
        f"  - {{name: {protocol}, port: {port}, protocol: {protocol}{carrier}}}\n"
        f"calls: []                     # services that it calls; nothing else is reachable\n"
        f"# forwardsColour: false       # if it does not copy the colour's header to its own calls\n"
        f"# entry: [{{prefix: /{name}}}]   # if it is reachable from the ingress\n"
    )


def environment(name: str, host: str, extends: str | None) -> str:
    below = f"extends: {scalar(extends)}              # answers for what this environment does not run\n" if extends else ""
    return f"hosts: [{scalar(host)}]\n{below}runs: {{}}                      # service: {{tag: …}}\n"


def branch(owner: str | None, expires: str | None, runs: dict[str, str]) -> str:
    head = (f"owner: {scalar(owner)}\n" if owner else "") + (f"expires: {expires}\n" if expires else "")
    return head + "runs:\n" + "".join(f"  {service}: {{{version}}}\n" for service, version in sorted(runs.items()))


def version(text: str) -> tuple[str, str]:
    """`tag` or `digest`, and its value."""
    return ("digest", text) if names.matches(names.DIGEST, text) else ("tag", text)


def lane(through: list[str]) -> str:
    return f"through: [{', '.join(scalar(unit) for unit in through)}]\n# pin: {{service: unit}}\n# isolation: strict           # 503 rather than a unit outside the list\n"


def tenant(header: str, value: str, lane: str) -> str:
    return f"match:\n  - header: {{{scalar(header)}: {scalar(value)}}}\nlane: {scalar(lane)}\nexpect: {{}}                    # service: unit, checked by `gen validate`\n"


def base(name: str, image: str, port: int, protocol: str) -> dict[str, str]:
    """A base's files: what a reviewer would want to see of a workload."""
    probe = {"http": f"httpGet: {{path: /healthz, port: {port}}}", "grpc": f"grpc: {{port: {port}}}"}.get(protocol, f"tcpSocket: {{port: {port}}}")
    deployment = f"""\
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
            - {{name: {protocol}, containerPort: {port}}}
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
    kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - deployment.yaml\n"
    return {f"overlays/base/{name}/deployment.yaml": deployment, f"overlays/base/{name}/kustomization.yaml": kustomization}
