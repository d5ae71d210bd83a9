"""`python -m tests.mesh.pairs --seeds 1-100`: random topologies under mTLS, and in each all pairs: every caller, the ingress
among them, dials every service in every unit. What some lane can take answers, everything else is denied.

Each that denies is judged without the others: identities (AuthorizationPolicy) and the network's ingress (NetworkPolicy),
which know exactly the plan's edges; its egress, which knows namespaces; and the scope of a proxy (Sidecar), which knows the
names that its service calls, in the environments that it may dial, and no branch's.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tests.mesh import firewall, network, tools
from tests.mesh.__main__ import seeds
from tests.mesh.case import Case
from tests.mesh.oracle import Instance
from tests.mesh.topology import generate

LAYERS = ("identities", "network", "egress", "scopes")


class Pairs(Case):
    """A case in which one layer denies, and in which each unit's own Service can be dialled: no lane is in the way."""

    def __init__(self, repository: Path, version: str, seed: int, layer: str) -> None:
        self.layer = layer
        super().__init__(repository, version, seed)

    def known(self, item: dict[str, Any]) -> bool:
        return item["kind"] != "AuthorizationPolicy" or self.layer == "identities"

    def _control_plane(self) -> subprocess.Popen[Any]:
        self.firewalled = self.layer in ("network", "egress")
        self.direction = firewall.EGRESS if self.layer == "egress" else firewall.INGRESS
        if self.layer != "scopes":  # every proxy knows everything
            for item in self.cluster.istio:
                if item["kind"] == "Sidecar":
                    item["spec"]["egress"] = [{"hosts": ["*/*"]}]
        for (
            item
        ) in self.cluster.istio:  # raw TCP is sent on by the caller's unit, whatever it dials
            if item["kind"] == "VirtualService":
                item["spec"].pop("tcp", None)
        self.cluster.istio = [
            item
            for item in self.cluster.istio
            if item["kind"] != "VirtualService" or "http" in item["spec"]
        ]
        ingress = self.input.platform["ingress"]
        self.cluster.istio += [
            _way(self, ingress, name, namespace)
            for (namespace, name), pod in sorted(self.cluster.pods.items())
            if pod is not self.cluster.gateway
        ]
        return super()._control_plane()

    def _callers(self) -> list[tuple[str, str]]:
        return [
            (unit, service)
            for unit, runs in sorted(self.input.running.items())
            for service in sorted(runs)
        ]


def _way(case: Case, ingress: dict[str, Any], name: str, namespace: str) -> dict[str, Any]:
    """What no repository has: a host at the gateway that leads to one unit's Service, so that the ingress can try it."""
    service = next(
        item
        for item in case.cluster.core
        if item["kind"] == "Service"
        and (item["metadata"]["namespace"], item["metadata"]["name"]) == (namespace, name)
    )
    routes = [
        {
            "match": [{"uri": {"exact": f"/{port['port']}"}}],
            "route": [
                {
                    "destination": {
                        "host": f"{name}.{namespace}.svc.cluster.local",
                        "port": {"number": port["port"]},
                    }
                }
            ],
        }
        for port in service["spec"]["ports"]
    ]
    spec = {
        "hosts": [f"{name}.{namespace}.pairs"],
        "gateways": [f"{ingress['namespace']}/{case.input.platform['name']}"],
        "http": routes,
    }
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {
            "name": f"{name}-pairs",
            "namespace": namespace,
            "creationTimestamp": "2026-01-03T00:00:00Z",
        },
        "spec": spec,
    }


def ask(case: Pairs) -> tuple[Counter[str], list[str]]:
    """(how many pairs answered and how many were denied, what was wrong)."""
    seen, wrong = Counter[str](), []
    allowed = case.input.allowed()
    everybody: list[Instance] = [
        (service, unit)
        for unit, runs in sorted(case.input.running.items())
        for service in sorted(runs)
    ]
    for caller in [None, *everybody]:
        for callee in everybody:
            if caller == callee or (
                caller is None and case.layer in ("scopes", "egress")
            ):  # a call to the own pod never leaves it; the gateway's are not gen's
                continue
            for port in case.input.ports(callee[0]):
                if caller is None and port["protocol"] == "tcp":
                    continue
                may = _may(case, allowed, caller, callee)
                said = _dial(case, caller, callee, port)
                verdict = (
                    "answered"
                    if _answered(case, said, callee)
                    else "denied"
                    if _denied(case, said, port)
                    else "?"
                )
                seen[verdict] += 1
                if verdict != ("answered" if may else "denied"):
                    wrong.append(
                        f"{caller} → {callee}:{port['port']} ({port['protocol']}), {'allowed' if may else 'not allowed'}: {json.dumps(said)}"
                    )
    return seen, wrong


