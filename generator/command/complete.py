"""What the tab key offers: names of the configuration, by its files' names alone, so that it is
quick and a broken file is in nobody's way. Clusters have no files of their own: the platform's is
read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from generator.vocabulary import names
from generator.vocabulary.layout import PLATFORM, ROOT, TENANTS, of_kind

MOST = 500  # names; nobody reads more

Offer = Callable[[click.Context], Iterable[str]]


def teach(command: click.Command) -> None:
    """Lets the parameters of a verb offer names."""
    for parameter in command.params:
        offer = OFFERS.get((command.name, parameter.name)) or OFFERS.get((None, parameter.name))
        if offer is not None and command.name not in NEW:
            parameter._custom_shell_complete = _completing(offer)  # noqa: SLF001 the only way


def _completing(
    offer: Offer,
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    def complete(
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG001 click calls it so
        incomplete: str,
    ) -> list[CompletionItem]:
        fitting = (name for name in sorted(offer(ctx)) if name.startswith(incomplete))
        return [CompletionItem(name) for name, _ in zip(fitting, range(MOST), strict=False)]

    return complete


def _paths(ctx: click.Context, *, tenants: bool = False) -> Iterator[str]:
    """Files of the configuration that -C names; a folder that cannot be read has none."""
    root = Path(ctx.find_root().params.get("directory") or ".")
    for folder, folders, files in os.walk(root / ROOT):
        below = f"{Path(folder).relative_to(root).as_posix()}/"
        if below == ROOT and not tenants:
            folders[:] = [name for name in folders if f"{ROOT}{name}/" != TENANTS]
        yield from (below + name for name in files)


def _named(paths: Iterable[str], kind: str) -> Iterator[str]:
    """Names that gen takes; what else files are called is no shell's business."""
    for name, _ in of_kind(paths, kind):
        text = "/".join(name) if isinstance(name, tuple) else str(name)
        if names.matches(names.UNIT, text):
            yield text


def _of(*kinds: str) -> Offer:
    def offer(ctx: click.Context) -> Iterator[str]:
        paths = [*_paths(ctx, tenants="tenant" in kinds)]
        for kind in kinds:
            yield from _named(paths, kind)

    return offer


def _clusters(ctx: click.Context) -> Iterator[str]:
    """Those with a name, and the platform's own where there are any."""
    from generator.vocabulary.findings import outcome  # the other names need no YAML
    from generator.vocabulary.yaml_reader import read

    path = Path(ctx.find_root().params.get("directory") or ".") / PLATFORM
    if not path.is_file():
        return
    said, _ = outcome(read(PLATFORM, path.read_bytes()))
    named = said.get("clusters") if said else None
    if isinstance(named, dict) and named:
        yield names.OWN
        yield from (name for name in map(str, named) if names.matches(names.CLUSTER, name))


def _versions(ctx: click.Context) -> Iterator[str]:
    return (f"{name}=" for name in _of("service")(ctx))


def _drawn(ctx: click.Context) -> Iterable[str]:
    """What `gen graph` asks for depends on what it draws."""
    wanted = {"lane": LANES, "callers": CALLED}.get(str(ctx.params.get("what")))
    return wanted(ctx) if wanted else ()


UNITS, LANES = _of("environment", "branch"), _of("environment", "branch", "lane")
CALLED = _of("service", "external")
NEW = {"new", "import"}  # verbs whose names are not there yet
# (verb, or None for all; parameter) → what it offers.
OFFERS: dict[tuple[str | None, str | None], Offer] = {
    (None, "unit"): UNITS,
    (None, "lane"): LANES,
    (None, "service"): _of("service"),
    (None, "services"): _of("service"),
    (None, "tenant"): _of("tenant"),
    (None, "environment"): _of("environment"),
    (None, "callers"): CALLED,
    (None, "without"): _clusters,
    (None, "cluster"): _clusters,
    ("promote", "source"): UNITS,
    ("promote", "target"): UNITS,
    ("deploy", "versions"): _versions,
    ("graph", "name"): _drawn,
}
