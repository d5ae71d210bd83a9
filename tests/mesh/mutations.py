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
        "generator/plan/hosts.py",
        "(*plan.routes(environment, service), Route(Match(), answer, asleep))",
        "(Route(Match(), answer, asleep), *plan.routes(environment, service))",
    ),
    Fault(
        "another header is matched",
        TARGETS + "istio/virtual_services.py",
        '{"headers": {header: colour(lanes)}}',
        '{"headers": {"x-line": colour(lanes)}}',
    ),
    Fault(
        "a lane matches as a prefix",
        TARGETS + "istio/virtual_services.py",
        '{"exact": lanes[0]}',
        '{"prefix": lanes[0]}',
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
        "_chunks(route.lanes)",
        "_chunks(route.lanes[: max(1, len(route.lanes) - 1)])",
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
        "{environment, *plan.calling(service)}",
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
        "plan.known.items()",
        "list(plan.known.items())[:1]",
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
    Fault("forged colours stay", TARGETS + "lua/give.lua", "  headers:remove(COLOUR)\n", ""),
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
        '_in(plan.environments[unit.environment].namespace) | {"podSelector": pods}',
        "_in(plan.environments[unit.environment].namespace)",
    ),
    Fault(
        "the network keeps the ingress out",
        TARGETS + "kube/network.py",
        "None in callers",
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
        "_requests(plan, min(plan.environments), service))",
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


def main() -> int:
    seeds = sys.argv[1] if len(sys.argv) > 1 else "1-12"
    chosen = [fault for fault in FAULTS if len(sys.argv) < 3 or sys.argv[2] in fault.what]
    unnoticed = [fault for fault in chosen if not _is_noticed(fault, seeds)]
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} faults noticed")
    return 1 if unnoticed else 0


def _is_noticed(fault: Fault, seeds: str) -> bool:
    text = exchanged(TOP / fault.path, fault.old, fault.new)
    if text is None:
        print(f"OUTDATED  {fault.what}: {fault.path} has no such syntax")
        return False
    with tempfile.TemporaryDirectory(prefix="gen-fault-") as folder:
        shutil.copytree(TOP / "generator", Path(folder) / "generator")
        (Path(folder) / fault.path).write_text(text)
        for tier in ([], ["--mtls"]):  # most are noticed in the first, which is quicker
            done = subprocess.run(
                [sys.executable, "-m", "tests.mesh", "--first", "--seeds", seeds, *tier],
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
