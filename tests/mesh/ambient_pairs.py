"""`python -m tests.mesh.ambient_pairs --seeds 1-20 [--gateway] [--plane mixed]`: random topologies in an ambient mesh, or
with sidecars in some environments, and in each all pairs: every pod asks for every service in every unit, by the name that
callers ask for and with the unit's colour. What some lane can take answers, everything else is refused; and nobody comes
past a waypoint, by a pod's address or a branch's own Service."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tests.mesh import network, tools
from tests.mesh.__main__ import seeds
from tests.mesh.ambient import Ambient
from tests.mesh.mixed import Mixed, Proxied
from tests.mesh.oracle import Instance
from tests.mesh.topology import generate

Seen = tuple[Counter[str], list[str]]
PLANES = {"ambient": Ambient, "mixed": Mixed}


def ask(case: Ambient) -> Seen:
    """(how many pairs answered, how many were refused, and how many ways past a waypoint; what was wrong)."""
    seen, wrong = Counter[str](), []
    allowed = case.input.allowed()
    everybody: list[Instance] = [
        (service, unit)
        for unit, runs in sorted(case.input.running.items())
        for service in sorted(runs)
    ]
    for caller in everybody:
        for callee in everybody:
            if caller == callee:
                continue
            environment = callee[1].split("/")[0]
            dials = environment in case.input.addressed(*caller)
            may = dials and (caller, callee) in allowed
            for port in case.input.ports(callee[0]):
                said = _asked(case, caller, callee, port)
                if said is not None:
                    seen[_verdict(case, said, callee, port)] += 1
                    if _verdict(case, said, callee, port) != ("answered" if may else "refused"):
                        wrong.append(
                            f"{caller} → {callee}:{port['port']}, {may}: {json.dumps(said)}"
                        )
                for said in _past(case, caller, callee, port):
                    seen["past"] += 1
                    if not _closed(case, caller, said):
                        wrong.append(f"{caller} past a waypoint → {callee}: {json.dumps(said)}")
    return seen, wrong


def _asked(
    case: Ambient, caller: Instance, callee: Instance, port: dict[str, Any]
) -> dict[str, Any] | None:
    """By the environment's name. Raw TCP has no colour, so it is asked of who answers there alone, or in the lane of a
    branch's own pods with sidecars."""
    service, unit = callee
    environment = unit.split("/")[0]
    namespace = case.input.namespace(environment)
    where = {"address": case.cluster.addresses[namespace, service], "port": port["port"]}
    pod = case.pods[case.input.pod(*caller)]
    if port["protocol"] != "tcp":
        return pod.ask(**where, host=f"{service}.{namespace}", headers=[[case.input.header, unit]])
    branch = "/" in caller[1] and isinstance(pod, Proxied)
    answers = case.input.target(caller[1] if branch else environment, service) == unit
    return pod.ask(**where, tcp=True) if answers else None


def _past(
    case: Ambient, caller: Instance, callee: Instance, port: dict[str, Any]
) -> list[dict[str, Any]]:
    """Straight to the pod; of a branch also by its own Service."""
    key, target = case.input.pod(*callee), port.get("targetPort", port["port"])
    pod, host = case.pods[case.input.pod(*caller)], ".".join(reversed(key))
    places = [(case.cluster.pods[key]["status"]["podIP"], target)]
    if "/" in callee[1]:
        places.append((case.cluster.addresses[key], port["port"]))
    raw = {"tcp": True} if port["protocol"] == "tcp" else {"host": host}
    return [pod.ask(address=address, port=number, **raw) for address, number in places]


def _closed(case: Ambient, caller: Instance, said: dict[str, Any]) -> bool:
    """Whether that was no way. A sidecar follows routes whatever address is dialled: it reaches those alone that let its
    pod in."""
    if "error" in said or not isinstance(case.pods[case.input.pod(*caller)], Proxied):
        return "error" in said
    if said["status"] != HTTPStatus.OK:
        return case.is_unknown(said)
    lets = {case.input.pod(*callee) for who, callee in case.input.allowed() if who == caller}
    return case.judge.pods.get(json.loads(said["body"])["address"]) in lets


def _verdict(case: Ambient, said: dict[str, Any], callee: Instance, port: dict[str, Any]) -> str:
    if said.get("status") == 200:
        came = case.judge.pods.get(json.loads(said["body"])["address"])
        return "answered" if came == case.input.pod(*callee) else "astray"
    refused = "error" in said if port["protocol"] == "tcp" else case.is_unknown(said)
    return "refused" if refused else "?"


def run_seed(seed: int, version: str, routes: str | None, plane: str) -> Seen:
    for attempt in range(60):
        with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
            root = Path(folder)
            number = seed * 1000 + attempt
            if not generate(number, root, version, "strict", plane=plane, routes=routes):
                continue
            try:
                case = PLANES[plane](root, version, seed)
            except Exception as error:
                return Counter(), [f"{type(error).__name__}: {error}"]
            try:
                return ask(case)
            finally:
                case.close()
    return Counter(), ["no valid repository in 60 tries"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1-20", type=seeds, help="first-last")
    parser.add_argument("--envoy", choices=tools.ENVOYS, default=tools.NEWEST)
    parser.add_argument("--gateway", action="store_true", help="routes of the Gateway API")
    parser.add_argument("--plane", choices=PLANES, default="ambient")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    tools.prepare([options.envoy])
    network.sweep()
    start, failed, total = time.monotonic(), 0, Counter[str]()
    with ProcessPoolExecutor(options.jobs) as pool:
        routes = "gateway" if options.gateway else None
        cases = [
            pool.submit(run_seed, seed, options.envoy, routes, options.plane)
            for seed in options.seeds
        ]
        for seed, done in zip(options.seeds, cases, strict=True):
            seen, wrong = done.result()
            total += seen
            failed += len(wrong)
            for line in wrong[:5]:
                print(f"seed {seed}: {line}", flush=True)
    print(
        f"{len(options.seeds)} topologies: {total['answered']} allowed pairs answered, {total['refused']} others refused, "
        f"{total['past']} ways past a waypoint closed, {failed} wrong, {time.monotonic() - start:.0f} s"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
