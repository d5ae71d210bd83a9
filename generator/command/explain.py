"""`gen explain`: which version answers, and why."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from generator.command import options
from generator.command.words import library, moment_of, pair
from generator.command.workspace import Workspace
from generator.plan.clusters import called, key, named
from generator.plan.links import COOKIE
from generator.vocabulary.nearest import known
from generator.vocabulary.plural import some
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.telling import host_text

LANES = 5  # shown as reasons
SHARED = 8  # shown as serving others too

if TYPE_CHECKING:
    from generator.io.tables import Branch
    from generator.plan.plan import Plan
    from generator.views.explain import Explanation, Hop, Request


@click.command()
@click.option("--tenant", help="A tenant; from every entry, or to --service.")
@click.option("--lane", help="A lane instead of a tenant.")
@click.option("--service", help="Only the hop to this service.")
@click.option(
    "--from", "environment", metavar="ENV", help="Environment that the request is addressed to."
)
@click.option("--host", help="A request: its host name.")
@click.option("--path", default="/", show_default=True, help="A request: its path.")
@click.option("--header", multiple=True, metavar="K=V", help="A request: a header.")
@click.option("--cookie", multiple=True, metavar="K=V", help="A request: a cookie.")
@click.option(
    "--claim",
    multiple=True,
    metavar="K=V",
    help="A request: a claim of its verified token, K=text or K:=JSON.",
)
@click.option(
    "--callers",
    metavar="NAME",
    help="Instead: who may call a service, and for which lanes; or who calls an external.",
)
@click.option(
    "--without",
    metavar="CLUSTER",
    help="As it is while that cluster is away; `own` is the platform's own, which has no name.",
)
@options.now
@click.option(
    "--store",
    metavar="NAME",
    help="Instead: who writes a store, and which lanes and tenants share it.",
)
@options.formatted("tree")
@click.pass_obj
def explain(
    workspace: Workspace, /, form: str, callers: str | None, store: str | None, **asked: object
) -> None:
    """Follows a tenant's requests, or one request, along the calls that the services make.

    \b
    gen explain --tenant acme
    gen explain --tenant acme --service payment --from test
    gen explain --host test.shop.example.com --path /checkout --header x-tenant=acme
    gen explain --lane test/feature-login --format tree
    gen explain --callers payment
    gen explain --store orders-db
    """
    if store is not None:
        _sharing(workspace, store, form)
        return
    if callers is not None:
        plan = workspace.compiled.plan
        known(callers, [*plan.services, *plan.externals], "service or external")
        show = _outside if callers in plan.externals else _callers
        show(workspace, callers, form)
        return
    from generator.views.explain import as_json
    from generator.views.externals import dials_json
    from generator.views.stores import of_hops_json

    explanation = _answer(workspace, asked)
    if form == "json":
        plan = workspace.compiled.plan
        hops = explanation.hops
        more = {"externals": dials_json(plan, hops), "stores": of_hops_json(plan, hops)}
        workspace.echo(json.dumps(as_json(plan, explanation) | more))
    elif form == "tree":
        _draw(workspace, explanation, asked)
    else:
        _show(workspace, explanation)


def _sharing(workspace: Workspace, name: str, form: str) -> None:
    """Who shares the stores of a name: one in each environment, and those of branches' own."""
    from generator.plan.stores import words
    from generator.views import stores as view

    plan, style = workspace.compiled.plan, workspace.terminal.style
    known(name, view.named(plan), "store")
    if form == "json":
        workspace.echo(json.dumps(view.as_json(plan, name)))
        return
    for kept, writers, lanes, tenants in view.sharing(plan, name):
        workspace.echo(f"{style(str(kept), 'bold')} is written by")
        for writer in writers:
            workspace.echo(f"  {words(writer)}")
        for what, those in (("lanes", lanes), ("tenants", tenants)):
            shown = some(those, SHARED) if those else "none"
            workspace.echo(style(f"  {what} that come to it: {shown}", "dim"))


