"""What has had its last day goes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from generator.edits.edit import STRICT, Change, Seen


@dataclass(frozen=True, slots=True)
class Expire:
    """`on`: the day it is."""

    verb: ClassVar[str] = "expire"
    __pydantic_config__: ClassVar = STRICT

    on: dt.date

    @property
    def subject(self) -> str:
        return f"expire what ended before {self.on}"

    @property
    def topic(self) -> str:
        return self.verb

    def change(self, seen: Seen) -> Change:
        """An environment goes with its branches."""
        project = seen.compiled.resolved.project
        over = {
            name
            for name, environment in project.environments.items()
            if environment.expires and environment.expires < self.on
        }
        branches = {
            name
            for name, branch in project.branches.items()
            if name[0] in over or (branch.expires and branch.expires < self.on)
        }
        gone = [project.paths["environment", name] for name in over]
        gone += [project.paths["branch", name] for name in branches]
        return Change(dict.fromkeys(sorted(gone)))
