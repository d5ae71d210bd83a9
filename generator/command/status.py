"""`gen status`: what is published, and what is not yet."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.command import options
from generator.command.argocd import asking
from generator.command.words import day_of
from generator.command.workspace import Workspace
from generator.vocabulary.plural import count, some

if TYPE_CHECKING:
    from generator.io.git import Repository
    from generator.io.standing import Commit, Standing
    from generator.io.tip import Tip
    from generator.plan.units import Unit
    from generator.views.awaited import Missing
    from generator.views.difference import Difference
    from generator.views.due import Due

SHOWN = 10  # of several
SOON = 7  # days


@dataclass(frozen=True, slots=True)
class Status:
    """`branch` is where it lies, `commit` the configuration that it is held against. `difference`
    is None where nobody can tell what is pending does; `running` is (how many Applications there
    are to be, what they lack), None where nobody asked; `asleep` are units that run nothing."""

    branch: str
    commit: str
    tip: Tip
    standing: Standing
    difference: Difference | None
    due: Sequence[Due]
    running: tuple[int, Sequence[Missing]] | None
    asleep: Sequence[Unit]


@click.command()
@click.argument("revision", metavar="[REV]", default="HEAD")
@options.output_branch
@options.applications
@click.option(
    "--within",
    type=click.IntRange(0, 3650),
    default=SOON,
    show_default=True,
    metavar="DAYS",
    help="Tell whose last day comes so soon.",
)
@options.formatted()
@click.pass_obj
def status(
    workspace: Workspace,
    revision: str,
    branch: str | None,
    remote: str,
    argocd: str | None,
    applications: Path | None,
    within: int,
    form: str,
) -> None:
    """Holds the output branch against a commit of the configuration, HEAD if none is given: what is
    published, what is pending and does, which lanes are kept after the last request was sent there,
    whose last day comes soon, what sleeps, and, by Argo CD's own words, what does not run yet.

    \b
    gen status
    gen status origin/main --within 30
    kubectl -n argocd get applications -o json | gen status --applications -
    """
    from generator.io.git import Repository
    from generator.io.revision import commit_of

    ask = asking(argocd, applications)
    repository = Repository(workspace.root)
    commit = commit_of(repository, revision)
    workspace.sources = workspace.commit(repository, commit)
    told = _told(workspace, repository, commit, (remote, branch), ask, within)
    workspace.terminal.clear()
    if form == "json":
        workspace.echo(json.dumps(_json(told)))
    else:
        _show(workspace, told)


def _told(
    workspace: Workspace,
    repository: Repository,
    commit: str,
    where: tuple[str, str | None],
    ask: Callable[[], Any] | None,
    within: int,
) -> Status:
    from generator.io.standing import standing
    from generator.io.tip import read_tip
    from generator.views.due import due

    compiled, remote = workspace.compiled, repository.remote(where[0])
    branch = where[1] or compiled.plan.platform.argocd.branch
    workspace.terminal.progress("reading the output branch")
    tip = read_tip(repository, remote, branch)
    stands = standing(repository, tip, commit)
    return Status(
        f"{remote}/{branch}",
        commit,
        tip,
        stands,
        _difference(workspace, repository, tip) if stands.pending else None,
        due(compiled, day_of(None), within),
        _running(repository, tip, ask),
        sorted(compiled.plan.asleep),
    )


def _difference(workspace: Workspace, repository: Repository, tip: Tip) -> Difference | None:
    """What pending commits do; None where what was published does not compile with this gen."""
    from generator.views.diff import diff
    from generator.vocabulary.findings import Findings

    workspace.terminal.progress("comparing")
    published = workspace.compile(workspace.commit(repository, str(tip.source)))
    return None if isinstance(published, Findings) else diff(published, workspace.compiled)


def _running(
    repository: Repository, tip: Tip, ask: Callable[[], Any] | None
) -> tuple[int, list[Missing]] | None:
    from generator.views.awaited import missing, pinned
    from generator.vocabulary.names import applied

    if ask is None:
        return None
    here = {path: blob.id for path, blob in tip.tree.items() if applied(path)}
    wanted = pinned(dict(zip(here, repository.blobs([*here.values()]), strict=True)), None)
    return len(wanted), [*missing(wanted, ask())]


def _json(told: Status) -> dict[str, Any]:
    """As docs/reference/json.md has it."""
    stands = told.standing
    expires = [
        {
            "unit": str(one.unit),
            "expires": one.day.isoformat(),
            "owner": one.owner,
            "left": one.left,
        }
        for one in told.due
    ]
    return {
        "version": 1,
        "branch": told.branch,
        "tip": told.tip.commit,
        "commit": told.commit,
        "state": stands.state,
        "published": _commit(stands.published),
        "source": _commit(stands.source) or _unknown(told.tip.source),
        "pending": [_commit(each) for each in stands.pending],
        "changes": _changes(told.difference),
        "kept": list(_lanes(told.tip)),
        "expires": expires,
        "asleep": [str(unit) for unit in told.asleep],
        "applications": _lacks(told.running),
    }


def _changes(difference: Difference | None) -> dict[str, Any] | None:
    if difference is None:
        return None
    applications = [each.name for each in difference.applications]
    return {"summary": difference.summary, "applications": applications}


def _lanes(tip: Tip) -> Iterator[dict[str, str]]:
    from generator.io.standing import until

    for each in tip.keeps:
        since, end = until(each)
        yield {"lane": each.lane.name, "since": _utc(since), "until": _utc(end)}


def _lacks(running: tuple[int, Sequence[Missing]] | None) -> dict[str, Any] | None:
    if running is None:
        return None
    total, lacks = running
    return {"total": total, "missing": [asdict(each) for each in lacks]}


def _commit(commit: Commit | None) -> dict[str, str] | None:
    if commit is None:
        return None
    said = {"author": commit.author, "subject": commit.subject}
    return {"commit": commit.id, "when": _utc(commit.when)} | said


def _unknown(source: str | None) -> dict[str, str | None] | None:
    """A source of which the clone knows the name alone."""
    return {"commit": source, "when": None, "author": None, "subject": None} if source else None


def _utc(when: dt.datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _show(workspace: Workspace, told: Status) -> None:
    from generator.io.terminal import clean

    parts = [
        ("", _published(told)),
        ("pending", _pending(told)),
        ("kept in the mesh", _kept(told)),
        ("last days", _due(told)),
        ("asleep", map(str, told.asleep)),
        ("Argo CD", _argocd(told)),
    ]
    for head, lines in parts:
        shown = [clean(line) for line in lines]
        if shown and head:
            workspace.echo(workspace.terminal.style(head, "bold"))
        for line in shown:
            workspace.echo(f"  {line}" if head else line)


def _published(told: Status) -> Iterator[str]:
    stands, commit = told.standing, told.commit[:10]
    if stands.published is None:
        yield f"{told.branch}: nothing is published yet; `gen publish` does"
        return
    source = str(told.tip.source)[:10]
    about = f": {stands.source.subject}" if stands.source else ""
    yield f"{told.branch} holds {source}{about}"
    yield f"  published {_when(stands.published.when)} as {stands.published.id[:10]}"
    yield (
        "  "
        + {
            "unknown": f"this clone cannot tell what {commit} adds to it: `git fetch --all`, or "
            "`git fetch --unshallow`",
            "current": f"nothing of {commit} is pending",
            "pending": f"{commit} is {count(len(stands.pending), 'commit')} ahead",
            "newer": f"{commit} is older than that",
            "apart": f"{commit} is not a successor of it: merge or rebase before you publish",
        }[stands.state]
    )


def _pending(told: Status) -> Iterator[str]:
    for commit in told.standing.pending[:SHOWN]:
        yield f"{commit.id[:10]}  {_when(commit.when)}  {commit.author}: {commit.subject}"
    yield from _more(len(told.standing.pending))
    if not told.standing.pending:
        return
    if told.difference is None:
        yield "what they change is not known: this gen does not take what was published"
        return
    yield told.difference.summary
    if names := [each.name for each in told.difference.applications]:
        yield f"Argo CD syncs {some(names, SHOWN)}"
    yield f"`gen diff {str(told.tip.source)[:10]}` shows the rest"


def _kept(told: Status) -> Iterator[str]:
    from generator.io.standing import until

    for each in told.tip.keeps[:SHOWN]:
        since, end = until(each)
        free = f"a publish after {_when(end)} lets go of it"
        yield f"{each.lane.name}  as it was led until {_when(since)}; {free}"
    yield from _more(len(told.tip.keeps))


def _due(told: Status) -> Iterator[str]:
    for one in told.due[:SHOWN]:
        left = f"in {count(one.left, 'day')}" if one.left else "today"
        when = left if one.left >= 0 else "over: `gen expire` takes it away"
        yield f"{one.unit}  {one.day}, {when}" + (f"  ({one.owner})" if one.owner else "")
    yield from _more(len(told.due))


def _argocd(told: Status) -> Iterator[str]:
    if told.running is None:
        return
    total, lacks = told.running
    yield f"{total - len(lacks)} of {count(total, 'Application')} run what is published"
    for lack in lacks[:SHOWN]:
        yield f"{lack.what}: {lack.why}"
    yield from _more(len(lacks))


def _more(number: int) -> Iterator[str]:
    if number > SHOWN:
        yield f"… and {number - SHOWN:,} more; --format json has them all"


def _when(when: dt.datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M UTC")
