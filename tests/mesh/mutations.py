"""`python -m tests.mesh.mutations [SEEDS [WORDS]]`: deliberate faults in the plan and its printers, each of which the suite must notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.mesh.syntax import exchanged

TOP = Path(__file__).parents[2]
TARGETS = "generator/targets/"


class Fault(NamedTuple):
    """What it is called, and the piece of a module's syntax (or of a Lua file) that it exchanges."""

    what: str
    path: str
    old: str
    new: str


FAULTS = (
    Fault(
        "the default route comes first",
        TARGETS + "istio/virtual_services.py",
        "[entry for part in host.requests for entry in _http(plan, part)]",
        "[entry for part in host.requests for entry in reversed([*_http(plan, part)])]",
    ),
    Fault(
        "another header is matched",
        TARGETS + "istio/virtual_services.py",
        '{"headers": {header: colour(names, whole=route.match.whole)}}',
        '{"headers": {"x-line": colour(names, whole=route.match.whole)}}',
    ),
    Fault(
        "a lane matches as a prefix",
        TARGETS + "istio/virtual_services.py",
        '{"exact": any_of}',
        '{"prefix": any_of}',
    ),
    Fault(
        "alternatives match any ending",
        TARGETS + "istio/virtual_services.py",
        '"|".join(lanes)',
        '"(?:" + "|".join(lanes) + ").*"',
    ),
    Fault(
        "a lane is lost from a list",
        TARGETS + "istio/virtual_services.py",
        "chunks(route.lanes)",
        "chunks(route.lanes[: max(1, len(route.lanes) - 1)])",
    ),
    Fault(
        "destinations in the wrong namespace",
        "generator/plan/plan.py",
        "self.host(names.kubernetes_name(service, unit.branch), unit.environment)",
        "self.host(names.kubernetes_name(service, unit.branch), min(self.environments))",
    ),
    Fault(
        "routes are seen from their own namespace only",
        "generator/plan/hosts.py",
        "{environment, *plan.asking(environment, service)}",
        "{environment}",
    ),
    Fault(
        "routes are seen from everywhere",
        TARGETS + "istio/virtual_services.py",
        "sorted(plan.environments[one].namespace for one in host.seen_from)",
        '["*"]',
    ),
    Fault(
        "a sidecar knows its own environment only",
        TARGETS + "sidecar/scopes.py",
        "plan.addressed(service, environment)",
        "[environment]",
    ),
    Fault(
        "a sidecar knows every environment",
        TARGETS + "sidecar/scopes.py",
        "plan.addressed(service, environment)",
        "list(plan.environments)",
    ),
    Fault(
        "nobody delegates to the lanes",
        TARGETS + "istio/virtual_services.py",
        'if part.lanes:\n    yield path | rewritten | {"delegate": _delegate(plan, part.lanes)}',
        "pass",
    ),
    Fault(
        "lanes are exported to nobody who delegates to them",
        TARGETS + "istio/virtual_services.py",
        "{plan.environments[one].namespace for one in near}",
        "{plan.platform.ingress.namespace}",
    ),
    Fault(
        "an environment is told without its branches",
        TARGETS + "istio/virtual_services.py",
        'f"(?:/{BRANCH})?"',
        '""',
    ),
    Fault(
        "environments are told before what is told by name",
        "generator/plan/colours.py",
        "(*_in_order(service, named, whole=False), *_in_order(service, whole, whole=True))",
        "(*_in_order(service, whole, whole=True), *_in_order(service, named, whole=False))",
    ),
    Fault(
        "a branch goes where its environment goes",
        "generator/plan/colours.py",
        "told != _told(plan, home, service)",
        "False",
    ),
    Fault(
        "a strict lane that nobody answers is let through",
        "generator/plan/colours.py",
        "anywhere or service in plan.answers[lane] or plan.lanes[lane].strict",
        "anywhere or service in plan.answers[lane]",
    ),
    Fault(
        "what comes in is refused only where calls lead",
        "generator/plan/colours.py",
        "_routes(plan, service, anywhere=True)",
        "_routes(plan, service, anywhere=False)",
    ),
    Fault(
        "a branch's pods give no colour",
        TARGETS + "lua/origin.lua",
        "sent or ORIGIN",
        "sent",
    ),
    Fault(
        "a branch's pods overrule a colour they were given",
        TARGETS + "lua/origin.lua",
        "  if not sent or count == 1 and lines > 1 then\n",
        "  lane = ORIGIN or lane\n  if lane then\n",
    ),
    Fault(
        "an empty colour counts",
        TARGETS + "lua/colour.lua",
        'value ~= ""',
        "value",
    ),
    Fault(
        "TCP knows no branches",
        "generator/plan/hosts.py",
        "unit.branch is None or answer is None or answer == default",
        "True",
    ),
    Fault(
        "forged colours stay",
        TARGETS + "lua/give.lua",
        "headers:replace(COLOUR, lane) else headers:remove(COLOUR) end",
        "headers:add(COLOUR, lane) end",
    ),
    Fault(
        "claims are looked for in the wrong place",
        TARGETS + "lua/lookup.lua",
        'get("envoy.filters.http.jwt_authn")',
        'get("envoy.filters.http.jwt")',
    ),
    Fault(
        "cookies come before headers",
        "generator/plan/tenants.py",
        '("claim", "header", "cookie", "host")',
        '("claim", "cookie", "header", "host")',
    ),
    Fault(
        "selectors do not tell branches apart",
        TARGETS + "objects.py",
        "unit.label",
        '"baseline"',
    ),
    Fault(
        "a pin is forgotten",
        "generator/plan/routing.py",
        "{service: unit for service, unit in lane.pin.items() if unit not in asleep}",
        "{}",
    ),
    Fault(
        "strict lanes leave",
        "generator/plan/routing.py",
        "if lane.strict:\n    return",
        "pass",
    ),
    Fault(
        "the network lets a whole namespace in",
        TARGETS + "kube/network.py",
        'inside(*namespaces) | {"podSelector": chosen}',
        "inside(*namespaces)",
    ),
    Fault(
        "the network keeps the ingress out",
        TARGETS + "kube/network.py",
        "who.ingress",
        "False",
    ),
    Fault(
        "baggage from outside is believed",
        TARGETS + "lua/give.lua",
        "  carry(headers, lane) -- when baggage\n",
        "",
    ),
    Fault(
        "baggage is not read",
        TARGETS + "lua/origin.lua",
        "sent or member(headers) or ORIGIN",
        "sent or ORIGIN",
    ),
    Fault(
        "users get another lane each time",
        TARGETS + "lua/lookup.lua",
        "user and point(user) or math.random()",
        "math.random()",
    ),
    Fault(
        "a branch's host is its environment's",
        "generator/plan/plan.py",
        "{host: str(unit) for host, unit in self.previews.items()}",
        "{host: unit.environment for host, unit in self.previews.items()}",
    ),
    Fault(
        "private names mean another environment",
        "generator/plan/hosts.py",
        'VirtualHost("private", environment, service, names, (environment,), requests)',
        'VirtualHost("private", environment, service, names, (environment,), '
        "(_requests(plan, min(plan.environments), service),))",
    ),
    Fault(
        "a rewritten authority keeps its route",
        TARGETS + "lua/rewrite.lua",
        '    headers:replace(":authority", host)\n',
        "",
    ),
    Fault(
        "ports are sniffed",
        TARGETS + "kube/units.py",
        "APPLICATION_PROTOCOLS[port.carrier or port.protocol]",
        "None",
    ),
)

