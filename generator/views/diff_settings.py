"""Fields of the input that change: whom the platform believes and lets in (trust), and what else no
other part of a difference tells (settings)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from generator.compiler.compile import Compiled
from generator.plan import clusters
from generator.plan.plan import Plan
from generator.views.difference import CHANGES, COMES, GOES, Change

if TYPE_CHECKING:
    from generator.vocabulary.fields import Model

LONGEST = 160  # characters of a value
# What tells the entries of a list apart.
_NAMES = ("name", "issuer", "prefix", "exact", "port")
# Fields of platform.yaml that say whom to believe, and what follows from them.
_TRUST = {
    "mesh.mtls": "whether pods prove who they are",
    "mesh.plane": "whether pods or a waypoint before them tell callers apart",
    "mesh.header": "which header carries the colour",
    "mesh.rootNamespace": "the namespace whose control plane is believed",
    "ingress.kind": "which pods are the gateway, and under which identity",
    "ingress.namespace": "where the gateway runs that services let in",
    "ingress.serviceAccount": "the identity that services let in as the ingress",
    "ingress.selector": "which pods are the gateway",
    "ingress.jwt": "whose tokens identify tenants",
    "ingress.links": "whose links lead into lanes, and into which",
    "ingress.tls": "the gateway's certificate",
    "namespaces.networkPolicies": "what the network itself refuses",
    "namespaces.observers": "which namespaces may read metrics",
    "namespaces.reaches": "which namespaces pods may connect to",
    "namespaces.podSecurity": "what pods are refused",
    "bases.kinds": "what bases may bring",
    "bases.privileged": "whose pods may reach the node",
    "registries": "where images may come from that are not a service's own",
    "argocd.repository": "what Argo CD deploys",
    "argocd.branch": "what Argo CD deploys",
    "cluster.server": "where Argo CD deploys to",
    "cluster.name": "where Argo CD deploys to",
    "cluster.mesh": "with which clusters it shares services and identities",
    "cluster.trustDomain": "under which trust domain policies know who calls",
    "cluster.network": "whether policies let in pods of other clusters, or gateways",
    "cluster.podRanges": "the addresses that policies of other clusters let in",
    "cluster.eastWest": "which pods policies let in for those of other networks",
    "clusters": "where Argo CD deploys to, and which pods are the gateway there",
    "publish.sign": "whether commits are signed",
    "publish.keys": "whose signature Argo CD demands",
    "guards": "what publishing refuses",
    "tenants.by": "what may identify tenants",
}


def trust(old: Compiled | None, new: Compiled) -> Iterator[Change]:
    """Who is believed and let in from now on, and who no longer."""
    was = _believed(old.plan) if old else {}
    now = _believed(new.plan)
    for name in sorted(was.keys() | now.keys()):
        if name not in was:
            yield Change(name, COMES, now[name])
        elif name not in now:
            yield Change(name, GOES, "a colour from outside is removed again")
    if old is not None:
        yield from _isolation(old.plan, new.plan)
        yield from _planes(old, new)
        yield from _platform(old, new, trusted=True)
        yield from _accounts(old, new)


def _believed(plan: Plan) -> dict[str, str]:
    """Hosts at which whoever asks sets the colour."""
    words = (
        f"whoever reaches it sets the colour ({plan.platform.mesh.header}) and takes any lane, "
        "past the rules of tenants"
    )
    believed: dict[str, str] = {}
    for environment in plan.environments.values():
        hosts = environment.hosts if environment.trusts_colour else ()
        believed |= {f"trustColour of {environment.name}, at {host}": words for host in hosts}
    return believed


def _isolation(old: Plan, new: Plan) -> Iterator[Change]:
    for name in sorted(old.lanes.keys() & new.lanes.keys()):
        was, now = old.lanes[name].strict, new.lanes[name].strict
        if was and not now:
            yield Change(f"lane {name}", CHANGES, "strict no longer: it may leave its own units")
        elif now and not was:
            yield Change(f"lane {name}", CHANGES, "strict: it never leaves its own units")


def _planes(old: Compiled, new: Compiled) -> Iterator[Change]:
    """Environments whose own word changes their plane: all others follow the platform's."""
    was, now = (state.resolved.project.environments for state in (old, new))
    for name in sorted(was.keys() & now.keys()):
        one, other = (state.plan.environments[name].plane for state in (old, new))
        if was[name].plane != now[name].plane and one != other:
            what = f"{one} → {other}: {_TRUST['mesh.plane']}"
            yield Change(f"environment {name}, plane", CHANGES, what)


