"""What a unit really runs: what Kustomize makes of each overlay, in the versions that people have."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.io.built import write
from generator.vocabulary.findings import Findings
from tests.conftest import Files, compiled, installed, service

FOLDER = "overlays/base/api/"
BRANCH = "environments/test/branches/login.yaml"
Objects = dict[tuple[str, str], dict[str, Any]]


PLATFORM = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
# What these bases bring beyond what is safe.
KINDS = ", ".join(
    f"{kind}: everywhere"
    for kind in (
        "argoproj.io/Rollout",
        "autoscaling.k8s.io/VerticalPodAutoscaler",
        "bitnami.com/SealedSecret",
        "cert-manager.io/Certificate",
        "external-secrets.io/ExternalSecret",
        "external-secrets.io/SecretStore",
        "keda.sh/ScaledObject",
    )
)


@pytest.fixture(scope="session", params=["kustomize-5.5", "kustomize-5.8"])
def kustomize(request: pytest.FixtureRequest) -> list[str]:
    return [installed(request.param), "build"]


def unit(
    kustomize: list[str], tmp_path: Path, base: str, run: str = "", files: Files | None = None
) -> Objects:
    """The branch `login` of service `api`, whose base and entry in `runs` are given."""
    changes: Files = {
        "environments/platform.yaml": PLATFORM + f"bases: {{kinds: {{{KINDS}}}}}\n",
        FOLDER + "deployment.yaml": base,
        BRANCH: f"runs: {{api: {{tag: b1{run and ', '}{run}}}}}\n",
    }
    write(tmp_path / "out", compiled(changes | (files or {})).files)
    folder = str(tmp_path / "out/overlays/test/login")
    done = subprocess.run([*kustomize, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    things = [thing for thing in yaml.safe_load_all(done.stdout) if thing]
    return {(thing["kind"], thing["metadata"]["name"]): thing for thing in things}


def pods(kind: str = "Deployment", spec: str = "", name: str = "api", more: str = "") -> str:
    api = "batch/v1" if kind == "Job" else "apps/v1"
    return (
        f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}}}\n"
        f"spec: {{selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, "
        f"spec: {{{spec or CONTAINER}}}}}{more and ', '}{more}}}\n"
    )


CONTAINER = "containers: [{name: main, image: registry.example.com/api}]"


def test_a_tag_changes_no_image_that_only_looks_alike(kustomize: list[str], tmp_path: Path) -> None:
    images = [
        "registry.example.com/web.v2",
        "registry.example.com/web-v2:1",
        "registry-example.com/web.v2:2",
    ]
    containers = ", ".join(f"{{name: c{n}, image: {image!r}}}" for n, image in enumerate(images))
    catalogue = f"image: {images[0]}\nports: [{{name: web, port: 8080, protocol: http}}]\n"
    made = unit(
        kustomize,
        tmp_path,
        pods(spec=f"containers: [{containers}]"),
        files={"environments/services/api.yaml": catalogue},
    )
    run = made["Deployment", "api-login"]["spec"]["template"]["spec"]["containers"]
    assert [item["image"] for item in run] == [images[0] + ":b1", *images[1:]]


@pytest.mark.parametrize("digest", [False, True])
def test_a_version_replaces_the_bases(kustomize: list[str], tmp_path: Path, digest: bool) -> None:
    version = "sha256:" + "a" * 64
    said = f"digest: {version}" if digest else ""
    made = unit(kustomize, tmp_path, pods(), said)
    container = made["Deployment", "api-login"]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "registry.example.com/api" + (f"@{version}" if digest else ":b1")


@pytest.mark.parametrize("digest", [False, True])
def test_a_branch_brings_an_image_of_another_repository(
    kustomize: list[str], tmp_path: Path, digest: bool
) -> None:
    version, image = "sha256:" + "a" * 64, "forks.example.com:5000/me/api"
    platform = PLATFORM + f"bases: {{kinds: {{{KINDS}}}}}\nregistries: ['forks.example.com:5000']\n"
    said = f"image: '{image}'" + (f", digest: {version}" if digest else "")
    made = unit(kustomize, tmp_path, pods(), said, {"environments/platform.yaml": platform})
    container = made["Deployment", "api-login"]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == image + (f"@{version}" if digest else ":b1")


def test_a_port_by_the_name_that_containers_give_it(kustomize: list[str], tmp_path: Path) -> None:
    long = "admin-" + "x" * 57
    catalogue = (
        "image: registry.example.com/api\n"
        f"ports: [{{name: {long}, port: 80, protocol: http, targetPort: http-main}}]\n"
    )
    base = pods(spec=CONTAINER.replace("}]", ", ports: [{name: http-main, containerPort: 8080}]}]"))
    made = unit(kustomize, tmp_path, base, files={"environments/services/api.yaml": catalogue})
    (port,) = made["Service", "api-login"]["spec"]["ports"]
    assert (port["name"], port["port"], port["targetPort"]) == (long, 80, "http-main")
    pod = made["Deployment", "api-login"]["spec"]["template"]
    assert pod["metadata"]["labels"]["gen/serves"] == "api"
    policies = (tmp_path / "out/overlays/test/mesh.pods/services/api.yaml").read_text()
    assert "- port: http-main" in policies


OTHER = "containers: [{name: main, image: 'registry.example.com/cache:1'}]"
PORTS = (
    "containers: [{name: main, image: registry.example.com/api, ports: [{containerPort: 8080}]}]"
)


@pytest.mark.parametrize(
    "base, counts",
    [
        (pods(), {("Deployment", "api-login"): 3}),
        # of the same name, and of another image
        (
            pods(spec=PORTS) + "---\n" + pods("StatefulSet", OTHER, more="replicas: 2"),
            {("Deployment", "api-login"): 3, ("StatefulSet", "api-login"): 2},
        ),
        # a worker beside the server
        (
            pods(spec=PORTS) + "---\n" + pods(name="worker", more="replicas: 1"),
            {("Deployment", "api-login"): 3, ("Deployment", "worker-login"): 1},
        ),
        # a worker alone, and two servers
        (
            pods(name="one") + "---\n" + pods("StatefulSet", name="two"),
            {("Deployment", "one-login"): 3, ("StatefulSet", "two-login"): 3},
        ),
    ],
)
def test_replicas_scale_what_answers_and_nothing_else(
    kustomize: list[str], tmp_path: Path, base: str, counts: dict[tuple[str, str], int]
) -> None:
    made = unit(kustomize, tmp_path, base, "replicas: 3")
    assert {key: made[key]["spec"]["replicas"] for key in counts} == counts


def test_replicas_leave_a_components_workload_of_the_name_alone(
    kustomize: list[str], tmp_path: Path
) -> None:
    component = {
        "overlays/components/cache/kustomization.yaml": "kind: Component\nresources: [cache.yaml]\n",
        "overlays/components/cache/cache.yaml": pods(
            "StatefulSet", f"serviceAccountName: api, {OTHER}", more="replicas: 2"
        ),
    }
    made = unit(kustomize, tmp_path, pods(), "replicas: 3, components: [cache]", dict(component))
    assert made["Deployment", "api-login"]["spec"]["replicas"] == 3
    assert made["StatefulSet", "api-login"]["spec"]["replicas"] == 2


HPA = "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: KIND, name: api}, maxReplicas: 5}\n"
KEDA = "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: api}\nspec: {scaleTargetRef: {name: api}, maxReplicaCount: 5, triggers: []}\n"


@pytest.mark.parametrize("scaler", [HPA.replace("KIND", "Deployment"), KEDA])
@pytest.mark.parametrize("more", ["replicas: 2", ""])
def test_an_autoscaler_alone_says_how_many_run(
    kustomize: list[str], tmp_path: Path, scaler: str, more: str
) -> None:
    made = unit(kustomize, tmp_path, pods(more=more) + scaler)
    assert "replicas" not in made["Deployment", "api-login"]["spec"]


def test_a_branch_without_the_autoscaler_has_the_replicas_of_its_base(
    kustomize: list[str], tmp_path: Path
) -> None:
    """And may say its own."""
    said = "bases: {kinds: {keda.sh/ScaledObject: baseline}}\n"
    files: Files = {"environments/platform.yaml": PLATFORM + said}
    made = unit(kustomize, tmp_path, pods(more="replicas: 2") + KEDA, files=files)
    assert made["Deployment", "api-login"]["spec"]["replicas"] == 2
    baseline = str(tmp_path / "out/overlays/test/baseline/api")
    done = subprocess.run([*kustomize, baseline], capture_output=True, text=True, check=True)
    [counts] = [
        thing["spec"].get("replicas")
        for thing in yaml.safe_load_all(done.stdout)
        if thing["kind"] == "Deployment"
    ]
    assert counts is None


def test_replicas_of_kustomizations_beside_an_autoscaler(
    kustomize: list[str], tmp_path: Path
) -> None:
    """A base's own are undone, and so are a component's."""
    base, component = "overlays/base/api/", "overlays/components/scaled/"
    files: Files = {
        base
        + "kustomization.yaml": "resources: [deployment.yaml]\nreplicas: [{name: api, count: 3}]\n",
        component + "kustomization.yaml": "kind: Component\nreplicas: [{name: api, count: 4}]\n",
    }
    for number, more in enumerate(("", "components: [scaled]")):
        where = tmp_path / str(number)
        where.mkdir()
        made = unit(kustomize, where, pods() + HPA.replace("KIND", "Deployment"), more, files)
        assert "replicas" not in made["Deployment", "api-login"]["spec"]


def test_an_autoscaler_of_another_says_nothing(kustomize: list[str], tmp_path: Path) -> None:
    base = pods(spec=PORTS, more="replicas: 2") + HPA.replace("KIND", "StatefulSet")
    base += "---\n" + pods("StatefulSet", OTHER, more="replicas: 4")
    made = unit(kustomize, tmp_path, base)
    assert made["Deployment", "api-login"]["spec"]["replicas"] == 2
    assert "replicas" not in made["StatefulSet", "api-login"]["spec"]


ENV = "[{name: A, value: '1'}, {name: B, valueFrom: {secretKeyRef: {name: db, key: b}}}, {name: C, value: $(A)}, {name: D, value: 'no'}]"
WITH_ENV = pods(spec=f"containers: [{{name: main, image: registry.example.com/api, env: {ENV}}}]")


def env(made: Objects) -> list[tuple[str, Any]]:
    container = made["Deployment", "api-login"]["spec"]["template"]["spec"]["containers"][0]
    for item in container["env"]:
        assert ("value" in item) != ("valueFrom" in item), "the API server takes one of the two"
    return [(item["name"], item.get("value", "…")) for item in container["env"]]


BASE = [("A", "1"), ("B", "…"), ("C", "$(A)"), ("D", "no")]


@pytest.mark.parametrize(
    "said, expected",
    [
        # behind the base's, in the order of the file
        (
            "Z: '9', URL: 'http://$(Z)/$(A)', M: '$(URL)'",
            [*BASE, ("Z", "9"), ("URL", "http://$(Z)/$(A)"), ("M", "$(URL)")],
        ),
        # in its place: the base's C is made of it
        ("A: '2'", [("A", "2"), *BASE[1:]]),
        # a Secret's place is taken
        ("B: test", [BASE[0], ("B", "test"), *BASE[2:]]),
        # behind what it needs
        ("A: '$(D)'", [*BASE[1:], ("A", "$(D)")]),
        ("A: '$(N)', N: x", [*BASE[1:], ("A", "$(N)"), ("N", "x")]),
        ("N: x, A: '$(N)'", [*BASE[1:], ("N", "x"), ("A", "$(N)")]),
        # a reference that is none
        ("A: '$$(D) $D'", [("A", "$$(D) $D"), *BASE[1:]]),
    ],
)
def test_variables_stand_where_their_references_work(
    kustomize: list[str], tmp_path: Path, said: str, expected: list[tuple[str, str]]
) -> None:
    assert env(unit(kustomize, tmp_path, WITH_ENV, f"env: {{{said}}}")) == expected


PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {template: {spec: {containers: [{name: main, env: [{name: P, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: C, value: c}, {name: D, $patch: delete}]}]}}}\n"
PATCHED = [("P", "…"), ("C", "c"), ("A", "1"), ("B", "…")]


@pytest.mark.parametrize(
    "said, expected",
    [
        ("N: '$(P) $(A)'", [*PATCHED, ("N", "$(P) $(A)")]),
        ("P: own", [("P", "own"), *PATCHED[1:]]),
        ("D: own", [*PATCHED, ("D", "own")]),
    ],
)
@pytest.mark.parametrize("where", ["base", "component"])
def test_variables_of_patches_count_too(
    kustomize: list[str], tmp_path: Path, where: str, said: str, expected: list[tuple[str, str]]
) -> None:
    files: Files = {}
    if where == "base":
        files[FOLDER + "kustomization.yaml"] = (
            "resources: [deployment.yaml]\npatches: [{path: p.yaml}]\n"
        )
        files[FOLDER + "p.yaml"] = PATCH
        run = f"env: {{{said}}}"
    else:
        files["overlays/components/debug/kustomization.yaml"] = (
            "kind: Component\npatches: [{path: p.yaml}]\n"
        )
        files["overlays/components/debug/p.yaml"] = PATCH
        run = f"env: {{{said}}}, components: [debug]"
    assert env(unit(kustomize, tmp_path, WITH_ENV, run, files)) == expected


@pytest.mark.parametrize(
    "patch",
    [
        "{patch: '- {op: remove, path: /spec/template/spec/containers/0/env/0}', target: {kind: Deployment}}",
        "{patch: '- {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: P, valueFrom: {fieldRef: {fieldPath: metadata.name}}}}', target: {kind: Deployment}}",
        "{path: p.yaml, target: {kind: Deploy.*}}",
        "{path: p.yaml, target: {labelSelector: a=b}}",
    ],
)
def test_where_nobody_can_tell_which_variables_there_are_none_is_made_up(
    kustomize: list[str], tmp_path: Path, patch: str
) -> None:
    files: Files = {
        FOLDER + "kustomization.yaml": f"resources: [deployment.yaml]\npatches: [{patch}]\n",
        FOLDER + "p.yaml": PATCH,
    }
    with_it = dict(env(unit(kustomize, tmp_path / "with", WITH_ENV, "env: {P: own}", files)))
    without = dict(env(unit(kustomize, tmp_path / "without", WITH_ENV, "", files)))
    assert with_it == without | {"P": "own"}


def test_claim_templates_say_what_they_are(kustomize: list[str], tmp_path: Path) -> None:
    spec = "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}"
    claims = f"volumeClaimTemplates: [{{metadata: {{name: a}}, {spec}}}, {{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: b}}, {spec}}}, {{metadata: {{name: c}}, {spec}}}]"
    both: Files = {
        "environments/test/branches/login.yaml": "runs: {api: {tag: b1}, web: {tag: b1}}\n",
        "overlays/base/web/deployment.yaml": pods("StatefulSet", name="web", more=claims).replace(
            "com/api", "com/web"
        ),
    }
    made = unit(kustomize, tmp_path, pods("StatefulSet", more=claims), files=both)
    for name in ("api-login", "web-login"):
        templates = made["StatefulSet", name]["spec"]["volumeClaimTemplates"]
        assert [item["metadata"]["name"] for item in templates] == ["a", "b", "c"]
        assert {(item["apiVersion"], item["kind"]) for item in templates} == {
            ("v1", "PersistentVolumeClaim")
        }
    assert not [name for kind, name in made if kind == "PersistentVolumeClaim"]


def term(app: str) -> str:
    return f"{{topologyKey: kubernetes.io/hostname, labelSelector: {{matchLabels: {{{app}}}}}}}"


def near(required: str, apart: str = "", spread: str = "") -> str:
    spread = spread.replace("{top", "{maxSkew: 1, whenUnsatisfiable: DoNotSchedule, top")
    rules = (
        f"affinity: {{podAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{required}]}}"
    )
    if apart:
        rules += f", podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{apart}]}}"
    return f"{rules}}}, topologySpreadConstraints: [{spread}], {CONTAINER}"


OWN = {"app.kubernetes.io/name": "api", "gen/environment": "test", "gen/branch": "login"}


def asked(made: Objects) -> tuple[list[Any], ...]:
    """The labels that each rule asks for, without the service's own: (…, whether they are there)."""
    spec = made["Deployment", "api-login"]["spec"]["template"]["spec"]
    rule = "requiredDuringSchedulingIgnoredDuringExecution"
    groups = [
        spec["affinity"].get(kind, {}).get(rule, []) for kind in ("podAffinity", "podAntiAffinity")
    ]
    groups.append(spec["topologySpreadConstraints"])
    found: tuple[list[Any], ...] = ()
    for group in groups:
        labels = [item["labelSelector"]["matchLabels"] for item in group]
        found += ([("own" if OWN.items() <= one.items() else one) for one in labels],)
    return found


