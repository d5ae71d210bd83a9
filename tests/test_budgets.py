"""What a cluster can hold is reckoned before anything is emitted: never less than it comes to."""

from __future__ import annotations

import json

import pytest
import yaml

from generator.compiler.check import budgets
from tests.conftest import Files, compiled


@pytest.mark.parametrize("value", ["t{}", 'a"b\\{}', '"' * 200 + "{}", "a, b {}"])
def test_the_edges_table_is_no_larger_than_reckoned(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tenants: Files = {f"environments/tenants/t{index}.yaml": f"match: [{{header: {{x-tenant: {json.dumps(value.format(index))}}}}}]\nlane: test/login\n" for index in range(200)}
    without = _stored(compiled())
    monkeypatch.setattr(budgets, "OBJECT", _stored(compiled(tenants)) - without - 1)
    with pytest.raises(Exception) as refused:
        compiled(tenants)
    assert {finding.code for finding in refused.value.found} == {"GEN308"}  # type: ignore[attr-defined]


def _stored(town) -> int:  # type: ignore[no-untyped-def]
    """Bytes of the table as Kubernetes stores it."""
    return len(json.dumps(yaml.safe_load(town.files["overlays/edge/tenants.yaml"]), separators=(",", ":")))
