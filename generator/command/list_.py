"""`gen list`: what the configuration holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.plan.clusters import called
from generator.vocabulary.nearest import known
from generator.vocabulary.plural import some

SHOWN = 3  # of several in one cell

# Kind → the keys of its JSON that people see, in order, and what they are called there.
COLUMNS = {
    "environments": (
        "name",
        "cluster",
        "namespace",
        "extends",
        "runs",
        "branches",
        "tenants",
        "owner",
        "expires",
        "asleep",
        "sleeps",
    ),
    "branches": (
        "name",
        "cluster",
        "runs",
        "lanes",
        "tenants",
        "owner",
        "expires",
        "asleep",
        "sleeps",
    ),
    "lanes": ("name", "clusters", "through", "pin", "isolation", "tenants", "owner"),
    "tenants": ("name", "clusters", "match", "lanes"),
    "services": ("name", "runs", "entry", "calls", "calledBy", "owner"),
}


@click.command("list")
@click.argument("kind", type=click.Choice([*COLUMNS]), default="environments")
@click.option("--environment", metavar="NAME", help="Only what is in it, or leads through it.")
@click.option("--lane", metavar="NAME", help="Only what takes this lane, or this unit.")
@click.option("--service", metavar="NAME", help="Only where this service has a version of its own.")
@click.option(
    "--cluster",
    metavar="NAME",
    help="Only what is in it, or leads there; `own` is the platform's own, which has no name.",
)
@click.option("--owner", metavar="NAME", help="Only what this owner is responsible for.")
@options.formatted()
@click.pass_obj
def list_(workspace: Workspace, /, kind: str, form: str, **asked: str | None) -> None:
    """Lists environments, branches, lanes, tenants or services: what they run, who uses them, until
    when. JSON holds all that is known of each.

    \b
    gen list
    gen list branches --environment test
    gen list tenants --lane test/feature-login
    gen list branches --service checkout --owner accounts
    gen list tenants --cluster eu
    """
    from generator.views.listing import Wanted, rows

    plan = workspace.compiled.plan
    known(asked["environment"], plan.environments, "environment")
    known(asked["service"], plan.services, "service")
    known(asked["lane"], plan.lanes, "lane")
    known(asked["cluster"], map(called, plan.platform.seats), "cluster")
    found = rows(workspace.compiled, kind, Wanted(**asked))
    if form == "json":
        workspace.echo(json.dumps({"version": 1, kind: list(found)}))
        return
    _show(workspace, kind, list(found))


def _show(workspace: Workspace, kind: str, found: list[Mapping[str, Any]]) -> None:
    from generator.io import tables

    if not found:
        workspace.terminal.note(f"there are no {kind} that fit")
        return
    heads = [head for head in COLUMNS[kind] if any(_tells(workspace, head, row) for row in found)]
    named = [_words(head) for head in heads]
    tables.show(
        workspace.terminal, named, ([_told(head, row[head]) for head in heads] for row in found)
    )


def _tells(workspace: Workspace, head: str, row: Mapping[str, Any]) -> bool:
    """The platform's own cluster is told as well, where there are others."""
    own = head == "cluster" and head in row and bool(workspace.compiled.plan.platform.seats)
    return own or bool(row.get(head))


def _words(key: str) -> str:
    """`calledBy` as words."""
    return "".join(f" {one.lower()}" if one.isupper() else one for one in key)


def _told(head: str, value: Any) -> str:
    """The platform's own cluster has a name here alone."""
    if head == "cluster":
        return called(value)
    return _cell([*map(called, value)] if head == "clusters" else value)


def _cell(value: Any) -> str:
    """What people see of a value: of several the first, and how many more there are."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return "yes" if value else ""
    from generator.plan.services import shortened

    if isinstance(value, Mapping):
        said = [f"{key} {shortened(one)}" for key, one in value.items()]
    else:
        said = [one if isinstance(one, str) else _part(one, len(value)) for one in value]
    return some(said, SHOWN)


def _part(of: Mapping[str, Any], parts: int) -> str:
    """A rule of a tenant, or a lane that it takes by weight."""
    if "lane" not in of:
        return " ".join(one for one in (of["kind"], of["name"], of["value"]) if one)
    return of["lane"] if parts == 1 else f"{of['lane']} (weight {of['weight']})"
