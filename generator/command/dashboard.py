"""`gen dashboard`: a lane's requests, errors and latency beside its baseline's."""

from __future__ import annotations

import json

import click

from generator.command import options
from generator.command.workspace import Workspace
from generator.vocabulary.nearest import known
from generator.vocabulary.refusal import Refusal


@click.command()
@click.argument("lane", required=False)
@options.formatted("grafana")
@click.pass_obj
def dashboard(workspace: Workspace, lane: str | None, form: str) -> None:
    """Prints queries of Prometheus for a lane beside its baseline: requests, errors, latency, who
    answers, what reaches nobody and where the colour is lost; or a Grafana dashboard of them, for
    all lanes. They need `telemetry.metrics` in platform.yaml.

    \b
    gen dashboard test/feature-login
    gen dashboard --format grafana > lanes.json
    """
    from generator.views import dashboard as view

    plan = workspace.compiled.plan
    telemetry = plan.platform.telemetry
    if telemetry is None or not telemetry.metrics:
        raise Refusal(
            "no metric tells lanes",
            "say `telemetry: {metrics: [prometheus]}` in platform.yaml, and publish it",
            1,
        )
    known(lane, plan.lanes, "lane")
    if form == "grafana":
        workspace.echo(json.dumps(view.grafana(plan, lane), indent=2))
        return
    words = (view.LANE, view.BASELINE, view.CLUSTER)
    if lane:
        words = (lane, view.baseline(plan, lane), "")
    panels = list(view.panels(plan, *words))
    if form == "json":
        said = {"version": 1, "lane": lane, "baseline": words[1] if lane else None}
        workspace.echo(json.dumps(said | {"panels": [view.as_json(one) for one in panels]}))
        return
    for panel in panels:
        workspace.echo(f"# {panel.title}: {panel.words}")
        for query in panel.queries:
            workspace.echo(query.text)
        workspace.echo("")
