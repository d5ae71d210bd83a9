"""What decides what runs: tags outlive a root that waits; one that was moved is loud, and where signatures are demanded,
worthless."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from tests.cluster import refresh, report, scenarios, tools
from tests.cluster.run import REST, Run
from tests.cluster.traffic import Config
from tests.cluster.world import ROOT, World
from tests.mesh.case import TOP

PLATFORM = "environments/platform.yaml"
LANES = 3  # merges that move the lanes while the root waits for workloads
# A gen whose tags go once no tree names them.
SHORT = {"io/tags.py": [("SECONDS = 7 * 86400", "SECONDS = -1"), ("TREES = 10", "TREES = 0")]}
SHARED, EDGE = "lanes", "edge"
UNREADABLE = "cannot read what it is pinned to"


def waits(run: Run, generator: Path = TOP) -> list[str]:
    """The root waits for a version that never starts; meanwhile each merge moves the lanes, which the cluster's Application
    still reads at a tag that no tree of the branch names any longer. `generator`: the gen that publishes."""
    world, before, found = run.world, Config.read(run.world.root), []
    run.traffic.expect(before)
    start = world.git("rev-parse", "HEAD")
    scenarios.break_baseline(world)
    world.ring()
    if not _until(lambda: _phase(world, ROOT) == "Running"):
        found.append(f"the root does not wait: {_state(world, ROOT)}")
    pin = _named(world, SHARED)
    for number in range(LANES):
        world.gen("new", "lane", f"waiting-{number}", "--through", "test/login")
        world.merge(f"A lane while the root waits, {number}", generator=generator)
        run.traffic.expect(before, Config.read(world.root))
    if _named(world, SHARED) != pin or world.pins()[SHARED][0] == pin:
        found.append("the lanes did not wait behind the branch")
    refresh.read_again(world.api, [SHARED])
    if said := _conditions(world, SHARED):
        found.append(f"{SHARED} {UNREADABLE}: {said}")
    world.git("revert", "--no-edit", f"{start}..HEAD")
    world.git("push", "--quiet", "origin", "main")
    world.gen("publish", generator=generator)
    world.ring()
    world.settle()
    time.sleep(REST)
    run.traffic.expect(Config.read(world.root))
    return found


def short_lived(run: Run) -> list[str]:
    """`waits` can fail: tags that go once no tree names them leave Applications that cannot be read."""
    found = waits(run, scenarios.changed(run.world, "short-lived", SHORT))
    noticed = any(UNREADABLE in line for line in found)
    return [] if noticed else [f"tags that go at once are not noticed: {found}"]


def trusted(run: Run) -> list[str]:
    """Somebody moves the edge's tag. Without signatures that is deployed, `gen verify` tells it, and the next publish puts
    it back. With them, Argo CD takes neither an unsigned commit nor one that others signed."""
    world, keys = run.world, run.world.parts.keys
    os.environ["GNUPGHOME"] = str(keys.home)
    platform, before = (world.root / PLATFORM).read_text(), Config.read(world.root)
    run.traffic.expect(before)
    found = _loud(world)
    world.git("config", "user.signingKey", keys.ids["publisher"])
    signed = f"{platform.rstrip()}\npublish: {{sign: gpg, keys: [{keys.ids['publisher']}]}}\n"
    world.write(PLATFORM, signed)
    found += _settled(world, "Commits are signed")
    found += _refused(world)
    if tools.argocd_is((3, 5)):
        assert "argocd:\n" in signed
        world.write(PLATFORM, signed.replace("argocd:\n", 'argocd:\n  version: "3.5"\n'))
        found += _settled(world, "Signatures are demanded as Argo CD 3.5 has it")
        found += _refused(world)
    world.write(PLATFORM, platform)
    found += _settled(world, "Commits are not signed")
    del os.environ["GNUPGHOME"]
    return found


def _refused(world: World) -> list[str]:
    """What Argo CD takes of commits that others made; it says so in other words from 3.5 on."""
    found, ids = list[str](), world.parts.keys.ids
    for what, key, *words in (
        ("unsigned", None, "is not signed", "unsigned"),
        (
            "signed by a key that the project does not name",
            "colleague",
            "not allowed in AppProject",
            "signed with unallowed key",
        ),
        ("signed by a key that Argo CD does not know", "stranger", "verif"),
    ):
        forged = _forge(world, key and ids[key])
        refresh.read_again(world.api, [EDGE])
        said = _conditions(world, EDGE)
        if not any(word in said for word in words) or _revision(world, EDGE) == forged:
            found.append(f"a commit that is {what} is not refused: {said}")
        world.gen("verify", expect=16)
        world.gen("publish")
        refresh.read_again(world.api, [EDGE])
        if said := _conditions(world, EDGE):
            found.append(f"after a publish put the tag back: {said}")
    return found


def _loud(world: World) -> list[str]:
    found, began = [], time.monotonic()
    forged = _forge(world, None)
    refresh.read_again(world.api, [EDGE])
    if not _until(lambda: _revision(world, EDGE) == forged):
        found.append("without signatures a moved tag is not deployed, so the rest shows nothing")
    deployed = time.monotonic() - began
    said = world.gen("verify", expect=16)
    told = time.monotonic() - began - deployed
    if world.pins()[EDGE][0] not in said:
        found.append(f"a moved tag is not told: {said}")
    world.gen("publish")
    refresh.read_again(world.api, [EDGE])
    if not _until(lambda: _revision(world, EDGE) not in (forged, None)):
        found.append("a publish does not put a moved tag back")
    report.say(
        f"a moved tag: deployed {deployed:.1f} s after it moved, told by one verify of {told:.1f} s, "
        f"gone after {time.monotonic() - began - deployed - told:.1f} s from a publish"
    )
    return found


def _settled(world: World, subject: str) -> list[str]:
    """A merge after which every Application is read again, as Argo CD's own clock has it do."""
    world.merge(subject)
    world.ring()
    _until(lambda: _phase(world, ROOT) == "Succeeded" and not world.lagging(), 200)
    refresh.read_again(world.api, world.applications())
    try:
        world.settle()
    except RuntimeError as late:
        return [f"{subject}: {late}"]
    return []


