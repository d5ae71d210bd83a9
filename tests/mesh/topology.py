"""Random configuration repositories in the input language, the same for the same seed.

What is drawn is mended until it is valid by the oracle's reading, so that the compiler has no reason to refuse it;
now and then it is left invalid, and then the compiler must.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.mesh import tokens, words
from tests.mesh.oracle import Choice, Input, shares

KINDS = ("http", "http", "http2", "grpc", "rpc", "tcp")
MENDS = 60  # at most so many repairs, then another draw
ISTIO = "1.31"  # whose control plane is built
VIRTUAL_HOST_BY_HEADER = "1.37"  # the first Envoy that can
WIDE = 0.05  # share of repositories with as many lanes as make routes share their matches
BROKEN = 0.04  # share that is left invalid
SLEEPY = 0.4  # share in which units sleep

Files = dict[str, Any]  # path below environments/ → content


def generate(
    seed: int,
    root: Path,
    envoy: str,
    mtls: str = "disabled",
    sleeps: bool = True,
    small: bool | None = None,
    plain: bool = False,
    change: Callable[[random.Random, Files], None] | None = None,
    routes: str | None = None,
    plane: str = "sidecar",
    ingress: str | None = None,
) -> bool:
    """Writes a repository that Envoys of a version can serve; tells whether it is valid. With mTLS every pod needs an
    Envoy, so it is a small one unless `small` says otherwise. `plain` is without what earlier versions did not know,
    and without what they did otherwise. `change` makes another valid one of it. `routes` are those of `mesh.routes`, and
    `ingress` is the kind of it.
    On a `plane` that cannot do all, nobody asks for what it cannot; on `mixed` ones environments say each their own."""
    small = mtls == "strict" if small is None else small
    dice = random.Random(seed)
    leave = dice.random() < BROKEN and change is None
    while True:
        files = _draw(dice, envoy, mtls, small)
        if plane != "sidecar":
            _without_proxies(files)
        source = Input(files)
        if source.clashes():
            continue
        if leave and source.unanswered():
            break
        if _mend(dice, files):
            leave = False
            _expect(dice, files)
            break
    if change is not None:
        change(dice, files)
    if not plain:
        address(random.Random(f"{seed} addresses"), files)
    if sleeps and not plain:
        sleep(random.Random(f"{seed} sleeps"), files)
    if plane != "sidecar" and not plain and random.Random(f"{seed} trust").random() < 0.5:
        files["platform.yaml"]["cluster"] = {"trustDomain": "shop.example.com"}
    if plane == "mixed":
        _mix(random.Random(f"{seed} planes"), files)
    if plane != "sidecar":
        _untold(files)
    if routes:
        files["platform.yaml"]["mesh"]["routes"] = routes
    if ingress:
        said = files["platform.yaml"]["ingress"]
        files["platform.yaml"]["ingress"] = {"kind": ingress} | {
            key: value for key, value in said.items() if key not in ("selector", "serviceAccount")
        }
    for path, content in files.items():
        place = root / "environments" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(content, indent=1))  # JSON is YAML
    for name, service in source.services.items():
        _base(root / "overlays/base" / name, name, service)
    return not leave


def _draw(dice: random.Random, envoy: str, mtls: str, small: bool) -> Files:
    services = _services(dice, 4 if small else 12)
    environments, units = _units(dice, services, 3 if small else 6, 1 if small else 3)
    files: Files = {"platform.yaml": _platform(dice, envoy, mtls)}
    _name(files["platform.yaml"]["mesh"]["privateNames"]["by"], services)
    files |= {
        f"services/{dice.choice(('', 'core/', 'team-a/deep/'))}{name}.yaml": service
        for name, service in services.items()
    }
    files |= {f"{name}/environment.yaml": environment for name, environment in environments.items()}
    for unit, runs in units.items():
        environment, _, branch = unit.partition("/")
        if branch:
            hosts = (
                {"hosts": [f"{branch}.{environment}.preview.example.com"]}
                if dice.random() < 0.2
                else {}
            )
            files[f"{environment}/branches/{dice.choice(('', 'accounts/'))}{branch}.yaml"] = (
                hosts | {"runs": runs}
            )
    lanes = _lanes(dice, services, units)
    if not small and dice.random() < WIDE:
        lanes |= _many(dice, services, units)
    files |= {f"lanes/{name}.yaml": lane for name, lane in lanes.items()}
    tenants = _tenants(dice, [*units, *list(lanes)[:6]], services, units, environments)
    _allow(files, tenants)
    for index, tenant in enumerate(tenants):
        files[f"tenants/{dice.choice(('', 'gold/'))}t{index}.yaml"] = tenant
    return files


def _platform(dice: random.Random, envoy: str, mtls: str) -> Any:
    labels = dice.choice(({"istio": "ingress"}, {"app": "edge", "tier": "1"}))
    ways = ("authority", "authority", "calleeHeader", "port") + (
        ("vhostHeader",) if envoy >= VIRTUAL_HOST_BY_HEADER else ()
    )
    names = {"by": dice.choice(ways)} | ({"header": "x-to"} if dice.random() < 0.3 else {})
    return {
        "name": dice.choice(("shop", "s1")),
        "mesh": {
            "istio": ISTIO,
            "mtls": mtls,
            "header": dice.choice(words.HEADERS),
            "privateNames": names,
            "propagation": dice.choice(("header", "header", "baggage")),
        },
        "ingress": {
            "namespace": dice.choice(("istio-ingress", "edge")),
            "serviceAccount": dice.choice(("istio-ingress", "gateway")),
            "selector": labels,
            "port": dice.choice((80, 8080)),
            "jwt": [
                {"issuer": tokens.ISSUER, "audiences": [tokens.AUDIENCE], "jwks": tokens.jwks()}
            ],
        },
        "argocd": {"repository": "https://git.example.com/shop/deploy.git", "branch": "deploy"},
    }


def _without_proxies(files: Files) -> None:
    """Takes what only a proxy in the pod can do: private names, and applications that listen on localhost."""
    files["platform.yaml"]["mesh"]["plane"] = "ambient"
    for service in Input(files).services.values():
        service.pop("names", None)
        if service.get("listens") == "localhost":
            service["listens"] = "podIP"


def _mix(dice: random.Random, files: Files) -> None:
    """Some environments say another plane than the platform, which has either. What runs without a sidecar dials no
    names of environments that have them."""
    source = Input(files)
    usual, other = dice.sample(("sidecar", "ambient"), 2)
    files["platform.yaml"]["mesh"]["plane"] = usual
    names = sorted(source.environments)
    turned = set(dice.sample(names, dice.randint(1, len(names) - 1)))
    for name in names:
        if name in turned or dice.random() < 0.3:
            source.environments[name]["plane"] = other if name in turned else usual
    ambient = _ambient(source)
    for service, said in [("", files["platform.yaml"]["mesh"]), *source.services.items()]:
        runs = {unit.split("/")[0] for unit in source.units if service in source.units[unit]}
        if "addresses" in said and (not service or runs & ambient):
            wanted = ambient if "*" in said["addresses"] else ambient & {*said["addresses"]}
            said["addresses"] = sorted(wanted)


def _ambient(source: Input) -> set[str]:
    """Environments without sidecars."""
    usual = source.platform["mesh"].get("plane", "sidecar")
    said = {name: one.get("plane", usual) for name, one in source.environments.items()}
    return {name for name, plane in said.items() if plane == "ambient"}


def _untold(files: Files) -> None:
    """Takes raw TCP that would go elsewhere for a branch's pods than for others: waypoints do not tell them apart."""
    source = Input(files)
    ambient = _ambient(source)
    for name, service in source.services.items():
        if not _tells_callers(source, name, ambient):
            continue
        for port in service["ports"]:
            if port["protocol"] == "tcp":
                port["protocol"] = "http"


