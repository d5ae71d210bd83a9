"""One document of a manifest, from its top: of which kind it is, what its schema says, and what a
name may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.manifests.crds import NONE, Definitions
from generator.manifests.library import Library, library, versions
from generator.manifests.problem import POINTER, UNCHECKED, UNKNOWN_KIND, VALUE, Problem, shown
from generator.manifests.rules.meta import of_server
from generator.manifests.rules.rule import Check
from generator.manifests.rules.syntax import dns_1035, dns_label, segment, subdomain
from generator.manifests.schema import Walk
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.nodes import below, mapping, text

_NAMES: dict[str, Check] = {
    "core.v1.Service": dns_label,
    "core.v1.Namespace": dns_label,
    "rbac.v1.Role": segment,
    "rbac.v1.RoleBinding": segment,
    "rbac.v1.ClusterRole": segment,
    "rbac.v1.ClusterRoleBinding": segment,
}
Document = Mapping[str, Any]


def problems(
    document: Document, version: str, custom: Definitions = NONE, partial: bool = False
) -> list[Problem]:
    """All that is wrong with a document, in the order of its keys, for a version of Kubernetes (one
    of `versions()`).

    A `partial` document is merged into another: nothing is missing in it, and what contradicts
    itself nobody knows.
    """
    here = library(version)
    api_version, kind = text(document, "apiVersion"), text(document, "kind")
    name = here.kind(api_version, kind)
    if name is None:
        told = [*_another(document, here, custom, partial)]
    else:
        walk = Walk(here, partial)
        walk.value(document, {"$ref": name}, ())
        check = dns_1035 if _is_older(name, version) else _NAMES.get(name, subdomain)
        told = [*walk.found, *_named(document, check), *of_server(document)]
    return sorted(told, key=lambda problem: _order(document, problem))


def _is_older(name: str, version: str) -> bool:
    """Names of Services may begin with a digit since 1.36."""
    return name == "core.v1.Service" and versions().index(version) < versions().index("1.36")


def _named(document: Document, check: Check) -> Iterator[Problem]:
    for _, message, hint in check(text(document, "metadata", "name")):
        yield Problem(VALUE, ("metadata", "name"), f"the name {message}", hint)


def _another(
    document: Document, here: Library, custom: Definitions, partial: bool
) -> Iterator[Problem]:
    """A kind that is not of this Kubernetes: a custom one, an old one, or a misspelt one."""
    api_version, kind = text(document, "apiVersion"), text(document, "kind")
    definition = custom.find(api_version, kind)
    if isinstance(definition, Problem):
        yield definition
    elif definition is not None:
        yield from custom.problems(document, definition, partial)
        yield from _named(document, subdomain)
        walk = Walk(here, partial)
        walk.value(document.get("metadata"), {"$ref": "meta.v1.ObjectMeta"}, ("metadata",))
        yield from walk.found
        yield from of_server(document)
    elif _is_own(api_version, here):
        yield _unknown(api_version, kind, here)
    elif (path := custom.pointer()) is not None:
        message = (
            f"nothing describes {shown(kind)} of {shown(api_version)}, and {shown(path, 80)} is a "
            "pointer of Git LFS, which has nothing of its definition"
        )
        hint = "take the definitions out of Git LFS (`git lfs untrack`)"
        yield Problem(POINTER, ("kind",), message, hint)
    else:
        message = f"nothing describes {shown(kind)} of {shown(api_version)}, so it is not checked"
        hint = "put its CustomResourceDefinition into schemas/crds/"
        yield Problem(UNCHECKED, ("kind",), message, hint)


def _is_own(api_version: str, here: Library) -> bool:
    """Whether a group is of Kubernetes itself: one of any version, or one without a dot, which no
    custom one may be."""
    group = api_version.rpartition("/")[0]
    return "." not in group or group in here.groups()


def _unknown(api_version: str, kind: str, here: Library) -> Problem:
    kinds = here.kinds()
    if kind in kinds:
        known = sorted(kinds[kind], key=lambda each: ("alpha" in each, "beta" in each, each))
        message = f"Kubernetes {here.version} has no {kind} in `{shown(api_version)}`"
        return Problem(UNKNOWN_KIND, ("apiVersion",), message, f"write `apiVersion: {known[0]}`")
    hint = did_you_mean(kind, kinds)
    if not hint.startswith("did you mean"):
        hint = "check the words of `apiVersion` and `kind`"
    message = f"Kubernetes {here.version} has no kind `{shown(kind)}`"
    return Problem(UNKNOWN_KIND, ("kind",), message, hint)


def _order(document: Document, problem: Problem) -> tuple[int, ...]:
    """Where a problem stands among the keys of the document."""
    order: list[int] = []
    node: Any = document
    for part in problem.route:
        if isinstance(part, int):
            order.append(part)
        else:
            keys = list(mapping(node))
            order.append(keys.index(part) if part in keys else len(keys))
        node = below(node, part)
    return tuple(order)
