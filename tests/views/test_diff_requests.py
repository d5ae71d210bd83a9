"""The request that shows a change: it comes to what moves, by its tenant's rule."""

from __future__ import annotations

import json

import pytest

from generator.plan.plan import Plan
from generator.views.diff import diff
from generator.views.diff_read import read_difference
from generator.views.diff_report import as_json, markdown, sections
from generator.views.diff_requests import command
from generator.views.difference import Asker, Example
from generator.views.explain import Request, explain_request
from generator.vocabulary.refusal import Refusal
from tests.conftest import compiled, service

TENANT = "environments/tenants/acme.yaml"
BRANCH = "environments/test/branches/login.yaml"
NEWER = {BRANCH: "runs:\n  api: {tag: b2}\n"}
WITH = {TENANT: "match: [{cookie: {t: 'it''s'}}, {header: {x-tenant: acme}}]\nlane: test/login\n"}


def told(
    changes: dict[str, str | None], before: dict[str, str | None] | None = None
) -> list[Asker]:
    difference = diff(compiled(before or {}), compiled(changes))
    return [*difference.tenants, *difference.environments]


def walked(plan: Plan, example: Example) -> set[str]:
    given: dict[str, dict[str, str]] = {"header": {}, "cookie": {}, "claim": {}}
    if example.rule:
        kind, name, value = example.rule
        given[kind][name] = value
    asked = Request(example.host, example.path, given["header"], given["cookie"], given["claim"])
    explanation = explain_request(plan, asked)
    assert explanation
    return {hop.service for hop in explanation.hops}


@pytest.mark.parametrize(
    "changes, before, expected",
    [
        (NEWER, {}, Example("test.example.com", "/", ("header", "x-tenant", "acme"))),
        ({**NEWER, **WITH}, WITH, Example("test.example.com", "/", ("header", "x-tenant", "acme"))),
        ({TENANT: None}, {}, Example("test.example.com", "/", ("header", "x-tenant", "acme"))),
        (
            {TENANT: "match: [{host: a.example.org}]\nlane: perf\n"},
            {},
            Example("a.example.org", "/", None),
        ),
    ],
)
def test_a_tenant_is_shown_by_its_own_rule(
    changes: dict[str, str | None], before: dict[str, str | None], expected: Example
) -> None:
    (acme,) = told(changes, before)
    assert acme.example == expected
    plan = compiled(before if TENANT in changes and changes[TENANT] is None else changes).plan
    assert walked(plan, expected) & {moved.service for moved in acme.services}


def test_an_environment_is_shown_by_its_host() -> None:
    changed = {
        "environments/perf/environment.yaml": "hosts: [p.example.com]\nextends: test\nruns: {api: {tag: p2}}\n"
    }
    (perf,) = told(changed)
    assert perf.example == Example("p.example.com", "/", None)


def test_the_way_in_leads_to_what_moves() -> None:
    more = {
        **service("other", "entry: [{prefix: /other}]\n"),
        "environments/test/environment.yaml": "hosts: [test.example.com]\nruns:\n  web: {tag: v1}\n  api: {tag: v1}\n  other: {tag: v1}\n",
    }
    (acme,) = told({**more, **NEWER}, more)
    assert acme.example and acme.example.path == "/"


def test_without_a_host_there_is_no_request() -> None:
    more: dict[str, str | None] = {
        "environments/test/environment.yaml": "runs:\n  web: {tag: v1}\n  api: {tag: v1}\n",
        "environments/perf/environment.yaml": "extends: test\nruns:\n  api: {tag: p1}\n",
    }
    assert [asker.example for asker in told({**more, **NEWER}, more)] == [None]


def test_what_is_asked_no_more_has_no_request_after_the_change() -> None:
    alone = service("web", "entry: [{prefix: /}]\n")
    askers = told(alone)
    assert askers and all(moved.after == () for asker in askers for moved in asker.services)
    assert {asker.example for asker in askers} == {None}


def test_it_is_a_command_of_one_line_whatever_its_values_are() -> None:
    example = Example("test.example.com", "/a b", ("cookie", "t", "it's $(x)"))
    assert command(example) == (
        "gen explain --host test.example.com --path '/a b' --cookie 't=it'\"'\"'s $(x)'"
    )


def test_text_markdown_and_json_have_it_and_json_is_read_again() -> None:
    difference = diff(compiled(), compiled(NEWER))
    shown = "    shown by: gen explain --host test.example.com --path / --header x-tenant=acme"
    assert (" ", shown) in next(
        part for part in sections(difference) if part.title == "Tenants"
    ).lines
    assert shown in markdown(difference)
    report = as_json(difference, "HEAD")
    request = {
        "host": "test.example.com",
        "path": "/",
        "rule": {"kind": "header", "name": "x-tenant", "value": "acme"},
    }
    assert report["tenants"][0]["request"] == request
    again = read_difference(json.dumps(report).encode())
    assert again.tenants == difference.tenants
    request["rule"] = {"kind": "x; rm", "name": "a", "value": "b"}
    report["tenants"][0]["request"] = request
    with pytest.raises(Refusal):
        read_difference(json.dumps(report).encode())
