"""Links that lead into a lane: what one says, and what it is signed as.

A link proves that somebody with the private key allowed a lane at a host until a time. The cookie
that the edge sets is the link's own words, and is proven again with each request.
"""

from __future__ import annotations

import re
from typing import NamedTuple

COOKIE = "__Host-gen-link"
VISIT, LEAVE = "/.gen/link", "/.gen/leave"
SLACK = 60  # seconds that the clock of whoever signs may be ahead
LONGEST = 1024  # letters
PATH = r"/(?!/)[A-Za-z0-9/._%-]*"  # of one host: what begins with two strokes leads to another
_STATEMENT = re.compile(
    rf"([0-9a-f]{{8}}):([1-9][0-9]{{0,10}}):([a-z0-9.-]+):([a-z0-9/-]+):({PATH})"
)
_SIGNED = re.compile(r"(.+):([0-9a-f]{128})")
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256's points


class Statement(NamedTuple):
    """What a link says: by which key, until when (seconds since 1970), where, and into what."""

    key: str
    ends: int
    host: str
    lane: str
    path: str

    def __str__(self) -> str:
        return ":".join(map(str, self))


class Link(NamedTuple):
    """A statement with its signature, the numbers r and s."""

    said: Statement
    r: int
    s: int

    def __str__(self) -> str:
        return f"{self.said}:{self.r:064x}{self.s:064x}"


def read(text: str) -> Link | None:
    """A link, if the text has the one form that each has. Of the two numbers s that fit, the
    smaller one counts: so nobody makes a second link of one."""
    if len(text) > LONGEST or not (parts := _SIGNED.fullmatch(text)):
        return None
    if not (said := _STATEMENT.fullmatch(parts[1])):
        return None
    r, s = int(parts[2][:64], 16), int(parts[2][64:], 16)
    if s > ORDER // 2:
        return None
    key, ends, host, lane, path = said.groups()
    return Link(Statement(key, int(ends), host, lane, path), r, s)


def is_path(text: str) -> bool:
    """Whether a link may lead there: to a path of its own host, and not to what the edge answers
    itself."""
    return re.fullmatch(PATH, text) is not None and not text.startswith("/.gen/")


def signed(platform: str, said: Statement) -> str:
    """What the signature is made of. It begins with what no other use of the key does, and with
    the platform, whose hosts another one may have."""
    return f"{scope(platform)}{said}"


def scope(platform: str) -> str:
    return f"gen link 1 {platform}\n"
