"""`python -m tests.edge.links --count 10000`: forged, altered and expired links at the compiled edge, on
real Envoys. None may be accepted, as a link or as a cookie; genuine ones between them must be.

`gen explain` is asked the same. `--cost` measures what links cost a request.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import utils
from cryptography.hazmat.primitives.hashes import SHA1, SHA384, SHA512

from generator.compiler.compile import Compiled
from generator.plan import links
from generator.plan.links import Link, Statement
from generator.views.explain import Request, explain_request
from generator.vocabulary.refusal import Refusal
from tests import linked
from tests.conftest import compiled
from tests.edge.cost import config, free_port, started
from tests.envoy import table
from tests.linked import HOST, NEW, OLD, PERF, STRANGER, made, name, numbers, said, signed
from tests.mesh import tools

ENVOYS = ("1.38.3", "1.39.3", "1.40.0")
HOUR, SHOWN, EVERY = 3600, 8, 10  # a genuine link for so many forged ones
SCOPE = links.scope(linked.PLATFORM)
LANES = {HOST: ("test", "test/login", "mixed"), PERF: ("perf",)}
ELSEWHERE = {HOST: "perf", PERF: "test/login"}
DEFAULT = {HOST: "test", PERF: "perf"}
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF:/.-_%~+=!$'()*,?@"


def world() -> Compiled:
    text = linked.platform("{test: [test, mixed], perf: [perf]}")
    return compiled({"environments/platform.yaml": text})


@dataclass(frozen=True)
class Sent:
    """What is sent: where, the text that is no link there, and which fault it has."""

    host: str
    token: str
    fault: str


class Draw:
    """Links with one fault each, from a seed."""

    def __init__(self, seed: int) -> None:
        self.dice, self.now = random.Random(seed), int(time.time())
        self.kinds: list[Callable[[], Iterator[Sent]]] = [
            self.letters,
            self.letters,
            self.fields,
            self.strangers,
            self.times,
            self.places,
            self.forms,
            self.numbers,
            self.digests,
            self.rubbish,
        ]

    def genuine(self) -> tuple[Statement, str]:
        key, host = self.dice.choice((NEW, OLD)), self.dice.choice((HOST, PERF))
        more = {"path": self.dice.choice(("/", "/cart", "/a/b-c_d.e", "/%20x"))}
        more |= {"host": host, "lane": self.dice.choice(LANES[host])}
        statement = said(self.soon(), key=name(key), **more)
        return statement, made(statement, key)

    def soon(self) -> int:
        return self.now + self.dice.randrange(600, 8 * HOUR)

    def forged(self) -> Iterator[Sent]:
        while True:
            yield from self.dice.choice(self.kinds)()

    def letters(self) -> Iterator[Sent]:
        """A letter of a genuine link is another, goes, comes, comes twice, or changes places."""
        statement, token = self.genuine()
        at, letter = self.dice.randrange(len(token)), self.dice.choice(LETTERS)
        there = self.dice.randrange(len(token))
        swapped = list(token)
        swapped[at], swapped[there] = swapped[there], swapped[at]
        flipped = chr(ord(token[at]) ^ 1 << self.dice.randrange(6))
        flipped = flipped if flipped.isprintable() and flipped not in ' "#&;\\' else "!"
        changed = self.dice.choice(
            [
                token[:at] + letter + token[at + 1 :],
                token[:at] + flipped + token[at + 1 :],
                token[:at] + token[at + 1 :],
                token[:at] + letter + token[at:],
                token[:at] + token[at] + token[at:],
                token[:at],
                token[at:],
                "".join(swapped),
                token[:at] + token[at].swapcase() + token[at + 1 :],
                token[:at]
                + quote(token[at], safe="").replace(token[at], f"%{ord(token[at]):02x}")
                + token[at + 1 :],
            ]
        )
        if changed != token:
            yield Sent(statement.host, changed, "a letter")

    def beside(self, statement: Statement, token: str) -> Iterator[Sent]:
        """Other links with what the edge has just believed in them."""
        link, host = linked.parsed(token), statement.host
        yield Sent(host, str(Link(statement, link.s % 2**255, link.r // 2)), "behind a genuine one")
        yield Sent(host, str(Link(statement, link.r, link.s - 1)), "behind a genuine one")
        longer = statement._replace(ends=statement.ends + 1)
        yield Sent(host, str(Link(longer, link.r, link.s)), "behind a genuine one")

    def fields(self) -> Iterator[Sent]:
        """Parts of one link in another."""
        (one, first), (two, second) = self.genuine(), self.genuine()
        if one == two:
            return
        yield Sent(two.host, f"{two}:{first.rpartition(':')[2]}", "another's signature")
        for field in Statement._fields:
            mixed = one._replace(**{field: getattr(two, field)})
            if mixed != one:
                yield Sent(mixed.host, f"{mixed}:{first.rpartition(':')[2]}", f"another's {field}")
        yield Sent(one.host, f"{first}:{second}", "two links")

    def strangers(self) -> Iterator[Sent]:
        statement, _ = self.genuine()
        for key in (STRANGER, OLD if statement.key == name(NEW) else NEW):
            yield Sent(statement.host, made(statement, key), "another key")
        yield Sent(
            statement.host, made(statement._replace(key=name(STRANGER)), STRANGER), "unknown key"
        )

    def times(self) -> Iterator[Sent]:
        """Truly signed, and over; or for longer than is allowed."""
        statement, _ = self.genuine()
        key = NEW if statement.key == name(NEW) else OLD
        for ends in (
            self.now - self.dice.randrange(0, 9 * HOUR),
            1,
            self.now + 8 * HOUR + links.SLACK + self.dice.randrange(600, 9 * HOUR),
            99_999_999_999,
        ):
            yield Sent(statement.host, made(statement._replace(ends=ends), key), "time")

    def places(self) -> Iterator[Sent]:
        """Truly signed for another host, another lane, another platform, or out of the host."""
        statement, token = self.genuine()
        key, host = (NEW if statement.key == name(NEW) else OLD), statement.host
        yield Sent(PERF if host == HOST else HOST, token, "another host")
        for lane in (ELSEWHERE[host], "test/gone", "-", "test/login/"):
            yield Sent(host, made(statement._replace(lane=lane), key), "another lane")
        yield Sent(host, made(statement, key, "shopping"), "another platform")
        for path in ("//evil.example.com/", "/%5c", "https://evil.example.com", "evil", ""):
            if path != "/%5c":
                yield Sent(host, made(statement._replace(path=path), key), "out of the host")
        for beyond in (f"{host}.", host.upper(), f"{host}:80", f"x.{host}"):
            yield Sent(host, made(statement._replace(host=beyond), key), "another host")

    def forms(self) -> Iterator[Sent]:
        """The same numbers, written in another way."""
        statement, token = self.genuine()
        link, host = linked.parsed(token), statement.host
        raw = link.r.to_bytes(32) + link.s.to_bytes(32)
        der = utils.encode_dss_signature(link.r, link.s)
        for text in (
            token.upper(),
            f"{statement}:{raw.hex().upper()}",
            f"{statement}:{der.hex()}",
            f"{statement}:{base64.b64encode(der).decode()}",
            f"{statement}:{base64.urlsafe_b64encode(raw).decode()}",
            f"{statement}:0x{raw.hex()}",
            f"{statement}:00{raw.hex()}",
            f"{statement}:{link.r:064x}{link.s:x}",
            f"{statement}:{link.r:064x}0{link.s:064x}",
            f"{statement}::{raw.hex()}",
            f"{statement}:",
            f"{statement}",
            f"{statement}:{raw.hex()}:",
            f"{statement}.{raw.hex()}",
            quote(token, safe=""),
            str(statement._replace(ends=0)).replace(":0:", f":0{statement.ends}:") + token[-129:],
            str(statement).replace(":", ":+", 1) + token[-129:],
        ):
            if text != token:
                yield Sent(host, text, "another form")

    def numbers(self) -> Iterator[Sent]:
        """Numbers that a careless verifier takes."""
        statement, token = self.genuine()
        link, order = linked.parsed(token), links.ORDER
        for r, s in (
            (link.r, order - link.s),
            (0, 0),
            (0, link.s),
            (link.r, 0),
            (1, 1),
            (order, link.s),
            (link.s, link.r),
            (order, order),
            ((link.r + order) % 2**256, link.s),
            (2**256 - 1, 2**256 - 1),
            (self.dice.randrange(2**256), self.dice.randrange(2**255)),
        ):
            yield Sent(statement.host, str(Link(statement, r, s)), "numbers")

    def digests(self) -> Iterator[Sent]:
        """Signed by the right key, by another digest, or of other words."""
        statement, _ = self.genuine()
        key, host = (NEW if statement.key == name(NEW) else OLD), statement.host
        for digest in (SHA1(), SHA384(), SHA512()):
            yield Sent(host, signed(str(statement), SCOPE, key, digest), "another digest")
        for head in ("", "gen link 1 \n", f"{SCOPE}\n", SCOPE.strip(), "gen link 2 shop\n"):
            yield Sent(host, signed(str(statement), head, key), "another scope")
        r, s = numbers(f"{SCOPE}{statement}\n".encode(), key)
        yield Sent(host, str(Link(statement, r, s)), "more words")
        unsafe = f"{statement.key}:{statement.ends}:{host}:{statement.lane}"
        for path in ("/%0d%0aset-cookie:x=y", "/x:y", "/<script>", "/@evil", "/a?b", "\\\\evil"):
            yield Sent(host, signed(f"{unsafe}:{path}", SCOPE, key), "a path that is none")

    def rubbish(self) -> Iterator[Sent]:
        """What no link looks like."""
        statement, token = self.genuine()
        length = self.dice.choice((0, 1, 7, 128, 129, 200, 1023, 1024, 1025, 3000))
        text = "".join(self.dice.choice(LETTERS) for _ in range(length))
        header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
        for told in (text, f"{header}.{statement}.", ":" * length, token * 4, "null", "true"):
            yield Sent(statement.host, told, "rubbish")


class Edge:
    """One Envoy with the compiled table, and what it was asked."""

    def __init__(self, done: Compiled, port: int) -> None:
        self.plan, self.port = done.plan, port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.wrong: list[str] = []
        self.faults: Counter[str] = Counter()
        self.accepted = self.genuine = 0

    def ask(self, host: str, path: str, cookie: str = "") -> http.client.HTTPResponse:
        headers = {"host": host, "x-lane": "perf"} | ({"cookie": cookie} if cookie else {})
        self.connection.request("GET", path, headers=headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer

    def forged(self, sent: Sent) -> None:
        """As a link, and as a cookie: nothing of it may count."""
        self.faults[sent.fault] += 1
        answer = self.ask(sent.host, f"{links.VISIT}?{sent.token}")
        self.explained(sent.host, f"{links.VISIT}?{sent.token}", "", answer)
        if answer.status not in (403, 410) or answer.headers["set-cookie"]:
            self.accept(sent, f"as a link: {answer.status} {answer.headers}")
        cookie = sent.token
        answer = self.ask(sent.host, "/", f"a=b; {links.COOKIE}={cookie}")
        self.explained(sent.host, "/", cookie, answer)
        given = answer.headers["x-given"]
        if answer.status == 200 and given != DEFAULT[sent.host]:
            self.accept(sent, f"as a cookie: {given}")
        if answer.status not in (200, 410):
            self.wrong.append(f"{sent}: a cookie ends in {answer.status}")

    def accept(self, sent: Sent, how: str) -> None:
        self.accepted += 1
        self.wrong.append(f"{sent} is accepted {how}")

    def holds(self, statement: Statement, token: str) -> None:
        self.genuine += 1
        path = f"{links.VISIT}?{token}"
        answer = self.ask(statement.host, path)
        self.explained(statement.host, path, "", answer)
        kept = (answer.headers["set-cookie"] or "").partition(";")[0]
        if (answer.status, answer.headers["location"]) != (303, statement.path):
            self.wrong.append(f"{token}: {answer.status}, on to {answer.headers['location']}")
        answer = self.ask(statement.host, "/", kept)
        self.explained(statement.host, "/", kept.partition("=")[2], answer)
        if answer.headers["x-given"] != statement.lane:
            self.wrong.append(f"{token}: {answer.status} in {answer.headers['x-given']}")

    def explained(
        self, host: str, path: str, cookie: str, answer: http.client.HTTPResponse
    ) -> None:
        """Whether `gen explain` says the same."""
        cookies = {links.COOKIE: cookie} if cookie else {}
        request = Request(host, path, {}, cookies, clock=int(time.time()))
        try:
            told = explain_request(self.plan, request)
            words = f"200 {told.lane if told else None}"
        except Refusal as refusal:
            words = str(refusal).rpartition(": ")[2]
        found = f"200 {answer.headers['x-given']}" if answer.status == 200 else str(answer.status)
        if found != words:
            self.wrong.append(f"{host}{path} {cookie}: {found}, and explain says {words}")


@contextmanager
def edge(
    programs: list[str], done: Compiled, version: str, header: str = linked.COLOUR
) -> Iterator[Edge]:
    """Its answers show a header as it came out of the filter."""
    port = free_port()
    content = config(programs, port)
    manager = content["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]
    told = {"header": {"key": "x-given", "value": f"%REQ({header})%"}}
    hosts = manager["typed_config"]["route_config"]["virtual_hosts"]
    hosts[0]["routes"][0]["response_headers_to_add"] = [told]
    manager["typed_config"] |= {  # as Istio's gateways are
        "normalize_path": True,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
    }
    with started(content, port, version):
        yield Edge(done, port)


def play(version: str, count: int, seed: int) -> int:
    """What was accepted, or told otherwise."""
    draw, begin = Draw(seed), time.monotonic()
    forged = draw.forged()
    done = world()
    with edge(table(done), done, version) as one:
        for number in range(count):
            one.forged(next(forged))
            if number % EVERY == 0:
                statement, token = draw.genuine()
                one.holds(statement, token)
                for sent in draw.beside(statement, token):
                    one.forged(sent)
    print(
        f"Envoy {version}: {count:,} links forged in {len(one.faults)} ways, each sent as a link and"
        f" as a cookie: {one.accepted} accepted; {one.genuine:,} genuine ones;"
        f" {len(one.wrong)} disagreements; {time.monotonic() - begin:.0f} s",
        flush=True,
    )
    for line in one.wrong[:SHOWN]:
        print(f"  {line}")
    return len(one.wrong)


AGAIN = 2000
TIMED = f"""
local once = envoy_on_request
function envoy_on_request(handle)
  local before = os.clock()
  for _ = 1, {AGAIN} do once(handle) end
  handle:headers():add("x-given", string.format("%.1f", 1e6 * (os.clock() - before) / {AGAIN}))