CACHE = {"app": "node-cache"}


@pytest.mark.parametrize(
    "rules, expected",
    [
        (near(term("app: node-cache")), ([CACHE], [], [])),
        (near(term("app: api")), (["own"], [], [])),
        (
            near(term("app: node-cache"), term("app: api"), term("app: api")),
            ([CACHE], ["own"], ["own"]),
        ),
        (
            near(term("app: api"), spread=term("app.kubernetes.io/part-of: shop")),
            (["own"], [], [{"app.kubernetes.io/part-of": "shop"}]),
        ),
        (
            near(term("app.kubernetes.io/name: api"), term("app.kubernetes.io/name: web")),
            (["own"], [{"app.kubernetes.io/name": "web"}], []),
        ),
        # side by side
        (near(", ".join([term("app: node-cache"), term("app: api")])), ([CACHE, "own"], [], [])),
    ],
)
def test_selectors_that_mean_others_stay(
    kustomize: list[str], tmp_path: Path, rules: str, expected: tuple[list[Any], ...]
) -> None:
    assert asked(unit(kustomize, tmp_path, pods(spec=rules))) == expected


LABELS = "matchLabels: {app: api}"
LISTED = "matchExpressions: [{key: app, operator: In, values: [api]}]"


def test_services_and_budgets_that_mean_others_stay(kustomize: list[str], tmp_path: Path) -> None:
    def service(name: str, spec: str) -> str:
        return f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{{spec}ports: [{{port: 1}}]}}\n"

    def budget(name: str, app: str) -> str:
        return f"---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: {name}}}\nspec: {{selector: {{matchLabels: {{app: {app}}}}}}}\n"

    base = pods() + service("peers", "clusterIP: None, selector: {app: api}, ")
    base += service("other", "selector: {app: web}, ") + service("bare", "")
    base += budget("own", "api") + budget("other", "none")
    base += budget("listed", "api").replace(LABELS, LISTED)
    made = unit(kustomize, tmp_path, base)
    assert made["Service", "peers-login"]["spec"]["selector"] == {"app": "api"} | OWN
    assert made["Service", "other-login"]["spec"]["selector"] == {"app": "web"}
    assert "selector" not in made["Service", "bare-login"]["spec"]
    chosen = {
        name: made["PodDisruptionBudget", f"{name}-login"]["spec"]["selector"]["matchLabels"]
        for name in ("own", "other")
    }
    assert chosen == {"own": {"app": "api"} | OWN, "other": {"app": "none"}}
    listed = made["PodDisruptionBudget", "listed-login"]["spec"]["selector"]
    assert listed["matchLabels"] == OWN  # or the budgets of all units would share all pods
    assert listed["matchExpressions"] == [{"key": "app", "operator": "In", "values": ["api"]}]


