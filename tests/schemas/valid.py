"""Valid documents of many kinds, drawn at random from what people write in each."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.schemas.pods import pod, template

Object = dict[str, Any]
Maker = Callable[[random.Random], tuple[str, str, Object]]  # apiVersion, kind, the rest


def some(chance: random.Random, **fields: Any) -> Object:
    """About half of the fields."""
    return {key: value for key, value in fields.items() if chance.random() < 0.5}


def one(chance: random.Random, *values: Any) -> Any:
    return chance.choice(values)


def _workload(chance: random.Random, **more: Any) -> Object:
    labels = one(chance, {"app": "a"}, {"app.kubernetes.io/name": "a", "tier": "b-1"})
    selector = one(
        chance,
        {"matchLabels": dict(labels)},
        {"matchExpressions": [{"key": next(iter(labels)), "operator": "Exists"}]},
    )
    return {"selector": selector, "template": template(chance, labels)} | more


def deployment(chance: random.Random) -> tuple[str, str, Object]:
    rolling = one(
        chance,
        {},
        {"maxSurge": 1},
        {"maxSurge": "25%", "maxUnavailable": 0},
        {"maxUnavailable": "100%"},
    )
    strategy = one(
        chance, {"type": "Recreate"}, {"type": "RollingUpdate", "rollingUpdate": rolling}
    )
    more = some(
        chance, replicas=chance.randrange(5), strategy=strategy, paused=True, minReadySeconds=5,
        revisionHistoryLimit=0, progressDeadlineSeconds=700,
    )  # fmt: skip
    return "apps/v1", "Deployment", {"spec": _workload(chance, **more)}


def stateful_set(chance: random.Random) -> tuple[str, str, Object]:
    claim = {"metadata": {"name": "claim"}, "spec": _claim(chance)}
    update = one(
        chance, {"type": "OnDelete"}, {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    )
    more = some(
        chance, replicas=2, updateStrategy=update, podManagementPolicy="Parallel",
        volumeClaimTemplates=[claim], minReadySeconds=1,
        persistentVolumeClaimRetentionPolicy={"whenDeleted": "Delete", "whenScaled": "Retain"},
    )  # fmt: skip
    spec = _workload(chance, serviceName="a", **more)
    if "volumeClaimTemplates" in more:
        mount = {"name": "claim", "mountPath": "/claim"}
        spec["template"]["spec"]["containers"][0].setdefault("volumeMounts", []).append(mount)
    return "apps/v1", "StatefulSet", {"spec": spec}


def daemon_set(chance: random.Random) -> tuple[str, str, Object]:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": one(chance, 1, "10%")}}
    more = some(
        chance, updateStrategy=one(chance, {"type": "OnDelete"}, rolling), minReadySeconds=2
    )
    return "apps/v1", "DaemonSet", {"spec": _workload(chance, **more)}


def replica_set(chance: random.Random) -> tuple[str, str, Object]:
    return "apps/v1", "ReplicaSet", {"spec": _workload(chance, **some(chance, replicas=0))}


def controller(chance: random.Random) -> tuple[str, str, Object]:
    labels = {"app": "a"}
    return (
        "v1",
        "ReplicationController",
        {"spec": {"selector": labels, "template": template(chance, labels)}},
    )


def pod_template(chance: random.Random) -> tuple[str, str, Object]:
    return "v1", "PodTemplate", {"template": template(chance, {"app": "a"})}


def lone_pod(chance: random.Random) -> tuple[str, str, Object]:
    restart = some(chance, restartPolicy=one(chance, "Always", "Never", "OnFailure"))
    return "v1", "Pod", {"spec": pod(chance) | restart}


def _job(chance: random.Random) -> Object:
    spec = some(
        chance, parallelism=2, backoffLimit=0, activeDeadlineSeconds=60,
        ttlSecondsAfterFinished=0, suspend=True, completions=3,
    )  # fmt: skip
    if "completions" in spec:
        spec |= some(chance, completionMode="Indexed")
    made = template(chance, {})
    made["spec"]["restartPolicy"] = one(chance, "Never", "OnFailure")
    return spec | {"template": made}


def job(chance: random.Random) -> tuple[str, str, Object]:
    return "batch/v1", "Job", {"spec": _job(chance)}


def cron_job(chance: random.Random) -> tuple[str, str, Object]:
    when = one(
        chance, "*/5 * * * *", "0 2 * * 1-5", "@daily", "15,45 0-6/2 1 jan,JUL sun", "@every 1h30m",
        "0 0 ? * 1", "59 23 31 12 *",
    )  # fmt: skip
    more = some(
        chance, timeZone="Europe/Berlin", concurrencyPolicy="Forbid", suspend=False,
        startingDeadlineSeconds=60, successfulJobsHistoryLimit=0, failedJobsHistoryLimit=1,
    )  # fmt: skip
    return (
        "batch/v1",
        "CronJob",
        {"spec": {"schedule": when, "jobTemplate": {"spec": _job(chance)}} | more},
    )


def service(chance: random.Random) -> tuple[str, str, Object]:
    kind = one(chance, "ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "headless")
    if kind == "ExternalName":
        return "v1", "Service", {"spec": {"type": kind, "externalName": "db.example.com"}}
    ports: list[Object] = [{"name": "http", "port": 80} | some(
        chance, targetPort=one(chance, 8080, "http", "a-b"), protocol="TCP",
        appProtocol=one(chance, "http", "kubernetes.io/h2c"),
    )]  # fmt: skip
    if chance.random() < 0.5:
        ports.append({"name": "dns", "port": 53, "protocol": "UDP"})
        ports.append({"name": "dns-tcp", "port": 53, "protocol": "TCP"})
    elif chance.random() < 0.5:
        del ports[0]["name"]
    spec: Object = {"ports": ports} | some(
        chance, selector={"app": "a"}, sessionAffinity="ClientIP", publishNotReadyAddresses=True,
        internalTrafficPolicy="Local", ipFamilyPolicy="SingleStack",
    )  # fmt: skip
    if kind == "headless":
        spec["clusterIP"] = "None"
        if chance.random() < 0.3:
            del spec["ports"]
    else:
        spec["type"] = kind
    if kind in ("NodePort", "LoadBalancer"):
        spec |= some(chance, externalTrafficPolicy="Cluster")
    if kind == "LoadBalancer":
        spec |= some(
            chance, loadBalancerSourceRanges=["10.0.0.0/8"], allocateLoadBalancerNodePorts=False
        )
    return "v1", "Service", {"spec": spec}


def config_map(chance: random.Random) -> tuple[str, str, Object]:
    return (
        "v1",
        "ConfigMap",
        some(
            chance,
            data={"a.yaml": "x: 1\n", "_b-C.9": ""},
            binaryData={"c": "YQ=="},
            immutable=True,
        ),
    )


def secret(chance: random.Random) -> tuple[str, str, Object]:
    data = dict.fromkeys(("tls.crt", "tls.key"), "LS0tLS1CRUdJTiBQLS0tLS0=")
    kinds: list[Object] = [
        {"type": "Opaque"} | some(chance, data={"a": "YWI="}, stringData={"b": "c"}),
        {"type": "kubernetes.io/tls", "data": data},
        {"type": "kubernetes.io/basic-auth", "stringData": {"username": "a"}},
        {"type": "example.com/own", "data": {".a": ""}},
        {"stringData": {"x": "y"}, "immutable": False},
    ]
    return "v1", "Secret", chance.choice(kinds)


def _claim(chance: random.Random) -> Object:
    return {
        "accessModes": one(
            chance, ["ReadWriteOnce"], ["ReadOnlyMany", "ReadWriteMany"], ["ReadWriteOncePod"]
        ),
        "resources": {"requests": {"storage": one(chance, "1Gi", "500M", 1000000, "1e9", "1.5Ti")}},
    } | some(chance, storageClassName=one(chance, "", "fast.x"), volumeMode="Filesystem")


def claim(chance: random.Random) -> tuple[str, str, Object]:
    return "v1", "PersistentVolumeClaim", {"spec": _claim(chance)}


def volume(chance: random.Random) -> tuple[str, str, Object]:
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "nfs": {"server": "a", "path": "/a"},
    }
    return (
        "v1",
        "PersistentVolume",
        {"spec": spec | some(chance, persistentVolumeReclaimPolicy="Retain", mountOptions=["ro"])},
    )


def account(chance: random.Random) -> tuple[str, str, Object]:
    return (
        "v1",
        "ServiceAccount",
        some(
            chance,
            automountServiceAccountToken=False,
            imagePullSecrets=[{"name": "a"}, {"name": "b"}],
        ),
    )


def namespace(chance: random.Random) -> tuple[str, str, Object]:
    return "v1", "Namespace", some(chance, spec={"finalizers": ["kubernetes"]})


def quota(chance: random.Random) -> tuple[str, str, Object]:
    hard = some(
        chance, **{"requests.cpu": 4, "limits.memory": "8Gi", "pods": "10", "count/jobs.batch": 3,
                   "services.nodeports": 0, "gold.storageclass.storage.k8s.io/requests.storage": "1Ti",
                   "requests.nvidia.com/gpu": 1},
    )  # fmt: skip
    return "v1", "ResourceQuota", {"spec": {"hard": hard or {"pods": 1}}}


def limit_range(chance: random.Random) -> tuple[str, str, Object]:
    container = {
        "type": "Container",
        "default": {"cpu": "500m"},
        "defaultRequest": {"cpu": "100m"},
        "max": {"cpu": 2},
    }
    return (
        "v1",
        "LimitRange",
        {
            "spec": {
                "limits": [container, *one(chance, [], [{"type": "Pod", "max": {"memory": "1Gi"}}])]
            }
        },
    )


def endpoints(chance: random.Random) -> tuple[str, str, Object]:
    subset = {"addresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 80, "name": "http"}]}
    return "v1", "Endpoints", some(chance, subsets=[subset])


def ingress(chance: random.Random) -> tuple[str, str, Object]:
    backend = {"service": {"name": "a", "port": one(chance, {"number": 80}, {"name": "http"})}}
    paths = [
        one(
            chance,
            {"path": "/a", "pathType": "Prefix", "backend": backend},
            {"path": "/", "pathType": "Exact", "backend": backend},
            {"path": "/a(/|$)(.*)", "pathType": "ImplementationSpecific", "backend": backend},
            {"pathType": "ImplementationSpecific", "backend": backend},
        )
    ]
    rule = {"http": {"paths": paths}} | some(
        chance, host=one(chance, "a.example.com", "*.example.com")
    )
    spec = one(
        chance, {"rules": [rule]}, {"defaultBackend": backend}, {"rules": [rule, {"host": "b.c"}]}
    )
    return (
        "networking.k8s.io/v1",
        "Ingress",
        {
            "spec": spec
            | some(
                chance,
                ingressClassName="nginx",
                tls=[{"hosts": ["a.example.com"], "secretName": "a"}],
            )
        },
    )


def ingress_class(chance: random.Random) -> tuple[str, str, Object]:
    return "networking.k8s.io/v1", "IngressClass", {"spec": {"controller": "example.com/a"}}


def policy(chance: random.Random) -> tuple[str, str, Object]:
    peers: list[Object] = [
        {"podSelector": {}},
        {
            "namespaceSelector": {"matchLabels": {"a": "b"}},
            "podSelector": {"matchLabels": {"c": ""}},
        },
        {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
        {"ipBlock": {"cidr": "2001:db8::/32"}},
    ]
    ports: list[Object] = [
        {"port": "http"},
        {"port": 80, "endPort": 90, "protocol": "TCP"},
        {"protocol": "UDP"},
    ]
    rule = some(chance, ports=[chance.choice(ports)])
    return "networking.k8s.io/v1", "NetworkPolicy", {
        "spec": {"podSelector": one(chance, {}, {"matchLabels": {"a": "b"}})}
        | some(
            chance, policyTypes=["Ingress", "Egress"], ingress=[rule | {"from": [chance.choice(peers)]}],
            egress=[rule | {"to": [chance.choice(peers)]}, {}],
        )
    }  # fmt: skip


def _rules(chance: random.Random) -> list[Object]:
    return [
        {
            "apiGroups": one(chance, [""], ["apps", ""], ["*"]),
            "resources": ["pods", "pods/log"],
            "verbs": ["get", "*"],
        }
        | some(chance, resourceNames=["a"])
    ]


def role(chance: random.Random) -> tuple[str, str, Object]:
    return "rbac.authorization.k8s.io/v1", "Role", {"rules": one(chance, [], _rules(chance))}


def cluster_role(chance: random.Random) -> tuple[str, str, Object]:
    paths: Object = {"nonResourceURLs": ["/healthz"], "verbs": ["get"]}
    return "rbac.authorization.k8s.io/v1", "ClusterRole", {"rules": [*_rules(chance), paths]}


def _binding(chance: random.Random, *kinds: str) -> Object:
    group = "rbac.authorization.k8s.io"
    subjects: list[Object] = [
        {"kind": "ServiceAccount", "name": "a", "namespace": "b"},
        {"kind": "User", "name": "a@b.c", "apiGroup": group},
        {"kind": "Group", "name": "system:authenticated", "apiGroup": group},
    ]
    return {
        "roleRef": {"apiGroup": group, "kind": chance.choice(kinds), "name": "system:x"},
        "subjects": [chance.choice(subjects)],
    }


def role_binding(chance: random.Random) -> tuple[str, str, Object]:
    return "rbac.authorization.k8s.io/v1", "RoleBinding", _binding(chance, "Role", "ClusterRole")


def cluster_role_binding(chance: random.Random) -> tuple[str, str, Object]:
    return "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", _binding(chance, "ClusterRole")


def autoscaler(chance: random.Random) -> tuple[str, str, Object]:
    target = one(
        chance,
        {"type": "Utilization", "averageUtilization": 150},
        {"type": "AverageValue", "averageValue": "1k"},
    )
    metrics: list[Object] = [
        {"type": "Resource", "resource": {"name": "cpu", "target": target}},
        {
            "type": "Pods",
            "pods": {
                "metric": {"name": "x"},
                "target": {"type": "AverageValue", "averageValue": 1},
            },
        },
        {
            "type": "External",
            "external": {"metric": {"name": "q"}, "target": {"type": "Value", "value": "10"}},
        },
        {
            "type": "ContainerResource",
            "containerResource": {"name": "cpu", "container": "a", "target": target},
        },
    ]
    policies = [{"type": "Pods", "value": 1, "periodSeconds": 60}]
    behaviour = {
        "scaleDown": some(
            chance, stabilizationWindowSeconds=0, policies=policies, selectPolicy="Min"
        )
    }
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"},
        "maxReplicas": 3,
    }
    return (
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        {
            "spec": spec
            | some(chance, minReplicas=1, metrics=[chance.choice(metrics)], behavior=behaviour)
        },
    )


def old_autoscaler(chance: random.Random) -> tuple[str, str, Object]:
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "a"},
        "maxReplicas": 3,
    }
    return (
        "autoscaling/v1",
        "HorizontalPodAutoscaler",
        {"spec": spec | some(chance, minReplicas=2, targetCPUUtilizationPercentage=80)},
    )


def budget(chance: random.Random) -> tuple[str, str, Object]:
    amount = one(
        chance, {"minAvailable": one(chance, 1, "50%", 0)}, {"maxUnavailable": one(chance, "0%", 2)}
    )
    return (
        "policy/v1",
        "PodDisruptionBudget",
        {
            "spec": amount
            | {"selector": {"matchLabels": {"a": "b"}}}
            | some(chance, unhealthyPodEvictionPolicy="AlwaysAllow")
        },
    )


def priority_class(chance: random.Random) -> tuple[str, str, Object]:
    return (
        "scheduling.k8s.io/v1",
        "PriorityClass",
        {"value": 1000} | some(chance, description="a", preemptionPolicy="Never"),
    )


def storage_class(chance: random.Random) -> tuple[str, str, Object]:
    return "storage.k8s.io/v1", "StorageClass", {"provisioner": "csi.example.com"} | some(
        chance, parameters={"type": "a"}, reclaimPolicy="Retain", volumeBindingMode="WaitForFirstConsumer",
        allowVolumeExpansion=True,
    )  # fmt: skip


def csi_driver(chance: random.Random) -> tuple[str, str, Object]:
    return (
        "storage.k8s.io/v1",
        "CSIDriver",
        {"spec": some(chance, attachRequired=False, podInfoOnMount=True)},
    )


def lease(chance: random.Random) -> tuple[str, str, Object]:
    return (
        "coordination.k8s.io/v1",
        "Lease",
        {
            "spec": some(
                chance,
                holderIdentity="a",
                leaseDurationSeconds=15,
                renewTime="2027-01-31T08:00:00.000000Z",
            )
        },
    )


def slices(chance: random.Random) -> tuple[str, str, Object]:
    return (
        "discovery.k8s.io/v1",
        "EndpointSlice",
        {
            "addressType": "IPv4",
            "endpoints": [
                {"addresses": ["10.1.2.3"]} | some(chance, conditions={"ready": True}, zone="a")
            ],
            "ports": [{"port": 80, "name": "http", "protocol": "TCP"}],
        },
    )


def runtime_class(chance: random.Random) -> tuple[str, str, Object]:
    return (
        "node.k8s.io/v1",
        "RuntimeClass",
        {"handler": "runsc"} | some(chance, scheduling={"nodeSelector": {"a": "b"}}),
    )


def _webhook(chance: random.Random) -> Object:
    rule = {
        "apiGroups": ["apps"],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["deployments"],
    }
    return {
        "name": "a.example.com",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "clientConfig": {"service": {"name": "a", "namespace": "b"}},
        "rules": [rule],
    } | some(chance, failurePolicy="Ignore", timeoutSeconds=5, matchPolicy="Exact")


def validating(chance: random.Random) -> tuple[str, str, Object]:
    return (
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        {"webhooks": [_webhook(chance)]},
    )


def mutating(chance: random.Random) -> tuple[str, str, Object]:
    return (
        "admissionregistration.k8s.io/v1",
        "MutatingWebhookConfiguration",
        {"webhooks": [_webhook(chance)]},
    )


def api_service(chance: random.Random) -> tuple[str, str, Object]:
    spec = {
        "group": "x.example.com",
        "version": "v1",
        "groupPriorityMinimum": 100,
        "versionPriority": 10,
    }
    return (
        "apiregistration.k8s.io/v1",
        "APIService",
        {
            "metadata": {"name": "v1.x.example.com"},
            "spec": spec
            | {"service": {"name": "a", "namespace": "b"}, "insecureSkipTLSVerify": True},
        },
    )


def definition(chance: random.Random) -> tuple[str, str, Object]:
    schema: Object = {
        "type": "object",
        "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return (
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        {
            "metadata": {"name": "as.example.com"},
            "spec": {
                "group": "example.com",
                "scope": "Namespaced",
                "names": {"kind": "A", "plural": "as"},
                "versions": [version],
            },
        },
    )


def node(chance: random.Random) -> tuple[str, str, Object]:
    return (
        "v1",
        "Node",
        {"spec": some(chance, unschedulable=True, taints=[{"key": "a", "effect": "NoSchedule"}])},
    )


def event(chance: random.Random) -> tuple[str, str, Object]:
    return (
        "v1",
        "Event",
        {"involvedObject": {"kind": "Pod", "name": "a", "namespace": "default"}}
        | some(chance, reason="A", message="b", type="Normal", count=1),
    )


def flow_schema(chance: random.Random) -> tuple[str, str, Object]:
    subject = {"kind": "Group", "group": {"name": "a"}}
    rule = {
        "subjects": [subject],
        "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/a"]}],
    }
    return (
        "flowcontrol.apiserver.k8s.io/v1",
        "FlowSchema",
        {
            "spec": {"priorityLevelConfiguration": {"name": "x"}, "matchingPrecedence": 500}
            | some(chance, rules=[rule])
        },
    )


MAKERS: tuple[Maker, ...] = (
    deployment, stateful_set, daemon_set, replica_set, controller, pod_template, lone_pod, job,
    cron_job, service, config_map, secret, claim, volume, account, namespace, quota, limit_range,
    endpoints, ingress, ingress_class, policy, role, cluster_role, role_binding,
    cluster_role_binding, autoscaler, old_autoscaler, budget, priority_class, storage_class,
    csi_driver, lease, slices, runtime_class, validating, mutating, api_service, definition, node,
    event, flow_schema,
)  # fmt: skip


def document(chance: random.Random, number: int) -> Object:
    """Each kind in turn."""
    api_version, kind, rest = MAKERS[number % len(MAKERS)](chance)
    metadata = {"name": f"a-{number}"} | some(
        chance,
        labels={"app": "a", "example.com/Part_of": "X.y-z", "empty": ""},
        annotations={"Example.COM/note": "any text: äöü\n", "b": ""},
    )
    return (
        {"apiVersion": api_version, "kind": kind}
        | rest
        | {"metadata": metadata | rest.get("metadata", {})}
    )