def _tells_callers(source: Input, name: str, ambient: set[str]) -> bool:
    callers = {one for one in source.services if name in source.calls(one)}
    for unit, runs in source.units.items():
        answer = source.target(unit, name)
        home, _, branch = unit.partition("/")
        if not branch or home not in ambient or not answer or not callers & runs:
            continue
        asked = {where for one in callers for where in source.addressed(one, unit)}
        if any(source.target(where, name) != answer for where in asked):
            return True
    return False


def _name(way: str, services: dict[str, Any]) -> None:
    """Takes private names from services that cannot have any: raw TCP, ports that are not the container's and, where
    calls are told apart by ports alone, ports of several services."""
    for name, service in services.items():
        others = {
            port["port"] for other in services if other != name for port in services[other]["ports"]
        }
        web = [port for port in service["ports"] if port["protocol"] != "tcp"]
        shared = way == "port" and any(port["port"] in others for port in web)
        if not web or shared or any("targetPort" in port for port in web):
            service.pop("names", None)


def _services(dice: random.Random, most: int) -> dict[str, Any]:
    names = dice.sample(words.SERVICES, dice.randint(3, most))
    closed = dice.random() < 0.05  # nothing can be entered
    prefixes = dice.sample(words.PREFIXES, len(words.PREFIXES))
    services: dict[str, Any] = {}
    for index, name in enumerate(names):
        ports = _ports(dice, first="http" if index == 0 else None)
        later = names[index + 1 :]
        service: dict[str, Any] = {"image": f"registry.example.com/shop/{name}", "ports": ports}
        if calls := dice.sample(later, min(len(later), dice.randint(index == 0, 4))):
            service["calls"] = calls
        if dice.random() < 0.15:
            service["forwardsColour"] = False
        if dice.random() < 0.3:
            service["listens"] = dice.choice(("localhost", "podIP"))
        if dice.random() < 0.3:
            service["names"] = [f"trpc.shop.{name}", f"{name}.rpc"][: dice.choice((1, 2))]
        web = [port["name"] for port in ports if port["protocol"] != "tcp"]
        if not closed and web and (index == 0 or dice.random() < 0.3):
            taken = [f"/{name}"] + ([prefixes.pop()] if prefixes and dice.random() < 0.5 else [])
            service["entry"] = [
                {"prefix": prefix} | ({"port": dice.choice(web)} if dice.random() < 0.4 else {})
                for prefix in taken
            ]
        services[name] = service
    return services


