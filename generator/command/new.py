"""`gen new`: scaffolds."""

from __future__ import annotations

from typing import Any

import click

from generator.command import options
from generator.command.change import To, editing
from generator.command.workspace import Workspace

KINDS = ("service", "environment", "branch", "lane", "tenant", "external")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option("--image", help="service: its image without tag.")
@click.option(
    "--port",
    "ports",
    multiple=True,
    metavar="[NAME:]NUMBER[/PROTOCOL]",
    help="service, external: a port; once for each.  [default: 8080; external: 443]",
)
@click.option(
    "--protocol",
    type=click.Choice(["http", "http2", "grpc", "tcp", "rpc", "tls"]),
    help="service, external: what ports speak that do not say.  [default: http; external: tls]",
)
@click.option("--calls", multiple=True, metavar="SERVICE", help="service: whom it calls.")
@click.option(
    "--entry",
    multiple=True,
    metavar="[=]PATH",
    help="service: a way in from the ingress; =PATH is this path alone.",
)
@click.option("--host", help="environment, external: its host name.")
@click.option("--extends", help="environment: the one that answers for what it does not run.")
@click.option("--run", "runs", multiple=True, metavar="SERVICE=TAG", help="branch: what it runs.")
@click.option("--through", multiple=True, metavar="UNIT", help="lane: its units, in order.")
@click.option("--lane", help="tenant: the lane it takes.")
@click.option(
    "--header",
    default="x-tenant",
    show_default=True,
    help="tenant: the header whose value is the tenant's name.",
)
@options.owner
@editing
@click.pass_obj
def new(
    workspace: Workspace,
    /,
    kind: Any,
    name: str,
    to: To,
    **given: Any,
) -> None:
    """Writes a new file with comments that explain what can go there. A branch is named
    ENVIRONMENT/BRANCH.

    \b
    gen new service wishlist --image registry.example.com/shop/wishlist --entry /wishlist
    gen new service prices --image registry.example.com/prices --port 9090/grpc --calls catalogue
    gen new environment demo --extends test --host demo.shop.example.com
    gen new branch test/feature-login --run checkout=3f2c1a9
    gen new lane trial --through test/feature-login --through test
    gen new tenant acme --lane test/feature-login
    gen new external billing-db --host billing.db.example.com --port 5432/tcp
    """
    from generator.command.change import make
    from generator.command.words import pair
    from generator.edits.new import New

    runs = dict(pair(text, "a version, service=tag") for text in given.pop("runs"))
    make(workspace, New(kind, name, runs=runs, **given), to)
