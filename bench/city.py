"""`python -m bench.city --tenants 2000 --services 60 --branches 100`: a deterministic city, and what compiling it costs.

Prints medians of fresh processes, the parts of one compile, and the floor beside it: libyaml over the same input, and
`git fast-import` of the same output.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

TOP = Path(__file__).parent.parent


def city(tenants: int, services: int, environments: int, running: int, branches: int, lanes: int) -> dict[str, str]:
    """Path → text. The same numbers give the same city."""
    dice = random.Random(7)
    names = [f"service-{index:03}" for index in range(services)]
    files = {"environments/platform.yaml": "name: city\nargocd: {repository: https://git.example.com/city.git}\ningress: {jwt: [{issuer: https://id.example.com, jwksUri: https://id.example.com/keys}]}\n"}
    for index, name in enumerate(names):
        calls = ", ".join(dice.sample(names[index + 1 :], min(4, services - index - 1)))
        entry = "entry: [{prefix: /%s}]\n" % name if index < 10 else ""
        protocol = ("http", "grpc", "http2")[index % 3]
        files[f"environments/services/{name}.yaml"] = f"image: registry.example.com/city/{name}\nports: [{{name: main, port: {8000 + index % 3}, protocol: {protocol}}}]\ncalls: [{calls}]\n{entry}"
        files[f"overlays/base/{name}/kustomization.yaml"] = "kind: Kustomization\nresources: [deployment.yaml]\n"
        files[f"overlays/base/{name}/deployment.yaml"] = (
            f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  selector: {{matchLabels: {{app.kubernetes.io/name: {name}}}}}\n  template:\n"
            f"    metadata: {{labels: {{app.kubernetes.io/name: {name}}}}}\n    spec: {{containers: [{{name: main, image: registry.example.com/city/{name}}}]}}\n"
        )
    units = []
    for index in range(environments):
        # The first runs everything, so that every lane finds an answer; the others run their share on top of it.
        runs = names if index == 0 else sorted(dice.sample(names, min(running, services)))
        extends = "" if index == 0 else "extends: env-00\n"
        lines = "".join(f"  {name}: {{tag: v1.{index}}}\n" for name in runs)
        files[f"environments/env-{index:02}/environment.yaml"] = f"hosts: [env-{index:02}.example.com]\n{extends}runs:\n{lines}"
        units.append(f"env-{index:02}")
    for index in range(branches):
        lines = "".join(f"  {name}: {{tag: b{index}}}\n" for name in sorted(dice.sample(names, 4)))
        unit = f"env-{index % environments:02}/branch-{index:03}"
        files[f"environments/{unit.replace('/', '/branches/')}.yaml"] = f"owner: team-{index % 9}\nruns:\n{lines}"
        units.append(unit)
    for index in range(lanes):
        files[f"environments/lanes/lane-{index:03}.yaml"] = f"through: [{', '.join(dice.sample(units, 2))}]\n"
    for index in range(tenants):
        lane = dice.choice(units) if index % 3 else f"lane-{index % lanes:03}"
        files[f"environments/tenants/{index % 100:02}/tenant-{index:05}.yaml"] = f"match:\n  - claim: {{tenant: t{index}}}\n  - header: {{x-tenant: t{index}}}\nlane: {lane}\n"
    return files


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


@contextmanager
def part(name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    print(f"  {name:32} {time.perf_counter() - start:8.3f} s")


def median(what: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        what()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def gen(root: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "generator", "-C", str(root), *arguments], cwd=TOP, check=True, capture_output=True)


def fast_import(files: Mapping[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", "--bare", folder], check=True)
        stream = [b"commit refs/heads/x\ncommitter x <x> 0 +0000\ndata 1\nx\n"]
        stream += [b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content) for path, content in files.items()]
        subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=b"".join(stream), check=True)


def measure(root: Path, rounds: int) -> None:
    from generator.compiler.compile import compile_sources
    from generator.edge import tree

    out = root / "build"
    colds = []
    for _ in range(rounds):
        shutil.rmtree(out, ignore_errors=True)
        colds.append(median(lambda: gen(root, "build"), 1))
    cold = statistics.median(colds)
    warm = median(lambda: gen(root, "build"), rounds)
    validate = median(lambda: gen(root, "validate"), rounds)
    print("parts of one compile, in one process:")
    with part("read files"):
        sources = tree.read_sources(root)
    stages: list[tuple[str, float]] = []
    compiled = compile_sources(sources, lambda stage: stages.append((stage, time.perf_counter())))
    ends = [when for _, when in stages[1:]] + [time.perf_counter()]
    for (stage, start), end in zip(stages, ends, strict=True):
        print(f"  {stage:32} {end - start:8.3f} s")
    with part("emit"):
        files = compiled.files
    with part("compare with the tree on disk"):
        tree.compare(out, files)
    with part("write it anew"):
        tree.write(root / "anew", files)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    parse = median(lambda: [yaml.load(raw, loader) for path, raw in sources.files.items() if path.startswith("environments/")], 3)
    git = median(lambda: fast_import(files), 3)
    size = sum(map(len, files.values()))
    print(f"{len(sources.files)} files in, {len(files)} files out, {size / 1e6:.1f} MB; peak memory {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")
    print(f"floor: libyaml {parse:.2f} s + git fast-import {git:.2f} s = {parse + git:.2f} s")
    print(f"cold build {cold:.2f} s ({cold / (parse + git):.2f} × the floor), build without a change {warm:.2f} s, validate {validate:.2f} s (medians of {rounds})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("tenants", 2000), ("services", 60), ("environments", 5), ("running", 60), ("branches", 100), ("lanes", 20), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), city(options.tenants, options.services, options.environments, options.running, options.branches, options.lanes))
        measure(Path(folder), options.rounds)


if __name__ == "__main__":
    main()