def _platform(old: Compiled, new: Compiled, *, trusted: bool) -> Iterator[Change]:
    """Fields of platform.yaml: those of trust, or the others."""
    if not _rewritten(old, new, "platform", "platform"):
        return
    was, now = (_said(state.resolved.project.platform) for state in (old, new))
    for change in _fields("", was, now):
        if _is_as_before(old.plan, new.plan, change.name):
            continue
        why = _believes(change.name)
        if trusted and why is not None:
            more = _follows(new.plan, change.name) or why
            yield Change(change.name, change.kind, f"{change.what}: {more}")
        elif not trusted and why is None:
            yield Change(f"platform, {change.name}", change.kind, change.what)


def _is_as_before(old: Plan, new: Plan, field: str) -> bool:
    """Whether a named cluster only says itself what it had from the platform, or the reverse."""
    place, _, rest = field.partition(".")
    cluster, _, name = rest.partition(".")
    if place != "clusters" or name not in ("plane", "routes", "istio"):
        return False
    was, now = (getattr(plan.platform.at(cluster).mesh, name) for plan in (old, new))
    return bool(was == now)


def _believes(name: str) -> str | None:
    """What follows from a field of trust. A named cluster has those of the platform's own, of its
    mesh, and of the ingress."""
    paths = [name]
    if name.count(".") > 1 and _within(name, "clusters"):
        field = name.split(".", 2)[2]
        paths = [f"cluster.{field}", f"mesh.{field}", field]
    told = ((path, why) for path, why in _TRUST.items())
    return next((why for path, why in told if any(_within(one, path) for one in paths)), None)


def _within(name: str, path: str) -> bool:
    return name == path or name.startswith((f"{path}.", f"{path}["))


def _follows(plan: Plan, field: str) -> str | None:
    """What a field means that decides who may call whom."""
    identities = plan.platform.mesh.mtls == "strict"
    addresses = plan.platform.namespaces.network_policies
    nobody = "no policy is left that says who may call whom"
    if field == "mesh.mtls" and not identities:
        only = "NetworkPolicies alone say who may call whom"
        return f"pods do not prove who they are, and {nobody if addresses == 'none' else only}"
    if field == "mesh.mtls":
        return "pods prove who they are, and AuthorizationPolicies say who may call whom"
    if field == "namespaces.networkPolicies":
        if addresses == "none":
            return "pods take connections from anybody; " + (
                "identities alone decide" if identities else nobody
            )
        opens = "open none but those that their calls need" if addresses == "both" else "open any"
        return f"pods take connections only from those who call them, and {opens}"
    return None


def _accounts(old: Compiled, new: Compiled) -> Iterator[Change]:
    """What services' accounts carry: rights elsewhere hang on it."""
    was, now = old.resolved.project.services, new.resolved.project.services
    for name in sorted(was.keys() & now.keys()):
        if not _rewritten(old, new, "service", name):
            continue
        one, other = (_said(model[name].account) for model in (was, now))
        for change in _fields("account", one, other):
            what = f"{change.what}: what its pods may do elsewhere"
            yield Change(f"service {name}, {change.name}", change.kind, what)


def settings(old: Compiled | None, new: Compiled) -> Iterator[Change]:
    """Fields that change, and services and externals that come and go. Where there was nothing,
    everything comes, and nobody asks for its fields."""
    if old is None:
        return
    yield from _platform(old, new, trusted=False)
    yield from _namespaces(old.plan, new.plan)
    yield from _clusters(old.plan, new.plan)
    for kind in ("service", "external", "environment", "branch", "lane"):
        was, now = (state.resolved.project.models(kind) for state in (old, new))
        for name in sorted(was.keys() | now.keys(), key=_shown):
            if name in was and name in now:
                if _rewritten(old, new, kind, name):
                    yield from _changed(f"{kind} {_shown(name)}", was[name], now[name])
            elif kind in ("service", "external"):
                yield Change(f"{kind} {name}", GOES if name in was else COMES)