def _callers(workspace: Workspace, service: str, form: str) -> None:
    from generator.views import callers as view

    if form == "json":
        workspace.echo(json.dumps(view.as_json(workspace.compiled.plan, service)))
        return
    plan, style = workspace.compiled.plan, workspace.terminal.style
    called = view.callers(plan, service)
    for unit, allowed in view.let_in(plan, service).items():
        workspace.echo(f"{style(f'{service} in {unit}', 'bold')} is called by")
        for (caller, callee), lanes in called.items():
            if callee == unit:
                shown = style(f"for lane {some(lanes, LANES)}", "dim")
                workspace.echo(f"  {view.words(caller)}  {shown}")
        named = "; ".join(view.words(caller) for caller in allowed)
        workspace.echo(style(f"  its policies let in: {named}", "dim"))


def _outside(workspace: Workspace, external: str, form: str) -> None:
    """Who calls what lies outside the mesh. Nobody keeps anybody else from it but the network."""
    from generator.views import externals as view

    plan, style = workspace.compiled.plan, workspace.terminal.style
    if form == "json":
        workspace.echo(json.dumps(view.as_json(plan, external)))
        return
    workspace.echo(f"{style(external, 'bold')}, outside the mesh at {view.where(plan, external)}")
    for service, units in view.callers(plan, external):
        workspace.echo(f"  {service}  {style('in ' + ', '.join(map(str, units)), 'dim')}")


def _answer(workspace: Workspace, asked: Mapping[str, Any]) -> Explanation:
    from generator.views import explain as view

    given = [name for name in ("tenant", "lane", "host") if asked[name] is not None]
    if len(given) != 1:
        raise Refusal(
            "explain follows one thing", "give one of --tenant, --lane and --host", exit_code=2
        )
    plan = workspace.compiled.plan
    known(asked["tenant"], plan.tenants, "tenant")
    known(asked["lane"], plan.lanes, "lane")
    known(asked["service"], plan.services, "service")
    known(asked["environment"], plan.environments, "environment")
    known(asked["without"], map(called, plan.platform.seats), "cluster")
    without, where = key(asked["without"]), (asked["service"], asked["environment"])
    if asked["tenant"] is not None:
        tenant = plan.tenants[asked["tenant"]]
        return view.explain_tenant(plan, tenant, *where, without=without)
    if asked["lane"] is not None:
        return view.explain_lane(plan, asked["lane"], *where, without=without)
    request = _request(asked)
    explanation = view.explain_request(plan, request, without)
    if explanation is None:
        known(host_text(request.host), plan.host_environments, "host")
        raise Refusal(
            f"no service has an entry for {request.path}: 404",
            "entries: " + ", ".join(way.path for way in plan.entries()),
        )
    return explanation


def _request(asked: Mapping[str, Any]) -> Request:
    from generator.views.explain import Request

    headers: dict[str, list[str]] = {}
    for text in asked["header"]:
        name, value = pair(text, "a header, name=value")
        headers.setdefault(name.lower(), []).append(value)
    cookies: dict[str, str] = {}
    for text in asked["cookie"]:
        name, value = pair(text, "a cookie, name=value")
        cookies.setdefault(name, value)
    claims = dict(_claim(text) for text in asked["claim"])
    if COOKIE in cookies:
        library("cryptography", "link", "links are verified by it")
    clock = dt.datetime.fromisoformat(moment_of(asked["now"])).timestamp()
    return Request(asked["host"], asked["path"], headers, cookies, claims, int(clock))


