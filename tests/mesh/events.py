"""`python -m tests.mesh.events --seeds 1-20 [--mtls] [--sleep | --lanes] [--gateway] [--plane ambient]`: from one output tree to the next, object by object, under steady requests.

Objects are applied in the order of Argo CD's sync waves (applications, then objects inside them). What left an
application is deleted when its wave is over, and what left with its application in the reverse order at the end. Meanwhile every sidecar and the gateway keep asking what the change does not
concern: no such request may fail or land elsewhere, and with identities none that is refused before and after may pass.
While routes of lanes change, one after the other, those that they move must get the answer of before or of after. Of
such lanes `gen publish` keeps the way that they went before; the publish that lets go of it follows.
At the end the mesh must be as if it had been brought up anew.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from generator.compiler import plan as planning
from generator.compiler.compile import compile_sources, valid
from generator.io.tree import read_sources
from generator.plan import access, moving
from generator.plan.units import Unit
from tests.mesh import firewall, ingress, network, questions, tools, words
from tests.mesh.__main__ import seeds
from tests.mesh.ambient import Ambient
from tests.mesh.case import Case, Invalid, compile_tree
from tests.mesh.envoy import Pod
from tests.mesh.kubelet import GATEWAY_API, Addresses, Cluster, Object, by_folder, text
from tests.mesh.oracle import Choice, Input, Instance, Outcome
from tests.mesh.topology import generate

WAVE = "argocd.argoproj.io/sync-wave"
PAUSE = 0.02  # seconds between two objects: a sync is not instant, and pushes must overlap with requests
LANES = 2  # the wave in which the routes of lanes change
LAST = 1000  # after all waves
SETTLE = 1.5  # seconds until the last push has arrived
Key = tuple[str, str, str]


def change(root: Path, dice: random.Random) -> list[str]:
    """Edits a repository as people do; tells what was done. It may be invalid afterwards."""
    source, top = Input.read(root), root / "environments"
    branches = [unit for unit in source.units if "/" in unit]
    done = []
    for what in dice.sample(
        (
            "add branch",
            "drop branch",
            "move tenant",
            "add lane",
            "move lane",
            "move baseline",
            "sleep",
        ),
        dice.randint(1, 3),
    ):
        if what == "add branch":
            environment = dice.choice(sorted(source.environments))
            name = dice.choice(
                [
                    name
                    for name in (*words.BRANCHES, "fresh")
                    if f"{environment}/{name}" not in source.units
                ]
            )
            runs = {
                service: {"tag": "n1"}
                for service in dice.sample(sorted(source.services), min(2, len(source.services)))
            }
            _write(top / environment / "branches" / f"{name}.yaml", {"runs": runs})
        elif what == "drop branch" and branches:
            (top / source.paths["units", dice.choice(branches)]).unlink()
        elif what == "move tenant":
            tenant = dice.choice(sorted(source.tenants))
            moved = {key: value for key, value in source.tenants[tenant].items() if key != "expect"}
            _write(
                top / source.paths["tenants", tenant], moved | {"lane": dice.choice(source.lanes())}
            )
        elif what == "add lane":
            _write(
                top / "lanes/added.yaml",
                {"through": dice.sample(sorted(source.units), min(2, len(source.units)))},
            )
        elif what == "move lane" and source.named:
            _move_lane(root, source, dice)
        elif what == "sleep":
            path = top / source.paths["units", dice.choice(sorted(source.units))]
            said = json.loads(path.read_text())
            _write(path, said | {"asleep": not said.get("asleep")})
        elif what == "move baseline":
            environment = dice.choice(sorted(source.environments))
            runs = dict(source.environments[environment].get("runs") or {})
            service = dice.choice(sorted(source.services))
            runs = (
                {name: run for name, run in runs.items() if name != service}
                if service in runs
                else runs | {service: {"tag": "n1"}}
            )
            _write(
                top / environment / "environment.yaml",
                source.environments[environment] | {"runs": runs},
            )
        done.append(what)
    return done


def turn(root: Path, dice: random.Random) -> list[str]:
    """Some units fall asleep, or wake; tells which."""
    source = Input.read(root)
    turned = dice.sample(sorted(source.units), min(len(source.units), dice.randint(1, 3)))
    for unit in turned:
        path = root / "environments" / source.paths["units", unit]
        said = json.loads(path.read_text())
        _write(path, said | {"asleep": not said.get("asleep")})
    return [f"turn {unit}" for unit in turned]


def move_lanes(root: Path, dice: random.Random) -> list[str]:
    """Lanes go through other units, or pin others; tells how many."""
    source = Input.read(root)
    count = dice.randint(1, 3) if source.named else 0
    for _ in range(count):
        _move_lane(root, source, dice)
    return [f"move {count} lanes"]


def _move_lane(root: Path, source: Input, dice: random.Random) -> None:
    path = root / "environments" / source.paths["lanes", dice.choice(sorted(source.named))]
    unit = dice.choice([unit for unit in sorted(source.units) if source.units[unit]])
    pinned = {dice.choice(sorted(source.units[unit])): unit}
    through = dice.sample(sorted(source.units), min(2, len(source.units)))
    said = json.loads(path.read_text())
    _write(path, said | dice.choice(({"pin": pinned}, {"through": through})))


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


class Applied(NamedTuple):
    """An object of a folder, and when it is applied: the wave of its application, and its own."""

    wave: int
    own: int
    folder: str
    item: Object
    said: str  # as it was compiled; the item gets what a cluster gives it


def ordered(tree: Path) -> list[Applied]:
    """In the order of a sync."""
    waves = {}
    for path in tree.glob("argocd/applications/**/*.yaml"):
        application = yaml.safe_load(path.read_text())
        waves[application["spec"]["source"]["path"]] = _wave(application)
    found = [
        Applied(waves[folder], _wave(item), folder, item, json.dumps(item, sort_keys=True))
        for folder, objects in by_folder(tree).items()
        for item in objects
    ]
    return sorted(found, key=lambda one: one[:2])


def _wave(item: Object) -> int:
    return int((item["metadata"].get("annotations") or {}).get(WAVE, "0"))


def key(item: Object) -> Key:
    return item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


@dataclass(frozen=True)
class Question:
    """A request whose answer is the same before and after, and so must be on the way; or one whose answer changes, and
    which then must get either. Of one without outcomes nothing is said on the way."""

    request: dict[str, Any]
    service: str
    port: dict[str, Any]
    outcomes: tuple[Outcome, ...]
    caller: tuple[str, str] | None
    words: str


@dataclass(frozen=True)
class Kept:
    """What is published while lanes may still go as they did before."""

    tree: Path
    allowed: access.Allowed

    def lets_in(self, caller: Instance | None, callee: Instance) -> bool:
        who = caller and (caller[0], Unit.parse(caller[1]))
        service, unit = callee
        return not {who, access.whole(who)}.isdisjoint(
            self.allowed.get((service, Unit.parse(unit)), ())
        )


def published(before: Path, after: Path) -> Kept | None:
    """What `gen publish` makes of a repository on top of another; None if no lane is led elsewhere."""
    old, now = (valid(compile_sources(read_sources(root))) for root in (before, after))
    ways = [*moving.ways_before(old.plan, now.plan)]
    if not ways:
        return None
    tree = after / "kept"
    for path, content in now.keeping(ways).items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)
    return Kept(tree, planning.plan(now.resolved, moved=ways).allowed)


class Transition:
    """A running case of the first tree on its way to the second."""

    def __init__(
        self,
        before: Path,
        after: Path,
        seed: int,
        version: str,
        code: Path | None = None,
        kind: type[Case] = Case,
    ) -> None:
        self.code = code  # of an earlier compiler, which made the first tree
        self.after_repository, self.after = after, Input.read(after)
        self.trees = [ordered(compile_tree(before, code)), ordered(compile_tree(after))]
        self.kept = None if code else published(before, after)
        if self.kept:
            self.trees.insert(1, ordered(self.kept.tree))
        addresses = Addresses()
        gate = self.after.platform["ingress"]
        # The first state's names come first; each tree's objects get what a cluster gives them.
        clusters = [
            kind.objects([one.item for one in tree], gate, addresses) for tree in self.trees
        ]
        self.later = clusters[-1]
        self.case = kind(before, version, seed, addresses, self.later, code)
        self.live = {
            key(item): item for item in self.case.cluster.core
        }  # core objects that the cluster has now
        self.edges = (self.case.input.allowed(), self.after.allowed())
        self.wrong: list[str] = []
        self.asked = 0
        self._over = threading.Event()
        self._leading = threading.Event()  # while routes of lanes change

    def run(self) -> None:
        pods = [
            (self.case.pods[self.case.input.pod(service, unit)], self._questions(unit, service))
            for unit, service in self.case.callers
        ]
        pods.append((self.case.gateway, self._edge_questions()))
        threads = [
            threading.Thread(target=self._ask, args=(pod, asked, index))
            for index, (pod, asked) in enumerate(pods)
            if asked
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        try:
            for first, second in pairwise(self.trees):
                self._apply(first, second)
                time.sleep(SETTLE)
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
        self._forget(pods)
        self._arrive()
        questions.ask(self.case)

    @staticmethod
    def _forget(pods: list[tuple[Pod, list[Question]]]) -> None:
        """Where who calls is not let in any longer, connections from before end with their next answer: a proxy that has
        one to a pod takes it whichever name is asked for."""
        for pod, asked in pods:
            for question in asked:
                if len(question.outcomes) != 1:
                    pod.ask(**question.request)

    def _arrive(self) -> None:
        """From now on the case is one of the second tree."""
        case = self.case
        case.repository, case.input, case.cluster = self.after_repository, self.after, self.later
        case.judge.input = self.after
        case.judge.edges = self.edges[1] if case.strict else None
        case.table = case.names()
        case.callers = [
            (unit, service)
            for unit, service in case.callers
            if service in self.after.running.get(unit, ())
        ]

    def _apply(self, first: list[Applied], second: list[Applied]) -> None:
        old, new = ({key(one.item): one.said for one in tree} for tree in (first, second))
        waves = {one.folder: one.wave for one in second}
        gone = [
            (waves.get(one.folder, LAST), one.item)
            for one in reversed(first)
            if key(one.item) not in new
        ]
        self._wave = 0
        for wave, _, _, item, _ in second:
            gone = self._prune(gone, wave)
            if old.get(key(item)) == new[key(item)]:
                continue
            self._lead(wave)
            self._send(item)
            stay = self._derived(self.later, item)
            for derived in stay:
                self._send(derived)
            for derived in self._derived(self.case.cluster, item):
                if derived["kind"] == "Pod" and not any(key(derived) == key(one) for one in stay):
                    self._send(derived, delete=True)  # scaled to none
            time.sleep(PAUSE)
        self._prune(gone, LAST + 1)

    def _prune(self, gone: list[tuple[int, Object]], wave: int) -> list[tuple[int, Object]]:
        """Deletes what left in waves before this one, and gives back the rest."""
        for _, item in (pair for pair in gone if pair[0] < wave):
            for derived in reversed(self._derived(self.case.cluster, item)):
                self._send(derived, delete=True)
            self._send(item, delete=True)
            time.sleep(PAUSE)
        return [pair for pair in gone if pair[0] >= wave]

    def _lead(self, wave: int) -> None:
        """Before an object of a wave: all that waves before it brought has arrived where routes begin to change, and
        where they have changed."""
        if self._wave < LANES <= wave:
            time.sleep(SETTLE)
            self._leading.set()
        if self._wave <= LANES < wave:
            time.sleep(SETTLE)
            self._leading.clear()
        self._wave = wave

    @staticmethod
    def _derived(cluster: Cluster, item: Object) -> list[Object]:
        """What controllers and kubelets make of an object: a Deployment's Pod, and the endpoints of the Service beside it."""
        name, namespace = item["metadata"]["name"], item["metadata"].get("namespace")
        wanted = {
            "Deployment": [("Pod", f"{name}-0"), ("EndpointSlice", f"{name}-1")],
            "Service": [("EndpointSlice", f"{name}-1")],
        }.get(item["kind"], [])
        return [
            other
            for kind, other_name in wanted
            for other in cluster.core
            if (other["kind"], other["metadata"]["name"], other["metadata"].get("namespace"))
            == (kind, other_name, namespace)
        ]

    def _send(self, item: Object, delete: bool = False) -> None:
        if not self.case.known(item):
            return
        control = self.case.control
        assert control.stdin and control.stdout
        item["metadata"].setdefault("creationTimestamp", "2026-01-02T00:00:00Z")
        group = item["apiVersion"].split("/")[0]
        istio, gateway = group.endswith("istio.io"), item["apiVersion"].startswith(GATEWAY_API)
        told = {"delete": delete, "istio": istio, "gateway": gateway, "manifest": text([item])}
        control.stdin.write(json.dumps(told) + "\n")
        control.stdin.flush()
        said = control.stdout.readline().strip()
        if said != "done" and not (delete and "not found" in said):
            self.wrong.append(f"{key(item)}: {said}")
        if not istio and not gateway:
            self.live.pop(key(item), None) if delete else self.live.update({key(item): item})
            self._play_node(item, delete)
        self.case.heard()

    def _play_node(self, item: Object, delete: bool) -> None:
        """What happens on nodes: containers start, and the network keeps to its policies."""
        where = (item["metadata"].get("namespace", ""), item["metadata"]["name"].removesuffix("-0"))
        if (
            self.case.strict
            and item["kind"] == "Pod"
            and not delete
            and where not in self.case.pods
        ):
            self.case.join(where, self.later)
        if self.case.walled and item["kind"] in ("NetworkPolicy", "Pod", "Namespace"):
            for other in self.live.values():
                if other["kind"] == "Pod" and (
                    pod := self.case.pods.get(
                        (
                            other["metadata"]["namespace"],
                            other["metadata"]["name"].removesuffix("-0"),
                        )
                    )
                ):
                    self.case.network.filter(
                        pod.space, firewall.rules(list(self.live.values()), other)
                    )

    def _questions(self, unit: str, caller: str) -> list[Question]:
        """What a pod asks that the change does not concern: every lane over HTTP, and raw TCP; and what it asks in lanes
        that lead to it before or after, as the routes of caller and callee change one after the other."""
        before, after, found = self.case.input, self.after, []
        if caller not in after.running.get(unit, ()):
            return []
        lanes = sorted(set(before.lanes()) & set(after.lanes()))
        for service in before.calls(caller):
            dialled = before.addressed(caller, unit) & after.addressed(caller, unit)
            for environment in sorted(dialled & set(before.environments) & set(after.environments)):
                if service not in before.known_in(environment) & after.known_in(environment):
                    continue
                namespace = before.namespace(environment)
                for port in _one_of_each(before.ports(service)):
                    tcp = port["protocol"] == "tcp"
                    for colours in [[]] if tcp else [[], ["nobody"], *([lane] for lane in lanes)]:
                        old, new = (
                            source.outcomes(service, environment, colours, unit, tcp)
                            for source in (before, after)
                        )
                        if self.code and set(colours) & {*lanes} - {old[0].lane}:
                            continue  # an earlier compiler refused what nothing can ask
                        same = old == new
                        outcomes = (old[0],) if same else (old[0], new[0])
                        known = (
                            same and self._unchanged((caller, unit), service, old[0].unit)
                        ) or (
                            not same and not tcp and self._moves((caller, unit), service, colours)
                        )
                        if known or (self.kept and not tcp):
                            request = {
                                "address": self.case.cluster.addresses[namespace, service],
                                "port": port["port"],
                                "host": f"{service}.{namespace}.svc.cluster.local",
                                "headers": [[before.header, colour] for colour in colours],
                                "tcp": tcp,
                            }
                            found.append(
                                Question(
                                    request,
                                    service,
                                    port,
                                    outcomes if known else (),
                                    (caller, unit),
                                    f"{caller}@{unit} → {service}:{port['port']} in {environment} colours {colours}",
                                )
                            )
        return found

    def _unchanged(self, caller: Instance | None, service: str, unit: str | None) -> bool:
        """Whether somebody answers, and the caller may ask before and after, or neither."""
        if unit is None or not self.case.strict:
            return unit is not None
        allowed = {(caller, (service, unit)) in edges for edges in self.edges}
        if allowed == {False} and self.kept:
            return not self.kept.lets_in(caller, (service, unit))
        return len(allowed) == 1

    def _moves(self, caller: Instance, service: str, colours: list[str]) -> bool:
        """Whether a lane leads to a pod before or after, whose call then goes elsewhere in the same lane. Both that answer
        are there before and after: what a unit in use begins to run may cost a request (docs/delivery.md), and what
        leaves one is drained first."""
        states, (name, unit) = (self.case.input, self.after), caller
        if self.after.platform["mesh"].get("routes") == "gateway":
            return False  # proxies do not know what sleeps (docs/sleep.md)
        if not colours or not self.after.services[name].get("forwardsColour", True):
            return False
        (lane,) = colours
        if lane not in self.after.lanes() or name not in self.case.input.reached(lane):
            return False
        if unit not in [source.target(lane, name) for source in states]:
            return False
        told = [source.target(lane, service) for source in states]
        needed = [(name, unit), *((service, answer) for answer in told)]
        return all(
            answer is not None and what in source.units.get(answer, ())
            for what, answer in needed
            for source in states
        )

    def _right(self, answer: dict[str, Any], question: Question) -> bool:
        judge, (first, *others) = self.case.judge, question.outcomes
        if not others:
            return judge.fits(answer, question.service, question.port, first, question.caller)
        return answer.get("status") == 200 and any(
            judge.came(json.loads(answer["body"]), question.service, question.port, outcome)
            for outcome in question.outcomes
        )

    def _edge_questions(self) -> list[Question]:
        """What comes in for tenants whose lane leads to the same units before and after."""
        before, after, found = self.case.input, self.after, []
        for host in sorted(before.hosts().keys() & after.hosts().keys()):
            for given in ingress.brought(self.case):
                if (
                    before.hosts()[host] != after.hosts()[host]
                    or (lane := self._same(host, given)) is None
                ):
                    continue
                for prefix, service, port in before.entries():
                    one, two = (source.target(lane, service) for source in (before, after))
                    if one == two and self._unchanged(None, service, one):
                        request = {
                            "address": self.case.cluster.gateway["status"]["podIP"],
                            "port": before.platform["ingress"]["port"],
                            "host": host,
                            "path": prefix,
                            "headers": ingress.sent(given),
                        }
                        found.append(
                            Question(
                                request,
                                service,
                                port,
                                (Outcome(one, self.case.name(lane), None),),
                                None,
                                f"{given} at {host}{prefix}",
                            )
                        )
        return found

    def _same(self, host: str, given: ingress.Given) -> Choice | None:
        old, new = self.case.input.told(host, given), self.after.told(host, given)
        return old[0] if old == new and len(old) == 1 else None

    def _ask(self, pod: Pod, asked: list[Question], seed: int) -> None:
        dice, asked = random.Random(seed), [one for one in asked if one.outcomes]
        while asked and not self._over.is_set():
            question = dice.choice(asked)
            if len(question.outcomes) > 1 and not self._leading.is_set():
                time.sleep(PAUSE / 10)
                continue
            answer = pod.ask(**question.request)
            self.asked += 1
            if not self._right(answer, question):
                self.wrong.append(
                    f"{question.words}: {json.dumps(answer)}, expected {question.outcomes}, on the way"
                )


