"""docs/reference is printed from the code: findings with their test cases, commands from their help, input from the models."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import click
import pytest
import yaml

from generator.command.main import VERBS, gen
from generator.plan import links
from generator.plan.tenants import RULE_KINDS
from generator.targets.lua import lua
from generator.views.bases import page as bases_page
from generator.views.reference import Labels, Text, english, page
from generator.vocabulary import telling
from generator.vocabulary.findings import RULES
from generator.vocabulary.model import KINDS
from tests.conftest import SMALL, TOP
from tests.vocabulary.test_findings import CASES

PRINTED = "<!-- Printed from the code by tests/views/test_reference.py; edit there. -->\n"
HEAD = Text(
    "Findings",
    "A code is permanent. `gen validate --explain CODE` shows its part of this page. Each example changes a small repository, and is also the rule's test.",
)
# It says itself why it lies there. Only this test reads it: gen speaks English.
CHINESE = TOP / "tests/views/findings.zh.yaml"
Told: TypeAlias = Mapping[str, Text | Labels]


def said() -> Told:
    """All that a translation of the findings translates."""
    return {"head": HEAD, "labels": Labels(), **{code: english(code) for code in RULES}}


def digest(text: Text | Labels) -> str:
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:8]


def in_code(texts: Iterable[str]) -> Counter[str]:
    return Counter(re.findall(r"`[^`\n]+`", "\n".join(texts)))


def behind(translated: Mapping[str, Mapping[str, str]], texts: Told) -> list[str]:
    """Where the Chinese does not say what the English says, and the step that mends it."""
    steps = [f"{name}: nothing is called so any more; take it out" for name in translated if name not in texts]  # fmt: skip
    for name, text in texts.items():
        entry = dict(translated.get(name, {}))
        of, needed = entry.pop("of", None), [key for key, value in text._asdict().items() if value]
        if of != digest(text):
            steps.append(f'{name}: translate its {", ".join(needed)}, then write `of: "{digest(text)}"`')  # fmt: skip
        elif sorted(entry) != sorted(needed):
            steps.append(f"{name}: it has {', '.join(needed)}, no more and no less")
        elif in_code(text) != in_code(entry.values()):
            steps.append(f"{name}: words in backquotes stay as they are in English")
    return steps


def chinese_table() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = yaml.safe_load(CHINESE.read_text())
    return table


def findings() -> str:
    head = f"# {HEAD.title}\n\n{PRINTED}\n[中文](findings.zh.md)\n\n{HEAD.why}\n"
    return head + "".join(f"\n{page(code)}" for code in RULES)


def findings_in_chinese() -> str:
    table = chinese_table()
    steps = behind(table, said())
    assert not steps, "\n".join([f"in {CHINESE.relative_to(TOP)}:", *steps])
    texts = {name: {key: told for key, told in entry.items() if key != "of"} for name, entry in table.items()}  # fmt: skip
    top, labels = Text(**texts["head"]), Labels(**texts["labels"])
    head = f"# {top.title}\n\n{PRINTED}\n[English](findings.md)\n\n{top.why}\n"
    return head + "".join(f"\n{page(code, Text(**texts[code]), labels)}" for code in RULES)


def bases() -> str:
    return f"# What a base may hold\n\n{PRINTED}\n{bases_page()}"


def commands() -> str:
    lines = [f"# Commands\n\n{PRINTED}"]
    top = click.Context(gen, info_name="gen", terminal_width=100, **gen.context_settings)
    lines.append(f"\n## gen\n\n```\n{gen.get_help(top)}\n```\n")
    for name in VERBS:
        command = gen.get_command(top, name)
        assert command is not None
        context = click.Context(command, parent=top, info_name=name)
        lines.append(f"\n## gen {name}\n\n```\n{command.get_help(context)}\n```\n")
    return "".join(lines)


def inputs() -> str:
    lines = [
        f"# Input\n\n{PRINTED}\nOne document a file, camelCase keys, unknown keys refused. A thing's name is its file's name.\n"
    ]
    for kind, model in KINDS.items():
        schema = model.model_json_schema()
        lines.append(f"\n## {kind}\n\n{model.__doc__}\n")
        for title, part in [(None, schema), *sorted(schema.get("$defs", {}).items())]:
            if "properties" in part:
                lines.append(
                    (f"\n### {title} (in {kind})\n" if title else "")
                    + "\n| key | type | default | what |\n|---|---|---|---|\n"
                )
                lines += [
                    _row(key, value, key in part.get("required", []))
                    for key, value in part["properties"].items()
                ]
    return "".join(lines)


CLAIMS = (
    "acme", "", 7, -7, 0, 123456789012345, 9007199254740991, 9007199254740992, 2**63, 1.0, 1.5,
    True, None, ["acme"], {"name": "acme"},
)  # fmt: skip
COOKIE_VALUES = ("acme", '"acme"', '"acme', " acme ", "%61cme", "")
HOSTS = ("shop.example.com", "SHOP.example.com", "shop.example.com:8080", "shop.example.com:",
         "shop.example.com.")  # fmt: skip
PATHS = ("/api", "/api/v1", "/apis", "/%61pi", "/x/../api", "/API", "/api?x=/web")


def edge() -> str:
    limits = ", ".join(
        f"{telling.MOST / cost:,.0f} {kind}s"
        for kind, cost in telling.COSTS.items()
        if kind != "host"
    )
    return f"""# At the edge

