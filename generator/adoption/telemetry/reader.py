"""Telemetry as it comes, line by line or document by document → evidence. What it is, it says
itself."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from generator.adoption.telemetry.evidence import Evidence, Who
from generator.adoption.telemetry.graphs import Series, kiali
from generator.adoption.telemetry.logs import Logs, prefixed
from generator.adoption.telemetry.spans import Spans

MOST_LINE = 4 * 1024 * 1024  # bytes
MOST_PART = 8 * 1024 * 1024  # characters of one part of a document
_PARTS = re.compile(r'"(result|data|resourceSpans)"\s*:\s*\[')
_BETWEEN = " \t\r\n,"
_DECODER = json.JSONDecoder()


class Telemetry:
    """Reads all that is given to it. `origin` is whose a log is, where no line says so; `given`
    are the colours that the mesh gives to calls of a service's branches."""

    def __init__(
        self, who: Who, header: str, given: Mapping[str, Collection[str]] | None = None
    ) -> None:
        self.seen = Evidence(given or {})
        self._who = who
        self._logs = Logs(self.seen, who, header)
        self._spans = Spans(self.seen, who, header)
        self._series = Series(self.seen, who)

    def line(self, text: str, origin: str | None) -> None:
        """A line of a log, or an object that stands on one line."""
        pod, said = prefixed(text.strip())
        if not said:
            return
        if said.startswith("{"):
            known = self._json(said, pod or origin)
        else:
            known = self._logs.text(said, pod or origin)
        if not known:
            self.seen.unread["lines that are no telemetry"] += 1

    def _json(self, text: str, origin: str | None) -> bool:
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            return False
        return isinstance(said, dict) and self.object(said, origin)

    def object(self, said: Mapping[str, Any], origin: str | None) -> bool:
        """Whether it is evidence of any kind."""
        data = said.get("data")
        if "resourceSpans" in said:
            return self._spans.otlp(said)
        if isinstance(data, dict) and isinstance(data.get("result"), list):
            for one in data["result"]:
                self._take("result", one)
            return True
        if isinstance(data, list):
            for one in data:
                self._take("data", one)
            return True
        return kiali(self.seen, self._who, said) or self._logs.json(said, origin)

    def part(self, key: str, one: Any) -> bool:
        """A part of a document: what stands in the list at a key."""
        if not isinstance(one, dict):
            return False
        if key == "resourceSpans":
            return self._spans.otlp({key: [one]})
        return self._series.add(one) if key == "result" else self._spans.jaeger(one)

    def document(self, texts: Iterator[str]) -> str | None:
        """Pieces of one document, of which no more than a part is held at a time. Why it could not
        be read to its end, if so."""
        held = ""
        for text in texts:
            held += text
            if (found := _PARTS.search(held)) is not None:
                return self._parts(found[1], held[found.end() :], texts)
            if len(held) > MOST_PART:
                return "it is no telemetry, or too large to be read as one"
        return None if self._json(held, None) else "it is no telemetry, or ends early"

    def _parts(self, key: str, held: str, texts: Iterator[str]) -> str | None:
        wanted, ended = 0, False  # a large part is not tried again at every piece
        while True:
            held = held[len(held) - len(held.lstrip(_BETWEEN)) :]
            if held.startswith("]"):
                return None
            part, end = _first(held) if ended or len(held) > wanted else (None, 0)
            if part is not None:
                self._take(key, part)
                held, wanted = held[end:], 0
                continue
            if ended or len(held) > MOST_PART:
                return "it ends early" if ended else "a part of it is too large to be read"
            wanted = max(wanted, 2 * len(held)) if len(held) > wanted else wanted
            piece = next(texts, "")
            held, ended = held + piece, not piece

    def _take(self, key: str, part: Any) -> None:
        if not self.part(key, part):
            self.seen.unread["parts that are no telemetry"] += 1

    def close(self) -> Evidence:
        """All that was seen."""
        self._logs.close()
        self._spans.close()
        self._series.close()
        return self.seen


def _first(text: str) -> tuple[Any, int]:
    """The first value of a text and where it ends; None if it is not whole."""
    try:
        return _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None, 0
