"""Steady requests from every tenant while the cluster changes, in at the gateway and on along the calls.

Whom each may reach is told by the oracle of the mesh tests, from the YAML alone: the answers before and after the
change. For a tenant whose answers do not change these are the same, so anything else is wrong.
"""

from __future__ import annotations

import json
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.cluster.kubelet import Instance
from tests.cluster.world import World
from tests.mesh.envoy import Client
from tests.mesh.ingress import NOTHING
from tests.mesh.oracle import Input

FLOWS = 3
RATE = 150  # requests a second, all flows together: steady, and what the machine has left over


@dataclass(frozen=True)
class Question:
    """A tenant's request (None: nobody's) to a host and an entry, which calls on a service (None: no other)."""

    tenant: str | None
    host: str
    path: str
    callee: str | None


@dataclass
class Count:
    """What was heard. `heard`: question → who answered, at the entry or behind it → when a request that it answered ended
    first, and when one began last."""

    requests: int = 0
    failures: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    heard: dict[Question, dict[Instance, list[float]]] = field(default_factory=dict)


class Config(Input):
    """The oracle's input, and which tag each unit runs."""

    def __init__(self, files: Any) -> None:
        super().__init__(files)
        self.tags: dict[tuple[str, str], str] = {}
        for (kind, unit), path in self.paths.items():
            if kind == "units":
                self.tags |= {
                    (unit, service): str(run["tag"])
                    for service, run in (files[path].get("runs") or {}).items()
                }

    @classmethod
    def read(cls, repository: Path) -> Config:
        """What the platform's own cluster knows, which is whom these tests ask."""
        seen = super().read(repository).within("")
        assert isinstance(seen, Config)
        return seen

    def answers(self, question: Question) -> tuple[set[Instance], set[Instance]]:
        """Who may answer at the entry, and who behind it."""
        entered = self.entered(question.path)
        assert entered
        return self._answers(question, entered[0]), self._answers(
            question, question.callee
        ) if question.callee else set()

    def _answers(self, question: Question, service: str) -> set[Instance]:
        given = NOTHING | {"header": {"x-tenant": question.tenant} if question.tenant else {}}
        units = [self.target(choice, service) for choice in self.told(question.host, given)]
        return {Instance(service, unit, self.tags[unit, service]) for unit in units if unit}

    def questions(self) -> list[Question]:
        tenants: list[str | None] = [None, *sorted(self.tenants)]
        return [
            Question(tenant, host, prefix, callee)
            for tenant in tenants
            for host in sorted(self.hosts())
            for prefix, service, _ in self.entries()
            for callee in self.calls(service) or [None]  # type: ignore[list-item]
        ]


class Traffic:
    """Flows of requests that go on until `close`, at a steady rate. `expect` says what is right from now on, and which
    question has a flow of its own, so that its first new answer is seen soon."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.count = Count()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._right: dict[Question, tuple[set[Instance], set[Instance]]] = {}
        self._requests: list[tuple[Question, dict[str, Any]]] = []
        self._watched: list[tuple[Question, dict[str, Any]]] = []
        self._gateway = self._address_of("istio-ingress", "istio=ingress")
        self._clients = [Client(world.network, "client") for _ in range(FLOWS)]
        self._threads = [
            threading.Thread(target=self._flow, args=(client, number), daemon=True)
            for number, client in enumerate(self._clients)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        for client in self._clients:
            client.close()

    def expect(self, *configs: Config, watched: Question | None = None) -> None:
        """Answers of any of these are right; asked is what all of them know."""
        common = [
            question
            for question in configs[0].questions()
            if all(question in other.questions() for other in configs)
        ]
        told = {question: [config.answers(question) for config in configs] for question in common}
        right = {
            question: (
                set().union(*(first for first, _ in answers)),
                set().union(*(behind for _, behind in answers)),
            )
            for question, answers in told.items()
        }
        addresses = {
            (item["metadata"]["namespace"], item["metadata"]["name"]): item["spec"]["clusterIP"]
            for item in self.world.api.list("/api/v1/services")
        }
        requests = [
            (question, self._request(configs[0], question, addresses)) for question in common
        ]
        with self._lock:
            self._right, self._requests = right, requests
            self._watched = [each for each in requests if each[0] == watched] or requests

    def _request(
        self, config: Config, question: Question, addresses: dict[tuple[str, str], str]
    ) -> dict[str, Any]:
        path = question.path
        if (
            question.callee
        ):  # addressed in the environment that the host belongs to, as the application would
            namespace, port = (
                config.namespace(config.hosts()[question.host]),
                config.ports(question.callee)[0]["port"],
            )
            path += "?via=" + quote(
                f"{addresses[namespace, question.callee]},{port},{question.callee}.{namespace}:{port},1",
                safe="",
            )
        headers = [["x-tenant", question.tenant]] if question.tenant else []
        return {
            "address": self._gateway,
            "port": 80,
            "host": question.host,
            "path": path,
            "headers": headers,
        }

    def take(self) -> Count:
        """What was heard since it was asked last."""
        with self._lock:
            count, self.count = self.count, Count()
        return count

    def _address_of(self, namespace: str, selector: str) -> str:
        pods = self.world.api.list(f"/api/v1/namespaces/{namespace}/pods", labelSelector=selector)
        return str(pods[0]["status"]["podIP"])

    def _flow(self, client: Client, number: int) -> None:
        dice, due = random.Random(number), time.monotonic()
        while not self._over.wait(max(0, due - time.monotonic())):
            due = (
                max(due, time.monotonic() - 1) + FLOWS / RATE
            )  # a stall is made up for, but not by a burst
            with self._lock:
                asked = self._requests if number else self._watched
                question, request = dice.choice(asked)
                right = self._right[question]
            began = time.monotonic()
            answer = client.ask(**request)
            with self._lock:
                self._hear(question, right, answer, began, time.monotonic())

    def _hear(
        self,
        question: Question,
        right: tuple[set[Instance], set[Instance]],
        answer: dict[str, Any],
        began: float,
        ended: float,
    ) -> None:
        self.count.requests += 1
        said = (
            json.loads(answer["body"])
            if answer.get("status") == 200
            else {"error": json.dumps(answer)}
        )
        answers = [(said, right[0])] + (
            [(said.get("next", {"error": "nobody was called"}), right[1])]
            if question.callee and "error" not in said
            else []
        )
        for heard, rightly in answers:
            if "error" in heard:
                self.count.failures.append(f"{ended:.2f} {question}: {heard['error'][:300]}")
                continue
            came = self.world.kubelet.instances.get(heard["address"])
            if came is None or came not in rightly:
                self.count.wrong.append(
                    f"{ended:.2f} {question}: {came}, expected {' or '.join(map(str, rightly))}"
                )
            else:
                self.count.heard.setdefault(question, {}).setdefault(came, [ended, began])[1] = (
                    began
                )
