"""Mass deletions, all of which are stopped; edits by one tenant, none of which touches another; and very many files."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Mapping

from generator.targets.ownership import manifest
from generator.vocabulary.findings import Findings
from generator.vocabulary.refusal import Refusal
from tests.conftest import Files, compiled, fileset, write
from tests.torture.world import World, git

EDGE = {"overlays/edge/tenants.yaml", "argocd/applications/edge.yaml", ".gen/owned/overlays-edge"}
_TAKE, _OTHERS = re.compile(r"take\((.*), \[(=*)\["), re.compile(r"t[0-9]+(?:-c)?")
FILES = 30_000
FIRST, UNCHANGED = 5.0, 1.0  # seconds of work, gen's and git's, that so many files may take
# What a lane of its own may change besides: routes, and who is let in.
LED = re.compile(
    r"overlays/(lanes/[a-z]+|[a-z]+/mesh(\.pods)?/(services/[a-z]+|hosts))\.yaml"
    r"|argocd/applications/(lanes|[a-z]+/mesh(\.pods)?)\.yaml"
)
OTHERS = 5  # tenants beside the one that edits
KINDS = ("environments", "applications", "files", "baseline", "tenants")


def deletions(rounds: int, seed: int) -> list[str]:
    """Configurations that lost a lot, of one kind each: all are stopped, and the refusal names what was lost."""
    dice, wrong, base = random.Random(seed), list[str](), _whole()
    world = World(1)
    try:
        write(world.clones[0], base)
        _commit(world)
        world.files = [compiled(base).files]
        world.publish(0)
        tip, published = world.tip(), git(world.clones[0], "rev-parse", "HEAD")
        for number in range(rounds):
            kind = KINDS[number % len(KINDS)]
            gone = _shape(kind, dice, base)
            git(world.clones[0], "reset", "-q", "--hard", published)
            for path, text in gone.items():
                (world.clones[0] / path).write_text(text) if text else (
                    world.clones[0] / path
                ).unlink()
            _commit(world)
            world.files = [compiled(base | gone).files]
            try:
                world.publish(
                    0, dry_run=dice.random() < 0.2, deletions=60 if kind == "baseline" else 30
                )
                wrong.append(f"{kind}: {len(gone)} files of the input went without a word")
            except Refusal as refusal:
                if (
                    refusal.exit_code != 4
                    or "--allow-deletes" not in refusal.next_step
                    or not re.search(SAID[kind], str(refusal))
                ):
                    wrong.append(f"{kind}: refused with {refusal.exit_code}: {refusal}")
            if world.tip() != tip:
                wrong.append(f"{kind}: the branch moved")
                world.reset(tip)
    finally:
        world.close()
    return wrong


SAID = {
    "environments": "the whole of",
    "applications": "applications",
    "files": "files|applications",
    "baseline": "services that (dev|qa) runs itself|files",
    "tenants": "tenants",
}


def _whole() -> Files:
    base: Files = {
        f"environments/{where}/branches/b{number}.yaml": "runs: {api: {tag: v}}\n"
        for where in ("test", "perf", "dev", "qa")
        for number in range(4)
    }
    base |= {
        f"environments/{where}/environment.yaml": "extends: test\nruns:\n  api: {tag: v}\n  web: {tag: v}\n"
        for where in ("dev", "qa")
    }
    return base | {
        f"environments/tenants/t{number}.yaml": f"match: [{{header: {{x-tenant: t{number}}}}}]\nlane: test\n"
        for number in range(20)
    }


def _shape(kind: str, dice: random.Random, base: Files) -> Files:
    """Files of the input that go, or are emptied."""
    branches = sorted(path for path in base if "/branches/" in path)
    tenants = sorted(path for path in base if "/tenants/" in path)
    some: Files = dict.fromkeys(dice.sample(tenants, dice.randint(0, 3)))
    if kind == "environments":
        lost = dice.sample(("dev", "qa"), dice.randint(1, 2))
        return some | {path: None for path in base if path.split("/")[1] in lost}
    if kind == "applications":
        return some | dict.fromkeys(dice.sample(branches, dice.randint(12, len(branches))))
    if kind == "files":
        return (
            some
            | dict.fromkeys(dice.sample(branches, dice.randint(13, len(branches))))
            | {
                f"environments/{dice.choice(('dev', 'qa'))}/environment.yaml": "extends: test\nruns: {}\n"
            }
        )
    if kind == "baseline":
        return some | {
            f"environments/{where}/environment.yaml": "extends: test\nruns: {}\n"
            for where in dice.sample(("dev", "qa"), dice.randint(1, 2))
        }
    return some | dict.fromkeys(dice.sample(tenants, dice.randint(8, len(tenants))))


def _commit(world: World) -> None:
    git(world.clones[0], "add", "-A")
    git(world.clones[0], "commit", "-q", "-m", "a change")


def edits(rounds: int, seed: int) -> list[str]:
    """One tenant edits its file at random: no byte of another tenant's output, no workload, no route unless its lane is new (M4)."""
    dice, wrong = random.Random(seed), list[str]()
    others: Files = {
        f"environments/tenants/t{number}.yaml": f"match: [{{header: {{x-tenant: t{number}}}}}, {{cookie: {{who: t{number}-c}}}}]\nlane: {lane}\n"
        for number, lane in enumerate(("test", "test/login", "perf", "mixed", "{through: [perf]}"))
    }
    assert len(others) == OTHERS
    before = dict(compiled(others | {"environments/tenants/acme.yaml": None}).files)
    entries, lines = _entries(before), _lines(before)
    for _ in range(rounds):
        text, new = _tenant(dice)
        try:
            after = compiled(others | {"environments/tenants/acme.yaml": text}).files
        except Findings:  # a rule of somebody else's, or an expectation that does not hold
            continue
        changed = {
            path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
        }
        mesh = {path for path in changed - EDGE if not path.startswith(".gen/")}
        if any(not LED.fullmatch(path) for path in mesh) or (mesh and not new):
            wrong.append(f"{text!r} changes {sorted(changed)}")
        if _entries(after) != entries or lines - _lines(after):
            wrong.append(f"{text!r} changes the entries of others")
    return wrong


