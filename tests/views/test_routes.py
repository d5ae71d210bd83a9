"""The table of all answers."""

from __future__ import annotations

import json

from generator.views.routes import text
from tests.conftest import compiled


def test_the_table_is_told_piece_by_piece() -> None:
    """That of a city has hundreds of megabytes: no piece holds more than who answers in one
    place."""
    plan = compiled().plan
    pieces = list(text(plan))
    assert len(json.loads("".join(pieces))["routes"]) > len(plan.lanes) + 1
    assert max(piece.count('"target"') for piece in pieces) == len(plan.lanes) + 1
