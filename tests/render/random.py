"""`python -m tests.render.random`: bases drawn at random. What gen takes, Kustomize must build to what gen tells.

Half of what is drawn is what people write; the rest bends what a unit's own names, labels, images and
accounts rest on. What gen refuses is counted, so that a run which refuses all would be seen.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from generator.compiler.compile import Compiled, compile_sources, valid
from generator.io.render import render
from generator.vocabulary.findings import Findings
from generator.vocabulary.source import Sources
from tests.mesh.tools import kustomize as built

Object = dict[str, Any]
Files = dict[str, str]
Dice = random.Random
IMAGE = "registry.example.com/shop/{}"
TOGETHER = 12  # services in one repository: a build costs less than a process
_SERVING = ("Deployment", "Deployment", "Deployment", "StatefulSet", "DaemonSet")
_PLATFORM = "name: random\nargocd: {repository: https://git.example.com/x.git}\n"
_COMPONENT: Object = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}


def draw(dice: Dice, name: str) -> Files:
    """A service's files: its base, its entry in the catalogue, and a component of its own."""
    objects = list(_objects(dice, name))
    base = f"overlays/base/{name}/"
    content: Object = {"kind": "Kustomization", "resources": ["all.yaml"]}
    files = {f"{base}all.yaml": "---\n".join(_printed(each) for each in objects)}
    for change in dice.sample(_CHANGES, dice.choice((0, 0, 1, 1, 2))):
        change(dice, name, content)
    files[f"{base}kustomization.yaml"] = _printed(content)
    inside: Object = {}
    dice.choice(_CHANGES)(dice, name, inside)
    files[f"overlays/components/{name}/kustomization.yaml"] = _printed(_COMPONENT | inside)
    port = {"name": "http", "port": 8080, "protocol": "http"}
    files[f"environments/services/{name}.yaml"] = _printed(
        {"image": IMAGE.format(name), "ports": [port], "entry": [{"prefix": f"/{name}"}]}
        | {"forwardsColour": True}
    )
    return files


def _printed(content: Object) -> str:
    return json.dumps(content, indent=1) + "\n"  # JSON is YAML


def _objects(dice: Dice, name: str) -> Iterator[Object]:
    kind = dice.choice(_SERVING)
    yield _workload(dice, name, kind, _own_name(dice, name))
    if dice.random() < 0.25:
        yield _workload(dice, name, dice.choice(_SERVING), f"{name}-worker")
    if dice.random() < 0.2:
        yield _job(dice, name)
    for make in dice.sample(_OTHERS, dice.choice((0, 1, 1, 2))):
        yield make(dice, name)


def _own_name(dice: Dice, name: str) -> str:
    return dice.choice((name, name, name, f"{name}-server", "server"))


def _image(dice: Dice, name: str) -> str:
    own = IMAGE.format(name)
    return dice.choice(
        (own, own, own, own, f"{own}:v0", f"{own}-helper:1", f"{own}@sha256:{'a' * 64}")
    )


def _pods(dice: Dice, name: str, labels: Object) -> Object:
    container: Object = {"name": "main", "image": _image(dice, name)}
    if dice.random() < 0.5:
        container["ports"] = [{"containerPort": dice.choice((8080, 8080, 8080, 9000))}]
    if dice.random() < 0.4:
        container["env"] = list(_variables(dice))
    spec: Object = {"containers": [container]}
    if dice.random() < 0.2:
        spec["containers"].insert(
            dice.choice((0, 1)), {"name": "side", "image": "example.com/side:1"}
        )
    if dice.random() < 0.15:
        spec["initContainers"] = [{"name": "first", "image": _image(dice, name)}]
    if dice.random() < 0.15:
        spec["serviceAccountName"] = dice.choice((name, "default", "other"))
    if dice.random() < 0.15:
        term = {"topologyKey": "kubernetes.io/hostname"}
        term |= {"labelSelector": {"matchLabels": dice.choice((labels, {"app": "other"}))}}
        key = "requiredDuringSchedulingIgnoredDuringExecution"
        spec["affinity"] = {dice.choice(("podAffinity", "podAntiAffinity")): {key: [term]}}
    return {"metadata": {"labels": labels}, "spec": spec}


def _variables(dice: Dice) -> Iterator[Object]:
    field = {"fieldRef": {"fieldPath": "metadata.name"}}
    for name in dice.sample(("A", "B", "LOG"), 2):
        yield {"name": name} | dice.choice(({"value": "x"}, {"valueFrom": field}, {}))


