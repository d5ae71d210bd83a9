"""Filters of Lua on LuaJIT, the language of Envoy's filters, with requests as Envoy hands them over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from lupa.luajit21 import LuaRuntime

from generator.compiler.compile import Compiled

JWT = "envoy.filters.http.jwt_authn"


@dataclass
class Passed:
    """A request behind the filters: its headers, how often its route was chosen anew, how often a
    header was looked at, how many signatures were, what a filter answered itself, and how often one
    asked for what Envoy knows of the request beside its headers, which is dear."""

    headers: list[tuple[str, str]]
    rerouted: int
    asked: int
    verified: int = 0
    answer: tuple[int, dict[str, str], str] | None = None
    streamed: int = 0

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


@dataclass
class Filters:
    """Programs of one chain, each in a state of its own, as each worker of Envoy keeps one."""

    programs: Iterable[str]
    runtimes: list[LuaRuntime] = field(default_factory=list)

    def __post_init__(self) -> None:
        for program in self.programs:
            runtime = LuaRuntime(encoding="latin-1", unpack_returned_tuples=True)
            runtime.execute(program)
            runtime.globals().made = runtime.execute(Path(__file__).with_suffix(".lua").read_text())
            self.runtimes.append(runtime)

    def ask(
        self,
        headers: Iterable[tuple[str, str]] = (),
        claims: Mapping[str, Any] | None = None,
        address: str = "10.0.0.1:80",
    ) -> Passed:
        """Header names in lower case; claims are those of a verified token, which comes along."""
        kept: dict[str, Any] = {JWT: {"payload": dict(claims)}} if claims is not None else {}
        token = [("authorization", "Bearer token")] if claims is not None else []
        current, rerouted, asked, answer = [*headers, *token], 0, 0, None
        signatures: list[bytes] = []
        streamed = 0

        def verify(hash_: str, key: str, signature: str, words: str) -> bool:
            signatures.append(signature.encode("latin-1"))
            return is_signed(hash_, *(text.encode("latin-1") for text in (key, signature, words)))

        for runtime in self.runtimes:
            pairs = runtime.table_from([runtime.table_from(pair) for pair in current])
            known = runtime.table_from(kept, recursive=True)
            again = runtime.globals().made(pairs, known, address, verify)
            current = [(pairs[index][1], pairs[index][2]) for index in range(1, len(pairs) + 1)]
            if found := known["gen.tenants"]:
                kept["gen.tenants"] = dict(found)
            rerouted, asked = rerouted + again.count, asked + pairs["asked"]
            streamed += again.streamed
            if again.status:
                answer = again.status, dict(again.answer), again.text
                break
        return Passed(current, rerouted, asked, len(signatures), answer, streamed)


def is_signed(digest: str, key: bytes, signature: bytes, words: bytes) -> bool:
    """As BoringSSL verifies: DER and nothing else."""
    assert digest == "sha256"
    public = load_der_public_key(key)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    try:
        public.verify(signature, words, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def programs(done: Compiled, folder: str, name: str) -> list[str]:
    """The Lua of the EnvoyFilters below a folder of the output whose names begin so: that of routes
    where there is any, else that of the listener."""
    things = [
        thing
        for path, content in done.files.items()
        if path.startswith(folder)
        for thing in yaml.safe_load_all(bytes(content))
    ]
    filters = [
        thing
        for thing in things
        if thing["kind"] == "EnvoyFilter" and thing["metadata"]["name"].startswith(name)
    ]
    filters.sort(key=lambda thing: thing["spec"].get("priority", 0))
    return [[*_inline(thing)][-1] for thing in filters]


def table(done: Compiled) -> list[str]:
    """The edge's table, part by part."""
    return programs(done, "overlays/edge/tenants", "")


def _inline(value: Any) -> Iterable[str]:
    """Every `inline_string`, in the order of the document."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            if key == "inline_string":
                yield below
            yield from _inline(below)
    elif isinstance(value, list):
        for below in value:
            yield from _inline(below)