# Of what `--gateway` prints. Which object is the older one decides nothing there: tests/targets/test_gateway.py.
GATEWAY_FAULTS = (
    Fault(
        "a route for all ports",
        TARGETS + "gateway/routes.py",
        '{"group": group, "kind": what, "name": parent, "port": port.port}',
        '{"group": group, "kind": what, "name": parent}',
    ),
    Fault(
        "a rule asks for another header",
        TARGETS + "gateway/rules.py",
        '{"type": kind, "name": header, "value": value}',
        '{"type": kind, "name": "x-line", "value": value}',
    ),
    Fault(
        "rules lead into their own namespace",
        TARGETS + "gateway/rules.py",
        '{} if own else {"namespace": namespace}',
        "{}",
    ),
    Fault(
        "no rule for all else",
        TARGETS + "gateway/rules.py",
        "part.routes",
        "part.routes[:-1]",
    ),
    Fault(
        "a refusal tells nobody why",
        TARGETS + "gateway/rules.py",
        'answer.body.rstrip("\\n")',
        '"refused"',
    ),
    Fault(
        "the text of a refusal stays a header",
        TARGETS + "lua/unanswered.lua",
        'setBytes(text .. "\\n")',
        'setBytes("")',
    ),
    Fault(
        "what nobody answers is answered by a baseline",
        TARGETS + "gateway/rules.py",
        "backend = nobody",
        "backend = backends.unit(part.service, Unit(backends.environment))",
    ),
    Fault(
        "raw TCP is not told by its caller",
        TARGETS + "gateway/routes.py",
        "any(route.match.caller for route in host.connections)",
        "False",
    ),
    Fault(
        "private names have the parent of Services",
        TARGETS + "gateway/routes.py",
        'host.kind == "private"',
        "False",
    ),
    Fault(
        "nobody's Service is in another namespace",
        TARGETS + "gateway/printer.py",
        "backends.service(self._name_of_nobody(), namespace, PORT)",
        'backends.service(self._name_of_nobody(), "nowhere", PORT)',
    ),
)

