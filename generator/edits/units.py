"""The files of units, and the versions in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generator.edits.document import Document
from generator.edits.edit import Seen
from generator.targets.yaml_text import scalar
from generator.views.scaffold import branch_name, said
from generator.vocabulary import layout, names
from generator.vocabulary.nearest import known
from generator.vocabulary.nodes import below
from generator.vocabulary.refusal import Refusal


def environments(seen: Seen) -> set[str]:
    return {name for name, _ in layout.of_kind(seen.sources.below(layout.ROOT), "environment")}


def file_of(seen: Seen, unit: str, longest: int) -> tuple[str, str | None]:
    """A unit's file, and the name of its branch if there is none yet. A git branch's name is made
    to fit beside names of services of `longest` letters."""
    environment, _, branch = unit.partition("/")
    known(environment, environments(seen), "environment")
    if not branch:
        return layout.path_of("environment", environment), None
    # A dash stands between a service and its branch, a dot between an environment and it.
    fitting = branch_name(branch, names.LONGEST_LABEL - 1 - max(longest, len(environment)))
    known_branches = dict(layout.of_kind(seen.sources.below(layout.ROOT), "branch"))
    for name in (branch, fitting):
        if (path := known_branches.get((environment, name))) is not None:
            _same(seen.sources.files[path], path, name, branch)
            return path, None
    return layout.path_of("branch", f"{environment}/{fitting}"), fitting


def branch_file(seen: Seen, environment: str, branch: str) -> str | None:
    """The file of a branch, by its own name or by that of its git branch, if there is one."""
    line = origin(branch).encode()
    for (where, name), path in layout.of_kind(seen.sources.below(layout.ROOT), "branch"):
        if where == environment and (name == branch or line in seen.sources.files[path]):
            return path
    return None


def unit_at(path: str) -> str:
    """The unit whose file it is."""
    environment, *branch = path.removeprefix(layout.ROOT).removesuffix(".yaml").split("/")
    return f"{environment}/{branch[-1]}" if branch[0] == "branches" else environment


def origin(branch: str) -> str:
    """The line that remembers a git branch whose name had to change."""
    return f"# git branch: {scalar(branch)}\n"


def _same(raw: bytes, path: str, name: str, branch: str) -> None:
    """Refuses two git branches whose names become one: the second would put its versions into the
    first's environment."""
    if name != branch and origin(branch).encode() not in raw:
        raise Refusal(
            f"{path} is not known to be that of the git branch {branch}",
            f"name it as it is here, `{name}`, if it is; otherwise choose another name for this "
            "one",
        )


def run_of(document: Document, service: str) -> Any:
    """What a unit's file says of a service; it may be anything."""
    return below(document.data, "runs", service)


def version_of(run: Any) -> str:
    """The version in it, as people write it, or `nothing`."""
    if not isinstance(run, dict):
        return "nothing"
    version = str(run.get("digest") or run.get("tag") or "nothing")
    if not (image := run.get("image")):
        return version
    return f"{image}{'@' if run.get('digest') else ':'}{version}"


def put(
    document: Document,
    wanted: Mapping[str, str],
    settings: Iterable[tuple[str, str, str]],
    sources: Mapping[str, str | None],
    path: str,
) -> None:
    """Other versions (a tag, or a digest, of the image in front of it), the commits that they were
    built from as far as they are known, and variables for a unit's file."""
    for service, text in wanted.items():
        words, there = said(text), run_of(document, service)
        image, (kind, value) = words.pop("image", None), next(iter(words.items()))
        other = "tag" if kind == "digest" else "digest"
        if isinstance(there, dict) and kind not in there and other in there:
            document.rename(("runs", service, other), kind)
        elif isinstance(there, dict) and kind == "tag" and "digest" in there:
            raise Refusal(
                f"{service} has a digest, which wins over a tag",
                f"delete the digest in {path} first",
            )
        before = version_of(there)
        if image is not None:
            document.set(("runs", service, "image"), image)
        document.set(("runs", service, kind), value)
        changed = version_of(run_of(document, service)) != before
        if source := sources.get(service):
            document.set(("runs", service, "source"), source)
        elif changed and isinstance(there, dict) and "source" in there:
            document.remove(("runs", service, "source"))
    for service, name, value in settings:
        document.set(("runs", service, "env", name), value)
