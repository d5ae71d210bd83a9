"""Words given on the command line, checked against what there is."""

from __future__ import annotations

from collections.abc import Iterable

from generator.vocabulary.refusal import Refusal


def known(word: str | None, there: Iterable[str], what: str) -> None:
    """Refuses a word that names nothing, with the nearest that does."""
    from generator.compiler.nearest import did_you_mean

    there = list(there)
    if word is not None and word not in there:
        raise Refusal(f"there is no {what} `{word}`", did_you_mean(word, there), exit_code=2)


def pair(text: str, what: str) -> tuple[str, str]:
    """`k=v` as (k, v)."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise Refusal(f"`{text}` is not {what}", f"write {what}", exit_code=2)
    return key, value
