"""Which kinds a base may bring, and what to do instead of the others."""

from __future__ import annotations

import pytest

from generator.manifests import allowed
from generator.manifests.allowed import instead, is_foreign, left_out, never, parsed, scope, shown

SAFE = (
    *("ConfigMap", "PersistentVolumeClaim", "Secret", "Service", "ServiceAccount"),
    *("apps/DaemonSet", "apps/Deployment", "apps/StatefulSet"),
    *("autoscaling/HorizontalPodAutoscaler", "batch/CronJob", "batch/Job"),
    *("monitoring.coreos.com/PodMonitor", "monitoring.coreos.com/ServiceMonitor"),
    "policy/PodDisruptionBudget",
)
ASKED = {
    "Pod": "write a Deployment",
    "apps/ReplicaSet": "write a Deployment",
    "ReplicationController": "write a Deployment",
    "LimitRange": "say `quota` and `limits`",
    "ResourceQuota": "say `quota` and `limits`",
    "networking.k8s.io/Ingress": "say `entry`",
    "networking.k8s.io/NetworkPolicy": "computed from `calls`",
    "rbac.authorization.k8s.io/Role": "rights are granted separately",
    "rbac.authorization.k8s.io/RoleBinding": "rights are granted separately",
    "example.com/Thing": "it is deployed separately",
}
REFUSED = {
    "networking.istio.io/VirtualService": "gen prints routes",
    "security.istio.io/AuthorizationPolicy": "gen prints routes",
    "gateway.networking.k8s.io/HTTPRoute": "gen prints routes",
    "telemetry.istio.io/Telemetry": "what is observed",
    "extensions.istio.io/WasmPlugin": "what runs in sidecars",
    "apiextensions.k8s.io/CustomResourceDefinition": "the whole cluster",
    "apiregistration.k8s.io/APIService": "the whole cluster",
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration": "the whole cluster",
    "scheduling.k8s.io/PriorityClass": "the whole cluster",
    "storage.k8s.io/StorageClass": "the whole cluster",
    "node.k8s.io/RuntimeClass": "the whole cluster",
    "certificates.k8s.io/CertificateSigningRequest": "the whole cluster",
    "flowcontrol.apiserver.k8s.io/FlowSchema": "the whole cluster",
    "internal.apiserver.k8s.io/StorageVersion": "the whole cluster",
    "Namespace": "gen emits each environment's namespace",
    "Node": "the whole cluster",
    "PersistentVolume": "the whole cluster",
    "ComponentStatus": "the whole cluster",
    "Binding": "the whole cluster",
    "Event": "written by controllers",
    "Endpoints": "an external",
    "discovery.k8s.io/EndpointSlice": "Kubernetes makes those",
    "argoproj.io/AppProject": "gen emits what Argo CD delivers",
    "argoproj.io/Application": "gen emits what Argo CD delivers",
    "argoproj.io/ApplicationSet": "gen emits what Argo CD delivers",
    "rbac.authorization.k8s.io/ClusterRole": "rights are granted separately",
    "rbac.authorization.k8s.io/ClusterRoleBinding": "rights are granted separately",
    "cert-manager.io/ClusterIssuer": "the whole cluster",
    "networking.k8s.io/IngressClass": "the whole cluster",
    "networking.k8s.io/IPAddress": "the whole cluster",
    "networking.k8s.io/ServiceCIDR": "the whole cluster",
    "example.com/ClusterThing": "the whole cluster",
}


@pytest.mark.parametrize("text", SAFE)
def test_what_is_safe_everywhere(text: str) -> None:
    kind = parsed(text)
    assert (scope(kind, {}), never(kind)) == ("everywhere", None)
    assert scope(kind, {kind: "baseline"}) == "baseline"
    assert (kind in allowed.SAFE, len(allowed.SAFE)) == (True, len(SAFE))
    assert left_out({text: "baseline"}) == frozenset()


@pytest.mark.parametrize("text, words", ASKED.items())
def test_what_a_platform_can_allow(text: str, words: str) -> None:
    kind = parsed(text)
    assert (scope(kind, {}), never(kind)) == (None, None)
    assert scope(kind, {kind: "everywhere"}) == "everywhere"
    assert words in instead(kind) and f"`bases.kinds: {{{text}: baseline}}`" in instead(kind)
    assert left_out({text: "baseline"}) == {kind} and left_out({text: "everywhere"}) == frozenset()
    version = f"{kind[0]}/v1" if kind[0] else "v1"
    assert not is_foreign({"apiVersion": version, "kind": kind[1]})


@pytest.mark.parametrize("text, words", REFUSED.items())
def test_what_no_platform_can_allow(text: str, words: str) -> None:
    kind = parsed(text)
    assert scope(kind, {kind: "everywhere"}) is None
    assert words in str(never(kind)) and words in instead(kind)
    assert instead(kind).startswith("delete it from the base") and "ask" not in instead(kind)
    version = f"{kind[0]}/v1" if kind[0] else "v1"
    assert is_foreign({"apiVersion": version, "kind": kind[1]})


def test_kinds_as_they_are_written() -> None:
    for text in (*SAFE, *ASKED, *REFUSED):
        assert shown(parsed(text)) == text
    assert never(("", "ClusterThing")) is None  # nobody's group: told as a kind that there is not
    assert len(shown(("g" * 200, "K"))) == 100 and len(shown(("", "K" * 200))) == 60
    said = {"a.b/Queue": {"spec/c": "Secret", "spec/d": "e.f/G"}}
    assert list(allowed.references(said)) == [
        (("", "Secret"), ("a.b", "Queue"), "spec/c"),
        (("e.f", "G"), ("a.b", "Queue"), "spec/d"),
    ]
