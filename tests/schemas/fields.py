"""Good documents with nearly every field that has a rule, and single changes of them: what each is told, or nothing.

A row is (where, the value that stands there instead, what is told): `GEN412`, at that place; `GEN413 spec`, at another; or
nothing. `tests/manifests/test_rules.py` asks gen, `python -m tests.schemas` asks a real API server as well.
"""

from __future__ import annotations

import copy
from base64 import b64encode
from functools import cache
from typing import Any

import yaml

GONE = object()  # the key is taken out
Row = tuple[str, Any, str]
Object = dict[str, Any]
PEM = b64encode(b"-----BEGIN CERTIFICATE-----\n").decode()
DIGEST = "sha256:" + "0" * 64
L63, L64, L253, L254 = "a" * 63, "a" * 64, ("a" * 63 + ".") * 3 + "a" * 61, "a" * 254

DOCUMENTS: dict[str, str] = {
    "pod": """
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}, annotations: {b: c}, finalizers: [example.com/a]}
spec:
  containers:
    - name: a
      image: "a:1"
      ports: [{name: web, containerPort: 80}, {name: more, containerPort: 81}]
      env:
        - {name: A, value: b}
        - {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: C, valueFrom: {configMapKeyRef: {name: a, key: k}}}
        - {name: D, valueFrom: {secretKeyRef: {name: a, key: k}}}
        - {name: E, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
      envFrom: [{prefix: A_, configMapRef: {name: a}}]
      resources: {requests: {cpu: 1, memory: 1Gi}, limits: {cpu: 1, memory: 1Gi}}
      livenessProbe: {httpGet: {path: /, port: web}}
      readinessProbe: {tcpSocket: {port: 80}}
      startupProbe: {grpc: {port: 80}}
      lifecycle: {preStop: {exec: {command: [a]}}, postStart: {httpGet: {port: 80}}}
      securityContext: {runAsUser: 1, runAsGroup: 1}
      volumeMounts: [{name: config, mountPath: /a, subPath: b}, {name: host, mountPath: /b}]
      volumeDevices: [{name: claim, devicePath: /dev/b}]
    - {name: b, image: b, ports: [{containerPort: 80}], lifecycle: {preStop: {sleep: {seconds: 1}}}}
  initContainers:
    - {name: i, image: i, volumeMounts: [{name: config, mountPath: /a}]}
    - {name: s, image: s, restartPolicy: Always, readinessProbe: {exec: {command: [a]}}}
  volumes:
    - {name: config, configMap: {name: a, defaultMode: 420, items: [{key: a, path: a, mode: 384}]}}
    - {name: secret, secret: {secretName: a, defaultMode: 420}}
    - {name: projected, projected: {defaultMode: 420, sources: [{configMap: {name: a}}]}}
    - {name: down, downwardAPI: {defaultMode: 420, items: [{path: a, fieldRef: {fieldPath: metadata.name}}]}}
    - {name: host, hostPath: {path: /a}}
    - {name: nfs, nfs: {server: a, path: /a}}
    - {name: claim, persistentVolumeClaim: {claimName: a}}
    - {name: csi, csi: {driver: a.example.com}}
  securityContext: {runAsUser: 1, runAsGroup: 1, fsGroup: 1, supplementalGroups: [1]}
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b]}]}]}
      preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: {matchExpressions: [{key: a, operator: Exists}]}}]
    podAffinity:
      requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {matchLabels: {a: b}}}]
      preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: {topologyKey: zone, labelSelector: {matchExpressions: [{key: a, operator: In, values: [b]}]}}}]
  topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, minDomains: 1, labelSelector: {matchLabels: {app: a}}}]
  tolerations: [{key: a, operator: Equal, value: b, effect: NoExecute, tolerationSeconds: 1}]
  hostAliases: [{ip: 10.0.0.1, hostnames: [a]}]
  nodeSelector: {a: b}
  hostname: a
  subdomain: b
  serviceAccountName: a
  dnsPolicy: None
  dnsConfig: {nameservers: [10.0.0.1]}
""",
    "deployment": """
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 1
  selector: {matchLabels: {app: a}}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: a, more: b}}
    spec: {containers: [{name: a, image: "a:1", volumeMounts: [{name: v, mountPath: /v}]}], volumes: [{name: v, emptyDir: {}}]}
""",
    "replicaset": """
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: a}
spec:
  replicas: 1
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: "a:1", volumeMounts: [{name: v, mountPath: /v}]}], volumes: [{name: v, emptyDir: {}}]}
""",
    "daemonset": """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec:
  selector: {matchLabels: {app: a}}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: "a:1", volumeMounts: [{name: v, mountPath: /v}]}], volumes: [{name: v, emptyDir: {}}]}
""",
    "statefulset": """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec:
  serviceName: a
  replicas: 1
  selector: {matchLabels: {app: a}}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: "a:1", volumeMounts: [{name: d, mountPath: /d}]}]}
  volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
""",
    "job": """
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec:
  backoffLimit: 1
  template:
    spec: {restartPolicy: Never, containers: [{name: a, image: "a:1", volumeMounts: [{name: v, mountPath: /v}]}], volumes: [{name: v, emptyDir: {}}]}
""",
    "cronjob": """
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  schedule: "0 1 * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}}
""",
    "service": """
apiVersion: v1
kind: Service
metadata: {name: a}
spec:
  selector: {app: a}
  ports: [{name: http, port: 80, targetPort: 8080}, {name: more, port: 81}]
""",
    "loadbalancer": """
apiVersion: v1
kind: Service
metadata: {name: a}
spec:
  type: LoadBalancer
  ports: [{port: 80, nodePort: 30080}]
  externalTrafficPolicy: Local
  loadBalancerSourceRanges: [10.0.0.0/8]
  loadBalancerClass: example.com/a
  allocateLoadBalancerNodePorts: true
""",
    "external": """
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {type: ExternalName, externalName: a.example.com}
""",
    "configmap": """
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {a: b}
binaryData: {c: YQ==}
""",
    "secret": """
apiVersion: v1
kind: Secret
metadata: {name: a}
type: Opaque
data: {a: YQ==}
stringData: {b: c}
""",
    "claim": """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: a}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: fast}
""",
    "limits": """
apiVersion: v1
kind: LimitRange
metadata: {name: a}
spec:
  limits:
    - {type: Container, min: {cpu: 1}, defaultRequest: {cpu: 2}, default: {cpu: 3}, max: {cpu: 4}}
    - {type: Pod, max: {cpu: 8}}
""",
    "quota": """
apiVersion: v1
kind: ResourceQuota
metadata: {name: a}
spec: {hard: {requests.cpu: 4, count/deployments.apps: 3}}
""",
    "autoscaler": """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}
  minReplicas: 1
  maxReplicas: 3
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}
    - {type: ContainerResource, containerResource: {name: cpu, container: a, target: {type: AverageValue, averageValue: 1}}}
    - {type: Pods, pods: {metric: {name: a}, target: {type: AverageValue, averageValue: 1}}}
    - {type: Object, object: {metric: {name: a}, describedObject: {apiVersion: v1, kind: Service, name: a}, target: {type: Value, value: 1}}}
    - {type: External, external: {metric: {name: a}, target: {type: Value, value: 1}}}
  behavior:
    scaleDown: {stabilizationWindowSeconds: 1, selectPolicy: Max, policies: [{type: Pods, value: 1, periodSeconds: 1}]}
""",
    "autoscaler1": """
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}, minReplicas: 1, maxReplicas: 3, targetCPUUtilizationPercentage: 80}
""",
    "budget": """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec: {minAvailable: 1, selector: {matchLabels: {app: a}}}
""",
    "ingress": """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec:
  ingressClassName: a
  tls: [{hosts: [a.example.com], secretName: a}]
  rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]
""",
    "policy": """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: a}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}, {podSelector: {}}, {namespaceSelector: {}}], ports: [{port: 80, endPort: 90}]}]
""",
    "role": """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: a}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
""",
    "clusterrole": """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: a}
rules: [{nonResourceURLs: [/metrics], verbs: [get]}, {apiGroups: [""], resources: [pods], verbs: [get]}]
""",
    "binding": """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}
subjects: [{kind: ServiceAccount, name: a, namespace: b}, {kind: User, name: u, apiGroup: rbac.authorization.k8s.io}, {kind: Group, name: g}]
""",
    "clusterbinding": """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: a}
subjects: [{kind: User, name: u}, {kind: ServiceAccount, name: a, namespace: b}]
""",
}

