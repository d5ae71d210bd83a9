"""What a person must say before gen writes to the output branch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from generator.io.git import Blob, Repository
from generator.io.revision import gone_below
from generator.io.tip import Tip
from generator.targets.ownership import FOLDER
from generator.vocabulary import names
from generator.vocabulary.files import FileSet
from generator.vocabulary.layout import PLATFORM, ROOT, TENANTS
from generator.vocabulary.refusal import Refusal

_DESTINATION = re.compile(rb'^  destination:\n    (?:name|server): "?([^"\s]+)"?$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Publication:
    """Where to, and what a person has agreed to. `allow_deletes` names environments and units, or
    `files`, `applications` and `tenants` for the shares. `source` is the commit, if not the one
    that is checked out."""

    branch: str
    remote: str = "origin"
    deletions: int = 30
    dry_run: bool = False
    adopt: bool = False
    allow_deletes: tuple[str, ...] = ()
    source: str = ""
    only_from: str | None = None  # a branch of the remote that must hold the source
    author: str | None = None  # `Name <address>`; the clone's own without it
    sign: str | None = None  # ssh or gpg


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a publish did, or would do. `commit` is None where nothing differs or nothing was
    written; `adopted` are paths that were changed by hand and are written over; `message` is the
    commit's; `tags` of Applications come or are put back where they belong, `stale` ones go,
    `reused` ones stood there without being named, and `left` is what the server said if it keeps
    stale ones."""

    branch: str
    remote: str
    source: str
    tip: str | None
    commit: str | None
    added: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    attempts: int
    adopted: tuple[str, ...] = ()
    message: str = ""
    tags: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()
    left: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        return (*self.added, *self.changed, *self.deleted)

    @property
    def differs(self) -> bool:
        return bool(self.paths)

    @property
    def counts(self) -> str:
        added, changed, deleted = len(self.added), len(self.changed), len(self.deleted)
        return f"{added} added, {changed} changed, {deleted} deleted"


def guard(tip: Tip, files: FileSet, receipt: Receipt, settings: Publication) -> None:
    """Refuses what nobody has agreed to; each refusal tells how to."""
    if any(path.startswith(ROOT) or path.endswith(f"/{PLATFORM}") for path in tip.tree):
        raise Refusal(
            f"{settings.branch} holds a configuration ({ROOT}): it is a source, not an output",
            "name the output branch in platform.yaml (argocd.branch) or with --branch",
            exit_code=4,
        )
    _in_the_way(tip, files, settings)
    if not settings.adopt:
        _unedited(tip, files, settings)
    _moved(files, receipt, settings)
    _budget(tip, files, receipt, settings)


def by_hand(tip: Tip, files: FileSet) -> tuple[list[str], list[str]]:
    """(files of gen's that were changed or deleted, files that are not gen's and stand where gen
    writes), but for those that hold what gen would write."""
    edited = [
        path
        for path, blob in sorted(tip.owned.items())
        if (path in files or path in tip.tree)
        and tip.tree.get(path) != Blob("100644", blob)
        and not _holds(tip, path, files)
    ]
    foreign = [
        path
        for path in files
        if path in tip.tree and path not in tip.owned and not _holds(tip, path, files)
    ]
    return edited, foreign


def _in_the_way(tip: Tip, files: FileSet, settings: Publication) -> None:
    folders = _folders(files)
    for path, entry in tip.tree.items():
        if entry.mode in ("120000", "160000") and (
            path in files or path in tip.owned or path in folders
        ):
            raise Refusal(
                f"{path} on {settings.branch} is a link, where gen writes",
                "delete it there by hand",
                exit_code=4,
            )
        if path not in tip.owned and (path in folders or not _folders([path]).isdisjoint(files)):
            raise Refusal(
                f"{path} on {settings.branch} is not gen's, and stands where gen writes a "
                f"{'folder' if path in folders else 'file'}",
                "move it away there by hand",
                exit_code=4,
            )


