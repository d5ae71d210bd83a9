"""The terminal: colour only where a person looks, progress only on long work, no control characters
from input."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TextIO

from generator.vocabulary.names import UNSEEN

_STYLES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "bold": "1", "dim": "2"}
_CONTROL = re.compile(f"[\t\n{UNSEEN}]")
_COMMAND = re.compile(
    r"##(?=[A-Za-z]*\[)"
)  # in the middle of a line too, `##[error]` is a command to some runners of workflows
_PROGRAMS = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio", "zed")
_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "contour", "wezterm")
_URL = re.compile(r"[!-~]+")  # what could end a link is none of these
_BEAT = 0.2  # seconds between two looks at the clock
_PATIENCE = 1.0  # seconds before a person is told what takes so long


def clean(text: str) -> str:
    """One line of text that steers neither a terminal nor what reads the log of a workflow."""
    return _COMMAND.sub(
        r"##\\u200b", _CONTROL.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
    )


def _follows(said: Mapping[str, str]) -> bool:
    """Whether a terminal says by its variables that it is one of those that follow links: others
    may show what they do not know."""
    vte = said.get("VTE_VERSION", "")
    return (
        said.get("TERM_PROGRAM") in _PROGRAMS
        or any(said.get(name) for name in ("WT_SESSION", "KONSOLE_VERSION", "DOMTERM"))
        or said.get("TERM", "").startswith(_TERMS)
        or (vte.isdigit() and int(vte) >= 5000)
    )


def width(text: str) -> int:
    """Columns that text takes on a terminal."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Terminal:
    """Where commands print: results to `out`, everything about the work to `err`."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self._started = time.monotonic()
        self._stage = ""
        self._line = threading.Lock()
        self._clock: threading.Thread | None = None

    def echo(self, text: str = "") -> None:
        print(text, file=self.out)

    def pour(self, pieces: Iterable[str]) -> None:
        """One line that is never held as a whole."""
        self.out.writelines(pieces)
        self.echo()

    def note(self, text: str) -> None:
        self.clear()
        print(text, file=self.err)

    def style(self, text: str, *styles: str, err: bool = False) -> str:
        if not self._seen(err):
            return text
        return f"\x1b[{';'.join(_STYLES[style] for style in styles)}m{text}\x1b[0m"

    def link(self, text: str, url: str, err: bool = False) -> str:
        """A text that leads somewhere (OSC 8), on terminals that are known to follow it."""
        if not _URL.fullmatch(url) or not self._seen(err) or not _follows(os.environ):
            return text
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\"

    def _seen(self, err: bool) -> bool:
        """Whether a person looks, and takes more than text."""
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return not plain and (self.err if err else self.out).isatty()

    def progress(self, stage: str) -> None:
        """Names the stage on a terminal, and how long the work has taken, once that is a while:
        however long a stage is."""
        if not self.err.isatty():
            return
        self._stage = stage
        if self._clock is None:
            self._clock = threading.Thread(target=self._tell, daemon=True)
            self._clock.start()

    def clear(self) -> None:
        with self._line:
            if self._stage and time.monotonic() - self._started > _PATIENCE:
                print("\r\x1b[K", end="", file=self.err, flush=True)
            self._stage = ""

    def _tell(self) -> None:
        while True:
            time.sleep(_BEAT)
            with self._line:
                if self._stage and (taken := time.monotonic() - self._started) > _PATIENCE:
                    print(
                        f"\r\x1b[K{self._stage} … {taken:.0f} s", end="", file=self.err, flush=True
                    )
