"""Smoke tests → `overlays/<environment>/<unit>.tests/`: a Job per test, in the lane of its unit.

A Job's name tells the versions it tests: a new version brings a new Job, and the old result goes with the old Job.
They are plain resources, no hooks: their result is the health of their own Application, and stays there.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from generator.compiler.emit import meta
from generator.compiler.emit.kustomize import folder, kustomization
from generator.compiler.emit.meta import thing
from generator.compiler.emit.yaml_text import documents
from generator.vocabulary import names
from generator.vocabulary.files import FileSet
from generator.vocabulary.plan import Plan, Unit

if TYPE_CHECKING:
    from generator.vocabulary.plan import Request, Smoke

# Routes need a moment to reach the proxy of a pod that has just begun: a request is tried for half a minute.
_ASK = """\
for request; do
  want=${request%% *}; url=${request#* }; tries=0
  until got=$(curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' "$url"); [ "$got" = "$want" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 30 ] || { echo "$url: $got, expected $want"; exit 1; }
    sleep 1
  done
  echo "$url: $got"
done
"""


def emit(plan: Plan, files: FileSet) -> None:
    for unit, tests in plan.tests.items():  # all in one wave: a sync of several waits for the Jobs, and fails with them
        here, account = f"{folder(unit)}.tests", names.kubernetes_name(names.TESTER, unit.branch)
        namespace = plan.environments[unit.environment].namespace
        identity = thing(plan, "v1", "ServiceAccount", account, namespace, meta.NAMES, automountServiceAccountToken=False)
        files.add(f"{here}/tests.yaml", documents(identity, *(_job(plan, unit, name, test, account, namespace) for name, test in sorted(tests.items()))))
        files.add(f"{here}/kustomization.yaml", kustomization(resources=["tests.yaml"]))


def _job(plan: Plan, unit: Unit, name: str, test: Smoke, account: str, namespace: str) -> dict[str, Any]:
    container: dict[str, Any] = {"name": "test", "image": test.image or plan.platform.tests.image}
    command = list(test.command) if test.image else ["sh", "-c", _ASK, "tests", *(_words(plan, unit, request) for request in test.requests)]
    container |= {"command": command} if command else {}
    container["resources"] = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "256Mi"}}
    container["securityContext"] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    pod = {
        "restartPolicy": "Never", "serviceAccountName": account, "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}, "containers": [container],
    }
    tested = {service: run.model_dump(mode="json") for service, run in sorted(plan.runs[unit].items())}
    content = hashlib.sha256(json.dumps([str(unit), tested, pod], sort_keys=True).encode()).hexdigest()[:10]
    labels = meta.selector(names.TESTER, unit)
    spec = {"backoffLimit": 2, "activeDeadlineSeconds": 900, "template": {"metadata": {"labels": labels | meta.labels(plan)}, "spec": pod}}
    return thing(plan, "batch/v1", "Job", f"gen-test-{name}-{content}", namespace, meta.NAMES, spec, labels=labels)


def _words(plan: Plan, unit: Unit, request: Request) -> str:
    """`200 http://web.shop-test:8080/healthz`"""
    port = next(port for port in plan.web_ports(request.service) if request.port in (None, port.name))
    return f"{request.status} http://{request.service}.{plan.environments[unit.environment].namespace}:{port.port}{request.path}"