def many_files(rounds: int, seed: int) -> list[str]:
    """A branch of very many files: published at first, with one changed, and unchanged, each in its time."""
    dice, wrong = random.Random(seed), list[str]()
    world = World(1)
    try:
        for _ in range(rounds):
            world.reset(None)
            one = f"overlays/test/u{dice.randrange(FILES // 40)}/f{dice.randrange(40)}.yaml"
            for what, text, most, differ in (
                ("first", "a", FIRST, FILES),
                ("unchanged", "a", UNCHANGED, 0),
                ("one changed", "b", FIRST, 2),
                ("unchanged after it", "b", UNCHANGED, 0),
            ):
                files = {
                    f"overlays/test/u{index // 40}/f{index % 40}.yaml": b"kind: X\n"
                    + b"a: b\n" * 200
                    for index in range(FILES)
                } | {one: text.encode()}
                world.files = [
                    fileset(
                        files
                        | {path: raw.encode() for path, raw in manifest(fileset(files)).items()}
                    )
                ]
                world.files[0].ids()
                start = _work()
                receipt = world.publish(0)
                if (spent := _work() - start) > most:
                    wrong.append(f"{what}: {spent:.2f} s of work, at most {most}")
                if len(receipt.paths) < differ or bool(receipt.commit) != bool(differ):
                    wrong.append(f"{what}: {len(receipt.paths)} differ")
    finally:
        world.close()
    return wrong


def _work() -> float:
    """Seconds of processor time of this process and of those that it started and that ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _lines(files: Mapping[str, bytes]) -> Counter[str]:
    """The edge's table, line by line: a tenant may add some, and takes none away."""
    return Counter(
        line.strip() for line in files["overlays/edge/tenants.yaml"].decode().splitlines()
    )


def _entries(files: Mapping[str, bytes]) -> dict[tuple[str, str], str]:
    """(rule, value) of the other tenants → the lane that the table gives."""
    found, rule, lane, end = {}, "", "", ""
    for line in map(str.strip, files["overlays/edge/tenants.yaml"].decode().splitlines()):
        if end and _OTHERS.fullmatch(line):
            found[rule, line] = lane
        elif end:
            end = "" if line == end else end
        elif line.startswith("rules("):
            rule = line
        elif take := _TAKE.fullmatch(line):
            lane, end = take[1], f"]{take[2]}])"
    assert len(found) == 2 * OTHERS, found
    return found


def _tenant(dice: random.Random) -> tuple[str, bool]:
    """A tenant's file, and whether it may bring routes: with a lane of its own or a host of its own."""
    rules = dice.sample(
        [
            f"{{header: {{x-tenant: acme-{dice.randrange(10**6)}}}}}",
            f"{{header: {{x-{dice.choice('abcdef')}: v{dice.randrange(99)}}}}}",
            "{cookie: {who: acme}}",
            f"{{host: acme{dice.randrange(99)}.example.org}}",
            "{header: {x-tenant: t1}}",
        ],
        dice.randint(1, 3),
    )
    choices = [
        "test",
        "test/login",
        "perf",
        "mixed",
        "{through: [perf]}",
        f"{{through: [test/login], pin: {{api: {dice.choice(('test', 'perf'))}}}}}",
        "{through: [perf, test], isolation: strict}",
    ]
    picked = dice.sample(choices, dice.randint(1, 3))
    lane = (
        picked[0]
        if len(picked) == 1
        else "["
        + ", ".join(f"{{lane: {one}, weight: {dice.randint(1, 99)}}}" for one in picked)
        + "]"
    )
    new = any(one.startswith("{") and one != "{through: [perf]}" for one in picked) or any(
        "host" in rule for rule in rules
    )
    return f"match: [{', '.join(rules)}]\nlane: {lane}\n" + (
        f"expect: {{web: {dice.choice(('test', 'perf'))}}}\n" if dice.random() < 0.2 else ""
    ), new
