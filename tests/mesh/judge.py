"""Compares what came back with what the oracle says, and keeps the record of a case."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.mesh.oracle import ANY, Input, Instance, Outcome

REFUSAL = "no version of"


@dataclass
class Record:
    """What a case showed. `denied`: requests that policies refused, as they must."""

    requests: int = 0
    denied: int = 0
    disagreements: list[str] = field(default_factory=list)


@dataclass
class Judge:
    """`pods`: address → (namespace, workload). `edges`: who may call whom, None where there are no identities."""

    input: Input
    pods: dict[str, tuple[str, str]]
    edges: set[tuple[Instance | None, Instance]] | None
    by_network: bool = (
        False  # calls that no lane takes end at the callee's network, not at its proxy
    )
    record: Record = field(default_factory=Record)
    either: bool = False  # or at its proxy: both are asked
    away: frozenset[str] = frozenset()  # environments whose cluster is away

    def hear(
        self,
        question: str,
        answer: dict[str, Any],
        service: str,
        port: dict[str, Any],
        outcomes: list[Outcome],
        caller: Instance | None,
    ) -> None:
        """`answer` must be one of the outcomes, or the refusal of a call that no lane takes. `caller` None: the ingress."""
        self.record.requests += 1
        if any(self.fits(answer, service, port, outcome, caller) for outcome in outcomes):
            return
        self.wrong(
            f"{question}: {self._words(answer)}, expected {' or '.join(f'{outcome.unit} (colour {outcome.colour})' if outcome.unit else f'a refusal that names {outcome.lane}' for outcome in outcomes)}"
        )

    def wrong(self, line: str) -> None:
        self.record.disagreements.append(line)

    def fits(
        self,
        answer: dict[str, Any],
        service: str,
        port: dict[str, Any],
        outcome: Outcome,
        caller: Instance | None,
    ) -> bool:
        tcp = port["protocol"] == "tcp"
        if outcome.unit is None:
            return (
                "error" in answer
                if tcp
                else answer.get("status") == 503
                and self.names(answer["body"], service, outcome.lane)
                and self._says_why(answer["body"], service, outcome.lane)
            )
        if self.edges is not None and (caller, (service, outcome.unit)) not in self.edges:
            refused = answer.get("status") == 403
            denied = (
                "error" in answer
                if tcp
                else self._cut(answer) or (self.either and refused)
                if self.by_network
                else refused
            )
            self.record.denied += denied
            return denied
        if outcome.unit.split("/")[0] in self.away:
            return "error" in answer if tcp else answer.get("status") == 503
        return answer.get("status") == 200 and self.came(
            json.loads(answer["body"]), service, port, outcome
        )

    @staticmethod
    def _cut(answer: dict[str, Any]) -> bool:
        """Whether the proxy says that it could not connect; a lane that nobody answers says something else."""
        return answer.get("status") == 503 and "upstream connect error" in answer["body"]

    def _says_why(self, body: str, service: str, lane: str | None) -> bool:
        """Whether a refusal tells of what sleeps, if that is why."""
        if lane is None or lane == ANY:
            return True
        asleep = self.input.sleeper(lane, service)
        return body.rstrip().endswith(f": {asleep} is asleep") == (asleep is not None)

    def came(
        self, said: dict[str, Any], service: str, port: dict[str, Any], outcome: Outcome
    ) -> bool:
        """Whether an application's words are those of the pod, the port and the colour expected."""
        pod = outcome.unit and self.input.pod(service, outcome.unit)
        return (
            self.pods.get(said["address"]) == pod
            and said["port"] == port.get("targetPort", port["port"])
            and outcome.colour in (ANY, said["colour"])
        )

    def _words(self, answer: dict[str, Any]) -> str:
        if answer.get("status") != 200:
            return json.dumps(answer)
        said = json.loads(answer["body"])
        return f"{'/'.join(self.pods.get(said['address'], (said['address'],)))}:{said['port']} with colour {said['colour']}"

    @staticmethod
    def names(body: str, service: str, lane: str | None) -> bool:
        """Whether a refusal names service and lane, each as a whole word; of a branch's lane the environment may stand
        in its place."""
        words = re.findall(r"[\w./-]+", body)
        named = lane is None or lane == ANY or not {lane, lane.split("/")[0]}.isdisjoint(words)
        return REFUSAL in body and service in words and named