# Of what `--ingress gateway` prints, with either kind of routes.
INGRESS_FAULTS = (
    Fault(
        "refusals at the gateway have no body",
        TARGETS + "edge/deployed.py",
        "yield _refusing(plan)",
        "pass",
    ),
    Fault(
        "policies and the table are meant for another gateway",
        TARGETS + "edge/deployed.py",
        '{"group": GROUP, "kind": "Gateway", "name": plan.platform.name}',
        '{"group": GROUP, "kind": "Gateway", "name": "other"}',
    ),
    Fault(
        "the gateway takes hosts of its own namespace alone",
        TARGETS + "edge/deployed.py",
        '{"namespaces": chosen}',
        '{"namespaces": {"from": "Same"}}',
    ),
    Fault(
        "hosts belong to another gateway",
        TARGETS + "gateway/hosts.py",
        '{"group": GROUP, "kind": "Gateway", "name": plan.platform.name, "namespace": plan.platform.ingress.namespace}',
        '{"group": GROUP, "kind": "Gateway", "name": "other", "namespace": plan.platform.ingress.namespace}',
    ),
    Fault(
        "a way in asks for its path alone",
        TARGETS + "gateway/rules.py",
        'f"{literal}.*"',
        "literal",
    ),
    Fault(
        "all ways lead to one port",
        TARGETS + "gateway/hosts.py",
        "Backends(self.plan, host.environment, port)",
        "Backends(self.plan, host.environment, 8080)",
    ),
    Fault(
        "nobody may lead to another environment",
        TARGETS + "gateway/printer.py",
        "[name for name in self.plan.residents if name != environment]",
        "[]",
    ),
    Fault(
        "pods let in another account than the gateway's",
        "generator/compiler/translate.py",
        'f"{platform.name}-istio"',
        "platform.name",
    ),
)

AMBIENT = TARGETS + "ambient/"
# Of waypoints, which other questions do not come to.
WAYPOINTS = (
    Fault(
        "a waypoint gives no colour",
        TARGETS + "lua/waypoint.lua",
        "local lane = sent or origin(handle)",
        "local lane = sent",
    ),
    Fault(
        "policies do not hear of the colour",
        TARGETS + "lua/waypoint.lua",
        "  tell(handle, headers)\n",
        "",
    ),
    Fault(
        "a waypoint lets everybody through",
        AMBIENT + "policies.py",
        '{"targetRefs": [REFERENCE]}',
        '{"targetRefs": [REFERENCE], "rules": [{}]}',
    ),
    Fault(
        "policies of waypoints ask for no lane",
        AMBIENT + "policies.py",
        '{"when": [{"key": TOLD, **said, **excluded}]} if told or other else {}',
        "{}",
    ),
    Fault(
        "a refusal is not heard",
        AMBIENT + "policies.py",
        "answers.pop(None, set())",
        "answers.pop(None, set()) & set()",
    ),
    Fault(
        "pods let in their own waypoint alone",
        "generator/plan/reach.py",
        "leading(plan, service) if len(themselves) < len(callers) else []",
        "[unit.environment]",
    ),
    Fault(
        "pods let in whoever comes",
        TARGETS + "sidecar/identities.py",
        '[{"from": [{"source": source} for source in sources]}]',
        "[{}]",
    ),
    Fault(
        "whoever calls a service may dial it everywhere",
        "generator/plan/reach.py",
        "environment in plan.addressed(service, unit.environment)",
        "True",
    ),
    Fault(
        "a waypoint knows its own environment's branches alone",
        "generator/plan/reach.py",
        'if "*" in named or environment in named:\n    return _with_waypoints(plan)',
        "pass",
    ),
    Fault(
        "nothing is asked for at the waypoint",
        AMBIENT + "plane.py",
        '{"istio.io/use-waypoint": NAME}',
        "{}",
    ),
    Fault(
        "accounts do not tell branches",
        "generator/plan/plan.py",
        "unit.branch is None or not self.environments[unit.environment].has_waypoint",
        "True",
    ),
    Fault(
        "the network keeps tunnels out of pods",
        AMBIENT + "tunnels.py",
        '{"ingress": [{"from": peers, "ports": network.tcp([HBONE])}]}',
        '{"ingress": [{"from": peers, "ports": network.tcp([80])}]}',
    ),
    Fault(
        "policies name the trust domain that sidecars alone read as their own",
        TARGETS + "istio/principals.py",
        "plan.platform.trust_of(here.cluster)",
        '"cluster.local"',
    ),
)

