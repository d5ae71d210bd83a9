"""What was learned: as text for people, as data, and as an edit of the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from generator.adoption.telemetry.evidence import Evidence
from generator.vocabulary.plural import some

FEWEST = 20  # joined calls from which on a share says something
HARMLESS = 0.02  # of calls: what a measurement may miss
SHOWN = 8


def new_calls(
    seen: Evidence, declared: Mapping[str, Collection[str]], least: int
) -> dict[str, list[str]]:
    """Caller → callees that the catalogue does not name, seen often enough."""
    made: dict[str, list[str]] = {}
    for (caller, callee), count in sorted(seen.calls.items()):
        if count >= least and callee not in declared.get(caller, ()):
            made.setdefault(caller, []).append(callee)
    return made


def forwards(seen: Evidence) -> dict[str, tuple[bool, str]]:
    """Service → whether it forwards the colour, and the evidence. Where too little was joined, or a
    few calls of very many lost it, nobody says."""
    made = {}
    for service, share in sorted(seen.shares().items()):
        if share.joined < FEWEST or 0 < share.rate <= HARMLESS:
            continue
        evidence = f"lost on {share.lost:,} of {share.joined:,} calls"
        made[service] = (share.lost == 0, evidence)
    return made


def text(
    seen: Evidence, declared: Mapping[str, Collection[str]], fresh: Mapping[str, Collection[str]]
) -> Iterator[str]:
    """The report, line by line."""
    read = ", ".join(f"{count:,} {kind}" for kind, count in sorted(seen.kinds.items()))
    yield f"read: {read or 'nothing that is telemetry'}"
    for what, count in sorted(seen.unread.items()):
        yield f"not read: {count:,} {what}"
    for (caller, callee), count in sorted(seen.calls.items()):
        state = "new" if callee in fresh.get(caller, ()) else "seldom"
        if callee in declared.get(caller, ()):
            state = "declared"
        yield f"{caller} → {callee}: seen {count:,} times, {state}"
    for caller, callees in sorted(declared.items()):
        never = [callee for callee in callees if (caller, callee) not in seen.calls]
        if never:
            yield f"{caller} → {', '.join(never)}: declared and never seen"
    yield from _lost(seen)
    if seen.strangers:
        names = [name for name, _ in seen.strangers.most_common()]
        yield f"no service of the catalogue: {some(names, SHOWN)}"


def _lost(seen: Evidence) -> Iterator[str]:
    for service, share in sorted(seen.shares().items()):
        yield (
            f"{service} loses the colour on {share.lost:,} of {share.joined:,} calls "
            f"({share.rate:.0%})"
        )
        for call in sorted(call for call in seen.joined if call[0] == service and seen.lost[call]):
            yield f"  → {call[1]}: {seen.lost[call]:,} of {seen.joined[call]:,}"
    for service, count in sorted(seen.masked.items()):
        if service not in seen.shares():
            yield (
                f"{service}: {count:,} calls of its branches have their branch's colour, which the "
                "mesh gives them, so a loss would not show; ask in a lane that leads through it"
            )
    for service, count in sorted(seen.alone.items()):
        if service not in seen.shares():
            yield (
                f"{service}: nothing joinable; {count:,} calls cannot be told from which request "
                "they came, so a loss would not show"
            )
