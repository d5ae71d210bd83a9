"""A compile that builds upon the last one says and prints the same as one that does not."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from generator.compiler.compile import compile_sources, valid
from generator.compiler.steps import Memory
from generator.io import saved_form
from generator.plan import colours, isolation
from generator.vocabulary.findings import Findings
from generator.vocabulary.source import Sources
from tests.conftest import Files, base, compiled, sources

RULES = (
    "header: {x-tenant: %s}",
    "cookie: {who: %s}",
    "host: %s.example.com",
    "claim: {sub: %s}",
    "header: {host: %s}",
)
LANES = (
    "test",
    "test/login",
    "perf",
    "mixed",
    "{through: [perf, test/login]}",
    "{through: [test/login]}",
    "[{lane: test, weight: 1}, {lane: perf, weight: 2}]",
    "tset",
    "[{lane: test, weight: 0}]",
)
TODAY = dt.date(2030, 1, 1)
ACCEPTS = (
    "",
    "",
    "",
    "accept: {GEN309: it is meant so here}\n",
    "accept: {GEN310: it is meant so here}\n",
)
# A branch with a host that tenants take too, and with its last day behind it.
OLD = {
    "environments/test/branches/login.yaml": "hosts: [shared.example.com]\nexpires: 2029-12-31\nruns:\n  api: {tag: b1}\n"
}
JWT = {
    "environments/platform.yaml": "name: shop\nargocd: {repository: https://git.example.com/shop.git}\ningress: {jwt: [{issuer: i, jwksUri: https://i.example.com/keys}]}\n"
}


def outcome(sources: Sources, memory: Memory | None) -> tuple[object, Memory | None]:
    """All that a compile says and prints, and the memory that it leaves."""
    try:
        done = valid(compile_sources(sources, memory=memory, today=TODAY))
    except Findings as failed:
        return sorted(map(repr, failed.found)), memory
    assert done.files.ids() == {path: Sources(dict(done.files)).id(path) for path in done.files}
    return (
        sorted(map(repr, done.warnings)),
        dict(done.files),
        dict(done.plan.tenants),
        dict(done.plan.lanes),
    ), done.memory()


def kept(memory: Memory | None) -> Memory | None:
    """The same, as it comes back from a file."""
    return saved_form.memory(saved_form.parts(saved_form.joined(saved_form.of_memory(memory))))


def edit(files: Files, dice: random.Random) -> None:
    """Mostly a tenant; sometimes what tenants stand on."""
    name = f"t{dice.randrange(12)}"
    path = f"environments/tenants/{dice.choice(('', '', 'a/', 'a/', 'b/', 'b/', 'B/'))}{name}.yaml"
    match dice.randrange(12):
        case 0 | 1:
            files.pop(dice.choice([path for path in files if "tenants/" in path] or [path]), None)
        case 2:
            files["environments/lanes/more.yaml"] = (
                f"through: [{dice.choice(('test/login', 'perf', 'test/none'))}]\n"
            )
        case 3:
            files[path] = dice.choice(
                (
                    "",
                    "lane: [",
                    "match: 1\nlane: test\n",
                    "lane: test\nmatch: [{host: a.b}]\nmore: 1\n",
                )
            )
        case _:
            rules = ", ".join(
                "{%s}"
                % (
                    dice.choice(RULES[: 4 + (dice.random() < 0.2)])
                    % dice.choice((name, name, name, "shared"))
                )
                for _ in range(dice.randint(1, 2))
            )
            expect = dice.choice(
                ("", "", "expect: {api: test/login}\n", "expect: {web: test}\n")
            ) + dice.choice(ACCEPTS)
            files[path] = (
                f"match: [{rules}]\nlane: {dice.choice(LANES[: 7 + (dice.random() < 0.2) * 2])}\n{expect}"
            )


@pytest.mark.parametrize("seed", range(12))
def test_with_a_memory_the_outcome_is_the_same(seed: int) -> None:
    dice, files, memory, held = (
        random.Random(seed),
        dict[str, str | None](JWT | (OLD if seed % 2 else {})),
        None,
        0,
    )
    for _ in range(25):
        before = dict(files)
        edit(files, dice)
        now = sources(files)
        now = Sources(now.files, now.refused, {path: now.id(path) for path in now.files})
        told, left = outcome(now, memory)
        assert told == outcome(now, None)[0]
        held += left is not memory
        memory = kept(left) if dice.random() < 0.5 else left
        if left is memory and dice.random() < 0.7:
            files = before
    assert held


def test_what_is_remembered_is_not_read_again() -> None:
    before = sources(
        {"environments/tenants/b.yaml": "match: [{header: {x-tenant: b}}]\nlane: test\n"}
    )
    memory = valid(compile_sources(before)).memory()

    class Closed(dict[str, bytes]):
        def __getitem__(self, path: str) -> bytes:
            assert path == "environments/tenants/acme.yaml", f"{path} was read"
            return super().__getitem__(path)

    text = Closed(before.files) | {
        "environments/tenants/acme.yaml": b"match: [{header: {x-tenant: acme}}]\nlane: perf\n"
    }
    now = Sources(Closed(text), {}, {path: Sources(text).id(path) for path in text})
    assert valid(compile_sources(now, memory=memory)).plan.tenants["acme"].choices == (("perf", 1),)


@pytest.mark.parametrize(
    "path, tag, more",
    [
        ("environments/test/branches/login.yaml", "runs:\n  api: {tag: b2}\n", "owner: a\n"),
        ("environments/perf/environment.yaml", "hosts: [perf.example.com]\nextends: test\nruns:\n  api: {tag: p2}\n", "owner: a\n"),
    ],
)  # fmt: skip
def test_a_new_version_leaves_what_no_version_decides(path: str, tag: str, more: str) -> None:
    before = compiled().resolved.project.keys
    after = compiled({path: tag}).resolved.project.keys
    assert after.unversioned == before.unversioned and after.said != before.said
    assert compiled({path: tag + more}).resolved.project.keys.unversioned != before.unversioned


def printed_anew(edit: Files) -> set[str]:
    """Folders of the output that are printed again after an edit, and bases if they are read."""
    before = valid(compile_sources(sources()))
    assert before.files.ids()
    done = valid(compile_sources(sources(edit), memory=before.memory()))
    assert done.files.ids() == compiled(edit).files.ids()
    known, left = before.steps.results(), done.steps.results()
    fresh = {
        folder or "brought"
        for folder, result in left["part"].items()
        if (was := known["part"].get(folder)) is None or was.key != result.key
    }
    return fresh | ({"bases"} if known["bases"][""].key != left["bases"][""].key else set())


LOGIN = "environments/test/branches/new.yaml"


@pytest.mark.parametrize(
    "edit, fresh",
    [
        ({LOGIN: "runs:\n  web: {tag: b1}\n"}, "lanes test/new test/mesh test/mesh.pods"),
        ({"environments/lanes/more.yaml": "through: [test/login]\n"}, "lanes"),
        ({"overlays/base/api/deployment.yaml": "# a word\n" + str(base("api")["overlays/base/api/deployment.yaml"])}, "brought bases"),
    ],
)  # fmt: skip
def test_an_edit_prints_what_it_concerns(edit: Files, fresh: str) -> None:
    """The namespaces are printed each time: that costs less than to ask."""
    anew = {part for part in printed_anew(edit) if not part.endswith("/namespace")}
    assert {part.removeprefix("overlays/") for part in anew} == {*fresh.split()}


def test_a_new_version_plans_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who calls whom and where lanes lead is asked once, and then of another plan alone."""
    edit: Files = {"environments/test/branches/login.yaml": "runs:\n  api: {tag: b2}\n"}
    before = valid(compile_sources(sources()))
    assert before.files.ids()
    memory = before.memory()

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("the plan was asked")

    with monkeypatch.context() as closed:
        closed.setattr(isolation, "callers", asked)
        closed.setattr(colours, "lanes", asked)
        after = valid(compile_sources(sources(edit), memory=memory)).files.ids()
    assert after == compiled(edit).files.ids() != before.files.ids()


