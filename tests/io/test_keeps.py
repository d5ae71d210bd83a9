"""Lanes that leave while the edge still gives them: kept in the mesh for a while, or refused."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
import yaml

from generator.command.main import run
from generator.command.workspace import Workspace
from generator.io import keeps
from generator.io.git import Repository
from generator.io.keeps import KeptLane, read
from generator.io.terminal import Terminal
from generator.io.tip import read_tip
from generator.plan.units import Lane, Unit
from generator.vocabulary.findings import Findings
from tests import linked
from tests.apart import APART
from tests.conftest import Files, compiled, service
from tests.io.test_guards import clone_of
from tests.io.test_publish import Place, git, place  # noqa: F401

ACME, LOGIN = "environments/tenants/acme.yaml", "environments/test/branches/login.yaml"


def tenant(lane: str) -> str:
    return f"match: [{{header: {{x-tenant: acme}}}}]\nlane: {lane}\n"


INLINE = tenant("{through: [test/login, perf]}")


def merge(place: Place, changes: Files, *words: str) -> tuple[int, str]:
    """A merge, and its publish: (exit code, all that was said)."""
    for path, text in changes.items():
        if text is None:
            (place.clone / path).unlink()
        else:
            (place.clone / path).write_text(text)
    place.commit("next")
    code, out, err = clone_of(place)(*words)
    return code, out + err


def colours(place: Place) -> str:
    """The routes of lanes, as they were published."""
    return git(
        place.remote,
        "grep",
        "-h",
        "-e",
        "exact:",
        "-e",
        "regex:",
        "deploy",
        "--",
        "overlays/lanes",
    )


def inline(place: Place) -> str:
    """The lane that acme's file wrote in place."""
    table = yaml.safe_load(git(place.remote, "show", "deploy:overlays/edge/tenants.yaml"))
    return next(name for name in str(table).split('"') if name.startswith("inline-"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    now = [1_800_000_000]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


def test_a_lane_written_in_place_is_known_until_the_edge_gives_the_next(
    place: Place, clock: list[int]
) -> None:
    assert merge(place, {ACME: INLINE})[0] == 0
    before = inline(place)
    assert merge(place, {ACME: tenant("{through: [test/login]}")})[0] == 0
    after = inline(place)
    assert before != after and before in colours(place) and after in colours(place)
    assert f"Gen-Keeps: {clock[0]} {before} " in git(
        place.remote, "log", "-1", "--format=%B", "deploy"
    )
    code, said = merge(place, {})
    assert code == 0 and "no commit" in said, "the same again is no difference"
    code, said = merge(place, {ACME: tenant("test")})
    assert code == 0 and before in colours(place) and after in colours(place), (
        "a merge soon after the last one drops none that the edge may give"
    )
    clock[0] += keeps.SECONDS
    assert merge(place, {})[0] == 0
    assert before not in colours(place) and after not in colours(place)


def test_what_other_clusters_tenants_are_given_is_no_lane(place: Place) -> None:
    """Each publish would have asked for the configuration of before, and stopped where that does not compile."""
    place.publish(compiled(APART).files)
    tip = read_tip(Repository(place.clone), "origin", "deploy")

    def before(commit: str) -> None:
        raise AssertionError(f"nobody needs to know {commit}")

    now = compiled(APART)
    repository = Repository(place.clone)
    out = keeps.RollOut(repository, tip, repository.head(), before, ())
    assert not keeps.keep(out, now.plan, now.files, 0)


def test_verify_knows_the_lanes_that_are_kept(place: Place, clock: list[int]) -> None:
    merge(place, {ACME: INLINE})
    merge(place, {ACME: tenant("test")})
    assert "Gen-Keeps" in git(place.remote, "log", "-1", "--format=%B", "deploy")
    out = io.StringIO()
    assert run(["-C", str(place.clone), "verify"], Terminal(out, out)) == 0, out.getvalue()


def test_a_lane_that_no_tenant_takes_is_not_kept(place: Place) -> None:
    assert merge(place, {})[0] == 0 and "mixed" in colours(place)
    assert merge(place, {"environments/lanes/mixed.yaml": None})[0] == 0
    assert "mixed" not in colours(place)


def links(place: Place, lanes: str) -> Files:
    """platform.yaml with links, of this repository."""
    path = "environments/platform.yaml"
    there = re.search("repository: [^}]*", (place.clone / path).read_text())
    assert there
    return {path: re.sub("repository: [^}]*", there[0], linked.platform(lanes))}


def test_a_lane_that_links_lead_into_is_known_until_the_edge_believes_them_no_more(
    place: Place, clock: list[int]
) -> None:
    said, less = links(place, "{test: [test, mixed]}"), links(place, "{test: [test]}")
    assert merge(place, said)[0] == 0
    gone: Files = {"environments/lanes/mixed.yaml": None}
    assert merge(place, less | gone)[0] == 0
    assert "mixed" in colours(place)
    clock[0] += keeps.SECONDS
    assert merge(place, {})[0] == 0
    assert "mixed" not in colours(place)


def test_a_branch_that_links_lead_into_goes_at_once(place: Place) -> None:
    said = links(place, "{test: [test]}")
    gone: Files = {"environments/lanes/mixed.yaml": None, LOGIN: None}
    assert merge(place, said | {ACME: tenant("test")})[0] == 0
    assert merge(place, gone, "--allow-deletes", "test/login")[0] == 0
    assert "login" not in colours(place)


@pytest.mark.parametrize("after", [tenant("test"), None])
def test_a_tenant_and_what_it_takes_do_not_go_in_one_merge(place: Place, after: str | None) -> None:
    """Its colour would be unknown until the edge gives the next one: wrong answers, and refusals between environments."""
    merge(place, {})
    tip = place.log()
    code, said = merge(
        place,
        {ACME: after, LOGIN: None, "environments/lanes/mixed.yaml": None},
        "--allow-deletes",
        "test/login",
    )
    assert code == 4 and "acme" in said and "test/login" in said and "--allow-deletes lanes" in said
    assert place.log() == tip
    assert merge(place, {}, "--allow-deletes", "test/login", "--allow-deletes", "lanes")[0] == 0
    assert "b1" not in git(place.remote, "grep", "-h", "newTag", "deploy")


def test_a_tenant_and_what_it_takes_go_in_two_merges(place: Place) -> None:
    merge(place, {})
    assert merge(place, {ACME: tenant("test")})[0] == 0
    assert (
        merge(
            place,
            {LOGIN: None, "environments/lanes/mixed.yaml": None},
            "--allow-deletes",
            "test/login",
        )[0]
        == 0
    )


def test_a_kept_lane_goes_when_what_it_goes_through_goes(place: Place, clock: list[int]) -> None:
    merge(place, {ACME: INLINE, "environments/lanes/mixed.yaml": None})
    lane = inline(place)
    merge(place, {ACME: tenant("test")})
    assert merge(place, {LOGIN: None}, "--allow-deletes", "test/login")[0] == 0
    assert lane not in colours(place)


def test_a_service_that_leaves_a_unit_is_drained_first(place: Place) -> None:
    """The unit's workloads change before the routes do."""
    both, drain, one = (
        "runs:\n  api: {tag: b1}\n" + more
        for more in ("  web: {tag: b1}\n", "  web: {tag: b1, draining: true}\n", "")
    )
    merge(place, {LOGIN: both})
    code, said = merge(place, {LOGIN: one})
    assert (
        code == 4
        and "web leaves test/login" in said
        and "draining: true" in said
        and "--allow-deletes test/login" in said
    )
    assert merge(place, {LOGIN: drain})[0] == 0
    assert "overlays/test/login/web/kustomization.yaml" in place.files()
    assert merge(place, {LOGIN: one})[0] == 0
    assert "overlays/test/login/web/kustomization.yaml" not in place.files()


def test_an_environment_closes_once_its_pods_are_in(place: Place) -> None:
    """The namespace changes before its pods do."""
    path = "environments/test/environment.yaml"
    runs = "runs:\n  web: {tag: v1}\n  api: {tag: v1, adopted: {selector: {app: api}MORE}}\n"
    whole = "hosts: [test.example.com]\nadopting: true\n" + runs
    assert merge(place, {path: whole.replace("MORE", ", untouched: true")})[0] == 0
    closed = {path: whole.replace("MORE", "").replace("adopting: true\n", "")}
    code, said = merge(place, closed)
    assert code == 4 and "pods of api have no proxy yet" in said
    assert merge(place, {path: whole.replace("MORE", "")})[0] == 0
    assert merge(place, closed)[0] == 0


def test_what_was_adopted_stays_so(place: Place) -> None:
    """Its workload cannot be known by other labels."""
    path = "environments/test/environment.yaml"
    text = "hosts: [test.example.com]\nruns:\n  web: {tag: v1}\n  api: {tag: v1, adopted: {selector: {app: api}}}\n"
    assert merge(place, {path: text})[0] == 0
    plain = {path: text.replace(", adopted: {selector: {app: api}}", "")}
    code, said = merge(place, plain)
    assert code == 4 and "leave `adopted` as it was" in said
    assert merge(place, {}, "--allow-deletes", "test/baseline")[0] == 0


BOTH, ONE = "runs:\n  api: {tag: b1}\n  web: {tag: b1}\n", "runs:\n  api: {tag: b1}\n"
SLEEPS = "asleep: true\n"


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (SLEEPS + BOTH, SLEEPS + ONE),  # no route led there
        (SLEEPS + BOTH, ONE),  # it wakes without it
        (BOTH, SLEEPS + ONE),  # what goes to sleep changes after the routes
    ],
)
def test_a_service_leaves_a_unit_that_sleeps_at_once(place: Place, before: str, now: str) -> None:
    assert merge(place, {LOGIN: before})[0] == 0
    assert merge(place, {LOGIN: now})[0] == 0


