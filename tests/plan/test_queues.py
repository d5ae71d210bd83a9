"""Messages: who handles them, what programs are told, and what follows for policies and for `gen explain`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from docs.examples.queues import Mine, headers_of
from generator.compiler.compile import Compiled
from generator.plan.units import Unit
from generator.views.diff import diff
from generator.views.explain import explain_lane
from generator.vocabulary.findings import Findings
from tests.conftest import Files, compiled, service

QUEUES: Files = (
    {
        "environments/test/environment.yaml": "hosts: [test.example.com]\nruns:\n  web: {tag: v1}\n  api: {tag: v1}\n  mail: {tag: v1}\n",
        "environments/test/branches/login.yaml": "runs:\n  api: {tag: b1}\n",
        "environments/test/branches/letters.yaml": "runs:\n  mail: {tag: b1}\n",
    }
    | service("web", "publishes: [orders]\nentry: [{prefix: /}]\n")
    | service("mail", "calls: [api]\nconsumes: [orders]\n")
)


@pytest.fixture(scope="module")
def town() -> Compiled:
    return compiled(QUEUES)


def told(town: Compiled) -> dict[str, object]:
    things = yaml.safe_load_all(town.files["overlays/test/mesh/services/mail.yaml"])
    return json.loads(
        next(thing for thing in things if thing["kind"] == "ConfigMap")["data"]["queues.json"]
    )  # type: ignore[no-any-return]


def test_each_lane_has_one_handler(town: Compiled) -> None:
    assert told(town) == {"lanes": {"test/letters": "test/letters"}, "otherwise": "test"}


def test_a_tenants_new_lane_restarts_nobody(town: Compiled) -> None:
    lane = "match: [{header: {x-tenant: zeta}}]\nlane: {through: [test/login], pin: {mail: test/letters}}\n"
    after = compiled(QUEUES | {"environments/tenants/zeta.yaml": lane})
    assert "test/letters" in told(after)["lanes"].values() and len(told(after)["lanes"]) == 2  # type: ignore[attr-defined, arg-type]
    changed = {
        path
        for path in after.files
        if after.files[path] != town.files.get(path) and not path.startswith(".gen/")
    }
    assert {path.split("/")[2] for path in changed if path.startswith("overlays/test/")} == {"mesh"}


def test_a_writer_that_drops_the_colour_gives_its_own_and_its_message_is_followed() -> None:
    """Web of the branch writes with the branch's colour, whatever it was asked with."""
    drops = "publishes: [orders]\nentry: [{prefix: /}]\nforwardsColour: false\n"
    branch = {"environments/test/branches/both.yaml": "runs:\n  api: {tag: b}\n  web: {tag: b}\n"}
    town = compiled(QUEUES | service("web", drops) | branch)
    assert ("mail", Unit("test")) in town.plan.callers["api", Unit("test", "both")]


def test_what_is_called_for_a_message_is_allowed(town: Compiled) -> None:
    """Nothing but the message leads from the lane of test/login to mail, and from there to the branch's api."""
    assert ("mail", Unit("test")) in town.plan.callers["api", Unit("test", "login")]
    assert ("mail", Unit("test", "letters")) not in town.plan.callers["api", Unit("test", "login")]


@pytest.mark.parametrize("isolation, codes", [("shared", []), ("strict", ["GEN301"])])
def test_a_message_that_nobody_handles_is_told(isolation: str, codes: list[str]) -> None:
    """Staging publishes, and its own mail handles what comes in a lane that has none; but not for a strict lane."""
    staging = {
        "environments/staging/environment.yaml": "runs:\n  web: {tag: s1}\n  api: {tag: s1}\n  mail: {tag: s1}\n",
        "environments/dev/environment.yaml": "runs:\n  api: {tag: d1}\n",
    }
    lane = {
        "environments/lanes/far.yaml": f"through: [dev]\npin: {{web: staging}}\nisolation: {isolation}\n"
    }
    files = (
        QUEUES
        | staging
        | lane
        | service("web", "calls: [api]\npublishes: [orders]\nentry: [{prefix: /}]\n")
    )
    files["environments/services/mail.yaml"] = str(
        files["environments/services/mail.yaml"]
    ).replace("calls: [api]\n", "")
    if not codes:
        assert compiled(files).plan.handling["staging", "mail"].of("far") == Unit("staging")
        return
    with pytest.raises(Findings) as refused:
        compiled(files)
    assert [
        (finding.code, [words for _, words in finding.related]) for finding in refused.value.found
    ] == [("GEN301", ["web publishes what is read by mail"])]


def test_explain_follows_messages(town: Compiled) -> None:
    hops = [
        (hop.service, str(hop.target), hop.queue)
        for hop in explain_lane(town.plan, "test/login").hops
    ]
    assert hops == [("web", "test", None), ("mail", "test", "orders"), ("api", "test/login", None)]


def test_diff_sees_a_consumer_that_comes(town: Compiled) -> None:
    acme: Files = {
        "environments/tenants/acme.yaml": "match: [{header: {x-tenant: acme}}]\nlane: test/letters\n"
    }
    before = compiled(
        QUEUES | acme | {"environments/test/branches/letters.yaml": "runs:\n  web: {tag: b1}\n"}
    )
    (asker,) = diff(before, compiled(QUEUES | acme)).tenants
    moved = {
        service.service: [(answer.unit, answer.version) for answer in service.after]
        for service in asker.services
    }
    assert moved == {"mail": [("test/letters", "b1")], "web": [("test", "v1")]}


def test_a_program_handles_what_the_table_says_while_it_changes(tmp_path: Path) -> None:
    environ = {
        "GEN_UNIT": "test/letters",
        "GEN_GROUP": "mail_test_letters",
        "GEN_QUEUES": str(tmp_path / "queues.json"),
    }
    mine = Mine(environ)
    assert not mine({"x-lane": "test/letters"})  # no table yet
    (tmp_path / "queues.json").write_text(
        '{"lanes": {"test/letters": "test/letters"}, "otherwise": "test"}'
    )
    assert mine({"x-lane": "test/letters"}) and not mine({"x-lane": "nobody"}) and not mine({})
    (tmp_path / "new").write_text(
        '{"lanes": {"nobody": "test/letters", "strict": null}, "otherwise": "test"}'
    )
    (tmp_path / "new").rename(tmp_path / "queues.json")
    assert mine({"x-lane": "nobody"}) and not mine({"x-lane": "strict"})
    assert headers_of({}, environ) == {"x-lane": "test/letters"} and headers_of(
        {"x-lane": "a", "baggage": "b"}, environ
    ) == {"x-lane": "a", "baggage": "b"}