# Of routes of the Gateway API that waypoints follow: what sidecars do not have, and beside it what they have too.
WAYPOINT_ROUTES = (
    Fault(
        "nothing at a waypoint sees answers",
        AMBIENT + "plane.py",
        "origin.extension(self.plan, environment, name, {}, lua)",
        'origin.extension(self.plan, environment, name, {}, lua.replace("on_response", "on_nothing"))',
    ),
    Fault(
        "raw TCP has no route",
        TARGETS + "gateway/routes.py",
        "yield from self._connections(host)",
        "pass",
    ),
    Fault(
        "raw TCP stays in its environment",
        TARGETS + "gateway/routes.py",
        '{"backendRefs": [backends.unit(service, unit)]}',
        '{"backendRefs": [backends.unit(service, unit._replace(environment=host.environment))]}',
    ),
    *(
        fault
        for fault in GATEWAY_FAULTS
        if fault.what
        not in ("raw TCP is not told by its caller", "private names have the parent of Services")
    ),
)

# Of environments with and without sidecars in one mesh: where all are alike nothing shows them.
MIXED_FAULTS = (
    Fault(
        "pods let in nobody who follows routes itself",
        "generator/plan/reach.py",
        "tuple(caller for caller in callers if follows(plan, caller))",
        "()",
    ),
    Fault(
        "pods with sidecars let in no waypoint",
        TARGETS + "sidecar/identities.py",
        "who.waypoints",
        "(who.waypoints if plan.environments[unit.environment].has_waypoint else ())",
    ),
    Fault(
        "the network keeps waypoints out of pods with sidecars",
        TARGETS + "kube/network.py",
        "pods(ambient.PODS, *homes)",
        "pods({**ambient.PODS, **({} if plan.environments[unit.environment].has_waypoint else {'no': 'pod'})}, *homes)",
    ),
    Fault(
        "the network keeps sidecars out of pods without",
        TARGETS + "ambient/tunnels.py",
        "network.comers(plan, service, unit)",
        "[one for one in network.comers(plan, service, unit) if 'matchExpressions' not in one['podSelector']]",
    ),
    Fault(
        "accounts are those of the platform's plane",
        "generator/plan/plan.py",
        "not self.environments[unit.environment].has_waypoint",
        'self.platform.mesh.plane == "sidecar"',
    ),
    Fault(
        "raw TCP of sidecars is not told by its caller",
        TARGETS + "environments.py",
        "Capability.CALLERS in self._targets[caller.environment].can",
        "False",
    ),
)

