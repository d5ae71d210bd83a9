"""`gen learn`: who calls whom, and who loses the colour, from what running services tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from generator.command.change import To, editing
from generator.command.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.adoption.telemetry.evidence import Evidence


@click.command()
@click.argument("sources", nargs=-1, metavar="FILE…")
@click.option(
    "--bases",
    is_flag=True,
    help="Take what bases dial as evidence: variables, arguments, ConfigMaps.",
)
@click.option(
    "--least",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How often a call must be seen to be added.",
)
@click.option(
    "--forwards",
    is_flag=True,
    help="Set `forwardsColour` too, of services of which at least 20 calls could be joined.",
)
@editing
@click.pass_obj
def learn(
    workspace: Workspace,
    /,
    sources: tuple[str, ...],
    bases: bool,
    least: int,
    forwards: bool,
    to: To,
) -> None:
    """Reads telemetry and adds to `calls` of the catalogue what was seen and is not there; nothing
    is taken away. Tells how often each call was seen, which were declared and never seen, and which
    services lose the colour. FILEs (`-` for standard input) are answers of Prometheus for
    `istio_requests_total`, spans of OpenTelemetry or Jaeger as JSON, access logs of Envoy or Istio,
    and graphs of Kiali. docs/bring-an-application.md says what each can prove.

    \b
    kubectl -n shop logs -l app --all-containers --prefix | gen learn - --dry-run
    gen learn --forwards spans.json
    gen learn --bases
    """
    from generator.adoption.telemetry import report
    from generator.command.change import make
    from generator.edits.learn import Learn
    from generator.io.terminal import clean
    from generator.vocabulary.refusal import Refusal

    if not sources and not bases:
        raise Refusal("nothing to learn from", "name a FILE, - or --bases", exit_code=2)
    seen = _seen(workspace, sources, bases)
    declared = {name: one.calls for name, one in workspace.compiled.plan.services.items()}
    fresh = report.new_calls(seen, declared, least)
    for line in report.text(seen, declared, fresh):
        workspace.echo(clean(line))
    told = report.forwards(seen) if forwards else {}
    for service, (forward, evidence) in told.items():
        workspace.echo(f"{service}: forwardsColour {str(forward).lower()}, {evidence}")
    calls = {caller: tuple(callees) for caller, callees in fresh.items()}
    make(workspace, Learn(calls, {service: forward for service, (forward, _) in told.items()}), to)


def _seen(workspace: Workspace, sources: Sequence[str], bases: bool) -> Evidence:
    """All that the sources tell, and what bases dial."""
    from generator.adoption.telemetry.evidence import Who
    from generator.adoption.telemetry.reader import Telemetry
    from generator.compiler.check.dials import dialled, names_of
    from generator.io.evidence import feed
    from generator.plan.journey import given

    compiled = workspace.compiled
    plan = compiled.plan
    telemetry = Telemetry(Who(names_of(plan)), plan.platform.mesh.header, given(plan.runs))
    for source in sources:
        feed(telemetry, source)
    seen = telemetry.close()
    for call in dialled(compiled.resolved, plan) if bases else ():
        seen.calls[call] += 1
        seen.kinds["addresses in bases"] += 1
    return seen
