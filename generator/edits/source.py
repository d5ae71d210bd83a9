"""Which of two commits of an application is newer.

A commit is written with its time: `3f2c1a9@2027-01-31T10:00:00Z`. Times decide, since whoever edits
a configuration need not have the application's history; where two are of the same second, or clocks
were wrong, those that came before are named.
"""

from __future__ import annotations

from collections.abc import Collection

from generator.vocabulary.refusal import Refusal

OLDER = 5  # exit code where a newer source is there already


def newest(what: str, mine: str, there: object, before: Collection[str]) -> None:
    """Refuses a commit that is older than the one that is there. `before` are commits that came
    before mine, though their times do not say so."""
    if not isinstance(there, str) or there == mine:
        return
    (commit, _, time), (other, _, when) = mine.partition("@"), there.partition("@")
    if commit == other or other in before or time > when:
        return
    raise Refusal(
        f"{what} was built from a newer commit: {there}, and this one is {mine}",
        "nothing to do; to go back, deploy without --source-commit, or from a new commit that "
        "reverts",
        exit_code=OLDER,
    )