# Of what leads from one cluster to another, or must not: one cluster shows none of them.
CLUSTER_FAULTS = (
    Fault(
        "the network keeps pods of other clusters out",
        TARGETS + "kube/network.py",
        "yield from ranges(other.ranges)",
        "pass",
    ),
    Fault(
        "the network keeps out what comes from other networks",
        TARGETS + "kube/network.py",
        "any(one.network != here.network for one in beside if one.name in callers)",
        "False",
    ),
    Fault(
        "the network takes the ingress for the gateway between networks",
        TARGETS + "kube/network.py",
        "here.east_west.selector",
        "plan.platform.ingress.selector",
    ),
    Fault(
        "all clusters are in one network",
        "generator/compiler/translate.py",
        'model.network or ""',
        '""',
    ),
    Fault(
        "an ingress has no hosts of other clusters",
        TARGETS + "environments.py",
        "clusters.far(self.plan)",
        "[]",
    ),
    Fault(
        "an ingress takes hosts of its own cluster alone",
        TARGETS + "edge/gateway.py",
        "len(plan.residents) < len(plan.environments)",
        "False",
    ),
    Fault(
        "lanes are hidden from hosts of other clusters",
        TARGETS + "istio/virtual_services.py",
        "len(plan.residents) < len(plan.environments)",
        "False",
    ),
    Fault(
        "an environment's parts are deployed to the platform's own cluster",
        TARGETS + "environments.py",
        "plan, cluster = self.plan, self.plan.platform.cluster.server",
        'plan, cluster = self.plan, self.plan.platform.seats[""].cluster.server',
    ),
    Fault(
        "an edge gives the lanes of tenants of other meshes",
        "generator/plan/clusters.py",
        "one.choices[0][0] in lanes",
        "True",
    ),
    Fault(
        "an edge knows nothing of tenants of other meshes",
        "generator/plan/clusters.py",
        "name not in own and rules",
        "False",
    ),
    Fault(
        "a tenant is sent to the wrong cluster",
        TARGETS + "lua/elsewhere.lua",
        'cluster == ""',
        'cluster ~= ""',
    ),
    Fault(
        "a strict lane over clusters is shared",
        "generator/compiler/plan.py",
        "answers, whole, slept = _answered(lanes, runs, extends, asleep)",
        "home = {name: one.cluster for name, one in resolved.environments.items()}\n"
        "lanes = {name: lane._replace(strict=lane.strict and "
        "len({home[unit.environment] for unit in lane.through}) == 1) "
        "for name, lane in lanes.items()}\n"
        "answers, whole, slept = _answered(lanes, runs, extends, asleep)",
    ),
    Fault(
        "environments fall back to other clusters whatever the platform says",
        "generator/compiler/check/meshes.py",
        'plan.platform.mesh.across == "allow"',
        "True",
    ),
    Fault(
        "lanes lead from one mesh to another",
        "generator/compiler/crossing.py",
        "_parts(platform, begin, there)",
        "False",
    ),
)


ONE, SEVERAL = "tests.mesh", "tests.mesh.clusters"
# Faults, and the commands that are asked until one notices.
TIERS: tuple[tuple[tuple[Fault, ...], list[list[str]]], ...] = (
    (FAULTS, [[ONE], [ONE, "--mtls"]]),  # most are noticed in the first, which is quicker
    (GATEWAY_FAULTS, [[ONE, "--gateway"], [ONE, "--gateway", "--mtls"]]),
    (INGRESS_FAULTS, [[ONE, "--ingress", "gateway"], [ONE, "--ingress", "gateway", "--mtls"]]),
    (WAYPOINTS, [[ONE, "--plane", "ambient"]]),
    (WAYPOINT_ROUTES, [[ONE, "--plane", "ambient", "--gateway"]]),
    (MIXED_FAULTS, [[ONE, "--plane", "mixed"]]),
    (CLUSTER_FAULTS, [[SEVERAL]]),
)


def main() -> int:
    seeds = sys.argv[1] if len(sys.argv) > 1 else "1-12"
    chosen = [
        (fault, tiers)
        for faults, tiers in TIERS
        for fault in faults
        if len(sys.argv) < 3 or sys.argv[2] in fault.what
    ]
    unnoticed = [fault for fault, tiers in chosen if not _is_noticed(fault, seeds, tiers)]
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} faults noticed")
    return 1 if unnoticed else 0


def _is_noticed(fault: Fault, seeds: str, tiers: list[list[str]]) -> bool:
    text = exchanged(TOP / fault.path, fault.old, fault.new)
    if text is None:
        print(f"OUTDATED  {fault.what}: {fault.path} has no such syntax")
        return False
    with tempfile.TemporaryDirectory(prefix="gen-fault-") as folder:
        shutil.copytree(TOP / "generator", Path(folder) / "generator")
        (Path(folder) / fault.path).write_text(text)
        for tier in tiers:
            done = subprocess.run(
                [sys.executable, "-m", *tier, "--first", "--seeds", seeds],
                cwd=TOP,
                capture_output=True,
                text=True,
                env=os.environ | {"GEN_UNDER_TEST": folder},
                check=False,
            )
            if done.returncode:
                break
    noticed = done.returncode == 1
    told = done.stdout.splitlines()[0][:140] if done.stdout else done.stderr[-200:]
    print(f"{'noticed ' if noticed else 'UNNOTICED'}  {fault.what}: {told}", flush=True)
    return noticed


if __name__ == "__main__":
    sys.exit(main())