def test_a_check_before_leaves_what_was_printed() -> None:
    """What a part reads is the same, whether it was just made or remembered."""
    edit: Files = {LOGIN: "runs:\n  web: {tag: b1}\n"}
    before = valid(compile_sources(sources()))
    assert before.files.ids()
    checked = valid(compile_sources(sources(edit), memory=kept(before.memory())))
    done = valid(compile_sources(sources(edit), memory=kept(checked.memory())))
    assert done.files.ids() == compiled(edit).files.ids()
    was, now = (one.steps.results()["part"] for one in (before, done))
    fresh = {part for part, result in now.items() if part not in was or was[part].key != result.key}
    anew = {part.removeprefix("overlays/") for part in fresh if not part.endswith("/namespace")}
    assert anew == {"lanes", "test/new", "test/mesh", "test/mesh.pods"}


def test_a_memory_without_files_serves_as_well() -> None:
    memory = compiled().memory()
    assert memory and not memory.results.get("printed")
    now = sources(
        {"environments/tenants/acme.yaml": "match: [{header: {x-tenant: acme}}]\nlane: perf\n"}
    )
    now = Sources(now.files, {}, {path: now.id(path) for path in now.files})
    assert dict(valid(compile_sources(now, memory=memory)).files) == dict(
        valid(compile_sources(now)).files
    )


