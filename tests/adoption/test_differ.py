"""Several environments: what is equal is the base, what differs is the environment's."""

from __future__ import annotations

from typing import Any

import pytest

from generator.adoption.adopt import Adopted, Here, adopt
from generator.adoption.belongings import Asked
from generator.adoption.items import read
from generator.compiler.compile import compile_sources
from generator.manifests.build import build
from generator.manifests.walk import walk
from generator.views.brought import front, workload
from generator.vocabulary.layout import BASES, COMPONENTS
from generator.vocabulary.source import Sources

PLATFORM = b"name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
ENV = """\
          env:
            - {name: LEVEL, value: info}
            - {name: SIZE, value: '1'}
          args: [--one]
          resources: {limits: {memory: 1Gi}}
          envFrom: [{configMapRef: {name: settings}}]
"""
SETTINGS = (
    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {A: one, B: same}\n"
)
SHOP = workload().replace("spec:\n  sel", "spec:\n  replicas: 1\n  sel") + ENV + front() + SETTINGS


def two(*changes: tuple[str, str], shop: str = SHOP) -> tuple[Adopted, dict[str, bytes]]:
    """The shop as test runs it, and as staging does with these texts exchanged."""
    other = shop
    for before, after in changes:
        assert before in other
        other = other.replace(before, after)
    asked = Asked({}, portable=True)
    made = adopt(read({"a": shop.encode()}).items, "test", asked, Here())
    there, files = set(made.taken), {path: text.encode() for path, text in made.files.items()}
    made.join(adopt(read({"b": other.encode()}).items, "staging", asked, Here(there, files)))
    files = {path: text.encode() for path, text in made.files.items()}
    files |= {
        f"environments/{one.name}/environment.yaml": one.text().encode()
        for one in made.environments
    }
    return made, files | {"environments/platform.yaml": PLATFORM}


def patched(files: dict[str, bytes]) -> dict[str, Any]:
    """Kind → object of the shop's base, with staging's component."""
    sources = Sources(files)
    base = build(walk(sources, BASES + "web"))
    built = build(walk(sources, COMPONENTS + "web-staging", "Component"), base.objects)
    assert not base.found and not built.found
    return {str(one.document["kind"]): one.document for one in built.objects}


def test_equals_are_the_base_alone() -> None:
    made, files = two()
    assert made.environments[1].runs == {"web": {"tag": "v1"}} and not made.found
    assert not any(path.startswith("overlays/components") for path in files)


def test_version_replicas_and_variables_are_the_environments() -> None:
    made, files = two(
        ("web:v1", "web:v2"), ("replicas: 1", "replicas: 3"), ("value: info", "value: debug")
    )
    run = {"tag": "v2", "replicas": 3, "env": {"LEVEL": "debug"}}
    assert made.environments[1].runs == {"web": run} and not made.found
    assert compile_sources(Sources(files)).resolved.runs


def test_what_can_be_merged_is_a_component() -> None:
    made, files = two(("memory: 1Gi", "memory: 2Gi"), ("A: one", "A: two"))
    assert made.environments[1].runs["web"]["components"] == ["web-staging"]
    patch = files["overlays/components/web-staging/patch.yaml"].decode()
    assert 'memory: "2Gi"' in patch and "A: two" in patch and "same" not in patch
    assert not made.found
    compile_sources(Sources(files))


def test_what_has_no_place_is_asked() -> None:
    made, _ = two(("            - {name: SIZE, value: '1'}\n", ""), ("[--one]", "[--two]"))
    assert [finding.code for finding in made.found] == ["GEN615", "GEN615"]
    assert "SIZE" in made.found[0].message and "args" in made.found[1].message
    made, _ = two((SETTINGS, ""))
    assert [finding.code for finding in made.found] == ["GEN615"]


PROBE, VOLUME = "{httpGet: {port: 8080}}", "{name: tmp, emptyDir: {}}"
ROLLING = "{type: RollingUpdate, rollingUpdate: {maxSurge: 1}}"
RICH = (
    SHOP.replace("[{containerPort: 8080}]", "[{name: http, containerPort: 8080}]")
    .replace("          args", f"          livenessProbe: {PROBE}\n          args")
    .replace("      containers:\n", f"      volumes: [{VOLUME}]\n      containers:\n")
    .replace("  template:\n", f"  strategy: {ROLLING}\n  template:\n")
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PROBE, "{tcpSocket: {port: 8080}}"),
        (VOLUME, "{name: tmp, configMap: {name: other}}"),
        (ROLLING, "{type: Recreate}"),
        ("{name: http, containerPort: 8080}", "{name: http, containerPort: 8081}"),
    ],
)
def test_what_a_patch_would_only_add_to_is_asked(before: str, after: str) -> None:
    made, _ = two((before, after), shop=RICH)
    assert "components" not in made.environments[1].runs["web"]
    assert {finding.code for finding in made.found} == {"GEN615"}


