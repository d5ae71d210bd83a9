"""Which configuration repository an edit goes to, and how it is reached."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from generator.io.git import REMOTE, Repository, redact
from generator.io.remote import read_remote
from generator.io.signing import KEY
from generator.vocabulary import names
from generator.vocabulary.refusal import Refusal

TOKEN = "GEN_TOKEN"  # noqa: S105 the name of a variable: a token that may write the repository
_HOW = ("http.", "https.", "credential.", "url.", "ssh.", "core.sshcommand", "core.askpass")
_SIGNS = ("user.signingkey", "gpg.")
_FILES = {"user.signingkey", "gpg.ssh.allowedsignersfile"}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Origin:
    """`called` is how people know it. `prefix` is the folder in it that holds the configuration
    (empty, or with a slash at its end). `environment` is handed to git; `committer` is who commits,
    as the clone says."""

    url: str
    called: str
    prefix: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    committer: str | None = None


def of_url(url: str, folder: Path) -> Origin:
    """A repository by its URL; `folder` is a relative path inside it."""
    if url.startswith("-") or not url.strip() or not url.isprintable():
        raise Refusal(
            f"`{redact(url)[:100]}` is no URL of a repository", "see gen deploy --help", 2
        )
    if folder.is_absolute() or ".." in folder.parts:
        raise Refusal(
            f"{folder} is not a folder inside of {redact(url)}",
            "with --repository, -C names the folder in it that holds the configuration",
            exit_code=2,
        )
    prefix = "" if folder == Path() else f"{folder.as_posix()}/"
    if names.matches(r"[a-z]+://.*|[^/]+:.*", url):
        return Origin(url, redact(url), prefix, _handed([*_token(url), *_key()]))
    return Origin(str(Path(url).resolve()), url, prefix, _handed(_key()))


def of_clone(root: Path, remote: str) -> Origin:
    """The remote of a clone, reached as the clone reaches it; the clone itself is left alone."""
    repository = Repository(root)
    if not names.matches(REMOTE, remote):
        repository.remote(remote)
    first = read_remote(repository, remote).first
    url = repository.text("remote", "get-url", "--push", remote) if first == remote else first
    if not names.matches(r"[a-z]+://.*|[^/]+:.*", url):
        url = str((root / url).resolve())
    settings = [*_how(repository), *_token(url), *_key()]
    prefix = repository.text("rev-parse", "--show-prefix")
    name, address = repository.setting("user.name"), repository.setting("user.email")
    who = f"{name} <{address}>" if name and address else None
    return Origin(url, remote, prefix, _handed(settings), who)


def _how(repository: Repository) -> list[tuple[str, str]]:
    """Credentials, proxies and rewrites that the clone's configuration holds, and its key."""
    out = repository.git("config", "-z", "--list").decode("utf-8", "surrogateescape")
    entries = [entry.partition("\n")[::2] for entry in out.split("\0") if entry]
    there = [(key, value) for key, value in entries if key.startswith((*_HOW, *_SIGNS))]
    return [
        (key, _whole(repository.root, value) if key in _FILES else value) for key, value in there
    ]


def _whole(root: Path, name: str) -> str:
    """The file that a clone's setting names, from any folder."""
    return str(root.resolve() / name) if (root / name).is_file() else name


def _key() -> list[tuple[str, str]]:
    """The key that signs, where no clone names one."""
    key = os.environ.get(KEY, "").strip()
    return [("user.signingkey", _whole(Path(), key))] if key else []


def _token(url: str) -> list[tuple[str, str]]:
    """The header by which hosts take a token; sent to this host alone, and never in the clear."""
    token, parts = os.environ.get(TOKEN, "").strip(), urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not token or not safe or parts.hostname is None:
        return []
    place = re.sub(r"^[^@]*@", "", parts.netloc)
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    header = f"http.{parts.scheme}://{place}/.extraHeader"
    return [(header, f"Authorization: Basic {basic}")]


def _handed(settings: list[tuple[str, str]]) -> dict[str, str]:
    """Settings as variables: they are in no file, and in no list of processes."""
    handed = {"GIT_CONFIG_COUNT": str(len(settings))}
    for index, (key, value) in enumerate(settings):
        handed |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return handed
