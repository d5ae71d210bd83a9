"""`gen import`: an application that runs already."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from generator.adoption.adopt import Adopted, Environment
    from generator.adoption.items import Brought, Item
    from generator.compiler.load import Project
    from generator.vocabulary.findings import Finding, Reading

_NAMED = "a name, or name=namespace"
# Path → bytes of what is to be written, and what is there already and stays.
Told = tuple[Mapping[str, bytes], list[str]]


@click.command("import")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE…")
@click.option(
    "--environment",
    "environments",
    multiple=True,
    metavar="NAME[=NAMESPACE]",
    help="Environment that runs it; once for each namespace, if there are several.  "
    "[default: test]",
)
@click.option("--secrets", is_flag=True, help="Take Secrets along, into git.")
@click.option(
    "--registry",
    metavar="PREFIX",
    help="Where images that Compose builds are pushed: each becomes PREFIX/<service>.",
)
@click.option(
    "--in-place",
    is_flag=True,
    help="What runs goes on as it is: its pods stay as they are, until you say otherwise.",
)
@options.formatted()
@click.option(
    "--prove",
    is_flag=True,
    help="Write nothing: compare what was brought with what would be applied now.",
)
@options.dry_run
@click.pass_obj
def import_(
    workspace: Workspace,
    sources: tuple[str, ...],
    environments: tuple[str, ...],
    secrets: bool,
    registry: str | None,
    in_place: bool,
    form: str,
    prove: bool,
    dry_run: bool,
) -> int:
    """Takes over what runs already: manifests and Compose files (files, folders, `-` for standard
    input), Kustomize overlays. Writes services, their bases and an environment, and tells what is
    left to be decided. A file that is there stays, but for services that are new in `runs`.

    \b
    kubectl -n shop get all,cm,pvc,ing,hpa,pdb,sa -o yaml | gen import -
    helm template shop ./chart | gen import - --environment test
    gen import deploy/kubernetes --prove
    """
    from generator.vocabulary.findings import errors, outcome

    wanted = _wanted(environments)
    project = _project(workspace)
    files, brought = _read(sources, _prefix(registry), secrets=secrets)
    if prove:
        return _prove(workspace, brought, wanted, form)
    made = _adopted(project, brought, wanted, secrets=secrets, in_place=in_place)
    (new, kept), unnamed = outcome(_files(workspace, made))
    if not dry_run:
        _write(workspace, new)
    found = [*brought.found, *made.found, *unnamed]
    if form == "json":
        _tell_json(workspace, made, found, files, (new, kept))
    else:
        _tell(workspace, made, found, files, (new, kept), len(brought.items), dry_run)
    return 1 if errors(found) else 0


def _prove(
    workspace: Workspace, brought: Brought, wanted: Mapping[str, str | None], form: str
) -> int:
    """Exit 16 if adopting changes anything."""
    from generator.adoption import prove
    from generator.io.applied import applied, command
    from generator.io.terminal import clean
    from generator.vocabulary.nearest import known

    compiled = workspace.compiled
    told: dict[str, Any] = {}
    restarts: dict[str, list[str]] = {}
    for name, namespace in wanted.items():
        known(name, compiled.plan.environments, "environment")
        here = compiled.plan.environments[name].namespace
        items = _of(brought.items, namespace)
        found = list(prove.differences(items, applied(compiled, name), here))
        told[name], restarts[name] = prove.data(found), prove.restarting(found)
        if form == "text":
            workspace.echo(f"{name}: {len(found)} differences, {len(items)} objects brought")
            for line in prove.text(found):
                workspace.echo(f"  {clean(line)}")
            for line in prove.restarts(restarts[name]):
                workspace.echo(f"  {clean(line)}")
    if form == "json":
        said = {"version": 1, "environments": told, "restarts": restarts}
        workspace.echo(json.dumps(said, indent=2, default=str))
    if command() is None:
        workspace.terminal.note(
            "neither kustomize nor kubectl is here: bases are as gen reads them"
        )
    return 16 if any(told.values()) else 0


def _read(
    sources: Sequence[str], registry: str | None, *, secrets: bool
) -> tuple[dict[str, bytes], Brought]:
    """What is brought: texts by their path, and the objects in them."""
    from generator.adoption.compose import translator
    from generator.adoption.items import read
    from generator.io import bring

    files = bring.read(sources)
    beside = bring.beside(files)
    asked = translator(secrets=secrets, beside=beside, registry=registry, near=bring.near)
    return files, read(files, asked)


def _prefix(registry: str | None) -> str | None:
    """A registry, with the path below which images lie."""
    from generator.vocabulary import names

    if registry is None or names.matches(names.IMAGE, f"{registry}/x"):
        return registry
    step = "write it as images begin: --registry registry.example.com/shop"
    raise Refusal(f"`{registry[:100]}` is no registry", step, exit_code=2)


def _wanted(environments: Iterable[str]) -> dict[str, str | None]:
    """Environment → its namespace; None for all."""
    from generator.vocabulary import names

    namespaces: dict[str, str | None] = {}
    for text in environments or ("test",):
        name, equals, namespace = text.partition("=")
        if not names.matches(names.DNS_LABEL, name) or (equals and not namespace):
            raise Refusal(f"`{text}` is not {_NAMED}", f"write {_NAMED}", exit_code=2)
        namespaces[name] = namespace or None
    if len(namespaces) > 1 and None in namespaces.values():
        step = "name the namespace of each: --environment test=shop-test"
        raise Refusal("several environments cannot all have everything", step, exit_code=2)
    return namespaces


def _project(workspace: Workspace) -> Project:
    """The configuration that it goes into."""
    from generator.compiler.load import load
    from generator.vocabulary.findings import Findings, errors, outcome
    from generator.vocabulary.layout import PLATFORM

    if PLATFORM not in workspace.sources.files:
        step = f"start one: `gen init --empty {workspace.root}`"
        raise Refusal(f"{workspace.root} is no configuration repository", step, exit_code=2)
    project, found = outcome(load(workspace.sources))
    if errors(found):
        raise Findings(errors(found), workspace.sources)
    return project


def _adopted(
    project: Project,
    brought: Brought,
    wanted: Mapping[str, str | None],
    *,
    secrets: bool,
    in_place: bool,
) -> Adopted:
    from generator.adoption.adopt import Adopted, Here, adopt
    from generator.adoption.belongings import Asked
    from generator.manifests.allowed import parsed

    said = project.platform.bases.kinds if project.platform else {}
    kinds = {parsed(kind): scope for kind, scope in said.items()}
    asked = Asked(kinds, secrets, len(wanted) > 1, in_place)
    made = Adopted()
    for name, namespace in wanted.items():
        new = {path: text.encode() for path, text in made.files.items()}
        environment = project.environments.get(name)
        here = Here(
            {*project.services, *made.taken},
            {**new, **project.sources.files},
            set(environment.runs) if environment else (),
        )
        made.join(adopt(_of(brought.items, namespace), name, asked, here))
    _left_alone(made, brought.items, wanted)
    return made


def _of(items: Iterable[Item], namespace: str | None) -> list[Item]:
    return [item for item in items if namespace in (None, item.namespace)]


def _left_alone(made: Adopted, items: Iterable[Item], wanted: Mapping[str, str | None]) -> None:
    """Objects of namespaces that nobody named."""
    from generator.adoption.group import Left

    named = set(wanted.values())
    if None not in named:
        made.left += [
            Left(item, "no --environment names its namespace")
            for item in items
            if item.namespace not in named
        ]


def _files(workspace: Workspace, made: Adopted) -> Reading[Told]:
    """Path → bytes of what is to be written, and what is there already and stays."""
    from generator.vocabulary.layout import path_of

    there = workspace.sources.files
    new: dict[str, bytes] = {}
    kept: list[str] = []
    for path, text in made.files.items():
        if path in there or (workspace.root / path).exists():
            kept.append(path)
        else:
            new[path] = text.encode()
    for one in made.environments:
        path = path_of("environment", one.name)
        if path not in there:
            new[path] = one.text().encode()
        elif (raw := _more(path, there[path], one)) != there[path]:
            new[path] = raw
            yield from _unnamed(path, there[path], one)
    return new, kept


def _more(path: str, raw: bytes, one: Environment) -> bytes:
    """An environment's file with the services that are new in it."""
    from generator.edits.document import Document

    document = Document(path, raw)
    new = one.runs.keys() - (document.data.get("runs") or {}).keys()
    for service in (name for name in one.runs if name in new):
        for route, value in _scalars(one.runs[service]):
            document.set(("runs", service, *route), value)
    if new and one.adopting:
        document.set(("adopting",), True)
    return document.raw


