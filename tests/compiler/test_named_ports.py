"""Ports that are said by the name that containers give them."""

from __future__ import annotations

import pytest

from generator.views.join import joined, mirrord, telepresence
from generator.vocabulary.refusal import Refusal
from tests.conftest import Files, compiled
from tests.vocabulary.test_findings import findings

CATALOGUE = "environments/services/api.yaml"
DEPLOYMENT = "overlays/base/api/deployment.yaml"


def files(target: str, ports: str = "", more: str = "", protocol: str = "http") -> Files:
    port = f"{{name: web, port: 80, protocol: {protocol}, targetPort: {target}}}"
    pod = f"containers: [{{name: main, image: registry.example.com/api{ports}}}]"
    return {
        CATALOGUE: f"image: registry.example.com/api\nports: [{port}]\nforwardsColour: true\n{more}",
        DEPLOYMENT: (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"
            "spec:\n  selector: {matchLabels: {app: api}}\n"
            f"  template:\n    metadata: {{labels: {{app: api}}}}\n    spec: {{{pod}}}\n"
        ),
    }


NAMED = ", ports: [{name: http-main, containerPort: 8080}]"


@pytest.mark.parametrize(
    "changes, expected",
    [
        (files("http-main", NAMED), []),
        (files("8080", NAMED), []),
        # a name that is nowhere is told even where the containers say no port
        (files("http-main"), ["GEN435 give a container's port this `name`"]),
        (files("8080"), []),
        (files("http-mian", NAMED), ["GEN435 `targetPort: 8080`?"]),
        (files("9", NAMED), ["GEN435 `targetPort: 8080`?"]),
        (
            files("http-main", NAMED, "listens: localhost\n"),
            ["GEN307 write the container's number in place of `http-main`"],
        ),
        (files("http-main", NAMED, protocol="rpc, carrier: grpc"), ["GEN307 delete `targetPort`"]),
        (files("http-main", NAMED, "names: [shop.api]\n"), ["GEN210 delete `targetPort`"]),
    ],
)
def test_what_a_name_may_stand_for(changes: Files, expected: list[str]) -> None:
    found = [f"{code} {finding.hint}" for code, _, finding in findings(changes)]
    assert [line for line in found if "GEN210" not in line or "targetPort" in line] == expected


def test_tools_for_a_laptop_are_told_numbers() -> None:
    plan = compiled(files("http-main", NAMED)).plan
    one = joined(plan, "test/login", "api")
    for tell in (mirrord, telepresence):
        with pytest.raises(Refusal, match="`http-main` is a name"):
            tell(one, None)
    assert "9090:web" in telepresence(one, 9090)[1]
