"""Hand-written bases and components: what gen takes from them, and all that is wrong in them."""

from __future__ import annotations

import pytest

from generator.manifests import allowed
from generator.views.examples import workload
from generator.vocabulary.base import Base, Labels, Selector, Workload
from tests.compiler.test_check import API, API_TEXT, told
from tests.conftest import Files, base, compiled, jobs, service
from tests.vocabulary.test_findings import BRANCH, DEPLOYMENT, KUSTOMIZATION, PERF, findings

MAIN = "{name: main, image: registry.example.com/api}"
MOST_OF_OBJECT = 1 << 20  # bytes
FOLDER, DEBUG = "overlays/base/api/", "overlays/components/debug/kustomization.yaml"


@pytest.fixture(autouse=True)
def _unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bases here are cut down to what is asked; schemas have tests of their own."""
    for each in ("held", "combined"):
        monkeypatch.setattr(f"generator.compiler.bases.{each}", lambda *_: [])


LABELS = {"app": "api"}


def of(changes: Files) -> Base:
    return compiled(changes).resolved.bases.of["api"]


def test_what_is_taken_from_a_base() -> None:
    more = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: api}\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: api}\nspec: {}\n"
    found = of(
        {
            KUSTOMIZATION: "resources: [deployment.yaml, ../more]\nconfigMapGenerator: [{name: a}]\n",
            "overlays/base/more/kustomization.yaml": "secretGenerator: [{name: a}]\n",
            DEPLOYMENT: workload() + jobs("api") + more,
        }
    )
    main = [
        Workload("apps/v1", "Deployment", "api", "main", True, True, pods=LABELS, knows=LABELS),
        Workload("batch/v1", "CronJob", "sweep", "main", False, False),
        Workload("batch/v1", "Job", "migrate", "main", False, False),
    ]
    kinds = (
        ("", "ConfigMap"),
        ("", "Secret"),
        ("", "ServiceAccount"),
        ("apps", "Deployment"),
        ("batch", "CronJob"),
        ("batch", "Job"),
        ("policy", "PodDisruptionBudget"),
    )
    folders = ("overlays/base/api", "overlays/base/more")
    pods, scalable = (LABELS,), ("api",)
    assert found == Base(tuple(main), True, folders, kinds, pods, scalable=scalable)
    alone, folders = (("apps", "Deployment"),), ("overlays/base/api",)
    assert of({}) == Base((main[0],), False, folders, alone, pods, scalable=scalable)
    assert not of(
        {DEPLOYMENT: workload() + more.replace("{name: api}", "{name: apis}")}
    ).has_service_account
    assert compiled(
        {DEBUG: "kind: Component\nconfigMapGenerator: [{name: a}]\n"}
    ).resolved.bases.components == {
        "debug": Base((), False, ("overlays/components/debug",), (("", "ConfigMap"),))
    }


@pytest.mark.parametrize(
    "kind, serves",
    [("Deployment", True), ("StatefulSet", True), ("DaemonSet", True), ("Job", False)],
)
def test_kinds_that_have_pods(kind: str, serves: bool) -> None:
    group = "batch/v1" if kind == "Job" else "apps/v1"
    text = workload().replace("Deployment", kind).replace("apps/v1", group)
    made = Workload(group, kind, "api", "main", serves, True, pods=LABELS, knows=LABELS)
    assert of({DEPLOYMENT: text}).workloads == (made,)


@pytest.mark.parametrize(
    "changes",
    [
        {DEPLOYMENT: workload().replace("metadata: {labels: {app: api}}", "metadata: {}")},
        {DEPLOYMENT: workload().replace("{labels: {app: api}}", "{labels: null}")},
        {DEPLOYMENT: workload().replace("{labels: {app: api}}", "{labels: {gen/serves: api}}")},
        {DEPLOYMENT: workload("containers: [" + MAIN.replace("}", ", args: [a, null]}") + "]")},
        {DEPLOYMENT: workload(metadata="{name: api, annotations: ~}")},
        {DEPLOYMENT: workload(metadata="{name: a.b}")},
        {
            KUSTOMIZATION: "resources: [deployment.yaml, a]\n",
            FOLDER
            + "a/kustomization.yaml": "resources: [../../more]\npatches: [{patch: '- {op: add, path: /a, value: b}', target: {kind: Foo}}]\n",
            "overlays/base/more/kustomization.yaml": "configMapGenerator: [{name: a}]\n",
        },
        {
            KUSTOMIZATION: "resources: [deployment.yaml]\npatches: [{patch: '- {op: remove, path: /spec/template/metadata/labels}', target: {kind: Deployment}}]\n"
        },
        {
            KUSTOMIZATION: "resources: [deployment.yaml]\ncomponents: [../../components/debug]\n",
            DEBUG: "kind: Component\npatches: [{path: a.yaml, target: {kind: .*}}]\n",
            "overlays/components/debug/a.yaml": "- {op: test, path: /kind, value: Deployment}\n",
        },
    ],
)
def test_a_workload_that_is_not_as_it_is_written(changes: Files) -> None:
    assert [found.as_written for found in of(changes).workloads] == [False]


PORTS = ", ports: [{containerPort: %s}]}"
AFFINE = "{podAffinity: {required: [{labelSelector: {matchLabels: {a: b}}}]}}"
INSIDE = "spec/template/spec/affinity/podAffinity/required"


@pytest.mark.parametrize(
    "path, value, found",
    [
        ("/spec/template/spec/affinity", AFFINE, INSIDE),
        (
            "/spec/template/spec/topologySpreadConstraints",
            "[{labelSelector: {matchLabels: {a: b}}}]",
            "spec/template/spec/topologySpreadConstraints",
        ),
        ("/spec/template/spec/affinity", "{nodeAffinity: {}}", None),
    ],
)
def test_selectors_of_patches(path: str, value: str, found: str | None) -> None:
    patch = f"patches: [{{patch: '- {{op: add, path: {path}, value: {value}}}', target: {{kind: Deployment}}}}]\n"
    path = f"{found}/labelSelector/matchLabels"
    expected = (Selector("", "Deployment", "", path, "", {"a": "b"}),) if found else ()
    made = compiled({DEBUG: "kind: Component\n" + patch}).resolved.bases
    assert made.components["debug"].selectors == expected
    assert of({KUSTOMIZATION: "resources: [deployment.yaml]\n" + patch}).selectors == expected


def test_selectors_of_manifests() -> None:
    held = of({DEPLOYMENT: workload(f"affinity: {AFFINE}, containers: [{MAIN}]")})
    pointer = f"/{INSIDE}/0/labelSelector/matchLabels"
    path = f"{INSIDE}/labelSelector/matchLabels"
    assert held.selectors == (Selector("apps", "Deployment", "api", path, pointer, {"a": "b"}),)


@pytest.mark.parametrize(
    "labels, expressions, selects",
    [
        ({"a": "b"}, (), True),
        ({"a": "b", "c": "d"}, (), False),
        ({}, (), False),
        (None, (("a", "In", ("b", "c")),), True),
        (None, (("a", "NotIn", ("b",)),), False),
        (None, (("a", "NotIn", ("c",)),), True),
        (None, (("a", "Exists", ()),), True),
        (None, (("x", "Exists", ()),), False),
        (None, (("a", "DoesNotExist", ()),), False),
        ({"a": "b"}, (("x", "DoesNotExist", ()),), True),
    ],
)
def test_whom_a_selector_means(
    labels: Labels | None, expressions: tuple[tuple[str, str, tuple[str, ...]], ...], selects: bool
) -> None:
    selector = Selector("", "", "", "", "", labels, expressions)
    assert selector.selects({"a": "b", "e": "f"}) == selects


@pytest.mark.parametrize(
    "first, second, serves",
    [
        ("}", "}", [True, True]),  # none says its ports: all may be servers
        (PORTS % "8080", "}", [True, False]),
        ("}", PORTS % "8080", [False, True]),
        (PORTS % "8080", PORTS % "8080", [True, True]),
        (PORTS % "9", "}", [True, True]),
        (PORTS % "'8080'", PORTS % "8080", [False, True]),
    ],
)
def test_a_worker_beside_the_server_answers_nobody(
    first: str, second: str, serves: list[bool]
) -> None:
    one, two = (
        workload("containers: [" + MAIN.replace("}", more) + "]") for more in (first, second)
    )
    assert [
        found.serves
        for found in of(
            {DEPLOYMENT: one + "---\n" + two.replace("{name: api}\nspec", "{name: worker}\nspec")}
        ).workloads
    ] == serves


def test_the_containers_port_is_the_target() -> None:
    two = "---\n" + workload(f"containers: [{MAIN}]").replace(
        "{name: api}\nspec", "{name: worker}\nspec"
    )
    files = {
        DEPLOYMENT: workload("containers: [" + MAIN.replace("}", PORTS % "9") + "]") + two,
        API: API_TEXT.replace("http}", "http, targetPort: 9}"),
    }
    assert [found.serves for found in of(files).workloads] == [True, False]


@pytest.mark.parametrize(
    "image, container",
    [
        ("api", "main"),
        ("api:v1", "main"),
        ("api@sha256:0", "main"),
        ("api:v1@sha256:0", "main"),
        ("api/x:v", "other"),
        ("ap:v", "other"),
    ],
)
def test_the_container_with_the_services_image(image: str, container: str) -> None:
    containers = "containers: [{name: first, image: 'a:b'}, {name: main, image: 'registry.example.com/%s'}, {name: other, image: registry.example.com/api}]"
    assert of({DEPLOYMENT: workload(containers % image)}).workloads[0].container == container


def test_an_image_with_a_port_in_its_name() -> None:
    files = {
        API: API_TEXT.replace("registry.example.com/api", "registry.example.com:5000/api"),
        DEPLOYMENT: workload("containers: [{name: main, image: 'registry.example.com:5000/api'}]"),
    }
    assert of(files).workloads[0].container == "main"


PATCH = "resources: [deployment.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: |\n%s"
GENERATED = "resources: [deployment.yaml]\n%s: [{name: a, files: [big], %s}]\n"
LOG = "{name: log, image: %s}"
ROWS: list[tuple[Files, list[str]]] = [
    # where a kustomization is, and how many
    ({KUSTOMIZATION: None, FOLDER + "kustomization.yml": "resources: [deployment.yaml]\n"}, []),
    ({KUSTOMIZATION: None, FOLDER + "Kustomization": "resources: [deployment.yaml]\n"}, []),
    (
        {FOLDER + "Kustomization": "resources: [deployment.yaml]\n"},
        [f"GEN405 {FOLDER}Kustomization:1:1"],
    ),
    (
        {
            FOLDER + "kustomization.yml": "resources: [deployment.yaml]\n",
            FOLDER + "Kustomization": "labels: []\n",
        },
        [f"GEN405 {FOLDER}kustomization.yml:1:1", f"GEN405 {FOLDER}Kustomization:1:1"],
    ),
    (
        {"overlays/base/loose/kustomization.yaml": "helmCharts: []\n"},
        ["GEN402 overlays/base/loose/kustomization.yaml:1:1"],
    ),
    (
        {"overlays/base/loose/deep/kustomization.yaml": "helmCharts: []\n"},
        [],
    ),  # nothing leads there
    ({"overlays/base/kustomization.yaml": "helmCharts: []\n"}, []),
    (
        {
            KUSTOMIZATION: "resources: [deployment.yaml, a]\n",
            FOLDER + "a/kustomization.yaml": "resources: [../b]\n",
            FOLDER + "b/kustomization.yaml": "resources: [../a]\n",
        },
        [f"GEN405 {FOLDER}{name}/kustomization.yaml:1:13" for name in "ab"],
    ),
    (
        {
            KUSTOMIZATION: "resources: [deployment.yaml]\ncomponents: [../../components/debug]\n",
            DEBUG: "kind: Component\nhelmCharts: []\n",
        },
        [f"GEN402 {DEBUG}:2:1", f"GEN402 {DEBUG}:2:1"],
    ),
    (
        service("new")
        | {"overlays/base/new/kustomization.yaml": None, "overlays/base/new/deployment.yaml": None},
        [],
    ),  # nobody runs it
    (
        service("new")
        | dict.fromkeys(base("new"))
        | {BRANCH: "runs: {api: {tag: v}, new: {tag: v}}\n"},
        ["GEN401 services/new.yaml:1:1"],
    ),
    # what it may name
    ({KUSTOMIZATION: "resources: [deployment.yaml, 'git@x']\n"}, [f"GEN402 {KUSTOMIZATION}:1:30"]),
    (
        {KUSTOMIZATION: "resources: [deployment.yaml, github.com/x]\n"},
        [f"GEN402 {KUSTOMIZATION}:1:30"],
    ),
    (
        {KUSTOMIZATION: "resources: [deployment.yaml, /overlays/base/api/deployment.yaml]\n"},
        [f"GEN402 {KUSTOMIZATION}:1:30"],
    ),
    (
        {KUSTOMIZATION: "resources: [deployment.yaml, '?a', 'a:b']\n"},
        [f"GEN402 {KUSTOMIZATION}:1:30", f"GEN402 {KUSTOMIZATION}:1:36"],
    ),
    (
        {
            KUSTOMIZATION: "resources: [deployment.yaml, ../../bases/x, ../../base, ../../components]\n"
        },
        [
            f"GEN402 {KUSTOMIZATION}:1:30",
            f"GEN401 {KUSTOMIZATION}:1:45",
            f"GEN401 {KUSTOMIZATION}:1:57",
        ],
    ),
    ({KUSTOMIZATION: "resources: [deployment.yaml, none]\n"}, [f"GEN401 {KUSTOMIZATION}:1:30"]),
    (
        {
            KUSTOMIZATION: "resources: [deployment.yaml]\nconfigMapGenerator: [{name: a, files: [k=none.txt, deployment.yaml], envs: [none.env], env: no.env}]\n"
        },
        [
            f"GEN401 {KUSTOMIZATION}:2:40",
            f"GEN401 {KUSTOMIZATION}:2:77",
            f"GEN401 {KUSTOMIZATION}:2:93",
        ],
    ),
    (
        {
            KUSTOMIZATION: "resources: [deployment.yaml]\nsecretGenerator: [{name: a}, {name: b, files: [x]}]\n"
        },
        [f"GEN401 {KUSTOMIZATION}:2:48"],
    ),
    # what it may say
    (
        {
            KUSTOMIZATION: "resources: [deployment.yaml]\nlabels: ~\npatches: ~\nimages: ~\nconfigMapGenerator: ~\ncomponents: ~\n"
        },
        [],
    ),
    (
        {
            KUSTOMIZATION: "resources: [deployment.yaml]\nimages: [{name: ~, newTag: 7}]\nreplicas: [{name: a, count: '2'}]\nlabels: [7, {pairs: {}, fields: []}]\n"
        },
        [
            f"GEN405 {KUSTOMIZATION}:2:28",
            f"GEN405 {KUSTOMIZATION}:3:29",
            f"GEN405 {KUSTOMIZATION}:4:10",
            f"GEN402 {KUSTOMIZATION}:4:25",
        ],
    ),
    # what a cluster keeps of an object
    ({DEPLOYMENT: workload().ljust(MOST_OF_OBJECT, "\n")}, []),
    ({DEPLOYMENT: workload().ljust(MOST_OF_OBJECT + 1, "\n")}, [f"GEN008 {DEPLOYMENT}:1:1"]),
    *(
        (
            {
                KUSTOMIZATION: GENERATED % (kind, more),
                FOLDER + "big": "é".rjust(MOST_OF_OBJECT - 3, "a"),
            },
            [f"GEN412 {KUSTOMIZATION}:2:{len(kind) + 4}"] if large else [],
        )
        for kind in ("configMapGenerator", "secretGenerator")
        for more, large in (
            ("literals: [b=é]", False),
            ("literals: [b=éa]", True),
            ("literals: [b=, c=aaa]", True),
            ("literals: [b=aa]}, {name: c, literals: [b=aa]", False),
        )
    ),
    # manifests
    ({DEPLOYMENT: workload() + "---\n---\n# nothing\n"}, []),
    (
        {
            DEPLOYMENT: workload()
            + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ''}\n---\n- a\n---\nkind: A\nmetadata: {name: a}\n---\napiVersion: v1\nmetadata: {name: a}\n---\napiVersion: v1\nkind: A\nmetadata: a\n"
        },
        [f"GEN405 {DEPLOYMENT}:{line}:1" for line in (10, 14, 16, 19, 22)],
    ),
    # what Argo CD, Helm and Kustomize obey
    *(
        (
            {DEPLOYMENT: workload(metadata=f"{{name: api, annotations: {{{word}/x: z}}}}")},
            [f"GEN402 {DEPLOYMENT}:3:37"],
        )
        for word in (
            "argocd.argoproj.io",
            "config.kubernetes.io",
            "internal.config.kubernetes.io",
            "kustomize.config.k8s.io",
            "config.k8s.io",
        )
    ),
    (
        {
            DEPLOYMENT: workload(
                metadata="{name: api, annotations: {argocd.argoproj.io.example.com/x: z}}"
            )
        },
        [],
    ),
    (
        {
            DEPLOYMENT: workload(
                metadata="{name: api, annotations: {path: /a/helm.sh~1hook, from: a, other: /helm.sh~1hook}}"
            )
        },
        [f"GEN402 {DEPLOYMENT}:3:43"],
    ),
    (
        {
            KUSTOMIZATION: PATCH
            % "    - op: add\n      path: /metadata/annotations/helm.sh~1hook\n      value: z\n"
        },
        [f"GEN402 {KUSTOMIZATION}:6:13"],
    ),
    (
        {
            KUSTOMIZATION: PATCH
            % "    - op: add\n      path: /metadata/annotations\n      value: {helm.sh~x: z}\n"
        },
        [],
    ),
    (
        {
            KUSTOMIZATION: PATCH
            % "    - op: copy\n      from: /metadata/annotations/config.k8s.io~1x\n      path: /a\n"
        },
        [f"GEN402 {KUSTOMIZATION}:6:13"],
    ),
    (
        {
            KUSTOMIZATION: PATCH
            % "    kind: A\n    apiVersion: v1\n    metadata: {name: a, annotations: [{helm.sh/hook: z}]}\n"
        },
        [f"GEN402 {KUSTOMIZATION}:7:40"],
    ),
    (
        {KUSTOMIZATION: PATCH % "    a: &b c\n    d: !x e\n"},
        [f"GEN005 {KUSTOMIZATION}:4:10", f"GEN005 {KUSTOMIZATION}:4:10"],
    ),
    (
        {
            KUSTOMIZATION: "resources: [deployment.yaml]\npatches: [{path: p.yaml}]\n",
            FOLDER
            + "p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, helm.sh/hook: z}\n",
        },
        [f"GEN402 {FOLDER}p.yaml:7:23"],
    ),
    # images
    (
        {
            DEPLOYMENT: workload(
                f"containers: [{MAIN}, {LOG % 'a/b'}], initContainers: [{LOG % 'c'}], ephemeralContainers: [{LOG % 'd'}]"
            )
        },
        [f"GEN406 {DEPLOYMENT}:8:91", f"GEN406 {DEPLOYMENT}:8:134", f"GEN406 {DEPLOYMENT}:8:180"],
    ),
    (
        {
            DEPLOYMENT: workload(
                f"containers: [{MAIN}, {LOG % 'a@sha256:0'}, {LOG % repr('a:5/b:v')}]"
            )
        },
        [],
    ),
    (
        {DEPLOYMENT: workload(f"containers: [{MAIN}, {LOG % repr('a:5/b')}]")},
        [f"GEN406 {DEPLOYMENT}:8:91"],
    ),
    *(
        (
            {
                DEPLOYMENT: workload(f"containers: [{MAIN}, {LOG % 'a'}]"),
                KUSTOMIZATION: "resources: [deployment.yaml]\nimages: [{name: a, " + how + "}]\n",
            },
            found,
        )
        for how, found in (
            ("newTag: v", []),
            (f"digest: 'sha256:{'0' * 64}'", []),
            ("newName: b", [f"GEN406 {DEPLOYMENT}:8:91"]),
            ("newTag: v", []),
            ("newTag: 'v@sha256:0'", [f"GEN412 {KUSTOMIZATION}:2:28"]),
            ("newTag: ' '", [f"GEN412 {KUSTOMIZATION}:2:28"]),
            ("digest: latest", [f"GEN412 {KUSTOMIZATION}:2:28"]),
            ("newTag: v, newName: 'b:v'", [f"GEN412 {KUSTOMIZATION}:2:40"]),
        )
    ),
    (
        {
            KUSTOMIZATION: "resources: [deployment.yaml]\nimages: [{name: registry.example.com/api, newTag: v}]\n"
        },
        [],
    ),
    # a dot of a name stands for anything
    *(
        (
            {
                DEPLOYMENT: workload(f"containers: [{MAIN}, {LOG % repr(image)}]"),
                KUSTOMIZATION: "resources: [deployment.yaml]\nimages: [{name: a.b/x, newTag: v}]\n",
            },
            found,
        )
        for image, found in (
            ("a.b/x:1", []),
            ("a-b/x:1", [f"GEN405 {KUSTOMIZATION}:2:17"]),
            ("a.b/xy:1", []),
        )
    ),
    # how many run
    *(
        (
            {KUSTOMIZATION: f"resources: [deployment.yaml]\nreplicas: [{{name: api{count}}}]\n"},
            found,
        )
        for count, found in (
            (", count: 2", []),
            ("", [f"GEN405 {KUSTOMIZATION}:2:12"]),
            (", count: true", [f"GEN405 {KUSTOMIZATION}:2:31"]),
            (", count: -1", [f"GEN412 {KUSTOMIZATION}:2:31"]),
            (f", count: {2**31 - 1}", []),
            (f", count: {2**31}", [f"GEN412 {KUSTOMIZATION}:2:31"]),
        )
    ),
    # labels and annotations that every object would get
    *(
        (
            {KUSTOMIZATION: f"resources: [deployment.yaml]\n{text}\n"},
            [f"GEN412 {KUSTOMIZATION}:{at}"],
        )
        for text, at in (
            ("commonLabels: {a: b!}", "2:19"),
            ("commonLabels: {b!: a}", "2:20"),
            ("labels: [{pairs: {a: b!}}]", "2:22"),
            ("commonAnnotations: {b!: a}", "2:25"),
        )
    ),
    ({KUSTOMIZATION: "resources: [deployment.yaml]\ncommonAnnotations: {a: b!}\n"}, []),
    (
        {
            KUSTOMIZATION: "resources: [deployment.yaml]\nimages: [{name: registry.example.com/api, newName: b}]\n"
        },
        [f"GEN403 {KUSTOMIZATION}:2:43"],
    ),
    (
        {
            KUSTOMIZATION: PATCH
            % "    kind: A\n    metadata: {name: a}\n    spec: {template: {spec: {containers: [{name: main, image: b}]}}}\n"
        },
        [f"GEN403 {KUSTOMIZATION}:4:10"],
    ),
    (
        {
            KUSTOMIZATION: PATCH
            % "    kind: A\n    metadata: {name: a}\n    spec: {template: {spec: {containers: [{name: log, image: b}, {name: two, image: c}, {name: x, image: 'd:v'}]}}}\n"
        },
        [f"GEN406 {KUSTOMIZATION}:4:10", f"GEN406 {KUSTOMIZATION}:4:10"],
    ),
    *(
        (
            {
                KUSTOMIZATION: PATCH
                % f"    - op: replace\n      path: /spec/template/spec/{path}\n      value: x\n"
            },
            found,
        )
        for path, found in (
            ("containers", [f"GEN405 {KUSTOMIZATION}:4:10 > {DEPLOYMENT}:1:1"]),
            ("containers/0", [f"GEN405 {KUSTOMIZATION}:4:10 > {DEPLOYMENT}:1:1"]),
            ("containers/0/image", [f"GEN403 {KUSTOMIZATION}:4:10"]),
            ("containers/0/name", [f"GEN403 {KUSTOMIZATION}:4:10"]),
            ("containers/12/image", [f"GEN405 {KUSTOMIZATION}:6:13 > {DEPLOYMENT}:1:1"]),
            ("containers/-1/image", [f"GEN405 {KUSTOMIZATION}:6:13 > {DEPLOYMENT}:1:1"]),
            ("containers/-", [f"GEN405 {KUSTOMIZATION}:6:13 > {DEPLOYMENT}:1:1"]),
            ("containers/0/args", [f"GEN405 {KUSTOMIZATION}:6:13 > {DEPLOYMENT}:1:1"]),
            ("hostname", [f"GEN405 {KUSTOMIZATION}:6:13 > {DEPLOYMENT}:1:1"]),
            ("containers/0/name/a", [f"GEN405 {KUSTOMIZATION}:6:13 > {DEPLOYMENT}:1:1"]),
        )
    ),
    (
        {
            KUSTOMIZATION: PATCH
            % "    - op: add\n      path: /spec/template/spec/containers/-\n      value: {name: log, image: b}\n"
        },
        [f"GEN406 {KUSTOMIZATION}:4:10"],
    ),
    (
        {
            KUSTOMIZATION: "resources: [deployment.yaml]\npatches: [{path: p.yaml, target: {kind: Deployment}}]\n",
            FOLDER
            + "p.yaml": "- {op: add, path: /spec/template/spec/containers/-, value: {name: log, image: b}}\n- {op: replace, path: /spec/template/spec/containers/0/image, value: c}\n",
        },
        [f"GEN403 {FOLDER}p.yaml:1:1"],
    ),
    *(
        (
            {
                KUSTOMIZATION: PATCH
                % f"    kind: A\n    metadata: {{name: a}}\n    spec: {{template: {{spec: {{{key}: [{{name: {name}, env: [{{name: A, value: b}}]}}]}}}}}}\n"
            },
            [f"GEN413 {KUSTOMIZATION}:4:10"] * wrong,
        )
        for key, name, wrong in (
            ("containers", "main", False),
            ("containers", "mian", True),
            ("initContainers", "main", True),
        )
    ),
    # operations on what is generated
    (
        {
            KUSTOMIZATION: "resources: [deployment.yaml]\nconfigMapGenerator: [{name: a}]\npatches: [{target: {name: a}, patch: '- {op: add, path: /data/b, value: c}'}]\n"
        },
        [f"GEN405 {KUSTOMIZATION}:3:38 > {KUSTOMIZATION}:2:22"],
    ),
    # a component beside all bases
    (
        {
            DEBUG: "kind: Component\nimages: [{name: registry.example.com/web, newName: b}]\npatches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: api}, spec: {template: {spec: {containers: [{name: main, image: c}]}}}}'}]\n",
            BRANCH: "runs: {api: {tag: v, components: [debug]}}\n",
        },
        [f"GEN403 {DEBUG}:2:43", f"GEN403 {DEBUG}:3:19"],
    ),
    (
        {PERF: "extends: test\nruns: {api: {tag: v, components: [debug]}}\n"},
        ["GEN401 perf/environment.yaml:2:35"],
    ),
    # a base of a service
    (
        {DEPLOYMENT: workload("containers: []")},
        [f"GEN403 {KUSTOMIZATION}:1:1 > services/api.yaml:1:8"],
    ),
    (
        {DEPLOYMENT: workload("containers: 7")},
        [f"GEN405 {DEPLOYMENT}:8:24"],
    ),
    (
        {DEPLOYMENT: workload().replace("kind: Deployment", "kind: Rollout")},
        [f"GEN403 {KUSTOMIZATION}:1:1 > services/api.yaml:1:8", f"GEN409 {DEPLOYMENT}:2:1"],
    ),
    (
        {
            DEPLOYMENT: workload("containers: []"),
            KUSTOMIZATION: "resources: [deployment.yaml]\nbases: []\n",
        },
        [f"GEN402 {KUSTOMIZATION}:2:1"],
    ),
    (
        {
            DEPLOYMENT: workload()
            + "---\napiVersion: v1\nkind: Service\nmetadata: {name: api}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: apis}\n"
        },
        [f"GEN404 {DEPLOYMENT}:11:1"],
    ),
]


@pytest.mark.parametrize(
    "folders, expected",
    [
        (32, [f"GEN402 {FOLDER}{'a/' * 31}kustomization.yaml:1:1"]),
        (33, ["GEN008"]),
        (34, ["GEN008"]),
        (60, ["GEN008"]),
    ],
)
def test_what_is_beyond_the_folders_that_one_base_may_lead_through_is_not_read(
    folders: int, expected: list[str]
) -> None:
    chain: Files = {
        f"{FOLDER}{'a/' * depth}kustomization.yaml": "resources: [a]\n"
        for depth in range(1, folders - 1)
    }
    chain |= {
        KUSTOMIZATION: "resources: [deployment.yaml, a]\n",
        f"{FOLDER}{'a/' * (folders - 1)}kustomization.yaml": "helmCharts: []\n",
    }
    assert [line if folders <= 32 else line.split()[0] for line in told(chain)] == expected


@pytest.mark.parametrize(
    "api_version, kind, most",
    [
        ("batch/v1", "CronJob", 52),
        ("batch/v1", "Job", 63),
        ("v1", "Service", 63),
        ("v1", "ConfigMap", 253),
    ],
)
def test_how_long_a_name_of_a_branch_may_be(api_version: str, kind: str, most: int) -> None:
    """With what the branch `login` adds to it."""

    def found(length: int) -> list[str]:
        name = "x" * (length - len("-login"))
        document = f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: {name}}}\n"
        return [
            line for line in told({DEPLOYMENT: workload() + "---\n" + document}) if "106" in line
        ]

    assert found(most) == []
    assert found(most + 1) == [f"GEN106 test/branches/login.yaml:2:3 > {DEPLOYMENT}:10:1"]


@pytest.mark.parametrize("changes, expected", ROWS)
def test_all_that_is_wrong_in_a_base(changes: Files, expected: list[str]) -> None:
    assert told(changes) == expected


@pytest.mark.parametrize(
    "text, message",
    [
        ("namePrefix: x-", "`namePrefix` is not allowed in a base"),
        ("kind: 7", "`kind` must be text"),
        ("metadata: a", "`metadata` must be a mapping"),
        ("metadata: {name: [a]}", "`name` must be text"),
        ("metadata: {nam: a}", "`nam` is not allowed here in a base"),
        ("labels: a", "`labels` must be a list"),
        ("components: [7]", "an entry here must be text"),
        ("images: [7]", "an entry here must be a mapping"),
        ("replicas: [{count: a}]", "`count` must be a whole number"),
        ("labels: [{includeSelectors: a}]", "`includeSelectors` must be true or false"),
        ("helmCharts: []", "`helmCharts` is not allowed in a base"),
        ("images: [{old: a}]", "`old` is not allowed here in a base"),
        (
            "patches:\n- target: {kind: Deployment}\n  patch: |\n    a: b\n    c: !x d",
            "in line 2 of this patch: an explicit tag",
        ),
        ("---\na: b", "the kustomization holds 2 documents, of which Kustomize reads the first"),
    ],
)
def test_what_is_said_of_a_kustomization(text: str, message: str) -> None:
    assert [
        finding.message
        for _, _, finding in findings({KUSTOMIZATION: f"resources: [deployment.yaml]\n{text}\n"})
    ] == [message]
    kind = message.rpartition(" must be ")[2]
    if " must be " in message:
        assert (
            findings({KUSTOMIZATION: f"resources: [deployment.yaml]\n{text}\n"})[0][2].hint
            == f"write {kind} here"
        )


@pytest.mark.parametrize(
    "text, message",
    [
        ("- a\n", "the kustomization is not a mapping"),
        ("labels: [\n", "did not find expected node content"),
    ],
)
def test_what_is_said_of_what_is_no_kustomization(text: str, message: str) -> None:
    assert [finding.message for _, _, finding in findings({KUSTOMIZATION: text})] == [message]


@pytest.mark.parametrize(
    "kind, can",
    [
        ("example.com/Thing", True),
        ("example.com/ClusterThing", False),
        ("external-secrets.io/ClusterSecretStore", False),
        ("storage.k8s.io/StorageClass", False),
        ("storage.k8s.io/ClusterThing", False),
        ("Namespace", False),
        ("apps/ReplicaSet", True),
        ("ClusterThing", True),
    ],
)
def test_kinds_that_a_platform_can_allow(kind: str, can: bool) -> None:
    parsed = allowed.parsed(kind)
    assert allowed.scope(parsed, {}) is None
    assert allowed.scope(parsed, {parsed: "baseline"}) == ("baseline" if can else None)
    assert ("ask the platform's owner" in allowed.instead(parsed)) == can


def test_a_container_that_a_patch_misspells() -> None:
    pod = "{template: {spec: {containers: [{name: mian, args: [a]}]}}}"
    patch = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: api}}\nspec: {pod}\n"
    named = "resources: [deployment.yaml]\npatches: [{path: patch.yaml}]\n"
    [(code, where, finding)] = findings({KUSTOMIZATION: named, FOLDER + "patch.yaml": patch}, ())
    assert (code, where) == ("GEN413", f"{FOLDER}patch.yaml:1:1")
    assert finding.hint == "give it one; did you mean `main`?"


def test_folders_that_lead_back() -> None:
    """Over another folder, and to a folder above; beside a folder that two lead to."""
    common = {
        "overlays/base/one/kustomization.yaml": "resources: [../two]\n",
        "overlays/base/two/kustomization.yaml": "resources: []\ncomponents: [../../components/debug]\n",
        "overlays/components/debug/kustomization.yaml": "kind: Component\nlabels: []\n",
        KUSTOMIZATION: "resources: [deployment.yaml, ../one]\ncomponents: [../../components/debug]\n",
    }
    assert findings(common) == []
    around = findings(common | {"overlays/base/two/kustomization.yaml": "resources: [../one]\n"})
    assert {(code, place) for code, place, _ in around} == {
        ("GEN405", "overlays/base/one/kustomization.yaml:1:13"),
        ("GEN405", "overlays/base/two/kustomization.yaml:1:13"),
    }
    assert (
        [
            finding.message
            for _, _, finding in findings(
                {
                    KUSTOMIZATION: "resources: [deployment.yaml, deep]\n",
                    "overlays/base/api/deep/kustomization.yaml": "resources: [..]\n",
                }
            )
        ][-1]
        == "overlays/base/api leads back to overlays/base/api/deep, and Kustomize does not allow cycles"
    )


def test_two_bases_that_bring_one_name_are_told_once() -> None:
    """However many environments run both."""
    settings = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
    web = "overlays/base/web/deployment.yaml"
    files = {DEPLOYMENT: workload() + settings, web: f"{base('web')[web]}{settings}"}
    runs = "extends: test\nruns: {api: {tag: p1}, web: {tag: p1}}\n"
    assert [code for code, _, _ in findings({**files, PERF: runs})] == ["GEN209"]


def test_a_literal_without_its_equals_sign() -> None:
    text = "resources: [deployment.yaml]\nconfigMapGenerator: [{name: a, literals: [b]}]\n"
    ((code, _, finding),) = findings({KUSTOMIZATION: text})
    assert (code, finding.message) == ("GEN405", "a key, one `=` and what it holds belong here")


def test_images_of_a_component_are_held_against_those_of_the_base() -> None:
    """To Kustomize a dot stands for anything, also in what is switched on."""
    side = f"containers: [{MAIN}, {{name: side, image: registry.example.com/a-b:1}}]"
    entry = "images: [{name: registry.example.com/a.b, newTag: '2'}]\n"
    files = {DEPLOYMENT: workload(side), DEBUG: f"kind: Component\n{entry}"}
    assert told(files) == []
    switched = "runs: {api: {tag: v, components: [debug]}}\n"
    assert told({**files, BRANCH: switched}) == [f"GEN405 {DEBUG}:2:17"]


def test_a_service_that_an_environment_knows_by_name_is_nobody_elses() -> None:
    """It is there for requests that other environments answer, whoever runs it."""
    other = (
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 1}]}\n"
    )
    found = told({DEPLOYMENT: workload() + other})
    assert f"GEN209 {DEPLOYMENT}:10:1 > services/web.yaml:1:1" in found


def test_an_account_is_told_once_whichever_of_its_names_is_mistaken() -> None:
    account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web-more}\n"
    found = told({DEPLOYMENT: workload() + account})
    assert [line.split(" > ")[0] for line in found] == [f"GEN432 {DEPLOYMENT}:12:18"]


SHOP = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"


@pytest.mark.parametrize(
    "said, expected",
    [
        ("kinds: {Namespace: baseline}", ["GEN409 platform.yaml:3:17"]),
        ("kinds: {example.com/Queue: baseline}", []),
        ("privileged: [api]", []),
        ("privileged: [api, other]", ["GEN203 platform.yaml:3:27"]),
    ],
)
def test_what_a_platform_says_of_bases(said: str, expected: list[str]) -> None:
    assert told({"environments/platform.yaml": f"{SHOP}bases: {{{said}}}\n"}) == expected


def test_what_a_cluster_has_once_names_those_who_want_it() -> None:
    port = "---\napiVersion: v1\nkind: Service\nmetadata: {name: more}\nspec: {selector: {app: api}, ports: [{port: 1, nodePort: 30001}]}\n"
    branches = {
        f"environments/test/branches/b{number}.yaml": "runs: {api: {tag: v}}\n"
        for number in range(4)
    }
    found = findings({DEPLOYMENT: workload() + port, **branches})
    (one,) = (finding for code, _, finding in found if code == "GEN434")
    assert one.message.count("api in ") == len(one.related) == 4
    assert one.message.endswith(", …")
