"""The checkout of an application that a job runs in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from generator.io.git import Repository
from generator.io.revision import commit_of
from generator.vocabulary import names
from generator.vocabulary.refusal import Refusal

MOST = 100


def built_from(word: str) -> tuple[str, tuple[str, ...]]:
    """A commit with its time, and commits that came before it though their times do not say so. The
    word is `COMMIT@TIME`, or a commit of the repository that this process was started in."""
    if names.matches(names.BUILT_FROM, word):
        return word, ()
    try:
        repository = Repository(Path())
        commit = commit_of(repository, word)
    except Refusal as refusal:
        raise Refusal(
            f"--source-commit {word[:100]}: {refusal}",
            "run gen in a checkout of the application, or write the time as well: "
            "COMMIT@2027-01-31T10:00:00Z",
            exit_code=2,
        ) from None
    seconds = int(repository.text("show", "--no-patch", "--format=%ct", commit))
    time = dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    words = ("rev-list", f"--max-count={MOST}", f"--since={seconds}", commit)
    before = [each for each in repository.text(*words).split() if each != commit]
    return f"{commit}@{time}", tuple(before)
