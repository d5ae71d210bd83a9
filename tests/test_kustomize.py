"""Each emitted kustomization builds by itself, and what comes out is what the unit asked for."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.compiler.compile import compile_sources
from generator.compiler.emit.yaml_text import documents
from generator.edge.tree import read_sources, write
from generator.vocabulary.plan import Workload
from tests.conftest import TOP, Files, compiled, jobs, service


def build(kubectl: str, folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [thing for thing in yaml.safe_load_all(done.stdout) if thing]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shop") / "out"
    write(out, compile_sources(read_sources(TOP)).files)
    return out


def test_every_unit_of_the_example_builds_and_stays_in_its_namespace(kubectl: str, shop: Path) -> None:
    folders = sorted({path.parent for path in shop.glob("overlays/*/*/kustomization.yaml") if path.parts[-3] not in ("base", "components")})
    assert len(folders) == 14
    seen: set[tuple[str, ...]] = set()
    for folder in [*folders, shop / "overlays/edge"]:
        for thing in build(kubectl, folder):
            metadata = thing["metadata"]
            key = (thing["apiVersion"], thing["kind"], metadata.get("namespace", ""), metadata["name"])
            assert key not in seen, "two applications would fight over it"
            seen.add(key)
            assert metadata["labels"]["app.kubernetes.io/managed-by"] == "gen"
            if thing["kind"] in ("Deployment", "StatefulSet"):
                assert thing["spec"]["selector"]["matchLabels"].items() <= thing["spec"]["template"]["metadata"]["labels"].items()
                assert ":" in thing["spec"]["template"]["spec"]["containers"][0]["image"]


@pytest.mark.parametrize("tag", ["123e4567", "1e3", "0777", "on", "12.30"])
def test_tags_and_values_that_look_like_something_else(kubectl: str, tmp_path: Path, tag: str) -> None:
    run = f'runs: {{api: {{tag: "{tag}", replicas: 3, env: {{A: "no", B: "1e3", C: "a\\nb: ${{x}} $(y)"}}}}}}\n'
    write(tmp_path / "out", compiled({"environments/test/branches/login.yaml": run}).files)
    things = build(kubectl, tmp_path / "out/overlays/test/login")
    deployment = next(thing for thing in things if thing["kind"] == "Deployment")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == f"registry.example.com/api:{tag}"
    assert {item["name"]: item["value"] for item in container["env"]} == {"A": "no", "B": "1e3", "C": "a\nb: ${x} $(y)"}
    assert deployment["spec"]["replicas"] == 3
    assert deployment["metadata"]["name"] == deployment["spec"]["template"]["spec"]["serviceAccountName"] == "api-login"


def test_a_baseline_never_selects_a_branchs_pods(kubectl: str, tmp_path: Path) -> None:
    write(tmp_path / "out", compiled().files)
    things = [thing for unit in ("baseline", "login") for thing in build(kubectl, tmp_path / f"out/overlays/test/{unit}")]
    services = {thing["metadata"]["name"]: thing["spec"]["selector"] for thing in things if thing["kind"] == "Service"}
    pods = {thing["metadata"]["name"]: thing["spec"]["template"]["metadata"]["labels"] for thing in things if thing["kind"] == "Deployment"}
    chosen = {name: {pod for pod, labels in pods.items() if selector.items() <= labels.items()} for name, selector in services.items()}
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


def test_jobs_and_workers_are_the_branchs_and_answer_nobody(kubectl: str, tmp_path: Path) -> None:
    write(tmp_path / "out", compiled({"overlays/base/api/deployment.yaml": WORKERS + jobs("api")}).files)
    things = {(thing["kind"], thing["metadata"]["name"]): thing for thing in build(kubectl, tmp_path / "out/overlays/test/login")}
    pods = {
        name: (thing["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else thing["spec"])["template"]
        for (kind, name), thing in things.items()
        if kind in ("Deployment", "CronJob", "Job")
    }
    assert set(pods) == {"api-login", "worker-login", "sweep-login", "migrate-login"}
    for pod in pods.values():
        assert pod["metadata"]["labels"].items() >= {"app.kubernetes.io/name": "api", "gen/environment": "test", "gen/branch": "login"}.items()
        assert pod["spec"]["serviceAccountName"] == "api-login" and pod["spec"]["containers"][0]["image"] == "registry.example.com/api:b1"
    selector = things["Service", "api-login"]["spec"]["selector"]
    assert [name for name, pod in pods.items() if selector.items() <= pod["metadata"]["labels"].items()] == ["api-login"]
    assert things["Job", "migrate-login"]["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "Force=true,Replace=true"


EVERY_KIND = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: api.0-x}
spec:
  template:
    metadata: {labels: {}}
    spec: {containers: [{name: main, image: registry.example.com/api}], NEIGHBOURS}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {}}]
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [], NEIGHBOURS}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: b}, spec: {template: {spec: {containers: []}}}}
---
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: a, labels: null}, spec: {template: {metadata: {labels: {gen/serves: z}}, spec: {serviceAccountName: z, NEIGHBOURS}}}}
---
{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: a}, spec: {template: {spec: {containers: []}}}}
---
{apiVersion: v1, kind: ReplicationController, metadata: {name: a}, spec: {template: {spec: {containers: []}}}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {template: {metadata: {labels: {a: b}}, spec: {containers: []}}}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: b}, spec: {selector: {matchLabels: {a: b}}, template: {spec: {containers: []}}}}
---
{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: []}}}}}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: {selector: {matchLabels: {a: b}}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {podSelector: {matchLabels: {a: b}}, ingress: [{from: [{podSelector: {matchLabels: {a: b}}}]}], egress: [{to: [{podSelector: {matchLabels: {a: b}}}]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {ports: []}}
---
{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: c}, spec: {template: {}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, spec: {selector: {matchLabels: {a: b}}}}
"""
SELECTOR = "labelSelector: {matchLabels: {a: b}}"
AFFINITY = f"requiredDuringSchedulingIgnoredDuringExecution: [{{{SELECTOR}}}], preferredDuringSchedulingIgnoredDuringExecution: [{{podAffinityTerm: {{{SELECTOR}}}}}]"
NEIGHBOURS = f"affinity: {{podAffinity: {{{AFFINITY}}}, podAntiAffinity: {{{AFFINITY}}}}}, topologySpreadConstraints: [{{{SELECTOR}}}]"


