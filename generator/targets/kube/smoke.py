"""Smoke tests → `overlays/<environment>/<unit>.tests/`: a Job per test, in the lane of its unit.

A Job's name tells the versions it tests: a new version brings a new Job, and the old result goes
with the old Job. They are plain resources, no hooks: their result is the health of their own
Application, and stays there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.targets import objects
from generator.targets.kube.units import folder
from generator.targets.objects import AUTOMOUNT, Object, Part, new_object
from generator.vocabulary import names

if TYPE_CHECKING:
    from generator.plan.services import Run, Smoke, SmokeRequest

# Routes need a moment to reach the proxy of a pod that has just begun: a request is tried for half
# a minute.
_CURL = """curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' "$url\""""
_ASK = f"""\
for request; do
  want=${{request%% *}}; url=${{request#* }}; tries=0
  until got=$({_CURL}); [ "$got" = "$want" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 30 ] || {{ echo "$url: $got, expected $want"; exit 1; }}
    sleep 1
  done
  echo "$url: $got"
done
"""


def part(plan: Plan, unit: Unit) -> Part:
    """All of a unit in one wave: a sync of several waits for the Jobs, and fails with them."""
    return Part(
        unit.environment,
        f"{folder(unit)}.tests",
        plan.platform.cluster.server,
        plan.environments[unit.environment].namespace,
        objects.TESTS,
    )


def tests(plan: Plan, unit: Unit, joining: Mapping[str, str]) -> Iterator[Object]:
    """`joining` are the labels by which a pod joins the plane where its namespace does not."""
    account = plan.account(names.TESTER, unit)
    joined = joining if plan.environments[unit.environment].adopting else {}
    yield _account(plan, unit, account)
    for name, test in sorted(plan.tests[unit].items()):
        yield _job(plan, unit, name, test, (account, joined))


def _account(plan: Plan, unit: Unit, name: str) -> Object:
    namespace, mounts = plan.environments[unit.environment].namespace, {AUTOMOUNT: False}
    return new_object(plan, "v1", "ServiceAccount", name, namespace, objects.NAMES, **mounts)


def _job(
    plan: Plan, unit: Unit, name: str, test: Smoke, made: tuple[str, Mapping[str, str]]
) -> Object:
    """`made` are the account of its pod, and labels beside those of all."""
    account, joined = made
    pod = _pod(account, _container(plan, unit, test))
    tested = {service: _said(run) for service, run in sorted(plan.runs[unit].items())}
    content = json.dumps([str(unit), tested, pod], sort_keys=True).encode()
    labels = objects.selector(names.TESTER, unit)
    spec = {
        "backoffLimit": 2,
        "activeDeadlineSeconds": 900,
        "template": {
            "metadata": {"labels": {**labels, **objects.labels(plan), **joined}},
            "spec": pod,
        },
    }
    job = f"gen-test-{name}-{hashlib.sha256(content).hexdigest()[:10]}"
    namespace = plan.environments[unit.environment].namespace
    return new_object(plan, "batch/v1", "Job", job, namespace, objects.NAMES, spec, labels=labels)


def _said(run: Run) -> dict[str, Any]:
    """What a version is; what came later only where it is said, so that Jobs keep their names."""
    later = ("image", "adopted")
    return {key: value for key, value in run._asdict().items() if key not in later or value}


def _pod(account: str, container: dict[str, Any]) -> dict[str, Any]:
    return {
        "restartPolicy": "Never",
        "serviceAccountName": account,
        AUTOMOUNT: False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    }


def _container(plan: Plan, unit: Unit, test: Smoke) -> dict[str, Any]:
    """What asks: the test's own image, or curl in a shell."""
    if test.image:
        image, command = test.image, list(test.command)
    else:
        image, command = plan.platform.test_image, ["sh", "-c", _ASK, "tests"]
        command += [_words(plan, unit, request) for request in test.requests]
    container: dict[str, Any] = {"name": "test", "image": image}
    if command:
        container["command"] = command
    return container | {
        "resources": {
            "requests": {"cpu": "10m", "memory": "32Mi"},
            "limits": {"memory": "256Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def _words(plan: Plan, unit: Unit, request: SmokeRequest) -> str:
    """What the shell reads of a request, as in `200 http://web.shop-test:8080/healthz`."""
    port = next(
        port for port in plan.web_ports(request.service) if request.port in (None, port.name)
    )
    namespace = plan.environments[unit.environment].namespace
    return f"{request.status} http://{request.service}.{namespace}:{port.port}{request.path}"