C, NODES = (
    "spec/containers/0/",
    "spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution",
)
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution/0/"
NEAR, SPREAD = "spec/affinity/podAffinity/", "spec/topologySpreadConstraints/0/"
EXPRESSION = NODES + "/nodeSelectorTerms/0/matchExpressions/0/"
TERM = NEAR + PREFERRED + "podAffinityTerm/"
REQUIREMENT = TERM + "labelSelector/matchExpressions/0/"


def _each(path: str, right: list[Any], wrong: list[Any], code: str = "GEN412") -> list[Row]:
    return [(path, value, "") for value in right] + [(path, value, code) for value in wrong]


def naturals(path: str) -> list[Row]:
    return _each(path, [0], [-1])


def positives(path: str) -> list[Row]:
    return _each(path, [1], [0])


def needed(path: str, code: str = "GEN413", there: str = "") -> list[Row]:
    """A key that cannot be left out, nor be empty."""
    parent = path.rpartition("/")[0]
    return [(path, GONE, f"{code} {parent}"), (path, there, "GEN413")]


def _port(**more: Any) -> Object:
    """A port of a container that is one of the node, too."""
    return {"containerPort": 80, "hostPort": 80} | more


PORTS = ([1, 65535], [0, 65536])
LABELS: tuple[list[Any], list[Any]] = (
    ["a", "a.b/c_D", L253 + "/" + L63],
    ["a b", "a/b/c", "/a", L254 + "/a", "a/" + L64],
)
MODES = ([0, 0o777], [0o1000, -1])
DNS_LABELS: tuple[list[Any], list[Any]] = (["a-1", L63], ["a.b", "A", "-a", L64])
DNS: tuple[list[Any], list[Any]] = (["a.b-1", L253], ["a_b", "a..b", L254])
DATA_KEYS: tuple[list[Any], list[Any]] = (["a_B.c-1", ".a", L253], ["a b", "..", "..a", ".", L254])

