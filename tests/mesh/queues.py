"""`python -m tests.mesh.queues`: messages of all lanes over a real broker (Redis streams). Each is handled once, by the unit
that the design says, while lanes and branches come."""

from __future__ import annotations

import json
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docs.examples.queues import Mine, headers_of
from docs.examples.shim import received, serving
from tests.conftest import service, write
from tests.mesh.case import compile_tree
from tests.mesh.kubelet import Object, kustomize
from tests.mesh.oracle import Input

STREAM, MESSAGES = "orders", 1500
Message = tuple[
    str, str | None, str, str
]  # (number, colour or None, the unit that wrote it, root of its environment)


def repository(root: Path) -> None:
    """Web writes orders, mail reads them. perf extends test and reads the same queues; staging has its own."""
    runs = "runs:\n  web: {tag: v1}\n  api: {tag: v1}\n  mail: {tag: v1}\n"
    write(
        root,
        {
            "environments/test/environment.yaml": f"hosts: [test.example.com]\n{runs}",
            "environments/staging/environment.yaml": f"hosts: [staging.example.com]\n{runs}",
            "environments/staging/branches/fix.yaml": "runs:\n  mail: {tag: f1}\n",
            "environments/perf/environment.yaml": "hosts: [perf.example.com]\nextends: test\nruns:\n  web: {tag: p1}\n  mail: {tag: p1}\n",
            "environments/test/branches/login.yaml": "runs:\n  mail: {tag: b1}\n  web: {tag: b1}\n",
            "environments/test/branches/wip.yaml": "runs:\n  web: {tag: w1}\n",
            "environments/lanes/away.yaml": "through: [test/wip, staging/fix]\n",
            "environments/lanes/alone.yaml": "through: [test/wip, staging/fix, test]\nisolation: strict\n",
        }
        | service("web", "calls: [api]\npublishes: [orders]\nentry: [{prefix: /}]\n")
        | service("mail", "calls: [api]\nconsumes: [orders]\n"),
    )


