"""`gen init`: a working configuration repository."""

from __future__ import annotations

from pathlib import Path

import click

from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal

STARTER = Path(__file__).parent.parent / "starter"


@click.command(short_help="Start a configuration repository: one of each thing.")
@click.argument("directory", type=click.Path(path_type=Path))
@click.pass_obj
def init(workspace: Workspace, directory: Path) -> None:
    """Writes one of each thing into DIRECTORY, with schemas for editors, a workflow and a commit hook. It must be
    empty, or hold nothing but .git."""
    from generator.edge.edit import write_file

    directory = workspace.root / directory
    if directory.exists() and (not directory.is_dir() or any(entry.name != ".git" for entry in directory.iterdir())):
        raise Refusal(f"{directory} is not empty", "name a new folder")
    files = starter()
    for path, content in files.items():
        write_file(directory / path, content)
    workspace.echo(f"{len(files)} files written to {directory}")
    workspace.echo(f"next: edit {directory}/environments/platform.yaml, then `gen -C {directory} validate` and `gen -C {directory} explain --tenant acme`")


def starter() -> dict[str, bytes]:
    """Path → content of a new repository. Package files named `dot-x` become `.x`."""
    from generator.views.scaffold import base
    from generator.views.schema import schemas

    files = {
        "/".join("." + part[4:] if part.startswith("dot-") else part for part in path.relative_to(STARTER).parts): path.read_bytes()
        for path in sorted(STARTER.rglob("*"))
        if path.is_file()
    }
    for name, protocol, port in (("web", "http", 8080), ("api", "grpc", 9090)):
        files |= {path: text.encode() for path, text in base(name, f"registry.example.com/shop/{name}", port, protocol).items()}
    return files | {f"schemas/{name}": text.encode() for name, text in schemas().items()}
