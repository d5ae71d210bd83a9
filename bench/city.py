"""`python -m bench.city FOLDER [SIZE]`: a deterministic city of 200 services, 20 environments that run 60 each, 400 branches
of 4 services, 300 named lanes and 20,000 tenants, or a part or a multiple of it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

PLATFORM = """\
name: city
argocd: {repository: https://git.example.com/city.git}
ingress: {jwt: [{issuer: https://id.example.com, jwksUri: https://id.example.com/keys}]}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  selector: {{matchLabels: {{app.kubernetes.io/name: {name}}}}}
  template:
    metadata: {{labels: {{app.kubernetes.io/name: {name}}}}}
    spec: {{containers: [{{name: main, image: registry.example.com/city/{name}}}]}}
"""
CHANGED, CALLS, ENTRY = 4, 4, 12  # services of a branch, calls of a service, every which one is an entry


@dataclass(frozen=True)
class Size:
    services: int
    environments: int
    running: int
    branches: int
    lanes: int
    tenants: int

    @classmethod
    def of(cls, part: Fraction) -> Size:
        return cls(max(12, int(200 * part)), max(2, int(20 * part)), 60, max(4, int(400 * part)), max(3, int(300 * part)), int(20_000 * part))


def city(size: Size) -> dict[str, str]:
    """Path → text. The same size gives the same city.

    A service calls others of a lower number only, and environments stand on each other: the first runs the first 60
    services (or as many as `running` says), the next the following 60 on top of it, and so on; once all services run, environments run any 60. So every
    lane finds an answer to all that it can reach.
    """
    dice, running = random.Random(7), min(size.running, size.services)
    names = [f"service-{index:03}" for index in range(size.services)]
    files = {"environments/platform.yaml": PLATFORM}
    for index, name in enumerate(names):
        files |= _service(index, name, dice.sample(names[:index], min(CALLS, index)))
    units, known = [], 0
    for index in range(size.environments):
        here, known = f"env-{index:02}", min(known + running, size.services)
        runs = names[known - running : known] if index * running < size.services else sorted(dice.sample(names, running))
        below = f"extends: env-{min(index, -(-size.services // running)) - 1:02}\n" if index else ""
        files[f"environments/{here}/environment.yaml"] = f"hosts: [{here}.example.com]\n{below}runs:\n" + "".join(f"  {name}: {{tag: v1.{index}}}\n" for name in runs)
        units.append(here)
        for number in range(index, size.branches, size.environments):
            lines = "".join(f"  {name}: {{tag: b{number}}}\n" for name in sorted(dice.sample(names[:known], CHANGED)))
            files[f"environments/{here}/branches/branch-{number:03}.yaml"] = f"owner: team-{number % 9}\nruns:\n{lines}"
            units.append(f"{here}/branch-{number:03}")
    for index in range(size.lanes):
        files[f"environments/lanes/lane-{index:03}.yaml"] = f"through: [{', '.join(dice.sample(units, 2))}]\n"
    for index in range(size.tenants):
        files[tenant(index)] = rules(index, dice.choice(units) if index % 3 else f"lane-{index % size.lanes:03}")
    return files


def _service(index: int, name: str, calls: list[str]) -> dict[str, str]:
    entry = f"entry: [{{prefix: /{name}}}]\n" if index % ENTRY == ENTRY - 1 else ""
    return {
        f"environments/services/{name}.yaml": (
            f"image: registry.example.com/city/{name}\nports: [{{name: main, port: {8000 + index % 3}, protocol: {('http', 'grpc', 'http2')[index % 3]}}}]\n"
            f"calls: [{', '.join(calls)}]\n{entry}"
        ),
        f"overlays/base/{name}/kustomization.yaml": "kind: Kustomization\nresources: [deployment.yaml]\n",
        f"overlays/base/{name}/deployment.yaml": DEPLOYMENT.format(name=name),
    }


def tenant(index: int) -> str:
    """The file of a tenant."""
    return f"environments/tenants/{index % 100:02}/tenant-{index:05}.yaml"


def rules(index: int, lane: str) -> str:
    return f"match:\n  - claim: {{tenant: t{index}}}\n  - header: {{x-tenant: t{index}}}\nlane: {lane}\n"


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]), city(Size.of(Fraction(sys.argv[2] if len(sys.argv) > 2 else 1))))