{PRINTED}
What tells tenants, type by type. `make edge` asks real Envoys the same, and `gen explain` answers by the same rules.

## The order

A request is the tenant's of the first rule that fits. Rules are asked by their kind: {", ".join(RULE_KINDS)}; within a kind by the name of the claim, header or cookie. Values are compared as a whole, letter by letter. **Empty is absent**, whatever it is. `gen explain` names the rules of other tenants that would have fitted too, and `gen diff` the tenants that a new rule comes before.

## What may tell

`tenants.by` in platform.yaml lists the claims, headers, cookies and hosts that may tell tenants; all else is refused ([GEN321](findings.md)). Without it, what requests of all tenants carry is refused ([GEN320](findings.md)): an environment's or a branch's own host,

- the claims {_names(telling.EVERYBODYS_CLAIMS)};
- the headers {_names(telling.EVERYBODYS_HEADERS)}, and those that begin with {_names(telling.EVERYBODYS_PREFIXES)}.

Each name that any rule looks at is looked for in every request. {telling.MOST:g} µs are the most for all of them ([GEN324](findings.md)): {limits}, or a share of each. Values of one name cost nothing.

## Claims

Those of a verified token. It is looked for where Istio looks unless told otherwise, in `Authorization` and in the query; a RequestAuthentication of your own that takes tokens from other headers tells no tenants. A token counts with `Authorization: Bearer`, spelled so: behind `bearer` in lower case it is no token, and the request has no claims, even if the token is broken. A claim's name is a name, not a path: `a.b` is the member `a.b` of the token.

| in the token | compared as |
|---|---|
{_table((json.dumps(value), telling.claim_text(value)) for value in CLAIMS)}
Whole numbers from 2^53 on are not exact when a token is read, so they tell nobody; let the issuer send them as text. [GEN322](findings.md) warns of values that fit text alone. `gen explain --claim org=7` gives text, `--claim org:=7` JSON.

## Headers

Names are compared without case, values as they are, less the blanks around them. Lines of one header are joined by commas. `x_lane` and `x-lane` are two headers, and the edge removes the second alone.

These never arrive as they were sent, since Envoy sets or removes them: {_names(telling.UNSEEN)}. These say how the request is carried: {_names(telling.CARRYING)}. Neither can tell a tenant ([GEN305](findings.md)), nor carry the colour ([GEN323](findings.md)) or a callee's name ([GEN210](findings.md)); and for those two, what requests of all tenants carry is refused as well.

## Cookies

The first of a name that is not empty. Names are compared with their case.

| value | compared as |
|---|---|
{_table((value, telling.cookie_text(value) or None) for value in COOKIE_VALUES)}
## Hosts

| sent | compared as |
|---|---|
{_table((host, telling.host_text(host)) for host in HOSTS)}
Istio's gateway answers 404 to a host with a dot at its end.

## Paths

An entry's prefix is one of characters, not of folders: `/api` takes `/apis` too, `/api/` does not. What follows `?` is not compared, and letters without need of an escape have none.

| sent | compared as |
|---|---|
{_table((path, telling.path_text(path)) for path in PATHS)}
## Lanes with weights

Each request draws anew, from numbers that differ in each worker of the gateway and after each change of the table. With `sticky`, a user's text decides, read as a rule would read it; a request without it draws.

## Links

`ingress.links` in platform.yaml allows links into lanes; without it there are none, and the edge looks for none. A link (`gen link`) proves that somebody with the private key allowed this lane at this host until this time. The edge verifies it at `{links.VISIT}`, keeps its words in the cookie `{links.COOKIE}` and goes on to the link's path. It believes no cookie more than a link: each request's is verified again, by host, time, lane and signature, so that none can be made, altered, kept for longer, or carried to another host. `{links.LEAVE}` takes the cookie back.

| | |
|---|---|
| what is signed | `gen link 1`, the platform's name, and after a new line `key:expiry:host:lane:path` |
| by what | ECDSA on P-256 with SHA-256; the link names the key, and nothing names the method |
| its form | the statement, `:`, r and s in {2 * 64} hexadecimal digits, s the smaller of two; a statement has no second form |
| where | at hosts of the environment, and of its branches, that `ingress.links.lanes` says; never at those of tenants |
| how long | until its expiry, at most `longest`; the clock of whoever signs may be {links.SLACK} seconds ahead |
| the cookie | `Secure`, `HttpOnly`, `SameSite=Lax`, of one host, for as long as the link holds; so hosts need https, at the gateway or before it |

Before it comes a colour that an environment trusts, and behind it the rules of tenants. A lane that sleeps, falls back or is strict does so as for everybody. What does not hold is told in words: 403 what is not genuine or for another host, 410 what has expired or whose lane is gone. A cookie that does not hold is none, but for one whose lane is gone: it is told once, by 410, and taken back. `gen explain --host … --cookie {links.COOKIE}=…` says the same.

