"""Where a file of a commit is seen on a Git host that is known by its name."""

from __future__ import annotations

import re
from urllib.parse import quote

_HOSTS = {
    "github.com": "/blob/",
    "gitlab.com": "/-/blob/",
    "codeberg.org": "/src/commit/",
    "gitea.com": "/src/commit/",
}
_REPOSITORY = re.compile(
    r"(?:https://|ssh://git@|git@)([a-z.]+)[/:]([A-Za-z0-9._/-]+?)(?:\.git)?/?"
)


def link(repository: str, commit: str, prefix: str) -> str | None:
    """With `{path}` and `{line}` in it; `prefix` is the folder of the configuration in its
    repository."""
    found = _REPOSITORY.fullmatch(repository)
    if found is None or found[1] not in _HOSTS:
        return None
    return (
        f"https://{found[1]}/{found[2]}{_HOSTS[found[1]]}{commit}/{quote(prefix)}{{path}}#L{{line}}"
    )
