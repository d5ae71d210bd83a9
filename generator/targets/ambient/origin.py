"""The colour where a call starts: the waypoint gives it, by the identity of the caller.

One object for each environment, the same whatever branches there are: another one would close all
connections of the waypoint.
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.plan.plan import Plan
from generator.plan.reach import calling
from generator.targets import objects
from generator.targets.ambient.waypoint import REFERENCE
from generator.targets.lua.lua import colour, constant, program, quote
from generator.targets.objects import Object, new_object
from generator.targets.yaml_text import Block
from generator.vocabulary import names

EXTENSIONS = "extensions.istio.io"
TOLD = "experimental.envoy.filters.http.lua[lane]"  # the colour, as policies ask for it


def of_environment(plan: Plan, environment: str) -> Object:
    baggage = plan.platform.mesh.propagation == "baggage"
    parts = ["colour", *(["baggage", "member"] if baggage else []), "waypoint"]
    callers = {plan.environments[name].namespace: name for name in calling(plan, environment)}
    account = f"/ns/([^/]+)/sa/[^/]+%{names.OF_BRANCH}%-([^/]+)$"
    lines = [
        *colour(plan),
        f"local ACCOUNT = {quote(account)}",
        *constant("ENVIRONMENTS", callers),
        "",
        program(*parts, baggage=baggage, plain=not baggage),
    ]
    phase = {"phase": "AUTHN"}  # before policies, which then know the colour
    return extension(plan, environment, "gen.origin", phase, "\n".join(lines))


def extension(
    plan: Plan, environment: str, name: str, phase: Mapping[str, str], lua: str
) -> Object:
    """Lua that runs in the waypoint, right before the router where no phase is said."""
    spec = {"targetRefs": [REFERENCE], **phase, "lua": {"inlineCode": Block(lua)}}
    namespace, api = plan.environments[environment].namespace, f"{EXTENSIONS}/v1alpha1"
    return new_object(plan, api, "TrafficExtension", name, namespace, objects.POLICY, spec)