Whoever has a link may use it, and whoever opens one, wherever they found it, is in its lane. It lets nobody in and shows no data: it chooses versions. Who reads the gateway's log reads links that are opened, and services see the cookie, as any other. `gen report` follows none.

At hosts without links a request pays nothing for them; at the others 0.3 µs to find that it has no cookie, 2 µs with one that this worker has believed before (it keeps the last 512 to 1,024), and 70 µs with one that must be verified: a forged one each time (`python -m tests.edge.links --cost`).

## Colours and baggage

A colour from outside is removed, but for one that is not empty at a host of an environment with `trustColour: true`. An empty one is none, there and in the sidecars of a branch's own pods, which give it the branch's.

With `mesh.propagation: baggage` the colour's member stands first, percent-encoded. Of what clients bring, members whose name any library reads as the colour's are removed, and so are those that some library cannot read: it would drop all of them. {lua.MEMBERS} members, {lua.LONGEST:,} bytes of one and {lua.BYTES:,} of all are passed on.
"""


def _names(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


def _table(rows: Iterable[tuple[str, str | None]]) -> str:
    return "".join(
        f"| `{sent}` | {'nothing' if told is None else f'`{told}`'} |\n" if sent else ""
        for sent, told in rows
    )


def _row(key: str, value: dict[str, Any], required: bool) -> str:
    default = (
        "required"
        if required
        else f"`{value['default']}`"
        if value.get("default") not in (None, [], {})
        else ""
    )
    return f"| `{key}` | {_type(value)} | {default if '{' not in default else ''} | {value.get('description', '')} |\n"


def _type(value: dict[str, Any]) -> str:
    if "$ref" in value:
        return str(value["$ref"]).rpartition("/")[2]
    if "enum" in value:
        return ", ".join(f"`{item}`" for item in value["enum"])
    for group in ("anyOf", "oneOf"):
        if group in value:
            return " or ".join(
                dict.fromkeys(_type(item) for item in value[group] if item.get("type") != "null")
            )
    if value.get("type") == "array":
        return f"list of {_type(value['items'])}"
    return {
        "object": "mapping",
        "string": "text",
        "integer": "whole number",
        "boolean": "true or false",
    }.get(str(value.get("type")), "")


@pytest.mark.parametrize(
    "name, printed",
    [
        ("findings.md", findings),
        ("findings.zh.md", findings_in_chinese),
        ("commands.md", commands),
        ("input.md", inputs),
        ("bases.md", bases),
        ("edge.md", edge),
    ],
)
def test_the_reference_is_current(
    name: str, printed: Callable[[], str], request: pytest.FixtureRequest
) -> None:
    path: Path = TOP / "docs/reference" / name
    text = printed()
    if request.config.getoption("--update-goldens"):
        path.write_text(text)
    old = path.read_text() if path.exists() else ""
    assert text == old, "\n".join(
        difflib.unified_diff(old.splitlines(), text.splitlines(), "docs", "code", lineterm="")
    )


@pytest.mark.parametrize(
    "changed, step",
    [
        ({"GEN101": english("GEN101")._replace(why="Another reason.")}, "GEN101: translate its title, why, then write `of: "),
        ({"GEN001": english("GEN001")._replace(words="More words.")}, "GEN001: translate its title, why, words, then"),
        ({"GEN999": Text("a new code", "It is new.")}, "GEN999: translate its title, why, then"),
        ({"labels": Labels(passes="Good:")}, "labels: translate its error, warning, "),
    ],
)  # fmt: skip
def test_english_that_changes_alone_is_named_with_the_step_that_mends_it(
    changed: Told, step: str
) -> None:
    told = behind(chinese_table(), {**said(), **changed})
    assert [one for one in told if one.startswith(step)]


@pytest.mark.parametrize(
    "name, entry, step",
    [
        ("GEN999", {"title": "新"}, "GEN999: nothing is called so any more"),
        ("GEN001", {"words": ""}, "GEN001: it has title, why, words"),
        ("GEN303", {"why": "租户自己的测试。"}, "GEN303: words in backquotes stay"),
    ],
)
def test_chinese_that_says_something_else_is_named(
    name: str, entry: dict[str, str], step: str
) -> None:
    table = chinese_table()
    there = {**table.get(name, {}), **entry}
    table[name] = {key: told for key, told in there.items() if told}
    assert [one for one in behind(table, said()) if one.startswith(step)]


def test_each_label_stands_on_its_page() -> None:
    """Those inside of an example too, whose letters beyond ASCII are told by number."""
    pages = {findings(): Labels()._asdict(), findings_in_chinese(): chinese_table()["labels"]}
    for text, labels in pages.items():
        parts = {part for key in Labels._fields for part in re.split("CODE|PLACE", labels[key])}
        assert {part for part in parts if part not in text} == set()


def test_cases_change_the_small_repository() -> None:
    assert all(
        failing != passing and (set(failing) | set(passing)) and SMALL
        for _, _, failing, passing in CASES
    )
