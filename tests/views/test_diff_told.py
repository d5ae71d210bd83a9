"""Nothing that a change does is left out of its difference: who is believed, what a cluster gets, and which fields say so."""

from __future__ import annotations

import json
import os
import posixpath
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import yaml

from generator.compiler.compile import Compiled, compile_sources, valid
from generator.io.tree import read_sources
from generator.views.diff import diff
from generator.views.diff_read import read_difference
from generator.views.diff_report import as_json, markdown, sections
from generator.views.difference import CHANGES, COMES, ChangedObject, Difference, kind_of
from generator.vocabulary.findings import Findings
from generator.vocabulary.names import applied
from generator.vocabulary.source import Sources
from tests import linked
from tests.conftest import SMALL, TOP, Files, compiled, sources
from tests.fuzz.plausible import plausible

PLATFORM, ENV, BRANCH = (
    "environments/platform.yaml",
    "environments/test/environment.yaml",
    "environments/test/branches/login.yaml",
)
API, BASE = "environments/services/api.yaml", "overlays/base/api/"
TENANT, LANE = "environments/tenants/acme.yaml", "environments/lanes/mixed.yaml"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits}\ndata: {most: '1'}\n"
WITH_CONFIG: Files = {
    BASE + "kustomization.yaml": "resources: [deployment.yaml, limits.yaml]\n",
    BASE + "limits.yaml": CONFIG,
}
GENERATED: Files = {
    BASE
    + "kustomization.yaml": "resources: [deployment.yaml]\nconfigMapGenerator: [{name: made, files: [a.txt]}]\n",
    BASE + "a.txt": "one",
}
COMPONENT: Files = {
    "overlays/components/debug/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [extra.yaml]\n",
    "overlays/components/debug/extra.yaml": CONFIG,
}
DEBUG: Files = {BRANCH: "runs:\n  api: {tag: b1, components: [debug]}\n"}


RICH = """
mesh: {propagation: baggage, mtls: strict}
ingress:
  port: 8443
  tls: {credential: shop-cert}
  jwt: [{issuer: "https://login.example.com", jwksUri: "https://login.example.com/keys", audiences: [shop]}]
namespaces: {networkPolicies: both, observers: [monitoring], limits: {default: {cpu: 500m}}, quota: {pods: 10}}
bases: {kinds: {example.com/Widget: baseline}}
tenants: {by: {headers: [x-tenant]}}
"""


def more(path: str, text: str) -> Files:
    """One file of SMALL with lines added."""
    return {path: f"{SMALL[path]}{text}"}


def lines(difference: Difference) -> list[str]:
    return [
        f"{section.title}: {sign} {line}"
        for section in sections(difference)
        for sign, line in section.lines
    ]


OFF, OPEN = "mesh: {mtls: disabled}\n", "namespaces: {networkPolicies: none}\n"
EDGES = "Policies: "
CLUSTERS = "cluster: {mesh: one, network: n1, podRanges: [10.1.0.0/16]}\nclusters: {eu: {mesh: one, network: n2, name: europe}}\n"


