"""Each emitted kustomization builds by itself, and what comes out is what the unit asked for."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.compiler.compile import compile_sources, valid
from generator.io.built import write
from generator.io.tree import read_sources
from generator.targets.yaml_text import documents
from generator.vocabulary.base import Workload
from tests.conftest import TOP, Files, compiled, jobs, service


def build(kustomize: tuple[str, ...], folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run([*kustomize, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [thing for thing in yaml.safe_load_all(done.stdout) if thing]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shop") / "out"
    write(out, valid(compile_sources(read_sources(TOP))).files)
    return out


def test_every_unit_of_the_example_builds_and_stays_in_its_namespace(
    kustomize: tuple[str, ...], shop: Path
) -> None:
    folders = sorted(
        {
            path.parent
            for path in shop.glob("overlays/*/*/kustomization.yaml")
            if path.parts[-3] not in ("base", "components")
        }
    )
    assert len(folders) == 17
    seen: set[tuple[str, ...]] = set()
    for folder in [*folders, shop / "overlays/edge"]:
        for thing in build(kustomize, folder):
            metadata = thing["metadata"]
            key = (
                thing["apiVersion"],
                thing["kind"],
                metadata.get("namespace", ""),
                metadata["name"],
            )
            assert key not in seen, "two applications would fight over it"
            seen.add(key)
            assert metadata["labels"]["app.kubernetes.io/managed-by"] == "gen"
            if thing["kind"] in ("Deployment", "StatefulSet"):
                assert (
                    thing["spec"]["selector"]["matchLabels"].items()
                    <= thing["spec"]["template"]["metadata"]["labels"].items()
                )
                assert ":" in thing["spec"]["template"]["spec"]["containers"][0]["image"]


@pytest.mark.parametrize("tag", ["123e4567", "1e3", "0777", "on", "12.30"])
def test_tags_and_values_that_look_like_something_else(
    kustomize: tuple[str, ...], tmp_path: Path, tag: str
) -> None:
    run = f'runs: {{api: {{tag: "{tag}", replicas: 3, env: {{A: "no", B: "1e3", C: "a\\nb: ${{x}} $(y)"}}}}}}\n'
    write(tmp_path / "out", compiled({"environments/test/branches/login.yaml": run}).files)
    things = build(kustomize, tmp_path / "out/overlays/test/login")
    deployment = next(thing for thing in things if thing["kind"] == "Deployment")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == f"registry.example.com/api:{tag}"
    assert {item["name"]: item["value"] for item in container["env"]} == {
        "A": "no",
        "B": "1e3",
        "C": "a\nb: ${x} $(y)",
    }
    assert deployment["spec"]["replicas"] == 3
    assert (
        deployment["metadata"]["name"]
        == deployment["spec"]["template"]["spec"]["serviceAccountName"]
        == "api-login"
    )


def test_a_baseline_never_selects_a_branchs_pods(
    kustomize: tuple[str, ...], tmp_path: Path
) -> None:
    write(tmp_path / "out", compiled().files)
    things = [
        thing
        for unit in ("baseline", "login")
        for thing in build(kustomize, tmp_path / f"out/overlays/test/{unit}")
    ]
    services = {
        thing["metadata"]["name"]: thing["spec"]["selector"]
        for thing in things
        if thing["kind"] == "Service"
    }
    pods = {
        thing["metadata"]["name"]: thing["spec"]["template"]["metadata"]["labels"]
        for thing in things
        if thing["kind"] == "Deployment"
    }
    chosen = {
        name: {pod for pod, labels in pods.items() if selector.items() <= labels.items()}
        for name, selector in services.items()
    }
    assert chosen == {"web": {"web"}, "api": {"api"}, "api-login": {"api-login"}}


WORKERS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: main, image: registry.example.com/api, ports: [{containerPort: 8080}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec: {containers: [{name: main, image: registry.example.com/api}]}
"""