ADDS = f"{{target: {{kind: Deployment, name: a}}, patch: '- {{op: add, path: /spec/template/spec/affinity, value: {{podAffinity: {{{AFFINITY}}}}}}}'}}"


@pytest.mark.parametrize("component", ["", "kind: Component\nlabels: [{pairs: {c: d}}]\n", f"kind: Component\npatches: [{ADDS}]\n"])
@pytest.mark.parametrize("neighbours", ["hostname: a", NEIGHBOURS])
@pytest.mark.parametrize("more", ["", "namePrefix: pre-\n", "commonLabels: {app.kubernetes.io/part-of: other}\n", f"patches: [{ADDS}]\n"])
def test_the_short_forms_give_what_the_long_ones_of_kustomize_would(kubectl: str, tmp_path: Path, more: str, neighbours: str, component: str) -> None:
    files: Files = {"overlays/base/api/deployment.yaml": EVERY_KIND.replace("NEIGHBOURS", neighbours), "overlays/base/api/kustomization.yaml": f"{more}resources: [deployment.yaml]\n"}
    if component:
        files |= {"overlays/components/debug/kustomization.yaml": component, "environments/test/branches/login.yaml": "runs:\n  api: {tag: b1, components: [debug]}\n"}
    alike(kubectl, tmp_path, files)


PLAIN = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {template: {metadata: {labels: {app: api}}, spec: {containers: [{name: main, image: registry.example.com/api}]}}}\n"


