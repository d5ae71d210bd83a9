"""docs/planes.md says what the registry says."""

from __future__ import annotations

from generator.targets import registry
from generator.targets.target import Capability
from tests import planes


def test_the_table_is_in_step() -> None:
    text = planes.PAGE.read_text()
    assert planes.table() in text, "python -m tests.planes"
    assert planes.page(text) == text


def test_the_table_tells_what_a_target_cannot() -> None:
    (row,) = [line for line in planes.table().splitlines() if Capability.FAR.value in line]
    cells = [cell.strip() for cell in row.split("|")][2:-1]
    targets = [(plane, routes) for plane in registry.PLANES for routes in registry.ROUTES]
    assert cells[targets.index(("sidecar", "virtualService"))] == "yes"
    assert cells[targets.index(("sidecar", "gateway"))] == "**no**"