@pytest.mark.parametrize(
    "before, after, told, silent",
    [
        (
            {},
            more(PLATFORM, OFF),
            [
                "Trust: ~ mesh.mtls: strict → disabled: pods do not prove who they are, and NetworkPolicies alone say who may call whom",
                "Objects: - AuthorizationPolicy api, api-login, web in test/mesh.pods",
                "Objects: ~ PeerAuthentication default in perf/namespace, test/namespace",
            ],
            [EDGES],
        ),
        (
            more(PLATFORM, OFF),
            more(PLATFORM, OFF + OPEN),
            [
                "Trust: ~ namespaces.networkPolicies: ingress → none: pods take connections from anybody; no policy is left that says who may call whom",
                "Objects: - NetworkPolicy api, api-login, web in test/mesh.pods",
            ],
            [EDGES],
        ),
        (
            more(PLATFORM, OFF + OPEN),
            {},
            [
                "Trust: ~ mesh.mtls: disabled → strict: pods prove who they are, and AuthorizationPolicies say who may call whom"
            ],
            [EDGES],
        ),
        (
            {},
            {API: str(SMALL[API]) + "calls: [web]\n"},
            [
                "Policies: + api in test and its branches may call web in test",
                "Settings: + service api, calls: web",
                "Objects: ~ AuthorizationPolicy web in test/mesh.pods",
            ],
            ["Trust: "],
        ),
        (
            more(PLATFORM, CLUSTERS),
            more(PLATFORM, CLUSTERS.replace("n2,", "n2, kubernetes: '1.33',")),
            ["Settings: ~ platform, clusters.eu.kubernetes: none → 1.33"],
            ["Trust: "],
        ),
        (
            more(PLATFORM, CLUSTERS),
            more(
                PLATFORM,
                CLUSTERS.replace("10.1.0.0", "10.9.0.0")
                .replace("europe", "europe-2")
                .replace("n2,", "n2, trustDomain: eu, ingress: {selector: {gate: eu}},"),
            ),
            [
                "Trust: ~ clusters.eu.trustDomain: none → eu: under which trust domain policies know who calls",
                "Trust: + cluster.podRanges: 10.9.0.0/16: the addresses that policies of other clusters let in",
                'Trust: + clusters.eu.ingress.selector: {"gate": "eu"}: which pods are the gateway',
                "Trust: ~ clusters.eu.name: europe → europe-2: where Argo CD deploys to",
            ],
            ["Settings: "],
        ),
        (
            more(PLATFORM, CLUSTERS),
            {},
            [
                "Trust: ~ cluster.mesh: one → none: with which clusters it shares services and identities"
            ],
            [],
        ),
        (
            {},
            more(ENV, "trustColour: true\n"),
            [
                "Trust: + trustColour of test, at test.example.com: whoever reaches it sets the colour (x-lane) and takes any lane, past the rules of tenants"
            ],
            ["Settings: "],
        ),
        (
            more(ENV, "trustColour: true\n"),
            {},
            [
                "Trust: - trustColour of test, at test.example.com: a colour from outside is removed again"
            ],
            [],
        ),
        (
            {PLATFORM: linked.platform()},
            {PLATFORM: linked.platform("{test: [test, mixed], perf: [test]}", "99h")},
            [
                "Trust: + ingress.links.lanes.perf: test: whose links lead into lanes, and into which",
                "Trust: ~ ingress.links.longest: 8h → 99h: whose links lead into lanes, and into which",
            ],
            [],
        ),
        (
            {},
            more(PLATFORM, "ingress: {jwt: [{issuer: i, jwks: '{\"keys\": []}'}]}\n"),
            ["Objects: + RequestAuthentication shop in edge"],
            [],
        ),
        (
            more(PLATFORM, "ingress: {jwt: [{issuer: i, jwks: '{\"keys\": []}'}]}\n"),
            more(PLATFORM, 'ingress: {jwt: [{issuer: i, jwks: \'{"keys": [{"kid": "a"}]}\'}]}\n'),
            [
                'Trust: ~ ingress.jwt.[i].jwks: {"keys": []} → {"keys": [{"kid": "a"}]}: whose tokens identify tenants',
                "Objects: ~ RequestAuthentication shop in edge",
            ],
            [],
        ),
        (
            {LANE: "through: [test/login, test]\nisolation: strict\n"},
            {LANE: "through: [test/login, test]\n"},
            [
                "Trust: ~ lane mixed: strict no longer: it may leave its own units",
                "Policies: + web in test and its branches may call api in test/login",
            ],
            [],
        ),
        (
            {},
            more(API, "account: {annotations: {role: admin}}\n"),
            [
                'Trust: + service api, account.annotations: {"role": "admin"}: what its pods may do elsewhere'
            ],
            ["Settings: "],
        ),
        (
            {},
            WITH_CONFIG,
            ["Objects: + ConfigMap limits in perf/baseline, test/baseline, test/login"],
            [],
        ),
        (
            WITH_CONFIG,
            WITH_CONFIG | {BASE + "limits.yaml": CONFIG.replace("'1'", "'2'")},
            [
                "Workloads: ~ api in test/login: of its base or components, ConfigMap limits changes",
                "Objects: ~ ConfigMap limits in perf/baseline, test/baseline, test/login",
            ],
            ["Objects: ~ Deployment"],
        ),
        (
            GENERATED,
            GENERATED | {BASE + "a.txt": "two"},
            ["Objects: ~ ConfigMap made in perf/baseline, test/baseline, test/login"],
            [],
        ),
        (
            COMPONENT,
            COMPONENT | DEBUG,
            [
                "Objects: + ConfigMap limits in test/login",
                "Workloads: ~ api in test/login: components none → debug",
            ],
            [],
        ),
        (
            COMPONENT | DEBUG,
            COMPONENT
            | DEBUG
            | {"overlays/components/debug/extra.yaml": CONFIG.replace("'1'", "'2'")},
            ["Objects: ~ ConfigMap limits in test/login"],
            ["Objects: ~ Deployment"],
        ),
        (  # a comment moves a tag of Argo CD, and nothing in a cluster
            {},
            {
                BASE
                + "kustomization.yaml": "# why\nkind: Kustomization\nresources: [deployment.yaml]\n"
            },
            [
                "Argo CD applications: ~ test/login: bases or components that it reads, or its manifest"
            ],
            ["Tenants: ", "Workloads: ", "Objects: "],
        ),
        (  # what does not run an image is the same with another
            WITH_CONFIG,
            WITH_CONFIG | {BRANCH: "runs:\n  api: {tag: b2}\n"},
            ["Objects: ~ Deployment api in test/login"],
            ["Objects: ~ ConfigMap"],
        ),
        (  # what gets a number of its own
            WITH_CONFIG,
            WITH_CONFIG | {BRANCH: "runs:\n  api: {tag: b1, replicas: 3}\n"},
            ["Objects: ~ Deployment api in test/login"],
            ["Objects: ~ ConfigMap"],
        ),
        (
            WITH_CONFIG,
            WITH_CONFIG | more(ENV, "namespace: other\n"),
            ["Objects: ~ ConfigMap limits in test/baseline, test/login"],
            [],
        ),
        (
            {},
            {BRANCH: "runs:\n  api: {tag: b1, draining: true}\n"},
            ["Workloads: ~ api in test/login: draining no → yes"],
            [],
        ),
        (
            {},
            more(ENV, "namespace: other\n"),
            [
                "Settings: ~ environment test, namespace: shop-test → other: all that runs in the old one is deleted, and made anew in the other",
                "Objects: + Namespace other in test/namespace",
                "Objects: ~ Deployment api, web in test/baseline",
            ],
            [],
        ),
        (
            {},
            {
                "environments/lanes/again.yaml": "through: [test/login, test]\n",
                TENANT: "match: [{header: {x-tenant: acme}}]\nlane: again\n",
            },
            ["Tenants: ~ acme: lane test/login → again, with the same answers"],
            [],
        ),
        (
            {},
            more(ENV, "owner: me\n"),
            ["Settings: ~ environment test, owner: none → me"],
            ["Objects: "],
        ),
        (
            {},
            more(PLATFORM, "guards: {deletions: 100}\n"),
            ["Trust: ~ guards.deletions: 30 → 100: what publishing refuses"],
            [],
        ),
        (
            {},
            {
                "environments/externals/db.yaml": "hosts: [db.example.com]\nports: [{port: 5432, protocol: tcp}]\n",
                API: str(SMALL[API]) + "calls: [db]\n",
            },
            [
                "Settings: + external db",
                "Settings: + service api, calls: db",
                "Objects: + ServiceEntry external.db in perf/mesh, test/mesh",
            ],
            [],
        ),
    ],
)
def test_what_a_change_does_is_told(
    before: Files, after: Files, told: list[str], silent: list[str]
) -> None:
    difference = diff(compiled(before), compiled(after))
    found = lines(difference)
    assert {*told} <= {*found}, found
    assert not [line for line in found if line.startswith(tuple(silent))], found
    assert difference and ("TRUST" in difference.summary) == any(
        line.startswith("Trust") for line in found
    )


