"""Telemetry on disk and on standard input, read piece by piece: however long it is, little of it is
held."""

from __future__ import annotations

import codecs
import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from generator.adoption.telemetry.reader import MOST_LINE, Telemetry
from generator.vocabulary.refusal import Refusal

_PIECE = 256 * 1024
_INSIDE = (b"{", b"[", b":", b",")  # an object goes on behind them
_OPENS = re.compile(rb"\s*(?:\{|\[\s*(?:\{|$))")  # `[2026-…` and `[pod/…` begin lines of logs


def feed(telemetry: Telemetry, source: str) -> None:
    """All that a source holds; what of it could not be read is counted."""
    if source == "-":
        _feed(telemetry, "stdin", sys.stdin.buffer, None)
        return
    path = Path(source)
    if not path.exists():
        step = "name a file, or - for standard input"
        raise Refusal(f"there is no {source[:200]}", step, exit_code=2)
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Refusal(f"{path} is no regular file", "pipe it: `… | gen learn -`", exit_code=2)
    with os.fdopen(handle, "rb") as file:
        _feed(telemetry, source[:200], file, path.name.partition(".")[0])


def _feed(telemetry: Telemetry, name: str, file: BinaryIO, origin: str | None) -> None:
    first = file.readline(MOST_LINE).removeprefix(codecs.BOM_UTF8)
    ahead = []
    if _is_document(first):
        ahead.append(file.readline(MOST_LINE))
        if not _is_cut(first, ahead[0]):
            why = telemetry.document(_texts(first + ahead[0], file))
            if why is not None:
                telemetry.seen.unread[f"document: {name}: {why}"] += 1
            return
    line, ended = first, True
    while line:
        ended = line.endswith(b"\n")
        if ended or len(line) < MOST_LINE:
            before = telemetry.seen.unread["lines that are no telemetry"]
            telemetry.line(line.decode("utf-8", "replace"), origin)
            if not ended and telemetry.seen.unread["lines that are no telemetry"] > before:
                telemetry.seen.unread[f"last line: {name} ends early, in the middle of it"] += 1
        else:
            telemetry.seen.unread[f"lines of {name} that are too long"] += 1
            while line and not line.endswith(b"\n"):
                line = file.readline(MOST_LINE)
        line = ahead.pop() if ahead else file.readline(MOST_LINE)


def _is_document(first: bytes) -> bool:
    """Whether an object goes on behind its first line."""
    if not _OPENS.match(first):
        return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return not first.rstrip().endswith(b"}")
    return False


def _is_cut(first: bytes, second: bytes) -> bool:
    """Whether what looks like the beginning of an object is a line of its own that was cut: whole
    objects follow where none can stand in one."""
    inside = first.rstrip().endswith(_INSIDE) or not first.endswith(b"\n")
    return not inside and second[:1] == b"{" and _is_whole(second)


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _texts(first: bytes, file: BinaryIO) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    piece = first
    while piece:
        yield decoder.decode(piece)
        piece = file.read(_PIECE)
