"""A running cluster on which verbs are done, one after the other, while every tenant keeps asking."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tests.cluster.kubelet import Instance
from tests.cluster.measure import Watcher
from tests.cluster.scenarios import Step
from tests.cluster.traffic import Config, Count, Traffic
from tests.cluster.world import World

REST = 1.0  # seconds after the last change until nothing may be on its way any longer
CARRIES = ("virtualservices", "envoyfilters", "pods", "services")


@dataclass(frozen=True)
class Result:
    """One merge: seconds by part (None where nobody's answer changes), the folders that Argo CD rendered and those that
    changed, what requests met."""

    step: Step
    gen: float
    argocd: float | None
    istiod: float | None
    settled: float
    rendered: frozenset[str]
    changed: frozenset[str]
    requests: int
    failures: tuple[str, ...]
    wrong: tuple[str, ...]


class Run:
    """A world with its traffic. `total` is all that was heard, `faults` what is wrong besides."""

    def __init__(self, world: World) -> None:
        self.world, self.watcher, self.traffic = world, Watcher(world.api), Traffic(world)
        self.results: list[Result] = []
        self.faults: list[str] = []
        self.total = Count()
        self.traffic.expect(Config.read(world.root))
        self.traffic.start()

    def close(self) -> None:
        self.traffic.close()
        self.watcher.close()

    def step(self, step: Step, number: int) -> Result:
        """Does it, and waits until the cluster is at rest; then every answer must be the new one."""
        world = self.world
        before, rendered, pins = Config.read(world.root), len(world.rendered()), world.pins()
        self._take()
        start = time.monotonic()
        step.act(world, number)
        after, published = Config.read(world.root), time.monotonic()
        self.traffic.expect(before, after, watched=step.asked)
        world.ring()
        settled = world.settle()
        time.sleep(REST)
        count = self._take()
        self.traffic.expect(after)
        changed = {
            path
            for name, (pin, path) in world.pins().items()
            if pins.get(name) != (pin, path) and name not in world.roots
        }
        times = self._times(step, before, after, count, published)
        done = Result(
            step,
            published - start,
            *times,
            settled - start,
            frozenset(world.rendered()[rendered:]) - set(world.roots.values()),
            frozenset(changed),
            count.requests,
            tuple(count.failures),
            tuple(count.wrong),
        )
        if extra := done.rendered - done.changed:
            self.faults.append(
                f"{step.words}: Argo CD rendered {sorted(extra)}, of which no byte changed"
            )
        self.results.append(done)
        time.sleep(REST)  # from here on only the new answer is right
        return done

    def reach(self, requests: int) -> None:
        """Until so many requests were sent."""
        while self.total.requests + self.traffic.count.requests < requests:
            time.sleep(0.5)
        self._take()

    def _take(self) -> Count:
        count = self.traffic.take()
        self.total.requests += count.requests
        self.total.failures += count.failures
        self.total.wrong += count.wrong
        return count

    def _times(
        self, step: Step, before: Config, after: Config, count: Count, published: float
    ) -> tuple[float | None, float | None]:
        """(from the push to the last object that the answer needed, from there to the first new answer)."""
        if step.asked is None:
            return None, None
        new = _flat(after, step) - _flat(before, step)
        first = min(
            (times[0] for came, times in count.heard.get(step.asked, {}).items() if came in new),
            default=None,
        )
        if first is None:
            self.faults.append(f"{step.words}: no request of {step.asked} met any of {new}")
            return None, None
        applied = max(
            (each.at for each in self.watcher.between(published, first, CARRIES)), default=published
        )
        return applied - published, first - applied


def _flat(config: Config, step: Step) -> set[Instance]:
    assert step.asked
    entry, behind = config.answers(step.asked)
    return entry | behind