def test_many_objects_are_counted() -> None:
    many: Files = {
        f"environments/e{number}/environment.yaml": f"extends: test\nruns:\n  api: {{tag: p{number}}}\n"
        for number in range(8)
    }
    found = lines(diff(compiled(), compiled(many)))
    assert (
        "Objects: + Deployment api in e0/baseline, e1/baseline, e2/baseline, e3/baseline, e4/baseline, e5/baseline and 2 more"
        in found
    )
    apart = tuple(ChangedObject("", "ConfigMap", f"c{n}", f"e{n}/mesh", COMES) for n in range(9))
    nothing = diff(compiled(), compiled())
    assert lines(replace(nothing, objects=apart)) == ["Objects: + ConfigMap: 9 in 9 applications"]
    assert lines(nothing) == []


def test_a_report_comes_back_as_it_was() -> None:
    difference = diff(compiled(), compiled(more(PLATFORM, OFF) | WITH_CONFIG | {TENANT: None}))
    written = as_json(difference, "0" * 40)
    assert read_difference(json.dumps(written).encode()) == difference
    for key in ("trust", "settings", "objects"):  # a gen before them
        del written[key]
    assert read_difference(json.dumps(written).encode()).tenants == difference.tenants


def test_a_hostile_report_stays_in_its_code_blocks() -> None:
    hostile = "```\n</details><img src=x>@everyone\u202e"
    written = as_json(diff(compiled(), compiled(more(PLATFORM, OFF))), "")
    written["trust"] += [{"name": hostile, "change": "comes", "what": hostile}]
    written["settings"] += [{"name": hostile, "change": "goes", "what": hostile}]
    written["objects"] += [
        dict.fromkeys(("group", "kind", "name", "application"), hostile) | {"change": "comes"}
    ]
    text = markdown(read_difference(json.dumps(written).encode()))
    outside = text.split("````")[::2]
    assert "everyone" in text and not any("everyone" in part for part in outside)
    assert "\u202e" not in text
    written["objects"][-1]["kind"] = None
    with pytest.raises(Exception, match="not a report"):
        read_difference(json.dumps(written).encode())


