"""What gen asks of any forge: pull requests and comments, each in a form of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from generator.io.forge.web import Answer, Api, Fields, told
from generator.vocabulary.refusal import Refusal

PAGE = 100  # things of a list at once
PAGES = 100  # of a list, at most
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Proposed:
    """A pull request as it is to be, from one branch of the repository to another."""

    head: str
    base: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class There:
    """A pull request that is open, or a comment: its number, what it says, where people see it."""

    number: int
    title: str
    text: str
    url: str
    by: str = ""


class Forge(Protocol):
    """A repository on a forge. Each call raises `Refusal` where the forge says no."""

    api: Api
    project: str

    def opened(self, head: str, base: str) -> There | None:
        """The open pull request between two branches."""
        ...

    def open(self, proposed: Proposed) -> There | None:
        """Opens one; None if somebody else just did."""
        ...

    def update(self, number: int, proposed: Proposed) -> There:
        """Another title and text."""
        ...

    def comments(self, number: int) -> Iterator[There]:
        """The comments on a pull request, the oldest first."""
        ...

    def comment(self, number: int, text: str) -> There: ...

    def rewrite(self, number: int, comment: int, text: str) -> There:
        """Another text for a comment."""
        ...

    def issues(self) -> Iterator[There]:
        """Those that are open."""
        ...

    def open_issue(self, title: str, text: str) -> There: ...

    def change_issue(self, number: int, change: Mapping[str, str]) -> There:
        """Another `title`, `text` or `state`."""
        ...

    def mine(self) -> str | None:
        """The name by which comments of this token's owner are known; None if the forge does not
        tell."""
        ...

    def robot(self, by: str) -> bool:
        """Whether only jobs write under a name."""
        ...


def brought(forge: Forge, proposed: Proposed) -> tuple[str, There]:
    """(`opened`, `updated` or `there`, the pull request), as it was asked for."""
    there = forge.opened(proposed.head, proposed.base)
    if there is None:
        made = forge.open(proposed)
        if made is not None:
            return "opened", made
        there = forge.opened(proposed.head, proposed.base)
    if there is None:
        raise Refusal(
            f"{forge.api.called} says that there is a pull request of {proposed.head} already, and "
            "does not show it",
            "look for it, closed ones too: reopen it, or delete the branch and run the command "
            "again",
        )
    if (there.title, there.text.strip()) == (proposed.title, proposed.text.strip()):
        return "there", there
    return "updated", forge.update(there.number, proposed)


def wanted(
    api: Api,
    method: str,
    path: str,
    what: str,
    make: Callable[[dict[str, Any]], T],
    body: Fields | None = None,
) -> T:
    """What is made of the answer to a call; an answer that is none is raised."""
    answer = api.call(method, path, body)
    if answer.status not in (200, 201):
        raise told(answer, api.called, what)
    return read(answer, api.called, what, make)


def read(answer: Answer, called: str, what: str, make: Callable[[dict[str, Any]], T]) -> T:
    """What is made of an answer, if it is of the form that is documented."""
    try:
        return make(answer.data)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise told(answer, called, what) from None


def pages(
    api: Api, path: str, what: str, make: Callable[[dict[str, Any]], T | None], **query: str
) -> Iterator[T]:
    """What is made of the things of a list (None: nothing), page by page, until one brings nothing
    that is new: some forges ignore paging, and some give less than is asked for."""
    seen: set[int] = set()
    size = "limit" if "limit" in query else "per_page"
    for page in range(1, PAGES + 1):
        answer = api.call("GET", path, query={size: PAGE, **query, "page": page})
        if answer.status != 200 or not isinstance(answer.data, list):
            raise told(answer, api.called, what)
        made = [
            (read(replace(answer, data=each), api.called, what, _id), each) for each in answer.data
        ]
        fresh = [each for number, each in made if number not in seen]
        for each in fresh:
            if there := read(replace(answer, data=each), api.called, what, make):
                yield there
        if not fresh:
            return
        seen.update(number for number, _ in made)


def _id(data: dict[str, Any]) -> int:
    return int(data["id"])