def unblocked(tip: Tip, settings: Publication, tags: Iterable[str]) -> None:
    """Refuses a ref at the remote that stands where gen needs a folder of refs, or the reverse."""
    wanted = {f"refs/heads/{settings.branch}", *tags}
    folders = _folders(wanted)
    for name in sorted(tip.refs):
        blocked = next((above for above in _folders([name]) if above in wanted), None)
        if name in folders:
            blocked = min(ref for ref in wanted if ref.startswith(f"{name}/"))
        if blocked is not None:
            raise Refusal(
                f"{name} at {settings.remote} is in the way of {blocked}: one name cannot be a ref "
                "and a folder of refs",
                "see what it is for, and delete or rename it: "
                f"`git push {settings.remote} :{name}`; nothing was published",
                exit_code=4,
            )


def _folders(paths: Iterable[str]) -> set[str]:
    """All folders that the paths lie in."""
    folders: set[str] = set()
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in folders:
            folders.add(path)
    return folders


def _unedited(tip: Tip, files: FileSet, settings: Publication) -> None:
    edited, foreign = by_hand(tip, files)
    for paths, what in (
        (edited, "was changed or deleted by hand"),
        (foreign, "is not gen's, and stands where gen writes"),
    ):
        if paths:
            more = f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
            step = (
                f"`gen verify` lists all; `git log {settings.remote}/{settings.branch} -- "
                f"{paths[0]}` shows who; take the change to the source, then publish with "
                "--adopt to write over it"
            )
            raise Refusal(f"{paths[0]} on {settings.branch} {what}{more}", step, exit_code=4)


def _holds(tip: Tip, path: str, files: FileSet) -> bool:
    return path in files and path in tip.tree and tip.tree[path].id == files.id(path)


def _moved(files: FileSet, receipt: Receipt, settings: Publication) -> None:
    """Refuses Applications that go from one root to another: the first would delete what they
    brought."""
    new = {part: path for path in files if (part := names.applied(path)) is not None}
    moved = [path for path in receipt.deleted if names.applied(path) in new]
    if moved and {"meshes", "files"}.isdisjoint(settings.allow_deletes):
        before, after = moved[0], new[str(names.applied(moved[0]))]
        raise Refusal(
            f"{before} would become {after}, which another root reads: Argo CD would delete what "
            "runs there before the other one makes it anew",
            "let the mesh keep the name of its first cluster; or agree to it: --allow-deletes "
            "meshes",
            exit_code=4,
        )


def guard_clusters(
    repository: Repository, tip: Tip, files: FileSet, receipt: Receipt, settings: Publication
) -> None:
    """Refuses Applications that go to another cluster: Argo CD deletes nothing where they no longer
    lead, and in one mesh what is left there is asked beside what is new."""
    known = {"clusters", "files"}.isdisjoint(settings.allow_deletes)
    if not known or not any(map(names.lets_in, receipt.changed)):
        return
    changed = [path for path in receipt.changed if names.applied(path)]
    for path, raw in zip(
        changed, repository.blobs([tip.tree[path].id for path in changed]), strict=True
    ):
        before, after = _destination(raw), _destination(bytes(files[path]))
        if before and after and before != after:
            raise Refusal(
                f"{names.applied(path)} would go from {before} to {after}: what runs in the first "
                "stays there, and in one mesh it goes on answering beside the other",
                "make an environment there, move the tenants, then delete this one; or agree to "
                "it: --allow-deletes clusters",
                exit_code=4,
            )


def _destination(application: bytes) -> str:
    """The cluster that an Application is for, by its name in Argo CD or its API server."""
    found = _DESTINATION.search(application)
    return found[1].decode() if found else ""


# What a budget counts, of which paths, and how many may always go.
_COUNTED: tuple[tuple[str, Callable[[str], object], int], ...] = (
    ("applications", names.applied, 1),
    ("files", bool, 0),
)