SIDE = "{name: side, image: 'side:1', args: [a], ports: [{containerPort: 1}]}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("      containers:\n", f"      containers:\n        - {SIDE}\n"),
        (
            VOLUME,
            f"{VOLUME}, {{name: more, configMap: {{name: other, items: [{{key: a, path: b}}]}}}}",
        ),
        (PROBE, "{httpGet: {port: 8081, path: /new}}"),
        ("limits:", "requests: {cpu: 1}, limits:"),
        ("A: one", "A: one, env: text, volumes: text"),
    ],
)
def test_what_is_new_is_brought_whole(before: str, after: str) -> None:
    made, files = two((before, after), shop=RICH)
    assert not made.found
    objects = patched(files)
    said = {one.kind: one for one in read({"b": RICH.replace(before, after).encode()}).items}
    assert objects["ConfigMap"]["data"] == said["ConfigMap"].data["data"]
    pod, wanted = objects["Deployment"]["spec"]["template"]["spec"], said["Deployment"]
    for key in ("containers", "volumes"):
        got = {one["name"]: one for one in pod[key]}
        for one in wanted.says("spec", "template", "spec", key):
            assert got[one["name"]] == one | (
                {"image": got["main"]["image"]} if "env" in one else {}
            )


def test_a_component_has_a_name_that_fits() -> None:
    long = "w" * 60
    shop = SHOP.replace("name: web}", f"name: {long}}}")
    made, files = two(("memory: 1Gi", "memory: 2Gi"), shop=shop)
    (name,) = made.environments[1].runs[long]["components"]
    assert len(name) <= 63 and not made.found
    compile_sources(Sources(files))


def test_a_base_that_cannot_be_read_is_told_once() -> None:
    files = {"overlays/base/web/kustomization.yaml": b"resources: [../nope]\n"}
    items = read({"a": SHOP.encode()}).items
    made = adopt(items, "staging", Asked({}), Here({"web"}, files))
    assert [finding.code for finding in made.found] == ["GEN615"]
    assert "cannot be read" in made.found[0].message


def with_other(web: str, other: str) -> str:
    """The shop and a second service, each with so much memory."""
    second = workload("web-a", "web-a") + f"          resources: {{limits: {{memory: {other}}}}}\n"
    return f"{SHOP.replace('1Gi', web)}---\n{second}{front('web-a', 'web-a')}"


def test_two_services_that_want_one_component_get_two() -> None:
    """`web` in `a-b` and `web-a` in `b`: the second was silently given the first's patch."""
    asked = Asked({}, portable=True)
    files: dict[str, bytes] = {"overlays/components/web-staging/x": b"a person's"}
    services: set[str] = set()
    named: list[str] = []
    for environment, text in (
        ("test", with_other("1Gi", "1Gi")),
        ("a-b", with_other("2Gi", "1Gi")),
        ("b", with_other("1Gi", "3Gi")),
        ("staging", with_other("4Gi", "1Gi")),
        ("a-b", with_other("2Gi", "1Gi")),
    ):
        items = read({"x": text.encode()}).items
        made = adopt(items, environment, asked, Here(services, files))
        services |= set(made.taken)
        files |= {path: raw.encode() for path, raw in made.files.items()}
        for run in made.environments[0].runs.values():
            named += run.get("components", ())
    assert named == ["web-a-b", "web-a-b-2", "web-staging-2", "web-a-b"]
    assert b"3Gi" in files["overlays/components/web-a-b-2/patch.yaml"]


def test_objects_whose_files_would_have_one_name_are_all_kept() -> None:
    twice = SETTINGS + SETTINGS.replace("one", "two") + SETTINGS.replace("settings", "Settings")
    uses = (
        "          envFrom: [{configMapRef: {name: settings}}, {configMapRef: {name: Settings}}]\n"
    )
    made = adopt(
        read({"a": (workload() + uses + front() + twice).encode()}).items, "test", Asked({}), Here()
    )
    held = [text for path, text in made.files.items() if "configmap" in path]
    assert len(held) == len({path.lower() for path in made.files if "configmap" in path}) == 3
    assert made.files["overlays/base/web/kustomization.yaml"].count("configmap") == 3