@cache
def demo() -> Files:
    """The example; days are texts, since what moves it writes JSON."""
    return {
        path: re.sub(r"(?m)^(expires: )([-0-9]+)", r"\1'\2'", raw.decode())
        for path, raw in read_sources(TOP).files.items()
    }


@cache
def start() -> Compiled:
    return valid(
        compile_sources(Sources({path: str(text).encode() for path, text in demo().items()}))
    )


UNIT = re.compile(r"environments/[^/]+/(environment|branches/.+)[.]yaml")
MANIFESTS = [
    re.compile(rf"overlays/{folder}/[^/]+/(?!kustomization)[^/]+[.]yaml")
    for folder in ("base", "components")
]
RUNS: list[dict[str, Any] | None] = [
    {"tag": "r1"},
    {"env": {"LEVEL": "debug"}},
    {"components": ["debug"]},
    {"replicas": 3},
    None,
]


def moved(files: Files, seed: int) -> Compiled:
    """A repository after some moves, one of them with what a unit runs."""
    raw = {path: str(text).encode() for path, text in files.items()}
    dice, run = random.Random(seed), RUNS[seed % len(RUNS)]
    while True:
        try:
            return valid(compile_sources(Sources(reworked(plausible(raw, dice), dice, run))))
        except Findings:
            continue


def reworked(
    files: dict[str, bytes], dice: random.Random, run: dict[str, Any] | None
) -> dict[str, bytes]:
    """What a unit runs is run otherwise (None: no longer); an environment may get another
    namespace, and a base and a component get an annotation."""
    files = dict(files)
    path = dice.choice(sorted(filter(UNIT.fullmatch, files)))
    content = yaml.safe_load(files[path])
    service = dice.choice(sorted(content["runs"]))
    if run is None:
        del content["runs"][service]
    else:
        content["runs"][service] |= run
    if path.endswith("environment.yaml") and dice.random() < 0.6:
        content["namespace"] = "elsewhere"
    files[path] = json.dumps(content).encode()
    note = b"metadata:\n  annotations: {why: noted}\n"
    for manifest in MANIFESTS:
        path = dice.choice(sorted(filter(manifest.fullmatch, files)))
        files[path] = files[path].replace(b"metadata:\n", note, 1)
    return files


