"""From a folder to the objects that Kustomize makes of it: what leads where, what is built, and what keeps it from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from generator.manifests.build import Built, Object, build
from generator.manifests.generated import generated
from generator.manifests.generators import environment, too_large
from generator.manifests.images import (
    at,
    carriers,
    fitting,
    images,
    mistaken,
    renamed,
    unsaid,
    without_version,
)
from generator.manifests.walk import MOST_FOLDERS, Walk, walk
from generator.vocabulary.source import Place, Sources
from generator.vocabulary.yaml_reader import locate

TOP = "overlays/base/api"
K = f"{TOP}/kustomization.yaml"
A = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
B = A.replace("name: a", "name: b")
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"
Files = Mapping[str, str]


def way(files: Files, kind: str = "Kustomization", top: str = TOP) -> Walk:
    short = {path if path.startswith("overlays/") else f"{TOP}/{path}" for path in files}
    assert len(short) == len(files)
    full = {path if "overlays/" in path else f"{TOP}/{path}": files[path] for path in files}
    return walk(Sources({path: text.encode() for path, text in full.items()}), top, kind)


def told(made: Walk, found: Any) -> list[str]:
    lines = []
    for each in found:
        assert each.message and each.hint
        raw = made.sources.files.get(each.place.path)
        mark = each.place.mark or (locate(raw, each.place) if raw is not None else None)
        path = each.place.path.removeprefix(f"{TOP}/")
        lines.append(f"{each.code} {path}:{mark.line}:{mark.column}" if mark else each.code)
    return lines


FOLDERS: list[tuple[Files, list[str]]] = [
    ({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": A}, []),
    ({"kustomization.yml": "resources: [a.yaml]\n", "a.yaml": A}, []),
    ({"kustomization.yaml": "resources: [./a.yaml, b]\n", "a.yaml": A, "b/Kustomization": "resources: [c.yaml]\n", "b/c.yaml": B}, []),
    ({"kustomization.yaml": "resources: [a.yaml]\n", "Kustomization": "resources: []\n", "a.yaml": A}, ["GEN405 Kustomization:1:1"]),
    ({"kustomization.yaml": "resources: [a.yaml]\n"}, ["GEN401 kustomization.yaml:1:13"]),
    ({"kustomization.yaml": "resources: [b]\n", "b/c.yaml": B}, ["GEN401 kustomization.yaml:1:13"]),
    ({"kustomization.yaml": "components: [b]\n", "b/c.yaml": B}, ["GEN401 kustomization.yaml:1:14"]),
    ({"kustomization.yaml": "resources: [../../../a.yaml]\n", "overlays/../a.yaml": A}, ["GEN402 kustomization.yaml:1:13"]),
    *(
        ({"kustomization.yaml": f"resources: ['{entry}']\n"}, ["GEN402 kustomization.yaml:1:13"])
        for entry in ("https://example.com/a.yaml", "a.yaml?ref=b", "git@example.com:a", "github.com/a/b", "../../..", "/etc/a.yaml", "../../environments/a.yaml")
    ),
    ({"kustomization.yaml": "resources: [../web]\n", "overlays/base/web/kustomization.yaml": "resources: [a.yaml]\n", "overlays/base/web/a.yaml": A}, []),
    ({"kustomization.yaml": "resources: [../web/a.yaml]\n", "overlays/base/web/a.yaml": A}, ["GEN405 kustomization.yaml:1:13"]),
    ({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": POINTER}, ["GEN408 kustomization.yaml:1:13"]),
    ({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": "a: b\n"}, ["GEN405 a.yaml:1:1"]),
    ({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": f"---\n{A}---\n---\n"}, []),
    ({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": A.replace("{name: a}", "{name: a, labels: {'404': b}, annotations: {e1: b, example.com/404: b}}")}, []),
    ({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": A.replace("{name: a}", "{name: a, annotations: {'404': b}}")}, ["GEN405 a.yaml:3:42"]),
    ({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": A.replace("{name: a}", "{name: a, annotations: {'': b}}")}, ["GEN405 a.yaml:3:39"]),
    ({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": A.replace("{name: a}", "{name: a, annotations: {argocd.argoproj.io/hook: Sync}}")}, ["GEN402 a.yaml:3:35"]),
    # a component and a kustomization, each where the other belongs
    ({"kustomization.yaml": "resources: [b]\n", "b/kustomization.yaml": "kind: Component\nresources: [c.yaml]\n", "b/c.yaml": B}, ["GEN405 kustomization.yaml:1:13"]),
    ({"kustomization.yaml": "components: [b]\n", "b/kustomization.yaml": "resources: [c.yaml]\n", "b/c.yaml": B}, ["GEN405 kustomization.yaml:1:14"]),
    ({"kustomization.yaml": "components: [b]\n", "b/kustomization.yaml": "kind: Component\nresources: [c.yaml]\n", "b/c.yaml": B}, []),
    ({"kustomization.yaml": "kind: Component\nresources: [a.yaml]\n", "a.yaml": A}, ["GEN405 kustomization.yaml:1:1"]),
    # circles
    ({"kustomization.yaml": "resources: [b]\n", "b/kustomization.yaml": "resources: [..]\n"}, ["GEN405 kustomization.yaml:1:13", "GEN405 b/kustomization.yaml:1:13"]),
    ({"kustomization.yaml": "resources: [../b]\n", "overlays/base/b/kustomization.yaml": "resources: [../c]\n", "overlays/base/c/kustomization.yaml": "resources: [../b]\n"}, ["GEN405 overlays/base/b/kustomization.yaml:1:13", "GEN405 overlays/base/c/kustomization.yaml:1:13"]),
    ({"kustomization.yaml": "resources: [.]\n"}, ["GEN405 kustomization.yaml:1:13"]),
    # patches
    ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n", "a.yaml": A, "p.yaml": A}, []),
    ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n", "a.yaml": A}, ["GEN401 kustomization.yaml:2:18"]),
    ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n", "a.yaml": A, "p.yaml": POINTER}, ["GEN408 kustomization.yaml:2:18"]),
    ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{patch: '{'}]\n", "a.yaml": A}, ["GEN004 kustomization.yaml:2:19"]),
    # generators
    ({"kustomization.yaml": "configMapGenerator: [{name: a, files: [b]}]\n", "b": "c"}, []),
    ({"kustomization.yaml": "configMapGenerator: [{name: a, files: [b]}]\n"}, ["GEN401 kustomization.yaml:1:40"]),
    ({"kustomization.yaml": "configMapGenerator: [{name: a, files: [b]}]\n", "b": POINTER}, ["GEN408 kustomization.yaml:1:40"]),
    ({"kustomization.yaml": "configMapGenerator: [{name: a, envs: [b]}]\n", "b": "A=b\n\n# c\nD\n"}, ["GEN402 kustomization.yaml:1:39"]),
    ({"kustomization.yaml": "configMapGenerator: [{name: a, env: b}]\n", "b": "A=b\nC D=e\n"}, ["GEN405 kustomization.yaml:1:37"]),
    ({"kustomization.yaml": "configMapGenerator: [{name: a, env: b}]\n", "b": "NO=b\ntrue=e\n"}, ["GEN405 kustomization.yaml:1:37"]),
    ({"kustomization.yaml": "configMapGenerator: [{name: a, files: [b]}]\n", "b": "D\n"}, []),
]  # fmt: skip


@pytest.mark.parametrize("files, expected", FOLDERS)
def test_where_a_folder_leads(files: Files, expected: list[str]) -> None:
    made = way(files)
    assert told(made, made.found) == expected


def test_a_mistake_in_a_text_in_place_is_told_with_its_line() -> None:
    patch = "a: b\nc: [d\n"
    content = {"resources": ["a.yaml"], "patches": [{"patch": patch}]}
    (found,) = way({"kustomization.yaml": json.dumps(content), "a.yaml": A}).found
    assert found.message.startswith("in line 3 of this patch: ")
    assert found.place == Place(K).at("patches", 0, "patch")


def test_patches_of_all_folders_with_their_targets() -> None:
    files = {
        "kustomization.yaml": "resources: [b]\npatches: [{path: p.yaml}]\n",
        "p.yaml": f"{A}---\n{B}",
        "b/kustomization.yaml": "resources: [a.yaml]\npatches: [{target: {kind: ConfigMap}, patch: '- {op: remove, path: /data}'}]\n",
        "b/a.yaml": f"{A}---\n{B}",
    }  # fmt: skip
    made = way(files)
    assert [place.document for place, _ in made.patches[:2]] == [0, 1]
    assert [content for _, content in made.patches[2:]] == [[{"op": "remove", "path": "/data"}]]
    assert made.targets == [None, None, {"kind": "ConfigMap"}]


def test_folders_are_many_or_too_many() -> None:
    def chain(many: int) -> Files:
        folder = "overlays/base/f{}/kustomization.yaml"
        more = {folder.format(n): f"resources: [../f{n + 1}]\n" for n in range(many - 2)}
        last = {folder.format(many - 2): "configMapGenerator: [{name: a}]\n"}
        return {"kustomization.yaml": "resources: [../f0]\n", **more, **last}

    assert way(chain(MOST_FOLDERS)).found == ()
    assert len(way(chain(MOST_FOLDERS)).folders) == MOST_FOLDERS
    assert [each.code for each in way(chain(MOST_FOLDERS + 1)).found] == ["GEN008"]


def test_a_way_back_among_components_and_what_they_say_for_pods() -> None:
    debug = "overlays/components/debug"
    files = {
        "kustomization.yaml": "components: [../../components/debug]\nresources: [a.yaml]\nlabels: [{pairs: {a: b}, includeTemplates: true}]\n",
        "a.yaml": A,
        f"{debug}/kustomization.yaml": "kind: Component\nlabels: [{pairs: {c: d}, includeTemplates: true}]\nconfigMapGenerator: [{name: x, literals: [e=f]}]\nsecretGenerator: [{name: z, literals: [g=h]}]\n",
    }  # fmt: skip
    made = way(files)
    assert made.found == () and made.common == {"a": "b", "c": "d"}
    assert made.folders == (TOP, debug)
    place = Place(f"{debug}/kustomization.yaml").at("configMapGenerator", 0, "literals", 0)
    assert made.literals == [(place, "f")]
    assert [place.path for place, _ in made.manifests] == [f"{TOP}/a.yaml"]


D = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, labels: {l: m}, annotations: {n: o}}\nspec: {replicas: 1, template: {spec: {containers: [{name: main, image: r/api}]}}}\n"  # fmt: skip
TWO = D + "---\n" + D.replace("name: api", "name: web").replace("l: m", "l: k")
COUNT = "[{op: replace, path: /spec/replicas, value: 2}]"


def counted(patch: Any, text: str = TWO, more: str = "") -> dict[str, Any]:
    content = {"resources": ["a.yaml"], "patches": [patch] if patch else []}
    made = way({"kustomization.yaml": json.dumps(content)[:-1] + more + "}", "a.yaml": text})
    assert made.found == ()
    done = build(made)
    assert done.found == (), told(made, done.found)
    return {each.name: each.document.get("spec", {}).get("replicas") for each in done.objects}


@pytest.mark.parametrize(
    "target, api, web",
    [
        ({}, 2, 2),
        ({"kind": "Deployment"}, 2, 2),
        ({"kind": "Deploy"}, 1, 1),
        ({"kind": "Deploy.*", "name": "a.*"}, 2, 1),
        ({"group": "apps", "version": "v1", "name": "web"}, 1, 2),
        ({"group": "batch"}, 1, 1),
        ({"version": "v2"}, 1, 1),
        ({"namespace": "a"}, 1, 1),
        ({"kind": None, "name": ""}, 2, 2),
        ({"labelSelector": "l=m"}, 2, 1),
        ({"labelSelector": "l==m"}, 2, 1),
        ({"labelSelector": "l!=m"}, 1, 2),
        ({"labelSelector": "l = k"}, 1, 2),
        ({"labelSelector": "l"}, 2, 2),
        ({"labelSelector": "x"}, 1, 1),
        ({"labelSelector": "!l"}, 1, 1),
        ({"labelSelector": "!x, l=m"}, 2, 1),
        ({"labelSelector": "x!=y"}, 2, 2),
        ({"annotationSelector": "n=o"}, 2, 2),
        ({"annotationSelector": "n=m"}, 1, 1),
    ],
)
def test_what_a_target_fits(target: Any, api: int, web: int) -> None:
    patch = {"target": target, "patch": COUNT.strip("[]")}
    patch["patch"] = "- " + str(patch["patch"])
    assert counted(patch) == {"api": api, "web": web}


def test_replicas_of_a_kustomization() -> None:
    more = ', "replicas": [{"name": "api", "count": 5}]'
    assert counted(None, TWO, more) == {"api": 5, "web": 1}
    kinds = ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet", "Job", "DaemonSet")
    claimed = "---\n".join(D.replace("Deployment", kind) for kind in kinds)
    made = way({"kustomization.yaml": "resources: [a.yaml]\nreplicas: [{name: api, count: 5}]\n", "a.yaml": claimed})  # fmt: skip
    replicas = [each.document["spec"]["replicas"] for each in build(made).objects]
    assert replicas == [5, 5, 5, 5, 1, 1]
    nothing = way({"kustomization.yaml": "resources: [a.yaml]\nreplicas: [{name: apy, count: 5}]\n", "a.yaml": D})  # fmt: skip
    (found,) = build(nothing).found
    assert (found.code, found.hint) == ("GEN405", "did you mean `api`?")
    assert told(nothing, [found]) == ["GEN405 kustomization.yaml:2:12"]


@pytest.mark.parametrize(
    "files, expected",
    [
        ({"kustomization.yaml": "resources: [a.yaml, a.yaml]\n", "a.yaml": A}, ["GEN405 kustomization.yaml:1:21"]),
        ({"kustomization.yaml": "resources: [a.yaml, b.yaml]\n", "a.yaml": A, "b.yaml": A}, ["GEN405 b.yaml:1:1"]),
        ({"kustomization.yaml": "resources: [a.yaml, b]\n", "a.yaml": A, "b/kustomization.yaml": "resources: [c.yaml]\n", "b/c.yaml": A}, ["GEN405 b/c.yaml:1:1"]),
        ({"kustomization.yaml": "resources: [a.yaml]\nconfigMapGenerator: [{name: a}]\n", "a.yaml": A}, ["GEN405 kustomization.yaml:2:22"]),
        ({"kustomization.yaml": "resources: [a.yaml]\nsecretGenerator: [{name: a}]\n", "a.yaml": A}, []),
        ({"kustomization.yaml": "resources: [a.yaml]\nconfigMapGenerator: [{name: a, namespace: x}]\n", "a.yaml": A}, []),
        ({"kustomization.yaml": "configMapGenerator: [{name: a}, {name: a, behavior: merge}, {name: a, behavior: replace}]\n"}, []),
        ({"kustomization.yaml": "configMapGenerator: [{name: a}, {name: a, behavior: create}]\n"}, ["GEN405 kustomization.yaml:1:33"]),
        ({"kustomization.yaml": "configMapGenerator: [{name: b}, {name: a, behavior: merge}]\n"}, ["GEN405 kustomization.yaml:1:33"]),
        # merges
        ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n", "a.yaml": D, "p.yaml": D.replace("name: api", "name: apy", 1)}, ["GEN405 p.yaml:1:1"]),
        ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n", "a.yaml": D, "p.yaml": D.replace("{name: api", "{namespace: x, name: api")}, ["GEN405 p.yaml:1:1"]),
        ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n", "a.yaml": D, "p.yaml": D.replace("{name: api", "{namespace: default, name: api")}, []),
        ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n", "a.yaml": D, "p.yaml": D.replace("apps/v1", "apps/v2")}, ["GEN405 p.yaml:1:1"]),
        ({"kustomization.yaml": "configMapGenerator: [{name: a}]\npatches: [{path: p.yaml}]\n", "p.yaml": A}, []),
        ({"kustomization.yaml": "configMapGenerator: [{name: a}]\npatches: [{target: {kind: ConfigMap}, patch: '- {op: add, path: /data, value: {a: b}}'}]\n"}, ["GEN405 kustomization.yaml:2:46"]),
        # operations
        ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{target: {kind: ConfigMap}, path: p.yaml}]\n", "a.yaml": A, "p.yaml": "- {op: add, path: /data, value: {}}\n- {op: remove, path: /dat}\n"}, ["GEN405 p.yaml:2:22"]),
        ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{target: {kind: ConfigMap}, patch: '- {op: add, path: /metadata/labels, value: {a: 1}}'}]\n", "a.yaml": A}, ["GEN405 kustomization.yaml:2:46"]),
        ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{target: {kind: ConfigMap}, patch: '- {op: add, path: /metadata/annotations, value: [a]}'}]\n", "a.yaml": A}, ["GEN405 kustomization.yaml:2:46"]),
        ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{target: {kind: ConfigMap}, patch: '- {op: add, path: /data, value: {}}'}]\n", "a.yaml": A.replace("{name: a}", "{name: a, labels: null}")}, ["GEN405 kustomization.yaml:2:46"]),
        ({"kustomization.yaml": "resources: [a.yaml]\npatches: [{target: {kind: Deployment}, patch: '- {op: add, path: /spec/template/spec/containers/-, value: a}'}]\n", "a.yaml": D}, ["GEN405 kustomization.yaml:2:47"]),
    ],
)  # fmt: skip
def test_what_kustomize_cannot_build(files: Files, expected: list[str]) -> None:
    made = way(files)
    assert (made.found, told(made, build(made).found)) == ((), expected)


def test_a_merge_into_nothing_says_what_there_is() -> None:
    files = {"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n", "a.yaml": f"{TWO}---\n{A}"}  # fmt: skip
    patch = D.replace("name: api", "name: apy", 1)
    (found,) = build(way({**files, "p.yaml": patch})).found
    assert found.hint == "did you mean `api`?"
    (found,) = build(way({**files, "p.yaml": D.replace("name: api", "name: a", 1)})).found
    assert found.message == "there is no Deployment a of apps/v1 to merge into"


def test_objects_know_where_they_are_from() -> None:
    patch = {"kustomization.yaml": "resources: [a.yaml, b.yaml]\npatches: [{target: {kind: Deployment}, patch: '- {op: remove, path: /spec/replicas}'}]\n", "a.yaml": D, "b.yaml": A}  # fmt: skip
    first, second = build(way(patch)).objects
    assert first.patch == Place(K).at("patches", 0, "patch") and second.patch is None
    assert first.written and first.written["spec"]["replicas"] == 1 and second.written is None
    assert "replicas" not in first.document["spec"]
    assert (first.kind, first.name) == (("apps", "Deployment"), "api")
    assert first.identity == ("apps", "Deployment", "default", "api")
    assert not (first.own or first.generated or second.own or second.generated)
    assert at(first, ("spec", "x")) == first.patch
    assert at(second, ("metadata", "name")) == Place(f"{TOP}/b.yaml").at("metadata", "name")
    named = Object(second.place, {**second.document, "metadata": {"name": "a", "namespace": "n"}})
    assert named.identity == ("", "ConfigMap", "n", "a")


def test_a_component_by_itself_and_on_a_base() -> None:
    files = {
        "overlays/components/c/kustomization.yaml": f"kind: Component\nresources: [b.yaml]\nconfigMapGenerator: [{{name: g, behavior: merge}}]\npatches: [{{target: {{kind: Deployment}}, patch: '- {COUNT[1:-1]}'}}]\n",
        "overlays/components/c/b.yaml": B,
    }  # fmt: skip
    component = way(files, "Component", "overlays/components/c")
    assert component.found == ()
    loose = build(component, loose=True)
    assert [each.name for each in loose.objects] == ["b"] and loose.found == ()
    base = build(way({"kustomization.yaml": "resources: [a.yaml]\nconfigMapGenerator: [{name: g}]\n", "a.yaml": D}))  # fmt: skip
    done = build(component, base.objects)
    assert [(each.name, each.generated) for each in done.objects] == [
        *(("api", False), ("g", True), ("b", False)),
    ]
    assert done.objects[0].document["spec"]["replicas"] == 2
    assert base.objects[0].document["spec"]["replicas"] == 1


def test_what_is_brought_twice_is_told_once_and_the_rest_is_built() -> None:
    twice = way({"kustomization.yaml": "resources: [a.yaml, a.yaml, c.yaml]\n", "a.yaml": f"{A}---\n{B}", "c.yaml": D})  # fmt: skip
    done = build(twice)
    assert told(twice, done.found) == ["GEN405 kustomization.yaml:1:21"]
    assert [each.name for each in done.objects] == ["a", "b", "api"]
    one = way({"kustomization.yaml": "resources: [a.yaml, c.yaml]\n", "a.yaml": A, "c.yaml": f"{A}---\n{B}"})  # fmt: skip
    done = build(one)
    assert told(one, done.found) == ["GEN405 c.yaml:1:1"]
    assert [each.name for each in done.objects] == ["a", "b"]


def test_a_folder_and_a_component_of_one_that_stand_alone() -> None:
    files = {
        "overlays/components/c/kustomization.yaml": "kind: Component\nresources: [../../base/x, b.yaml]\ncomponents: [../d]\n",
        "overlays/components/c/b.yaml": B,
        "overlays/components/d/kustomization.yaml": "kind: Component\nconfigMapGenerator: [{name: g}]\n",
        "overlays/base/x/kustomization.yaml": "resources: [a.yaml]\n",
        "overlays/base/x/a.yaml": A,
    }  # fmt: skip
    component = way(files, "Component", "overlays/components/c")
    assert component.found == ()
    for loose in (True, False):
        names = sorted(each.name for each in build(component, loose=loose).objects)
        assert names == ["a", "b", "g"], loose


# Images


@pytest.mark.parametrize(
    "image, name",
    [
        ("a", "a"),
        ("a:1", "a"),
        ("a@sha256:0", "a"),
        ("a:1@sha256:0", "a"),
        ("r:5000/a", "r:5000/a"),
        ("r:5000/a:1", "r:5000/a"),
        (None, "None"),
    ],
)
def test_the_name_of_an_image(image: Any, name: str) -> None:
    assert without_version(image) == name


def test_images_that_a_name_fits() -> None:
    assert fitting("a.b").fullmatch("a-b:1") and fitting("a.b").fullmatch("a.b@sha256:0")
    assert not fitting("a.b").fullmatch("a.bc") and not fitting("a").fullmatch("b/a")
    assert fitting("a*").fullmatch("a*:1") and not fitting("a*").fullmatch("aa")


def workload(kind: str = "Deployment", *containers: Any, **pod: Any) -> dict[str, Any]:
    spec = {"template": {"spec": {"containers": list(containers), **pod}}}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "a"}, "spec": spec}


MAIN = {"name": "main", "image": "r/api"}
SIDE = {"name": "side", "image": "r/side"}


def said(found: Any) -> list[str]:
    found = list(found)
    assert all(each.message and each.hint for each in found)
    return [each.code for each in found]


def objects(document: Any, written: Any = None) -> Built:
    place = Place(f"{TOP}/a.yaml")
    patch = None if written is None else place.at("patch")
    return Built([Object(place, document, written, patch)])


def kustomized(entry: Any = None) -> Walk:
    content = {"configMapGenerator": [{"name": "a"}], "images": [entry] if entry else []}
    made = way({"kustomization.yaml": json.dumps(content)})
    assert made.found == ()
    return made


@pytest.mark.parametrize(
    "document, entry, codes",
    [
        (workload("Deployment", MAIN), None, []),
        (workload("Deployment", MAIN, {**SIDE, "image": "r/side:1"}), None, []),
        (workload("Deployment", MAIN, {**SIDE, "image": "r/side@sha256:0"}), None, []),
        (workload("Deployment", MAIN, SIDE), None, ["GEN406"]),
        (workload("Deployment", MAIN, SIDE), {"name": "r/side", "newTag": "1"}, []),
        (workload("Deployment", MAIN, SIDE), {"name": "r/side", "digest": "sha256:" + "0" * 64}, []),
        (workload("Deployment", MAIN, SIDE), {"name": "r/side", "newName": "r/other"}, ["GEN406"]),
        (workload("Deployment", MAIN, SIDE), {"name": "r/sid", "newTag": "1"}, ["GEN406"]),
        (workload("Deployment", MAIN, initContainers=[SIDE]), None, ["GEN406"]),
        (workload("Deployment", MAIN, ephemeralContainers=[SIDE]), None, ["GEN406"]),
        (workload("Deployment", MAIN, others=[SIDE]), None, []),
        (workload("Deployment", MAIN, initContainers=[{"image": 7}, "a"]), None, []),
    ],
)  # fmt: skip
def test_images_have_versions(document: Any, entry: Any, codes: list[str]) -> None:
    assert said(unsaid([kustomized(entry)], objects(document), "r/api")) == codes


def test_where_images_are() -> None:
    found = list(images(workload("Deployment", MAIN, initContainers=["x", SIDE])))
    pod = ("spec", "template", "spec")
    assert found == [
        ((*pod, "containers", 0, "image"), "r/api"),
        ((*pod, "initContainers", 1, "image"), "r/side"),
    ]
    assert carriers(workload("Deployment", MAIN, SIDE), "r/side") == {"side"}
    assert carriers(workload("Deployment", {**MAIN, "image": "r/api:1"}), "r/api") == {"main"}
    assert carriers(workload("ReplicaSet", MAIN), "r/api") == set()


@pytest.mark.parametrize(
    "document, written, codes",
    [
        (workload("Deployment", MAIN), workload("Deployment", MAIN), []),
        (workload("Deployment", {**MAIN, "image": "x:1"}), workload("Deployment", MAIN), ["GEN403"]),
        (workload("Deployment", {**MAIN, "name": "x"}), workload("Deployment", MAIN), ["GEN403"]),
        (workload("Deployment", MAIN, {**MAIN, "name": "x"}), workload("Deployment", MAIN), []),
        (workload("Deployment", MAIN, {"name": "x"}), workload("Deployment", MAIN), ["GEN413"]),
        (workload("Deployment", MAIN, initContainers=[{"name": "x"}]), workload("Deployment", MAIN), ["GEN413"]),
        (workload("Deployment", MAIN, ephemeralContainers=[{"name": "x"}]), workload("Deployment", MAIN), []),
        (workload("ReplicaSet", MAIN, {"name": "x"}), workload("ReplicaSet", MAIN), []),
        (workload("Deployment", MAIN, {"name": "x"}), None, []),
    ],
)  # fmt: skip
def test_images_that_patches_take(document: Any, written: Any, codes: list[str]) -> None:
    assert said(unsaid([kustomized()], objects(document, written), "r/api")) == codes


def test_a_container_without_an_image_may_be_a_misspelt_one() -> None:
    misspelt = objects(workload("Deployment", MAIN, {"name": "mian"}), workload("Deployment", MAIN))
    (found,) = unsaid([kustomized()], misspelt, "r/api")
    assert found.hint == "give it one; did you mean `main`?"
    alone = objects(workload("Deployment", MAIN, {"name": "mainly"}, {"name": "mainlx"}), workload("Deployment", MAIN))  # fmt: skip
    hints = {each.hint for each in unsaid([kustomized()], alone, "r/api")}
    assert not any("mainl" in hint for hint in hints)


def test_entries_that_mean_others() -> None:
    side = workload("Deployment", MAIN, {**SIDE, "image": "r/a-b:1"})
    dotted = kustomized({"name": "r/a.b", "newTag": "2"})
    assert said(mistaken([dotted], objects(side))) == ["GEN405"]
    assert said(mistaken([kustomized({"name": "r/a-b", "newTag": "2"})], objects(side))) == []
    assert said(mistaken([dotted], objects(workload("Deployment", MAIN)))) == []
    other = kustomized({"name": "r/api", "newName": "r/x"})
    assert said(renamed(other, ["r/api"])) == ["GEN403"] and said(renamed(other, ["r/ap"])) == []
    assert said(renamed(kustomized({"name": "r/api", "newTag": "1"}), ["r/api"])) == []
    assert [each.place for each in renamed(other, ["r/api"])] == [
        Place(K).key("images", 0, "newName")
    ]


# Generators


def test_what_generators_make() -> None:
    content = "generatorOptions: {labels: {l: m}, annotations: {p: o}}\nconfigMapGenerator: [{name: a, literals: [a=b=c], files: [f.txt, k=f.txt], envs: [e.env], env: g.env}, {name: b, options: {labels: {l: x}}}]\nsecretGenerator: [{name: c, type: t, literals: [d=e]}, {name: d}, {name: d, behavior: merge}]\n"  # fmt: skip
    files = {"kustomization.yaml": content, "f.txt": "text", "e.env": "# x=y\n  E=1\nF\n", "g.env": "\ufeffG=2\n"}  # fmt: skip
    made = walk(Sources({f"{TOP}/{path}": text.encode() for path, text in files.items()}), TOP)
    first, second, third, *merged = generated(made)
    metadata = {"name": "a", "labels": {"l": "m"}, "annotations": {"p": "o"}}
    assert first.document == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": {"a": "b=c", "f.txt": "text", "k": "text", "E": "1", "G": "2"},
    }
    place = Place(K).at("configMapGenerator", 0)
    spots = {
        "a": ("literals", 0),
        "f.txt": ("files", 0),
        "k": ("files", 1),
        "E": ("envs", 0),
        "G": ("env",),
    }
    assert first.keys == {key: place.at(*route) for key, route in spots.items()}
    assert first.at(("data", "k")) == place.at("files", 1)
    assert first.at(("data", "none")) == first.at(("other",)) == place
    assert first.at(("metadata", "name")) == place.at("name")
    assert first.at(("metadata", "labels", "l")) == Place(K).at("generatorOptions", "labels", "l")
    spot = Place(K).at("configMapGenerator", 1, "options", "labels", "l")
    assert second.at(("metadata", "labels", "l")) == spot
    assert second.document["metadata"]["labels"] == {"l": "x"}
    assert third.document["stringData"] == {"d": "e"} and third.document["type"] == "t"
    assert third.at(("type",)) == Place(K).at("secretGenerator", 0, "type")
    assert third.at(("stringData", "d")) == Place(K).at("secretGenerator", 0, "literals", 0)
    assert [each.partial for each in (first, second, third, *merged)] == [
        *(False, False, False, True, True)
    ]


def test_a_generated_file_may_hold_anything() -> None:
    """What is no text is taken for text all the same: it is looked at, and never printed."""
    files = {K: b"configMapGenerator: [{name: a, files: [f]}]\n", f"{TOP}/f": b"\xff\xfe a"}
    made = walk(Sources(files), TOP)
    (only,) = generated(made)
    assert only.document["data"] == {"f": "\ufffd\ufffd a"}
    assert [text for _, text in made.literals] == ["\ufffd\ufffd a"]


def test_sizes_and_lines_of_what_generators_read() -> None:
    most = 1 << 20
    place = Place(K)
    sizes = {("configMapGenerator", 0): most, ("secretGenerator", 1): most + 1}
    (found,) = too_large(place, sizes)
    assert (found.code, found.place) == ("GEN412", place.at("secretGenerator", 1))
    assert f"{most + 1:,}" in found.message and f"{most:,}" in found.message
    lines = "A=b\n \n#c\n  # d\nE\nf g=h\n=i\n"
    assert [each.code for each in environment(place, lines)] == ["GEN402", "GEN405", "GEN405"]
    assert list(environment(place, "\ufeffA=b\n")) == []
    sized = way({"kustomization.yaml": "configMapGenerator: [{name: a, files: [b]}, {name: c, files: [b, d=b]}]\n", "b": "x" * (most // 2 + 1)})  # fmt: skip
    assert told(sized, sized.found) == ["GEN412 kustomization.yaml:1:45"]