REFERENCES = """\
---
{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: api}, spec: {scaleTargetRef: {name: api}}}
---
{apiVersion: autoscaling.k8s.io/v1, kind: VerticalPodAutoscaler, metadata: {name: api}, spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: api}}}
---
{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: db}, spec: {target: {name: db}, secretStoreRef: {name: vault, kind: SecretStore}}}
---
{apiVersion: external-secrets.io/v1, kind: SecretStore, metadata: {name: vault}, spec: {}}
---
{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: sealed}, spec: {template: {metadata: {name: sealed}}}}
---
{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: tls}, spec: {secretName: tls, issuerRef: {name: ca}}}
---
{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: api}, spec: {workloadRef: {kind: Deployment, name: api}}}
"""
TAKES = (
    "imagePullSecrets: [{name: foreign}], volumes: [{name: a, secret: {secretName: tls}}], "
    "containers: [{name: main, image: registry.example.com/api, envFrom: [{secretRef: {name: sealed}}], "
    "env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: a}}}]}]"
)


def test_references_of_the_platforms_own_kinds_follow_the_branch(
    kustomize: list[str], tmp_path: Path
) -> None:
    base = pods() + (
        "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: rules}}\n"
        "---\n{apiVersion: example.com/v1, kind: Queue, metadata: {name: api}, spec: {account: api, "
        "from: [{rulesName: rules}, {rulesName: others}], label: rules}}\n"
    )
    said = (
        "bases: {kinds: {example.com/Queue: everywhere}, references: {example.com/Queue: "
        "{spec/from/rulesName: ConfigMap, spec/account: ServiceAccount}}}\n"
    )
    files: Files = {"environments/platform.yaml": PLATFORM + said}
    queue = unit(kustomize, tmp_path, base, files=files)["Queue", "api-login"]
    assert queue["spec"] == {
        "account": "api-login",
        "from": [{"rulesName": "rules-login"}, {"rulesName": "others"}],
        "label": "rules",
    }


