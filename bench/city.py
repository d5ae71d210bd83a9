"""`python -m bench.city FOLDER [SIZE]`: a deterministic city of 200 services, 20 environments that
run 60 each, 400 branches of 4 services, 300 named lanes and 20,000 tenants, or a part or a multiple
of it.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Mapping
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
CHANGED, CALLS = 4, 4  # services of a branch, calls of a service
ENTRY = 12  # every which service is an entry


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
        return cls(
            max(12, int(200 * part)),
            max(2, int(20 * part)),
            60,
            max(4, int(400 * part)),
            max(3, int(300 * part)),
            int(20_000 * part),
        )


def city(size: Size) -> dict[str, str]:
    """Path → text. The same size gives the same city.

    A service calls others of a lower number only, and environments stand on each other: the first
    runs the first 60 services (or as many as `running` says), the next the following 60 on top of
    it, and so on; once all services run, environments run any 60. So every lane finds an answer to
    all that it can reach.
    """
    dice = random.Random(7)
    names = [f"service-{index:03}" for index in range(size.services)]
    files = {"environments/platform.yaml": PLATFORM}
    for index, name in enumerate(names):
        files |= _service(index, name, dice.sample(names[:index], min(CALLS, index)))
    units = []
    for path, text in _units(size, names, dice):
        files[path] = text
        units.append(_unit(path))
    for index in range(size.lanes):
        through = ", ".join(dice.sample(units, 2))
        files[f"environments/lanes/lane-{index:03}.yaml"] = f"through: [{through}]\n"
    for index in range(size.tenants):
        lane = dice.choice(units) if index % 3 else f"lane-{index % size.lanes:03}"
        files[tenant(index)] = rules(index, lane)
    return files


def _units(size: Size, names: list[str], dice: random.Random) -> Iterator[tuple[str, str]]:
    """(path, text) of each environment, and of its branches behind it."""
    running, known = min(size.running, size.services), 0
    lowest = -(-size.services // running) - 1  # the one on which all services run
    for index in range(size.environments):
        here, known = f"env-{index:02}", min(known + running, size.services)
        runs = names[known - running : known]
        if index * running >= size.services:
            runs = sorted(dice.sample(names, running))
        lines = [f"hosts: [{here}.example.com]\n"]
        if index:
            lines.append(f"extends: env-{min(index - 1, lowest):02}\n")
        lines.append("runs:\n")
        lines += [f"  {name}: {{tag: v1.{index}}}\n" for name in runs]
        yield f"environments/{here}/environment.yaml", "".join(lines)
        for number in range(index, size.branches, size.environments):
            changed = sorted(dice.sample(names[:known], CHANGED))
            lines = [f"owner: team-{number % 9}\nruns:\n"]
            lines += [f"  {name}: {{tag: b{number}}}\n" for name in changed]
            yield f"environments/{here}/branches/branch-{number:03}.yaml", "".join(lines)


def _unit(path: str) -> str:
    """The unit of an environment's or a branch's file."""
    _, environment, *branch = path.removesuffix(".yaml").split("/")
    return f"{environment}/{branch[1]}" if branch[0] == "branches" else environment


def _service(index: int, name: str, calls: list[str]) -> dict[str, str]:
    port, protocol = 8000 + index % 3, ("http", "grpc", "http2")[index % 3]
    lines = [
        f"image: registry.example.com/city/{name}\n",
        f"ports: [{{name: main, port: {port}, protocol: {protocol}}}]\n",
        f"calls: [{', '.join(calls)}]\n",
    ]
    if index % ENTRY == ENTRY - 1:
        lines.append(f"entry: [{{prefix: /{name}}}]\n")
    base = f"overlays/base/{name}"
    return {
        f"environments/services/{name}.yaml": "".join(lines),
        f"{base}/kustomization.yaml": "kind: Kustomization\nresources: [deployment.yaml]\n",
        f"{base}/deployment.yaml": DEPLOYMENT.format(name=name),
    }


def tenant(index: int) -> str:
    """The file of a tenant."""
    return f"environments/tenants/{index % 100:02}/tenant-{index:05}.yaml"


def rules(index: int, lane: str) -> str:
    claim, header = f"claim: {{tenant: t{index}}}", f"header: {{x-tenant: t{index}}}"
    return f"match:\n  - {claim}\n  - {header}\nlane: {lane}\n"


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("size", nargs="?", type=Fraction, default=1, help="1/10, 3")
    asked = parser.parse_args()
    write(asked.folder, city(Size.of(asked.size)))


if __name__ == "__main__":
    main()
