"""Small repositories written by hand, each asked on several Envoys: what the scenes have in common."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.mesh import network, tools
from tests.mesh.case import Case

SHOWN = 8
IDENTITIES = 2  # a seed of which identities are judged, not the network


@dataclass(frozen=True)
class Scene:
    """A repository and what is asked of it; the case's judge keeps the record."""

    words: str
    write: Callable[[Path], None]
    ask: Callable[[Case], None]
    made: type[Case] = Case

    def play(self, version: str) -> int:
        """How many answers were wrong."""
        with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
            self.write(Path(folder))
            case = self.made(Path(folder), version, IDENTITIES)
            try:
                self.ask(case)
            finally:
                case.close()
        record = case.judge.record
        print(
            f"Envoy {version}, {self.words}: {record.requests} requests, {len(record.disagreements)} wrong",
            flush=True,
        )
        for line in record.disagreements[:SHOWN]:
            print(f"  {line}")
        return len(record.disagreements)


def play(words: str | None, scenes: Callable[[str], Iterable[Scene]]) -> int:
    """The exit code of a program that plays the scenes of each version."""
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("--envoy", action="append", choices=tools.ENVOYS)
    versions = parser.parse_args().envoy or [tools.NEWEST]
    tools.prepare(versions)
    network.sweep()
    return 1 if sum(scene.play(version) for version in versions for scene in scenes(version)) else 0
