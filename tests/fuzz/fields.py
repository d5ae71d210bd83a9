"""Every field that takes text, in one repository: strings that a field accepts must come out as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from generator.compiler.compile import compile_sources, valid
from generator.compiler.shape import shape
from generator.vocabulary.files import FileSet
from generator.vocabulary.findings import Findings, outcome
from generator.vocabulary.model import KINDS
from generator.vocabulary.source import Sources
from tests import linked


@dataclass(frozen=True, slots=True)
class Field:
    """What stands there by default; how a string is put there (`{}`), besides as it is; whether several may stand side
    by side; whether the output shows it."""

    default: str
    form: str = "{}"
    many: bool = False
    printed: bool = True


URL = "https://x.example.com/{}"
DIGEST = "sha256:" + "0" * 64
KEYS = '{{"keys": [], "note": {}}}'
FIELDS: dict[str, Field] = {
    "platform": Field("shop"),
    "kind": Field("example.com/Queue", printed=False),  # its group and its kind are, apart
    "naming": Field("example.com/Queue", printed=False),
    "field": Field("spec/keyName", printed=False),
    "named": Field("Secret", printed=False),
    "team": Field("accounts", many=True, printed=False),
    "handle": Field("@shop/accounts", "@{}", many=True, printed=False),
    "privileged": Field("web", printed=False),
    "server": Field("https://kubernetes.default.svc", URL),
    "release": Field("3.5", "3.{}", printed=False),
    "cluster": Field("eu"),
    "clusterName": Field("eu-west"),
    "clusterServer": Field("https://us.example.com", URL),
    "clusterDomain": Field("eu.local", "{}.local"),
    "clusterTrust": Field("eu.example.com", "{}.example.com"),
    "clusterRevision": Field("stable"),
    "meshed": Field("one"),
    "ownMesh": Field("own", printed=False),
    "network": Field("n1", printed=False),
    "podRange": Field("10.9.0.0/16", "10.{}.0.0/16", many=True, printed=False),
    "between": Field("istio-system", printed=False),
    "betweenLabel": Field("istio", many=True, printed=False),
    "betweenLabelled": Field("eastwestgateway", many=True, printed=False),
    "door": Field("eu-ingress"),
    "doorAccount": Field("eu-account"),
    "doorLabel": Field("door", many=True),
    "doorLabelled": Field("eu", many=True),
    "doorSecret": Field("eu-certificate"),
    "domain": Field("cluster.local", "{}.local"),
    "trust": Field("cluster.local", "{}.local"),
    "istio": Field("1.29", "1.{}", printed=False),
    "root": Field("istio-system", printed=False),
    "revision": Field("canary"),
    "colour": Field("x-lane", "x-{}"),
    "callee": Field("x-callee", "x-{}"),
    "ingress": Field("istio-ingress"),
    "account": Field("ingress-account"),
    "label": Field("istio", many=True),
    "labelled": Field("ingress", many=True),
    "secret": Field("certificate"),
    "issuer": Field("https://id.example.com", many=True),
    "jwks": Field('{"keys": []}', KEYS, many=True),
    "jwksUri": Field("https://id.example.com/keys", URL, many=True),
    "audience": Field("shop-api", many=True),
    "linkKey": Field(linked.line(linked.NEW), printed=False),  # as bytes
    "longest": Field("8h", "{}h", printed=False),
    "observer": Field("monitoring", many=True),
    "reached": Field("kafka", many=True),
    "counted": Field("pods", "count/{}", many=True),
    "quantity": Field("40", "{}Gi", many=True),
    "cpu": Field("500m"),
    "memory": Field("512Mi"),
    "requested": Field("100m"),
    "needed": Field("128Mi"),
    "argocd": Field("argocd"),
    "repository": Field("https://git.example.com/shop.git", URL),
    "output": Field("deploy"),
    "source": Field("main", printed=False),
    "publisher": Field("gen <gen@example.com>", "{} <gen@example.com>", printed=False),
    "key": Field("4AEE18F83AFDEB23", many=True),
    "runner": Field("docker.io/curlimages/curl:8.16.0", "docker.io/curl:{}"),
    "service": Field("web"),
    "called": Field("api"),
    "image": Field("registry.example.com/web", "registry.example.com/{}"),
    "fork": Field("forks.example.com/api", "forks.example.com/{}"),
    "registry": Field("forks.example.com", "{}.example.com", many=True, printed=False),
    "measured": Field("prometheus", many=True),
    "logged": Field("lanes", many=True),
    "traced": Field("otel"),
    "store": Field("orders-db", many=True, printed=False),
    "cache": Field("a-cache", "cache-{}", printed=False),
    "port": Field("http"),
    "inner": Field("http-main"),
    "prefix": Field("/shop", "/{}", many=True),
    "single": Field("/login", "/{}", many=True),
    "instead": Field("/new", "/{}"),
    "noted": Field("a.example.com/b", "a.example.com/{}", many=True),
    "note": Field("some words", many=True),
    "pulling": Field("registry-login", many=True),
    "timeout": Field("10s", "{}s", printed=False),
    "try": Field("2s", "{}s", printed=False),
    "reasonToTry": Field("5xx", printed=False),
    "every": Field("5s", "{}s", printed=False),
    "rest": Field("20s", "{}s", printed=False),
    "private": Field("trpc.shop.api", many=True),
    "queue": Field("orders", many=True, printed=False),
    "owner": Field("team-a", printed=False),
    "reason": Field("it is meant so, see SHOP-12", "it is meant so: {}", printed=False),
    "environment": Field("test"),
    "namespace": Field("test-apps"),
    "host": Field("test.example.com", "{}.example.com", many=True),
    "tag": Field("v2"),
    "digest": Field(DIGEST),
    "built": Field("3f2c1a9@2027-01-31T10:00:00Z", printed=False),
    "component": Field("debug"),
    "variable": Field("LEVEL", many=True),
    "value": Field("info", many=True),
    "expires": Field("2099-01-31", printed=False),
    "at": Field("20:00", "20:{}", printed=False),
    "until": Field("07:00", "{}:00", printed=False),
    "zone": Field("Europe/Berlin", "Europe/{}", printed=False),
    "resumes": Field("2099-01-31T07:00:00Z", printed=False),
    "check": Field("smoke"),
    "tester": Field("registry.example.com/e2e:v3", "registry.example.com/e2e:{}"),
    "command": Field("e2e", many=True),
    "asked": Field("/healthz", "/{}", many=True),
    "branch": Field("login"),
    "ticket": Field("login.example.com", "{}.example.com", many=True),
    "lane": Field("mixed"),
    "claim": Field("org", many=True),
    "claimed": Field("acme-org", many=True),
    "header": Field("x-tenant", "x-{}", many=True),
    "sent": Field("acme-header", many=True),
    "cookie": Field("c", many=True),
    "kept": Field("acme-cookie", many=True),
    "outside": Field("db.example.com", "{}.db.example.com", many=True),
    "range": Field("10.2.0.0/16", "10.{}.0.0/16", many=True),
    "known": Field("acme.example.com", "{}.example.com", many=True),
    "stickyHeader": Field("x-user"),
    "stickyCookie": Field("session"),
    "stickyClaim": Field("sub"),
}

# What a cluster is in a mesh; printed only beside others of it.
MESHED: dict[str, Any] = {
    "network": "$network",
    "podRanges": ["$podRange"],
    "eastWest": {
        "namespace": "$between",
        "selector": {"$betweenLabel": "x", "between-$#": "$betweenLabelled"},
    },
}
# `$name` is the field's value, `$#` the number of the entry; an entry of a list or a mapping with a field of many stands there for each.
PLATFORM: dict[str, Any] = {
    "name": "$platform",
    "cluster": {
        "server": "$server",
        "domain": "$domain",
        "trustDomain": "$trust",
        "mesh": "$ownMesh",
        **MESHED,
    },
    "clusters": {
        "$cluster": {
            "mesh": "$meshed",
            **MESHED,
            "name": "$clusterName",
            "domain": "$clusterDomain",
            "trustDomain": "$clusterTrust",
            "revision": "$clusterRevision",
            "plane": "sidecar",
            "routes": "virtualService",
            "istio": "$istio",
            "ingress": {
                "namespace": "$door",
                "serviceAccount": "$doorAccount",
                "selector": {"$doorLabel": "x", "door-$#": "$doorLabelled"},
                "tls": {"credential": "$doorSecret"},
            },
        },
        "by-server": {"server": "$clusterServer"},
    },
    "mesh": {
        "addresses": ["$environment"],
        "routes": "virtualService",
        "plane": "sidecar",
        "istio": "$istio",
        "rootNamespace": "$root",
        "revision": "$revision",
        "header": "$colour",
        "privateNames": {"by": "calleeHeader", "header": "$callee"},
    },
    "ingress": {
        "kind": "istio",
        "namespace": "$ingress",
        "serviceAccount": "$account",
        "selector": {"$label": "x", "app-$#": "$labelled"},
        "tls": {"credential": "$secret"},
        "jwt": [
            {"issuer": "$issuer", "jwksUri": "https://keys.example.com"},
            {"issuer": "a-$#", "jwksUri": "$jwksUri"},
            {"issuer": "b-$#", "jwks": "$jwks"},
            {"issuer": "c", "jwksUri": "https://keys.example.com", "audiences": ["$audience"]},
        ],
        "links": {
            "keys": ["$linkKey"],
            "lanes": {"$environment": ["$lane"]},
            "longest": "$longest",
        },
    },
    "namespaces": {
        "networkPolicies": "both",
        "observers": ["$observer"],
        "reaches": ["$reached"],
        "quota": {"$counted": 1, "count/a-$#": "$quantity"},
        "limits": {
            "default": {"cpu": "$cpu", "memory": "$memory"},
            "defaultRequest": {"cpu": "$requested", "memory": "$needed"},
        },
    },
    "bases": {
        "kinds": {"$kind": "baseline"},
        "references": {"$naming": {"$field": "$named"}},
        "privileged": ["$privileged"],
    },
    "argocd": {
        "version": "$release",
        "namespace": "$argocd",
        "repository": "$repository",
        "branch": "$output",
    },
    "guards": {"source": "$source"},
    "publish": {"author": "$publisher", "keys": ["$key"]},
    "tests": {"image": "$runner"},
    "registries": ["registry.example.com", "forks.example.com", "$registry"],
    "telemetry": {"metrics": ["$measured"], "accessLog": ["$logged"], "spans": "$traced"},
    "teams": {"$team": ["@shop/web"], "team-$#": ["$handle"]},
}
DOCUMENTS: dict[str, tuple[str, Any]] = {
    "environments/platform.yaml": ("platform", PLATFORM),
    "environments/services/$service.yaml": (
        "service",
        {
            "image": "$image",
            "ports": [
                {"name": "$port", "port": 8080, "protocol": "http"},
                {"name": "by-name", "port": 8081, "protocol": "http", "targetPort": "$inner"},
            ],
            "stores": ["$store", {"name": "$cache", "component": "$component"}],
            "calls": ["$called", "a-database-outside"],
            "addresses": ["$environment"],
            "entry": [
                {"prefix": "$prefix", "port": "$port"},
                {"exact": "$single"},
                {"exact": "/other", "rewrite": "$instead"},
            ],
            "account": {
                "annotations": {"$noted": "x", "b.example.com/a-$#": "$note"},
                "imagePullSecrets": ["$pulling"],
            },
            "traffic": {
                "timeout": "$timeout",
                "retries": {"attempts": 1, "perTry": "$try", "on": ["$reasonToTry"]},
                "outliers": {"errors": 5, "every": "$every", "rest": "$rest"},
            },
            "owner": "$owner",
            "publishes": ["$queue"],
            "accept": {"GEN304": "$reason"},
        },
    ),
    "environments/services/$called.yaml": (
        "service",
        {
            "image": "registry.example.com/api",
            "ports": [{"name": "rpc", "port": 9000, "protocol": "grpc"}],
            "names": ["$private"],
            "consumes": ["$queue"],
        },
    ),
    "environments/$environment/environment.yaml": (
        "environment",
        {
            "namespace": "$namespace",
            "hosts": ["$host"],
            "owner": "$owner",
            "expires": "$expires",
            "sleeps": {"at": "$at", "until": "$until", "zone": "$zone"},
            "resumes": "$resumes",
            "quota": {"$counted": 1, "count/a-$#": "$quantity"},
            "runs": {
                "$service": {
                    "tag": "v1",
                    "components": ["$component"],
                    "env": {"$variable": "x", "V$#": "$value"},
                },
                "$called": {"digest": "$digest"},
            },
            "tests": {
                "$check": {"image": "$tester", "command": ["$command"], "calls": ["$service"]},
                "asks": {"requests": [{"service": "$service", "port": "$port", "path": "$asked"}]},
            },
        },
    ),
    "environments/second/environment.yaml": (
        "environment",
        {
            "hosts": ["second.example.com"],
            "extends": "$environment",
            "takes": {"from": "$environment"},
            "sleeps": [{"at": "$at", "until": "$until", "zone": "$zone"}],
            "runs": {"$service": {"image": "$fork", "tag": "$tag", "source": "$built"}},
        },
    ),
    "environments/elsewhere/environment.yaml": (
        "environment",
        {
            "cluster": "$cluster",
            "plane": "sidecar",
            "hosts": ["elsewhere.example.com"],
            "runs": {"$service": {"tag": "v1"}, "$called": {"tag": "v1"}},
        },
    ),
    "environments/by-server/environment.yaml": (
        "environment",
        {"cluster": "by-server", "runs": {"$called": {"tag": "v1"}}},
    ),
    "environments/$environment/branches/$branch.yaml": (
        "branch",
        {
            "owner": "$owner",
            "expires": "$expires",
            "sleeps": {"at": "$at", "until": "$until", "zone": "$zone"},
            "resumes": "$resumes",
            "hosts": ["$ticket"],
            "runs": {
                "$called": {
                    "image": "$fork",
                    "tag": "$tag",
                    "digest": "$digest",
                    "components": ["$component"],
                    "env": {"$variable": "x", "V$#": "$value"},
                },
                "$service": {"tag": "b1", "source": "$built"},
            },
            "tests": {
                "$check": {"image": "$tester", "command": ["$command"], "calls": ["$service"]},
                "asks": {"requests": [{"service": "$service", "port": "$port", "path": "$asked"}]},
            },
        },
    ),
    "environments/second/branches/sleepy.yaml": (
        "branch",
        {
            "sleeps": [{"at": "$at", "until": "$until", "zone": "$zone"}],
            "runs": {"$called": {"tag": "$tag"}},
        },
    ),
    "environments/externals/a-database-outside.yaml": (
        "external",
        {
            "hosts": ["$outside"],
            "cidrs": ["$range"],
            "ports": [{"port": 5432, "protocol": "tcp"}],
            "owner": "$owner",
        },
    ),
    "environments/lanes/$lane.yaml": (
        "lane",
        {
            "through": ["$environment/$branch", "second"],
            "pin": {"$service": "$environment"},
            "owner": "$owner",
        },
    ),
    "environments/tenants/acme.yaml": (
        "tenant",
        {
            "match": [
                {"claim": {"$claim": "x"}},
                {"claim": {"a-$#": "$claimed"}},
                {"header": {"$header": "x"}},
                {"header": {"a-$#": "$sent"}},
                {"cookie": {"$cookie": "x"}},
                {"cookie": {"a-$#": "$kept"}},
                {"host": "$known"},
            ],
            "lane": {"through": ["$environment/$branch"], "pin": {"$service": "$environment"}},
            "owner": "$owner",
            "expect": {"$service": "$environment"},
        },
    ),
    "environments/tenants/plain.yaml": (
        "tenant",
        {"match": [{"header": {"x-plain": "x"}}], "lane": "$lane"},
    ),
    **{
        f"environments/tenants/{kind}.yaml": (
            "tenant",
            {
                "match": [{"header": {"x-user-of": kind}}],
                "lane": [
                    {"lane": "$lane", "weight": 1},
                    {
                        "lane": {
                            "through": ["$environment/$branch"],
                            "pin": {"$called": "$environment"},
                        },
                        "weight": 1,
                    },
                ],
                "sticky": {kind: slot},
            },
        )
        for kind, slot in (
            ("claim", "$stickyClaim"),
            ("header", "$stickyHeader"),
            ("cookie", "$stickyCookie"),
        )
    },
}


_HERE = "\\u0000"
Values = Mapping[str, Sequence[str]]
_SLOT = re.compile(r"\$(#|[a-zA-Z]+)")


def repository(values: Values) -> dict[str, bytes]:
    """The repository with these values; the others are the defaults."""
    every = {name: values.get(name) or [field.default] for name, field in FIELDS.items()}
    files = {
        _put(path, every, 0): json.dumps(_fill(document, every)).encode()
        for path, (_, document) in DOCUMENTS.items()
    }
    for name, image in (
        (every["service"][0], every["image"][0]),
        (every["called"][0], "registry.example.com/api"),
    ):
        files[f"overlays/base/{name}/kustomization.yaml"] = (
            b"kind: Kustomization\nresources: [deployment.yaml]\n"
        )
        pod = {
            "metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "main", "image": image}]},
        }
        deployment = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": {"app": name}}, "template": pod},
        }
        files[f"overlays/base/{name}/deployment.yaml"] = json.dumps(deployment).encode()
    files[f"overlays/components/{every['component'][0]}/kustomization.yaml"] = (
        b"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: []\n"
    )
    return files


def candidates(name: str, text: str) -> set[str]:
    """A string as it is, and as part of what the field takes."""
    form = FIELDS[name].form
    return {text, form.format(json.dumps(text) if name == "jwks" else text)}


def accepted(name: str, value: str) -> bool:
    """Whether every document with the field may have this value, by its shape."""
    told = json.dumps(value)[1:-1]
    return all(
        outcome(shape(KINDS[kind], kind, json.loads(text.replace(_HERE, told)))).value is not None
        for kind, text in _offered(name)
    )


@cache
def _offered(name: str) -> list[tuple[str, str]]:
    """Documents with the field, without what they can do without; a mark stands at the field."""
    every = {other: ["\0" if other == name else field.default] for other, field in FIELDS.items()}
    whole = [(kind, _fill(document, every)) for kind, document in DOCUMENTS.values()]
    needed = {
        kind: {key for key, field in model.model_fields.items() if field.is_required()}
        | {"lane", "through"}
        for kind, model in KINDS.items()
    }
    parts = [
        (
            kind,
            json.dumps(
                {
                    key: item
                    for key, item in document.items()
                    if key in needed[kind] or _HERE in json.dumps(item)
                }
            ),
        )
        for kind, document in whole
    ]
    return [(kind, text) for kind, text in dict.fromkeys(parts) if _HERE in text]


def output(values: Values) -> FileSet | None:
    """What the repository compiles to, or None if it is refused."""
    try:
        return valid(compile_sources(Sources(repository(values)))).files
    except Findings:
        return None


def lost(values: Values, texts: set[str]) -> list[tuple[str, str]]:
    """(field, value) of what should be among the texts of the output, or in one of them, and is not."""
    asked = [
        (name, value)
        for name, given in values.items()
        if FIELDS[name].printed
        for value in given
        if value not in texts
    ]
    return [(name, value) for name, value in asked if not any(value in text for text in texts)]


def _put(text: str, values: Values, index: int) -> str:
    return _SLOT.sub(
        lambda found: (
            str(index) if found[1] == "#" else values[found[1]][index % len(values[found[1]])]
        ),
        text,
    )


def _fill(node: Any, values: Values, index: int | None = None) -> Any:
    if isinstance(node, str):
        return _put(node, values, index or 0)
    if isinstance(node, list):
        return [_fill(item, values, at) for item in node for at in _times(item, values, index)]
    if isinstance(node, dict):
        return {
            _put(key, values, at or 0): _fill(item, values, at)
            for key, item in node.items()
            for at in _times({key: item if isinstance(item, str) else ""}, values, index)
        }
    return node


def _times(node: Any, values: Values, index: int | None) -> Iterable[int | None]:
    """How often an entry stands there: once for each value of its fields of many, unless it is within such an entry."""
    most = max(
        (len(values[name]) for name in _slots(node) if name != "#" and FIELDS[name].many), default=0
    )
    return range(most) if index is None and most else [index]


def _slots(node: Any) -> Iterator[str]:
    """Fields of an entry, but for those of lists within it."""
    if isinstance(node, str):
        yield from _SLOT.findall(node)
    elif isinstance(node, dict):
        for key, item in node.items():
            yield from (*_SLOT.findall(key), *_slots(item))
