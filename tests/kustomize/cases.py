"""Bases and patches by the seed: clean ones, as people write them, and ones with a twist."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

ROOT = "overlays/base/api"
NAMES = ("api", "worker", "api-config", "metrics")
# What a scalar may look like: as text for YAML, plain.
PLAIN = (
    *(
        "a",
        "text",
        "8080",
        "0",
        "-1",
        "true",
        "false",
        "1.5",
        "0.25",
        "100m",
        "64Mi",
        "http",
    ),
    *("registry.example.com/api", "/healthz", "a b", "a:b", "12:30", "=", "a#b"),
)
ODD = (
    *("null", "~", "y", "no", "on", "Yes", "N", "OFF", "'y'"),
    *(
        "1e3",
        "1E3",
        "0x1f",
        "010",
        "0644",
        "08",
        "0o17",
        "0b11",
        "1_000",
        "+1",
        "-0",
        ".5",
        "1.",
        "1.50",
    ),
    *(
        ".inf",
        "-.inf",
        ".nan",
        ".NaN",
        "12345678901234567890",
        "9007199254740993",
        "1234567890123456",
    ),
    *(
        "2001-01-01",
        "2001-1-1",
        "2001-01-01T00:00:00Z",
        "2001-01-01 00:00:00",
        "12:30:45",
        "190:20:30",
    ),
    *(
        "NULL",
        "Null",
        "TRUE",
        "OFF",
        "<<",
        "!!str 1",
        "!!binary YQ==",
        "&a b",
        "*a",
        "1.0",
        "1e-7",
        "0.1e1",
    ),
    *(
        "-",
        "?",
        "...",
        "---",
        "--- a",
        "'a''b'",
        '"a\\/b"',
        '"\\x41"',
        '"\\u00e9"',
        '"a\\\n  b"',
        "é",
        "☃",
        "😀",
    ),
    *(
        "'2001-01-01'",
        '"1e3"',
        "'0x1f'",
        "'yes'",
        "'null'",
        '""',
        "''",
        "' a'",
        "'a\n\n  b'",
        '"\\t"',
        "'#'",
    ),
    *(
        "0.1234567890123456789",
        "123456789012345.5",
        "1__0",
        "0.",
        "00",
        "0_1",
        "1e",
        "e3",
        "0x",
        "- a",
        "a: b",
    ),
    *(
        *("2001-01-01T00:00:00.5Z", "2001-1-01T0:0:0Z", "2001-13-01", "2001-01-01 first"),
        *("2001-01-01T00:00:00+00:00", "2001-01-01 00:00:00 Z", "2001-01-01t00:00:00Z"),
        "1.5e3",
        "123e5",
        "-1.5",
        "-.5",
        "4e",
        "0e0",
        "1d",
        "1f",
        "1L",
        "0o8",
        "0X1F",
        "0B1",
        "0O7",
        "1,000",
    ),
)
LINES = (
    *(
        "--- # x",
        "---",
        "---\t",
        "---  ",
        "--- a",
        "---a: b",
        "----",
        "--- {a: b}",
        "--- |",
        "...",
        "... # x",
    ),
    *(
        "---#x",
        "  --- # x",
        "# ---",
        "\ufeff---",
        "---\r",
        "%YAML 1.1",
        "---\u00a0",
        "--- !!map",
        "---\u2028# x",
    ),
    *(
        "? a",
        "Kind: Other",
        "kind: Other",
        "<<: {a: b}",
        "'<<': {a: b}",
        "on: b",
        "a: &x b",
        "\tb: c",
        "...\n---",
        "---\n---",
        "---\n...",
        "",
    ),
)


@dataclass
class Case:
    """One case; `clean` ones have no twist, and must pass."""

    seed: int
    clean: bool
    files: dict[str, str] = field(default_factory=dict)


def case(seed: int) -> Case:
    """The case of a seed; every third is clean."""
    made = Case(seed, seed % 3 == 0)
    _Writer(random.Random(seed), made).write()
    return made


_WORDS = [text for text in ODD + PLAIN if re.fullmatch(r"[-._a-zA-Z0-9]+", text)]


class _Writer:
    def __init__(self, chance: random.Random, made: Case) -> None:
        self.chance, self.made = chance, made
        self.objects: list[dict[str, Any]] = []
        self.protocol = chance.random() < 0.3

    def odd(self, share: float) -> bool:
        return not self.made.clean and self.chance.random() < share

    def write(self) -> None:
        files = []
        for number in range(self.chance.randint(1, 2)):
            documents = [self.thing() for _ in range(self.chance.randint(1, 3))]
            documents = [each for each in documents if each is not None]
            if documents:
                files.append(f"f{number}.yaml")
                self.made.files[f"{ROOT}/{files[-1]}"] = self.file(documents)
        content: dict[str, Any] = {"resources": files}
        if self.chance.random() < 0.2:
            content["configMapGenerator"] = [{"name": "generated", "literals": ["a=b"]}]
            content["generatorOptions"] = {"disableNameSuffixHash": True}
            if self.odd(0.3):
                content["configMapGenerator"][0]["literals"].append(f"{self.key()}=c")
            if self.odd(0.3):
                content["generatorOptions"]["labels"] = {self.key(): "x"}
        if self.odd(0.05):
            content["resources"] = files + files[:1]
        patches = [
            self.patch(f"p{n}.yaml", ROOT)
            for n in range(self.chance.choice([0, 1, 1, 2, 3]) if self.objects else 0)
        ]
        component = "overlays/components/more"
        if self.objects and self.chance.random() < 0.3:
            content["components"] = ["../../components/more"]
            below = {"kind": "Component", "patches": [self.patch("p.yaml", component)]}
            if self.odd(0.1):
                below["kind"] = self.chance.choice(["Kustomization", "component"])
            self.made.files[f"{component}/kustomization.yaml"] = json.dumps(below)
        if patches:
            content["patches"] = patches
        self.made.files[f"{ROOT}/kustomization.yaml"] = json.dumps(content, indent=1)

    def key(self) -> str:
        """A key that looks like something else to some reader."""
        return self.chance.choice(_WORDS)

    def thing(self) -> dict[str, Any] | None:
        kind = self.chance.choice(
            ("Deployment", "Deployment", "StatefulSet", "CronJob", "ConfigMap", "Service", "Foo")
        )
        known = {(each["kind"], each["metadata"]["name"]) for each in self.objects}
        name = self.chance.choice(NAMES)
        if (kind, name) in known and not self.odd(0.3):
            return None
        metadata: dict[str, Any] = {"name": name}
        if self.chance.random() < 0.5:
            metadata["labels"] = {"app": name, "tier": "web"}
        if self.odd(0.1):
            metadata[self.chance.choice(("annotations", "labels"))] = {self.key(): "x", "more": "y"}
        if self.odd(0.05):
            metadata["namespace"] = self.chance.choice(("default", "other", ""))
        made: dict[str, Any] = {"apiVersion": "v1", "kind": kind, "metadata": metadata}
        if kind == "ConfigMap":
            made["data"] = {key: _Scalar(self.scalar(True)) for key in self.some("abc")}
        elif kind == "Service":
            made["spec"] = {"selector": {"app": name}, "ports": self.ports("port")}
        elif kind == "Foo":
            made["apiVersion"] = "example.com/v1"
            made["spec"] = {key: self.tree(2) for key in self.some("abcd")}
        elif kind == "CronJob":
            template = {"spec": {"template": self.pod(name)}}
            made |= {
                "apiVersion": "batch/v1",
                "spec": {"schedule": "0 3 * * *", "jobTemplate": template},
            }
        else:
            made["apiVersion"] = "apps/v1"
            made["spec"] = {"replicas": self.chance.randint(1, 3), "template": self.pod(name)}
            made["spec"]["selector"] = {"matchLabels": {"app": name}}
        self.objects.append(made)
        return made

    def pod(self, name: str) -> dict[str, Any]:
        spec: dict[str, Any] = {
            "containers": [self.container(n) for n in self.some(["main", "log", "proxy"])]
        }
        if self.chance.random() < 0.3:
            spec["initContainers"] = [self.container("setup")]
        if self.chance.random() < 0.5:
            spec["volumes"] = [{"name": v, "emptyDir": {}} for v in self.some(["tmp", "cache"])]
        if self.chance.random() < 0.2:
            spec["tolerations"] = [{"key": "a", "operator": "Exists"}]
        if self.chance.random() < 0.2:
            spec["imagePullSecrets"] = [{"name": "pull"}]
        return {"metadata": {"labels": {"app": name}}, "spec": spec}

    def container(self, name: str) -> dict[str, Any]:
        made: dict[str, Any] = {"name": name, "image": f"registry.example.com/{name}:v1"}
        if self.chance.random() < 0.6:
            made["env"] = [
                {"name": key, "value": _Scalar(self.scalar(True))}
                for key in self.some(["A", "B", "C"])
            ]
        if self.chance.random() < 0.5:
            made["ports"] = self.ports("containerPort")
        if self.chance.random() < 0.3:
            made["args"] = [_Scalar(self.scalar(True)) for _ in range(self.chance.randint(1, 3))]
        if self.chance.random() < 0.3:
            made["volumeMounts"] = [
                {"name": "tmp", "mountPath": p} for p in self.some(["/tmp", "/cache"])
            ]
        if self.chance.random() < 0.4:
            made["resources"] = {"limits": {"memory": "64Mi"}, "requests": {"cpu": "100m"}}
        return made

    def ports(self, key: str) -> list[dict[str, Any]]:
        made = [{"name": f"p{n}", key: 8080 + n} for n in range(self.chance.randint(1, 2))]
        if self.protocol != self.odd(0.1):
            for port in made:
                port["protocol"] = "TCP"
        return made

    def some(self, of: Any) -> list[Any]:
        return self.chance.sample(list(of), self.chance.randint(1, len(of)))

    def tree(self, depth: int) -> Any:
        if depth == 0 or self.chance.random() < 0.2:
            return _Scalar(self.scalar())
        if self.chance.random() < 0.4:
            return [self.tree(depth - 1) for _ in range(self.chance.randint(1, 3))]
        return {key: self.tree(depth - 1) for key in self.some("abcd")}

    def scalar(self, text: bool = False) -> str:
        """How a scalar is written; as `text`, a clean one is what a string field takes."""
        if self.odd(0.03):
            return self.chance.choice(ODD)
        plain = self.chance.choice(PLAIN)
        if text or plain in ("a b", "a:b", "="):
            return json.dumps(plain) if self.chance.random() < 0.7 else "'" + plain + "'"
        return plain

    def file(self, documents: list[dict[str, Any]]) -> str:
        texts = [self.text(each) for each in documents]
        mark = self.chance.choice(("---\n", "---\n# next\n", "--- # next\n", "---\n\n"))
        whole = ("---\n" if self.chance.random() < 0.2 else "") + mark.join(texts)
        if self.chance.random() < 0.2:
            whole = "# a comment\n" + whole
        if self.odd(0.15):
            lines = whole.split("\n")
            lines.insert(self.chance.randint(0, len(lines)), self.chance.choice(LINES))
            whole = "\n".join(lines)
        if self.odd(0.05):
            whole = self.chance.choice(
                ("\ufeff" + whole, whole.replace("\n", "\r\n"), whole.replace("\n", "\r", 1))
            )
        if self.odd(0.05):
            spot = self.chance.randint(0, len(whole))
            whole = (
                whole[:spot]
                + self.chance.choice("\x85\u2028\u00a0\t :-#'\"{}[],&*|>\x00\n")
                + whole[spot:]
            )
        if self.odd(0.03):
            whole = whole[: self.chance.randint(0, len(whole))]
        return whole

    def text(self, document: dict[str, Any]) -> str:
        return "".join(self.lines(document, 0))

    def lines(self, node: Any, depth: int) -> Iterator[str]:
        indent = "  " * depth
        for key, value in node.items():
            if self.chance.random() < 0.05:
                yield f"{indent}# about {key}\n"
            if isinstance(value, dict) and value and self.chance.random() < 0.7:
                yield f"{indent}{key}:\n"
                yield from self.lines(value, depth + 1)
            elif isinstance(value, list) and value and self.chance.random() < 0.7:
                yield f"{indent}{key}:\n"
                for item in value:
                    if isinstance(item, dict) and item:
                        first, *rest = "".join(self.lines(item, depth + 1)).split("\n")
                        yield f"{indent}-{first[len(indent) + 1 :] if first.startswith(indent + '  ') else ' ' + first}\n"
                        yield "\n".join(rest)
                    else:
                        yield f"{indent}- {self.flow(item)}\n"
            elif isinstance(value, _Scalar) and self.chance.random() < 0.1:
                yield f"{indent}{key}: {self.block(indent + '  ')}"
            else:
                yield f"{indent}{key}: {self.flow(value)}\n"

    def block(self, indent: str) -> str:
        style = self.chance.choice(("|", "|-", "|+", ">", ">-"))
        lines = [
            self.chance.choice(("one", "two", "--- # x", "key: value", "# no comment"))
            for _ in range(3)
        ]
        if style[0] == "|" and self.chance.random() < 0.3:
            lines.insert(1, "  deeper")
        if self.odd(0.2):
            lines.insert(1, self.chance.choice(("  deeper", "", "\tx", "---")))
        body = "".join(f"{indent}{line}\n" if line else "\n" for line in lines)
        if self.odd(0.1):
            body = body.replace(indent, "", 1)
        return f"{style}\n{body}"

    def flow(self, node: Any) -> str:
        if isinstance(node, _Scalar):
            return node.text
        if isinstance(node, dict):
            return (
                "{" + ", ".join(f"{key}: {self.flow(value)}" for key, value in node.items()) + "}"
            )
        if isinstance(node, list):
            return "[" + ", ".join(map(self.flow, node)) + "]"
        return json.dumps(node)

    def patch(self, name: str, folder: str) -> dict[str, Any]:
        taken = self.chance.choice(self.objects)
        said: dict[str, Any] = {}
        if self.chance.random() < 0.5:
            text = self.merge(taken)
            if self.chance.random() < 0.3:
                said["target"] = self.target(taken)
        else:
            text = self.operations(taken)
            said["target"] = self.target(taken)
        if self.odd(0.05):
            lines = text.split("\n")
            lines.insert(self.chance.randint(0, len(lines)), self.chance.choice(LINES))
            text = "\n".join(lines)
        if self.odd(0.03):
            said.pop("target", None)
        if self.chance.random() < 0.5:
            return said | {"patch": text}
        self.made.files[f"{folder}/{name}"] = text
        return said | {"path": name}

    def target(self, taken: dict[str, Any]) -> dict[str, Any]:
        kind = {"kind": taken["kind"]}
        named = {"name": taken["metadata"]["name"]}
        if self.odd(0.1):
            return self.chance.choice(
                (
                    {"kind": "Dep.*"},
                    {"labelSelector": "app=api"},
                    {"name": "api|worker"},
                    {"version": "v1"},
                    {"kind": "(?i)deployment"},
                    {"namespace": "other"},
                    {"labelSelector": "tier in (web)"},
                    {"annotationSelector": "!a"},
                )
            )
        return self.chance.choice(
            (kind | named, kind | named, kind | {"labelSelector": "app"} | named)
        )

    def merge(self, taken: dict[str, Any]) -> str:
        head = {
            "apiVersion": taken["apiVersion"],
            "kind": taken["kind"],
            "metadata": {"name": taken["metadata"]["name"]},
        }
        if self.odd(0.03):
            head["metadata"]["name"] = "other"
        if "namespace" in taken["metadata"]:
            head["metadata"]["namespace"] = taken["metadata"]["namespace"]
        if self.chance.random() < 0.3:
            head["metadata"]["labels"] = {"more": "yes", "tier": None if self.odd(0.3) else "back"}
        body: dict[str, Any] = {}
        if taken["kind"] in ("Deployment", "StatefulSet"):
            body = {"spec": {"replicas": 5, "template": {"spec": self.pod_patch(taken)}}}
        elif taken["kind"] == "CronJob":
            body = {
                "spec": {"jobTemplate": {"spec": {"template": {"spec": self.pod_patch(taken)}}}}
            }
        elif taken["kind"] == "ConfigMap":
            body = {"data": {key: _Scalar(self.scalar(True)) for key in self.some("abcd")}}
        elif taken["kind"] == "Service":
            body = {"spec": {"ports": self.ports("port")}}
        else:
            body = {"spec": self.tree(2) if self.odd(0.5) else {"z": _Scalar('"z"')}}
        if self.odd(0.03):
            body["$patch"] = self.chance.choice(("delete", "replace", "merge"))
        return self.text(head | body)

    def pod_patch(self, taken: dict[str, Any]) -> dict[str, Any]:
        containers = [self.container(name) for name in self.some(["main", "log", "new"])]
        for container in containers:
            for key in self.some(container):
                if key != "name" and self.chance.random() < 0.7:
                    del container[key]
            if self.odd(0.1):
                container["$patch"] = self.chance.choice(("delete", "delete", "replace"))
            if self.odd(0.1):
                container[self.chance.choice(("resources", "env", "args", "image"))] = None
            if self.odd(0.03):
                container.pop("name")
        made: dict[str, Any] = {"containers": containers}
        if self.chance.random() < 0.3:
            made["volumes"] = [{"name": "more", "configMap": {"name": "a"}}]
        if self.chance.random() < 0.2:
            made["tolerations"] = [{"key": "b", "operator": "Exists"}]
        if self.odd(0.1):
            made["$retainKeys"] = ["containers"]
        return made

    def operations(self, taken: dict[str, Any]) -> str:
        routes = list(_routes(taken))
        made = []
        if self.made.clean:  # leaves that nothing else hangs on
            routes = [
                each
                for each in routes
                if not isinstance(each[1], dict | list) and each[0][-1] not in _KEYS
            ]
        for _ in range(1 if self.made.clean else self.chance.randint(1, 3)):
            route, value = self.chance.choice(routes)
            if (
                route[0] in ("apiVersion", "kind")
                or route == ("metadata", "name")
                or route == ("metadata",)
            ):
                route, value = ("metadata", "annotations"), None
            path = "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in route)
            op = self.chance.choice(("add", "replace", "add"))
            if value is None:
                op = "add"
            if self.odd(0.1):
                op = self.chance.choice(("remove", "test", "copy", "move"))
            said: dict[str, Any] = {"op": op, "path": path}
            if self.odd(0.08):
                said["path"] = path + self.chance.choice(
                    ("/-", "/-1", "/0", "/9", "/none", "/01", "x")
                )
            if op in ("add", "replace", "test"):
                said["value"] = {"a": "b"} if value is None else self.like(value)
            if op in ("copy", "move"):
                other = self.chance.choice(routes)[0]
                said["from"] = "/" + "/".join(map(str, other))
            made.append(said)
        if self.chance.random() < 0.3:
            return "[" + ", ".join(self.quoted(each) for each in made) + "]"
        return "".join(f"- {self.flow(each)}\n" for each in made)

    def quoted(self, said: dict[str, Any]) -> str:
        def plain(node: Any) -> Any:
            if isinstance(node, _Scalar):
                return node.text.strip("'\"")
            if isinstance(node, dict):
                return {key: plain(value) for key, value in node.items()}
            return [plain(item) for item in node] if isinstance(node, list) else node

        return json.dumps(plain(said))

    def like(self, value: Any) -> Any:
        if isinstance(value, int):
            return self.chance.randint(1, 9000)
        return _Scalar(self.scalar(True)) if isinstance(value, str | _Scalar) else value


_KEYS = ("name", "containerPort", "port", "mountPath", "protocol")


@dataclass
class _Scalar:
    text: str


def _routes(node: Any, route: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if route:
        yield route, node
    pairs = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in pairs:
        yield from _routes(value, (*route, key))
