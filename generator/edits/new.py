"""New things, with comments that explain what can go there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar, get_args

from generator.edits.edit import STRICT, Change, Seen
from generator.targets.yaml_text import scalar
from generator.views import scaffold
from generator.vocabulary import names
from generator.vocabulary.layout import path_of
from generator.vocabulary.refusal import Refusal

Kind = Literal["service", "environment", "branch", "lane", "tenant", "external"]
T = TypeVar("T")
Protocol = Literal["http", "http2", "grpc", "tcp", "rpc", "tls"]
_PORT = re.compile(r"(?:(?P<name>[a-z0-9-]+):)?(?P<number>[0-9]{1,5})(?:/(?P<protocol>[a-z0-9]+))?")


@dataclass(frozen=True, slots=True)
class New:
    """One thing of a kind; what concerns other kinds is left alone. `runs`: service → version."""

    verb: ClassVar[str] = "new"
    __pydantic_config__: ClassVar = STRICT

    kind: Kind
    name: str
    owner: str | None = None
    image: str | None = None
    ports: tuple[str, ...] = ()
    protocol: Protocol | None = None
    host: str | None = None
    extends: str | None = None
    calls: tuple[str, ...] = ()
    entry: tuple[str, ...] = ()
    runs: dict[str, str] | None = None
    through: tuple[str, ...] = ()
    lane: str | None = None
    header: str = "x-tenant"

    @property
    def subject(self) -> str:
        return f"new {self.kind} {self.name}"

    @property
    def topic(self) -> str:
        return self.subject

    def change(self, seen: Seen) -> Change:
        self._named()
        path = path_of(self.kind, self.name)
        head = scaffold.modeline(self.kind, path)
        if self.owner:
            head += f"owner: {scalar(self.owner)}\n"
        body, more = self._body()
        files = {at: text.encode() for at, text in {path: head + body, **more}.items()}
        for at, raw in files.items():
            if seen.sources.files.get(at, raw) != raw or at in seen.sources.refused:
                raise Refusal(f"{at} is there already", "edit it, or choose another name")
        return Change(files)

    def _named(self) -> None:
        pattern = {
            "service": names.SERVICE_LABEL,
            "branch": rf"{names.DNS_LABEL}/{names.DNS_LABEL}",
        }.get(self.kind, names.DNS_LABEL)
        if not names.matches(pattern, self.name):
            form = "; a branch is ENVIRONMENT/BRANCH" if self.kind == "branch" else ""
            raise Refusal(
                f"`{self.name[:100]}` cannot name a {self.kind}",
                f"use a-z, 0-9 and '-'{form}",
                exit_code=2,
            )

    def _body(self) -> tuple[str, dict[str, str]]:
        """The text of its file, and the files that come with it."""
        if self.kind == "service":
            image = self._needed(self.image, "image")
            ports = list(self._ports(8080, "http", "tls"))
            entry = [_entry(text) for text in self.entry]
            base = scaffold.base(self.name, image, ports)
            return scaffold.service(self.name, image, ports, self.calls, entry), base
        if self.kind == "environment":
            host = self.host or f"{self.name}.example.com"
            return scaffold.environment(host, self.extends), {}
        if self.kind == "branch":
            runs = {}
            for service, wanted in self._needed(self.runs, "run").items():
                words = scaffold.said(wanted).items()
                runs[service] = ", ".join(f"{key}: {scalar(value)}" for key, value in words)
            return scaffold.branch(None, None, runs), {}
        if self.kind == "external":
            host = self._needed(self.host, "host")
            return scaffold.external(host, list(self._ports(443, "tls", "rpc"))), {}
        if self.kind == "lane":
            return scaffold.lane(list(self._needed(self.through, "through"))), {}
        return scaffold.tenant(self.header, self.name, self._needed(self.lane, "lane")), {}

    def _ports(self, number: int, protocol: Protocol, never: Protocol) -> Iterator[scaffold.Port]:
        """The ports as they are written: NUMBER, with NAME: before it and /PROTOCOL behind it."""
        taken = set[str]()
        for text in self.ports or (str(number),):
            said = _PORT.fullmatch(text)
            if said is None or not 0 < int(said["number"]) < 65536:
                message = f"`{text[:60]}` is not a port"
                raise Refusal(message, "write [NAME:]NUMBER[/PROTOCOL]", exit_code=2)
            speaks = said["protocol"] or self.protocol or protocol
            if speaks == never or speaks not in get_args(Protocol):
                message = f"a {self.kind} does not speak {speaks}"
                raise Refusal(message, "see `gen new --help`", exit_code=2)
            name = said["name"] or (speaks if speaks not in taken else f"{speaks}-{said['number']}")
            taken.add(name)
            yield scaffold.Port(name, int(said["number"]), speaks)

    def _needed(self, value: T | None, flag: str) -> T:
        if not value:
            raise Refusal(f"a {self.kind} needs --{flag}", "see `gen new --help`", exit_code=2)
        return value


def _entry(text: str) -> dict[str, str]:
    """`/path` and all below it, or `=/path` alone."""
    exact = text.startswith("=")
    return {"exact" if exact else "prefix": text.removeprefix("=")}
