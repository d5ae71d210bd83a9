"""What is taken for a tenant without the models is one to the models too, and says the same."""

from __future__ import annotations

import random

import pytest

from generator.compiler.brief import brief, plain
from generator.vocabulary.findings import outcome
from generator.vocabulary.model import Tenant
from generator.vocabulary.yaml_reader import read

NAMES = (
    "tenant",
    "x-tenant",
    "Sub",
    "a",
    "",
    "x y",
    "é",
    "session",
    "x" * 128,
    "x" * 129,
    "-a",
    "a:b/c",
    "host\n",
    1,
)
VALUES = (
    "acme",
    "",
    " a",
    "a b",
    "a;b",
    "a,b",
    '"',
    "é",
    "x" * 256,
    "x" * 257,
    "acme\n",
    1,
    True,
    None,
    ["a"],
    {"a": "b"},
)
KINDS = ("claim", "header", "cookie", "host") * 4 + ("hosts", 1)
HOSTS = ("a.example.com", "A.example.com", "a", "a.b\n", "-.b", "x" * 254)
LANES = (
    "test",
    "test/login",
    "test/login/x",
    "Test",
    "",
    "a\n",
    None,
    1,
    ["test"],
    {"through": ["test"]},
    [{"lane": "test", "weight": 1}],
)
OWNERS = ("accounts", "@org/team", "", " a", "a b", "x" * 129, None, 1)


def rule(dice: random.Random) -> object:
    kind = dice.choice(KINDS)
    said = (
        dice.choice(HOSTS[:1] * 4 + HOSTS)
        if kind == "host" and dice.random() < 0.8
        else {
            dice.choice(NAMES[:2] * 9 + NAMES): dice.choice(VALUES[:1] * 18 + VALUES)
            for _ in range(dice.choice((1, 1, 1, 0, 2)))
        }
    )
    more = {"header": {"x-b": "b"}} if dice.random() < 0.1 else {}
    return dice.choice(({kind: said, **more},) * 12 + ({}, None, "a", [kind]))


def tenant(dice: random.Random) -> dict[str, object]:
    match: object = [rule(dice) for _ in range(dice.choice((1, 1, 2, 3, 0)))]
    data = {
        "match": dice.choice((match,) * 9 + (None, {}, "a")),
        "lane": dice.choice(LANES[:2] * 5 + LANES),
    }
    if dice.random() < 0.3:
        data["owner"] = dice.choice(OWNERS)
    if dice.random() < 0.1:
        data[dice.choice(("expect", "sticky", "accept", "more"))] = {}
    if dice.random() < 0.05:
        del data[dice.choice(("match", "lane"))]
    return data


@pytest.mark.parametrize("seed", range(4))
def test_what_is_brief_is_a_tenant(seed: int) -> None:
    dice, taken = random.Random(seed), 0
    for _ in range(3000):
        data = tenant(dice)
        if (said := brief(data)) is None:
            continue
        taken += 1
        model = Tenant.model_validate(data)
        assert [rule.told for rule in said.match] == [rule.told for rule in model.match]
        assert (said.lane, said.sticky, said.expect, said.accept) == (
            model.lane,
            model.sticky,
            model.expect,
            model.accept,
        )
    assert taken > 50


def test_the_commonest_form_is_brief() -> None:
    assert brief(
        {
            "match": [{"claim": {"tenant": "acme"}}, {"host": "acme.example.com"}],
            "lane": "test/login",
            "owner": "accounts",
        }
    )


ODD = (
    *("yes", "no-x", "y", "Off", "null", "1", "0x1", ".5", "-a", "a:b", "a#b", "é", "<<", "a b"),
    *('""', '"~"', '"a: b"', '"#"', '"a', '"yes"', '"\\\\x"', "'q'", "x" * 256, "x" * 1100),
)
PLAIN = ("t7", "x-tenant", "a.b", "a/", "test/login", '"a b"')
DAMAGE = (
    "\n",
    " ",
    "{",
    "}",
    '"',
    "'",
    ":",
    "-",
    "#",
    "\t",
    "\r",
    "",
    "\\",
    "*",
    "&",
    "!",
    "---\n",
)


def written(dice: random.Random) -> str:
    """A tenant's file as most are, perhaps damaged."""

    def scalar() -> str:
        return dice.choice(ODD if dice.random() < 0.1 else PLAIN)

    lines = ["match:\n"]
    for _ in range(dice.randint(0, 3)):
        kind = dice.choice(("claim", "header", "cookie", "host", "on"))
        said = scalar() if dice.random() < 0.2 else f"{{{scalar()}: {scalar()}}}"
        lines.append(f"  - {kind}: {said}\n")
    text = "".join([*lines, f"lane: {scalar()}\n"])
    if dice.random() < 0.3:
        at = dice.randrange(len(text))
        text = text[:at] + dice.choice(DAMAGE) + text[at + dice.randint(0, 2) :]
    return text


def test_what_is_read_without_the_reader_is_what_the_reader_tells() -> None:
    dice, told = random.Random(3), 0
    for _ in range(20_000):
        raw = written(dice).encode()
        if (said := plain(raw)) is not None:
            told += 1
            assert outcome(read("x.yaml", raw)) == (said, ()), raw
    assert told > 4_000
