"""What is known of a part once it is printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Kind = tuple[str, str]  # (group, kind)


class Printed(NamedTuple):
    """What a part came to: the blob ids of its files, and what its project lets in for it."""

    ids: Mapping[str, str]
    destinations: frozenset[tuple[str, str]] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    cluster_kinds: frozenset[Kind] = frozenset()
