"""Evidence: how often each call was seen, and where the colour was lost. However much is read, it
stays small: names are those of the catalogue, and what must be joined is kept in a window."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from generator.manifests.callees import Names
from generator.vocabulary.base import Dial
from generator.vocabulary.source import Place

MOST_STRANGERS = 1000
MOST_COLOUR = 200  # characters; no lane's name is as long
T = TypeVar("T")
Call = tuple[str, str]  # caller and callee


class Share(NamedTuple):
    """Of calls that were made for a request with a colour: how many there were, and how many had
    it no longer."""

    joined: int
    lost: int

    @property
    def rate(self) -> float:
        return self.lost / self.joined if self.joined else 0.0


@dataclass(slots=True)
class Evidence:
    """What was seen. `alone` are calls of a service that could not be joined with the request that
    they were made for; `strangers` are names that no service has.

    `given`: service → colours that the mesh gives to calls of its branches' pods. A call for a
    request of that colour has it, whatever the service did: that is `masked`, and proves nothing.
    """

    given: Mapping[str, Collection[str]] = field(default_factory=dict)
    calls: Counter[Call] = field(default_factory=Counter)
    joined: Counter[Call] = field(default_factory=Counter)
    lost: Counter[Call] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    strangers: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)

    def stranger(self, name: str) -> None:
        if name in self.strangers or len(self.strangers) < MOST_STRANGERS:
            self.strangers[name[:100]] += 1

    def colour(self, call: Call, before: str, after: str | None) -> None:
        """A call that was made for a request with the colour `before`."""
        if after == before and before in self.given.get(call[0], ()):
            self.masked[call[0]] += 1
            return
        self.joined[call] += 1
        self.lost[call] += after != before

    def shares(self) -> dict[str, Share]:
        """Of each caller, over all of its calls."""
        made: dict[str, Share] = {}
        for call, joined in self.joined.items():
            there = made.get(call[0], Share(0, 0))
            made[call[0]] = Share(there.joined + joined, there.lost + self.lost[call])
        return made


@dataclass(frozen=True, slots=True)
class Who:
    """Whose a name is that a source tells."""

    names: Names
    _known: dict[str, str | None] = field(default_factory=dict)

    def workload(self, text: object) -> str | None:
        """The service of a workload, a pod or an application: the longest whose name it begins
        with."""
        if not isinstance(text, str) or not text or len(text) > 300:
            return None
        if text not in self._known:
            if len(self._known) > 20_000:
                self._known.clear()
            self._known[text] = self._workload(text)
        return self._known[text]

    def _workload(self, text: str) -> str | None:
        parts = text.partition(".")[0].split("-")
        for end in range(len(parts), 0, -1):
            name = "-".join(parts[:end])
            if name in self.names.services:
                return name
        return None

    def host(self, text: object) -> str | None:
        """The service or external that a host is of, with or without a port."""
        if not isinstance(text, str) or not text or len(text) > 300:
            return None
        host, _, port = text.partition(":")
        dial = Dial(True, host, int(port) if port.isdigit() and len(port) < 6 else None, Place(""))
        known = self.names.callee(dial)
        if known is not None or ("." in host and not self.names.is_of_mesh(host)):
            return known
        return self.workload(host)  # the Service of one unit

    def is_near(self, namespace: object) -> bool:
        """Whether a namespace, where one is said, is that of an environment."""
        return namespace in (None, "") or namespace in self.names.namespaces


class Window(Generic[T]):
    """Records with the same key, handed over together: at the end, or when too many are open, those
    that were touched longest ago first."""

    def __init__(self, done: Callable[[list[T]], None], most: int) -> None:
        self._done = done
        self._most = most
        self._count = 0
        self._open: OrderedDict[str, list[T]] = OrderedDict()

    def add(self, key: str, record: T) -> None:
        there = self._open.get(key)
        if there is None:
            there = self._open[key] = []
        else:
            self._open.move_to_end(key)
        there.append(record)
        self._count += 1
        while self._count > self._most:
            _, oldest = self._open.popitem(last=False)
            self._count -= len(oldest)
            self._done(oldest)

    def close(self) -> None:
        for records in self._open.values():
            self._done(records)
        self._open.clear()
        self._count = 0