def test_a_branch_leaves_out_what_only_baselines_bring(
    kustomize: list[str], tmp_path: Path
) -> None:
    ingress = "spec: {defaultBackend: {service: {name: api, port: {number: 80}}}}"
    base = pods() + (
        f"---\n{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: a}}, {ingress}}}\n"
        "---\n{apiVersion: example.com/v1, kind: Queue, metadata: {name: a}, spec: {name: a}}\n"
        "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"
        "---\n{apiVersion: v1, kind: LimitRange, metadata: {name: a}, spec: {limits: []}}\n"
        "---\n{apiVersion: example.com/v1, kind: LimitRange, metadata: {name: a}}\n"
    )
    said = (
        "bases: {kinds: {example.com/Queue: baseline, networking.k8s.io/Ingress: baseline, "
        "LimitRange: baseline, example.com/LimitRange: everywhere}}\n"
    )
    files: Files = {"environments/platform.yaml": PLATFORM + said}
    made = unit(kustomize, tmp_path, base, files=files)
    assert {kind for kind, _ in made} == {
        *("ConfigMap", "Deployment", "LimitRange", "Service", "ServiceAccount")
    }
    assert made["LimitRange", "a-login"]["apiVersion"] == "example.com/v1"
    baseline = str(tmp_path / "out/overlays/test/baseline/api")
    done = subprocess.run([*kustomize, baseline], capture_output=True, text=True, check=True)
    kinds = [thing["kind"] for thing in yaml.safe_load_all(done.stdout)]
    assert {"Ingress", "Queue"} <= set(kinds)


