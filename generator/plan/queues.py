"""Whose a message is: each unit that runs a consumer reads every message, and exactly one of them
handles it.

An environment shares its queues with the one that it extends, and so with all that end in the same
root. A message is handled by the unit that answers its lane, if that unit reads these queues; all
others by the root's own consumer, but those of strict lanes, which nobody handles rather than
somebody outside."""

from __future__ import annotations

from collections.abc import Mapping

from generator.plan.services import Handling, Service
from generator.plan.units import Lane, Unit


def handling(
    lanes: Mapping[str, Lane],
    answers: Mapping[str, Mapping[str, Unit]],
    services: Mapping[str, Service],
    runs: Mapping[Unit, Mapping[str, object]],
    extends: Mapping[str, tuple[str, ...]],
) -> dict[tuple[str, str], Handling]:
    """(environment, service that consumes) → who handles messages that are published there."""
    roots = {name: (name, *parents)[-1] for name, parents in extends.items()}
    handlings: dict[tuple[str, str], Handling] = {}
    for service, model in services.items():
        if not model.consumes:
            continue
        of_root = {
            root: _of_root(service, root, roots, lanes, answers, runs)
            for root in set(roots.values())
        }
        handlings |= {(environment, service): of_root[root] for environment, root in roots.items()}
    return handlings


def _of_root(
    service: str,
    root: str,
    roots: Mapping[str, str],
    lanes: Mapping[str, Lane],
    answers: Mapping[str, Mapping[str, Unit]],
    runs: Mapping[Unit, Mapping[str, object]],
) -> Handling:
    """Who handles the messages of all environments that end in one root."""
    otherwise = Unit(root) if service in runs[Unit(root)] else None
    handlers: dict[str, Unit | None] = {}
    for name, lane in lanes.items():
        unit = answers[name].get(service)
        within = unit if unit is not None and roots[unit.environment] == root else None
        handlers[name] = within if lane.strict else within or otherwise
    different = {name: unit for name, unit in handlers.items() if unit != otherwise}
    return Handling(different, otherwise)
