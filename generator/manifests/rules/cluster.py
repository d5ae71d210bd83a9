"""Rights: roles and who gets them."""

from __future__ import annotations

from collections.abc import Iterator

from generator.manifests.problem import Problem
from generator.manifests.rules.rule import Object, Rule, conflict, given
from generator.vocabulary.nodes import numbered, text

_GROUP = "rbac.authorization.k8s.io"


def _role(document: Object) -> Iterator[Problem]:
    """A Role is for one namespace: paths of the server are in none."""
    for index, rule in numbered(document, "rules"):
        if given(rule, "nonResourceURLs"):
            message = "a Role gives no rights to paths of the server"
            yield conflict(message, "use a ClusterRole", "rules", index, "nonResourceURLs")


def _rule(value: Object) -> Iterator[Problem]:
    if given(value, "nonResourceURLs"):
        if given(value, "resources") or given(value, "apiGroups"):
            message = "a rule is for `resources` or for `nonResourceURLs`"
            yield conflict(message, "write a rule of its own", "nonResourceURLs")
        return
    for key in ("apiGroups", "resources"):
        if key not in value or value[key] == []:
            hint = 'write [""] for the core group' if key == "apiGroups" else "list them"
            yield conflict(f"a rule needs `{key}`", hint)


def _subject(value: Object) -> Iterator[Problem]:
    kind, group = text(value, "kind"), text(value, "apiGroup")
    if kind == "ServiceAccount":
        if group:
            message = "a ServiceAccount is of the core group"
            yield conflict(message, "delete `apiGroup`", "apiGroup")
    elif kind in ("User", "Group") and group not in ("", _GROUP):
        yield conflict(f"a {kind} is of {_GROUP}", f"write `apiGroup: {_GROUP}`", "apiGroup")


def _everywhere(document: Object) -> Iterator[Problem]:
    """A binding of one namespace means accounts of its own; one of the cluster has to say whose."""
    for index, subject in numbered(document, "subjects"):
        if text(subject, "kind") == "ServiceAccount" and not given(subject, "namespace"):
            message = "a ServiceAccount as subject needs its `namespace`"
            yield conflict(message, "add it", "subjects", index)


def _reference(value: Object) -> Iterator[Problem]:
    if text(value, "apiGroup") not in ("", _GROUP):
        yield conflict(f"roles are of {_GROUP}", f"write `apiGroup: {_GROUP}`", "apiGroup")


RULES: tuple[tuple[str, Rule], ...] = (
    ("rbac.v1.Role", _role),
    ("rbac.v1.ClusterRoleBinding", _everywhere),
    ("rbac.v1.PolicyRule", _rule),
    ("rbac.v1.Subject", _subject),
    ("rbac.v1.RoleRef", _reference),
)