def _one_of_each(ports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One port with headers, and one without."""
    return [
        port
        for number, port in enumerate(ports)
        if (port["protocol"] == "tcp")
        not in [other["protocol"] == "tcp" for other in ports[:number]]
    ]


@dataclass(frozen=True)
class Drawn:
    """What changes are drawn. With the `code` of an earlier compiler nothing changes but the compiler."""

    mtls: bool = False
    code: Path | None = None
    edit: Callable[[Path, random.Random], list[str]] = change
    routes: str | None = None
    plane: str = "sidecar"

    def repository(self, seed: int, root: Path, version: str) -> bool:
        mtls, plain = "strict" if self.mtls else "disabled", self.code is not None
        return generate(
            seed, root, version, mtls, plain=plain, routes=self.routes, plane=self.plane
        )


def run_seed(seed: int, version: str, drawn: Drawn) -> tuple[int, int, int, list[str]]:
    """(seed, requests on the way, requests at the end, what was wrong)."""
    kind = Ambient if drawn.plane == "ambient" else Case
    for attempt in range(60):
        with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
            before, after = Path(folder) / "before", Path(folder) / "after"
            before.mkdir()
            number = seed * 1000 + attempt
            if not drawn.repository(number, before, version):
                continue
            shutil.copytree(before, after)
            done = ["upgrade"] if drawn.code else drawn.edit(after, random.Random(number))
            try:
                transition = Transition(before, after, seed, version, drawn.code, kind)
            except Invalid:
                continue
            try:
                transition.run()
            finally:
                transition.case.close()
            record = transition.case.judge.record
            return (
                seed,
                transition.asked,
                record.requests,
                [f"{done}: {line}" for line in transition.wrong + record.disagreements],
            )
    return seed, 0, 0, ["no valid pair of repositories in 60 tries"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1-20", type=seeds)
    parser.add_argument(
        "--envoy", action="append", choices=tools.ENVOYS, help="versions; several take turns"
    )
    parser.add_argument("--mtls", action="store_true", help="real identities")
    parser.add_argument("--upgrade", type=Path, help="from the compiler in a folder to this one")
    parser.add_argument("--sleep", action="store_true", help="units fall asleep and wake, no more")
    parser.add_argument("--lanes", action="store_true", help="lanes lead elsewhere, no more")
    parser.add_argument("--gateway", action="store_true", help="routes of the Gateway API")
    parser.add_argument(
        "--plane",
        choices=["sidecar", "ambient"],
        default="sidecar",
        help="`ambient` has identities",
    )
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    drawn = Drawn(
        options.mtls or options.plane == "ambient",
        options.upgrade,
        turn if options.sleep else move_lanes if options.lanes else change,
        "gateway" if options.gateway else None,
        options.plane,
    )
    versions = options.envoy or [tools.NEWEST]
    tools.prepare(versions)
    network.sweep()
    with ProcessPoolExecutor(options.jobs) as pool:
        results = list(
            pool.map(
                run_seed,
                options.seeds,
                [versions[seed % len(versions)] for seed in options.seeds],
                [drawn] * len(options.seeds),
            )
        )
    for seed, _, _, wrong in results:
        for line in wrong[:5]:
            print(f"seed {seed}: {line}")
    print(
        f"{len(results)} changes, {sum(asked for _, asked, _, _ in results)} requests on the way, {sum(end for _, _, end, _ in results)} at the end, {sum(len(wrong) for *_, wrong in results)} wrong"
    )
    return 1 if any(wrong for *_, wrong in results) else 0


if __name__ == "__main__":
    sys.exit(main())