def _may(
    case: Pairs,
    allowed: set[tuple[Instance | None, Instance]],
    caller: Instance | None,
    callee: Instance,
) -> bool:
    if case.layer == "scopes":
        return (
            caller is not None
            and callee[0] in case.input.calls(caller[0])
            and callee[1] in case.input.addressed(*caller)
        )
    if case.layer == "egress":
        return caller is not None and (_home(caller), _home(callee)) in _ways(case, allowed)
    return (caller, callee) in allowed


def _ways(
    case: Pairs, allowed: set[tuple[Instance | None, Instance]]
) -> set[tuple[str, str | None]]:
    """(environment, environment) that a namespace's egress leaves open: for what its pods call, for what a branch of it
    could call, and for a smoke test that runs there and asks the entries of its environment's lane."""
    called = {(_home(one), _home(two)) for one, two in allowed | case.input.homes() if one}
    entries = [name for name, service in case.input.services.items() if service.get("entry")]
    asked = {
        (one, case.input.target(one, name)) for one in case.input.environments for name in entries
    }
    return called | asked


def _home(instance: Instance) -> str:
    return str(instance[1]).split("/")[0]


def _dial(
    case: Pairs, caller: Instance | None, callee: Instance, port: dict[str, Any]
) -> dict[str, Any]:
    namespace, name = case.input.pod(*callee)
    if caller is None:
        return case.gateway.ask(
            address=case.cluster.gateway["status"]["podIP"],
            port=case.input.platform["ingress"]["port"],
            host=f"{name}.{namespace}.pairs",
            path=f"/{port['port']}",
        )
    pod = case.pods[case.input.pod(*caller)]
    where = {"address": case.cluster.addresses[namespace, name], "port": port["port"]}
    if port["protocol"] == "tcp":
        return pod.ask(**where, tcp=True)
    # The environment's colour means its own version; a branch's Service has no lanes at all.
    return pod.ask(**where, host=f"{name}.{namespace}", headers=[[case.input.header, callee[1]]])


def _answered(case: Pairs, said: dict[str, Any], callee: Instance) -> bool:
    return said.get("status") == 200 and case.judge.pods.get(
        json.loads(said["body"])["address"]
    ) == case.input.pod(*callee)


def _denied(case: Pairs, said: dict[str, Any], port: dict[str, Any]) -> bool:
    if port["protocol"] == "tcp":
        return "error" in said
    return {
        "identities": said.get("status") == 403,
        "network": case.judge._cut(said),
        "egress": case.judge._cut(said),
        "scopes": said.get("status") == 502 or "error" in said,
    }[case.layer]


def run_seed(seed: int, version: str) -> tuple[int, str, Counter[str], list[str]]:
    layer = LAYERS[seed % len(LAYERS)]
    for attempt in range(60):
        with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
            if not generate(seed * 1000 + attempt, Path(folder), version, "strict"):
                continue
            if layer == "egress":
                platform = Path(folder) / "environments/platform.yaml"
                platform.write_text(
                    json.dumps(
                        json.loads(platform.read_text())
                        | {"namespaces": {"networkPolicies": "both"}}
                    )
                )
            try:
                case = Pairs(Path(folder), version, seed, layer)
            except Exception as error:
                return seed, layer, Counter(), [f"{type(error).__name__}: {error}"]
            try:
                return seed, layer, *ask(case)
            finally:
                case.close()
    return seed, layer, Counter(), ["no valid repository in 60 tries"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1-20", type=seeds, help="first-last")
    parser.add_argument(
        "--envoy", action="append", choices=tools.ENVOYS, help="versions; several take turns"
    )
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    versions = options.envoy or [tools.NEWEST]
    tools.prepare(versions)
    network.sweep()
    start, failed = time.monotonic(), 0
    totals = {layer: Counter[str]() for layer in LAYERS}
    with ProcessPoolExecutor(options.jobs) as pool:
        for seed, layer, seen, wrong in pool.map(
            run_seed, options.seeds, [versions[seed % len(versions)] for seed in options.seeds]
        ):
            totals[layer] += seen + Counter(topologies=1)
            failed += len(wrong)
            for line in wrong[:5]:
                print(f"seed {seed} ({layer}): {line}", flush=True)
    for layer, seen in totals.items():
        print(
            f"{layer}: {seen['topologies']} topologies, {seen['answered']} allowed pairs answered, {seen['denied']} others denied"
        )
    print(
        f"{len(options.seeds)} topologies, {sum(seen['answered'] + seen['denied'] for seen in totals.values())} pairs, {failed} wrong, {time.monotonic() - start:.0f} s"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
