"""What a cluster can hold is reckoned before anything is emitted: never less than it comes to."""

from __future__ import annotations

import json

import pytest
import yaml

from generator.compiler.check import budgets
from generator.compiler.compile import Compiled
from tests.conftest import Files, compiled


@pytest.mark.parametrize("value", ["t{}", 'a"b\\{}', '"' * 200 + "{}", "a, b {}"])
def test_the_edges_table_is_no_larger_than_reckoned(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenants: Files = {
        f"environments/tenants/t{index}.yaml": f"match: [{{header: {{x-tenant: {json.dumps(value.format(index))}}}}}]\nlane: test/login\n"
        for index in range(200)
    }
    without = _stored(compiled())
    monkeypatch.setattr(budgets, "OBJECT", _stored(compiled(tenants)) - without - 1)
    with pytest.raises(Exception) as refused:
        compiled(tenants)
    assert {finding.code for finding in refused.value.found} == {"GEN308"}  # type: ignore[attr-defined]


def _stored(town: Compiled) -> int:
    """Bytes of the table as Kubernetes stores it."""
    return len(
        json.dumps(yaml.safe_load(town.files["overlays/edge/tenants.yaml"]), separators=(",", ":"))
    )


def test_many_lanes_are_reckoned_as_large_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the city was refused with parts of 3.3 MB, which had 1.2."""
    files: Files = {}
    for index in range(100):
        files[f"environments/lanes/lane-{index}.yaml"] = "through: [test]\n"
        rule = f"match: [{{header: {{x-tenant: t{index}}}}}]"
        files[f"environments/tenants/t{index}.yaml"] = f"{rule}\nlane: lane-{index}\n"
    done = compiled(files)
    more = _stored(done) - _stored(compiled())
    monkeypatch.setattr(budgets, "OBJECT", more)
    assert list(budgets.tenants(done.resolved, done.plan))
    monkeypatch.setattr(budgets, "OBJECT", 5 * more // 4)
    assert not list(budgets.tenants(done.resolved, done.plan))


# A lane of 10 characters with 24 more, and 2 for a value with its 3 characters; where lanes have weights, of 10 and 4
# characters with 16 more each, and 200 for what stands once.
@pytest.mark.parametrize(
    "header, lane, size, own",
    [
        ("abc", "lane: test/login", 5 + 34, 5),
        ('a"b', "lane: test/login", 6 + 34, 6),
        ("a\\b", "lane: test/login", 6 + 34, 6),
        ("abc", "lane: [{lane: test/login, weight: 50}, {lane: test, weight: 50}]", 205 + 46, 5),
    ],
)
def test_how_large_the_edges_table_is_reckoned(
    header: str, lane: str, size: int, own: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "environments/tenants/acme.yaml"
    done = compiled({path: f"match: [{{header: {{x-tenant: '{header}'}}}}]\n{lane}\n"})
    monkeypatch.setattr(budgets, "OBJECT", size)
    assert not list(budgets.tenants(done.resolved, done.plan))
    monkeypatch.setattr(budgets, "OBJECT", size - 1)
    [finding] = budgets.tenants(done.resolved, done.plan)
    assert (finding.code, finding.place.path, finding.place.route) == ("GEN308", path, ("match",))
    assert f"would have {size:,} bytes" in finding.message
    assert finding.message.endswith(f"rules take {own:,}")


# api is answered by three units: for one lane, for one, and for two of 17 characters; web by one, for all four lanes of 27.
@pytest.mark.parametrize(
    "limits, expected",
    [
        ({"ROUTES": 3, "LONGEST_REGEX": 20}, {}),
        (
            {"ROUTES": 2, "LONGEST_REGEX": 20},
            {
                "api": "api would need 3 routes and 1,227 bytes in one VirtualService; 2 and 1,400,000 are the most"
            },
        ),
        (
            {"ROUTES": 1, "LONGEST_REGEX": 27},
            {
                "api": "api would need 3 routes and 1,227 bytes in one VirtualService; 1 and 1,400,000 are the most"
            },
        ),
        (
            {"ROUTES": 1, "LONGEST_REGEX": 26},
            {
                "api": "api would need 3 routes and 1,227 bytes in one VirtualService; 1 and 1,400,000 are the most",
                "web": "web would need 2 routes and 827 bytes in one VirtualService; 1 and 1,400,000 are the most",
            },
        ),
        ({"OBJECT": 1227}, {}),
        (
            {"OBJECT": 1226},
            {
                "api": "api would need 3 routes and 1,227 bytes in one VirtualService; 1,000 and 1,226 are the most"
            },
        ),
    ],
)
def test_what_one_virtual_service_holds(
    limits: dict[str, int], expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = compiled()
    for name, value in limits.items():
        monkeypatch.setattr(budgets, name, value)
    found = list(budgets.check(done.resolved, done.plan))
    assert [(finding.code, finding.place.path, finding.message) for finding in found] == [
        ("GEN308", f"environments/services/{service}.yaml", message)
        for service, message in expected.items()
    ]
