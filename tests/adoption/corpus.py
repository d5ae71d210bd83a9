"""Shapes of what people have: name → (manifests, the services that they become)."""

from __future__ import annotations

from generator.views.brought import front, workload

_STATEFUL = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db-peers
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
        - name: db
          image: postgres:16
          ports: [{containerPort: 5432, name: postgres}]
          volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: db-peers}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432, name: tcp-postgres}]}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {selector: {app: db}, ports: [{port: 5432, name: tcp-postgres}]}
"""
_JOB = """\
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: sweep}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: main, image: "IMAGE"}]
"""
_SCALED = """\
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: 3
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
"""
_HELM = """\
---
# Source: shop/templates/test.yaml
apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {helm.sh/hook: test}}
spec: {containers: [{name: t, image: "busybox:1"}]}
"""
_INGRESS = """\
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  rules:
    - host: shop.example.com
      http: {paths: [{path: /a, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}]}
"""
_ACCOUNT = """\
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::1:role/web"}}
imagePullSecrets: [{name: registry}]
"""
_SHOP = workload() + front()


def _listed(*manifests: str) -> str:
    """As `kubectl get -o yaml` prints several."""
    items = [
        "- " + "\n  ".join(line for line in each.strip("-\n").split("\n")) for each in manifests
    ]
    return "apiVersion: v1\nkind: List\nitems:\n" + "\n".join(items) + "\n"


_COMPOSE = """\
x-all: &all {restart: always, environment: {LEVEL: info}}
services:
  web:
    <<: *all
    image: registry.example.com/web:v1
    ports: ["80:8080"]
    healthcheck: {test: curl -f http://localhost:8080/up}
    depends_on: [db]
  db:
    image: postgres:16
    volumes: ["data:/var/lib/postgresql/data"]
    environment: [POSTGRES_PASSWORD=word]
volumes: {data: {}}
"""

SHAPES: dict[str, tuple[str, set[str]]] = {
    "a Deployment and its Service": (_SHOP, {"web"}),
    "a list": (_listed(workload(), front()), {"web"}),
    "JSON": ('{"apiVersion": "v1", "kind": "List", "items": []}\n---\n' + _SHOP, {"web"}),
    "a stateful set with peers": (_STATEFUL, {"db"}),
    "a job of the service's version": (
        _SHOP + _JOB.replace("IMAGE", "registry.example.com/web:v1"),
        {"web"},
    ),
    "a job of its own": (_SHOP + _JOB.replace("IMAGE", "busybox:1"), {"web", "sweep"}),
    "an autoscaler beside replicas": (
        _SHOP.replace("spec:\n  sel", "spec:\n  replicas: 2\n  sel", 1) + _SCALED,
        {"web"},
    ),
    "a hook of Helm": (_SHOP + _HELM, {"web"}),
    "an Ingress": (_SHOP + _INGRESS, {"web"}),
    "an account": (
        workload() + "      serviceAccountName: robot\n" + front() + _ACCOUNT,
        {"web"},
    ),
    "a worker": (workload(), {"web"}),
    "a Compose file": (_COMPOSE, {"web", "db"}),
    "two Services in front of one": (_SHOP + front("web-admin", port=81), {"web"}),
    "a digest": (
        workload(image="registry.example.com/web:v1@sha256:" + "0" * 64) + front(),
        {"web"},
    ),
}


def city(services: int) -> str:
    """Four objects a service: what `gen import` is timed with."""
    parts = []
    for number in range(services):
        name = f"s{number}"
        parts += [
            "---\n"
            + workload(name, name)
            + f"          envFrom: [{{configMapRef: {{name: c{number}}}}}]\n",
            front(name, name),
            f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{number}}}\ndata: {{A: b}}\n",
            _SCALED.partition("---\n")[2]
            .partition("---\n")[2]
            .replace("name: web", f"name: {name}")
            .replace("app: web", f"app: {name}")
            .join(("---\n", "")),
        ]
    return "".join(parts)
