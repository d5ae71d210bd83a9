"""`gen explain`: which version answers, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from generator.command.words import known, pair
from generator.command.workspace import Workspace
from generator.vocabulary.refusal import Refusal

LANES = 5  # shown as reasons
SHARED = 8  # shown as serving others too

if TYPE_CHECKING:
    from generator.views.explain import Explanation


@click.command(short_help="Tell which version answers, hop by hop, and why.")
@click.option("--tenant", help="A tenant; from every entry, or to --service.")
@click.option("--lane", help="A lane instead of a tenant.")
@click.option("--service", help="Only the hop to this service.")
@click.option("--from", "environment", metavar="ENV", help="Environment that the request is addressed to.")
@click.option("--host", help="A request: its host name.")
@click.option("--path", default="/", show_default=True, help="A request: its path.")
@click.option("--header", multiple=True, metavar="K=V", help="A request: a header.")
@click.option("--cookie", multiple=True, metavar="K=V", help="A request: a cookie.")
@click.option("--claim", multiple=True, metavar="K=V", help="A request: a claim of its verified token.")
@click.option("--callers", metavar="SERVICE", help="Instead: who may call a service, and for which lanes.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def explain(workspace: Workspace, form: str, callers: str | None, **asked: object) -> None:
    """Follows a tenant's requests, or one request, along the calls that the services make.

    \b
    gen explain --tenant acme
    gen explain --tenant acme --service payment --from test
    gen explain --host test.shop.example.com --path /checkout --header x-tenant=acme
    gen explain --callers payment
    """
    if callers is not None:
        known(callers, workspace.compiled.plan.services, "service")
        return _callers(workspace, callers, form)
    from generator.views.explain import as_json

    explanation = _answer(workspace, asked)
    if form == "json":
        workspace.echo(json.dumps(as_json(workspace.compiled.plan, explanation)))
    else:
        _show(workspace, explanation)


def _callers(workspace: Workspace, service: str, form: str) -> None:
    from generator.views import callers as view

    if form == "json":
        return workspace.echo(json.dumps(view.as_json(workspace.compiled.plan, service)))
    style, last = workspace.terminal.style, None
    for (caller, unit), lanes in view.callers(workspace.compiled.plan, service).items():
        if unit != last:
            workspace.echo(f"{style(f'{service} in {unit}', 'bold')} may be called by")
        last = unit
        shown = ", ".join(lanes[:LANES]) + (f" and {len(lanes) - LANES} more" if len(lanes) > LANES else "")
        workspace.echo(f"  {view.words(caller)}  {style(f'for lane {shown}', 'dim')}")
    return None


def _answer(workspace: Workspace, asked: dict) -> Explanation:  # type: ignore[type-arg]
    from generator.views import explain as view

    given = [name for name in ("tenant", "lane", "host") if asked[name] is not None]
    if len(given) != 1:
        raise Refusal("explain follows one thing", "give one of --tenant, --lane and --host", exit_code=2)
    plan = workspace.compiled.plan
    known(asked["tenant"], plan.tenants, "tenant")
    known(asked["lane"], plan.lanes, "lane")
    known(asked["service"], plan.services, "service")
    known(asked["environment"], plan.environments, "environment")
    if asked["tenant"] is not None:
        return view.explain_tenant(plan, plan.tenants[asked["tenant"]], asked["service"], asked["environment"])
    if asked["lane"] is not None:
        return view.explain_lane(plan, asked["lane"], asked["service"], asked["environment"])
    headers = {key.lower(): value for key, value in (pair(text, "a header, name=value") for text in asked["header"])}
    cookies, claims = (dict(pair(text, f"a {kind}, name=value") for text in asked[kind]) for kind in ("cookie", "claim"))
    request = view.Request(asked["host"].lower().rpartition(":")[0] or asked["host"].lower(), asked["path"], headers, cookies, claims)
    explanation = view.explain_request(plan, request)
    if explanation is None:
        known(request.host, plan.host_environments, "host")
        raise Refusal(f"no service has an entry for {request.path}: 404", "entries: " + ", ".join(prefix for prefix, _, _ in plan.entries()))
    return explanation


def _show(workspace: Workspace, explanation: Explanation) -> None:
    from generator.views.explain import shared

    style = workspace.terminal.style
    workspace.echo(f"lane {style(explanation.lane, 'bold')} ({explanation.told_by})")
    if len(explanation.choices) > 1:
        total = sum(weight for _, weight in explanation.choices)
        workspace.echo("  of " + ", ".join(f"{lane} {100 * weight / total:g} %" for lane, weight in explanation.choices) + "; the likeliest is followed")
    rows = [(hop.caller[0] if hop.caller else "ingress", hop) for hop in explanation.hops]
    width = max((len(caller) + len(hop.service) for caller, hop in rows), default=0) + 3
    nobody = {False: "503", True: "nobody"}  # a message waits for no answer
    answer = max((len(str(hop.target or nobody[bool(hop.queue)])) for _, hop in rows), default=0)
    for caller, hop in rows:
        way = f"{caller} → {hop.service}".ljust(width)
        target = style(str(hop.target).ljust(answer), "green") if hop.target else style(nobody[bool(hop.queue)].ljust(answer), "red")
        workspace.echo(f"  {way}  {target}  {style(hop.because, 'dim')}")
    most = {(hop.service, hop.target): shared(workspace.compiled.plan, hop) for hop in explanation.hops}
    if others := [f"{service} in {target} ({count})" for (service, target), count in most.items() if count]:
        more = f" and {len(others) - SHARED} more" if len(others) > SHARED else ""
        workspace.echo(style(f"serves other lanes too (how many), with all that it keeps: {', '.join(others[:SHARED])}{more}", "dim"))
