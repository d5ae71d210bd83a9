"""The repository that odd requests are sent to: every kind of rule, and lanes that show themselves.

Each lane answers by a version of its own, and the applications say what arrived.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests import linked
from tests.conftest import base, write
from tests.mesh import tokens

BRANCHES = ("login", "green", "b2")
SERVICES = ("web", "api")
NUMBERS = ("0", "7", "-7", "123456789012345", "9007199254740991", "-9007199254740991")
TEXTS = ("acme", "true", "1.5", "1e3", "9007199254740992", "9007199254740993", "null", "a,b")


# What links hold: where, and into which lane. No run takes days.
ENDS = int(time.time()) + 90 * 3600
LINKED = (
    ("test.example.com", "test/login"),
    ("test.example.com", "mixed"),
    ("open.example.com", "test/green"),
    ("login.preview.example.com", "test/b2"),
)
LINKS = {
    linked.made(linked.said(ENDS, host=host, lane=lane)): (host, lane) for host, lane in LINKED
}
# What holds nowhere: forged, over, or at a host that allows no links.
NO_LINKS = (
    linked.made(linked.said(ENDS), linked.STRANGER),
    linked.made(linked.said(1)),
    linked.made(linked.said(ENDS, host="perf.example.com")),
    next(iter(LINKS))[:-1],
)


def repository(root: Path, propagation: str, kind: str = "istio") -> None:
    """Writes it; colours are carried in `propagation`: header or baggage. `kind` is that of the ingress."""
    own = {"serviceAccount": "istio-ingress", "selector": {"istio": "ingress"}}
    ingress = (own if kind == "istio" else {"kind": kind}) | {
        "namespace": "istio-ingress",
        "port": 80,
        "jwt": [{"issuer": tokens.ISSUER, "audiences": [tokens.AUDIENCE], "jwks": tokens.jwks()}],
    }
    links = {
        "keys": [linked.line(linked.NEW)],
        "lanes": {"test": ["test", "mixed"], "open": ["test"]},
        "longest": "99h",
    }
    platform = {
        "name": linked.PLATFORM,
        "mesh": {"mtls": "disabled", "propagation": propagation, "istio": "1.31"},
        "ingress": ingress | {"links": links},
        "argocd": {"repository": "https://git.example.com/shop.git"},
    }
    files: dict[str, Any] = {
        "platform.yaml": platform,
        "services/web.yaml": _service("web", ["/", "/we"]),
        "services/api.yaml": _service("api", ["/api"]),
        "test/environment.yaml": _unit("v1") | {"hosts": ["test.example.com"]},
        "open/environment.yaml": _unit("o1")
        | {"hosts": ["open.example.com", "open.example.org"], "trustColour": True},
        "perf/environment.yaml": {"extends": "test", "hosts": ["perf.example.com"]}
        | {"runs": {"api": {"tag": "p1"}}},
        "lanes/mixed.yaml": {"through": ["test/login", "perf"]},
    }
    for name in BRANCHES:
        hosts = {"hosts": [f"{name}.preview.example.com"]} if name != "b2" else {}
        files[f"test/branches/{name}.yaml"] = _unit(name) | hosts
    files |= {f"tenants/{name}.yaml": tenant for name, tenant in _tenants().items()}
    texts = {f"environments/{path}": json.dumps(content) for path, content in files.items()}
    for path in ("environments/tenants/acme.yaml", "environments/lanes/mixed.yaml"):
        assert path in texts  # those of the small repository would stay beside them
    write(root, texts | {path: text for name in SERVICES for path, text in base(name).items()})


def _service(name: str, prefixes: list[str]) -> dict[str, Any]:
    return {
        "image": f"registry.example.com/{name}",
        "ports": [{"name": "web", "port": 8080, "protocol": "http"}],
        "entry": [{"prefix": prefix} for prefix in prefixes],
    }


def _unit(tag: str) -> dict[str, Any]:
    return {"runs": {name: {"tag": tag} for name in SERVICES}}


def _tenants() -> dict[str, Any]:
    weighted = [{"lane": "test/green", "weight": 30}, {"lane": "test/b2", "weight": 70}]
    return {
        "acme": {
            "match": [
                {"claim": {"tenant": "acme"}},
                {"header": {"x-tenant": "acme"}},
                {"cookie": {"shop-lane": "acme"}},
                {"host": "acme.example.com"},
            ],
            "lane": "test/login",
        },
        "numbers": {"match": [{"claim": {"org": text}} for text in NUMBERS], "lane": "test/green"},
        "texts": {
            "match": [{"claim": {"org": text}} for text in TEXTS]
            + [{"claim": {"https://example.com/plan": "gold"}}],
            "lane": "test/b2",
        },
        "values": {
            "match": [
                *({"header": {"x-tenant": text}} for text in ("a,b", "acme,acme", 'a"b', "a b")),
                *({"cookie": {"trial": text}} for text in ("test/x", "a=b", "%41", "1")),
                {"header": {"x_under": "v"}},
                {"host": "values.example.com"},
            ],
            "lane": "mixed",
        },
        "shared": {
            "match": [{"header": {"x-shared": "s"}}, {"cookie": {"T": "s"}}],
            "lane": weighted,
        },
        **{
            f"sticky-{kind}": {
                "match": [{"header": {"x-sticky": kind}}],
                "lane": weighted,
                "sticky": {kind: name},
            }
            for kind, name in {"claim": "user", "header": "x-user", "cookie": "session"}.items()
        },
    }