def test_references_that_kustomize_does_not_know_follow_the_branch(
    kustomize: list[str], tmp_path: Path
) -> None:
    made = unit(kustomize, tmp_path, pods(spec=TAKES) + REFERENCES)
    spec = {kind: thing["spec"] for (kind, _), thing in made.items() if "spec" in thing}
    assert spec["ScaledObject"]["scaleTargetRef"]["name"] == "api-login"
    assert spec["VerticalPodAutoscaler"]["targetRef"]["name"] == "api-login"
    assert spec["ExternalSecret"]["target"]["name"] == "db-login"
    assert spec["ExternalSecret"]["secretStoreRef"]["name"] == "vault-login"
    assert spec["SealedSecret"]["template"]["metadata"]["name"] == "sealed-login"
    assert spec["Certificate"]["secretName"] == "tls-login"
    assert spec["Certificate"]["issuerRef"]["name"] == "ca"
    assert spec["Rollout"]["workloadRef"]["name"] == "api-login"
    pod = spec["Deployment"]["template"]["spec"]
    assert pod["volumes"][0]["secret"]["secretName"] == "tls-login"
    assert pod["imagePullSecrets"] == [{"name": "foreign"}]
    assert pod["containers"][0]["envFrom"] == [{"secretRef": {"name": "sealed-login"}}]
    assert pod["containers"][0]["env"][0]["valueFrom"]["secretKeyRef"]["name"] == "db-login"


