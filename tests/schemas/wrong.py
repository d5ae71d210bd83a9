"""Wrong variants of good documents, each with one mistake: what a server refuses, by kinds of mistakes."""

from __future__ import annotations

from collections.abc import Iterator

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec:
  containers:
    - {name: a, image: "a:1", ports: [{containerPort: 80}], env: [{name: A, value: b}], resources: {}, volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, emptyDir: {}}]
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 1
  selector: {matchLabels: {app: a}}
  strategy: {type: RollingUpdate}
  template:
    metadata: {labels: {app: a}}
    spec:
      containers: [{name: a, image: "a:1"}]
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {type: ClusterIP, selector: {app: a}, ports: [{name: http, port: 80, targetPort: 8080}]}
"""
JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {backoffLimit: 1, template: {spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}
"""
CRON = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec: {schedule: "0 1 * * *", concurrencyPolicy: Allow, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}}}
"""
HPA = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}, minReplicas: 1, maxReplicas: 3, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]}
"""
PDB = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 1, selector: {matchLabels: {app: a}}}\n"
CONFIG = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\nbinaryData: {c: YQ==}\n"
)
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ntype: Opaque\ndata: {a: YQ==}\n"
CLAIM = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
INGRESS = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\nspec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]}\n"
POLICY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 80, protocol: TCP}]}]}\n"
ROLE = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get]}]\n'
BINDING = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}\nsubjects: [{kind: ServiceAccount, name: a, namespace: b}]\n"
EVERYWHERE = BINDING.replace("RoleBinding", "ClusterRoleBinding").replace(
    "kind: Role,", "kind: ClusterRole,"
)
STATEFUL = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec:
  serviceName: a
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: "a:1", volumeMounts: [{name: d, mountPath: /d}]}]}
  volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
