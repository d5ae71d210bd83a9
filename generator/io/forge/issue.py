"""Issues that gen keeps in a repository, each known again by its first line and by who wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.io.forge.forge import Forge
from generator.views.reminder import BEGINS, Reminder


def remind(forge: Forge, wanted: Iterable[Reminder]) -> Iterator[str]:
    """Opens those that are missing, brings others up to date, and closes those of which nothing is
    to be said any more; a line for each that changed."""
    me = forge.mine()
    open_ = {
        there.text.replace("\r\n", "\n").partition("\n")[0]: there
        for there in forge.issues()
        if there.text.startswith(BEGINS)
        and (there.by == me or (me is None and forge.robot(there.by)))
    }
    for one in wanted:
        there = open_.pop(one.mark, None)
        if there is None:
            yield f"opened: {one.title}: {forge.open_issue(one.title, one.text).url}"
        elif (there.title, _lines(there.text)) != (one.title, _lines(one.text)):
            forge.change_issue(there.number, {"title": one.title, "text": one.text})
            yield f"brought up to date: {one.title}"
    for there in open_.values():
        forge.change_issue(there.number, {"state": "closed"})
        yield f"closed: {there.title}"


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