def test_jobs_and_workers_are_the_branchs_and_answer_nobody(
    kustomize: tuple[str, ...], tmp_path: Path
) -> None:
    write(
        tmp_path / "out",
        compiled({"overlays/base/api/deployment.yaml": WORKERS + jobs("api")}).files,
    )
    things = {
        (thing["kind"], thing["metadata"]["name"]): thing
        for thing in build(kustomize, tmp_path / "out/overlays/test/login")
    }
    pods = {
        name: (thing["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else thing["spec"])[
            "template"
        ]
        for (kind, name), thing in things.items()
        if kind in ("Deployment", "CronJob", "Job")
    }
    assert set(pods) == {"api-login", "worker-login", "sweep-login", "migrate-login"}
    for pod in pods.values():
        assert (
            pod["metadata"]["labels"].items()
            >= {
                "app.kubernetes.io/name": "api",
                "gen/environment": "test",
                "gen/branch": "login",
            }.items()
        )
        assert (
            pod["spec"]["serviceAccountName"] == "api-login"
            and pod["spec"]["containers"][0]["image"] == "registry.example.com/api:b1"
        )
    selector = things["Service", "api-login"]["spec"]["selector"]
    assert [
        name for name, pod in pods.items() if selector.items() <= pod["metadata"]["labels"].items()
    ] == ["api-login"]
    assert (
        things["Job", "migrate-login"]["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]
        == "Force=true,Replace=true"
    )


# Kinds beyond those that are safe everywhere.
KINDS = ", ".join(
    f"{kind}: everywhere"
    for kind in (
        "apps/ReplicaSet",
        "ReplicationController",
        "networking.k8s.io/NetworkPolicy",
        "serving.knative.dev/Service",
        "example.com/ConfigMap",
    )
)
PLATFORM = f"name: shop\nargocd: {{repository: https://git.example.com/shop.git}}\nbases: {{kinds: {{{KINDS}}}}}\n"
EVERY_KIND = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: api.0-x}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec: {containers: [{name: main, image: registry.example.com/api, ports: [{containerPort: 8080}]}], NEIGHBOURS}
  volumeClaimTemplates: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: "a:1"}], NEIGHBOURS}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: b}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: "a:1"}]}}}}
