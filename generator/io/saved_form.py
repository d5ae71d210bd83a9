"""The form of what is kept between runs: a header with its version, an index of parts by name and
size, and the parts, each of which is made when somebody reads it.

Texts are JSON, and values are written by their types. What there is by the ten thousand (stamps and
tenants) stands in columns, which are read in a fraction of the time of rows."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, chain, pairwise, repeat
from typing import Any

from generator.compiler.memory import STEPS
from generator.compiler.steps import Memory, Result, Settled, Step
from generator.io.folder import Folder
from generator.io.stamps import Seen
from generator.plan.tenants import Choices, Rule, Sticky, Tenant
from generator.plan.units import Lane
from generator.vocabulary import typed
from generator.vocabulary.findings import Finding
from generator.vocabulary.source import Place

VERSION = b"gen kept 1\n"
LENGTH = 8  # bytes that say how long the index is
INLINE = Mapping[str, tuple[tuple[Lane, Place], ...]]
TAKEN = tuple[tuple[Choices, Sticky], ...]
RULES = tuple[tuple[str, str], ...]
FINDINGS = tuple[Finding, ...]

Parts = Mapping[str, bytes]


def joined(named: Parts) -> bytes:
    """All parts behind a header."""
    index = _text([[name, len(part)] for name, part in named.items()])
    return b"".join([VERSION, len(index).to_bytes(LENGTH, "big"), index, *named.values()])


def parts(content: bytes) -> dict[str, bytes]:
    """The parts of a whole; a ValueError where it is of another version, or not whole."""
    start = len(VERSION) + LENGTH
    if not content.startswith(VERSION):
        raise ValueError("another version")
    start += int.from_bytes(content[len(VERSION) : start], "big")
    index = json.loads(content[len(VERSION) + LENGTH : start])
    bounds = list(accumulate((size for _, size in index), initial=start))
    if bounds[-1] != len(content):
        raise ValueError("cut, or more than was written")
    cuts = zip(index, pairwise(bounds), strict=True)
    return {name: content[begin:end] for (name, _), (begin, end) in cuts}


def of_memory(memory: Memory | None) -> dict[str, bytes]:
    """The parts of a memory: its tenants, and for each step an index and the values."""
    if memory is None:
        return {}
    named = {"tenants": _of_tenants(memory.tenants)}
    for step in STEPS:
        rows, values = [], []
        for subject, result in memory.results.get(step.name, {}).items():
            value = result.packed()
            found = typed.plain(FINDINGS)(result.findings)
            rows.append([subject, result.key, len(value), found])
            values.append(value)
        named[f"{step.name}: index"] = _text(rows)
        named[f"{step.name}: values"] = b"".join(values)
    return named


def memory(named: Parts) -> Memory | None:
    """The memory that parts hold."""
    if "tenants" not in named:
        return None
    results = {
        step.name: dict(
            _results(step, json.loads(named[f"{step.name}: index"]), named[f"{step.name}: values"])
        )
        for step in STEPS
    }
    return Memory(results, _tenants(named["tenants"]))


def _results(step: Step[Any], rows: list[Any], values: bytes) -> Iterator[tuple[str, Result[Any]]]:
    bounds = accumulate((size for _, _, size, _ in rows), initial=0)
    for (subject, key, _, found), (begin, end) in zip(rows, pairwise(bounds), strict=True):
        packed = _part(values, begin, end)
        findings = typed.made(FINDINGS)(found) if found else ()
        yield subject, Result(key, findings, _made(step.holds, packed), packed)


def _part(content: bytes, begin: int, end: int) -> Callable[[], bytes]:
    return lambda: content[begin:end]


def _made(kind: Any, packed: Callable[[], bytes]) -> Callable[[], Any]:
    return cache(lambda: typed.unpacked(kind, packed()))


def of_seen(seen: Seen) -> bytes:
    """Stamps of files, and what the files were."""
    marks = array("q", chain.from_iterable(mark for mark, _ in seen.values()))
    blobs = "\0".join(blob for _, blob in seen.values())
    return _columns([_texts(seen), blobs.encode(), marks.tobytes()])


def seen(content: bytes) -> dict[str, tuple[tuple[int, int, int, int, int], str]]:
    """The same, as it was."""
    paths, blobs, numbers = _column(content)
    marks = array("q")
    marks.frombytes(numbers)
    stamps = zip(*[iter(marks)] * 5, strict=True)
    pairs = zip(stamps, _split(blobs, len(marks)), strict=True)
    return dict(zip(_split(paths, len(marks)), pairs, strict=True))


def of_folders(folders: Mapping[str, Folder]) -> bytes:
    """What was seen in output folders."""
    columns = []
    for name, folder in folders.items():
        places = [[place, *listed] for place, listed in folder.places.items()]
        columns += [_text([name, folder.when, places]), of_seen(folder.files)]
    return _columns(columns)


def folders(content: bytes) -> dict[str, Folder]:
    """The same, as it was."""
    columns, found = _column(content), {}
    for said, files in zip(columns[::2], columns[1::2], strict=True):
        name, when, rows = json.loads(said)
        places = {
            place: (tuple(mark), tuple(names), tuple(below)) for place, mark, names, below in rows
        }
        found[name] = Folder(when, places, seen(files))
    return found


def _of_tenants(settled: Settled) -> bytes:
    """Tenants in columns. What many say alike stands once: what they take, and what rules look
    at."""
    names, tenants = list(settled.tenants), list(settled.tenants.values())
    rules = [*chain.from_iterable(tenant.rules for tenant in tenants)]
    taken, takes = _once((tenant.choices, tenant.sticky) for tenant in tenants)
    looks, looked = _once((kind, name) for kind, name, _ in rules)
    paths = [settled.paths[name] for name in names]
    inline = typed.plain(INLINE)(settled.inline)
    return _columns(
        [
            _text([settled.key, settled.about, sorted(settled.apart), inline, looks]),
            _text(typed.plain(TAKEN)(taken)),
            _texts(names),
            _texts(paths),
            _texts(settled.ids[path] for path in paths),
            _texts(value for _, _, value in rules),
            looked.tobytes(),
            takes.tobytes(),
            array("I", (len(tenant.rules) for tenant in tenants)).tobytes(),
        ]
    )


def _tenants(content: bytes) -> Settled:
    said, taken, *columns = _column(content)
    key, about, apart, inline, looks = json.loads(said)
    looked, takes, counts = map(_numbers, columns[4:])
    names, paths, blobs = (_split(column, len(takes)) for column in columns[:3])
    values = _split(columns[3], len(looked))
    told = list(map(tuple, looks))
    kinds, asked = ([pair[part] for pair in told] for part in (0, 1))
    at = list(looked)
    rules: list[Rule] = list(
        zip(map(kinds.__getitem__, at), map(asked.__getitem__, at), values, strict=True)
    )
    each = [tuple(rules[begin:end]) for begin, end in pairwise(accumulate(counts, initial=0))]
    whole: TAKEN = typed.made(TAKEN)(json.loads(taken))
    choices, sticky = ([pair[part] for pair in whole] for part in (0, 1))
    rows = zip(
        names,
        each,
        map(choices.__getitem__, takes),
        map(sticky.__getitem__, takes),
        strict=True,
    )
    # What checks the number of fields would take longer than all else here.
    made: Iterator[Tenant] = map(tuple.__new__, repeat(Tenant), rows)
    tenants = dict(zip(names, made, strict=True))
    ids, by_name = dict(zip(paths, blobs, strict=True)), dict(zip(names, paths, strict=True))
    made_inline = typed.made(INLINE)(inline)
    return Settled(key, about, ids, by_name, tenants, made_inline, frozenset(apart))


def _once(items: Iterable[Any]) -> tuple[list[Any], array[int]]:
    """What there is, each once, and for each item which it is."""
    known: dict[Any, int] = {}
    numbers = array("I", (known.setdefault(item, len(known)) for item in items))
    return list(known), numbers


def _numbers(content: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(content)
    return numbers


def _text(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _texts(texts: Iterable[str]) -> bytes:
    """Texts in which there is no zero: paths, names, ids, values of rules."""
    return "\0".join(texts).encode()


def _split(content: bytes, count: int) -> list[str]:
    return content.decode().split("\0") if count else []


def _columns(columns: Sequence[bytes]) -> bytes:
    return joined({str(number): column for number, column in enumerate(columns)})


def _column(content: bytes) -> list[bytes]:
    return list(parts(content).values())
