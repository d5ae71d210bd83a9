"""Odd but valid HTTP: hosts, cookies, claims of every JSON type, repeated and empty headers, forged
colours, and baggage as the libraries of four languages write it."""

from __future__ import annotations

import random
from typing import Any

from tests.edge.oracle import Asked
from tests.edge.propagators import ODD, libraries
from tests.edge.world import LINKS, NO_LINKS, NUMBERS, TEXTS
from tests.mesh import tokens

HOSTS = (
    "test.example.com", "open.example.com", "open.example.org", "perf.example.com",
    "login.preview.example.com", "green.preview.example.com", "acme.example.com",
    "values.example.com", "nobody.example.com", "example.com",
)  # fmt: skip
PORTS = ("", "", "", "", ":80", ":", ":8080", ":x", ":0", ":65536")
PATHS = (
    "/",
    "/api",
    "/apix",
    "/api/v1?x=/",
    "/we",
    "/w",
    "/?x-lane=perf",
    "/a%70i",
    "/API",
    "/x/../api",
    "/./api",
    "/api/..",
    "/api%2F",
    "//api",
    "/x/..%2fapi",
)
LANES = ("test/login", "perf", "mixed", "nobody", "test", "", "a,b", "test/login,perf", "PERF")
ORGS: tuple[Any, ...] = (
    *TEXTS, *NUMBERS, *map(int, NUMBERS), *map(float, NUMBERS), True, False, None, 1.5, 1000.0, 1e3,
    0.1, -0.0, 1e22, 2**53, 2**53 + 1, 2**63, 2**64 - 1, 10**30, ["acme"], [], {}, {"a": "acme"},
    [7], "", " ", "Acme", "007", "7.0", "é", "acme\n",
)  # fmt: skip
USERS: tuple[Any, ...] = (*range(20), *(f"user-{index}" for index in range(20)), 123456789012345,
                          123456789012346, 2**53, 2**53 + 1, True, "", "é")  # fmt: skip
COOKIES = (
    "shop-lane=acme", 'shop-lane="acme"', "shop-lane = acme", "shop-lane=", "shop-lane",
    "shop-lane=acme2", "Shop-Lane=acme", "xshop-lane=acme", "a=shop-lane=acme", "a=b,shop-lane=acme",
    "trial=test/x", 'trial="test/x"', 'trial="test/x', "trial=a=b", "trial=%41", "trial=A",
    "trial=1", 'trial=""', "trial=other", "T=s", "t=s", "session=u1", "session=u2", 'session="u1"',
    "session=", "a b=c", "=", "", " ", "a", "=v",
)  # fmt: skip
TENANTS = ("acme", "a,b", "acme,acme", 'a"b', "a b", "", " acme ", "ACME", "acme2", "b", "a")


class Draw:
    """Requests by a seed; tokens and baggage are made before, since signing takes long."""

    def __init__(self, seed: int, sizes: int = 400) -> None:
        self.dice = random.Random(seed)
        self.claims = [self._claims() for _ in range(sizes)]
        self.baggage = [*ODD, *_written(self.dice)]

    def request(self) -> Asked:
        dice = self.dice
        http2 = dice.random() < 0.2
        headers: list[tuple[str, str]] = []
        claims = dice.choice(self.claims) if dice.random() < 0.5 else None
        if claims is not None:
            word = dice.choice(("Bearer", "Bearer", "Bearer", "Bearer", "bearer"))
            headers.append(("authorization", f"{word} {tokens.token(claims)}"))
            claims = claims if word == "Bearer" else None
        for name, values, most in (
            ("x-tenant", TENANTS, 3),
            ("x-lane", LANES, 3),
            ("x-sticky", ("claim", "header", "cookie", "x"), 1),
            ("x-user", ("u1", "u2", "u3", "", "é"), 2),
            ("x-shared", ("s", "t"), 1),
            ("x_under", ("v", "w"), 1),
            ("x-under", ("v",), 1),
            ("x_lane", LANES, 1),
        ):
            if dice.random() < 0.3:
                count = dice.choice((1, 1, 1, 1, most))
                headers += [(self._cased(name, http2), dice.choice(values)) for _ in range(count)]
        if dice.random() < 0.4:
            headers += [("cookie", self._cookies()) for _ in range(dice.choice((1, 1, 1, 2)))]
        if dice.random() < 0.3:
            headers += [
                ("baggage", dice.choice(self.baggage)) for _ in range(dice.choice((1, 1, 2)))
            ]
        dice.shuffle(headers)
        headers = [(name, self._padded(value, http2)) for name, value in headers]
        return Asked(self._host(), dice.choice(PATHS), headers, claims, http2)

    def _host(self) -> str:
        dice = self.dice
        host = dice.choice(HOSTS)
        if dice.random() < 0.2:
            host = "".join(dice.choice((letter, letter.upper())) for letter in host)
        return host + dice.choice(("", "", "", "", "", "", ".")) + dice.choice(PORTS)

    def _cookies(self) -> str:
        parts = [self.dice.choice(COOKIES) for _ in range(self.dice.randint(1, 4))]
        if self.dice.random() < 0.3:
            parts[-1] = f"__Host-gen-link={self.dice.choice((*LINKS, *NO_LINKS))}"
        return self.dice.choice(("; ", ";", " ; ")).join(parts)

    def _cased(self, name: str, http2: bool) -> str:
        return name if http2 else self.dice.choice((name, name, name.title(), name.upper()))

    def _padded(self, value: str, http2: bool) -> str:
        blanks = ("", "", "", " ", "\t") if not http2 else ("",)
        value = value.strip(" \t") if http2 else value
        return self.dice.choice(blanks) + value + self.dice.choice(blanks)

    def _claims(self) -> dict[str, Any]:
        dice, found = self.dice, dict[str, Any]()
        if dice.random() < 0.6:
            found["org"] = dice.choice(ORGS)
        if dice.random() < 0.3:
            found["tenant"] = dice.choice(("acme", "Acme", ["acme"], True, 1, ""))
        if dice.random() < 0.2:
            found["https://example.com/plan"] = dice.choice(("gold", "GOLD", None, ["gold"]))
        if dice.random() < 0.4:
            found["user"] = dice.choice(USERS)
        return found


def _written(dice: random.Random) -> list[str]:
    """Baggage that the four libraries have written."""
    odd = [text for text in ODD if text.isascii()]
    found = []
    with libraries() as there:
        for library in there:
            for _ in range(100):
                parts = (dice.choice(odd) for _ in range(dice.randint(1, 4)))
                found.append(library.forward(",".join(parts)))
    return sorted(set(found))