end
"""


def cost(version: str) -> None:
    """Microseconds of the filter for a request, without links and with them; the least of some."""
    other = "; ".join(f"k{index}=value-{index}" for index in range(10))
    ends = int(time.time()) + HOUR
    cookies = {
        "no cookie": "",
        "ten other cookies": other,
        "a genuine link": f"{links.COOKIE}={made(said(ends))}",
        "a forged one": f"{links.COOKIE}={made(said(ends), STRANGER)}",
    }
    for words, done in (("no links", compiled()), ("links", world())):
        with edge([f"{part}{TIMED}" for part in table(done)], done, version, "x-given") as one:
            for told, cookie in cookies.items():
                times = (float(one.ask(HOST, "/", cookie).headers["x-given"]) for _ in range(5))
                print(f"{words}, {told}: {min(times):.1f} µs", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.edge.links")
    parser.add_argument("--count", type=int, default=10_000, help="of each version")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--envoy", action="append", choices=tools.ENVOYS)
    parser.add_argument("--cost", action="store_true")
    options = parser.parse_args()
    versions = options.envoy or list(ENVOYS)
    if options.cost:
        cost(versions[-1])
        return 0
    return 1 if sum(play(version, options.count, options.seed) for version in versions) else 0


if __name__ == "__main__":
    sys.exit(main())
