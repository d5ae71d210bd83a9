"""The verbs of daily life, each as a person does it: an edit, a merge, and from then on nothing by hand.

A scenario is a function that edits and merges; it tells which question must get a new answer. All begin and end in a
settled cluster, and each undoes what the next round would stumble over.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.traffic import Question
from tests.cluster.world import World
from tests.mesh.case import TOP

HOST = "test.shop.example.com"
PLACED = "environments/tenants/placed.yaml"
BEFORE = "{through: [staging]}"  # nothing of the host's own, before and after

Act = Callable[[World, int], None]


@dataclass(frozen=True)
class Step:
    """One merge. `act` edits and merges in the given round; `asked` is the question whose answer changes (None: nobody's
    does); `words` are those of the table, None for a step that only clears up."""

    words: str | None
    act: Act
    asked: Question | None = None


def prepare(world: World) -> None:
    """What a company has after some weeks: two environments, branches, lanes and tenants of every kind."""
    world.gen("new", "environment", "staging", "--host", "staging.shop.example.com")
    world.gen("deploy", "staging", "web=v1.0.0", "api=v1.0.0")
    world.gen(
        "deploy", "test/login", "web=login-1", "--owner", "accounts", "--expires", "2099-12-31"
    )
    world.gen("new", "lane", "trial", "--through", "test/login", "--through", "test/first")
    for tenant, lane in (
        ("plain", "test"),
        ("mover", "test"),
        ("pioneer", "test"),
        ("trialist", "trial"),
        ("stager", "staging"),
    ):
        world.gen("new", "tenant", tenant, "--lane", lane)
    world.write(
        "environments/tenants/weighed.yaml",
        "match: [{header: {x-tenant: weighed}}]\nlane:\n  - {lane: test, weight: 100}\n  - {lane: test/login, weight: 0}\n",
    )
    world.write(
        "environments/tenants/strict.yaml",
        "match: [{header: {x-tenant: strict}}]\nlane: {through: [staging], isolation: strict}\n",
    )
    world.write(PLACED, _placed(BEFORE))
    # The requests have it dial names of the environment whose host they ask, wherever it runs.
    world.edit("environments/services/web.yaml", "calls: [api]", 'addresses: ["*"]\ncalls: [api]')
    world.merge("Two environments, a branch, a lane and eight tenants")


def _ask(tenant: str | None, callee: str = "api", host: str = HOST, path: str = "/") -> Question:
    return Question(tenant, host, path, callee)


def move(world: World, old: str, new: str) -> None:
    world.edit("environments/tenants/mover.yaml", old, new)
    world.merge("mover moves")


def _move(world: World, number: int) -> None:
    move(world, "lane: test\n", "lane: test/login\n")


def _move_back(world: World, number: int) -> None:
    move(world, "lane: test/login\n", "lane: test\n")


def _branch(world: World, number: int) -> None:
    """Workloads, routes and a tenant of them, all in one merge: the routes must not be there first."""
    world.gen(
        "deploy",
        f"test/idea-{number}",
        "api=idea-1",
        "--owner",
        "pioneers",
        "--expires",
        "2026-12-31",
    )
    world.edit("environments/tenants/pioneer.yaml", "lane: test\n", f"lane: test/idea-{number}\n")
    world.merge("A branch, and a tenant that takes it")


def _tag(world: World, number: int) -> None:
    world.gen("deploy", "test", f"api=v1.1.{number}")
    world.merge("A new version of api")


def _pin(world: World, number: int) -> None:
    world.edit("environments/lanes/trial.yaml", "# pin: {service: unit}\n", "pin: {api: staging}\n")
    world.merge("The trial takes staging's api")


def _unpin(world: World, number: int) -> None:
    world.edit("environments/lanes/trial.yaml", "pin: {api: staging}\n", "# pin: {service: unit}\n")
    world.merge("The trial takes its own api")


def _weigh(first: int) -> Act:
    def act(world: World, number: int) -> None:
        path = "environments/tenants/weighed.yaml"
        text = (world.root / path).read_text()
        head = text.partition("lane:")[0]
        world.write(
            path,
            f"{head}lane:\n  - {{lane: test, weight: {first}}}\n  - {{lane: test/login, weight: {100 - first}}}\n",
        )
        world.merge(f"weighed: {first} to {100 - first}")

    return act


def _placed(lane: str) -> str:
    return f"match: [{{header: {{x-tenant: placed}}}}]\nlane: {lane}\n"


def _place(world: World, number: int) -> None:
    """A lane that only this tenant writes: the old one is gone from the source, and the edge still gives its colour. Another
    in each round, since those that were left are still in the mesh."""
    more = ", staging" * (number % 2) + ", test/first" * (number // 2 % 2)
    world.write(PLACED, _placed(f"{{through: [test/login{more}], pin: {{api: test/first}}}}"))
    world.merge("placed takes another lane")


def _place_back(world: World, number: int) -> None:
    world.write(PLACED, _placed(BEFORE))
    world.merge("placed is back")


def _expire(world: World, number: int) -> None:
    """Refused while a tenant names it, and refused together with the tenant's move, which therefore comes first."""
    said = world.gen("expire", "--on", "2027-06-01", expect=1)
    assert f"test/idea-{number}" in said and "pioneer" in said, said
    world.edit("environments/tenants/pioneer.yaml", f"lane: test/idea-{number}\n", "lane: test\n")
    world.gen("expire", "--on", "2027-06-01")
    world.commit("Both in one merge")
    said = world.gen("publish", expect=4)
    assert "--allow-deletes lanes" in said and "pioneer" in said, said
    world.git("checkout", "HEAD~1", "--", "environments/test")
    world.merge("The tenant's move alone")


