"""One example of each finding of `gen import`: what is brought, with the finding and without."""

from __future__ import annotations

from generator.views.examples import Example

PATH = "shop.yaml"
_WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  selector: {{matchLabels: {{app: {app}}}}}
  template:
    metadata: {{labels: {{app: {app}, version: {name}}}}}
    spec:
      containers:
        - name: main
          image: {image}
          ports: [{{containerPort: {port}}}]
"""
_FRONT = """\
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  selector: {{app: {app}}}
  ports: [{{name: {port_name}, port: {port}, targetPort: {target}}}]
"""


def workload(
    name: str = "web",
    app: str = "web",
    image: str = "registry.example.com/web:v1",
    port: int = 8080,
) -> str:
    return _WEB.format(name=name, app=app, image=image, port=port)


def front(
    name: str = "web",
    app: str = "web",
    port_name: str = "http",
    port: int = 80,
    target: str = "8080",
) -> str:
    return _FRONT.format(name=name, app=app, port_name=port_name, port=port, target=target)


def _one(spot: str, failing: str, passing: str) -> Example:
    return Example(f"{PATH}:{spot}", {PATH: failing}, {PATH: passing})


_SHOP = workload() + front()
_CONFIG = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n"
_LOGIN = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: login}\nstringData: {word: hidden}\n"
_USES = "          envFrom: [{KIND: {name: NAME}}]\n"
_BINDING = """\
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
  - {kind: ServiceAccount, name: ACCOUNT}
"""
_INGRESS = """\
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  rules:
    - host: shop.example.com
      http:
        paths:
          - {path: "PATH", pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""
_DIALS = "          env: [{name: URL, value: 'http://HOST:80'}]\n"
_RUNS_AS = "      serviceAccountName: ACCOUNT\n"


def _uses(kind: str, name: str) -> str:
    return _USES.replace("KIND", kind).replace("NAME", name)


def _bound(account: str) -> str:
    """A workload that runs with an account, and a binding that gives that account rights."""
    runs_as = _RUNS_AS.replace("ACCOUNT", account)
    return workload() + runs_as + front() + _BINDING.replace("ACCOUNT", account)


def _dials(host: str, namespace: str, number: str = "") -> str:
    """A workload and its Service in a namespace, which dial a host."""
    name = f"web{number}"
    text = workload(name, name) + _DIALS.replace("HOST:80", host) + front(name, name)
    return "---\n" + text.replace(f"{{name: {name}}}", f"{{name: {name}, namespace: {namespace}}}")


_COMPOSE = """\
services:
  web:
    image: registry.example.com/web:v1
"""
BROUGHT: dict[str, Example] = {
    "GEN601": _one("1:1", "image: {tag: v1}\n", _SHOP),
    "GEN602": _one("19:11", workload(port=7070) + front(port_name="x", target="7070"), _SHOP),
    "GEN603": _one("19:11", workload() + front(target="web"), _SHOP),
    "GEN604": _one("23:18", _SHOP + front("other", "other"), _SHOP),
    "GEN605": _one(
        "30:9",
        _SHOP + "---\n" + workload("web-2", image="registry.example.com/web:v2"),
        _SHOP + "---\n" + workload("web-2"),
    ),
    "GEN606": _one(
        "3:18", workload("2-web", "web") + front("2-web"), workload("2-web", "web") + front("web-2")
    ),
    "GEN607": _one(
        "23:18",
        _SHOP + _CONFIG,
        workload() + _uses("configMapRef", "settings") + front() + _CONFIG,
    ),
    "GEN608": _one(
        "24:18",
        workload() + _uses("secretRef", "login") + front() + _LOGIN,
        _SHOP + _LOGIN,
    ),
    "GEN609": _one("27:5", _bound("shop"), _bound("web")),
    "GEN610": _one(
        "29:13",
        _SHOP + _INGRESS.replace("PATH", "/a(/|$)(.*)"),
        _SHOP + _INGRESS.replace("PATH", "/a"),
    ),
    "GEN611": _one(
        "13:36",
        workload() + _DIALS.replace("HOST", "api.other.svc.cluster.local") + front(),
        workload() + _DIALS.replace("HOST", "api.example.com") + front(),
    ),
    "GEN612": _one(
        "1:1",
        workload(image=">-  # why\n            registry.example.com/web:v1") + front(),
        workload(image="registry.example.com/web:v1   # why") + front(),
    ),
    "GEN613": _one(
        "3:18",
        workload(image="registry.example.com/web") + front(),
        _SHOP,
    ),
    "GEN614": _one(
        "14:36",
        _dials("web.a:80", "a") + _dials("web:80", "b", "-2"),
        _dials("web:80", "a") + _dials("web:80", "b", "-2"),
    ),
    "GEN615": Example(
        "",
        {},
        {},
        words="With `--environment test=a --environment staging=b`: a variable, an argument or an "
        "object that one namespace has and the other has not. Told at the object of the second.",
    ),
    "GEN616": Example(
        "",
        {},
        {},
        words="Told by `gen fmt` alone: a comment inside of a list in brackets over several lines "
        "in a file whose dashes stand alone, for instance.",
    ),
    "GEN617": Example(
        "shop.yaml:4:15",
        {PATH: _COMPOSE + "    volumes: [./pages:/pages]\n"},
        {PATH: _COMPOSE},
    ),
    "GEN618": Example(
        "",
        {},
        {},
        words="With `--in-place`: a Service with `type: LoadBalancer`, or workloads of one service "
        "that run with two accounts.",
    ),
}
