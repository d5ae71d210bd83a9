"""Mass deletions, all of which are stopped, and edits by one tenant, none of which touches another."""

from __future__ import annotations

import random
import re

from generator.vocabulary.findings import Findings
from generator.vocabulary.refusal import Refusal
from tests.conftest import Files, compile_sources, compiled, sources
from tests.torture.world import World

EDGE = {"overlays/edge/tenants.yaml", ".gen/owned/overlays-edge"}
_ENTRY = re.compile(r'\["(t[0-9]+(?:-[a-z0-9]+)?)"\] = ')


def deletions(rounds: int, seed: int) -> list[str]:
    """Configurations that lost a lot: an environment, or more than a share of the files or of the applications."""
    dice, wrong, done = random.Random(seed), list[str](), 0
    everything: Files = {f"environments/{where}/branches/b{number}.yaml": "runs: {api: {tag: v}}\n" for where in ("test", "perf", "dev", "qa") for number in range(4)}
    everything |= {f"environments/{where}/environment.yaml": "extends: test\nruns:\n  api: {tag: v}\n" for where in ("dev", "qa")}
    world = World(1)
    whole = dict(compiled(everything).files)
    world.files = [whole]
    try:
        world.publish(0)
        tip = world.tip()
        while done < rounds:
            gone = {path: None for path in dice.sample(sorted(everything), dice.randint(4, len(everything)))}
            for where in ("dev", "qa"):
                if f"environments/{where}/environment.yaml" in gone:  # its branches go with it
                    gone |= {path: None for path in everything if path.startswith(f"environments/{where}/")}
            less = dict(compiled(everything | gone).files)
            lost = whole.keys() - less.keys()
            applications = [path for path in lost if path.startswith("argocd/applications/")]
            share = max(len(lost) / len(whole), len(applications) / sum(path.startswith("argocd/applications/") for path in whole))
            if share <= 0.32 and not any(f"environments/{where}/environment.yaml" in gone for where in ("dev", "qa")):
                continue
            done += 1
            world.files = [less]
            try:
                world.publish(0, dry_run=dice.random() < 0.2)
                wrong.append(f"{len(lost)} of {len(whole)} files, {len(applications)} applications went without a word")
            except Refusal as refusal:
                if refusal.exit_code != 4 or "--allow-deletes" not in refusal.next_step:
                    wrong.append(f"refused with {refusal.exit_code}: {refusal}")
            if world.tip() != tip:
                wrong.append("the branch moved")
                world.reset(tip)
    finally:
        world.close()
    return wrong


def edits(rounds: int, seed: int) -> list[str]:
    """One tenant edits its file at random: no byte of another tenant's output, no workload, no route unless its lane is new (M4)."""
    dice, wrong = random.Random(seed), list[str]()
    others: Files = {f"environments/tenants/t{number}.yaml": f"match: [{{header: {{x-tenant: t{number}}}}}, {{cookie: {{who: t{number}-c}}}}]\nlane: {lane}\n"
                     for number, lane in enumerate(("test", "test/login", "perf", "mixed", "{through: [perf]}"))}
    before = dict(compiled(others).files)
    entries = _entries(before)
    for _ in range(rounds):
        text, new = _tenant(dice)
        try:
            after = compile_sources(sources(others | {"environments/tenants/acme.yaml": text})).files
        except Findings:  # a rule of somebody else's, or an expectation that does not hold
            continue
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        mesh = {path for path in changed - EDGE if not path.startswith(".gen/")}
        if any(not re.fullmatch(r"overlays/[a-z]+/mesh/(services/[a-z]+|hosts)\.yaml", path) for path in mesh) or mesh and not new:
            wrong.append(f"{text!r} changes {sorted(changed)}")
        if _entries(after) != entries:
            wrong.append(f"{text!r} changes the entries of others")
    return wrong


def _entries(files: object) -> dict[str, str]:
    """The lines of the table that belong to the other tenants."""
    table = files["overlays/edge/tenants.yaml"].decode()  # type: ignore[index]
    return {found.group(1): line for line in table.splitlines() if (found := _ENTRY.search(line))}


def _tenant(dice: random.Random) -> tuple[str, bool]:
    """A tenant's file, and whether it may bring routes: with a lane of its own or a host of its own."""
    rules = dice.sample([f"{{header: {{x-tenant: acme-{dice.randrange(10**6)}}}}}", f"{{header: {{x-{dice.choice('abcdef')}: v{dice.randrange(99)}}}}}", "{cookie: {who: acme}}",
                         f"{{host: acme{dice.randrange(99)}.example.org}}", "{header: {x-tenant: t1}}"], dice.randint(1, 3))
    choices = ["test", "test/login", "perf", "mixed", "{through: [perf]}", f"{{through: [test/login], pin: {{api: {dice.choice(('test', 'perf'))}}}}}", "{through: [perf, test], isolation: strict}"]
    picked = dice.sample(choices, dice.randint(1, 3))
    lane = picked[0] if len(picked) == 1 else "[" + ", ".join(f"{{lane: {one}, weight: {dice.randint(1, 99)}}}" for one in picked) + "]"
    new = any(one.startswith("{") and one != "{through: [perf]}" for one in picked) or any("host" in rule for rule in rules)
    return f"match: [{', '.join(rules)}]\nlane: {lane}\n" + (f"expect: {{web: {dice.choice(('test', 'perf'))}}}\n" if dice.random() < 0.2 else ""), new
