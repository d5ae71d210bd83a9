"""What installations bring that is not gen's: an ingress gateway, Argo CD's settings, a cluster that Argo CD may reach."""

from __future__ import annotations

import json
from typing import Any

from tests.cluster.api import Object

GATEWAY = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "istio-ingress", "namespace": "istio-ingress"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"istio": "ingress"}},
        "template": {
            "metadata": {
                "labels": {"istio": "ingress"},
                "annotations": {"inject.istio.io/templates": "gateway"},
            },
            "spec": {
                "serviceAccountName": "istio-ingress",
                "containers": [
                    {"name": "istio-proxy", "image": "auto", "ports": [{"containerPort": 80}]}
                ],
            },
        },
    },
}
# The part of a cluster that tells an autoscaler what pods use. An object for each pod does as well as a server.
METRICS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {
        "name": "pods.metrics.k8s.io",
        "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"},
    },
    "spec": {
        "group": "metrics.k8s.io",
        "scope": "Namespaced",
        "names": {"plural": "pods", "kind": "PodMetrics"},
        "versions": [
            {
                "name": "v1beta1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "x-kubernetes-preserve-unknown-fields": True,
                    }
                },
            }
        ],
    },
}


def argocd() -> list[dict[str, Any]]:
    """What Argo CD's installation brings besides its programs."""
    labels = {"app.kubernetes.io/part-of": "argocd"}
    # Only the webhook tells of a push, so that times are those of the road and not of Argo CD's own clock.
    settings = {"argocd-cm": {"timeout.reconciliation": "1h"}}
    maps = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "data": settings.get(name, {}),
            "metadata": {
                "name": name,
                "namespace": "argocd",
                "labels": labels | {"app.kubernetes.io/name": name},
            },
        }
        for name in (
            "argocd-cm",
            "argocd-rbac-cm",
            "argocd-tls-certs-cm",
            "argocd-ssh-known-hosts-cm",
            "argocd-gpg-keys-cm",
            "argocd-cmd-params-cm",
        )
    ]
    secrets = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": "argocd", "labels": labels},
            "stringData": content,
        }
        for name, content in (
            ("argocd-secret", {"server.secretkey": "x" * 32}),
            ("argocd-redis", {"auth": ""}),
        )
    ]
    return [
        *maps,
        *secrets,
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {"name": "default", "namespace": "argocd"},
            "spec": {},
        },
    ]


def cluster(name: str, server: str, token: str) -> Object:
    """Another cluster, as `argocd cluster add` writes it down."""
    reached = {"bearerToken": token, "tlsClientConfig": {"insecure": True}}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"cluster-{name}",
            "namespace": "argocd",
            "labels": {"argocd.argoproj.io/secret-type": "cluster"},
        },
        "stringData": {"name": name, "server": server, "config": json.dumps(reached)},
    }
