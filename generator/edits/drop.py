"""A branch goes, with what only it needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from generator.edits.edit import STRICT, Change, Seen
from generator.edits.units import branch_file, environments
from generator.vocabulary.model import Lane
from generator.vocabulary.nearest import known
from generator.vocabulary.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Drop:
    """`unit`: a branch, `test/feature-login`, by its own name or by that of its git branch."""

    verb: ClassVar[str] = "drop"
    __pydantic_config__: ClassVar = STRICT

    unit: str

    @property
    def subject(self) -> str:
        return f"drop {self.unit}"

    @property
    def topic(self) -> str:
        return self.subject

    def change(self, seen: Seen) -> Change:
        """Named lanes that lead through nothing else go with it. Where a tenant or another lane
        needs it still, findings say so. What is gone already is no error."""
        environment, _, branch = self.unit.partition("/")
        known(environment, environments(seen), "environment")
        if not branch:
            raise Refusal(
                f"{self.unit} is an environment, and only branches are dropped",
                "name a branch, such as test/feature-login; `gen expire` deletes environments",
                exit_code=2,
            )
        path = branch_file(seen, environment, branch)
        if path is None:
            return Change({}, unit=self.unit)
        name = path.rpartition("/")[2].removesuffix(".yaml")
        project = seen.compiled.resolved.project
        lanes = [
            project.paths["lane", lane]
            for lane, said in project.lanes.items()
            if _units(said) == {f"{environment}/{name}"}
        ]
        return Change(dict.fromkeys([path, *sorted(lanes)]), unit=f"{environment}/{name}")


def _units(lane: Lane) -> set[str]:
    return {*lane.through, *lane.pin.values()}
