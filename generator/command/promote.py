"""`gen promote`: what runs in one unit goes to the next environment, if it may."""

from __future__ import annotations

from typing import IO

import click

from generator.command.change import To, editing
from generator.command.workspace import Workspace


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.argument("services", nargs=-1, metavar="[SERVICE]…")
@click.option(
    "--tested",
    type=click.File("r"),
    metavar="FILE",
    help="The Application of FROM's smoke tests, as `kubectl get -o json` prints it; `-` reads it "
    "from a pipe.",
)
@editing
@click.pass_obj
def promote(
    workspace: Workspace,
    source: str,
    target: str,
    services: tuple[str, ...],
    tested: IO[str] | None,
    to: To,
) -> None:
    """Puts the tags (or digests) of FROM into TO's file, keeping every comment: of the services
    named, or of all that both run. FROM and TO are units: `test`, or `test/feature-login`.

    An environment that says `takes: {from: test, tested: true}` takes nothing else, and only what
    passed: show it (exit 4 otherwise).

    \b
    gen promote test staging
    kubectl -n argocd get application test.baseline.tests -o json |
      gen promote test staging --tested -
    """
    from generator.command.change import make
    from generator.edits.promote import Promote

    proof = tested.read() if tested else None
    make(workspace, Promote(source, target, services, proof), to)