def _workload(dice: Dice, name: str, kind: str, called: str) -> Object:
    labels = dice.choice(({"app": called}, {"app": called}, {"app": "shared"}))
    if dice.random() < 0.1:
        labels = labels | {"gen/branch": "x"}
    spec: Object = {"selector": {"matchLabels": labels}, "template": _pods(dice, name, labels)}
    if kind == "StatefulSet":
        spec["serviceName"] = name
        if dice.random() < 0.5:
            claim: Object = {"accessModes": ["ReadWriteOnce"]}
            claim |= {"resources": {"requests": {"storage": "1Gi"}}}
            spec["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": claim}]
    if kind != "DaemonSet" and dice.random() < 0.3:
        spec["replicas"] = dice.choice((1, 3))
    return _object("apps/v1", kind, called, spec=spec)


def _object(version: str, kind: str, name: str, **more: Any) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}} | more


def _job(dice: Dice, name: str) -> Object:
    pods = _pods(dice, name, {"job": name})
    pods["spec"]["restartPolicy"] = "Never"
    if dice.random() < 0.5:
        return _object("batch/v1", "Job", f"{name}-once", spec={"template": pods})
    spec = {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": pods}}}
    return _object("batch/v1", "CronJob", f"{name}-daily", spec=spec)


def _map(dice: Dice, name: str) -> Object:
    called = dice.choice((f"{name}-map", f"{name}-map", "shared-map", name))
    return _object("v1", "ConfigMap", called, data={"a": "1"})


def _budget(dice: Dice, name: str) -> Object:
    selector = {"matchLabels": dice.choice(({"app": name}, {"app": "server"}))}
    spec = {"minAvailable": 1, "selector": selector}
    return _object("policy/v1", "PodDisruptionBudget", name, spec=spec)


def _scaler(dice: Dice, name: str) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": _own_name(dice, name)}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 4}
    return _object("autoscaling/v2", "HorizontalPodAutoscaler", name, spec=spec)


def _claim(_: Dice, name: str) -> Object:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return _object("v1", "PersistentVolumeClaim", f"{name}-data", spec=spec)


def _account(dice: Dice, name: str) -> Object:
    return _object("v1", "ServiceAccount", dice.choice((name, "other", f"{name}-tools")))


def _service(dice: Dice, name: str) -> Object:
    spec = {"ports": [{"port": 9090}], "selector": {"app": dice.choice((name, "server"))}}
    called = dice.choice((f"{name}-metrics", f"{name}-login", f"{name}-peers"))
    return _object("v1", "Service", called, spec=spec)


_OTHERS = (_map, _budget, _scaler, _claim, _account, _service)


def _labelled(dice: Dice, name: str, content: Object) -> None:
    pairs = dice.choice(({"team": "shop"}, {"app.kubernetes.io/name": "x"}, {"gen/branch": "x"}))
    switches = {
        key: True for key in ("includeSelectors", "includeTemplates") if dice.random() < 0.4
    }
    content["labels"] = [{"pairs": pairs} | switches]


def _prefixed(_: Dice, name: str, content: Object) -> None:
    content["namePrefix"] = "x-"


def _imaged(dice: Dice, name: str, content: Object) -> None:
    named = dice.choice(("example.com/side", IMAGE.format(name), "example.com/.*", f"{name}"))
    content["images"] = [{"name": named, dice.choice(("newTag", "newName")): "v9"}]


def _scaled(dice: Dice, name: str, content: Object) -> None:
    content["replicas"] = [{"name": dice.choice((name, "server", "nobody")), "count": 5}]


def _generated(dice: Dice, name: str, content: Object) -> None:
    entry: Object = {"name": dice.choice((f"{name}-made", f"{name}-map")), "literals": ["A=1"]}
    if dice.random() < 0.3:
        entry["behavior"] = dice.choice(("merge", "replace"))
    if dice.random() < 0.3:
        entry["options"] = {"disableNameSuffixHash": True}
    content["configMapGenerator"] = [entry]


def _merged(dice: Dice, name: str, content: Object) -> None:
    containers = [{"name": dice.choice(("main", "side", "new"))} | dice.choice(_INTO)]
    spec = dice.choice(
        (
            {"template": {"spec": {"containers": containers}}},
            {"template": {"spec": {"serviceAccountName": "other"}}},
            {"template": {"metadata": {"labels": {"gen/serves": "x"}}}},
            {"selector": {"matchLabels": {"app": "z"}}},
            {"replicas": 7},
            {"template": {"$patch": "replace", "spec": {"containers": []}}},
        )
    )
    kind, called = dice.choice(_SERVING), dice.choice((name, "server"))
    patch = _object("apps/v1", kind, called, spec=spec)
    content["patches"] = [{"patch": _printed(patch)}]


_INTO: tuple[Object, ...] = (
    {"image": "example.com/side:2"},
    {"env": [{"name": "A", "value": "patched"}]},
    {"$patch": "delete"},
    {"resources": {"limits": {"memory": "1Gi"}}},
)
_POD = "/spec/template/spec"
_OPERATIONS: tuple[Object, ...] = (
    {"op": "replace", "path": f"{_POD}/containers/0/image", "value": "example.com/side:3"},
    {"op": "add", "path": f"{_POD}/containers/-", "value": {"name": "z", "image": "z:1"}},
    {"op": "replace", "path": f"{_POD}/containers/0/name", "value": "renamed"},
    {"op": "remove", "path": f"{_POD}/containers/0"},
    {"op": "add", "path": f"{_POD}/priorityClassName", "value": "high"},
    {"op": "add", "path": "/metadata/annotations", "value": {"a": "b"}},
    {"op": "add", "path": "/metadata/labels", "value": {"a": "b"}},
    {"op": "replace", "path": "/spec/template/metadata/labels", "value": {"only": "this"}},
    {"op": "add", "path": f"{_POD}/serviceAccountName", "value": "other"},
    {"op": "add", "path": f"{_POD}/containers/0/env", "value": [{"name": "A", "value": "op"}]},
    {"op": "replace", "path": "/spec/selector", "value": {"matchLabels": {"only": "this"}}},
)


def _operated(dice: Dice, _: str, content: Object) -> None:
    kind = dice.choice((*_SERVING, "Deployment|StatefulSet|DaemonSet"))
    operations = [dice.choice(_OPERATIONS)]
    content["patches"] = [{"target": {"kind": kind}, "patch": json.dumps(operations)}]


def _annotated(_: Dice, name: str, content: Object) -> None:
    content["commonAnnotations"] = {"owner": name}


_CHANGES: tuple[Callable[[Dice, str, Object], None], ...] = (
    _labelled,
    _prefixed,
    _imaged,
    _scaled,
    _generated,
    _merged,
    _operated,
    _annotated,
)


def repository(dice: Dice, services: dict[str, Files]) -> Files:
    """An environment that runs them, and a branch that says all that a unit may say."""
    files = {"environments/platform.yaml": _PLATFORM}
    for each in services.values():
        files |= each
    runs: Object = {name: {"tag": "v1"} for name in services}
    files["environments/test/environment.yaml"] = _printed({"runs": runs})
    said = {name: {"tag": "b1"} | _said(dice, name) for name in services}
    files["environments/test/branches/login.yaml"] = _printed({"runs": said})
    return files


def _said(dice: Dice, name: str) -> Object:
    said: Object = {}
    if dice.random() < 0.4:
        said["env"] = dice.choice(({"A": "1"}, {"B": "$(A)", "LOG": "debug"}))
    if dice.random() < 0.3:
        said["replicas"] = 2
    if dice.random() < 0.5:
        said["components"] = [name]
    return said


def compiled(files: Files) -> Compiled:
    return valid(compile_sources(Sources({path: text.encode() for path, text in files.items()})))


def taken(seed: int, count: Counter[str]) -> dict[str, Files] | None:
    """A drawn service, if gen has no error to tell of it alone."""
    name = f"s{seed}"
    files = {name: draw(random.Random(seed), name)}
    try:
        compiled(repository(random.Random(seed), files))
    except Findings as refused:
        count.update({finding.code for finding in refused.found})
        return None
    return files


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.render.random")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kustomize", nargs="*", default=["5.5.0", "5.8.2"], help="versions")
    asked = parser.parse_args()
    refused: Counter[str] = Counter()
    drawn = (taken(seed, refused) for seed in range(asked.seed, asked.seed + asked.count))
    kept = [each for each in drawn if each is not None]
    told = 0
    rest = iter(kept)
    while batch := list(islice(rest, TOGETHER)):
        files = {name: text for each in batch for name, text in each.items()}
        told += _surprises(files, asked.kustomize)
    print(f"{len(kept)} of {asked.count} bases taken, {told} surprises; refused: {dict(refused)}")
    return 1 if told or len(kept) < asked.count / 5 else 0


def _surprises(services: dict[str, Files], versions: list[str]) -> int:
    """Of all of them together; whose fault it is, is found by building each alone."""
    told = 0
    for version in versions:
        command = (str(built(version)), "build")
        if not _rendered(services, command):
            continue
        for name, files in services.items():
            for message in _rendered({name: files}, command):
                told += 1
                print(f"{name} (Kustomize {version}): {message}", flush=True)
    return told


def _rendered(services: dict[str, Files], command: tuple[str, ...]) -> list[str]:
    seed = int(next(iter(services))[1:])
    try:
        made = compiled(repository(random.Random(seed), services))
    except Findings as together:  # what meets only where they stand side by side
        return [] if len(services) > 1 else [str(together.found)]
    return [finding.message for finding in render(made, command, lambda _: None)]


if __name__ == "__main__":
    sys.exit(main())