def _unnamed(path: str, before: bytes, one: Environment) -> Iterator[Finding]:
    """Components that a file of people's does not name yet: edits make no lists."""
    from generator.edits.document import Document
    from generator.vocabulary.findings import Finding
    from generator.vocabulary.source import Mark, Place

    known = Document(path, before).data.get("runs") or {}
    for service, run in one.runs.items():
        if service not in known and "components" in run:
            names = ", ".join(run["components"])
            message = f"{service} differs from its base here, and nothing names its component"
            hint = f"write `components: [{names}]` at {service} in `runs`"
            yield Finding("GEN615", Place(path, mark=Mark(1, 1)), message, hint, about=service)


def _scalars(run: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str | int]]:
    """(route, value) of a version, but for its components."""
    for key, value in run.items():
        if isinstance(value, dict):
            yield from (((key, *route), text) for route, text in _scalars(value))
        elif not isinstance(value, list):
            yield (key,), value


def _write(workspace: Workspace, files: Mapping[str, bytes]) -> None:
    from generator.io.edit import refuse_links, write_file

    for path in files:
        refuse_links(workspace.root, path)
    for path, raw in files.items():
        write_file(workspace.root / path, raw)


def _tell(
    workspace: Workspace,
    made: Adopted,
    found: list[Any],
    files: Mapping[str, bytes],
    told: Told,
    objects: int,
    dry_run: bool,
) -> None:
    from generator.adoption import report as taken
    from generator.io import report
    from generator.io.terminal import clean
    from generator.vocabulary.findings import grouped
    from generator.vocabulary.source import Sources

    sources = Sources(files)
    spots = report.spots(grouped(found), sources)
    if spots:
        workspace.echo(report.text(spots, sources, workspace.terminal))
    for line in taken.text(made, objects, *told):
        workspace.echo(clean(line))
    workspace.echo(f"to be decided: {len(spots)}" if spots else "nothing is left to be decided")
    if dry_run:
        workspace.echo("dry run: nothing was written")
    else:
        workspace.echo("next: `gen validate`")


def _tell_json(
    workspace: Workspace,
    made: Adopted,
    found: list[Any],
    files: Mapping[str, bytes],
    told: Told,
) -> None:
    from generator.adoption import report as taken
    from generator.io import report
    from generator.vocabulary.source import Sources

    sources = Sources(files)
    placed = json.loads(report.as_json(report.spots(found, sources), sources))
    said = taken.data(made, *told) | {"findings": placed["findings"]}
    workspace.echo(json.dumps(said, indent=2))