def test_kustomize_is_told_of_no_names_where_it_knows_all(tmp_path: Path) -> None:
    assert not [path for path in compiled().files if path.endswith("/names.yaml")]


def test_gens_own_variables_are_nobody_elses() -> None:
    with pytest.raises(Findings) as stopped:
        compiled({BRANCH: "runs: {api: {tag: b1, env: {GEN_UNIT: test, GENERAL: x}}}\n"})
    (found,) = stopped.value.found
    assert (found.code, found.place.route) == ("GEN104", ("runs", "api", "env", "GEN_UNIT"))


ACCOUNT = "account: {annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::1:role/api'}, imagePullSecrets: [pull, own]}\n"
BROUGHT = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: api, annotations: {a.example.com/b: c}}\n"


@pytest.mark.parametrize("base", [pods(), pods() + BROUGHT])
def test_accounts_carry_what_the_catalogue_says(
    kustomize: list[str], tmp_path: Path, base: str
) -> None:
    secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: own}\ntype: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: '{}'}\n"
    made = unit(
        kustomize,
        tmp_path,
        base + secret,
        files=dict(service("api", ACCOUNT)) | {FOLDER + "deployment.yaml": base + secret},
    )
    account = made["ServiceAccount", "api-login"]
    assert (
        account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]
        == "arn:aws:iam::1:role/api"
    )
    names = [item["name"] for item in account["imagePullSecrets"]]
    assert names == ["pull", "own-login"]


