"""Random configuration repositories in the input language, the same for the same seed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from tests.mesh import tokens

KINDS = ("http", "http2", "grpc", "rpc", "tcp")
PORTS = {"http": 8080, "http2": 8443, "grpc": 9090, "rpc": 9000, "tcp": 6379}
SERVICES = ("cart", "checkout", "payment", "ledger", "catalogue", "search", "pricing", "inventory", "recommend", "notify", "shipping", "sessions")
ENVIRONMENTS = ("test", "staging", "perf", "dev-a", "dev-b", "demo")
BRANCHES = ("feature-login", "fix-1", "b", "wip", "release-2-0", "x1")


def generate(seed: int, root: Path, mtls: str = "disabled") -> None:
    """Writes a repository. It may be invalid now and then (a lane that reaches what nobody runs). With mTLS every pod
    needs an Envoy, so it is a small one."""
    dice = random.Random(seed)
    small = mtls == "strict"
    services = _services(dice, 4 if small else 12)
    environments, units = _units(dice, list(services), 3 if small else 6, 1 if small else 3)
    files: dict[str, Any] = {"platform.yaml": _platform(mtls)}
    files |= {f"services/{name}.yaml": service for name, service in services.items()}
    files |= {f"{name}/environment.yaml": environment for name, environment in environments.items()}
    files |= {f"{unit.split('/')[0]}/branches/{unit.split('/')[1]}.yaml": {"runs": runs} for unit, runs in units.items() if "/" in unit}
    lanes = _lanes(dice, list(services), units)
    files |= {f"lanes/{name}.yaml": lane for name, lane in lanes.items()}
    files |= {f"tenants/t{index}.yaml": tenant for index, tenant in enumerate(_tenants(dice, [*units, *lanes], units))}
    for path, content in files.items():
        place = root / "environments" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(content, indent=1))  # JSON is YAML
    for name, service in services.items():
        _base(root / "overlays/base" / name, name, service)


def _platform(mtls: str) -> dict[str, Any]:
    return {
        "name": "shop",
        "mesh": {"istio": "1.31", "mtls": mtls},
        "ingress": {"namespace": "istio-ingress", "serviceAccount": "istio-ingress", "selector": {"istio": "ingress"}, "port": 80,
                    "jwt": [{"issuer": tokens.ISSUER, "audiences": [tokens.AUDIENCE], "jwks": tokens.jwks()}]},
        "argocd": {"repository": "https://git.example.com/shop/deploy.git", "branch": "deploy"},
    }


def _services(dice: random.Random, most: int) -> dict[str, Any]:
    names = dice.sample(SERVICES, dice.randint(3, most))
    closed = dice.random() < 0.05  # nothing can be entered
    services: dict[str, Any] = {}
    for index, name in enumerate(names):
        kind = dice.choice(KINDS) if index else "http"
        port = {"name": kind, "port": PORTS[kind], "protocol": kind} | ({"carrier": dice.choice(("grpc", "http2"))} if kind == "rpc" else {})
        later = names[index + 1 :]
        service: dict[str, Any] = {"image": f"registry.example.com/shop/{name}", "ports": [port], "calls": sorted(dice.sample(later, min(len(later), dice.randint(1, 4))))}
        if dice.random() < 0.15:
            service["forwardsColour"] = False
        if not closed and kind != "tcp" and (index == 0 or dice.random() < 0.3):
            service["entry"] = [{"prefix": f"/{name}"}]
        services[name] = service
    return services


def _units(dice: random.Random, services: list[str], most: int, branches: int) -> tuple[dict[str, Any], dict[str, Any]]:
    names = dice.sample(ENVIRONMENTS, dice.randint(2, most))
    environments: dict[str, Any] = {}
    units: dict[str, Any] = {}
    for index, name in enumerate(names):
        environment: dict[str, Any] = {"hosts": [f"{name}.example.com"]}
        if index and dice.random() < 0.6:
            environment["extends"] = dice.choice(names[:index])
            runs = dice.sample(services, dice.randint(0, len(services)))
        else:
            runs = services if dice.random() < 0.7 else dice.sample(services, len(services) - 1)
        if dice.random() < 0.2:
            environment["trustColour"] = True
        environment["runs"] = units[name] = {service: {"tag": "v1"} for service in sorted(runs)}
        environments[name] = environment
        for branch in dice.sample(BRANCHES, dice.randint(0, branches)):
            units[f"{name}/{branch}"] = {service: {"tag": "b1"} for service in sorted(dice.sample(services, dice.randint(1, min(4, len(services)))))}
    return environments, units


def _lanes(dice: random.Random, services: list[str], units: dict[str, Any]) -> dict[str, Any]:
    lanes = {}
    for index in range(dice.randint(0, 4)):
        lane: dict[str, Any] = {"through": dice.sample(sorted(units), dice.randint(1, min(3, len(units))))}
        if dice.random() < 0.5:
            service = dice.choice(services)
            runners = [unit for unit, runs in units.items() if service in runs]
            if runners:
                lane["pin"] = {service: dice.choice(runners)}
        if dice.random() < 0.4:
            lane["isolation"] = "strict"
        lanes[f"lane-{index}"] = lane
    return lanes


def _tenants(dice: random.Random, lanes: list[str], units: dict[str, Any]) -> list[Any]:
    tenants = []
    for index in range(dice.randint(1, 6)):
        rules: list[Any] = [{"claim": {"tenant": f"t{index}"}}, {"claim": {"org": f"o{index}"}}, {"header": {"x-account": f"a{index}"}}, {"header": {"x-tenant": f"t{index}"}}, {"cookie": {"tenant": f"t{index}"}}, {"host": f"t{index}.example.com"}]
        lane: Any = dice.choice(lanes)
        if dice.random() < 0.25:
            lane = [{"lane": dice.choice(lanes), "weight": 30}, {"lane": dice.choice(lanes), "weight": 70}]
        elif dice.random() < 0.25:
            lane = {"through": dice.sample(sorted(units), 1)}
        tenants.append({"match": dice.sample(rules, dice.randint(1, 4)), "lane": lane})
    return tenants


def _base(folder: Path, name: str, service: dict[str, Any]) -> None:
    folder.mkdir(parents=True)
    labels = {"app.kubernetes.io/name": name}
    container = {"name": name, "image": service["image"], "ports": [{"name": port["name"], "containerPort": port["port"]} for port in service["ports"]]}
    deployment = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}},
    }
    (folder / "deployment.yaml").write_text(json.dumps(deployment))
    (folder / "kustomization.yaml").write_text(json.dumps({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": ["deployment.yaml"]}))
