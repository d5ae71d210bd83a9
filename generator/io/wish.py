"""An edit that waits for its turn, as the text that lies beside the branch.

It is data that anybody who may push can write: it is read strictly, done by the same functions as a
verb that is typed, and judged like it.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from generator.edits.deploy import Deploy
from generator.edits.drop import Drop
from generator.edits.edit import Edit, Files
from generator.edits.expire import Expire
from generator.edits.learn import Learn
from generator.edits.new import New
from generator.edits.promote import Promote
from generator.edits.sleep import Due, Sleep, Wake
from generator.edits.state import State
from generator.vocabulary.findings import Findings
from generator.vocabulary.refusal import Refusal

EDITS: dict[str, type[Any]] = {
    each.verb: each for each in (Deploy, Drop, Due, Expire, Learn, New, Promote, Sleep, Wake)
}
VERSION = 1
MOST = 2_000_000  # characters
MOVED = 4  # exit code where what an edit was decided on has changed


@dataclass(frozen=True, slots=True)
class Wish:
    """`id` begins with the time of asking, so that names are in its order. `rests` is what the edit
    was decided on, `until` when its owner gives up (seconds since 1970)."""

    id: str
    edit: Edit
    author: str
    rests: Mapping[str, str] = field(default_factory=dict)
    until: int = 0

    def on(self, state: State) -> Files:
        """What it changes there. Raises a refusal if what it was decided on is no longer so."""
        change = self.edit.change(state)
        files = change.on(state.sources)
        for what, before in self.rests.items() if files else ():
            now = change.rests.get(what, "nothing")
            if now != before:
                raise Refusal(
                    f"{what} was changed meanwhile by somebody else: it was {before}, and is {now}",
                    "look at it, and run the command again if it is still meant; nothing was "
                    "pushed",
                    exit_code=MOVED,
                )
        return files


def new_id() -> str:
    return f"{int(time.time() * 1000):012x}-{secrets.token_hex(8)}"


def asked_at(wish: str) -> float:
    """When somebody asked, in seconds since 1970, by the clock of that machine."""
    return int(wish.partition("-")[0], 16) / 1000


def written(wish: Wish) -> str:
    """As the message of a commit."""
    data = {
        "version": VERSION,
        "verb": wish.edit.verb,
        "edit": asdict(wish.edit),  # type: ignore[call-overload]
        "rests": dict(wish.rests),
        "until": wish.until,
    }
    return f"{wish.edit.subject[:200]}\n\n{json.dumps(data, default=str, sort_keys=True)}\n"


def read(wish: str, author: str, text: str) -> Wish | None:
    """None for what this version of gen does not know."""
    try:
        data = json.loads(text.partition("\n\n")[2]) if len(text) <= MOST else None
        if not isinstance(data, dict) or data.get("version") != VERSION:
            return None
        edit = _adapter(str(data["verb"])).validate_json(json.dumps(data["edit"]))
        rests = {str(what): str(how) for what, how in data["rests"].items()}
        return Wish(wish, edit, author, rests, int(data["until"]))
    except (ValueError, ValidationError, KeyError, AttributeError, TypeError, RecursionError):
        return None


@cache
def _adapter(verb: str) -> TypeAdapter[Any]:
    return TypeAdapter(EDITS[verb])


def fold(state: State, wishes: list[Wish]) -> tuple[State, list[tuple[Wish, Files]], list[Wish]]:
    """All wishes that can be done one after the other, and leave a valid configuration: that, what
    each changed, and those that were done already. Those that would break it are left out."""
    after, steps, there = state, list[tuple[Wish, Files]](), list[Wish]()
    for wish in wishes:
        try:
            files = wish.on(after)
        except (Refusal, Findings):
            continue
        if files:
            after = after.with_files(files)
            steps.append((wish, files))
        else:
            there.append(wish)
    try:
        if steps:
            after.validate()
    except Findings:
        if len(wishes) == 1:
            return state, [], []
        middle = len(wishes) // 2
        left, first, some = fold(state, wishes[:middle])
        right, second, more = fold(left, wishes[middle:])
        return right, first + second, some + more
    return after, steps, there
