"""`python -m tests.mesh.mutations [SEEDS [WORDS]]`: deliberate faults in the emitters, each of which the suite must notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).parents[2]
EMIT = "generator/compiler/emit/"
FAULTS = (
    ("the default route comes first", EMIT + "routes.py", "return [*entries, default | (_nobody([environment], service) if answer is None else _to(plan.kubernetes_host(service, answer), port))]",
     "return [default | (_nobody([environment], service) if answer is None else _to(plan.kubernetes_host(service, answer), port)), *entries]"),
    ("another header is matched", EMIT + "routes.py", '{"headers": {header: colour(lanes)}}', '{"headers": {"x-line": colour(lanes)}}'),
    ("a lane matches as a prefix", EMIT + "routes.py", '{"exact": lanes[0]} if', '{"prefix": lanes[0]} if'),
    ("alternatives match any ending", EMIT + "routes.py", '"|".join(lanes)', '"(?:" + "|".join(lanes) + ").*"'),
    ("a lane is lost from a list", EMIT + "routes.py", "for lanes in [(lane,) for lane in route.lanes] if own else _chunks(route.lanes):", "for lanes in [(lane,) for lane in route.lanes] if own else _chunks(route.lanes[:max(1, len(route.lanes) - 1)]):"),
    ("destinations in the wrong namespace", "generator/vocabulary/plan.py", "return self.host(names.kubernetes_name(service, unit.branch), unit.environment)", "return self.host(names.kubernetes_name(service, unit.branch), min(self.environments))"),
    ("routes are seen from their own namespace only", EMIT + "mesh.py", "for name in {environment, *plan.calling(service)})", "for name in {environment})"),
    ("routes are seen from everywhere", EMIT + "mesh.py", '"exportTo": _seen_from(plan, environment, service)}', "}"),
    ("a sidecar knows its own environment only", EMIT + "mesh.py", "for environment, known in plan.known.items()\n        if callee in known", "for environment, known in list(plan.known.items())[:1]\n        if callee in known"),
    ("a branch's pods give no colour", EMIT + "origin.py", '"append_action": "ADD_IF_ABSENT"', '"append_action": "OVERWRITE_IF_EXISTS"'),
    ("a branch's pods lose to a colour they were given", EMIT + "origin.py", '"ADD_IF_ABSENT"', '"APPEND_IF_EXISTS_OR_ADD"'),
    ("TCP knows no branches", EMIT + "mesh.py", "        if unit.branch is not None and answer not in", "        if False and answer not in"),
    ("forged colours stay", EMIT + "table.py", "  headers:remove(COLOUR)\n", ""),
    ("claims are looked for in the wrong place", EMIT + "table.py", 'dynamicMetadata():get("envoy.filters.http.jwt_authn")', 'dynamicMetadata():get("envoy.filters.http.jwt")'),
    ("cookies come before headers", "generator/vocabulary/plan.py", 'RULE_KINDS = ("claim", "header", "cookie", "host")', 'RULE_KINDS = ("claim", "cookie", "header", "host")'),
    ("selectors do not tell branches apart", EMIT + "meta.py", '"gen/branch": unit.label}', '"gen/branch": unit.label} if unit.branch else {"app.kubernetes.io/name": service}'),
    ("a pin is forgotten", "generator/compiler/routing.py", "    found.update(lane.pin)\n", ""),
    ("strict lanes leave", "generator/compiler/routing.py", "    if lane.strict:\n        return\n", ""),
    ("the network lets a whole namespace in", EMIT + "policies.py", ' | {"podSelector": pods})', ")"),
    ("the network keeps the ingress out", EMIT + "policies.py", "[] if None not in callers else", "[] if True else"),
    ("baggage from outside is believed", EMIT + "table.py", "  carry(headers, lane)\\n", ""),
    ("baggage is not read", EMIT + "origin.py", "sent or member(headers) or ORIGIN", "sent or ORIGIN"),
    ("users get another lane each time", EMIT + "table.py", "user and point(user) or math.random()", "math.random()"),
    ("a branch's host is its environment's", "generator/vocabulary/plan.py", "return own | {host: str(unit) for", "return own | {host: unit.environment for"),
    ("private names mean another environment", EMIT + "private.py", "http_routes(plan, environment, service)", "http_routes(plan, min(plan.environments), service)"),
    ("a rewritten authority keeps its route", EMIT + "private.py", '    headers:replace(":authority", host)\n', ""),
    ("ports are sniffed", EMIT + "kustomize.py", ', "appProtocol": APPLICATION_PROTOCOLS[port.carrier or port.protocol]}', "}"),
)


def main() -> int:
    unnoticed = []
    seeds = sys.argv[1] if len(sys.argv) > 1 else "1-12"
    chosen = [fault for fault in FAULTS if len(sys.argv) < 3 or sys.argv[2] in fault[0]]
    for what, path, old, new in chosen:
        with tempfile.TemporaryDirectory(prefix="gen-fault-") as folder:
            shutil.copytree(TOP / "generator", Path(folder) / "generator")
            target = Path(folder) / path
            text = target.read_text()
            if text.count(old) == 0:
                print(f"OUTDATED  {what}: {path} has no such text")
                unnoticed.append(what)
                continue
            target.write_text(text.replace(old, new))
            for tier in ([], ["--mtls"]):  # most are noticed in the first, which is quicker
                command = [sys.executable, "-m", "tests.mesh", "--first", "--seeds", seeds, *tier]
                done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, env=os.environ | {"GEN_UNDER_TEST": folder}, check=False)
                if done.returncode:
                    break
        noticed = done.returncode == 1
        print(f"{'noticed ' if noticed else 'UNNOTICED'}  {what}: {done.stdout.splitlines()[0][:140] if done.stdout else done.stderr[-200:]}", flush=True)
        if not noticed:
            unnoticed.append(what)
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} faults noticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
