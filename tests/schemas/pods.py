"""Pods as people write them, drawn at random."""

from __future__ import annotations

import random
from typing import Any

Object = dict[str, Any]
VOLUMES: tuple[Object, ...] = (
    {"emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}},
    {"configMap": {"name": "a", "items": [{"key": "k", "path": "d/f", "mode": 0o400}], "optional": True}},
    {"secret": {"secretName": "a", "defaultMode": 0o640}},
    {"persistentVolumeClaim": {"claimName": "a", "readOnly": True}},
    {"hostPath": {"path": "/var", "type": "Directory"}},
    {"downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
    {"projected": {"sources": [{"configMap": {"name": "a"}}, {"downwardAPI": {"items": [{"path": "n", "fieldRef": {"fieldPath": "metadata.name"}}]}}]}},
    {"csi": {"driver": "d.example.com"}},
    {"ephemeral": {"volumeClaimTemplate": {"spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}}},
    {"nfs": {"server": "a", "path": "/x"}},
)  # fmt: skip
PROBES: tuple[Object, ...] = (
    {"httpGet": {"path": "/", "port": "http", "httpHeaders": [{"name": "X-A", "value": "b"}]}},
    {"httpGet": {"port": 8080, "scheme": "HTTPS", "host": "a"}},
    {"tcpSocket": {"port": 8080}, "periodSeconds": 1, "timeoutSeconds": 1},
    {"exec": {"command": ["true"]}, "initialDelaySeconds": 0, "failureThreshold": 30},
    {"grpc": {"port": 9000, "service": "a"}},
)
ENV: tuple[Object, ...] = (
    {"name": "A_B.c-9", "value": ""},
    {"name": "URL", "value": "http://$(HOST):80/"},
    {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
    {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
    {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "a", "key": "k.x_y", "optional": True}}},
    {"name": "MAP", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "k"}}},
)
IMAGES = (
    "nginx",
    "nginx:1.27",
    "localhost:5000/a/b:c",
    "registry.example.com/a/b_c@sha256:" + "0" * 64,
    "a.b/c:v1@sha256:" + "f" * 64,
)
RESOURCES: tuple[Object, ...] = (
    {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": 1, "memory": "1Gi"}},
    {"requests": {"cpu": 0.5, "ephemeral-storage": "1e3"}},
    {"limits": {"nvidia.com/gpu": 1, "memory": "0.5Gi"}},
    {},
)
SECURITY: tuple[Object, ...] = (
    {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]},
    },
    {"readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False},
    {"seccompProfile": {"type": "Localhost", "localhostProfile": "a/b"}},
)
MORE: tuple[Object, ...] = (
    {"tolerations": [
        {"operator": "Exists"}, {"key": "a", "value": "b", "effect": "NoSchedule"},
        {"key": "c", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 0}]},
    {"nodeSelector": {"kubernetes.io/arch": "amd64"}},
    {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchExpressions": [
            {"key": "a", "operator": "Gt", "values": ["1"]}, {"key": "b", "operator": "DoesNotExist"}]}]}}}},
    {"affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 100, "podAffinityTerm": {
            "topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"a": "b"}}}}]}}},
    {"topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"},
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 2}]},
    {"hostAliases": [{"ip": "127.0.0.1", "hostnames": ["a.b", "c"]}], "hostname": "a", "subdomain": "b"},
    {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["1.1.1.1"], "options": [{"name": "ndots", "value": "2"}]}},
    {"terminationGracePeriodSeconds": 60, "enableServiceLinks": False, "shareProcessNamespace": True},
    {"securityContext": {"fsGroup": 1, "supplementalGroups": [2], "sysctls": [{"name": "kernel.shm_rmid_forced", "value": "1"}]}},
    {"serviceAccountName": "a.b", "automountServiceAccountToken": False, "imagePullSecrets": [{"name": "a"}]},
    {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"},
)  # fmt: skip


def container(chance: random.Random, name: str, volumes: list[str]) -> Object:
    made: Object = {"name": name, "image": chance.choice(IMAGES)}
    made["ports"] = [{"name": "http", "containerPort": 8080}]
    if chance.random() < 0.3:
        made["ports"].append({"name": "http-udp", "containerPort": 8080, "protocol": "UDP"})
    options: Object = {
        "command": ["sh", "-c"],
        "args": [],
        "imagePullPolicy": chance.choice(["Always", "IfNotPresent", "Never"]),
        "env": chance.sample(ENV, 3),
        "envFrom": [{"configMapRef": {"name": "a"}}, {"prefix": "P_", "secretRef": {"name": "b"}}],
        "resources": chance.choice(RESOURCES),
        "livenessProbe": chance.choice(PROBES),
        "readinessProbe": chance.choice(PROBES) | {"successThreshold": 2},
        "startupProbe": chance.choice(PROBES),
        "lifecycle": {
            "preStop": chance.choice([{"exec": {"command": ["a"]}}, {"sleep": {"seconds": 1}}])
        },
        "securityContext": chance.choice(SECURITY),
        "workingDir": "/a",
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            {"name": volume, "mountPath": f"/{volume}", "subPath": "a/b..c"} for volume in volumes
        ],
    }
    return made | {key: value for key, value in options.items() if chance.random() < 0.4}


def pod(chance: random.Random) -> Object:
    volumes = {f"v{number}": volume for number, volume in enumerate(chance.sample(VOLUMES, 2))}
    made: Object = {
        "containers": [
            container(chance, f"c{number}", [*volumes]) for number in range(chance.randrange(1, 3))
        ],
        "volumes": [{"name": name} | volume for name, volume in volumes.items()],
    }
    if chance.random() < 0.3:
        made["initContainers"] = [{"name": "i", "image": "a:1", "command": ["true"]}]
    if chance.random() < 0.2:
        sidecar = {
            "name": "s",
            "image": "a:1",
            "restartPolicy": "Always",
            "livenessProbe": PROBES[2],
        }
        made.setdefault("initContainers", []).append(sidecar)
    for more in chance.sample(MORE, 2):
        made |= more
    if made.get("hostNetwork"):
        for each in made["containers"]:
            each["ports"] = [{"name": "http", "containerPort": 8080, "hostPort": 8080}][
                : each is made["containers"][0]
            ]
    for each in made["containers"]:
        if not each["ports"]:
            for key in ("livenessProbe", "readinessProbe", "startupProbe"):
                each.pop(key, None)
    return made


def template(chance: random.Random, labels: dict[str, str]) -> Object:
    metadata = {"labels": labels} | chance.choice(
        [{}, {"annotations": {"a": "b"}, "creationTimestamp": None}]
    )
    return {"metadata": metadata, "spec": pod(chance)}
