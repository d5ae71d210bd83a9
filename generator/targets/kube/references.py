"""Names in kinds that Kustomize does not know, and that a branch's suffix would not reach: told to
it as `nameReference`, where such kinds are in a base.

The paths are from the CustomResourceDefinitions of each project: KEDA 2.17, Kubernetes' autoscaler
1.4, cert-manager 1.18, external-secrets 0.17, sealed-secrets 0.30, Argo Rollouts 1.8.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from generator.vocabulary.base import Base


class _Kind(NamedTuple):
    group: str
    kind: str


_DEPLOYMENT, _STATEFUL = _Kind("apps", "Deployment"), _Kind("apps", "StatefulSet")
_DAEMON = _Kind("apps", "DaemonSet")
_JOB, _CRON = _Kind("batch", "Job"), _Kind("batch", "CronJob")
_ROLLOUT = _Kind("argoproj.io", "Rollout")
_SCALED, _SCALED_JOB = _Kind("keda.sh", "ScaledObject"), _Kind("keda.sh", "ScaledJob")
_KEDA_LOGIN = _Kind("keda.sh", "TriggerAuthentication")
_VERTICAL = _Kind("autoscaling.k8s.io", "VerticalPodAutoscaler")
_EXTERNAL = _Kind("external-secrets.io", "ExternalSecret")
_STORE = _Kind("external-secrets.io", "SecretStore")
_SEALED = _Kind("bitnami.com", "SealedSecret")
_CERTIFICATE, _ISSUER = _Kind("cert-manager.io", "Certificate"), _Kind("cert-manager.io", "Issuer")
_SERVICE, _SECRET, _CONFIG = _Kind("", "Service"), _Kind("", "Secret"), _Kind("", "ConfigMap")
_ACCOUNT = _Kind("", "ServiceAccount")

_PODS = {
    _DEPLOYMENT: "spec/template/spec",
    _STATEFUL: "spec/template/spec",
    _DAEMON: "spec/template/spec",
    _JOB: "spec/template/spec",
    _CRON: "spec/jobTemplate/spec/template/spec",
    _ROLLOUT: "spec/template/spec",
}
_SECRETS = (
    "volumes/secret/secretName",
    "volumes/projected/sources/secret/name",
    "containers/env/valueFrom/secretKeyRef/name",
    "containers/envFrom/secretRef/name",
    "initContainers/env/valueFrom/secretKeyRef/name",
    "initContainers/envFrom/secretRef/name",
    "imagePullSecrets/name",
)
_CONFIGS = (
    "volumes/configMap/name",
    "volumes/projected/sources/configMap/name",
    "containers/env/valueFrom/configMapKeyRef/name",
    "containers/envFrom/configMapRef/name",
    "initContainers/env/valueFrom/configMapKeyRef/name",
    "initContainers/envFrom/configMapRef/name",
)
# Kinds that make a Secret of their own name, and where else they say it.
_SECRET_MAKERS = {
    _EXTERNAL: "spec/target/name",
    _SEALED: "spec/template/metadata/name",
    _CERTIFICATE: "spec/secretName",
}
# What gen emits beside each base.
_EMITTED = {_SERVICE, _ACCOUNT}
# (who is named, who names it, where)
_REFERENCES: tuple[tuple[_Kind, _Kind, str], ...] = (
    (_DEPLOYMENT, _SCALED, "spec/scaleTargetRef/name"),
    (_STATEFUL, _SCALED, "spec/scaleTargetRef/name"),
    (_ROLLOUT, _SCALED, "spec/scaleTargetRef/name"),
    (_KEDA_LOGIN, _SCALED, "spec/triggers/authenticationRef/name"),
    (_KEDA_LOGIN, _SCALED_JOB, "spec/triggers/authenticationRef/name"),
    (_SECRET, _KEDA_LOGIN, "spec/secretTargetRef/name"),
    (_CONFIG, _KEDA_LOGIN, "spec/configMapTargetRef/name"),
    *((kind, _VERTICAL, "spec/targetRef/name") for kind in _PODS),
    (_DEPLOYMENT, _ROLLOUT, "spec/workloadRef/name"),
    (_SERVICE, _ROLLOUT, "spec/strategy/canary/canaryService"),
    (_SERVICE, _ROLLOUT, "spec/strategy/canary/stableService"),
    (_SERVICE, _ROLLOUT, "spec/strategy/blueGreen/activeService"),
    (_SERVICE, _ROLLOUT, "spec/strategy/blueGreen/previewService"),
    *((_SECRET, _ROLLOUT, f"spec/template/spec/{path}") for path in _SECRETS),
    *((_CONFIG, _ROLLOUT, f"spec/template/spec/{path}") for path in _CONFIGS),
    (_STORE, _EXTERNAL, "spec/secretStoreRef/name"),
    (_ISSUER, _CERTIFICATE, "spec/issuerRef/name"),
    *((maker, maker, path) for maker, path in _SECRET_MAKERS.items()),
    *(
        (maker, workload, f"{pod}/{path}")
        for maker in _SECRET_MAKERS
        for workload, pod in _PODS.items()
        for path in _SECRETS
    ),
)


Reference = tuple[tuple[str, str], tuple[str, str], str]  # who is named, who names it, where


def covers(reference: Reference, more: Iterable[Reference]) -> bool:
    """Whether names in a field follow those of a kind, by this table or the platform's word. Of a
    mapping that is named, it is the `name`."""
    named, naming, path = reference
    ways = {reference, (named, naming, path.removesuffix("/name"))}
    return not ways.isdisjoint(_REFERENCES) or not ways.isdisjoint(more)


def between(kinds: Collection[tuple[str, str]], more: Iterable[Reference]) -> Iterator[Reference]:
    """What Kustomize is told of objects of these kinds, and what gen emits beside them."""
    return iter(_between(frozenset({*kinds, *_EMITTED}), tuple(more)))


@lru_cache(maxsize=1 << 12)  # most bases hold the same kinds
def _between(
    kinds: frozenset[tuple[str, str]], more: tuple[Reference, ...]
) -> tuple[Reference, ...]:
    return tuple(
        reference
        for reference in (*_REFERENCES, *more)
        if reference[0] in kinds and reference[1] in kinds
    )


def configuration(parts: Iterable[Base], more: Iterable[Reference]) -> dict[str, Any] | None:
    """What Kustomize has to be told of the kinds in a base and its components, those of the
    platform included; None for nothing."""
    kinds = {kind for part in parts for kind in part.kinds}
    named: dict[tuple[str, str], list[dict[str, str]]] = {}
    for target, source, path in between(kinds, more):
        field = {"path": path, "kind": source[1]} | _group(source)
        named.setdefault(target, []).append(field)
    if not named:
        return None
    return {
        "nameReference": [
            {"kind": target[1]} | _group(target) | {"fieldSpecs": fields}
            for target, fields in named.items()
        ]
    }


def _group(kind: tuple[str, str]) -> dict[str, str]:
    return {"group": kind[0]} if kind[0] else {}