def _shown(name: Any) -> str:
    """A name; a branch's has two parts."""
    return name if isinstance(name, str) else "/".join(name)


def _rewritten(old: Compiled, new: Compiled, kind: str, name: Any) -> bool:
    """Whether the file of a thing has other bytes than before: of all others no model is made."""
    projects = old.resolved.project, new.resolved.project
    was, now = (project.sources.id(project.paths[kind, name]) for project in projects)
    return was != now


def _namespaces(old: Plan, new: Plan) -> Iterator[Change]:
    for name in sorted(old.environments.keys() & new.environments.keys()):
        one, other = old.environments[name].namespace, new.environments[name].namespace
        if one != other:
            follows = "all that runs in the old one is deleted, and made anew in the other"
            yield Change(f"environment {name}, namespace", CHANGES, f"{one} → {other}: {follows}")


def _clusters(old: Plan, new: Plan) -> Iterator[Change]:
    for name in sorted(old.environments.keys() & new.environments.keys()):
        one, other = (clusters.named(plan.environments[name].cluster) for plan in (old, new))
        if one != other:
            follows = (
                "it is made anew there, and what runs in the old one stays until it is deleted"
            )
            yield Change(f"environment {name}, cluster", CHANGES, f"{one} → {other}: {follows}")


# Told elsewhere: by the plan, or as trust.
_TOLD = {
    "service": {"account"},
    "environment": {"runs", "trustColour", "hosts", "namespace", "cluster", "plane"},
    "branch": {"runs"},
    "lane": {"through", "pin", "isolation"},
}


def _changed(name: str, was: Model, now: Model) -> Iterator[Change]:
    if was == now:
        return
    told = _TOLD.get(name.partition(" ")[0], set())
    one, other = _said(was), _said(now)
    for field in sorted((one.keys() | other.keys()) - told):
        for change in _fields(field, one.get(field), other.get(field)):
            yield Change(f"{name}, {change.name}", change.kind, change.what)


def _said(model: Model | None) -> dict[str, Any]:
    return {} if model is None else model.model_dump(mode="json", by_alias=True)


def _fields(path: str, was: Any, now: Any) -> Iterator[Change]:
    """Each leaf that differs, by its way of keys."""
    if was == now or (not was and not now and {type(was), type(now)} <= {list, type(None)}):
        return
    one, other = _keyed(was), _keyed(now)
    if one is not None and other is not None and (one or other):
        for key in sorted(one.keys() | other.keys()):
            yield from _fields(f"{path}.{key}" if path else key, one.get(key), other.get(key))
        if one.keys() == other.keys() and one == other:
            yield Change(path, CHANGES, "another order")
    elif isinstance(was, list) or isinstance(now, list):
        yield from _items(path, was or [], now or [])
    elif was is None and isinstance(now, dict):
        yield Change(path, COMES, _value(now))
    elif isinstance(was, dict) and now is None:
        yield Change(path, GOES, _value(was))
    else:
        yield Change(path, CHANGES, f"{_value(was)} → {_value(now)}")


def _keyed(value: Any) -> dict[str, Any] | None:
    """A mapping, or a list whose entries have names, by name."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or not value:
        return None
    if not all(isinstance(entry, dict) for entry in value):
        return None
    key = next((key for key in _NAMES if all(entry.get(key) for entry in value)), None)
    keyed = {f"[{entry[key]}]": entry for entry in value} if key else {}
    return keyed if len(keyed) == len(value) else None


def _items(path: str, was: list[Any], now: list[Any]) -> Iterator[Change]:
    gone, come = (
        [each for each in was if each not in now],
        [each for each in now if each not in was],
    )
    for kind, items in ((GOES, gone), (COMES, come)):
        for item in items:
            yield Change(path, kind, _value(item))
    if not gone and not come:
        yield Change(path, CHANGES, "another order")


def _value(value: Any) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