@pytest.mark.parametrize("key", ["argocd.argoproj.io/hook", "'404'", "'2024-01-01'"])
def test_an_account_obeys_nobody_else_and_can_be_built(key: str) -> None:
    with pytest.raises(Findings) as stopped:
        compiled(service("api", f"account: {{annotations: {{{key}: PreSync}}}}\n"))
    assert [found.code for found in stopped.value.found] == ["GEN104"]


SLEEPER = (
    pods("StatefulSet", more="serviceName: api, replicas: 3")
    + "---\n"
    + pods(name="beside")
    + "---\n"
    + pods("DaemonSet", name="agent", spec="nodeSelector: {disk: fast}, " + CONTAINER)
    + "---\n"
    + pods("Job", name="migrate", spec="restartPolicy: Never, " + CONTAINER).replace(
        "selector: {matchLabels: {app: migrate}}, ", ""
    )
    + "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: sweep}\n"
    "spec: {schedule: '0 3 * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, "
    f"{CONTAINER}}}}}}}}}}}\n"
    "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: api}\n"
    "spec: {scaleTargetRef: {kind: StatefulSet, name: api}, minReplicaCount: 2}\n"
)


def test_a_unit_that_sleeps_runs_nothing_but_its_jobs(kustomize: list[str], tmp_path: Path) -> None:
    lively: Files = {BRANCH: "runs: {api: {tag: b1}}\n"}
    asleep: Files = {BRANCH: "asleep: true\nruns: {api: {tag: b1}}\n"}
    before = unit(kustomize, tmp_path / "awake", SLEEPER, files=lively)
    made = unit(kustomize, tmp_path / "asleep", SLEEPER, files=asleep)
    assert made.keys() == before.keys()
    assert made["StatefulSet", "api-login"]["spec"]["replicas"] == 0
    assert made["Deployment", "beside-login"]["spec"]["replicas"] == 0
    assert made["CronJob", "sweep-login"]["spec"]["suspend"] is True
    agent = made["DaemonSet", "agent-login"]["spec"]["template"]["spec"]
    assert agent["nodeSelector"] == {"disk": "fast", "gen/asleep": "true"}
    paused = made["ScaledObject", "api-login"]
    assert paused["metadata"]["annotations"]["autoscaling.keda.sh/paused-replicas"] == "0"
    assert paused["spec"] == before["ScaledObject", "api-login"]["spec"]
    for same in (
        ("Job", "migrate-login"),
        ("Service", "api-login"),
        ("ServiceAccount", "api-login"),
    ):
        assert made[same] == before[same]


def test_what_wakes_differs_in_what_has_no_default(kustomize: list[str], tmp_path: Path) -> None:
    """Argo CD from 3.6 on sees no difference in `replicas` that are said no longer: the API server gives a default."""
    asleep: Files = {BRANCH: "asleep: true\nruns: {api: {tag: b1}}\n"}
    resting = unit(kustomize, tmp_path / "asleep", SLEEPER, files=asleep)
    woken = unit(kustomize, tmp_path / "awake", SLEEPER, files={BRANCH: "runs: {api: {tag: b1}}\n"})
    paused = ("ScaledObject", "api-login")  # by an annotation of its own
    differ = {key for key, made in resting.items() if made.get("spec") != woken[key].get("spec")}
    assert {key for key, made in resting.items() if _marks(made)} == {*differ, paused}
    assert not any(map(_marks, woken.values()))


def _marks(made: dict[str, Any]) -> bool:
    return "gen/asleep" in made["metadata"].get("annotations", {})


@pytest.mark.parametrize("run", ["", "replicas: 4"])
def test_replicas_of_a_unit_that_sleeps_are_none_beside_an_autoscaler_too(
    kustomize: list[str], tmp_path: Path, run: str
) -> None:
    scaler = (
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api}\n"
        "spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}}\n"
    )
    files: Files = {BRANCH: f"asleep: true\nruns: {{api: {{tag: b1{run and ', '}{run}}}}}\n"}
    base = pods(more="replicas: 2") + ("" if run else scaler)
    made = unit(kustomize, tmp_path, base, files=files)
    assert made["Deployment", "api-login"]["spec"]["replicas"] == 0
