"""`gen deploy`: tags on a unit; the one command that makes a test environment for a branch."""

from __future__ import annotations

import click

from generator.command import options
from generator.command.change import To, editing
from generator.command.words import date_of, pair
from generator.command.workspace import Workspace


@click.command()
@click.argument("unit")
@click.argument("versions", nargs=-1, required=True, metavar="SERVICE=TAG…")
@options.owner
@click.option(
    "--expires", metavar="DATE", help="Last day of its life, for a new branch: 2027-01-31."
)
@click.option(
    "--env",
    "variables",
    multiple=True,
    metavar="SERVICE:KEY=VALUE",
    help="An environment variable of a service.",
)
@click.option(
    "--source-commit",
    metavar="COMMIT",
    help="The application's commit that the versions were built from: HEAD in its checkout, or "
    "COMMIT@TIME (3f2c1a9@2027-01-31T10:00:00Z). It is recorded, and an older one is refused "
    "(exit 5).",
)
@editing
@click.pass_obj
def deploy(
    workspace: Workspace,
    unit: str,
    versions: tuple[str, ...],
    owner: str | None,
    expires: str | None,
    variables: tuple[str, ...],
    source_commit: str | None,
    to: To,
) -> None:
    """Edits the file of an environment (`test`) or of one of its branches (`test/feature-login`),
    keeping every comment. SERVICE=sha256:… sets a digest, SERVICE=IMAGE:TAG another image too,
    from a registry that platform.yaml allows.

    \b
    gen deploy test cart=v2.0.2
    gen deploy test/feature-login checkout=3f2c1a9 --owner accounts --expires 2027-01-31
    gen deploy test cart=3f2c1a9 --source-commit HEAD --push --repository URL
    """
    from generator.command.change import make
    from generator.edits.deploy import Deploy
    from generator.io.application import built_from

    source, before = built_from(source_commit) if source_commit else (None, ())
    edit = Deploy(
        unit,
        dict(pair(text, "a version, service=tag") for text in versions),
        owner,
        date_of(expires) if expires else None,
        tuple(_variable(text) for text in variables),
        source,
        before,
    )
    make(workspace, edit, to)


def _variable(text: str) -> tuple[str, str, str]:
    service, _, rest = text.partition(":")
    return (service, *pair(rest, "a variable, service:KEY=value"))