def _budget(tip: Tip, files: FileSet, receipt: Receipt, settings: Publication) -> None:
    allowed = set(settings.allow_deletes)
    kept = {_unit(path)[0] for path in files}
    gone = sorted(
        {
            environment
            for path in receipt.deleted
            if (environment := _unit(path)[0]) and environment not in kept
        }
        - allowed
    )
    if gone:
        raise Refusal(
            f"this would delete the whole of {', '.join(gone)}",
            "if that is intended: " + " ".join(f"--allow-deletes {name}" for name in gone),
            exit_code=4,
        )
    lost = [
        path
        for path in receipt.deleted
        if not path.startswith(FOLDER)
        and allowed.isdisjoint((_unit(path)[0], "/".join(_unit(path))))
    ]
    owned = [path for path in tip.owned if not path.startswith(FOLDER)]
    for what, counts, least in _COUNTED:
        total, part = (sum(map(bool, map(counts, paths))) for paths in (owned, lost))
        if (
            allowed.isdisjoint((what, "files"))
            and part > least
            and 100 * part > settings.deletions * total
        ):
            raise Refusal(
                f"this would delete {part} of {total} {what}, more than {settings.deletions} %",
                f"if that is intended: --allow-deletes {what}, or name each unit: --allow-deletes "
                "test/feature-login",
                exit_code=4,
            )
    if "files" not in allowed:
        _baselines(owned, lost, files, settings)


def _baselines(
    owned: Iterable[str], lost: Iterable[str], files: Iterable[str], settings: Publication
) -> None:
    """An environment's own versions are many requests' last answer: their share counts in each
    environment."""
    before, after, without = _services(owned), _services(files), _services(lost)
    for environment, services in sorted(before.items()):
        part = (services & without.get(environment, set())) - after.get(environment, set())
        if len(part) > 1 and 100 * len(part) > settings.deletions * len(services):
            raise Refusal(
                f"this would delete {len(part)} of the {len(services)} services that "
                f"{environment} runs itself, more than {settings.deletions} %",
                f"if that is intended: --allow-deletes {environment}/baseline",
                exit_code=4,
            )


def _services(paths: Iterable[str]) -> dict[str, set[str]]:
    """Environment → services of its baseline."""
    services: dict[str, set[str]] = {}
    for path in paths:
        parts = path.split("/")
        if parts[0] == "overlays" and len(parts) > 4 and parts[2] == "baseline":
            services.setdefault(parts[1], set()).add(parts[3])
    return services


def guard_tenants(repository: Repository, tip: Tip, source: str, settings: Publication) -> None:
    """Tenants have no files of their own in the output, so that theirs are counted in the
    source."""
    if (
        tip.source in (None, source)
        or "tenants" in settings.allow_deletes
        or not repository.has(tip.source)
    ):
        return
    lost, before = gone_below(repository, tip.source, source, TENANTS)
    if lost > 1 and 100 * lost > settings.deletions * before:
        raise Refusal(
            f"this would take their lane from {lost} of {before} tenants, more than "
            f"{settings.deletions} %",
            "if that is intended: --allow-deletes tenants",
            exit_code=4,
        )


def _is_of_branch(parts: list[str]) -> bool:
    """Whether a file of the mesh is a branch's own; earlier versions had it beside the routes."""
    return parts[2] in (names.MESH, names.PODS) and parts[3] == "branches"


def _unit(path: str) -> tuple[str, str]:
    """(environment, unit in it) of a path of the output; empty where it belongs to none."""
    parts = path.removesuffix(".yaml").split("/")
    shared = names.is_shared(parts[1]) if parts[0] == "overlays" else True
    if not shared and parts[1] not in names.RESERVED_ENVIRONMENTS:
        return parts[1], parts[4] if _is_of_branch(parts) else parts[2].removesuffix(".tests")
    if names.is_argocd(path) and parts[1] in ("applications", "projects"):
        return parts[2], parts[3].removesuffix(".tests") if len(parts) > 3 else ""
    return "", ""
