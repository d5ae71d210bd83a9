"""Options that several verbs have, each in one place: what it is called, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

Verb = Callable[..., object]


def formatted(*more: str) -> Callable[[Verb], Verb]:
    """What a report is printed as: text, JSON, or a format that only some reports have."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", *more]),
        default="text",
        show_default=True,
        help="What the report is printed as.",
    )


def out(folder: str) -> Callable[[Verb], Verb]:
    """The folder of a verb that writes one, and that of the repository if none is given."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path),
        help=f"Folder to write.  [default: {folder}/ of the repository]",
    )


def day(name: str) -> Callable[[Verb], Verb]:
    """The day by which verbs tell what has expired."""
    return click.option(
        name, metavar="DATE", help="The day to go by: 2027-01-31.  [default: today, UTC]"
    )


now = click.option(
    "--now",
    metavar="MOMENT",
    help="The moment to go by: 2027-01-31T20:00:00Z.  [default: now]",
)
check = click.option(
    "--check", is_flag=True, help="Write nothing; exit 16 if anything would change."
)
dry_run = click.option(
    "--dry-run", is_flag=True, help="Show what would change; write and push nothing."
)
forge = click.option(
    "--forge",
    metavar="KIND[=URL]",
    help="What the URL's host is: github, gitlab or gitea (Forgejo too), and where its API is, if "
    "that is not plain.",
)
repository = click.option(
    "--repository",
    metavar="URL",
    help="The configuration repository, if it is not cloned here; -C is a folder in it. GEN_TOKEN "
    "may hold a token for it.",
)
TOKEN = "GEN_ARGOCD_TOKEN"  # noqa: S105 the name of a variable


def applications(verb: Verb) -> Verb:
    """Where Argo CD's own words come from."""
    address = click.option(
        "--argocd",
        metavar="URL",
        help=f"Argo CD's address, to ask for its Applications; {TOKEN} holds a token that reads "
        "them.",
    )
    file = click.option(
        "--applications",
        type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
        metavar="FILE",
        help="The Applications as `kubectl get -o json` prints them (`-`: a pipe); looked at once.",
    )
    return address(file(verb))


owner = click.option("--owner", help="Who is responsible for what is new.")


def output_branch(verb: Verb) -> Verb:
    """Where what is published lies."""
    branch = click.option(
        "--branch", help="Output branch.  [default: argocd.branch of platform.yaml]"
    )
    remote = click.option(
        "--remote", default="origin", show_default=True, help="Remote that has the output branch."
    )
    return branch(remote(verb))


def target(verb: Verb) -> Verb:
    """What the files here are printed for, in the place of what platform.yaml says."""
    plane = click.option(
        "--plane",
        type=click.Choice(["sidecar", "ambient"]),
        help="Compare with no commit: what the files here become on this plane.",
    )
    routes = click.option(
        "--routes",
        type=click.Choice(["virtualService", "gateway"]),
        help="The same of this kind of routes.",
    )
    ingress = click.option(
        "--ingress",
        type=click.Choice(["istio", "gateway"]),
        help="The same of this kind of ingress.",
    )
    cluster = click.option(
        "--cluster",
        metavar="NAME",
        help="With --plane and --routes: of this cluster alone; `own` is the platform's own.",
    )
    environment = click.option(
        "--environment", metavar="NAME", help="With --plane: of this environment alone."
    )
    return plane(routes(ingress(cluster(environment(verb)))))