class Broker:
    """A connection to Redis, in its own protocol."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.stream = self.socket.makefile("rb")

    def __call__(self, *words: object) -> Any:
        parts = [str(word).encode() for word in words]
        self.socket.sendall(
            b"*%d\r\n" % len(parts)
            + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        )
        return self._answer()

    def _answer(self) -> Any:
        kind, line = (head := self.stream.readline())[:1], head[1:].strip()
        if kind == b"-":
            raise RuntimeError(line.decode())
        if kind in b"+:":
            return line.decode()
        if kind == b"*":
            return [self._answer() for _ in range(int(line))] if int(line) >= 0 else None
        return self.stream.read(int(line) + 2)[:-2].decode() if int(line) >= 0 else None


class Consumer(threading.Thread):
    """The program of one Deployment that reads orders."""

    def __init__(
        self, path: Path, root: str, environ: dict[str, str], handled: dict[str, list[str]]
    ) -> None:
        super().__init__(daemon=True)
        self.broker, self.stream, self.mine, self.unit, self.handled = (
            Broker(path),
            f"{root}:{STREAM}",
            Mine(environ),
            environ["GEN_UNIT"],
            handled,
        )
        self.read, self.over = 0, False
        self.broker(
            "XGROUP", "CREATE", self.stream, self.mine.group, "$", "MKSTREAM"
        )  # what came before is others'

    def run(self) -> None:
        while not self.over:
            for _, messages in (
                self.broker(
                    "XREADGROUP",
                    "GROUP",
                    self.mine.group,
                    "one",
                    "COUNT",
                    50,
                    "BLOCK",
                    200,
                    "STREAMS",
                    self.stream,
                    ">",
                )
                or []
            ):
                for identity, fields in messages:
                    pairs = dict(zip(fields[::2], fields[1::2], strict=True))
                    if self.mine(json.loads(pairs["headers"])):
                        self.handled[pairs["number"]].append(self.unit)
                    self.broker("XACK", self.stream, self.mine.group, identity)
                    self.read += 1


class Town:
    """All programs of an output tree, with what Kubernetes gives their pods: variables, and the mounted table."""

    def __init__(self, repository: Path, folder: Path, redis: Path) -> None:
        self.repository, self.folder, self.redis = repository, folder, redis
        self.consumers: dict[str, Consumer] = {}
        self.handled: dict[str, list[str]] = {}
        self.sync()

    def sync(self) -> None:
        """What Argo CD and the kubelets do after a publish: tables are exchanged, new pods start."""
        self.input, objects = Input.read(self.repository), kustomize(compile_tree(self.repository))
        roots = {name: self.root(name) for name in self.input.environments}
        self.publishers = {}
        for item in [item for item in objects if item["kind"] == "Deployment"]:
            container, namespace = (
                item["spec"]["template"]["spec"]["containers"][0],
                item["metadata"]["namespace"],
            )
            environ = {entry["name"]: entry["value"] for entry in container.get("env", [])}
            if "GEN_GROUP" in environ:
                environ["GEN_QUEUES"] = self._mounted(
                    item, container, namespace, objects, environ["GEN_QUEUES"]
                )
                if environ["GEN_UNIT"] not in self.consumers:
                    self.consumers[environ["GEN_UNIT"]] = Consumer(
                        self.redis, roots[environ["GEN_UNIT"].split("/")[0]], environ, self.handled
                    )
                    self.consumers[environ["GEN_UNIT"]].start()
            elif "GEN_UNIT" in environ:
                self.publishers[environ["GEN_UNIT"]] = environ

    def _mounted(
        self, item: Object, container: Object, namespace: str, objects: list[Object], path: str
    ) -> str:
        mount = next(
            mount for mount in container["volumeMounts"] if path.startswith(mount["mountPath"])
        )
        volume = next(
            volume
            for volume in item["spec"]["template"]["spec"]["volumes"]
            if volume["name"] == mount["name"]
        )
        table = next(
            other
            for other in objects
            if other["kind"] == "ConfigMap"
            and (other["metadata"]["namespace"], other["metadata"]["name"])
            == (namespace, volume["configMap"]["name"])
        )
        place = self.folder / f"{namespace}.{item['metadata']['name']}"
        for name, text in table["data"].items():
            (place.with_suffix(".new")).write_text(text)
            (place.with_suffix(".new")).rename(target := place.with_suffix("." + name))
        return str(target)

    def close(self) -> None:
        for consumer in self.consumers.values():
            consumer.over = True
        for consumer in self.consumers.values():
            consumer.join()

    def root(self, environment: str) -> str:
        while parent := self.input.environments[environment].get("extends"):
            environment = parent
        return environment

    def publish(self, count: int, dice: random.Random) -> list[Message]:
        broker, sent = Broker(self.redis), []
        for _ in range(count):
            unit, colour = (
                dice.choice(sorted(self.publishers)),
                dice.choice([None, "nobody", *self.input.lanes()]),
            )
            root, number = self.root(unit.split("/")[0]), str(len(self.handled))
            self.handled[number] = []
            with serving({"X-Lane": colour} if colour else {}):
                broker(
                    "XADD",
                    f"{root}:{STREAM}",
                    "*",
                    "number",
                    number,
                    "headers",
                    json.dumps(headers_of(received(), self.publishers[unit])),
                )
            sent.append((number, colour, unit, root))
        return sent

    def expected(self, message: Message) -> list[str]:
        """The oracle: the unit that answers the lane, if it reads these queues, else the root's own; of a strict lane none."""
        _, colour, unit, root = message
        lane = colour or unit
        answer = self.input.target(lane, "mail") if lane in self.input.lanes() else root
        within = answer is not None and self.root(answer.split("/")[0]) == root
        strict = lane in self.input.lanes() and self.input.lane(lane).get("isolation") == "strict"
        return [str(answer)] if within else [] if strict else [root]

    def judge(self, sent: list[Message]) -> list[str]:
        end = time.monotonic() + 30
        waiting = {
            consumer: sum(self.root(unit.split("/")[0]) == root for *_, root in sent)
            for unit, consumer in self.consumers.items()
        }
        while (
            any(consumer.read < count for consumer, count in waiting.items())
            and time.monotonic() < end
        ):
            time.sleep(0.02)
        for consumer in waiting:
            consumer.read = 0
        return [
            f"message {message}: handled by {self.handled[message[0]]}, expected {self.expected(message)}"
            for message in sent
            if self.handled[message[0]] != self.expected(message)
        ]


@contextmanager
def redis() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gen-redis-") as folder:
        path = Path(folder, "socket")
        server = subprocess.Popen(
            [
                "redis-server",
                "--port",
                "0",
                "--unixsocket",
                str(path),
                "--save",
                "",
                "--dir",
                folder,
            ],
            stdout=subprocess.DEVNULL,
        )
        try:
            while not path.exists():
                if server.poll() is not None:
                    raise RuntimeError("redis-server did not start")
                time.sleep(0.02)
            yield path
        finally:
            server.kill()
            server.wait()


def main() -> int:
    if shutil.which("redis-server") is None:
        print("missing: redis-server", file=sys.stderr)
        return 2
    dice = random.Random(7)
    with (
        redis() as path,
        tempfile.TemporaryDirectory(prefix="gen-repo-") as root,
        tempfile.TemporaryDirectory(prefix="gen-pods-") as folder,
    ):
        repository(Path(root))
        town = Town(Path(root), Path(folder), path)
        sent = town.publish(MESSAGES, dice)
        wrong = town.judge(sent)
        # A tenant brings a lane of its own, and somebody a branch that reads the queue.
        (Path(root) / "environments/lanes/tried.yaml").write_text(
            "through: [perf, test/fresh]\npin: {mail: test/fresh}\n"
        )
        (Path(root) / "environments/test/branches/fresh.yaml").write_text(
            "runs:\n  mail: {tag: n1}\n"
        )
        running = set(town.consumers)
        town.sync()
        more = town.publish(MESSAGES, dice)
        wrong += town.judge(more)
        town.close()
    print(
        f"{len(town.consumers)} consumers ({len(set(town.consumers) - running)} came later), {len(sent) + len(more)} messages, {len(wrong)} not handled once by their own"
    )
    for line in wrong[:5]:
        print(f"  {line}")
    return 1 if wrong or len(town.consumers) != 6 else 0


if __name__ == "__main__":
    sys.exit(main())
