"""Where a remote's branch lies: one server, or several that must say the same."""

from __future__ import annotations

import time
from dataclasses import dataclass

from generator.io.git import GitFailed, Repository, redact
from generator.vocabulary.refusal import Refusal

LAG = 10.0  # seconds until a mirror should have followed


@dataclass(frozen=True, slots=True)
class Remote:
    """A configured remote. `first` is read and written (its name, or a URL of it where that says
    more than one place), `others` are brought to the same, and `mirror` is read by everybody who
    fetches, and written by somebody else."""

    name: str
    first: str
    others: tuple[str, ...] = ()
    mirror: str | None = None

    @property
    def places(self) -> tuple[str, ...]:
        return (self.first, *self.others, *([self.mirror] if self.mirror else []))

    def called(self, place: str) -> str:
        """How people know a place."""
        return place if place == self.name else f"{self.name} ({redact(place)})"


def read_remote(repository: Repository, name: str) -> Remote:
    """What the clone's configuration says of a remote."""
    repository.remote(name)
    urls = repository.settings(f"remote.{name}.url")
    pushed = repository.settings(f"remote.{name}.pushurl") or urls
    first, *others = dict.fromkeys(pushed or [name])
    read = urls[0] if urls else name
    if not others and first == read:
        return Remote(name, name)
    return Remote(name, first, tuple(others), read if read not in pushed else None)


def reachable(repository: Repository, remote: Remote, branch: str) -> None:
    """Asks each place before anything is written to one."""
    for place in remote.places[1:]:
        try:
            repository.remote_tip(place, branch)
        except GitFailed as failed:
            raise GitFailed(
                f"{remote.called(place)} does not answer\n{failed}",
                f"each place of {remote.name} is published to: mend it, or take it out with "
                f"`git remote set-url`; nothing was published",
            ) from failed


def followed(repository: Repository, remote: Remote, branch: str, commit: str | None) -> None:
    """Waits until the mirror that everybody reads has what was published."""
    if remote.mirror is None:
        return
    until = time.monotonic() + LAG
    while (there := repository.remote_tip(remote.mirror, branch)) != commit:
        if time.monotonic() > until:
            raise Refusal(
                f"published to {remote.called(remote.first)}, but {remote.called(remote.mirror)}, "
                f"which is read, still has {(there or 'nothing')[:10]}",
                "wait until it has caught up, or mend the mirror; `gen verify` tells when",
            )
        time.sleep(0.5)
