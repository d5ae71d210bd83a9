"""What comes out of Kustomize is held against the plan: each way to differ is told."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.compiler import rendered
from generator.compiler.compile import Compiled, compile_sources
from generator.compiler.rendered import Rendered, surprises
from generator.io import kustomize
from generator.io.built import write
from generator.io.render import render
from generator.plan.units import Unit
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.source import Sources
from tests.conftest import compiled
from tests.render.corpus import bases, repository

Objects = list[dict[str, Any]]
LOGIN = Unit("test", "login")
KINDS = (("", "Service"), ("", "ServiceAccount"), ("apps", "Deployment"))
CHANGES = {
    "environments/test/branches/login.yaml": "runs:\n  api: {tag: b1, replicas: 2, env: {A: '1'}}\n"
}


@pytest.fixture(scope="module")
def login(kubectl: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Compiled, Objects]:
    made = compiled(CHANGES)
    out = tmp_path_factory.mktemp("rendered") / "out"
    write(out, made.files)
    (built,) = kustomize.build((kubectl, "kustomize"), out, ["overlays/test/login"])
    return made, [dict(each) for each in rendered.read(built.text)]


def of_kind(objects: Objects, kind: str) -> dict[str, Any]:
    return next(each for each in objects if each["kind"] == kind)


def pods(objects: Objects) -> dict[str, Any]:
    return of_kind(objects, "Deployment")["spec"]["template"]


def container(objects: Objects) -> dict[str, Any]:
    found: dict[str, Any] = pods(objects)["spec"]["containers"][0]
    return found


def test_nothing_surprises_as_it_is(login: tuple[Compiled, Objects]) -> None:
    made, objects = login
    assert not list(surprises(Rendered(made.plan, LOGIN, objects), KINDS))


def test_another_image_is_what_must_be_there(kubectl: str, tmp_path: Path) -> None:
    fork = "forks.example.com/api"
    made = compiled(
        {
            "environments/platform.yaml": (
                "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
                "registries: [forks.example.com]\n"
            ),
            "environments/test/branches/login.yaml": f"runs: {{api: {{tag: b1, image: {fork}}}}}\n",
        }
    )
    write(tmp_path / "out", made.files)
    (built,) = kustomize.build((kubectl, "kustomize"), tmp_path / "out", ["overlays/test/login"])
    objects = [dict(each) for each in rendered.read(built.text)]
    assert container(objects)["image"] == f"{fork}:b1"
    assert not list(surprises(Rendered(made.plan, LOGIN, objects), KINDS))
    container(objects)["image"] = "registry.example.com/api:b1"  # the service's own is another one
    told = [one.message for one in surprises(Rendered(made.plan, LOGIN, objects), KINDS)]
    assert any(f"not {fork}:b1" in message for message in told)


ROWS: dict[str, tuple[Callable[[Objects], Any], str]] = {
    "twice": (lambda o: o.append(o[0]), "is there twice"),
    "not allowed": (lambda o: of_kind(o, "Service").update(kind="Secret"), "does not allow"),
    "elsewhere": (lambda o: o[0]["metadata"].update(namespace="perf"), "not in shop-test"),
    "no suffix": (lambda o: o[0]["metadata"].update(name="api"), "no suffix -login"),
    "hash of another": (lambda o: o[0]["metadata"].update(name="api-0123456789"), "no suffix"),
    "whose": (
        lambda o: o[0]["metadata"]["labels"].update({"app.kubernetes.io/name": "web"}),
        "which the unit does not run",
    ),
    "label": (lambda o: o[0]["metadata"]["labels"].update({"gen/branch": "x"}), "gen/branch is x"),
    "pods' label": (
        lambda o: pods(o)["metadata"]["labels"].update({"gen/branch": "baseline"}),
        "its pods' label gen/branch is baseline, not login",
    ),
    "account": (lambda o: pods(o)["spec"].update(serviceAccountName="x"), "not as api-login"),
    "selector": (
        lambda o: of_kind(o, "Deployment")["spec"]["selector"]["matchLabels"].pop("gen/branch"),
        "fits pods of other units",
    ),
    "selects nothing": (
        lambda o: of_kind(o, "Deployment")["spec"]["selector"]["matchLabels"].update(app="z"),
        "its selector app is api, not z",
    ),
    "version": (lambda o: container(o).update(image="registry.example.com/api:v1"), "not reg"),
    "no version": (lambda o: container(o).update(image="example.com/other"), "without a version"),
    "variable twice": (lambda o: container(o)["env"].append({"name": "A"}), "A twice"),
    "variable of two": (
        lambda o: container(o)["env"][0].update(valueFrom={"fieldRef": {}}),
        "has a value and `valueFrom`",
    ),
    "variable": (lambda o: container(o)["env"][0].update(value="2"), "A is 2, not 1"),
    "replicas": (lambda o: of_kind(o, "Deployment")["spec"].update(replicas=1), "not 2"),
    "no Service": (lambda o: o.remove(of_kind(o, "Service")), "there is no Service api-login"),
    "Service of all": (
        lambda o: of_kind(o, "Service")["spec"]["selector"].pop("gen/branch"),
        "selects more than",
    ),
    "Service of none": (
        lambda o: pods(o)["metadata"]["labels"].pop("gen/serves"),
        "has no pods behind it",
    ),
    "other image behind": (
        lambda o: container(o).update(image="example.com/other:1"),
        "does not run its image",
    ),
    "renamed": (
        lambda o: of_kind(o, "Deployment")["metadata"].update(name="x-login"),
        "there is no Deployment api-login",
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_each_difference_is_told(row: str, login: tuple[Compiled, Objects]) -> None:
    made, objects = login
    change, told = ROWS[row]
    changed = copy.deepcopy(objects)
    change(changed)
    messages = [each.message for each in surprises(Rendered(made.plan, LOGIN, changed), KINDS)]
    assert any(told in message for message in messages), messages


def scaler(name: str, kind: str = "HorizontalPodAutoscaler") -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": kind,
        "metadata": {"name": "api-login", "namespace": "test"},
        "spec": {"scaleTargetRef": target},
    }


@pytest.mark.parametrize(("name", "told"), [("api-login", False), ("api", True)])
def test_an_autoscaler_stays_in_its_unit(
    name: str, told: bool, login: tuple[Compiled, Objects]
) -> None:
    made, objects = login
    unit = Rendered(made.plan, LOGIN, [*objects, scaler(name)])
    messages = [each.message for each in surprises(unit, KINDS)]
    assert told == any("this unit does not bring" in message for message in messages)


def test_what_kustomize_cannot_build_is_told_at_the_unit(tmp_path: Path) -> None:
    failing = tmp_path / "kustomize"
    failing.write_text("#!/bin/sh\necho 'Error: no such thing' >&2\nexit 1\n")
    failing.chmod(0o755)
    found = list(render(compiled(), kustomize.command(str(failing)), lambda _: None))
    assert {finding.code for finding in found} == {"GEN450"}
    assert [finding.place.path for finding in found] == [
        "environments/perf/environment.yaml",
        "environments/test/environment.yaml",
        "environments/test/branches/login.yaml",
    ]
    assert found[0].message == "Kustomize cannot build perf: no such thing"


def test_a_missing_command_is_named() -> None:
    with pytest.raises(Refusal, match="no command `not-here`"):
        kustomize.command("not-here")


def test_dates_equals_signs_and_merge_keys_are_texts() -> None:
    (thing,) = rendered.read("a: 2026-01-02\nb: =\nc: 1\nd: true\ne: <<\n")
    assert thing == {"a": "2026-01-02", "b": "=", "c": 1, "d": True, "e": "<<"}


def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len(bases()) >= 70


def test_clean_bases_give_no_error_and_no_false_alarm() -> None:
    """What is told is true: two kinds without a definition, headless Services that nobody dials, a
    set whose pods people replace."""
    files = {path: text.encode() for path, text in repository().items()}
    told = compile_sources(Sources(files)).warnings
    assert {finding.code for finding in told} <= {"GEN315", "GEN419", "GEN441"}


def test_what_is_built_is_held_against_the_schemas(tmp_path: Path) -> None:
    making = tmp_path / "kustomize"
    making.write_text(
        "#!/bin/sh\ncat <<'Y'\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: x}\n"
        "data: {a: 1}\nY\n"
    )
    making.chmod(0o755)
    found = list(render(compiled(), kustomize.command(str(making)), lambda _: None))
    assert any("ConfigMap a at data.a" in finding.message for finding in found)
