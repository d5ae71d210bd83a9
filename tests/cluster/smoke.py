"""Smoke tests as a part of delivery: Jobs in the lane of their unit, their result on the Application, and promotion by it."""

from __future__ import annotations

import time

from tests.cluster import report
from tests.cluster.run import REST, Run
from tests.cluster.traffic import Config
from tests.cluster.world import World

BRANCH, BASELINE = "test.login.tests", "test.baseline.tests"
ENVIRONMENTS = {name: f"environments/{name}/environment.yaml" for name in ("test", "staging")}
# What a person writes: requests, and an image of their own. The kubelet of these tests has one image, this machine.
_REQUESTS = """\
tests:
  front:
    requests:
      - {service: web, path: /healthz}
      - {service: web, path: /}
"""
_JOURNEY = """\
tests:
  journey:
    image: registry.example.com/shop/e2e:v1
    command: [curl, --silent, --show-error, --fail, --retry, "30", --retry-delay, "1", --retry-all-errors, "http://web.shop-test:8080/"]
    calls: [web]
"""
_FAILING = "tests:\n  journey: {image: registry.example.com/shop/e2e:v2, command: [/bin/false], calls: [web]}\n"


def smoke(run: Run) -> list[str]:
    """What is wrong with the tests of delivery."""
    world, before, found = run.world, Config.read(run.world.root), []
    _append(world, "environments/test/branches/login.yaml", _JOURNEY)
    _append(world, ENVIRONMENTS["test"], _REQUESTS)
    _append(world, ENVIRONMENTS["staging"], "takes: {from: test, tested: true}\n")
    _merge(run, "Smoke tests", before)
    found += _in_the_lane(world)
    found += _promoted(run)
    found += _refused(run)
    for path in ("environments/test/branches/login.yaml", *ENVIRONMENTS.values()):
        text = (world.root / path).read_text()
        world.write(path, text.partition("tests:\n")[0].partition("takes:")[0])
    _merge(run, "No smoke tests", Config.read(world.root), "--allow-deletes", "applications")
    return found


def _in_the_lane(world: World) -> list[str]:
    """A Job of a branch begins without a colour, and meets the branch."""
    told = [log.read_text() for log in world.folder.glob("shop-test.gen-test-journey-*.log")]
    units = {
        instance.unit
        for address, instance in world.kubelet.instances.items()
        if instance.service == "web" and any(f'"{address}"' in text for text in told)
    }
    return [] if units == {"test/login"} else [f"a test of test/login met {units or told}"]


def _promoted(run: Run) -> list[str]:
    """A version is tested in one environment and goes to the next as it is shown there."""
    world, before = run.world, Config.read(run.world.root)
    world.gen("deploy", "test", "api=v1.9.0")
    stale = world.kubectl(
        "--namespace", "argocd", "get", "application", BASELINE, "--output", "json"
    )
    refused = world.gen("promote", "test", "staging", "api", "--tested", "-", stdin=stale, expect=4)
    _merge(run, "A version to be tested", before)
    shown = world.kubectl(
        "--namespace", "argocd", "get", "application", BASELINE, "--output", "json"
    )
    before = Config.read(world.root)
    world.gen("promote", "test", "staging", "api", "--tested", "-", stdin=shown)
    _merge(run, "What was tested goes on", before)
    now = Config.read(world.root).tags["staging", "api"]
    return [
        *([] if "tested other versions" in refused else [f"an older result was taken: {refused}"]),
        *([] if now == "v1.9.0" else [f"staging runs {now}"]),
    ]


def _refused(run: Run) -> list[str]:
    """A version that fails its tests is Degraded on its own page, and goes nowhere."""
    world, before = run.world, Config.read(run.world.root)
    world.edit(ENVIRONMENTS["test"], _REQUESTS, _FAILING)
    began = _merge(run, "A test that fails", before, ill=BASELINE)
    shown = world.kubectl(
        "--namespace", "argocd", "get", "application", BASELINE, "--output", "json"
    )
    report.say(f"a failing test is told by its Application after {began:.0f} s")
    said = world.gen("promote", "test", "staging", "api", "--tested", "-", stdin=shown, expect=4)
    return [] if "Degraded" in said else [f"what failed its tests is promoted: {said}"]


def _append(world: World, path: str, text: str) -> None:
    world.write(path, (world.root / path).read_text().rstrip("\n") + "\n" + text)


def _merge(run: Run, subject: str, before: Config, *words: str, ill: str | None = None) -> float:
    """Merges, and waits until all is at rest; seconds."""
    began = time.monotonic()
    run.world.merge(subject, *words)
    after = Config.read(run.world.root)
    run.traffic.expect(before, after)
    run.world.ring()
    settled = run.world.settle(ill=ill)
    time.sleep(REST)
    run.traffic.expect(after)
    return settled - began