POD_ROWS: list[Row] = [
    # metadata
    *_each("metadata/name", ["a.b", L253], ["A", L254]),
    *_each("metadata/namespace", ["default"], ["a.b"]),
    ("metadata/labels", {"a": ""}, ""),
    ("metadata/labels", {"a": L63}, ""),
    ("metadata/labels", {"a": L64}, "GEN412 metadata/labels/a"),
    ("metadata/labels", {"a": "b "}, "GEN412 metadata/labels/a"),
    ("metadata/labels", {"A.b/c": "b"}, "GEN412 metadata/labels/A.b/c"),
    ("metadata/annotations", {"A.b/c": "b b"}, ""),
    ("metadata/annotations", {"a b": "b"}, "GEN412 metadata/annotations/a b"),
    ("metadata/annotations", {"a": "b" * (256 * 1024 - 1)}, ""),
    ("metadata/annotations", {"a": "b" * 256 * 1024}, "GEN412"),
    *_each("metadata/finalizers/0", ["kubernetes", "orphan", "foregroundDeletion", "a.b/c"], ["abc", "a b/c"]),
    ("metadata/uid", "a", "GEN414"),
    ("metadata/resourceVersion", "1", "GEN414"),
    ("metadata/generation", 1, "GEN414"),
    ("metadata/generation", 0, ""),
    ("metadata/creationTimestamp", "2026-01-31T08:00:00Z", "GEN414"),
    ("metadata/creationTimestamp", None, ""),
    ("metadata/deletionTimestamp", "2026-01-31T08:00:00Z", "GEN414"),
    ("metadata/deletionGracePeriodSeconds", 1, "GEN414"),
    ("metadata/selfLink", "/a", "GEN414"),
    ("metadata/managedFields", [{"manager": "a", "operation": "Apply"}], "GEN414"),
    ("status", {"phase": "Running"}, "GEN414"),
    ("status", {}, ""),
    # presence
    ("spec", GONE, "GEN413 ."),
    *needed(C + "name"),
    *needed(C + "image"),
    ("spec/containers", [], "GEN413"),
    *needed(C + "ports/0/containerPort", there=None),
    *needed(C + "env/0/name"),
    *needed("spec/volumes/5/nfs/server"),
    *needed("spec/volumes/5/nfs/path"),
    *needed("spec/volumes/4/hostPath/path"),
    *needed("spec/volumes/6/persistentVolumeClaim/claimName"),
    *needed("spec/volumes/7/csi/driver"),
    *needed("spec/volumes/0/configMap/items/0/key"),
    *needed("spec/volumes/0/configMap/items/0/path"),
    *needed("spec/hostAliases/0/ip"),
    *needed(C + "volumeMounts/0/mountPath"),
    *needed(C + "env/1/valueFrom/fieldRef/fieldPath"),
    *needed(C + "env/2/valueFrom/configMapKeyRef/key"),
    *needed(C + "env/3/valueFrom/secretKeyRef/key"),
    *needed(C + "env/4/valueFrom/resourceFieldRef/resource"),
    *needed(C + "livenessProbe/httpGet/port"),
    *needed(C + "readinessProbe/tcpSocket/port"),
    *needed(REQUIREMENT + "key"),
    ("spec/volumes/7/name", GONE, "GEN413 spec/volumes/7"),
    (C + "volumeMounts/0/name", "", "GEN413"),
    (C + "lifecycle/preStop/exec", {}, "GEN413"),
    ("spec/volumes/2/projected", {"defaultMode": 420}, ""),
    # values of containers
    *_each("spec/containers/1/name", *DNS_LABELS),
    *_each("spec/initContainers/0/restartPolicy", ["Always"], ["always"]),
    *_each(C + "image", ["a.b/c:D@" + DIGEST], ["a/B", "a b", "a:"], "GEN415"),
    *_each(C + "image", [], [" a:1", "a:1 "]),
    *_each(C + "ports/0/containerPort", *PORTS),
    *_each(C + "ports/0/hostPort", [0, 65535], [-1, 65536]),
    *_each(C + "ports/1/name", ["abc-1", "a" * 15], ["A", "1", "a--b", "-a", "a" * 16]),
    *_each(C + "ports/0/hostIP", ["", "10.0.0.1", "::1", "a"], []),
    (C + "ports/0", _port(name="web", hostIP="10.0.0"), f"GEN415 {C}ports/0/hostIP"),
    (C + "ports/0", _port(name="web", hostIP="a", hostPort=0), ""),
    (C + "ports/0", _port(name="web", hostIP="::1"), ""),
    *_each(C + "env/0/name", ["a.b-c_D", "a b", "~"], ["A=B", "é", "a\nb"]),
    *_each(C + "envFrom/0/prefix", ["", "a-"], ["A="]),
    *_each(C + "env/2/valueFrom/configMapKeyRef/key", *DATA_KEYS),
    *_each(C + "env/3/valueFrom/secretKeyRef/key", *DATA_KEYS),
    *_each(C + "volumeMounts/0/subPath", ["a/..b", ""], ["/a", "a/../b", ".."]),
    *_each(C + "volumeMounts/0/mountPath", ["a", "/a:b", "C:\\a"], []),
    *(row for key in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold") for row in naturals(f"{C}readinessProbe/{key}")),
    (C + "livenessProbe/terminationGracePeriodSeconds", 1, ""),
    (C + "livenessProbe/terminationGracePeriodSeconds", 0, "GEN412"),
    (C + "livenessProbe/successThreshold", 1, ""),
    (C + "livenessProbe/successThreshold", 2, "GEN412"),
    (C + "startupProbe/successThreshold", 2, "GEN412"),
    (C + "readinessProbe/successThreshold", 2, ""),
    *_each(C + "livenessProbe/httpGet/port", [1, 65535, "more"], [0, 65536, "A"]),
    *_each(C + "readinessProbe/tcpSocket/port", [1, 65535, "more"], [0, 65536, "a" * 16]),
    *_each(C + "startupProbe/grpc/port", *PORTS),
    *naturals(C + "securityContext/runAsUser"),
    *naturals(C + "securityContext/runAsGroup"),
    # resources
    ("spec/containers/0/resources/limits", {"cpus": 1}, f"GEN412 {C}resources/limits/cpus"),
    ("spec/containers/0/resources/requests", {"cpus": 1}, f"GEN412 {C}resources/requests/cpus"),
    ("spec/containers/0/resources/limits", {"ephemeral-storage": "1Gi", "hugepages-2Mi": "4Mi", "cpu": 1, "memory": "1Gi"}, ""),
    ("spec/containers/0/resources", {"limits": {"example.com/gpu": 1}}, ""),
    ("spec/containers/0/resources", {"limits": {"exa_mple.com/gpu": 1}}, f"GEN412 {C}resources/limits/exa_mple.com/gpu"),
    ("spec/containers/0/resources", {"limits": {"cpu": -1}}, f"GEN412 {C}resources/limits/cpu"),
    ("spec/containers/0/resources", {"requests": {"cpu": 0}}, ""),
    ("spec/containers/0/resources/requests/cpu", 2, "GEN413"),
    ("spec/containers/0/resources/requests/memory", "1025Mi", "GEN413"),
    ("spec/containers/0/resources/requests/memory", "1024Mi", ""),
    # belongs together
    (C + "ports/1/name", "web", "GEN413"),
    (C + "livenessProbe/httpGet/port", "wob", "GEN415"),
    (C + "readinessProbe/tcpSocket/port", "wob", "GEN415"),
    (C + "readinessProbe", {"httpGet": {"port": "wob"}}, f"GEN415 {C}readinessProbe/httpGet/port"),
    (C + "startupProbe", {"httpGet": {"port": "wob"}}, f"GEN415 {C}startupProbe/httpGet/port"),
    (C + "lifecycle/postStart/httpGet/port", "wob", "GEN415"),
    (C + "lifecycle/postStart/httpGet/port", "web", ""),
    (C + "lifecycle/preStop", {"httpGet": {"port": "wob"}}, f"GEN415 {C}lifecycle/preStop/httpGet/port"),
    (C + "livenessProbe/exec", {"command": ["a"]}, f"GEN413 {C}livenessProbe/httpGet"),
    (C + "livenessProbe/grpc", {"port": 80}, f"GEN413 {C}livenessProbe/grpc"),
    (C + "livenessProbe/tcpSocket", {"port": 80}, f"GEN413 {C}livenessProbe/tcpSocket"),
    (C + "livenessProbe", {"periodSeconds": 1}, "GEN413"),
    (C + "lifecycle/preStop/sleep", {"seconds": 1}, "GEN413"),
    (C + "lifecycle/preStop/httpGet", {"port": 80}, "GEN413"),
    (C + "lifecycle/preStop/tcpSocket", {"port": 80}, "GEN413"),
    (C + "lifecycle/preStop", {}, "GEN413"),
    (C + "env/0/valueFrom", {"fieldRef": {"fieldPath": "metadata.name"}}, "GEN413"),
    (C + "env/1/valueFrom", {}, "GEN413"),
    (C + "env/1/valueFrom/resourceFieldRef", {"resource": "limits.cpu"}, "GEN413"),
    (C + "env/1/valueFrom/configMapKeyRef", {"name": "a", "key": "b"}, "GEN413"),
    (C + "env/1/valueFrom/secretKeyRef", {"name": "a", "key": "b"}, "GEN413"),
    *_each(
        C + "env/1/valueFrom/fieldRef/fieldPath",
        ["metadata.namespace", "metadata.uid", "metadata.labels['a']", "metadata.annotations['a']", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"],
        ["metadata.labels", "spec.hostname"],
    ),
    (C + "securityContext", {"privileged": True}, ""),
    (C + "securityContext", {"allowPrivilegeEscalation": False}, ""),
    (C + "securityContext", {"privileged": True, "allowPrivilegeEscalation": True}, ""),
    (C + "securityContext", {"privileged": False, "allowPrivilegeEscalation": False}, ""),
    (C + "securityContext", {"privileged": True, "allowPrivilegeEscalation": False}, "GEN413"),
    (C + "volumeMounts/0/subPathExpr", "$(A)", "GEN413"),
    (C + "volumeMounts/1/subPathExpr", "$(A)", ""),
    (C + "volumeMounts/1/name", "nobody", "GEN413"),
    (C + "volumeDevices/0/name", "nobody", "GEN413"),
    ("spec/initContainers/0/volumeMounts/0/name", "nobody", "GEN413"),
    # containers beside each other
    ("spec/containers/1/name", "a", "GEN413 spec/containers/1"),
    ("spec/containers/1/name", "i", "GEN413 spec/containers/1"),
    ("spec/initContainers/1/name", "i", "GEN413 spec/initContainers/1"),
    *(("spec/initContainers/0/" + key, {"exec": {"command": ["a"]}}, "GEN413") for key in ("livenessProbe", "readinessProbe", "startupProbe")),
    ("spec/initContainers/0/lifecycle", {"preStop": {"exec": {"command": ["a"]}}}, "GEN413"),
    ("spec/initContainers/1/lifecycle", {"preStop": {"exec": {"command": ["a"]}}}, ""),
    ("spec/ephemeralContainers", [{"name": "e", "image": "e"}], "GEN413"),
    *_each("spec/containers/1/lifecycle/preStop/sleep/seconds", [0, 30], [-1, 31], "GEN413"),
    ("spec/terminationGracePeriodSeconds", 1, ""),
    ("spec/terminationGracePeriodSeconds", 0, "GEN413 spec/containers/1/lifecycle/preStop/sleep/seconds"),
    ("spec/terminationGracePeriodSeconds", -1, ""),
    (C + "lifecycle/postStart", {"sleep": {"seconds": 30}}, ""),
    (C + "lifecycle/postStart", {"sleep": {"seconds": 31}}, f"GEN413 {C}lifecycle/postStart/sleep/seconds"),
    ("spec/hostNetwork", True, "GEN413 spec/containers/1/ports/0/containerPort"),
    *(
        ("spec/containers", [{"name": "a", "image": "a", "ports": one}, {"name": "b", "image": "b", "ports": two}], told)
        for one, two, told in (
            ([_port()], [_port()], "GEN413 spec/containers/1/ports/0/hostPort"),
            ([_port()], [_port(protocol="TCP")], "GEN413 spec/containers/1/ports/0/hostPort"),
            ([_port()], [_port(protocol="UDP")], ""),
            ([_port()], [_port(hostIP="10.0.0.1")], ""),
            ([_port()], [_port(hostPort=81)], ""),
            ([_port(hostPort=0)], [_port(hostPort=0)], ""),
            ([_port(), _port(containerPort=81)], [], "GEN413 spec/containers/0/ports/1/hostPort"),
        )
    ),
    *(
        ("spec", {"hostNetwork": True, "containers": [{"name": "a", "image": "a", "ports": [port]}]}, told)
        for port, told in (({"containerPort": 80}, ""), (_port(), ""), (_port(hostPort=0), ""), (_port(hostPort=81), "GEN413 spec/containers/0/ports/0/hostPort"))
    ),
    # volumes
    *_each("spec/volumes/5/name", *DNS_LABELS),
    ("spec/volumes/5/name", "csi", "GEN413 spec/volumes/7"),
    *(row for path in ("0/configMap", "1/secret", "2/projected", "3/downwardAPI") for row in _each(f"spec/volumes/{path}/defaultMode", *MODES)),
    *_each("spec/volumes/0/configMap/items/0/mode", *MODES),
    *_each("spec/volumes/0/configMap/items/0/path", ["a/..b"], ["/a", "../a", "a/.."]),
    *_each("spec/volumes/0/configMap/items/0/key", *DATA_KEYS, "GEN415"),
    ("spec/volumes/5/secret", {"secretName": "a"}, "GEN413"),
    ("spec/volumes/5/nfs", GONE, "GEN415 spec/volumes/5"),
    ("spec/volumes/5/nfs", None, "GEN415 spec/volumes/5"),
    ("spec/volumes/2/projected/sources/0/secret", {"name": "a"}, "GEN413"),
    ("spec/volumes/2/projected/sources/0/configMap", None, ""),
    ("spec/volumes/2/projected/sources/0", {"configMap": None, "secret": {"name": "a"}}, ""),
    # values of pods
    *positives("spec/activeDeadlineSeconds"),
    *naturals("spec/securityContext/runAsUser"),
    *naturals("spec/securityContext/runAsGroup"),
    *naturals("spec/securityContext/fsGroup"),
    *naturals("spec/securityContext/supplementalGroups/0"),
    *_each("spec/hostname", *DNS_LABELS),
    *_each("spec/subdomain", *DNS_LABELS),
    *_each("spec/serviceAccountName", *DNS),
    *_each("spec/nodeName", *DNS),
    *_each("spec/priorityClassName", [], ["a_b"]),
    *_each("spec/runtimeClassName", [], ["a_b"]),
    ("spec/nodeSelector", {"a b": "c"}, "GEN412 spec/nodeSelector/a b"),
    ("spec/nodeSelector", {"a": "b c"}, "GEN412 spec/nodeSelector/a"),
    *_each("spec/hostAliases/0/ip", ["::1"], ["a"]),
    *_each("spec/hostAliases/0/hostnames/0", *DNS),
    ("spec/dnsConfig", GONE, "GEN413 spec/dnsPolicy"),
    ("spec/dnsConfig/nameservers", [], "GEN413 spec/dnsPolicy"),
    ("spec/dnsPolicy", "ClusterFirst", ""),
    # where pods run
    *_each("spec/tolerations/0/key", *LABELS),
    *_each("spec/tolerations/0/effect", [], ["NoExec"]),
    ("spec/tolerations/0", {"key": "a", "effect": "NoSchedule"}, ""),
    ("spec/tolerations/0", {"key": "a", "effect": "PreferNoSchedule"}, ""),
    ("spec/tolerations/0", {"operator": "Exists"}, ""),
    ("spec/tolerations/0", {"operator": "Exists", "value": "a"}, "GEN413 spec/tolerations/0/value"),
    ("spec/tolerations/0", {"operator": "Equal", "value": "a"}, "GEN413"),
    ("spec/tolerations/0", {"value": "a"}, "GEN413"),
    ("spec/tolerations/0", {"key": "a", "value": "b"}, ""),
    ("spec/tolerations/0/effect", "NoSchedule", "GEN413 spec/tolerations/0/tolerationSeconds"),
    ("spec/tolerations/0/effect", GONE, "GEN413 spec/tolerations/0/tolerationSeconds"),
    ("spec/tolerations/0/tolerationSeconds", 0, ""),
    *_each(EXPRESSION + "key", *LABELS),
    (EXPRESSION + "operator", "NotIn", ""),
    (EXPRESSION + "operator", "Gt", ""),
    (EXPRESSION + "operator", "Lt", ""),
    (EXPRESSION + "operator", "Exists", f"GEN413 {EXPRESSION}values"),
    (EXPRESSION + "operator", "DoesNotExist", f"GEN413 {EXPRESSION}values"),
    (EXPRESSION + "operator", "is", "GEN412"),
    (EXPRESSION + "values", [], "GEN413 " + EXPRESSION[:-1]),
    (EXPRESSION[:-1], {"key": "a", "operator": "NotIn"}, "GEN413"),
    (EXPRESSION[:-1], {"key": "a", "operator": "DoesNotExist"}, ""),
    (EXPRESSION[:-1], {"key": "a", "operator": "Gt", "values": ["1", "2"]}, f"GEN413 {EXPRESSION}values"),
    (EXPRESSION[:-1], {"key": "a", "operator": "Lt", "values": []}, f"GEN413 {EXPRESSION}values"),
    (NODES + "/nodeSelectorTerms", [], "GEN413"),
    *_each(f"spec/affinity/nodeAffinity/{PREFERRED}weight", [1, 100], [0, 101]),
    *_each(NEAR + PREFERRED + "weight", [1, 100], [0, 101]),
    *_each(TERM + "topologyKey", *LABELS),
    (TERM + "topologyKey", GONE, "GEN413 " + TERM[:-1]),
    (TERM + "topologyKey", "", "GEN412"),
    *_each(REQUIREMENT + "key", *LABELS),
    (REQUIREMENT + "operator", "NotIn", ""),
    (REQUIREMENT + "operator", "Gt", "GEN412"),
    (REQUIREMENT + "operator", "Exists", f"GEN413 {REQUIREMENT}values"),
    (REQUIREMENT + "operator", "DoesNotExist", f"GEN413 {REQUIREMENT}values"),
    (REQUIREMENT + "values", [], "GEN413 " + REQUIREMENT[:-1]),
    (REQUIREMENT + "values", ["a b"], f"GEN412 {REQUIREMENT}values/0"),
    (REQUIREMENT[:-1], {"key": "a", "operator": "NotIn"}, "GEN413"),
    (REQUIREMENT[:-1], {"key": "a", "operator": "Exists"}, ""),
    (REQUIREMENT[:-1], {"key": "a", "operator": "DoesNotExist"}, ""),
    *positives(SPREAD + "maxSkew"),
    *positives(SPREAD + "minDomains"),
    *_each(SPREAD + "topologyKey", *LABELS, "GEN415"),
    (SPREAD + "topologyKey", GONE, "GEN413 " + SPREAD[:-1]),
    (SPREAD + "topologyKey", "", "GEN412"),
    (SPREAD + "whenUnsatisfiable", GONE, "GEN413 " + SPREAD[:-1]),
    (SPREAD + "whenUnsatisfiable", "", "GEN412"),
    (SPREAD + "whenUnsatisfiable", "ScheduleAnyway", f"GEN413 {SPREAD}minDomains"),
    (SPREAD + "labelSelector/matchLabels", {"a b": "c"}, f"GEN412 {SPREAD}labelSelector/matchLabels/a b"),
    (SPREAD + "labelSelector/matchLabels", {"a": "b c"}, f"GEN412 {SPREAD}labelSelector/matchLabels/a"),
]  # fmt: skip

WORKLOAD: list[Row] = [
    ("spec", GONE, "GEN413 ."),
    ("spec/selector", {}, "GEN413"),
    ("spec/selector", {"matchLabels": {}}, "GEN413"),
    ("spec/selector", {"matchExpressions": [{"key": "app", "operator": "Exists"}]}, ""),
    ("spec/selector/matchLabels/app", "b", "GEN413"),
    ("spec/selector/matchLabels/other", "b", "GEN413"),
    ("spec/template/spec", GONE, "GEN413 spec/template"),
    ("spec/template/spec/restartPolicy", "Always", ""),
    ("spec/template/spec/restartPolicy", "Never", "GEN413"),
    ("spec/template/spec/restartPolicy", "OnFailure", "GEN413"),
    ("spec/template/spec/activeDeadlineSeconds", 1, "GEN413"),
    ("spec/template/spec/containers/0/volumeMounts/0/name", "nobody", "GEN413"),
]
ROLLING = "spec/strategy/rollingUpdate/"
UPDATE = "spec/updateStrategy/rollingUpdate/"
SHARES = ([0, 3, "0%", "100%"], [-1, "a", "1.5%", "1000%"])

LABELLED = {
    "metadata": {"labels": {"a": "b"}},
    "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]},
}
BACKEND = {"service": {"name": "a", "port": {"number": 80}}}

SCALED: list[Row] = [
    ("spec/scaleTargetRef/apiVersion", "v1", "GEN412"),
    ("spec/scaleTargetRef/apiVersion", GONE, "GEN413 spec/scaleTargetRef"),
    ("spec/scaleTargetRef", {"apiVersion": "v1", "kind": "StatefulSet", "name": "a"}, "GEN412 spec/scaleTargetRef/apiVersion"),
    ("spec/scaleTargetRef", {"apiVersion": "v1", "kind": "ReplicationController", "name": "a"}, ""),
    ("spec/scaleTargetRef", {"kind": "Rollout", "name": "a"}, "GEN413 spec/scaleTargetRef"),
]  # fmt: skip

ROWS: dict[str, list[Row]] = {
    "pod": POD_ROWS,
    "deployment": [
        *WORKLOAD,
        *naturals("spec/replicas"),
        *naturals("spec/minReadySeconds"),
        *naturals("spec/revisionHistoryLimit"),
        ("spec/progressDeadlineSeconds", 1, ""),
        ("spec/progressDeadlineSeconds", -1, "GEN412"),
        *_each(ROLLING + "maxSurge", [3, "1%", "100%"], [-1, "a", "1.5%"]),
        *_each(ROLLING + "maxUnavailable", [0, 3, "0%", "100%"], [-1, "a", "1.5%"]),
        (ROLLING + "maxSurge", 0, f"GEN413 {ROLLING}maxUnavailable"),
        (ROLLING + "maxSurge", "0%", f"GEN413 {ROLLING}maxUnavailable"),
        ("spec/strategy/rollingUpdate", {"maxSurge": "0%", "maxUnavailable": "0%"}, f"GEN413 {ROLLING}maxUnavailable"),
        ("spec/strategy/rollingUpdate", {"maxUnavailable": 0}, ""),
        ("spec/strategy/rollingUpdate", {"maxSurge": 0}, ""),
        ("spec/strategy/type", "Recreate", "GEN413 spec/strategy/rollingUpdate"),
        ("spec/strategy/type", GONE, ""),
        ("spec/strategy", {"type": "Recreate"}, ""),
        ("spec/strategy", {"type": "Recreate", "rollingUpdate": None}, ""),
        ("spec/minReadySeconds", 599, ""),
        ("spec/minReadySeconds", 600, "GEN413"),
        ("spec", {"minReadySeconds": 5, "progressDeadlineSeconds": 6}, ""),
        ("spec", {"minReadySeconds": 5, "progressDeadlineSeconds": 5}, "GEN413 spec/progressDeadlineSeconds"),
        ("spec", {"minReadySeconds": 600, "progressDeadlineSeconds": 601}, ""),
    ],
    "replicaset": [*WORKLOAD, *naturals("spec/replicas"), *naturals("spec/minReadySeconds")],
    "daemonset": [
        *WORKLOAD,
        *naturals("spec/minReadySeconds"),
        *naturals("spec/revisionHistoryLimit"),
        *_each(UPDATE + "maxUnavailable", [1, "1%"], [-1, "a"]),
        ("spec/updateStrategy/rollingUpdate", {"maxSurge": -1}, f"GEN412 {UPDATE}maxSurge"),
        ("spec/updateStrategy/type", "OnDelete", ""),
        ("spec/updateStrategy", {"type": "OnDelete"}, ""),
    ],
    "statefulset": [
        *WORKLOAD,
        ("metadata/name", "a" * 52, ""),
        ("metadata/name", "a" * 53, "GEN415"),
        ("spec/template", GONE, "GEN413 spec"),
        *naturals("spec/replicas"),
        *naturals("spec/minReadySeconds"),
        *_each("spec/revisionHistoryLimit", [0, -1], []),
        *_each("spec/serviceName", *DNS_LABELS),
        *naturals(UPDATE + "partition"),
        *_each(UPDATE + "maxUnavailable", [1, "1%"], [-1, "a"]),
        ("spec/updateStrategy/type", "OnDelete", "GEN413 spec/updateStrategy/rollingUpdate"),
        ("spec/updateStrategy", {"type": "OnDelete"}, ""),
        ("spec/volumeClaimTemplates/0/metadata/name", "e", "GEN413 spec/template/spec/containers/0/volumeMounts/0/name"),
    ],
    "job": [
        ("metadata/name", L63, ""),
        ("metadata/name", L64, "GEN412"),
        ("spec", GONE, "GEN413 ."),
        *naturals("spec/parallelism"),
        *naturals("spec/completions"),
        *naturals("spec/backoffLimit"),
        *naturals("spec/activeDeadlineSeconds"),
        *naturals("spec/ttlSecondsAfterFinished"),
        ("spec/template/spec/restartPolicy", GONE, "GEN413 spec/template/spec"),
        ("spec/template/spec/restartPolicy", "Always", "GEN413"),
        ("spec/template/spec/restartPolicy", "OnFailure", ""),
        ("spec/template/spec/activeDeadlineSeconds", 1, ""),
        ("spec/template/spec/containers/0/volumeMounts/0/name", "nobody", "GEN413"),
        ("spec/selector", {"matchLabels": {"a": "b"}}, "GEN413"),
        ("spec", {"manualSelector": True, "selector": {"matchLabels": {"a": "b"}}, "template": LABELLED}, ""),
        ("spec/completionMode", "Indexed", ""),
        ("spec", {"completionMode": "Indexed", "parallelism": 2}, "GEN413 spec/completionMode"),
        ("spec/completionMode", "NonIndexed", ""),
        ("spec", {"completionMode": "Indexed", "completions": 0}, ""),
        ("spec/podFailurePolicy", {"rules": [{"onExitCodes": {"operator": "In", "values": [1]}}]}, "GEN413 spec/podFailurePolicy/rules/0"),
        ("spec/podFailurePolicy", {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1]}}]}, ""),
    ],
    "cronjob": [
        ("metadata/name", "a" * 52, ""),
        ("metadata/name", "a" * 53, "GEN412"),
        ("spec", GONE, "GEN413 ."),
        ("spec/jobTemplate/spec", GONE, "GEN413 spec/jobTemplate"),
        ("spec/schedule", "", "GEN412"),
        *naturals("spec/startingDeadlineSeconds"),
        *naturals("spec/successfulJobsHistoryLimit"),
        *naturals("spec/failedJobsHistoryLimit"),
    ],
    "service": [
        ("spec", GONE, "GEN413 ."),
        ("spec/ports", [], "GEN413 spec"),
        ("spec/ports", GONE, "GEN413 spec"),
        ("spec", {"clusterIP": "None", "ports": GONE}, ""),
        ("spec/selector", {"a b": "c"}, "GEN412 spec/selector/a b"),
        ("spec/selector", {"a": "b c"}, "GEN412 spec/selector/a"),
        *_each("spec/externalIPs", [["1.2.3.4"]], []),
        ("spec/externalIPs", ["a"], "GEN412 spec/externalIPs/0"),
        *_each("spec/ports/0/name", ["a-1", L63], ["A", "a.b", L64]),
        *_each("spec/ports/0/port", *PORTS),
        *_each("spec/ports/0/targetPort", [0, 1, 65535, "web", ""], [-1, 65536, "Web", "a" * 16]),
        *_each("spec/ports/0/appProtocol", ["http", "kubernetes.io/h2c"], ["a b"]),
        ("spec/ports/0/name", GONE, "GEN413 spec/ports/0"),
        ("spec/ports/1/name", "http", "GEN413"),
        ("spec/clusterIP", "None", ""),
        ("spec/clusterIP", "10.0.0.1", "GEN414"),
        ("spec/clusterIPs", ["10.0.0.1"], "GEN414"),
        ("spec", {"clusterIP": "None", "clusterIPs": ["None"]}, ""),
        ("spec/clusterIPs", [], ""),
        ("spec/ports/0/nodePort", 30080, "GEN413"),
        ("spec/ports/0/nodePort", 0, ""),
        ("spec", {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}, ""),
        ("spec", {"type": "NodePort", "ports": [{"port": 80, "nodePort": 65536}]}, "GEN412 spec/ports/0/nodePort"),
        ("spec", {"type": "NodePort", "clusterIP": "None"}, "GEN413 spec/clusterIP"),
        ("spec/type", "NodePort", ""),
        ("spec/externalTrafficPolicy", "Local", "GEN413"),
        ("spec", {"externalTrafficPolicy": "Local", "externalIPs": ["1.2.3.4"]}, ""),
        ("spec", {"type": "NodePort", "externalTrafficPolicy": "Local"}, ""),
        ("spec/loadBalancerSourceRanges", ["10.0.0.0/8"], "GEN413"),
        ("spec/loadBalancerClass", "example.com/a", "GEN413"),
        ("spec/allocateLoadBalancerNodePorts", True, "GEN413"),
        ("spec", {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 1}}}, ""),
        ("spec", {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86400}}}, ""),
        ("spec", {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86401}}}, "GEN412 spec/sessionAffinityConfig/clientIP/timeoutSeconds"),
        ("spec", {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}}}, "GEN412 spec/sessionAffinityConfig/clientIP/timeoutSeconds"),
    ],
    "loadbalancer": [
        ("spec/clusterIP", "None", "GEN413"),
        ("spec/loadBalancerSourceRanges/0", "10.0.0.0", "GEN412"),
        ("spec/loadBalancerSourceRanges/0", "::/0", ""),
    ],
    "external": [
        ("spec/externalName", GONE, "GEN413 spec/type"),
        ("spec/externalName", "", "GEN413 spec/type"),
        ("spec/clusterIP", "", ""),
    ],
    "configmap": [
        *(("data", {key: "b"}, "") for key in DATA_KEYS[0]),
        *(("data", {key: "b"}, f"GEN412 data/{key}") for key in DATA_KEYS[1]),
        ("binaryData", {"a b": "YQ=="}, "GEN412 binaryData/a b"),
        ("binaryData/c", "a-b", "GEN412"),
        ("binaryData/c", "YQ=\n=", ""),
        ("binaryData", {"a": "YQ=="}, "GEN413 binaryData/a"),
    ],
    "secret": [
        ("data", {"a b": "YQ=="}, "GEN412 data/a b"),
        ("stringData", {"a b": "c"}, "GEN412 stringData/a b"),
        ("data/a", "a-b", "GEN412"),
        ("type", "kubernetes.io/ssh-auth", "GEN413"),
        ("type", "kubernetes.io/dockercfg", "GEN413"),
        ("type", "kubernetes.io/dockerconfigjson", "GEN413"),
        ("type", "kubernetes.io/basic-auth", "GEN413"),
        ("", {"type": "kubernetes.io/tls", "data": {"tls.crt": PEM}}, "GEN413 type"),
        ("", {"type": "kubernetes.io/tls", "data": {"tls.key": PEM}}, "GEN413 type"),
        ("", {"type": "kubernetes.io/tls", "data": {"tls.key": PEM}, "stringData": {"tls.crt": "-----BEGIN CERTIFICATE-----"}}, ""),
        ("", {"type": "kubernetes.io/tls", "data": {"tls.key": "", "tls.crt": ""}}, ""),
        ("", {"type": "kubernetes.io/tls", "data": {"tls.key": PEM, "tls.crt": "YQ=="}}, "GEN415 data/tls.crt"),
        ("", {"type": "kubernetes.io/tls", "data": {"tls.key": "YQ==", "tls.crt": PEM}}, "GEN415 data/tls.key"),
        ("", {"type": "kubernetes.io/tls", "data": {"tls.key": "a-b", "tls.crt": PEM}}, "GEN412 data/tls.key"),
        ("", {"type": "kubernetes.io/tls", "data": {"tls.key": "YQ==", "tls.crt": PEM}, "stringData": {"tls.key": "-----BEGIN "}}, ""),
        ("", {"type": "kubernetes.io/tls", "data": {"tls.key": PEM, "tls.crt": PEM}, "stringData": {"tls.key": "a"}}, "GEN415 stringData/tls.key"),
        ("", {"type": "kubernetes.io/ssh-auth", "stringData": {"ssh-privatekey": "-----BEGIN OPENSSH PRIVATE KEY-----"}}, ""),
        ("", {"type": "kubernetes.io/ssh-auth", "stringData": {"ssh-privatekey": "a"}}, "GEN415 stringData/ssh-privatekey"),
        ("", {"type": "kubernetes.io/ssh-auth", "stringData": {"ssh-privatekey": ""}}, "GEN412 stringData/ssh-privatekey"),
        ("", {"type": "kubernetes.io/ssh-auth", "data": {"ssh-privatekey": None}}, "GEN412 data/ssh-privatekey"),
        *(
            ("", {"type": "kubernetes.io/dockercfg", "stringData": {".dockercfg": text}}, code and f"{code} stringData/.dockercfg")
            for text, code in (
                ("{}", ""),
                ("null", ""),
                ('{"a": {}, "b": {"auth": ""}, "c": {"auth": null}, "d": {"auth": "YTpi"}, "e": {"username": "a", "password": "b"}}', ""),
                ("", "GEN412"),
                ("[]", "GEN412"),
                ("a: b", "GEN412"),
                ('{"a": NaN}', "GEN412"),
                ('{"a": {}} b', "GEN412"),
                ("[" * 100_000, "GEN412"),
                ('{"auths": {}}', "GEN415"),
                ('{"a": {"auth": "YWI="}}', "GEN415"),
                ('{"a": {"auth": "a:b"}}', "GEN415"),
                ('{"a": {"auth": 7}}', "GEN415"),
                ('{"a": "YTpi"}', "GEN415"),
            )
        ),
        *(
            ("", {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": b64encode(text.encode()).decode()}}, code and f"{code} data/.dockerconfigjson")
            for text, code in (
                ("{}", ""),
                ('{"auths": {}}', ""),
                ('{"auths": {"a": {"auth": "YTpi"}}, "HttpHeaders": {}}', ""),
                ("", "GEN412"),
                ("${DOCKER_CONFIG}", "GEN412"),
                ('{"credsStore": "a"}', "GEN415"),
                ('{"auths": []}', "GEN415"),
                ('{"auths": null}', "GEN415"),
                ('{"a": {"auth": "YTpi"}}', "GEN415"),
                ('{"auths": {"a": {"auth": "YWI="}}}', "GEN415"),
                ('{"auths": {"a": null}}', ""),
                ('{"auths": {"a": ""}}', "GEN415"),
            )
        ),
        ("", {"type": "kubernetes.io/basic-auth", "stringData": {"username": "a"}}, ""),
        ("", {"type": "kubernetes.io/basic-auth", "stringData": {"password": "a"}}, ""),
    ],
    "claim": [
        ("spec", GONE, "GEN413 ."),
        *needed("spec/accessModes", there=[]),
        ("spec/accessModes", ["ReadWriteOncePod"], ""),
        ("spec/accessModes", ["ReadWriteOncePod", "ReadWriteOnce"], "GEN413"),
        ("spec/accessModes", ["ReadOnlyMany", "ReadWriteOnce"], ""),
        ("spec/resources", {}, "GEN413 spec"),
        ("spec/resources/requests/storage", 0, "GEN412"),
        ("spec/resources/requests/storage", "1Gx", "GEN412"),
        ("spec/resources/requests/storage", 1, ""),
        *_each("spec/storageClassName", ["", "a.b"], ["a_b"]),
    ],
    "limits": [
        ("spec", GONE, ""),
        ("spec/limits", [], ""),
        *_each("spec/limits/0/type", [], ["", "Node"]),
        ("spec/limits/1/type", "Container", "GEN413 spec/limits/1"),
        ("spec/limits/0/min/cpu", 3, "GEN413"),
        ("spec/limits/0/min/cpu", 2, ""),
        ("spec/limits/0/defaultRequest/cpu", 4, "GEN413"),
        ("spec/limits/0/default/cpu", 5, "GEN413"),
        ("spec/limits/0", {"type": "Container", "min": {"cpu": 2}, "max": {"cpu": 1}}, "GEN413 spec/limits/0/min/cpu"),
        ("spec/limits/0", {"type": "Container", "min": {"cpu": 2}, "default": {"cpu": 1}}, "GEN413 spec/limits/0/min/cpu"),
        ("spec/limits/1/default", {"cpu": 1}, "GEN413"),
        ("spec/limits/1/defaultRequest", {"cpu": 1}, "GEN413"),
    ],
    "quota": [
        *(
            ("spec/hard", {name: 1}, "")
            for name in (
                *("cpu", "memory", "ephemeral-storage", "requests.memory", "requests.ephemeral-storage", "limits.cpu", "limits.memory"),
                *("limits.ephemeral-storage", "requests.storage", "pods", "services", "replicationcontrollers", "resourcequotas", "secrets"),
                *("configmaps", "persistentvolumeclaims", "services.nodeports", "services.loadbalancers", "hugepages-2Mi"),
                *("requests.hugepages-2Mi", "fast.storageclass.storage.k8s.io/requests.storage", "requests.example.com/gpu"),
            )
        ),
        ("spec/hard", {"request.cpu": 1}, "GEN412 spec/hard/request.cpu"),
        ("spec/hard", {"cpu": -1}, "GEN412 spec/hard/cpu"),
        ("spec/hard", {"count/a b": 1}, "GEN412 spec/hard/count/a b"),
    ],
    "autoscaler": [
        ("spec", GONE, "GEN413 ."),
        *positives("spec/minReplicas"),
        ("spec/maxReplicas", 0, "GEN412 spec/maxReplicas, GEN413 spec/minReplicas"),
        ("spec/minReplicas", 3, ""),
        ("spec/minReplicas", 4, "GEN413"),
        *needed("spec/scaleTargetRef/name"),
        *needed("spec/scaleTargetRef/kind"),
        *SCALED,
        ("spec/scaleTargetRef", {"apiVersion": "apps/v2", "kind": "StatefulSet", "name": "a"}, "GEN415 spec/scaleTargetRef/apiVersion"),
        ("spec/scaleTargetRef", {"apiVersion": "extensions/v1beta1", "kind": "ReplicaSet", "name": "a"}, "GEN415 spec/scaleTargetRef/apiVersion"),
        ("spec/scaleTargetRef", {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "a"}, ""),
        ("spec/metrics/0/resource", GONE, "GEN413 spec/metrics/0/type"),
        ("spec/metrics/1/containerResource", GONE, "GEN413 spec/metrics/1/type"),
        ("spec/metrics/2/pods", GONE, "GEN413 spec/metrics/2/type"),
        ("spec/metrics/3/object", GONE, "GEN413 spec/metrics/3/type"),
        ("spec/metrics/4/external", GONE, "GEN413 spec/metrics/4/type"),
        ("spec/metrics/4/resource", {"name": "cpu", "target": {"type": "Value", "value": 1}}, "GEN413"),
        ("spec/metrics/0/external", {"metric": {"name": "a"}, "target": {"type": "Value", "value": 1}}, "GEN413"),
        ("spec/metrics/0/type", "Cpu", "GEN412"),
        ("spec/metrics/0/resource/target/averageUtilization", 1, ""),
        ("spec/metrics/0/resource/target/averageUtilization", 0, "GEN412"),
        ("spec/metrics/0/resource/target/averageUtilization", GONE, "GEN413 spec/metrics/0/resource/target/type"),
        ("spec/metrics/1/containerResource/target/averageValue", GONE, "GEN413 spec/metrics/1/containerResource/target/type"),
        ("spec/metrics/4/external/target/value", GONE, "GEN413 spec/metrics/4/external/target/type"),
        ("spec/metrics/0/resource/target/type", "Percent", "GEN412"),
        ("spec/metrics/0/resource/target/type", "", "GEN412"),
        *_each("spec/behavior/scaleDown/stabilizationWindowSeconds", [0, 3600], [-1, 3601]),
        *_each("spec/behavior/scaleDown/selectPolicy", ["Min", "Disabled"], ["Most"]),
        *_each("spec/behavior/scaleDown/policies/0/type", ["Percent"], ["percent", ""]),
        *_each("spec/behavior/scaleDown/policies/0/periodSeconds", [1800], [0, 1801]),
        *positives("spec/behavior/scaleDown/policies/0/value"),
        ("spec/behavior/scaleDown/policies", [], "GEN413"),
        ("spec/behavior/scaleDown/policies", GONE, ""),
    ],
    "autoscaler1": [
        ("spec", GONE, "GEN413 ."),
        *SCALED,
        *positives("spec/minReplicas"),
        *positives("spec/targetCPUUtilizationPercentage"),
        ("spec/minReplicas", 4, "GEN413"),
        ("spec/maxReplicas", 0, "GEN412 spec/maxReplicas, GEN413 spec/minReplicas"),
        *needed("spec/scaleTargetRef/name"),
        *needed("spec/scaleTargetRef/kind"),
    ],
    "budget": [
        ("spec/maxUnavailable", 1, "GEN413"),
        *_each("spec/minAvailable", *SHARES),
        ("spec", {"minAvailable": None, "maxUnavailable": "50%"}, ""),
        ("spec", {"minAvailable": None, "maxUnavailable": -1}, "GEN412 spec/maxUnavailable"),
    ],
    "ingress": [
        ("spec", GONE, "GEN413 ."),
        ("spec/rules", GONE, "GEN413 spec"),
        ("spec", {"rules": [], "defaultBackend": {"service": {"name": "a", "port": {"number": 80}}}}, ""),
        *_each("spec/ingressClassName", ["a.b"], ["a_b"]),
        *_each("spec/rules/0/host", ["", "*.example.com", "a-1.b"], ["10.0.0.1", "fe80::1", "::", "abcdef0123456789::", "a_b", "*", "a.*.b"]),
        *_each("spec/tls/0/hosts/0", ["*.example.com", "10.0.0.1"], ["a_b", "fe80::1"]),
        ("spec/rules/0/http/paths", [], "GEN413"),
        *needed("spec/rules/0/http/paths/0/pathType")[:1],
        ("spec/rules/0/http/paths/0/pathType", "", "GEN412"),
        ("spec/rules/0/http/paths/0/pathType", "Exact", ""),
        ("spec/rules/0/http/paths/0/path", GONE, "GEN412 spec/rules/0/http/paths/0"),
        ("spec/rules/0/http/paths/0", {"pathType": "ImplementationSpecific", "path": "", "backend": BACKEND}, ""),
        ("spec/rules/0/http/paths/0", {"pathType": "Exact", "path": "a", "backend": BACKEND}, "GEN412 spec/rules/0/http/paths/0/path"),
        *_each("spec/rules/0/http/paths/0/path", ["/a/b.c/", "/..a"], ["a", "/a//b", "/./a", "/a/../b", "/a/..", "/a/."]),
        ("spec/rules/0/http/paths/0/backend", {"service": None}, "GEN413"),
        ("spec/rules/0/http/paths/0/backend/resource", {"kind": "A", "name": "b"}, "GEN413 spec/rules/0/http/paths/0/backend"),
        ("spec/rules/0/http/paths/0/backend", {"service": None, "resource": {"apiGroup": "example.com", "kind": "A", "name": "b"}}, ""),
        *_each("spec/rules/0/http/paths/0/backend/service/name", [L63], ["a.b", ""]),
        *_each("spec/rules/0/http/paths/0/backend/service/port/number", [1, 65535], [65536, -1]),
        ("spec/rules/0/http/paths/0/backend/service/port", {"number": 0}, "GEN412 spec/rules/0/http/paths/0/backend/service/port/number, GEN413"),
        ("spec/rules/0/http/paths/0/backend/service/port", GONE, "GEN413 spec/rules/0/http/paths/0/backend/service"),
        ("spec/rules/0/http/paths/0/backend/service/port/name", "http", "GEN413 spec/rules/0/http/paths/0/backend/service/port"),
        ("spec/rules/0/http/paths/0/backend/service/port", {"name": "http"}, ""),
        ("spec/rules/0/http/paths/0/backend/service/port", {"name": "A"}, "GEN412 spec/rules/0/http/paths/0/backend/service/port/name"),
    ],
    "policy": [
        *_each("spec/ingress/0/from/0/ipBlock/cidr", ["10.0.0.0/7"], ["10.0.0.0", "a/8"]),
        ("spec/ingress/0/from/0/ipBlock/except/0", "10.1.0.0", "GEN412"),
        ("spec/ingress/0/from/0/ipBlock/except/0", "11.0.0.0/16", "GEN413"),
        ("spec/ingress/0/from/0/ipBlock/except/0", "10.0.0.0/8", "GEN413"),
        ("spec/ingress/0/from/0/ipBlock/except/0", "10.0.0.0/9", ""),
        ("spec/ingress/0/from/0/ipBlock/except/0", "fe80::/64", "GEN413"),
        ("spec/ingress/0/from/0/ipBlock/except", GONE, ""),
        ("spec/ingress/0/from/0/podSelector", {}, "GEN413"),
        ("spec/ingress/0/from/0/namespaceSelector", {}, "GEN413"),
        ("spec/ingress/0/from/1/namespaceSelector", {}, ""),
        ("spec/ingress/0/from/1/podSelector", GONE, "GEN413 spec/ingress/0/from/1"),
        ("spec/ingress/0/ports/0/port", 90, ""),
        ("spec/ingress/0/ports/0/port", 91, "GEN413 spec/ingress/0/ports/0/endPort"),
        ("spec/ingress/0/ports/0/port", "web", "GEN413 spec/ingress/0/ports/0/endPort"),
        ("spec/ingress/0/ports/0/port", GONE, "GEN413 spec/ingress/0/ports/0/endPort"),
        ("spec/ingress/0/ports/0/endPort", GONE, ""),
        ("spec/ingress/0/ports/0", {"port": "web"}, ""),
        ("spec/ingress/0/ports/0", {"port": 65536}, "GEN412 spec/ingress/0/ports/0/port"),
        ("spec/ingress/0/ports/0/endPort", 65536, "GEN412"),
    ],
    "role": [
        ("rules/0/verbs", [], "GEN413"),
        ("rules/0/verbs", GONE, "GEN413 rules/0"),
        ("rules/0/apiGroups", GONE, "GEN413 rules/0"),
        ("rules/0/apiGroups", [], "GEN413 rules/0"),
        ("rules/0/resources", [], "GEN413 rules/0"),
        ("rules/0/resources", GONE, "GEN413 rules/0"),
        ("rules/0", {"nonResourceURLs": ["/a"], "verbs": ["get"]}, "GEN413 rules/0/nonResourceURLs"),
    ],
    "clusterrole": [
        ("rules/0/resources", ["pods"], "GEN413 rules/0/nonResourceURLs"),
        ("rules/0/apiGroups", [""], "GEN413 rules/0/nonResourceURLs"),
    ],
    "binding": [
        *_each("metadata/name", ["A:b", "a b"], ["a/b", "a%b", ".", ".."]),
        *_each("roleRef/kind", ["ClusterRole"], ["role", ""]),
        *_each("roleRef/name", ["A:b"], [""]),
        ("roleRef/apiGroup", "", ""),
        ("roleRef/apiGroup", "example.com", "GEN413"),
        *_each("subjects/2/kind", ["User"], ["user", ""]),
        *_each("subjects/2/name", ["A"], [""]),
        ("subjects/0/apiGroup", "rbac.authorization.k8s.io", "GEN413"),
        ("subjects/0/apiGroup", "", ""),
        ("subjects/1/apiGroup", "example.com", "GEN413"),
        ("subjects/2/apiGroup", "example.com", "GEN413"),
        ("subjects/2/apiGroup", "rbac.authorization.k8s.io", ""),
    ],
    "clusterbinding": [
        ("subjects/1/namespace", GONE, "GEN413 subjects/1"),
    ],
}  # fmt: skip


def document(name: str) -> Object:
    return copy.deepcopy(_read(name))


@cache
def _read(name: str) -> Object:
    return dict(yaml.safe_load(DOCUMENTS[name]))


def changed(name: str, path: str, value: Any) -> Object:
    """A good document with another value at one place; a mapping is laid over the one that is there."""
    made: Any = {"": document(name)}
    keys = ["", *path.split("/")] if path else [""]
    node = made
    for key in keys[:-1]:
        node = node[_index(node, key)] if isinstance(node, list) else node.setdefault(key, {})
    last = _index(node, keys[-1])
    if value is GONE:
        del node[last]
    elif isinstance(value, dict) and value and keys[-1] in ("", "spec"):
        node[last] = {key: item for key, item in (node[last] | value).items() if item is not GONE}
    elif isinstance(node, list) and last == len(node):
        node.append(copy.deepcopy(value))
    else:
        node[last] = copy.deepcopy(value)
    return dict(made[""])


def _index(node: Any, key: str) -> Any:
    return int(key) if isinstance(node, list) else key


def expected(path: str, told: str) -> list[str]:
    """`CODE place` of each that is told."""
    return [one if " " in one else f"{one} {path or '.'}" for one in told.split(", ") if one]


def rows() -> list[tuple[str, str, Any, str]]:
    return [(name, *row) for name, changes in ROWS.items() for row in changes]
