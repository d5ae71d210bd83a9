"""What names have to do with each other."""

from __future__ import annotations

from generator.vocabulary.names import beginning_alike


def test_names_that_go_on_from_others() -> None:
    longer, shorter = beginning_alike(["api", "web", "api-more-x", "apis", "api-more", "a-b"])
    assert longer == {"api": ["api-more-x", "api-more"], "api-more": ["api-more-x"]}
    assert shorter == {"api-more-x": ["api", "api-more"], "api-more": ["api"]}
