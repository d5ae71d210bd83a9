"""Whose change an edit is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from generator.io.signing import NOBODY
from generator.vocabulary import names
from generator.vocabulary.refusal import Refusal

_UNFIT = re.compile(r"[<>\x00-\x1f\x7f\ud800-\udfff]")
_FORM = r"[^<>\x00-\x1f\x7f]{1,200} <[^<>\x00-\x20\x7f]{1,200}>"


def author(said: str | None, variables: Mapping[str, str], clone: str | None) -> str:
    """`Name <address>`: as it is said, else of CI's own words, else of the clone."""
    if said is not None:
        if not fits(said):
            raise Refusal(
                f"`{said[:100]}` is not an author",
                "write it as `Name <mail@example.com>`",
                exit_code=2,
            )
        return said
    who = _github(variables) or _gitlab(variables) or clone or NOBODY
    return who if fits(who) else NOBODY


def fits(text: str) -> bool:
    return names.matches(_FORM, text)


def _github(variables: Mapping[str, str]) -> str | None:
    """GitHub Actions, and those of Gitea and Forgejo: addresses that the host knows people by."""
    actor = _UNFIT.sub("", variables.get("GITHUB_ACTOR", ""))
    if not actor:
        return None
    host = urlsplit(variables.get("GITHUB_SERVER_URL", "https://github.com")).hostname or ""
    number = variables.get("GITHUB_ACTOR_ID", "")
    if host == "github.com" and number.isdecimal():
        return f"{actor} <{number}+{actor}@users.noreply.github.com>"
    return f"{actor} <{actor}@noreply.{host}>"


def _gitlab(variables: Mapping[str, str]) -> str | None:
    name = _UNFIT.sub("", variables.get("GITLAB_USER_NAME", ""))
    address = _UNFIT.sub("", variables.get("GITLAB_USER_EMAIL", ""))
    return f"{name} <{address}>" if name and address else None