def _forge(world: World, key: str | None) -> str:
    """Moves the edge's tag to a commit of somebody else, signed or not; the commit."""
    work, tag = world.folder / "forger", world.pins()[EDGE][0]
    if not work.exists():
        world.git("clone", "--quiet", str(world.remote), str(work), where=world.folder)
    world.git("fetch", "--quiet", "origin", tag, where=work)
    world.git("checkout", "--quiet", "--detach", "FETCH_HEAD", where=work)
    file = work / "overlays/edge/gateway.yaml"
    text = file.read_text()
    assert text.count("  platform: shop\n") == 1, text
    file.write_text(text.replace("  platform: shop\n", '  platform: shop\n  forged: "yes"\n'))
    sign = ["--gpg-sign=" + key] if key else ["--no-gpg-sign"]
    world.git("commit", "--quiet", "--all", *sign, "--message", "forged", where=work)
    world.git("push", "--quiet", "--force", "origin", f"HEAD:{tag}", where=work)
    return world.git("rev-parse", "HEAD", where=work)


def _conditions(world: World, name: str) -> str:
    status = world.applications()[name].get("status", {})
    return "; ".join(
        each["message"]
        for each in status.get("conditions", [])
        if each["type"] == "ComparisonError"
    )


def _state(world: World, name: str) -> str:
    """What an Application is at, for who reads why it is not where it should be."""
    status = world.applications()[name].get("status", {})
    sync, operation = status.get("sync", {}), status.get("operationState", {})
    return (
        f"{sync.get('status')} at {sync.get('revision')} (the branch is at {world.tip()}), compared "
        f"{status.get('reconciledAt')}; {operation.get('phase')} since {operation.get('startedAt')}: "
        f"{operation.get('message', '')[:300]}; {_conditions(world, name)}"
    )


def _phase(world: World, name: str) -> str | None:
    phase: str | None = (
        world.applications()[name].get("status", {}).get("operationState", {}).get("phase")
    )
    return phase


def _revision(world: World, name: str) -> str | None:
    """The commit that was deployed last."""
    history = world.applications()[name].get("status", {}).get("history") or [{}]
    revision: str | None = history[-1].get("revision")
    return revision


def _named(world: World, name: str) -> str:
    """The tag that the cluster's Application is pinned to."""
    return str(world.applications()[name]["spec"]["source"]["targetRevision"])


def _until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True
