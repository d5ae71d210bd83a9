"""Argo CD asks each Application's `manifest-generate-paths` whether a commit concerns it: exactly those that read what changed."""

from __future__ import annotations

import os
import posixpath
import random
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from generator.compiler.compile import compile_sources, valid
from generator.vocabulary.findings import Findings
from tests.conftest import Files, base, service, sources

EDITS = int(os.environ.get("EDITS", "30"))
PATHS = "argocd.argoproj.io/manifest-generate-paths"
START: Files = (
    {
        "overlays/components/debug/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: patch.yaml, target: {kind: Deployment}}]\n",
        "overlays/components/debug/patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {minReadySeconds: 1}\n",
        "overlays/base/shared/kustomization.yaml": "kind: Kustomization\nresources: [config.yaml]\n",
        "overlays/base/shared/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\ndata: {a: '1'}\n",
    }
    | {path: text for name in ("cart", "pay", "mail") for path, text in service(name).items()}
    | {
        "overlays/base/cart/kustomization.yaml": "kind: Kustomization\nresources: [deployment.yaml, ../shared]\n",
        "environments/test/environment.yaml": "hosts: [test.example.com]\nruns:\n  web: {tag: v1}\n  api: {tag: v1}\n  cart: {tag: v1}\n  pay: {tag: v1}\n  mail: {tag: v1}\n",
        "environments/test/branches/debugged.yaml": "runs:\n  cart: {tag: b1, components: [debug]}\n  pay: {tag: b1}\n",
    }
)


def edit(files: Files, dice: random.Random) -> None:
    tag, number = f"t{dice.randrange(99)}", dice.randrange(99)
    name = dice.choice(("web", "api", "cart", "pay", "mail"))
    match dice.randrange(9):
        case 0:
            files["overlays/base/shared/config.yaml"] = (
                f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: shared}}\ndata: {{a: '{number}'}}\n"
            )
        case 1:
            files["overlays/components/debug/patch.yaml"] = (
                f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: x}}\nspec: {{minReadySeconds: {number}}}\n"
            )
        case 2:
            files[f"overlays/base/{name}/deployment.yaml"] = (
                str(base(name)[f"overlays/base/{name}/deployment.yaml"]) + f"# {number}\n"
            )
        case 3:
            files["environments/test/environment.yaml"] = str(
                files["environments/test/environment.yaml"]
            ).replace(f"{name}: {{tag: v1}}", f"{name}: {{tag: {tag}}}")
        case 4:
            files[f"environments/test/branches/b{number % 4}.yaml"] = (
                f"runs:\n  {name}: {{tag: {tag}{dice.choice(('', ', components: [debug]'))}}}\n"
            )
        case 5:
            for path in [path for path in files if path.startswith("environments/test/branches/b")][
                :1
            ]:
                del files[path]
        case 6:
            files[f"environments/lanes/l{number % 3}.yaml"] = (
                f"through: [{dice.choice(('test/debugged', 'perf', 'test'))}, test]\n"
            )
        case 7:
            files["environments/perf/environment.yaml"] = (
                f"hosts: [perf.example.com]\nextends: test\nruns:\n  {name}: {{tag: {tag}}}\n"
            )
        case _:
            files[f"environments/tenants/t{number % 9}.yaml"] = (
                f"match: [{{header: {{x-tenant: t{number % 9}-{tag}}}}}]\nlane: {dice.choice(('test', 'perf', 'test/debugged'))}\n"
            )


@lru_cache(maxsize=1 << 12)
def parsed(raw: bytes) -> list[Any]:
    return list(yaml.load_all(raw, yaml.CSafeLoader))


def applications(files: Mapping[str, bytes]) -> dict[str, tuple[str, list[str]]]:
    """Application → its folder, and the folders that it says it reads."""
    found = {}
    for path, raw in files.items():
        for item in parsed(raw) if path.startswith("argocd/") else ():
            if item["kind"] == "Application":
                folder = item["spec"]["source"]["path"]
                said = item["metadata"]["annotations"][PATHS].split(";")
                found[item["metadata"]["name"]] = (
                    folder,
                    [
                        part.lstrip("/")
                        if part.startswith("/")
                        else posixpath.normpath(f"{folder}/{part}")
                        for part in said
                    ],
                )
    return found


def read(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    """All that an Application's folder is made of, as kustomize follows it."""
    reached = {path: raw for path, raw in files.items() if path.startswith(folder + "/")}
    queue, seen = (
        [posixpath.dirname(path) for path in reached if path.endswith("/kustomization.yaml")],
        set(),
    )
    for here in queue:  # grows while it is walked
        if here in seen or f"{here}/kustomization.yaml" not in files:
            continue
        seen.add(here)
        reached |= {path: raw for path, raw in files.items() if posixpath.dirname(path) == here}
        content = parsed(files[f"{here}/kustomization.yaml"])[0]
        queue += [
            posixpath.normpath(f"{here}/{entry}")
            for key in ("resources", "components")
            for entry in content.get(key) or ()
        ]
    return reached


def test_exactly_the_applications_that_read_what_changed_are_asked() -> None:
    dice, files, compared = random.Random(8), dict(START), 0
    before = dict(valid(compile_sources(sources(files))).files)
    while compared < EDITS:
        was = dict(files)
        edit(files, dice)
        try:
            after = dict(valid(compile_sources(sources(files))).files)
        except Findings:
            files = was
            continue
        changed = {
            path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
        }
        old = applications(before)
        for name, (folder, said) in applications(after).items():
            if name in old and old[name] == (folder, said):
                asked = any(path.startswith(part + "/") for path in changed for part in said)
                assert asked == (read(before, folder) != read(after, folder)), (
                    name,
                    sorted(changed),
                )
        before, compared = after, compared + bool(changed)
