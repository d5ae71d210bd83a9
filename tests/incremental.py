"""`python -m tests.incremental [--count 10000] [--seed 1]`: random sequences of edits of every kind; after each, what a
compile that remembers says and prints is what a cold one does: the same bytes, findings and order. So is a page that is
kept from edit to edit, and what it says that differs."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import sys
import time
from collections.abc import Callable

from generator.compiler.compile import Compiled, compile_sources
from generator.compiler.steps import Memory
from generator.io import saved_form
from generator.views.diff import diff
from generator.views.reach import Reached
from generator.views.report.data import data
from generator.views.report.pieces import Pieces, pieces
from generator.vocabulary.findings import Findings
from generator.vocabulary.source import Sources
from tests.conftest import SMALL, Files, base, service, sources
from tests.views.test_pieces import ABOUT, whole

TODAY = dt.date(2030, 1, 1)
ENVIRONMENTS = "environments/{}/environment.yaml"
BRANCH = "environments/{}/branches/{}.yaml"
PLATFORM = "name: shop\nargocd: {{repository: https://git.example.com/shop.git}}\n{}"
PLATFORMS = (
    "",
    "ingress: {jwt: [{issuer: i, jwksUri: https://i.example.com/keys}]}\n",
    "mesh: {mtls: strict}\nnamespaces: {networkPolicies: both}\n",
    "tenants: {by: {headers: [x-tenant], hosts: [.example.com]}}\n",
    "cluster: {domain: cluster.other}\nnamespaces: {quota: {pods: 100}}\n",
    "bases: {privileged: [api]}\n",
    "mesh: {routes: gateway}\n",
    "mesh: {istio: '1.31'}\ningress: {kind: gateway}\n",
    "mesh: {plane: ambient, istio: '1.31'}\nnamespaces: {networkPolicies: both}\n",
    "mesh: {plane: ambient, routes: gateway, istio: '1.31'}\n",
)
# Where environments say a plane of their own.
MIXED = (
    "mesh: {istio: '1.31'}\nnamespaces: {networkPolicies: both}\n",
    "mesh: {istio: '1.31', plane: ambient, routes: gateway}\n",
)
CLUSTERS = "clusters: {eu: {network: n1}, us: {mesh: eu, network: n2}}\n" + PLATFORMS[1]
TAGS = (
    "tag: v1",
    "tag: v2",
    "digest: sha256:" + 64 * "a",
    "tag: v3, source: 3f2c1a9@2027-01-31T10:00:00Z",
)
RUNS = (
    "",
    "",
    "",
    ", replicas: 2",
    ", draining: true",
    ", env: {A: b}",
    ", env: {A: 'http://store:8080'}",
    ", components: [extra]",
)
SERVICES = ("web", "api", "store", "api-more")  # two begin alike, as policies must know
CALLS = (
    "",
    "calls: [api]\n",
    "calls: [api, store]\n",
    "calls: [store, mail]\n",
    "calls: [api, store]\nforwardsColour: false\n",
)
MORE = (
    "",
    "entry: [{prefix: /}]\n",
    "names: [shop.web]\n",
    "traffic: {timeout: 5s}\n",
    "publishes: [jobs]\n",
    "consumes: [jobs]\n",
    "account: {annotations: {a: b}}\n",
    "accept: {GEN312: nobody asks it so far}\n",
)
LANES = (
    "test",
    "test/login",
    "perf",
    "test/more",
    "mixed",
    "side",
    "{through: [perf, test/login]}",
    "{through: [test/more], pin: {api: perf}}",
    "[{lane: test, weight: 1}, {lane: side, weight: 2}]",
)
RULES = (
    "header: {x-tenant: %s}",
    "header: {x-tenant: %s}",
    "cookie: {who: %s}",
    "host: %s.example.com",
    "host: test.example.com",
    "claim: {sub: %s}",
)
EXPECTS = (
    "",
    "",
    "",
    "expect: {api: test/login}\n",
    "expect: {web: test}\n",
    "accept: {GEN309: it is meant so here}\n",
)
HEADLESS = "apiVersion: v1\nkind: Service\nmetadata: {name: peers}\nspec: {clusterIP: None, selector: {app: store}, ports: [{port: %s}]}\n"
EXTRA = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - target: {kind: Deployment}\n    patch: |\n      - {op: add, path: /metadata/annotations, value: {a: %s}}\n"


def first() -> Files:
    """Where each sequence begins: of everything a bit."""
    more: Files = {
        "environments/externals/mail.yaml": "hosts: [mail.example.com]\nports: [{port: 25, protocol: tcp}]\n",
        "overlays/components/extra/kustomization.yaml": EXTRA % "b",
    }
    test = "hosts: [test.example.com]\nruns:\n"
    more[ENVIRONMENTS.format("test")] = test + "".join(
        f"  {name}: {{tag: v1}}\n" for name in SERVICES
    )
    more[BRANCH.format("test", "more")] = "runs:\n  web: {tag: v1}\n"
    more["environments/lanes/side.yaml"] = "through: [test/more]\n"
    more["environments/platform.yaml"] = PLATFORM.format(PLATFORMS[1])
    return SMALL | service("store") | service("api-more") | more


def tag(dice: random.Random, files: Files) -> None:
    """Another version of what runs already, the commonest edit of all."""
    path = dice.choice(
        [path for path, text in files.items() if text and "\nruns:\n" in f"\n{text}"]
    )
    lines = (files[path] or "").split("\n")
    at = dice.choice(
        [index for index, line in enumerate(lines) if line.startswith("  ") and "{" in line]
    )
    lines[at] = f"{lines[at].partition('{')[0]}{{{dice.choice(TAGS)}}}"
    files[path] = "\n".join(lines)


def _runs(dice: random.Random, least: int = 1) -> str:
    chosen = dice.sample(SERVICES, dice.randint(least, len(SERVICES)))
    return "runs:\n" + "".join(
        f"  {name}: {{{dice.choice(TAGS)}{dice.choice(RUNS)}}}\n" for name in chosen
    )


def branch(dice: random.Random, files: Files) -> None:
    path = BRANCH.format(
        dice.choice(("test", "test", "test", "perf")),
        dice.choice(("login", "more", f"new-{dice.randrange(3)}")),
    )
    said = dice.choice(
        (
            "",
            "",
            "hosts: [b.example.com]\n",
            "expires: 2029-12-31\n",
            "owner: team\n",
            "asleep: true\n",
        )
    )
    tests = dice.choice(("", "", "tests: {smoke: {requests: [{service: web}]}}\n"))
    files[path] = None if dice.random() < 0.1 else said + _runs(dice) + tests


def environment(dice: random.Random, files: Files) -> None:
    name = dice.choice(("test", "perf"))
    said = dice.choice(
        (
            "",
            f"hosts: [{name}.example.com]\n",
            "hosts: [shared.example.com]\n",
            "quota: {pods: 5}\n",
            "expires: 2029-12-31\n",
        )
    )
    extends = "extends: test\n" if name == "perf" and dice.random() < 0.7 else ""
    before = files.get(ENVIRONMENTS.format(name)) or ""
    said += "".join(f"{line}\n" for line in before.split("\n") if line.startswith("cluster:"))
    files[ENVIRONMENTS.format(name)] = (
        said + extends + _runs(dice, len(SERVICES) if name == "test" else 1)
    )


def lane(dice: random.Random, files: Files) -> None:
    text = f"through: [{dice.choice(('test/login', 'perf', 'perf, test', 'test/more', 'test'))}]\n"
    strict = dice.choice(("", "", "isolation: strict\n", "pin: {api: perf}\n"))
    files[f"environments/lanes/{dice.choice(('mixed', 'side'))}.yaml"] = (
        None if dice.random() < 0.1 else text + strict
    )


def catalogue(dice: random.Random, files: Files) -> None:
    name = dice.choice(SERVICES)
    files |= {
        path: text
        for path, text in service(name, dice.choice(CALLS) + dice.choice(MORE)).items()
        if path.startswith("environments/")
    }


def spread(dice: random.Random, files: Files) -> None:
    """Environments on clusters of one mesh, or on one that no file names."""
    apart = dice.random() < 0.7
    files["environments/platform.yaml"] = PLATFORM.format(CLUSTERS if apart else PLATFORMS[1])
    _say(files, "cluster", lambda: dice.choice(("eu", "us")) if apart else None)
    _say(files, "plane", lambda: None)


def _say(files: Files, key: str, word: Callable[[], str | None]) -> None:
    """What each environment says of a key."""
    for name in ("test", "perf"):
        path, said = ENVIRONMENTS.format(name), word()
        lines = [line for line in str(files[path]).split("\n") if not line.startswith(f"{key}:")]
        files[path] = "\n".join([*([f"{key}: {said}"] if said else []), *lines])


def planes(dice: random.Random, files: Files) -> None:
    """Environments on a plane each."""
    files["environments/platform.yaml"] = PLATFORM.format(dice.choice(MIXED))
    _say(files, "cluster", lambda: None)
    _say(files, "plane", lambda: dice.choice(("sidecar", "ambient", None)))


def brought(dice: random.Random, files: Files) -> None:
    """A base's file, or a component's."""
    if dice.random() < 0.2:
        files["overlays/components/extra/kustomization.yaml"] = EXTRA % dice.choice("abc")
        return
    name = dice.choice(SERVICES)
    path = f"overlays/base/{name}/deployment.yaml"
    text = str(base(name)[path])
    more = dice.choice(
        (
            "",
            "  replicas: 3\n",
            "# a word\n",
            "---\n" + HEADLESS.replace("store", name) % dice.choice((80, 81)),
            "---\nkind: [\n" if dice.random() < 0.1 else "",
        )
    )
    files[path] = text + more


def platform(dice: random.Random, files: Files) -> None:
    _say(files, "plane", lambda: None)
    files["environments/platform.yaml"] = PLATFORM.format(dice.choice(PLATFORMS))


def tenant(dice: random.Random, files: Files) -> None:
    name = f"t{dice.randrange(8)}"
    path = f"environments/tenants/{dice.choice(('', '', 'a/', 'b/', 'B/'))}{name}.yaml"
    rule = dice.choice(RULES)
    said = rule % dice.choice((name, name, "shared")) if "%" in rule else rule
    text = f"match: [{{{said}}}]\nlane: {dice.choice(LANES)}\n{dice.choice(EXPECTS)}"
    files[path] = text if dice.random() < 0.7 else None if dice.random() < 0.8 else "lane: ["


def tenants(dice: random.Random, files: Files) -> None:
    """Ten at once."""
    for _ in range(10):
        tenant(dice, files)


KINDS = (
    tag,
    tag,
    branch,
    environment,
    lane,
    catalogue,
    brought,
    platform,
    planes,
    spread,
    tenants,
    tenant,
    tenant,
    tenant,
    tenant,
)


def compiled(
    files: Files, memory: Memory | None, dice: random.Random | None
) -> tuple[object, Memory | None, Compiled | None]:
    """All that a compile says and prints, in its order, what it leaves, and itself. `dice` says whether it prints, as a
    build does, or only checks, before it leaves it."""
    now = sources(dict.fromkeys(SMALL) | files)
    now = Sources(now.files, now.refused, {path: now.id(path) for path in now.files})
    done = compile_sources(now, memory=memory, today=TODAY)
    if isinstance(done, Findings):
        return list(map(repr, done.found)), memory, None
    left = done.memory() if dice and dice.random() < 0.4 else None
    ids = done.files.ids()
    said = (list(map(repr, done.warnings)), dict(done.plan.tenants), sorted(done.plan.lanes), ids)
    content = dict(done.files)
    if ids != {path: Sources(content).id(path) for path in content}:
        raise AssertionError("remembered ids are not those of the content")
    return (said, content), left or done.memory(), done


class Watched:
    """A page that is kept while edits come, and the differences that it shows."""

    def __init__(self) -> None:
        self._pieces, self._reached = Pieces(), Reached()
        self._before: tuple[Compiled, Compiled] | None = None

    def stale(self, warm: Compiled, cold: Compiled) -> bool:
        """Whether what is kept is other than what is made anew."""
        packed = self._pieces.take(pieces(warm, ABOUT))
        same = whole(packed) == json.loads(json.dumps(data(cold, ABOUT)))
        if self._before:
            told = diff(self._before[0], warm, self._reached)
            same = same and told == diff(self._before[1], cold)
        self._before = warm, cold
        return not same


def held(seed: int, count: int) -> int:
    """How many edits of a sequence could be compiled; an AssertionError where a memory changes what is said."""
    dice, files, memory, valid = random.Random(seed), first(), None, 0
    watched = Watched()
    good = dict(files)
    for number in range(count):
        before = dict(files)
        for _ in range(dice.choice((1, 1, 1, 1, 2, 3))):
            dice.choice(KINDS)(dice, files)
        warm, left, one = compiled(files, memory, dice)
        cold, _, other = compiled(files, None, None)
        if warm != cold or (one and other and watched.stale(one, other)):
            changed = {
                path: files.get(path)
                for path in before.keys() | files.keys()
                if before.get(path) != files.get(path)
            }
            raise AssertionError(
                f"seed {seed}, edit {number}: a memory changes the outcome of {changed}"
            )
        fails = isinstance(cold, list)
        valid += not fails
        memory = left
        if memory and dice.random() < 0.5:
            memory = saved_form.memory(
                saved_form.parts(saved_form.joined(saved_form.of_memory(memory)))
            )
        if not fails:
            good = dict(files)
        elif dice.random() < 0.8:
            files = dict(good)
    return valid


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="edits in all (default 2000)")
    parser.add_argument(
        "--seed", type=int, default=1, help="the first of the seeds, one for each hundred edits"
    )
    asked = parser.parse_args()
    start, valid = time.monotonic(), 0
    for seed in range(asked.seed, asked.seed + max(1, asked.count // 100)):
        valid += held(seed, min(asked.count, 100))
    print(
        f"{asked.count} edits, {valid} of them valid, in {time.monotonic() - start:.0f} s: each as a cold compile",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
