"""`make pictures`: docs/pictures, out of the real page over this repository's example, light and dark. The same page, browser
and fonts give the same bytes."""

from __future__ import annotations

import os
import struct
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

from generator.io.live import State
from generator.io.serve import Board, Server
from generator.views.report.page import as_json, packed
from tests.conftest import TOP
from tests.page.__main__ import of_example, written
from tests.page.driver import Browser, there

OUT = TOP / "docs/pictures"
WIDTH = 1120
SAVED = 1801389600000  # milliseconds: a moment of a picture
COLOURS = 64
ABOUT = {"commit": "7c41d0e95b" + "0" * 30, "subject": "The login form's new checkout for acme"}
REQUEST = """
document.getElementById("field-host").value = "test.shop.example.com";
document.getElementById("field-path").value = "/checkout";
document.querySelector("form").requestSubmit();
"""
# Picture → part of the page, script before it is taken, height.
PARTS: dict[str, tuple[str, str, int]] = {
    "request": ("#simulator?tenant=acme", REQUEST, 880),
    "calls": (
        "#calls",
        "const select = document.getElementById('field-lane'); select.value = 'test/feature-login'; select.dispatchEvent(new Event('change'))",
        760,
    ),
    "live": ("#environments", "", 480),
}


def main() -> int:
    if not there():
        print("there is no chromium with chromedriver: `bash tests/page/install`", file=sys.stderr)
        return 2
    os.environ["TZ"] = "UTC"
    OUT.mkdir(exist_ok=True)
    with Browser() as browser, tempfile.TemporaryDirectory(prefix="gen-pictures-") as name:
        shown = of_example(Path(name)) | ABOUT
        file = written(Path(name), "example", shown)
        board = Board()
        pieces = {"whole": packed(as_json(shown))}
        board.put(State(1, told(shown), pieces, frozenset(pieces), (), None))
        with Server(0, board) as server:
            Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            for picture, (part, script, height) in PARTS.items():
                for dark in (False, True):
                    browser.shown(WIDTH, height, dark=dark)
                    browser.open(server.address if picture == "live" else file, part)
                    browser.run(script)
                    where = OUT / f"{picture}-{'dark' if dark else 'light'}.png"
                    browser.picture(where, height)
                    where.write_bytes(smaller(where.read_bytes()))
                    print(f"{where.relative_to(TOP)}: {where.stat().st_size / 1000:.0f} kB")
            server.shutdown()
    return 0


def told(shown: Any) -> dict[str, Any]:
    """A save that changed somebody's answers."""
    return {
        "number": 1,
        "valid": True,
        "when": SAVED,
        "took": 0.03,
        "shown": SAVED,
        "findings": [],
        "total": 0,
        "note": None,
        "more": False,
        "changes": {
            "summary": shown["changes"]["summary"],
            "sections": shown["changes"]["sections"][:2],
        },
    }


def smaller(png: bytes) -> bytes:
    """The same picture by a palette of its commonest colours: a page has few, and letters need no more
    shades."""
    width, height, channels, rows = decoded(png)
    pixels = [[row[at : at + 3] for at in range(0, width * channels, channels)] for row in rows]
    counted = Counter(pixel for row in pixels for pixel in row)
    palette = [colour for colour, _ in counted.most_common(COLOURS)]
    nearest = {colour: number for number, colour in enumerate(palette)}
    for colour in counted:
        if colour not in nearest:
            nearest[colour] = min(range(len(palette)), key=lambda number: far(colour, palette[number]))  # fmt: skip
    raw = b"".join(b"\0" + bytes(nearest[pixel] for pixel in row) for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))  # fmt: skip
    return png[:8] + b"".join(chunk(kind, data) for kind, data in parts)


def far(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += size + 12


def decoded(png: bytes) -> tuple[int, int, int, list[bytes]]:
    """Width, height, bytes of a pixel, and the rows of a picture of 8 bits a channel."""
    width, height, depth, kind = struct.unpack(">IIBB", next(chunks(png))[1][:10])
    channels = {2: 3, 6: 4}[kind]
    assert depth == 8
    raw = zlib.decompress(b"".join(data for name, data in chunks(png) if name == b"IDAT"))
    size, rows = width * channels, []
    before = bytearray(size)
    for number in range(height):
        start = number * (size + 1)
        before = unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + size]), before, channels)  # fmt: skip
        rows.append(bytes(before))
    return width, height, channels, rows


def unfiltered(how: int, row: bytearray, above: bytearray, channels: int) -> bytearray:
    """A row as PNG's filters say it, by the one above."""
    for at in range(len(row) if how else 0):
        left = row[at - channels] if at >= channels else 0
        corner = above[at - channels] if at >= channels else 0
        guess = (0, left, above[at], (left + above[at]) // 2, paeth(left, above[at], corner))[how]
        row[at] = (row[at] + guess) & 0xFF
    return row


def paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda one: abs(guess - one))


if __name__ == "__main__":
    sys.exit(main())
