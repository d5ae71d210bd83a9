"""Each fault that was ever found here and mended, and that it would be found again.

`faults.yaml` is the record: what was wrong, the commit that mended it, who found it, the piece of the code that the
mending is, what stood there before, and the quick test that must notice. `make track-record` puts each back, one at a
time, in a copy; `docs/track-record.md` is printed from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import yaml

TOP = Path(__file__).parents[2]
RECORD = Path(__file__).parent / "faults.yaml"
FINDERS = {
    "attack": "somebody who tried to break it",
    "conformance": "the real thing beside it: Istio, Envoy, Kustomize, the API server, Argo CD, libraries",
    "fault injection": "kills, races, full disks, servers that refuse",
    "fuzzing": "inputs that were drawn or damaged",
    "mutation": "a fault put in on purpose that nothing noticed",
    "reading": "a reader of the code",
    "use": "somebody who used it",
}


class Fault(NamedTuple):
    """A fault. `old` is the piece of a module's syntax (or the text, in another language) that mends it, `new` what
    puts it back."""

    what: str
    commit: str
    found: str
    path: str
    old: str
    new: str
    test: str


def record() -> list[Fault]:
    return [Fault(**entry) for entry in yaml.safe_load(RECORD.read_text())]
