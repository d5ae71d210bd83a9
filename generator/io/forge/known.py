"""Which forge a repository is on, and where its API answers."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from generator.io.forge.forge import Forge
from generator.io.forge.github import Gitea, GitHub
from generator.io.forge.gitlab import GitLab
from generator.io.git import redact
from generator.io.origin import TOKEN
from generator.vocabulary.refusal import Refusal

KINDS: dict[str, Callable[[str, str, str], Forge]] = {
    "github": GitHub,
    "gitlab": GitLab,
    "gitea": Gitea,
}
_PATHS = {"github": "/api/v3", "gitlab": "/api/v4", "gitea": "/api/v1"}
_NAMES = {"forgejo": "gitea", "codeberg": "gitea"} | {kind: kind for kind in KINDS}
_SCP = re.compile(r"(?:[^@/:]+@)?([^/:]+):(?!/)(.+)")


def forge_of(url: str, said: str | None, token: str | None = None) -> Forge:
    """The repository at a URL. `said` is a person's word: a kind, or `kind=address of its API`."""
    host, path = _parts(url)
    kind, _, base = (said or "").partition("=")
    kind = _NAMES.get(kind or _kind(host, os.environ), "")
    if not kind:
        raise Refusal(
            f"nobody can tell by its name which kind of forge {host or redact(url)[:100]} is"
            if not said
            else f"`{said[:100]}` is no kind of forge",
            "say --forge github, gitlab or gitea (Forgejo too); or with the address of its API: "
            "--forge gitea=https://git.example.com/api/v1",
            exit_code=2,
        )
    given = os.environ.get(TOKEN, "").strip() if token is None else token
    if not given:
        raise Refusal(
            f"there is no token for {host}",
            f"put one into the variable {TOKEN}; it needs to write contents and pull requests of "
            "this one repository",
        )
    project = re.sub(r"\.git$", "", path.strip("/"))
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)+", project) or ".." in project.split("/"):
        raise Refusal(f"{redact(url)[:200]} names no repository of a forge", "give its URL")
    return KINDS[kind](base or _base(kind, host), project, given)


def _parts(url: str) -> tuple[str, str]:
    """(host, with a port if one is said for http, and path) of a repository."""
    if match := _SCP.fullmatch(url):
        return match.group(1).lower(), match.group(2)
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        return parts.netloc.rpartition("@")[2].lower(), parts.path
    return (parts.hostname or "").lower(), parts.path


def _kind(host: str, variables: Mapping[str, str]) -> str:
    """By a name that says it, or since a job of that very forge runs here."""
    for word in _NAMES:
        if host in {f"{word}.com", f"{word}.org"} or host.startswith(f"{word}."):
            return word
    if host and host == variables.get("CI_SERVER_HOST", "").lower():
        return "gitlab"
    if host and host == urlsplit(variables.get("GITHUB_SERVER_URL", "")).netloc.lower():
        others = ("GITEA_ACTIONS", "FORGEJO_ACTIONS")
        return "gitea" if any(variables.get(name) for name in others) else "github"
    return ""


def _base(kind: str, host: str) -> str:
    if host == "github.com":
        return "https://api.github.com"
    return f"https://{host}{_PATHS[kind]}"


def pull_request(url: str, said: str | None, token: str | None = None) -> tuple[Forge, int]:
    """The repository and the number of a pull request, by the address where people see it."""
    match = re.fullmatch(r"(https?://\S+?)/(?:-/)?(?:pull|pulls|merge_requests)/([0-9]{1,9})", url)
    if match is None:
        raise Refusal(
            f"`{redact(url)[:200]}` is no address of a pull request",
            "write it as https://git.example.com/shop/checkout/pull/7",
            exit_code=2,
        )
    return forge_of(match.group(1), said, token), int(match.group(2))