def _ports(dice: random.Random, first: str | None) -> list[dict[str, Any]]:
    """One to three ports. Any protocol may have any number, so services share listeners in every way."""
    found = []
    targets = dice.sample(words.TARGETS, len(words.TARGETS))
    for index, number in enumerate(dice.sample(words.PORTS, dice.choice((1, 1, 1, 2, 3)))):
        kind = first if first and index == 0 else dice.choice(KINDS)
        port: dict[str, Any] = {
            "name": f"p{index}" if dice.random() < 0.3 else f"{kind}-{index}",
            "port": number,
            "protocol": kind,
        }
        if kind == "rpc":
            port["carrier"] = dice.choice(("grpc", "http2"))
        elif dice.random() < 0.2:
            port["targetPort"] = targets.pop()
        found.append(port)
    return found


def _units(
    dice: random.Random, services: dict[str, Any], most: int, branches: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    names, all_services = dice.sample(words.ENVIRONMENTS, dice.randint(2, most)), list(services)
    leaves = [name for name in all_services if not services[name].get("calls")]
    environments: dict[str, Any] = {}
    units: dict[str, Any] = {}
    for index, name in enumerate(names):
        environment: dict[str, Any] = {}
        if index == 0 or dice.random() < 0.85:
            environment["hosts"] = [f"{name}.example.com"] + (
                [f"{name}-2.shop.example.com"] if dice.random() < 0.2 else []
            )
        if index and dice.random() < 0.6:
            environment["extends"] = dice.choice(names[:index])
            runs = dice.sample(all_services, dice.randint(0, len(all_services)))
        else:
            runs = (
                all_services
                if dice.random() < 0.7
                else dice.sample(all_services, len(all_services) - 1)
            )
        if dice.random() < 0.2:
            environment["trustColour"] = True
        if dice.random() < 0.2:
            environment["namespace"] = f"ns-{index}"
        environment["runs"] = units[name] = {service: {"tag": "v1"} for service in sorted(runs)}
        environments[name] = environment
        for branch in dice.sample(words.BRANCHES, dice.randint(0, branches)):
            among = leaves if leaves and dice.random() < 0.3 else all_services
            units[f"{name}/{branch}"] = {
                service: {"tag": "b1"}
                for service in sorted(dice.sample(among, dice.randint(1, min(4, len(among)))))
            }
    return environments, units


def _spec(dice: random.Random, services: dict[str, Any], units: dict[str, Any]) -> dict[str, Any]:
    lane: dict[str, Any] = {
        "through": dice.sample(sorted(units), dice.randint(1, min(3, len(units))))
    }
    if dice.random() < 0.5:
        service = dice.choice(sorted(services))
        runners = [unit for unit, runs in units.items() if service in runs]
        if runners:
            lane["pin"] = {service: dice.choice(runners)}
    if dice.random() < 0.5:
        lane["isolation"] = "strict"
    return lane


def _lanes(dice: random.Random, services: dict[str, Any], units: dict[str, Any]) -> dict[str, Any]:
    names = dice.sample(("lane-0", "lane-1", "lane", "1e1", "off", "lane-0-1"), dice.randint(0, 4))
    return {name: _spec(dice, services, units) for name in names}


def _many(dice: random.Random, services: dict[str, Any], units: dict[str, Any]) -> dict[str, Any]:
    """So many lanes that one regular expression cannot hold those of a route, and refusals share their bodies."""
    specs = [_spec(dice, services, units) for _ in range(3)]
    return {
        f"a-lane-with-a-long-name-{index:03}": dict(dice.choice(specs))
        for index in range(dice.randint(40, 110))
    }


def _tenants(
    dice: random.Random,
    lanes: list[str],
    services: dict[str, Any],
    units: dict[str, Any],
    environments: dict[str, Any],
) -> list[Any]:
    tenants: list[Any] = []
    hosts = [
        host for environment in environments.values() for host in environment.get("hosts") or []
    ]
    for index in range(dice.randint(1, 6)):
        odd = dice.randrange(100)
        rules: list[Any] = [{"claim": {name: f"c{index}"}} for name in words.CLAIMS]
        rules += [
            {"header": {name: words.value(words.HEADER_VALUES, odd, index)}}
            for name in words.TENANT_HEADERS
        ]
        rules += [
            {"cookie": {name: words.value(words.COOKIE_VALUES, odd, index)}}
            for name in words.COOKIES
        ]
        rules.append({"host": f"t{index}.example.com"})
        if dice.random() < 0.3:
            rules.append(
                {"host": hosts.pop(dice.randrange(len(hosts)))}
                if hosts
                else {"host": f"u{index}.example.org"}
            )

        def some() -> Choice:
            return _spec(dice, services, units) if dice.random() < 0.2 else dice.choice(lanes)

        lane: Any = some()
        if dice.random() < 0.3:
            lane = [
                {"lane": some(), "weight": weight}
                for weight in dice.sample((0, 1, 20, 30, 70, 1000), dice.randint(2, 4))
            ]
        sticky = (
            {
                "sticky": dice.choice(
                    ({"header": "x-user"}, {"cookie": "session"}, {"claim": "user"})
                )
            }
            if isinstance(lane, list) and dice.random() < 0.5
            else {}
        )
        tenants.append({"match": dice.sample(rules, dice.randint(1, 4)), "lane": lane} | sticky)
    return tenants


def _allow(files: Files, tenants: list[Any]) -> None:
    """Has the platform say what may identify tenants, where one of them takes what everybody's requests
    have."""
    rules = [rule for tenant in tenants for rule in tenant["match"]]
    hosts = {host for path in files for host in files[path].get("hosts") or []}
    if not any("accept-language" in rule.get("header", ()) for rule in rules) and not any(
        rule.get("host") in hosts for rule in rules
    ):
        return
    kinds = {"claim": "claims", "header": "headers", "cookie": "cookies"}
    by: dict[str, list[str]] = {
        many: sorted({name for rule in rules for name in rule.get(kind) or {}})
        for kind, many in kinds.items()
    }
    by["hosts"] = [".example.com", ".example.org"]
    files["platform.yaml"]["tenants"] = {"by": by}


def _mend(dice: random.Random, files: Files) -> bool:
    """Gives lanes what they can reach and nobody answers; whether all is well in the end."""
    for _ in range(MENDS):
        source = Input(files)
        missing = source.unanswered()
        if not missing:
            return all(
                any(service in runs for runs in source.units.values())
                for service in source.services
            )
        choice, service = missing[0]
        lane = source.lane(choice)
        if isinstance(choice, str) and choice in source.units:
            environment = choice.split("/")[0]
            files[f"{environment}/environment.yaml"]["runs"][service] = {"tag": "v1"}
        elif lane.get("isolation") == "strict":
            whole = [
                name
                for name in source.environments
                if len(source.units[name]) == len(source.services) and name not in lane["through"]
            ]
            if whole and dice.random() < 0.5:
                lane["through"].append(dice.choice(whole))
            else:
                del lane["isolation"]
        else:
            runners = [unit for unit, runs in source.units.items() if service in runs]
            if not runners:
                return False
            lane.setdefault("pin", {})[service] = dice.choice(runners)
    return False


def address(dice: random.Random, files: Files) -> None:
    """Who dials names of other environments, by dice of its own: nobody, all, or some services."""
    if dice.random() < 0.3:
        files["platform.yaml"]["mesh"]["addresses"] = ["*"]
    environments = sorted(Input(files).environments)
    for path, content in files.items():
        if path.startswith("services/") and dice.random() < 0.5:
            some = dice.sample(environments, dice.randint(1, len(environments)))
            content["addresses"] = some if dice.random() < 0.7 else ["*"]


def sleep(dice: random.Random, files: Files, share: float = SLEEPY) -> None:
    """Units fall asleep, by dice of their own: all else is as it would be without them."""
    if dice.random() >= share:
        return
    branches = [path for path in files if "/branches/" in path]
    environments = [path for path in files if path.endswith("/environment.yaml")]
    for path in [*branches, *(environments if dice.random() < 0.5 else ())]:
        if dice.random() < 0.4:
            files[path]["asleep"] = True


def _expect(dice: random.Random, files: Files) -> None:
    """Tenants expect what the oracle says, which the compiler checks."""
    source = Input(files)
    for tenant in source.tenants.values():
        service = dice.choice(sorted(source.services))
        answers = {source.target(choice, service) for choice, weight in shares(tenant) if weight}
        if len(answers) == 1 and (answer := answers.pop()) and dice.random() < 0.5:
            tenant["expect"] = {service: answer}


def _base(folder: Path, name: str, service: dict[str, Any]) -> None:
    folder.mkdir(parents=True)
    labels = {"app.kubernetes.io/name": name}
    ports = [
        {"name": port["name"], "containerPort": port.get("targetPort", port["port"])}
        for port in service["ports"]
    ]
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": name, "image": service["image"], "ports": ports}]},
            },
        },
    }
    (folder / "deployment.yaml").write_text(json.dumps(deployment))
    (folder / "kustomization.yaml").write_text(
        json.dumps(
            {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": ["deployment.yaml"],
            }
        )
    )
