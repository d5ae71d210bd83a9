"""`gen init`: a working configuration repository."""

from __future__ import annotations

import json
from pathlib import Path

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.vocabulary.layout import PLATFORM, ROOT
from generator.vocabulary.names import CLUSTER, RESERVED_ENVIRONMENTS, RESERVED_ROOTS, matches
from generator.vocabulary.plural import count
from generator.vocabulary.refusal import Refusal

STARTER = Path(__file__).parent.parent / "starter"


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--empty", is_flag=True, help="Leave out the example: for what you bring.")
@click.option(
    "--clusters",
    multiple=True,
    metavar="NAME",
    help="One more cluster, with an environment of that name; several by several of these.",
)
@options.formatted()
@click.pass_obj
def init(
    workspace: Workspace, directory: Path, empty: bool, clusters: tuple[str, ...], form: str
) -> None:
    """Writes one of each thing into DIRECTORY, with schemas for editors, a workflow and a commit
    hook. It must be empty, or hold nothing but .git.

    \b
    gen init shop
    gen init --clusters eu shop
    gen init --empty shop && cd shop && kubectl get … -o yaml | gen import -
    """
    from generator.io.edit import write_file

    directory = workspace.root / directory
    if directory.exists() and (
        not directory.is_dir() or any(entry.name != ".git" for entry in directory.iterdir())
    ):
        raise Refusal(f"{directory} is not empty", "name a new folder")
    files = starter(empty=empty) | _clusters(clusters, empty=empty)
    for path, content in files.items():
        write_file(directory / path, content)
    if form == "json":
        told = {"version": 1, "directory": str(directory), "written": sorted(files)}
        workspace.echo(json.dumps(told))
        return
    workspace.echo(f"{count(len(files), 'file')} written to {directory}")
    here = f"gen -C {directory}"
    then = (
        f"`{here} import …`" if empty else f"`{here} validate` and `{here} explain --tenant acme`"
    )
    workspace.echo(f"next: edit {directory}/{PLATFORM}, then {then}")


def starter(*, empty: bool = False) -> dict[str, bytes]:
    """Path → content of a new repository. Package files named `dot-x` become `.x`. An `empty` one
    has no example, only the platform."""
    from generator.views.scaffold import Port, base
    from generator.views.schema import schemas

    files = {
        "/".join(
            "." + part[4:] if part.startswith("dot-") else part
            for part in path.relative_to(STARTER).parts
        ): path.read_bytes()
        for path in sorted(STARTER.rglob("*"))
        if path.is_file()
    }
    example = (
        () if empty else (("web", Port("http", 8080, "http")), ("api", Port("grpc", 9090, "grpc")))
    )
    if empty:
        files = {path: raw for path, raw in files.items() if _is_empty(path)}
    for name, port in example:
        texts = base(name, f"registry.example.com/shop/{name}", [port])
        files |= {path: text.encode() for path, text in texts.items()}
    return files | {f"schemas/{name}": text.encode() for name, text in schemas().items()}


def _clusters(named: tuple[str, ...], *, empty: bool) -> dict[str, bytes]:
    """The platform with more clusters, and an environment of the example on each."""
    if not named:
        return {}
    for name in named:
        if not matches(CLUSTER, name) or name in RESERVED_ENVIRONMENTS | RESERVED_ROOTS:
            step = "give a DNS label that means nothing to gen yet, such as eu"
            raise Refusal(f"`{name}` cannot name a cluster", step, exit_code=2)
    lines = [f"  {name}: {{}}   # as Argo CD calls it" for name in named]
    said = (STARTER / PLATFORM).read_text().rstrip("\n")
    text = "\n".join([said, "clusters:   # docs/clusters.md", *lines]) + "\n"
    files = {PLATFORM: text.encode()}
    example = (STARTER / ROOT / "test/environment.yaml").read_text()
    for name in () if empty else named:
        own = example.replace("hosts: [test.", f"cluster: {name}\nhosts: [{name}.")
        files[f"{ROOT}{name}/environment.yaml"] = own.encode()
    return files


def _is_empty(path: str) -> bool:
    return path == PLATFORM or not path.startswith(ROOT)
