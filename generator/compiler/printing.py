"""Plan → files: which parts of the output are printed, and which are remembered."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import TYPE_CHECKING

from generator.compiler.memory import PART, READS
from generator.compiler.resolve import Resolved
from generator.compiler.steps import Steps, key
from generator.plan.plan import Plan
from generator.targets.printed import Printed
from generator.vocabulary import names, typed
from generator.vocabulary.base import Base
from generator.vocabulary.findings import Reading, outcome

if TYPE_CHECKING:
    from generator.targets.environments import Piece

BESIDE = " beside"  # of a result: the plan has something beside what is configured


def guests(resolved: Resolved, plan: Plan) -> str:
    """The key of all that tenants bring to the rest: lanes in place, and hosts of their own."""
    places = ((name, resolved.places[name]) for name in resolved.lanes)
    inline = sorted((name, repr(place)) for name, place in places if name.startswith(names.INLINE))
    return key([repr(inline), repr(sorted(plan.visited.items()))])


class Printing:
    """The parts of one output, each by the key of what its printer reads. `beside` tells what the
    plan has that is in no configuration."""

    def __init__(self, resolved: Resolved, plan: Plan, steps: Steps, beside: str = "") -> None:
        self._resolved, self._plan, self._steps = resolved, plan, steps
        self._guests, self._beside = guests(resolved, plan) + beside, bool(beside)
        self._base = cache(lambda service: _digest(plan.bases[service]))
        self._component = cache(lambda name: _digest(plan.components[name]))

    def recall(self, piece: Piece | None, run: Callable[[], Printed]) -> Printed:
        """What a part came to; None is what people wrote."""

        def printed() -> Reading[Printed]:
            yield from ()
            return run()

        subject, key_of_piece = piece.part.folder if piece else "", self._key(piece)
        if self._beside and not self._steps.known(PART, key_of_piece, subject):
            subject += BESIDE  # the next compile without it finds its own
        return outcome(self._steps.take(PART, key_of_piece, printed, subject)).value

    def _key(self, piece: Piece | None) -> str:
        keys = self._resolved.project.keys
        if piece is None:
            return keys.brought
        if piece.unit is None:
            return self._reads(piece, self._shape)
        if piece.tests:
            return key([keys.rest, self._guests])
        project, runs = self._resolved.project, self._plan.runs[piece.unit]
        mine = project.sources.id(self._resolved.place_of_unit(piece.unit).path)
        bases = [self._base(service) for service in runs]
        components = [self._component(name) for run in runs.values() for name in run.components]
        return key([self._reads(piece, keys.unversioned), mine, *bases, *components])

    def _reads(self, piece: Piece, otherwise: str) -> str:
        """What a part reads of the plan without versions: while that is as it was, so is this."""
        if (reads := piece.reads) is None:
            return otherwise

        def read() -> Reading[str]:
            yield from ()
            return reads()

        subject = piece.part.folder + BESIDE if self._beside else piece.part.folder
        return outcome(self._steps.take(READS, self._shape, read, subject)).value

    @cached_property
    def _shape(self) -> str:
        """The key of a plan without versions, and without bases but for their peers."""
        peers = repr([(name, base.peers) for name, base in self._plan.bases.items()])
        return key([self._resolved.project.keys.unversioned, self._guests, peers])


def _digest(base: Base) -> str:
    return key([typed.packed(Base, base).decode()])
