"""Messages that find the tenant's version: what a program that writes to queues or reads them does.

Every consumer reads every message, in a group of its own (GEN_GROUP), and handles those that are
its: gen tells whose by a table (GEN_QUEUES) that changes while the program runs. Works with each
broker that lets groups read a stream alike: Redis streams, Kafka, NATS JetStream; with RabbitMQ a
queue named as the group, bound to a fanout exchange. No dependencies.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COLOUR = "x-lane"  # mesh.header


def headers_of(
    carried: Mapping[str, str], environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """What a message carries: what came in with the request that it is written for. Written for no
    request, it gets the colour of the unit that writes it, so that whoever reads it knows."""
    return {COLOUR: environ["GEN_UNIT"]} | dict(carried)


class Mine:
    """Whether a message is this program's to handle. What is not is acknowledged all the same: it
    is another group's."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.group, self._unit = environ["GEN_GROUP"], environ["GEN_UNIT"]
        self._file = Path(environ["GEN_QUEUES"])
        self._read: tuple[object, dict[str, Any]] = (None, {})

    def __call__(self, headers: Mapping[str, str]) -> bool:
        table = self._table()
        lanes: dict[str | None, str] = table.get("lanes") or {}
        return lanes.get(headers.get(COLOUR), table.get("otherwise")) == self._unit

    def _table(self) -> dict[str, Any]:
        """Read again when it changed: Kubernetes exchanges the whole file at once. Without a table
        nothing is handled."""
        try:
            state = self._file.stat()
        except FileNotFoundError:
            return {}
        if self._read[0] != (found := (state.st_mtime_ns, state.st_ino)):
            self._read = (found, json.loads(self._file.read_text()))
        return self._read[1]