def test_a_warning_of_a_lane_in_place_moves_with_the_tenants_that_write_it() -> None:
    """The lane's place is the first tenant's file that writes it: remembered, it would point to where it no longer stands."""
    inline = "match: [{header: {x-tenant: %s}}]\nlane: {through: [test/login]}\n"
    files: Files = {
        "environments/services/web.yaml": "image: registry.example.com/web\nports: [{name: web, port: 8080, protocol: http}]\ncalls: [api]\nforwardsColour: false\nentry: [{prefix: /}]\n",
        "environments/tenants/a.yaml": inline % "a",
        "environments/tenants/b.yaml": inline % "b",
    }
    before, memory = outcome(identified(files), None)
    assert "tenants/a.yaml" in repr(before)
    files["environments/tenants/a.yaml"] = "match: [{header: {x-tenant: a}}]\nlane: test\n"
    assert outcome(identified(files), memory)[0] == outcome(identified(files), None)[0]


@pytest.mark.parametrize("other", ["b", "0"])
def test_a_lane_in_place_is_nobodys_to_name(other: str) -> None:
    """Its name is a hash that anybody can work out, and what a memory knows of it may be gone."""
    own = "match: [{header: {x-tenant: a}}]\nlane: {through: [test/login]}\n"
    first: Files = {"environments/tenants/a.yaml": own}
    before = valid(compile_sources(identified(first)))
    (lane,) = (name for name in before.plan.lanes if name.startswith("inline-"))
    named: Files = {
        f"environments/tenants/{other}.yaml": "match: [{header: {x-tenant: b}}]\nlane: "
        + lane
        + "\n"
    }
    for tenants in (first | named, named):
        said = outcome(identified(tenants), None)[0]
        assert (
            "GEN206" in str(said)
            and f"known: {lane}" not in str(said)
            and f"you mean `{lane}" not in str(said)
        )
        assert outcome(identified(tenants), before.memory())[0] == said


def identified(files: Files) -> Sources:
    now = sources(files)
    return Sources(now.files, now.refused, {path: now.id(path) for path in now.files})


@pytest.mark.parametrize(
    "path, code",
    [
        ("a/zed.yaml", "GEN202"),
        ("c/zed.yaml", "GEN202"),
        ("a/zed.yml", "GEN105"),
        ("a/zed.txt", ""),
    ],
)
def test_a_file_that_comes_beside_what_is_remembered(path: str, code: str) -> None:
    first: Files = {
        "environments/tenants/b/zed.yaml": "match: [{header: {x-tenant: zed}}]\nlane: test\n"
    }
    memory, now = (
        outcome(identified(first), None)[1],
        identified(
            first
            | {f"environments/tenants/{path}": "match: [{header: {x-tenant: other}}]\nlane: perf\n"}
        ),
    )
    assert outcome(now, memory)[0] == outcome(now, None)[0]
    assert code in str(outcome(now, memory)[0])


def test_names_that_were_resolved_anew_are_kept() -> None:
    """Or each run until the next dear step would resolve them again."""
    first = compiled()
    edited = sources({"environments/test/branches/login.yaml": "runs:\n  api: {tag: b2}\n"})
    second = valid(compile_sources(edited, memory=first.memory()))
    assert second.steps.much
    assert not valid(compile_sources(edited, memory=second.memory())).steps.much
