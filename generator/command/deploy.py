"""`gen deploy`: tags on a unit; the one command that makes a test environment for a branch."""

from __future__ import annotations

import click

from generator.command.words import known, pair
from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal


@click.command(short_help="Put tags on a unit; creates the branch if it is new.")
@click.argument("unit")
@click.argument("versions", nargs=-1, required=True, metavar="SERVICE=TAG…")
@click.option("--owner", help="Owner, for a new branch.")
@click.option("--expires", metavar="DATE", help="Last day of its life, for a new branch: 2027-01-31.")
@click.option("--env", "variables", multiple=True, metavar="SERVICE:KEY=VALUE", help="An environment variable of a service.")
@click.option("--dry-run", is_flag=True, help="Show the change, write nothing.")
@click.pass_obj
def deploy(workspace: Workspace, unit: str, versions: tuple[str, ...], owner: str | None, expires: str | None, variables: tuple[str, ...], dry_run: bool) -> None:
    """Edits the file of an environment (`test`) or of one of its branches (`test/feature-login`), keeping every
    comment. SERVICE=sha256:… sets a digest.

    \b
    gen deploy test cart=v2.0.2
    gen deploy test/feature-login checkout=3f2c1a9 --owner accounts --expires 2027-01-31
    """
    from generator.command.change import apply

    wanted = dict(pair(text, "a version, service=tag") for text in versions)
    settings = [_variable(text) for text in variables]
    catalogue = _names(workspace, "environments/services/")
    for service in (*wanted, *(service for service, _, _ in settings)):
        known(service, catalogue, "service")
    environment, _, branch = unit.partition("/")
    known(environment, _environments(workspace), "environment")
    path, new = _file(workspace, environment, branch, wanted)
    if new is not None:
        text = _created(path, branch, wanted, owner, expires)
        workspace.echo(f"new branch {workspace.terminal.style(f'{environment}/{new}', 'bold')}; requests with this colour, and tenants whose lane it is, take it")
    else:
        text = workspace.sources.files[path]
    apply(workspace, {path: edited(path, text, wanted, settings)}, dry_run)


def _variable(text: str) -> tuple[str, str, str]:
    service, _, rest = text.partition(":")
    return (service, *pair(rest, "a variable, service:KEY=value"))


def _names(workspace: Workspace, folder: str) -> set[str]:
    return {path.rpartition("/")[2].removesuffix(".yaml") for path in workspace.sources.below(folder)}


def _environments(workspace: Workspace) -> set[str]:
    return {path.split("/")[1] for path in workspace.sources.below("environments/") if path.endswith("/environment.yaml") and path.count("/") == 2}


def _file(workspace: Workspace, environment: str, branch: str, wanted: dict[str, str]) -> tuple[str, str | None]:
    """The unit's file, and the name of the branch if it is new. A git branch's name is made to fit."""
    from generator.views.scaffold import branch_name, path_of

    if not branch:
        return f"environments/{environment}/environment.yaml", None
    room = 62 - max(max(map(len, wanted)), len(environment))
    for name in (branch, branch_name(branch, room)):
        for path in workspace.sources.below(f"environments/{environment}/branches/"):
            if path.endswith(f"/{name}.yaml"):
                _same(workspace.sources.files[path], path, name, branch)
                return path, None
    return path_of("branch", f"{environment}/{name}"), name


def _origin(branch: str) -> str:
    """The line that remembers a git branch whose name had to change."""
    from generator.compiler.emit.yaml_text import scalar

    return f"# git branch: {scalar(branch)}\n"


def _same(raw: bytes, path: str, name: str, branch: str) -> None:
    """Refuses two git branches whose names become one: the second would put its versions into the first's environment."""
    if name != branch and _origin(branch).encode() not in raw:
        raise Refusal(f"{path} is not known to be that of the git branch {branch}", f"name it as it is here, `{name}`, if it is; otherwise choose another name for this one")


def _created(path: str, branch_of: str, wanted: dict[str, str], owner: str | None, expires: str | None) -> bytes:
    from generator.compiler.emit.yaml_text import scalar
    from generator.views.scaffold import branch, modeline, version

    runs = {service: f"{kind}: {scalar(value)}" for service, text in wanted.items() for kind, value in [version(text)]}
    origin = "" if path.endswith(f"/{branch_of}.yaml") else _origin(branch_of)
    return (modeline("branch", path) + origin + branch(owner, expires, runs)).encode()


def edited(path: str, raw: bytes, wanted: dict[str, str], settings: list[tuple[str, str, str]]) -> bytes:
    """A unit's file with other versions (a tag, or a digest) and variables."""
    from generator.compiler.yaml_reader import read
    from generator.edge.edit import Document
    from generator.views.scaffold import version

    document = Document(path, raw)
    for service, text in wanted.items():
        kind, value = version(text)
        there = ((read(path, document.raw, []) or {}).get("runs") or {}).get(service)
        if isinstance(there, dict) and kind not in there and (other := "tag" if kind == "digest" else "digest") in there:
            document.rename(("runs", service, other), kind)
        elif isinstance(there, dict) and kind == "tag" and "digest" in there:
            raise Refusal(f"{service} has a digest, which wins over a tag", f"delete the digest in {path} first")
        document.set(("runs", service, kind), value)
    for service, name, value in settings:
        document.set(("runs", service, "env", name), value)
    return document.raw