"""
QUOTA = (
    "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: a}\nspec: {hard: {requests.cpu: 4}}\n"
)

# (a good document, what is in it, what is written instead)
ROWS: list[tuple[str, list[tuple[str, str]]]] = [
    (
        POD,
        [
            # values
            ("containerPort: 80", "containerPort: 80, protocol: tcp"),
            ("resources: {}", "imagePullPolicy: always"),
            ("spec:\n", "spec:\n  restartPolicy: always\n"),
            ("spec:\n", "spec:\n  dnsPolicy: Clusterfirst\n"),
            ("spec:\n", "spec:\n  tolerations: [{key: a, operator: Is}]\n"),
            # ranges
            ("containerPort: 80", "containerPort: 0"),
            ("containerPort: 80", "containerPort: 70000"),
            ("emptyDir: {}", "configMap: {name: a, defaultMode: 644}"),
            ("resources: {}", "livenessProbe: {tcpSocket: {port: 80}, periodSeconds: -1}"),
            ("resources: {}", "securityContext: {runAsUser: -1}"),
            ("spec:\n", "spec:\n  activeDeadlineSeconds: 0\n"),
            # syntax
            ("name: a, labels", "name: A_b, labels"),
            ("labels: {app: a}", "labels: {app: 'a b'}"),
            ("labels: {app: a}", "labels: {'a b': a}"),
            ("labels: {app: a}", "annotations: {'a b': a}"),
            ("labels: {app: a}", "finalizers: [abc]"),
            ("containerPort: 80", "containerPort: 80, name: a-name-of-16-chr"),
            ("containerPort: 80", "containerPort: 80, name: Web"),
            ("name: A,", "name: 'A=B',"),
            ("resources: {}", "resources: {limits: {memory: 64MB}}"),
            ("resources: {}", "resources: {limits: {memory: 64mi}}"),
            ("resources: {}", "resources: {limits: {cpus: 1}}"),
            ("name: a, image", "name: a.b, image"),
            ("spec:\n", "spec:\n  hostAliases: [{ip: 1.2.3, hostnames: [a]}]\n"),
            ("spec:\n", "spec:\n  nodeSelector: {'a/b/c': d}\n"),
            # presence
            ("name: a, image", "image"),
            ('image: "a:1", ', ""),
            ("mountPath: /v", "subPath: v"),
            ("name: v, emptyDir", "emptyDir"),
            ("resources: {}", "livenessProbe: {httpGet: {path: /}}"),
            # cross-field
            ("{name: v, mountPath", "{name: w, mountPath"),
            ("{name: v, emptyDir: {}}", "{name: v, emptyDir: {}}, {name: v, emptyDir: {}}"),
            ("{name: v, emptyDir: {}}", "{name: v, emptyDir: {}, secret: {secretName: a}}"),
            ("value: b", "value: b, valueFrom: {fieldRef: {fieldPath: metadata.name}}"),
            ("{name: A, value: b}", "{name: A, value: b}, {name: A, value: c}"),
            ("{containerPort: 80}", "{containerPort: 80}, {containerPort: 80}"),
            ("{containerPort: 80}", "{containerPort: 80, name: a}, {containerPort: 81, name: a}"),
            ("resources: {}", "livenessProbe: {tcpSocket: {port: 80}, httpGet: {port: 80}}"),
            ("resources: {}", "livenessProbe: {periodSeconds: 5}"),
            ("resources: {}", "livenessProbe: {tcpSocket: {port: 80}, successThreshold: 2}"),
            ("resources: {}", "resources: {requests: {cpu: 2}, limits: {cpu: 1}}"),
            ("{name: v, mountPath: /v}", "{name: v, mountPath: /v}, {name: v, mountPath: /v}"),
            ("spec:\n", "spec:\n  initContainers: [{name: i, image: 'a:1', livenessProbe: {tcpSocket: {port: 80}}}]\n"),
            ("spec:\n", "spec:\n  initContainers: [{name: a, image: 'a:1'}]\n"),
            ("spec:\n", "spec:\n  tolerations: [{key: a, operator: Exists, value: b}]\n"),
            ("spec:\n", "spec:\n  dnsPolicy: None\n"),
            ("spec:\n", "spec:\n  topologySpreadConstraints: [{maxSkew: 0, topologyKey: a, whenUnsatisfiable: DoNotSchedule}]\n"),
            ("value: b", "valueFrom: {fieldRef: {fieldPath: spec.image}}"),
        ],
    ),
    (
        DEPLOYMENT,
        [
            ("replicas: 1", "replicas: -1"),
            ("replicas: 1", "replicas: 1000000000000"),
            ("replicas: 1", 'replicas: "1"'),
            ("replicas: 1", "replica: 1"),
            ("labels: {app: a}", "labels: {app: b}"),
            ("matchLabels: {app: a}", "matchExpressions: [{key: app, operator: in, values: [a]}]"),
            ("matchLabels: {app: a}", "matchExpressions: [{key: app, operator: In}]"),
            ("type: RollingUpdate", "type: Rolling"),
            ("type: RollingUpdate", "type: Recreate, rollingUpdate: {maxSurge: 1}"),
            ("type: RollingUpdate", "type: RollingUpdate, rollingUpdate: {maxSurge: 0, maxUnavailable: 0}"),
            ("type: RollingUpdate", "type: RollingUpdate, rollingUpdate: {maxSurge: 1.5%}"),
            ("    spec:\n", "    spec:\n      restartPolicy: Never\n"),
            ("replicas: 1", "minReadySeconds: 700"),
            ('containers: [{name: a, image: "a:1"}]', "containers: []"),
            ("  selector: {matchLabels: {app: a}}\n", ""),
        ],
    ),
    (
        SERVICE,
        [
            ("type: ClusterIP", "type: Clusterip"),
            ("name: a}", "name: a.b}"),
            ("port: 80,", "port: 0,"),
            ("targetPort: 8080", "targetPort: a-name-of-16-chr"),
            ("{name: http, port: 80, targetPort: 8080}", ""),
            ("{name: http, port: 80, targetPort: 8080}", "{port: 80}, {port: 81}"),
            ("targetPort: 8080", "nodePort: 30000"),
            ("type: ClusterIP", "type: ExternalName"),
            ("type: ClusterIP", "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}"),
        ],
    ),
    (
        JOB,
        [
            ("restartPolicy: Never, ", ""),
            ("restartPolicy: Never", "restartPolicy: Always"),
            ("backoffLimit: 1", "backoffLimit: -1"),
            ("backoffLimit: 1", "selector: {matchLabels: {a: b}}"),
        ],
    ),
    (
        CRON,
        [
            ("0 1 * * *", "0 1 * *"),
            ("0 1 * * *", "0 25 * * *"),
            ("Allow", "Never"),
            ("name: a}\nspec", f"name: {'a' * 53}}}\nspec"),
        ],
    ),
    (
        HPA,
        [
            ("minReplicas: 1", "minReplicas: 4"),
            ("maxReplicas: 3", "maxReplicas: 0"),
            ("type: Resource", "type: Cpu"),
            ("type: Utilization", "type: Percent"),
            ("type: Utilization, averageUtilization: 80", "type: Utilization"),
        ],
    ),
    (PDB, [("minAvailable: 1", "minAvailable: 1, maxUnavailable: 1"), ("minAvailable: 1", "minAvailable: half")]),
    (
        CONFIG,
        [
            ("data: {a: b}", "data: {'a b': c}"),
            ("data: {a: b}", "data: {c: b}"),
            ("YQ==", "a-b"),
            ("data: {a: b}", "data: {a: 1}"),
        ],
    ),
    (SECRET, [("YQ==", "not base64"), ("Opaque", "kubernetes.io/tls")]),
    (
        CLAIM,
        [
            ("ReadWriteOnce", "ReadWrite"),
            ("accessModes: [ReadWriteOnce], ", ""),
            ("storage: 1Gi", "storage: 1GB"),
            ("{requests: {storage: 1Gi}}", "{}"),
        ],
    ),
    (
        INGRESS,
        [
            ("Prefix", "prefix"),
            ("path: /,", "path: a,"),
            ("a.example.com", "10.0.0.1"),
            ("number: 80", "number: 80, name: http"),
            ("pathType: Prefix, ", ""),
        ],
    ),
    (
        POLICY,
        [
            ("10.0.0.0/8", "10.0.0.0"),
            ("protocol: TCP", "endPort: 70"),
            ("cidr: 10.0.0.0/8", "cidr: 10.0.0.0/8, except: [11.0.0.0/16]"),
            ("[Ingress]", "[ingress]"),
        ],
    ),
    (ROLE, [(", verbs: [get]", ", verbs: []"), ('apiGroups: [""], ', "")]),
    (EVERYWHERE, [(", namespace: b", "")]),
    (BINDING, [("kind: Role,", "kind: role,"), ("kind: ServiceAccount", "kind: Account")]),
    (STATEFUL, [("{name: d, mountPath", "{name: e, mountPath"), ("serviceName: a", "updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}")]),
    (QUOTA, [("requests.cpu", "request.cpu"), ("requests.cpu: 4", "requests.cpu: -4")]),
]  # fmt: skip


def variants() -> Iterator[tuple[str, str]]:
    """(what was written instead, the document)."""
    for document, changes in ROWS:
        for written, instead in changes:
            if document.count(written) < 1:
                raise ValueError(f"{written} is not there")
            yield instead[:80], document.replace(written, instead, 1)


def good() -> list[str]:
    return [document for document, _ in ROWS]
