"""What is taken for a tenant without the models is one to the models too, and says the same."""

from __future__ import annotations

import random

import pytest

from generator.compiler.brief import brief
from generator.vocabulary.model import Tenant

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