def _expired(world: World, number: int) -> None:
    world.gen("expire", "--on", "2027-06-01")
    world.merge("What has expired goes")


def _environment(world: World, number: int) -> None:
    world.gen(
        "new",
        "environment",
        f"demo-{number}",
        "--extends",
        "test",
        "--host",
        f"demo-{number}.shop.example.com",
    )
    world.gen("deploy", f"demo-{number}", "api=demo-1")
    world.edit("environments/tenants/pioneer.yaml", "lane: test\n", f"lane: demo-{number}\n")
    world.merge("An environment on top of test, and a tenant that takes it")


def _leave_environment(world: World, number: int) -> None:
    world.edit("environments/tenants/pioneer.yaml", f"lane: demo-{number}\n", "lane: test\n")
    world.merge("The tenant is back on the baseline")


def _no_environment(world: World, number: int) -> None:
    shutil.rmtree(world.root / f"environments/demo-{number}")
    world.merge("The environment goes", "--allow-deletes", f"demo-{number}")


def _sleep(world: World, number: int) -> None:
    world.gen("sleep", "test/login")
    world.merge("The branch sleeps")


def _wake(world: World, number: int) -> None:
    """Its pods went once no route led there any longer."""
    pods = world.api.list("/api/v1/namespaces/shop-test/pods", labelSelector="gen/branch=login")
    staying = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    assert not staying, f"{len(staying)} pods of a branch that sleeps"
    world.gen("wake", "test/login")
    world.merge("The branch wakes")


_SEARCH = r"(?m)^  search: .*\n|, search: \{[^}]*\}"  # its lines in files of environments


def _service(world: World, number: int) -> None:
    world.gen("new", "service", "search", "--image", "registry.example.com/shop/search")
    for environment in ("test", "staging"):
        world.gen("deploy", environment, "search=v0.1.0")
    world.edit("environments/services/web.yaml", "calls: [api]", "calls: [api, search]")
    world.merge("A service joins the catalogue")


def _drain_service(world: World, number: int) -> None:
    """Nobody calls it any longer, and it runs on until the last proxy knows: it may not leave before."""
    files = {
        path: (world.root / path).read_text()
        for path in ("environments/test/environment.yaml", "environments/staging/environment.yaml")
    }
    for path, text in files.items():
        world.write(path, re.sub(_SEARCH, "", text))
    world.edit("environments/services/web.yaml", "calls: [api, search]", "calls: [api]")
    world.commit("A service leaves at once")
    assert "draining: true" in world.gen("publish", expect=4)
    for path, text in files.items():
        world.write(path, text)
    for environment in ("test", "staging"):
        world.edit(
            f"environments/{environment}/environment.yaml",
            "search: {tag: v0.1.0}",
            "search: {tag: v0.1.0, draining: true}",
        )
    world.merge("Nobody calls it any longer")


def _no_service(world: World, number: int) -> None:
    for environment in ("test", "staging"):
        path = f"environments/{environment}/environment.yaml"
        world.write(path, re.sub(_SEARCH, "", (world.root / path).read_text()))
    (world.root / "environments/services/search.yaml").unlink()
    shutil.rmtree(world.root / "overlays/base/search")
    world.merge("And leaves it", "--allow-deletes", "files")


