"""Versions for a unit; a branch that is not there is made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from generator.edits.document import Document
from generator.edits.edit import STRICT, Change, Seen
from generator.edits.source import newest
from generator.edits.units import file_of, origin, put, run_of, unit_at, version_of
from generator.targets.yaml_text import scalar
from generator.views.scaffold import branch, modeline, said
from generator.vocabulary.layout import ROOT, of_kind
from generator.vocabulary.nearest import known
from generator.vocabulary.nodes import mapping


@dataclass(frozen=True, slots=True)
class Deploy:
    """`versions`: service → tag or digest, after an image where it is another one. `variables`:
    (service, name, value). `source`: the application's commit that they were built from, with its
    time, and `before` commits that came before it (`edits/source.py`)."""

    verb: ClassVar[str] = "deploy"
    __pydantic_config__: ClassVar = STRICT

    unit: str
    versions: dict[str, str]
    owner: str | None = None
    expires: dt.date | None = None
    variables: tuple[tuple[str, str, str], ...] = ()
    source: str | None = None
    before: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        words = [f"{service}={text}" for service, text in self.versions.items()]
        return f"deploy {self.unit} {' '.join(words)}"

    @property
    def topic(self) -> str:
        return f"deploy {self.unit} {' '.join(sorted(self.versions))}"

    def change(self, seen: Seen) -> Change:
        services = {name for name, _ in of_kind(seen.sources.below(ROOT), "service")}
        for service in (*self.versions, *(service for service, _, _ in self.variables)):
            known(service, services, "service")
        path, new = file_of(seen, self.unit, max(map(len, self.versions), default=0))
        notes: tuple[str, ...] = ()
        if new is not None:
            environment = self.unit.partition("/")[0]
            note = f"new branch {environment}/{new}; requests with this colour, and tenants "
            notes = (note + "whose lane it is, take it",)
        document = Document(path, seen.sources.files[path] if new is None else self._created(path))
        rests = {} if new is not None else self._rests(document)
        put(document, self.versions, self.variables, self._sources(), path)
        return Change({path: document.raw}, rests, notes, unit_at(path))

    def _sources(self) -> dict[str, str | None]:
        return dict.fromkeys(self.versions, self.source)

    def _rests(self, document: Document) -> dict[str, str]:
        """With a commit, the order of commits decides; without one, whether it is still so."""
        rests = {}
        for service in self.versions:
            run, what = run_of(document, service), f"{service} in {self.unit}"
            if self.source is None:
                rests[what] = version_of(run)
            elif isinstance(run, dict):
                newest(what, self.source, run.get("source"), self.before)
        for service, name, _ in self.variables:
            there = mapping(run_of(document, service), "env").get(name, "nothing")
            rests[f"{name} of {service} in {self.unit}"] = str(there)
        return rests

    def _created(self, path: str) -> bytes:
        runs = {}
        for service, text in self.versions.items():
            words = said(text).items()
            runs[service] = ", ".join(f"{key}: {scalar(value)}" for key, value in words)
            if self.source:
                runs[service] += f", source: {scalar(self.source)}"
        name = self.unit.partition("/")[2]
        head = "" if path.endswith(f"/{name}.yaml") else origin(name)
        expires = self.expires.isoformat() if self.expires else None
        return (modeline("branch", path) + head + branch(self.owner, expires, runs)).encode()
