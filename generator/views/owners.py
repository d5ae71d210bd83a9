"""Whose files are whose, by the `owner` fields in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generator.vocabulary import names
from generator.vocabulary.findings import outcome
from generator.vocabulary.layout import BASES, ROOT
from generator.vocabulary.source import Sources
from generator.vocabulary.yaml_reader import read

HEAD = "# Written by gen owners, from the `owner` fields and the teams in platform.yaml.\n"
SERVICES = f"{ROOT}services/"


def owners(sources: Sources) -> dict[str, str]:
    """Path → owner. A service's base, a folder, is its owner's too."""
    found = {}
    for path, raw in sources.files.items():
        if not path.startswith(ROOT) or b"owner" not in raw:
            continue
        data, _ = outcome(read(path, raw))
        owner = data.get("owner") if data else None
        if not isinstance(owner, str):
            continue
        found[path] = owner
        if path.startswith(SERVICES):
            name = path.removeprefix(SERVICES).removesuffix(".yaml")
            found[f"{BASES}{name}/"] = owner
    return found


def codeowners(
    owned: Mapping[str, str], teams: Mapping[str, Iterable[str]], prefix: str
) -> tuple[str, list[str]]:
    """The text of CODEOWNERS, and owners whom nobody knows at the forge. `prefix` is the folder of
    the configuration in its repository."""
    lines, unknown = [], set()
    for path, owner in sorted(owned.items()):
        own = (owner,) if names.matches(names.HANDLE, owner) else ()
        handles = " ".join(teams.get(owner, own))
        if handles:
            lines.append(f"/{prefix}{path} {handles}\n")
        else:
            unknown.add(owner)
    return HEAD + "".join(lines), sorted(unknown)


def strangers(before: Sources, after: Sources, by: str) -> dict[str, str]:
    """Path → owner of what changed between two states and belonged to somebody else. What nobody
    owns, and what is new, is everybody's."""
    owned, found = owners(before), {}
    for path in sorted({*before.files, *after.files}):
        owner = _owner(owned, path)
        if owner not in (None, by) and before.files.get(path) != after.files.get(path):
            found[path] = str(owner)
    return found


def _owner(owned: Mapping[str, str], path: str) -> str | None:
    if path.startswith(BASES):
        return owned.get(f"{BASES}{path.removeprefix(BASES).partition('/')[0]}/")
    return owned.get(path)