def _both(world: World, number: int) -> None:
    """Two merges at once: one tenant moves, another branch gets a version; each is published by a run of its own."""
    other = world.root.parent / "other"
    shutil.rmtree(other, ignore_errors=True)
    world.git("clone", "--quiet", str(world.remote), str(other), where=world.root.parent)
    world.edit("environments/tenants/mover.yaml", "lane: test\n", "lane: test/first\n")
    world.git("commit", "--quiet", "--all", "--message", "mover tries the first branch")
    world.git("push", "--quiet", "origin", "main")
    world.git("pull", "--quiet", where=other)
    world.gen("deploy", "test/first", f"api=first-{number + 2}", where=other)
    world.git(
        "commit", "--quiet", "--all", "--message", "A new version in the first branch", where=other
    )
    world.git("push", "--quiet", "origin", "main", where=other)
    runs = [
        subprocess.Popen(
            [world.folder / "person/gen", "-C", where, "publish"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=world.variables(),
        )
        for where in (world.root, other)
    ]
    said = [run.communicate()[0] for run in runs]
    assert all(run.returncode in (0, 5) for run in runs), said
    world.git("pull", "--quiet", "origin", "main")


def break_baseline(world: World) -> None:
    """A version that never starts."""
    world.gen("deploy", "test", "web=broken-1")
    world.merge("A version that does not start")


def repair(world: World) -> None:
    """Both merges are reverted, the last one first."""
    world.git("revert", "--no-edit", "HEAD", "HEAD~1")
    world.git("push", "--quiet", "origin", "main")
    world.gen("publish")


def _bad(world: World, number: int) -> None:
    """A wrong edit: a tenant lands on a version that it did not ask for."""
    move(world, "lane: test\n", "lane: staging\n")


def _revert(world: World, number: int) -> None:
    world.git("revert", "--no-edit", "HEAD")
    world.git("push", "--quiet", "origin", "main")
    world.gen("publish")


def upgraded(world: World, number: int) -> Path:
    """Another release of gen, which writes one label more into every object."""
    old = '"app.kubernetes.io/managed-by": "gen"}'
    new = old.replace("}", f', "gen/release": "{number}"}}')
    return changed(world, str(number), {"targets/objects.py": [(old, new)]})


def changed(world: World, name: str, texts: dict[str, list[tuple[str, str]]]) -> Path:
    """A copy of gen, some texts of which are others."""
    folder = world.folder / f"gen-{name}"
    if not folder.exists():
        shutil.copytree(TOP / "generator", folder / "generator")
        for path, pairs in texts.items():
            file = folder / "generator" / path
            text = file.read_text()
            for old, new in pairs:
                assert text.count(old) == 1, f"{path} no longer says {old}"
                text = text.replace(old, new)
            file.write_text(text)
    return folder


def _upgrade(world: World, number: int) -> None:
    world.git("commit", "--quiet", "--allow-empty", "--message", f"gen {number}")
    world.git("push", "--quiet", "origin", "main")
    world.gen("publish", generator=upgraded(world, number))


def _downgrade(world: World, number: int) -> None:
    world.git("commit", "--quiet", "--allow-empty", "--message", "gen as it was")
    world.git("push", "--quiet", "origin", "main")
    world.gen("publish")


SCENARIOS: dict[str, tuple[Step, ...]] = {
    "tenant": (Step("a tenant moves to a branch", _move, _ask("mover")), Step(None, _move_back)),
    "branch": (
        Step("a branch is created, and a tenant takes it", _branch, _ask("pioneer")),
        Step("its tenant leaves an expired branch", _expire, _ask("pioneer")),
        Step("a branch expires and goes", _expired),
    ),
    "tag": (Step("a tag is deployed", _tag, _ask("plain")),),
    "lane": (Step("a lane is pinned", _pin, _ask("trialist")), Step(None, _unpin)),
    "place": (
        Step("a lane written in place changes", _place, _ask("placed")),
        Step(None, _place_back),
    ),
    "weight": (Step("a weight changes", _weigh(0), _ask("weighed")), Step(None, _weigh(100))),
    "environment": (
        Step("an environment is created, and a tenant takes it", _environment, _ask("pioneer")),
        Step("its tenant leaves an environment", _leave_environment, _ask("pioneer")),
        Step("an environment is deleted", _no_environment),
    ),
    "sleep": (
        Step("a branch falls asleep", _sleep, _ask("trialist")),
        Step("it wakes", _wake, _ask("trialist")),
    ),
    "service": (
        Step("a service joins the catalogue", _service),
        Step("nobody calls a service any longer", _drain_service),
        Step("the service leaves", _no_service),
    ),
    "race": (
        Step("two merges at once", _both, _ask("mover")),
        Step(None, lambda world, number: move(world, "lane: test/first\n", "lane: test\n")),
    ),
    "revert": (
        Step("a bad merge", _bad, _ask("mover")),
        Step("is reverted", _revert, _ask("mover")),
    ),
    "upgrade": (Step("gen is upgraded and rewrites every file", _upgrade), Step(None, _downgrade)),
}