def test_one_that_has_woken_is_drained_first(place: Place) -> None:
    assert merge(place, {LOGIN: SLEEPS + BOTH})[0] == 0
    assert merge(place, {LOGIN: BOTH})[0] == 0
    code, said = merge(place, {LOGIN: ONE})
    assert code == 4 and "draining: true" in said


def test_a_service_that_is_not_drained_leaves_with_a_word(place: Place) -> None:
    merge(place, {LOGIN: "runs:\n  api: {tag: b1}\n  web: {tag: b1}\n"})
    assert (
        merge(place, {LOGIN: "runs:\n  api: {tag: b1}\n"}, "--allow-deletes", "test/login")[0] == 0
    )


def test_a_source_that_compiles_no_longer_is_no_trap(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stricter gen, and the source that was published breaks its rules."""
    merge(place, {})
    real = Workspace.compile
    monkeypatch.setattr(
        Workspace,
        "compile",
        lambda self, sources, today=None: (
            Findings([], sources)
            if b"b1" in sources.files.get(LOGIN, b"")
            else real(self, sources, today)
        ),
    )
    code, said = merge(
        place, {ACME: tenant("test"), LOGIN: None, "environments/lanes/mixed.yaml": None}
    )
    assert (
        code == 4 and "does not compile with this gen" in said and "--allow-deletes lanes" in said
    )
    assert merge(place, {}, "--allow-deletes", "lanes")[0] == 0


def test_trailers_are_read_as_they_are_written_and_others_are_overlooked() -> None:
    kept = KeptLane(
        Lane(
            "inline-1", (Unit("test", "login"), Unit("perf")), {"api": Unit("perf")}, True, "kept"
        ),
        12,
    )
    assert read(f"subject\n\n{kept}\nGen-Source: {'0' * 40}\n") == (kept,)
    for text in (
        '{"through":["test"]}',
        '{"through":["../x"],"pin":{}}',
        '{"through":7,"pin":{}}',
        '{"through":["test"],"pin":[1]}',
        "{",
        "[]",
        '{"through":[["test"]],"pin":{}}',
        "{" * 100_000 + "}",
    ):
        assert read(f"Gen-Keeps: 1 inline-1 {text}\n") == (), text
    assert not read(str(replace(kept, since=999_999_999_999))), "no calendar has that day"
    assert read('Gen-Keeps: 1 ../x {"through":["test"],"pin":{},"strict":false}\n') == ()


def test_a_lane_that_nobody_takes_any_longer_is_known_for_a_while_even_if_it_is_deleted_next(
    place: Place, clock: list[int]
) -> None:
    assert (
        merge(place, {ACME: tenant("mixed")})[0] == 0
        and merge(place, {ACME: tenant("test")})[0] == 0
    )
    clock[0] += 2
    assert merge(place, {"environments/lanes/mixed.yaml": None})[0] == 0 and "mixed" in colours(
        place
    )
    clock[0] += keeps.SECONDS
    assert merge(place, {ACME: tenant("perf")})[0] == 0 and "mixed" not in colours(place)


def test_words_of_sticky_tenants_and_values_are_no_lanes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each publish would compile what was published before, and be refused where that no longer compiles."""
    sticky = "match: [{header: {x-tenant: 'take(\"x\", [['}}]\nlane: [{lane: test, weight: 1}, {lane: perf, weight: 1}]\nsticky: {cookie: session}\n"
    assert merge(place, {ACME: sticky})[0] == 0
    compiled, original = list[int](), Workspace.compile
    monkeypatch.setattr(
        Workspace,
        "compile",
        lambda self, *words, **more: compiled.append(1) or original(self, *words, **more),
    )
    assert merge(
        place,
        {"environments/tenants/second.yaml": "match: [{header: {x-tenant: second}}]\nlane: test\n"},
    )[0] == 0 and compiled == [1]


def test_what_nobody_may_keep_is_overlooked() -> None:
    """What lanes of the configuration do already, lanes of units that are not there, names that no lane has, times to come."""
    whole = compiled()
    test, login = Unit("test"), Unit("test", "login")
    for name, through, pin in (
        ("test", (test,), {}),
        ("gone", (Unit("nowhere"),), {}),
        ("odd", (test,), {"nobody": test}),
        ("odd", (), {}),
    ):
        assert (
            whole.keeping([Lane(name, through, pin, False, "kept")]).ids() == whole.files.ids()
        ), name
    pinned, draining = (
        Lane("odd", (test,), {"api": login}, False, "kept"),
        compiled({LOGIN: "runs:\n  api: {tag: b1, draining: true}\n"}),
    )
    assert (
        whole.keeping([pinned]).ids() != whole.files.ids()
        and draining.keeping([pinned]).ids() == draining.files.ids()
    )
    assert read('Gen-Keeps: 1 //-/ {"through":["test"],"pin":{}}\n') == ()


LANE = "environments/lanes/mixed.yaml"
ALONE = "hosts: [perf.example.com]\nruns: {web: {tag: p1}, api: {tag: p1}}\n"
PERF = "environments/perf/environment.yaml"
TEST = "environments/test/environment.yaml"


def let_in(place: Place, environment: str) -> set[str]:
    """The policies of the api's pods in an environment, with whom they let in."""
    path = f"deploy:overlays/{environment}/mesh.pods/services/api.yaml"
    objects = yaml.safe_load_all(git(place.remote, "show", path))
    policies = [one["spec"] for one in objects if one["kind"] == "AuthorizationPolicy"]
    return {word for one in policies for word in re.findall("/ns/[^']*", str(one["rules"]))}


def test_who_answered_in_a_lane_is_let_in_until_all_its_routes_lead_elsewhere(
    place: Place, clock: list[int]
) -> None:
    taken = {ACME: tenant("mixed"), PERF: ALONE}
    assert merge(place, taken | {LANE: "through: [test]\n"})[0] == 0
    assert merge(place, {})[0] == 0
    own = let_in(place, "perf")
    assert merge(place, {LANE: "through: [perf]\n"})[0] == 0
    said = git(place.remote, "log", "-1", "--format=%B", "deploy")
    assert (
        f'Gen-Keeps: {clock[0]} mixed {{"through":["test"],"pin":{{}},"strict":true,"way":true}}'
        in said
    )
    more = let_in(place, "perf") - own
    assert more and all(word.startswith("/ns/shop-test/") for word in more)
    out = io.StringIO()
    assert run(["-C", str(place.clone), "verify"], Terminal(out, out)) == 0, out.getvalue()
    clock[0] += 60
    again = "runs: {api: {tag: another}}\n"
    assert merge(place, {LOGIN: again})[0] == 0 and let_in(place, "perf") - own == more
    clock[0] += keeps.SECONDS
    assert merge(place, {})[0] == 0 and let_in(place, "perf") == own


def test_a_lane_and_what_it_went_through_do_not_go_in_one_merge(place: Place) -> None:
    """Pods of what goes let nobody in any longer while routes still lead there."""
    assert merge(place, {ACME: tenant("mixed")})[0] == 0
    gone: Files = {LOGIN: None, LANE: "through: [perf]\n"}
    code, said = merge(place, gone, "--allow-deletes", "test/login")
    assert code == 4 and "requests in the lane mixed go to test/login until" in said
    assert merge(place, {}, "--allow-deletes", "test/login", "--allow-deletes", "lanes")[0] == 0


def test_what_no_request_of_a_lane_came_to_may_go_at_once(place: Place) -> None:
    """Perf falls back to test for a service that nothing there asks."""
    both = "{web: {tag: v1}, api: {tag: v1}, db: {tag: v1}}"
    test = f"hosts: [test.example.com]\nruns: {both}\n"
    there = {ACME: tenant("perf"), PERF: f"extends: test\n{ALONE}", TEST: test, LOGIN: None}
    db = service("db")
    for path in db:
        (place.clone / path).parent.mkdir(parents=True, exist_ok=True)
    assert merge(place, db | there | {LANE: None}, "--allow-deletes", "test/login")[0] == 0
    code, said = merge(place, {TEST: None, PERF: ALONE}, "--allow-deletes", "test")
    assert code == 0, said


def test_a_file_that_is_moved_and_edited_leads_a_lane_elsewhere_as_well(
    place: Place, clock: list[int]
) -> None:
    taken = {ACME: tenant("mixed"), PERF: ALONE, LANE: "through: [test]\n"}
    assert merge(place, taken)[0] == 0
    (place.clone / "environments/lanes/more").mkdir()
    moved: Files = {LANE: None, "environments/lanes/more/mixed.yaml": "through: [perf]\n"}
    assert merge(place, moved)[0] == 0
    assert f"Gen-Keeps: {clock[0]} mixed " in git(
        place.remote, "log", "-1", "--format=%B", "deploy"
    )


def test_what_changes_no_route_asks_for_nothing_that_was_published(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert merge(place, {})[0] == 0
    compiled, original = list[int](), Workspace.compile
    monkeypatch.setattr(
        Workspace,
        "compile",
        lambda self, *words, **more: compiled.append(1) or original(self, *words, **more),
    )
    assert merge(place, {LOGIN: "runs: {api: {tag: b2}}\n"})[0] == 0 and compiled == [1]


def test_what_only_comes_or_goes_asks_for_nothing_that_was_published(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever lanes stay is led as before: a city compiles for seconds, and branches go each day."""
    assert merge(place, {ACME: tenant("test"), LANE: None})[0] == 0
    compiled, original = list[int](), Workspace.compile
    monkeypatch.setattr(
        Workspace,
        "compile",
        lambda self, *words, **more: compiled.append(1) or original(self, *words, **more),
    )
    gone: Files = {LOGIN: None, "environments/test/branches/next.yaml": BOTH}
    assert merge(place, gone, "--allow-deletes", "test/login")[0] == 0 and compiled == [1]


def test_a_lane_of_the_future_is_not_kept(place: Place, clock: list[int]) -> None:
    assert (
        merge(place, {ACME: INLINE})[0] == 0
        and merge(place, {ACME: tenant("test")})[0] == 0
        and "inline-" in colours(place)
    )
    clock[0] -= keeps.SECONDS + 1
    assert merge(place, {ACME: tenant("perf")})[0] == 0 and "inline-" not in colours(place)


@pytest.mark.parametrize(
    "entry, lanes",
    [
        ('"perf"', {"perf"}),
        ('shares("10 perf 90 test/login")', {"perf", "test/login"}),
        ('shares("1 perf 0 test", "cookie", "session")', {"perf", "test"}),
        # As gen wrote them once, on a branch that was published by it.
        ('{total = 3, {"perf", 1}, {"test/login", 2}}', {"perf", "test/login"}),
        ('{total = 1, by = {"cookie", "session"}, {"perf", 1}}', {"perf"}),
    ],
)
def test_lanes_are_read_from_a_table_of_any_version(entry: str, lanes: set[str]) -> None:
    assert keeps._lanes(entry) == lanes


def test_a_way_is_no_lane_once_its_lane_is_deleted(place: Place, clock: list[int]) -> None:
    """Requests in a lane that is gone would be led where it led before the last time."""
    assert merge(place, {PERF: ALONE, LANE: "through: [test]\n"})[0] == 0
    assert merge(place, {LANE: "through: [perf]\n"})[0] == 0
    assert "Gen-Keeps" in git(place.remote, "log", "-1", "--format=%B", "deploy")
    clock[0] += 60
    assert merge(place, {LANE: None})[0] == 0 and "mixed" not in colours(place)
    out = io.StringIO()
    assert run(["-C", str(place.clone), "verify"], Terminal(out, out)) == 0, out.getvalue()