---
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: a, labels: null}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b, gen/serves: z}}, spec: {containers: [{name: a, image: "a:1"}], serviceAccountName: api, NEIGHBOURS}}}}
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: a}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {serviceAccountName: api, containers: [{name: a, image: "a:1"}]}}}}
---
{apiVersion: v1, kind: ReplicationController, metadata: {name: a}, spec: {template: {metadata: {labels: {a: b}}, spec: {serviceAccountName: api, containers: [{name: a, image: "a:1"}]}}}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {template: {metadata: {labels: {a: b}}, spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: b}, spec: {manualSelector: true, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}}
---
{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {schedule: "@daily", jobTemplate: {spec: {manualSelector: true, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}}}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: {selector: {matchLabels: {a: b}}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {podSelector: {matchLabels: {a: b}}, ingress: [{from: [{podSelector: {matchLabels: {a: b}}}]}], egress: [{to: [{podSelector: {matchLabels: {a: b}}}]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {clusterIP: None, selector: {a: b}, ports: []}}
---
{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: c}, spec: {template: {}}}
---
{apiVersion: example.com/v1, kind: ConfigMap, metadata: {name: a}, spec: {selector: {matchLabels: {a: b}}}}
"""
SELECTOR = "topologyKey: zone, labelSelector: {matchLabels: {a: b}}"
AFFINITY = f"requiredDuringSchedulingIgnoredDuringExecution: [{{{SELECTOR}}}], preferredDuringSchedulingIgnoredDuringExecution: [{{weight: 1, podAffinityTerm: {{{SELECTOR}}}}}]"
NEIGHBOURS = f"affinity: {{podAffinity: {{{AFFINITY}}}, podAntiAffinity: {{{AFFINITY}}}}}, topologySpreadConstraints: [{{maxSkew: 1, whenUnsatisfiable: DoNotSchedule, {SELECTOR}}}]"


ADDS = f"{{target: {{kind: Deployment, name: a}}, patch: '- {{op: add, path: /spec/template/spec/affinity, value: {{podAffinity: {{{AFFINITY}}}}}}}'}}"


LABELS, COMPONENT = "commonLabels: {team: other}\n", "kind: Component\n"
LABELLED = f"{COMPONENT}labels: [{{pairs: {{c: d}}}}]\n"
PATCHED, PATCHING = f"patches: [{ADDS}]\n", f"{COMPONENT}patches: [{ADDS}]\n"


# Each of two with each of the others; `make render` draws bases at random.
@pytest.mark.parametrize(
    "more, neighbours, component",
    [
        ("", "hostname: a", ""),
        ("", NEIGHBOURS, LABELLED),
        ("", NEIGHBOURS, PATCHING),
        (LABELS, NEIGHBOURS, ""),
        (LABELS, "hostname: a", LABELLED),
        (LABELS, "hostname: a", PATCHING),
        (PATCHED, NEIGHBOURS, ""),
        (PATCHED, "hostname: a", LABELLED),
        (PATCHED, NEIGHBOURS, PATCHING),
    ],
)
def test_the_short_forms_give_what_the_long_ones_of_kustomize_would(
    kustomize: tuple[str, ...], tmp_path: Path, more: str, neighbours: str, component: str
) -> None:
    files: Files = {
        "environments/platform.yaml": PLATFORM,
        "overlays/base/api/deployment.yaml": EVERY_KIND.replace("NEIGHBOURS", neighbours),
        "overlays/base/api/kustomization.yaml": f"{more}resources: [deployment.yaml]\n",
    }
    if component:
        files |= {
            "overlays/components/debug/kustomization.yaml": component,
            "environments/test/branches/login.yaml": "runs:\n  api: {tag: b1, components: [debug]}\n",
        }
    alike(kustomize, tmp_path, files)


PLAIN = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {selector: {matchLabels: {}, matchExpressions: [{key: none, operator: DoesNotExist}]}, template: {metadata: {labels: {app: api}}, spec: {containers: [{name: main, image: registry.example.com/api}]}}}\n"


@pytest.mark.parametrize(
    "written, instead",
    [
        # what a round trip through JSON would write anew
        (
            "name: main",
            "name: main, stdin: True, resources: {limits: {cpu: 1.10, memory: 1000}}",
        ),
        (
            "spec: {containers",
            "spec: {volumes: [{name: a, secret: {secretName: a, defaultMode: 010}}, {name: b, secret: {secretName: a, defaultMode: 16}}], containers",
        ),
        ("{name: api}", "{name: api, annotations: {b: '2024-01-01'}}"),
        ("spec: {containers", "spec: {terminationGracePeriodSeconds: 900719925474099, containers"),
        ("name: main", 'name: main, args: ["\\tx\\ny", "a: b", "no"]'),
        # what a merge would clean up
        (
            "spec: {containers",
            "spec: {hostNetwork: null, volumes: [{name: a, emptyDir: {medium: null}}], containers",
        ),
        ("metadata: {labels", "metadata: {creationTimestamp: null, labels"),
        # names that are there already
        ("spec: {containers", "spec: {serviceAccountName: api, containers"),
        ("{app: api}", "{gen/serves: 'no'}"),
        # not found where it would be
        (
            "kind: Deployment\nmetadata: {name: api}\nspec",
            "kind: Deployment\nmetadata: {name: worker}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: registry.example.com/api}]}}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec",
        ),
        (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec",
            'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: api}\nspec: {schedule: "@daily", jobTemplate: {spec: {template: {metadata: {labels: {a: b}}, spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec',
        ),
    ],
)
def test_a_workload_is_as_it_was_written_but_for_what_gen_adds(
    kustomize: tuple[str, ...], tmp_path: Path, written: str, instead: str
) -> None:
    assert written in PLAIN
    alike(
        kustomize, tmp_path, {"overlays/base/api/deployment.yaml": PLAIN.replace(written, instead)}
    )


@pytest.mark.parametrize("name", ["null", "no", "on", "true", "y", "a1e3", "e-3", "x0-1"])
def test_services_whose_names_look_like_something_else(
    kustomize: tuple[str, ...], tmp_path: Path, name: str
) -> None:
    runs = {
        "environments/test/branches/login.yaml": f'runs:\n  "{name}": {{tag: b1}}\n',
        f"overlays/base/{name}/deployment.yaml": PLAIN.replace(
            "{name: api}", f'{{name: "{name}"}}'
        ).replace("com/api", f"com/{name}"),
    }
    alike(kustomize, tmp_path, service(name) | runs, name)


def alike(kustomize: tuple[str, ...], tmp_path: Path, files: Files, name: str = "api") -> None:
    """What gen's overlays give, and what they would with `includeSelectors` and a merge for each workload, byte for byte."""
    made = compiled(files)
    write(tmp_path / "out", made.files)
    unit = tmp_path / "out/overlays/test/login"
    short = subprocess.run([*kustomize, str(unit)], capture_output=True, check=True).stdout
    content = yaml.safe_load((unit / name / "kustomization.yaml").read_text())
    content.pop("replacements", None)
    content["labels"] = [
        {"pairs": content["labels"][0]["pairs"], "includeSelectors": True},
        {
            "pairs": {"app.kubernetes.io/part-of": "shop", "app.kubernetes.io/managed-by": "gen"},
            "includeTemplates": True,
        },
    ]
    content["patches"] = [{"path": "workload.yaml"}]
    (unit / name / "kustomization.yaml").write_text(documents(content))
    (unit / "kustomization.yaml").write_text(f'resources: ["{name}"]\n')
    (unit / name / "workload.yaml").write_text(
        documents(*(_merged(name, workload) for workload in made.resolved.bases.of[name].workloads))
    )
    assert subprocess.run([*kustomize, str(unit)], capture_output=True, check=True).stdout == short


def _merged(name: str, workload: Workload) -> dict[str, Any]:
    pod: dict[str, Any] = {"spec": {"serviceAccountName": name}} | (
        {"metadata": {"labels": {"gen/serves": name}}} if workload.serves else {}
    )
    pod = {"spec": {"template": pod}}
    more = (
        {"annotations": {"argocd.argoproj.io/sync-options": "Force=true,Replace=true"}}
        if workload.kind == "Job"
        else {}
    )
    return {
        "apiVersion": workload.api_version,
        "kind": workload.kind,
        "metadata": {"name": workload.name} | more,
    } | (pod if workload.kind != "CronJob" else {"spec": {"jobTemplate": pod}})
