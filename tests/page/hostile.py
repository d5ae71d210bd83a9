"""A page all of whose texts are hostile, and still mean what they meant: equal texts stay equal."""

from __future__ import annotations

import random
import re
from typing import Any

from generator.plan.tenants import RULE_KINDS
from tests.fuzz.strings import string

MARKUP = (
    "<img src=x onerror=pwned=1>", "<script>pwned=1<\\script>", '" onfocus=pwned=1 autofocus="', "' onload='pwned=1",
    "</title><b>x", "</script><svg onload=pwned=1>", "javascript:pwned=1", "&lt;img src=x onerror=pwned=1&gt;", "]]><b>",
    "<!--", "--><b>", "${pwned=1}", "{{pwned=1}}", "%DATA%", "<style>*{display:none}", "<a href=javascript:pwned=1>",
    "<iframe srcdoc=x>", "<base href=x>", "<meta http-equiv=refresh content=0>", "\u202e\u2028x", "data:text,x", "#tenants",
)  # fmt: skip
KEPT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9a-f]{40}|")


class Hostile:
    """Replaces texts piece by piece, between slashes, so that units and paths keep their form."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._known: dict[str, str] = {}

    @property
    def count(self) -> int:
        return len(self._known)

    def text(self, text: str) -> str:
        if KEPT.fullmatch(text) or text in RULE_KINDS:
            return text
        return "/".join(map(self._piece, text.split("/")))

    def _piece(self, piece: str) -> str:
        if not piece:
            return piece
        if piece not in self._known:
            number = len(self._known)
            odd = self._dice.choice(MARKUP) if number % 2 else string(self._dice)
            made = f"{odd}{number}".replace("/", "\\").lower()
            self._known[piece] = made.encode("utf-8", "replace").decode()
        return self._known[piece]

    def all_of(self, value: Any, key: str = "") -> Any:
        """A value with all its texts replaced, and the names that are a configuration's own."""
        if isinstance(value, str):
            return value if key in ("kind", "severity", "isolation") else self.text(value)
        if isinstance(value, dict):
            own = key in OWN
            return {self.text(name) if own else name: self.all_of(one, name) for name, one in value.items()}  # fmt: skip
        if isinstance(value, list | tuple):
            return [self.all_of(one, key if not isinstance(one, dict) else "") for one in value]
        return value


# Objects whose keys are names.
OWN = {"runs", "pin", "trusted", "hosts", "services", "lanes", "handling", "environment", "branch", "lane", "service"}  # fmt: skip
