"""`gen new`: scaffolds."""

from __future__ import annotations

import click

from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal

KINDS = ("service", "environment", "branch", "lane", "tenant")


@click.command(short_help="Scaffold a service, environment, branch, lane or tenant.")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option("--image", help="service: its image without tag.")
@click.option("--port", type=int, default=8080, show_default=True, help="service: its port.")
@click.option("--protocol", type=click.Choice(["http", "http2", "grpc", "tcp", "rpc"]), default="http", show_default=True, help="service: what the port speaks.")
@click.option("--host", help="environment: its host name.")
@click.option("--extends", help="environment: the one that answers for what it does not run.")
@click.option("--run", "runs", multiple=True, metavar="SERVICE=TAG", help="branch: what it runs.")
@click.option("--through", multiple=True, metavar="UNIT", help="lane: its units, in order.")
@click.option("--lane", help="tenant: the lane it takes.")
@click.option("--header", default="x-tenant", show_default=True, help="tenant: the header whose value is the tenant's name.")
@click.option("--owner", help="Who answers for it.")
@click.option("--dry-run", is_flag=True, help="Show the files, write nothing.")
@click.pass_obj
def new(workspace: Workspace, kind: str, name: str, dry_run: bool, owner: str | None, **options: object) -> None:
    """Writes a new file with comments that tell what can be said there. A branch is named ENVIRONMENT/BRANCH.

    \b
    gen new service wishlist --image registry.example.com/shop/wishlist
    gen new environment demo --extends test --host demo.shop.example.com
    gen new branch test/feature-login --run checkout=3f2c1a9
    gen new lane trial --through test/feature-login --through test
    gen new tenant acme --lane test/feature-login
    """
    from generator.command.change import apply, new_files
    from generator.views.scaffold import modeline, path_of

    _check_name(kind, name)
    path = path_of(kind, name)
    body, more = _body(kind, name, options)
    head = modeline(kind, path) + (f"owner: {owner}\n" if owner else "")
    apply(workspace, new_files(workspace, {path: head + body, **more}), dry_run)


def _check_name(kind: str, name: str) -> None:
    from generator.vocabulary import names

    pattern = {"service": names.SERVICE_LABEL, "branch": rf"{names.DNS_LABEL}/{names.DNS_LABEL}"}.get(kind, names.DNS_LABEL)
    if not names.matches(pattern, name):
        raise Refusal(f"`{name}` cannot name a {kind}", "use a-z, 0-9 and '-'" + ("; a branch is ENVIRONMENT/BRANCH" if kind == "branch" else ""), exit_code=2)


def _body(kind: str, name: str, options: dict) -> tuple[str, dict[str, str]]:  # type: ignore[type-arg]
    from generator.command.words import pair
    from generator.compiler.emit.yaml_text import scalar
    from generator.views import scaffold

    if kind == "service":
        image = _needed(options, "image", kind)
        return scaffold.service(name, image, options["port"], options["protocol"]), scaffold.base(name, image, options["port"], options["protocol"])
    if kind == "environment":
        return scaffold.environment(name, options["host"] or f"{name}.example.com", options["extends"]), {}
    if kind == "branch":
        runs = dict(pair(text, "a version, service=tag") for text in _needed(options, "runs", kind, "run"))
        return scaffold.branch(None, None, {service: "{}: {}".format(*(part if index == 0 else scalar(part) for index, part in enumerate(scaffold.version(text)))) for service, text in runs.items()}), {}
    if kind == "lane":
        return scaffold.lane(list(_needed(options, "through", kind))), {}
    return scaffold.tenant(options["header"], name, _needed(options, "lane", kind)), {}


def _needed(options: dict, key: str, kind: str, flag: str | None = None):  # type: ignore[no-untyped-def,type-arg]
    if not options[key]:
        raise Refusal(f"a {kind} needs --{flag or key}", "see `gen new --help`", exit_code=2)
    return options[key]