def _claim(text: str) -> tuple[str, Any]:
    """`name=text`, or `name:=JSON` for a claim that is anything else."""
    name, value = pair(text, "a claim, name=text or name:=JSON")
    if not name.endswith(":"):
        return name, value
    try:
        return name[:-1], json.loads(value, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise Refusal(
            f"`{value}` is not JSON", f"write the claim as text: {name[:-1]}={value}", exit_code=2
        ) from None


def _constant(word: str) -> None:
    """NaN and Infinity, which Python reads and no token can hold."""
    raise ValueError(word)


def _show(workspace: Workspace, explanation: Explanation) -> None:
    style = workspace.terminal.style
    workspace.echo(f"lane {style(explanation.lane, 'bold')} ({explanation.told_by})")
    if len(explanation.choices) > 1:
        total = sum(weight for _, weight in explanation.choices)
        workspace.echo(
            "  of "
            + ", ".join(
                f"{lane} {100 * weight / total:g} %" for lane, weight in explanation.choices
            )
            + "; following the most likely one"
        )
    for tenant, rule in explanation.also:
        workspace.echo(style(f"  would also fit: tenant {tenant}, by {rule}", "dim"))
    _show_hops(workspace, explanation)
    _show_externals(workspace, explanation)
    _show_shared(workspace, explanation)
    _show_stores(workspace, explanation)


def _draw(workspace: Workspace, explanation: Explanation, asked: Mapping[str, Any]) -> None:
    """The same as a tree: what each hop leads to hangs below it."""
    from generator.io import tables
    from generator.views.explain import following

    plan = workspace.compiled.plan
    below = following(plan, explanation.hops, key(asked["without"]))

    def branch(hop: Hop) -> Branch:
        answers = "nobody" if hop.queue else "503"
        if hop.target is not None:
            answers = f"{hop.target} {plan.runs[hop.target][hop.service].called}"
        return f"{hop.service}  {answers}  ({_why(plan, hop)})", map(branch, below.get(hop, ()))

    first = [hop for hop in explanation.hops if hop.caller is None]
    head = f"lane {explanation.lane} ({explanation.told_by})"
    tables.draw(workspace.terminal, head, map(branch, first))


def _show_hops(workspace: Workspace, explanation: Explanation) -> None:
    style, plan = workspace.terminal.style, workspace.compiled.plan
    rows = [(hop.caller[0] if hop.caller else "ingress", hop) for hop in explanation.hops]
    width = max((len(caller) + len(hop.service) for caller, hop in rows), default=0) + 3
    nobody = {False: "503", True: "nobody"}  # a message waits for no answer
    answers = [str(hop.target or nobody[bool(hop.queue)]) for _, hop in rows]
    widest = max(map(len, answers), default=0)
    for (caller, hop), answer in zip(rows, answers, strict=True):
        way = f"{caller} → {hop.service}".ljust(width)
        target = style(answer.ljust(widest), "green" if hop.target else "red")
        workspace.echo(f"  {way}  {target}  {style(_why(plan, hop), 'dim')}")


def _show_externals(workspace: Workspace, explanation: Explanation) -> None:
    """Calls that leave the mesh: they end there, in whatever lane."""
    from generator.views.externals import dials, where

    plan, style = workspace.compiled.plan, workspace.terminal.style
    for service, unit, external in dials(plan, explanation.hops):
        told = style(f"from {unit}; outside the mesh, at {where(plan, external)}", "dim")
        workspace.echo(f"  {service} → {external}  {told}")


def _show_shared(workspace: Workspace, explanation: Explanation) -> None:
    """How many other lanes the versions serve."""
    from generator.views.explain import shared

    most = {
        (hop.service, hop.target): shared(workspace.compiled.plan, hop) for hop in explanation.hops
    }
    others = [
        f"{service} in {target} ({count})" for (service, target), count in most.items() if count
    ]
    if others:
        what = "serves other lanes too (how many), with all that it keeps: "
        text = f"{what}{some(others, SHARED)}"
        workspace.echo(workspace.terminal.style(text, "dim"))


def _show_stores(workspace: Workspace, explanation: Explanation) -> None:
    """Which stores the versions write, and who else does."""
    from generator.views.stores import of_hops, told

    for written in of_hops(workspace.compiled.plan, explanation.hops):
        workspace.echo(workspace.terminal.style(told(written), "dim"))


def _why(plan: Plan, hop: Hop) -> str:
    why = hop.because + _across(plan, hop)
    if hop.assumed is None:
        return why
    return f"{why} (assumed: {hop.assumed} does not say whether it forwards the colour)"


def _across(plan: Plan, hop: Hop) -> str:
    """The cluster of whom a call reaches in another one, or the ingress in any."""
    if hop.target is None or not plan.platform.seats:
        return ""
    there = plan.environments[hop.target.environment].cluster
    if hop.caller is not None and plan.environments[hop.caller[1].environment].cluster == there:
        return ""
    return f", in {named(there)}"
