"""`gen graph`: pictures of the configuration, as text that others draw, or drawn."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.vocabulary.nearest import known
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from generator.views.graph.graph import Drawing, Graph

WHAT = ("environments", "lane", "callers")


@click.command()
@click.argument("what", type=click.Choice(WHAT), default="environments")
@click.argument("name", required=False)
@options.formatted("mermaid", "dot", "svg")
@click.pass_obj
def graph(workspace: Workspace, what: str, name: str | None, form: str) -> None:
    """Draws environments with their branches and lanes; the way of one lane's requests; or who
    calls a service, and for which lanes. As Mermaid (a comment or a page on a Git host shows it),
    DOT (Graphviz draws it), SVG (any browser shows it), or a line for each edge.

    \b
    gen graph --format mermaid
    gen graph lane test/feature-login --format svg > lane.svg
    gen graph callers payment --format dot | dot -Tpng > callers.png
    """
    from generator.views.graph.graph import as_json

    made = _made(workspace, what, name)
    if form == "json":
        workspace.echo(json.dumps(as_json(made)))
    else:
        workspace.terminal.out.write(_drawing(form)(made))


def _made(workspace: Workspace, what: str, name: str | None) -> Graph:
    from generator.views.graph import made

    plan = workspace.compiled.plan
    if what == "environments":
        if name is not None:
            raise Refusal("environments are drawn together", f"leave out `{name[:60]}`", 2)
        return made.environments(plan)
    if name is None:
        kind = "a lane" if what == "lane" else "a service"
        raise Refusal(f"which one? `{what}` asks for {kind}", f"gen graph {what} NAME", 2)
    if what == "lane":
        known(name, plan.lanes, "lane")
        return made.lane(plan, name)
    known(name, [*plan.services, *plan.externals], "service or external")
    return made.asked_by(plan, name)


def _drawing(form: str) -> Drawing:
    from generator.views.graph import dot, mermaid, svg
    from generator.views.graph.graph import as_text

    return {"text": as_text, "mermaid": mermaid.draw, "dot": dot.draw, "svg": svg.draw}[form]