@pytest.mark.parametrize("written, instead", [
    # what a round trip through JSON would write anew
    ("{name: api}", "{name: api, annotations: {a: 1.10, b: 2024-01-01, c: 010, d: 1e3, e: True, f: 0x10, g: 123456789012345678901}}"),
    ("spec: {containers", "spec: {terminationGracePeriodSeconds: 9007199254740993, containers"),
    ("name: main", 'name: main, args: ["\\tx\\ny", "a: b", "no"]'),
    # what a merge would clean up
    ("spec: {containers", "spec: {hostNetwork: , volumes: [{name: a, emptyDir: }], containers"),
    ("metadata: {labels", "metadata: {creationTimestamp: null, labels"),
    # names that are there already
    ("spec: {containers", "spec: {serviceAccountName: other, containers"),
    ("{app: api}", "{gen/serves: no}"),
    # not found where it would be
    ("apps/v1", "apps/v1beta1"),
    ("kind: Deployment\nmetadata: {name: api}\nspec", "kind: Deployment\nmetadata: {name: worker}\nspec: {template: {metadata: {labels: {a: b}}}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec"),
    ("kind: Deployment\nmetadata: {name: api}\nspec", "kind: CronJob\nmetadata: {name: api}\nspec: {jobTemplate: {spec: {template: {metadata: {labels: {a: b}}, spec: {}}}}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec"),
])
def test_a_workload_is_as_it_was_written_but_for_what_gen_adds(kubectl: str, tmp_path: Path, written: str, instead: str) -> None:
    assert written in PLAIN
    alike(kubectl, tmp_path, {"overlays/base/api/deployment.yaml": PLAIN.replace(written, instead)})


@pytest.mark.parametrize("name", ["null", "no", "on", "true", "y", "a1e3", "e-3", "x0-1"])
def test_services_whose_names_look_like_something_else(kubectl: str, tmp_path: Path, name: str) -> None:
    runs = {"environments/test/branches/login.yaml": f'runs:\n  "{name}": {{tag: b1}}\n', f"overlays/base/{name}/deployment.yaml": PLAIN.replace("{name: api}", f'{{name: "{name}"}}').replace("com/api", f"com/{name}")}
    alike(kubectl, tmp_path, service(name) | runs, name)


def alike(kubectl: str, tmp_path: Path, files: Files, name: str = "api") -> None:
    """What gen's overlays give, and what they would with `includeSelectors` and a merge for each workload, byte for byte."""
    made = compiled(files)
    write(tmp_path / "out", made.files)
    unit = tmp_path / "out/overlays/test/login"
    short = subprocess.run([kubectl, "kustomize", str(unit)], capture_output=True, check=True).stdout
    content = yaml.safe_load((unit / name / "kustomization.yaml").read_text())
    content.pop("replacements", None)
    content["labels"] = [{"pairs": content["labels"][0]["pairs"], "includeSelectors": True}, {"pairs": {"app.kubernetes.io/part-of": "shop", "app.kubernetes.io/managed-by": "gen"}, "includeTemplates": True}]
    content["patches"] = [{"path": "workload.yaml"}]
    (unit / name / "kustomization.yaml").write_text(documents(content))
    (unit / "kustomization.yaml").write_text(f'resources: ["{name}"]\n')
    (unit / name / "workload.yaml").write_text(documents(*(_merged(name, workload) for workload in made.resolved.bases.of[name].workloads)))
    assert subprocess.run([kubectl, "kustomize", str(unit)], capture_output=True, check=True).stdout == short


def _merged(name: str, workload: Workload) -> dict[str, Any]:
    pod: dict[str, Any] = {"spec": {"serviceAccountName": name}} | ({"metadata": {"labels": {"gen/serves": name}}} if workload.serves else {})
    pod = {"spec": {"template": pod}}
    more = {"annotations": {"argocd.argoproj.io/sync-options": "Force=true,Replace=true"}} if workload.kind == "Job" else {}
    return {"apiVersion": workload.api_version, "kind": workload.kind, "metadata": {"name": workload.name} | more} | (pod if workload.kind != "CronJob" else {"spec": {"jobTemplate": pod}})
