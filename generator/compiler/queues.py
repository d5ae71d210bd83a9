"""Whose a message is: each unit that runs a consumer reads every message, and exactly one of them handles it.

An environment shares its queues with the one that it extends, and so with all that end in the same root. A message is
handled by the unit that answers its lane, if that unit reads these queues; all others by the root's own consumer, but
those of strict lanes, which nobody handles rather than somebody outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from generator.vocabulary.plan import Handling, Lane, Unit

if TYPE_CHECKING:
    from generator.vocabulary.model import Service


def handling(
    lanes: Mapping[str, Lane],
    answers: Mapping[str, Mapping[str, Unit]],
    services: Mapping[str, Service],
    runs: Mapping[Unit, Mapping[str, object]],
    extends: Mapping[str, tuple[str, ...]],
) -> dict[tuple[str, str], Handling]:
    """(environment, service that consumes) → who handles messages that are published there."""
    roots = {name: (name, *parents)[-1] for name, parents in extends.items()}
    found = {}
    for service in (name for name, model in services.items() if model.consumes):
        for root in set(roots.values()):
            otherwise = Unit(root) if service in runs[Unit(root)] else None
            handlers = {}
            for name, lane in lanes.items():
                unit = answers[name].get(service)
                within = unit if unit is not None and roots[unit.environment] == root else None
                handlers[name] = within if lane.strict else within or otherwise
            handled = Handling({name: unit for name, unit in handlers.items() if unit != otherwise}, otherwise)
            found |= {(environment, service): handled for environment, top in roots.items() if top == root}
    return found