Key = tuple[str, str, str]  # group, kind and name, without what tells the content
Docs = dict[Key, list[Any]]
BY_CONTENT = ("AuthorizationPolicy", "NetworkPolicy", "Job")  # whose names tell it
OWN = ("Service", "ServiceAccount")  # printed by gen, whatever a base brings


def documents(compiled: Compiled, path: str) -> Iterator[tuple[Key, Any]]:
    """The objects of a file, read without anything of gen."""
    raw = bytes(compiled.files.get(path, b""))
    try:
        found = list(yaml.load_all(raw, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        return
    for each in found:
        if isinstance(each, dict) and "kind" in each and "metadata" in each:
            group, kind = each["apiVersion"].rpartition("/")[0], each["kind"]
            name = each["metadata"]["name"]
            if kind in BY_CONTENT:
                name = re.sub(r"[.-][0-9a-f]{8,10}$", "", name)
            yield (group, kind, name), each


def differing(old: Mapping[Key, Any], new: Mapping[Key, Any]) -> Iterator[tuple[Key, str]]:
    for key in old.keys() | new.keys():
        if old.get(key) != new.get(key):
            yield key, kind_of(key, old, new)


def gathered(compiled: Compiled, paths: Iterable[str]) -> Docs:
    found: Docs = {}
    for path in paths:
        for key, document in documents(compiled, path):
            found.setdefault(key, []).append(document)
    return found


def place(path: str) -> str | None:
    """The Application of objects that gen prints as they are."""
    if path.startswith("argocd/") and applied(path) is None:
        return "root"
    top, *parts = path.split("/")
    made = parts[-1:] in (["kustomization.yaml"], ["workload.yaml"])
    if top != "overlays" or made or parts[0] in ("base", "components"):
        return None
    return parts[0] if parts[0] in ("edge", "lanes") else "/".join(parts[:2])


def printed(old: Compiled, new: Compiled, paths: list[str]) -> dict[tuple[str, Key], str]:
    """(Application, object) → how it differs, of all that gen prints."""
    places: dict[str, list[str]] = {}
    for path in paths:
        if (where := place(path)) is not None:
            places.setdefault(where, []).append(path)
    return {
        (where, key): change
        for where, those in places.items()
        for key, change in differing(gathered(old, those), gathered(new, those))
    }


def brought(compiled: Compiled, folder: str) -> Docs:
    """What a unit's kustomization takes from its base and components, as they are written."""
    content = kustomization(compiled, folder)
    found: Docs = {}
    for name in (*content.get("resources", ()), *content.get("components", ())):
        if name.startswith("../"):
            shared = posixpath.normpath(f"{folder}/{name}")
            below = kustomization(compiled, shared).get("resources", ())
            found |= gathered(compiled, (f"{shared}/{each}" for each in below))
    return {key: documents for key, documents in found.items() if key[1] not in OWN}


def kustomization(compiled: Compiled, folder: str) -> dict[str, Any]:
    raw = bytes(compiled.files.get(f"{folder}/kustomization.yaml", b"{}"))
    content: dict[str, Any] = yaml.load(raw, Loader=yaml.CSafeLoader)
    return content


def runs(documents: list[Any]) -> bool:
    return any({"template", "jobTemplate"} & (each.get("spec") or {}).keys() for each in documents)


def of_unit(old: Compiled, new: Compiled, folder: str) -> Iterator[tuple[Key, str]]:
    """Objects of bases and components that a unit certainly makes otherwise."""
    before, after = brought(old, folder), brought(new, folder)
    yield from differing(before, after)
    blocks, merged = changed_blocks(old, new, folder)
    for key in before.keys() & after.keys():
        whole = blocks & {"namespace", "nameSuffix", "labels"}
        if whole or ("images" in blocks and runs(after[key])) or key in merged:
            yield key, CHANGES


def changed_blocks(old: Compiled, new: Compiled, folder: str) -> tuple[set[str], set[Key]]:
    """(keys of a unit's kustomization that differ, objects that it merges something else into)."""
    was, now = kustomization(old, folder), kustomization(new, folder)
    blocks = {key for key in was.keys() | now.keys() if was.get(key) != now.get(key)}
    scaled = [*was.get("replicas", ()), *now.get("replicas", ())] if "replicas" in blocks else []
    merges = [f"{folder}/workload.yaml"]
    merged = {key for key, _ in differing(gathered(old, merges), gathered(new, merges))}
    named = {("apps", "Deployment", each["name"]) for each in scaled}
    return blocks, merged | named | {("apps", "StatefulSet", each["name"]) for each in scaled}


def possible(old: Compiled, new: Compiled, folder: str, paths: list[str]) -> set[Key]:
    """Objects of bases and components that a unit may make otherwise."""
    every = {**brought(old, folder), **brought(new, folder)}
    said = [kustomization(state, folder) for state in (old, new)]
    names = {
        posixpath.normpath(f"{folder}/{name}")
        for content in said
        for name in (*content.get("resources", ()), *content.get("components", ()))
    }
    if any(posixpath.dirname(path) in names for path in paths):
        return {*every}
    blocks, merged = changed_blocks(old, new, folder)
    if blocks <= {"images"}:
        return merged | {key for key, documents in every.items() if blocks and runs(documents)}
    return {*every}


def units(*states: Compiled) -> list[str]:
    """The folders in which units make a service's objects."""
    made = {
        posixpath.dirname(path)
        for state in states
        for path in state.files
        if path.startswith("overlays/") and path.count("/") == 4
        if path.endswith("/kustomization.yaml")
    }
    return sorted(made)


def untold(old: Compiled, new: Compiled) -> Iterator[str]:
    """What differs and is not told, or is told otherwise."""
    difference = diff(old, new)
    told = {
        (each.where, (each.group, each.kind, each.name)): each.change for each in difference.objects
    }
    synced = {change.name for change in difference.applications}
    paths = [change.name for change in difference.files]
    for path in paths:
        name = applied(path)
        if name is not None and name not in synced:
            yield path
    expected = printed(old, new, paths)
    allowed = {*expected}
    for folder in units(old, new):
        where = "/".join(folder.split("/")[1:3])
        allowed |= {(where, key) for key in possible(old, new, folder, paths)}
        for key, change in of_unit(old, new, folder):
            expected.setdefault((where, key), change)
    yield from (f"{spot} {how}" for spot, how in expected.items() if told.get(spot) != how)
    yield from (f"{spot}, for nothing" for spot in told.keys() - allowed)


@pytest.mark.parametrize("seed", range(int(os.environ.get("DIFFS", "3"))))
def test_whatever_differs_in_the_output_is_told_by_its_kind(seed: int) -> None:
    old, new = start(), moved(demo(), seed)
    assert [*untold(old, new)] == []
    assert [*untold(new, old)] == []


@pytest.mark.parametrize(
    "change",
    [
        {},
        {TENANT: "match: [{header: {x-tenant: acme}}]\nlane: perf\n"},
        {PLATFORM: f"{SMALL[PLATFORM]}mesh: {{mtls: disabled}}\n"},
        {
            ENV: "hosts: [test.example.com]\ntrustColour: true\nruns:\n  web: {tag: v2}\n  api: {tag: v1}\n"
        },
    ],
)
def test_what_is_remembered_differs_as_what_is_read_does(change: Files) -> None:
    """A cache keeps no models of the platform."""
    rich = more(PLATFORM, RICH)
    before = compiled(rich)
    before.files  # noqa: B018 (made, and so remembered)
    memory = before.memory()
    again = valid(compile_sources(sources(rich), memory=memory))
    after = valid(compile_sources(sources(rich | change), memory=memory))
    assert as_json(diff(again, after), "main") == as_json(
        diff(before, compiled(rich | change)), "main"
    )
