"""A compile that remembers says and prints what a cold one does, whatever was edited."""

from __future__ import annotations

import pytest

from tests.incremental import held


@pytest.mark.parametrize("seed", range(101, 103))
def test_after_any_edit_the_outcome_is_that_of_a_cold_compile(seed: int) -> None:
    assert held(seed, 12) > 4
