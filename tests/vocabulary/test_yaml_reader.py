"""Hostile and unlucky text: code, line and column of what is refused."""

from __future__ import annotations

import time

import pytest
import yaml

from generator.vocabulary import yaml_reader
from generator.vocabulary.findings import outcome
from generator.vocabulary.source import MOST_BYTES, Mark, Place
from generator.vocabulary.yaml_reader import MOST_TOLD, locate, read

REFUSED = [
    ("a: &x 1\nb: *x\n", [("GEN005", 1, 4), ("GEN005", 2, 4)]),
    ("a: &a [*a]\n", [("GEN005", 1, 4), ("GEN005", 1, 8)]),
    ("<<: {a: 1}\n", [("GEN005", 1, 1)]),
    ("a: !!python/object:os.system x\n", [("GEN005", 1, 4)]),
    ("a: !x y\n", [("GEN005", 1, 4)]),
    ("a: !!int x\n", [("GEN005", 1, 4)]),
    ("%YAML 1.1\n---\na: no\n", [("GEN005", 1, 1)]),
    ("a: 1\nb: 2\na: 3\n", [("GEN006", 3, 1)]),
    ("1: a\n", [("GEN007", 1, 1)]),
    ("true: a\n", [("GEN007", 1, 1)]),
    ("? [a]\n: b\n", [("GEN007", 1, 3)]),
    ("[" * 4000, [("GEN008", 1, 33)]),
    ("a: " + "{a: " * 1000, [("GEN008", 1, 128)]),
    ("a: " + "x" * MOST_BYTES, [("GEN008", 1, 1)]),
    ("", [("GEN009", 1, 1)]),
    ("# nothing\n", [("GEN009", 1, 1)]),
    ("- a\n", [("GEN009", 1, 1)]),
    ("a: b\n---\nc: d\n", [("GEN009", 1, 1)]),
    ("a: 010\n", [("GEN103", 1, 4)]),
    (
        "a: 1_000\nb: 0x1F\nc: 0o17\nd: 1e3\ne: 1e400\nf: .nan\ng: -.inf\nh: 1.10\n",
        [("GEN103", line, 4) for line in range(1, 9)],
    ),
    ("a: " + "9" * 5000, [("GEN103", 1, 4)]),
    ("a: [\n", [("GEN004", 2, 1)]),
    ("\ta: b\n", [("GEN004", 1, 1)]),
    ("a: 'b\n", [("GEN004", 2, 1)]),
    ("a: \x00\n", [("GEN003", 1, 4)]),
    ('a: "\\0"\n', [("GEN003", 1, 4)]),
    ('a: "\\u202e"\n', [("GEN003", 1, 4)]),
    ("a: b\u202ec\n", [("GEN003", 1, 5)]),
    ("a\u200b: b\n", [("GEN003", 1, 2)]),
    ("a: b\x85c\n", [("GEN003", 1, 5)]),
    ("a: b\u2028c\n", [("GEN003", 1, 5)]),
    ("a: b\nc: \ufeffd\n", [("GEN003", 2, 4)]),
    ("\n\x00", [("GEN003", 2, 1)]),
    ("a: &x [b,\n  c]\n", [("GEN005", 1, 4)]),
]


@pytest.mark.parametrize("text, expected", REFUSED, ids=lambda value: repr(value)[:30])
def test_refused_with_code_line_and_column(text: str, expected: list[tuple[str, int, int]]) -> None:
    started = time.process_time()
    value, found = outcome(read("x.yaml", text.encode("utf-8", "surrogatepass")))
    assert value is None
    assert time.process_time() - started < 1
    marks = [finding.place.mark or Mark(1, 1) for finding in found]
    assert [
        (finding.code, mark.line, mark.column) for finding, mark in zip(found, marks, strict=True)
    ] == expected
    assert all(finding.hint for finding in found)


ACCEPTED = [
    ("a: no\nb: on\nc: y\n", {"a": "no", "b": "on", "c": "y"}),
    ("a: 12:30:45\n", {"a": "12:30:45"}),
    ("a: 2024-13-45\n", {"a": "2024-13-45"}),
    ("a: '010'\n", {"a": "010"}),
    ("a: 3f2c1a9\nb: v1\n", {"a": "3f2c1a9", "b": "v1"}),
    ("a: true\nb: ~\nc:\nd: -7\n", {"a": True, "b": None, "c": None, "d": -7}),
    ("a: Null\nb: NULL\nc: null\n", {"a": None, "b": None, "c": None}),
    (
        "a: True\nb: TRUE\nc: False\nd: FALSE\ne: false\n",
        {"a": True, "b": True, "c": False, "d": False, "e": False},
    ),
    ("a: 0\nb: 123456789012345678\nc: -1\n", {"a": 0, "b": 123456789012345678, "c": -1}),
    ("a: |\n  x\n", {"a": "x\n"}),
    ("no: b\n", {"no": "b"}),
]


@pytest.mark.parametrize("text, expected", ACCEPTED, ids=lambda value: repr(value)[:30])
def test_read_as_written(text: str, expected: dict[str, object]) -> None:
    for raw in (
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        text.replace("\n", "\r\n").encode(),
    ):
        value, found = outcome(read("x.yaml", raw))
        assert value == expected
        assert not found


@pytest.mark.parametrize("mistakes", range(MOST_TOLD - 2, MOST_TOLD + 3))
@pytest.mark.parametrize("end", ["'", "[", "k: \x00", "&a", "? [a]\n: b"])
def test_a_hundred_mistakes_and_one_more_at_the_end(mistakes: int, end: str) -> None:
    text = "".join(f"k{number}: &a\n" for number in range(mistakes)) + end
    value, found = outcome(read("x.yaml", text.encode()))
    assert value is None
    assert 1 <= len(found) <= MOST_TOLD + 1


def test_a_hundred_mistakes_are_told() -> None:
    text = "".join(f"k{number}: &a\n" for number in range(2 * MOST_TOLD))
    value, found = outcome(read("x.yaml", text.encode()))
    assert value is None
    assert [
        (finding.code, finding.place.mark and finding.place.mark.line) for finding in found
    ] == [("GEN005", line) for line in range(1, MOST_TOLD + 1)]


def test_as_many_bytes_as_are_read() -> None:
    raw = b"a: " + b"x" * (MOST_BYTES - 3)
    for more, refused in ((b"", False), (b"x", True)):
        value, found = outcome(read("x.yaml", raw + more))
        assert (value is None) == refused == bool(found)


@pytest.mark.parametrize(
    "text, message, hint",
    [
        ("", "the file is empty", "write one document of `key: value` lines"),
        ("# nothing\n", "the file is empty", "write one document of `key: value` lines"),
        ("---\n", "the file is empty", "write one document of `key: value` lines"),
        ("- a\n", "the file is not a mapping", "write one document of `key: value` lines"),
        (
            "a: b\n---\nc: d\n",
            "the file holds 2 documents",
            "write one document of `key: value` lines",
        ),
        (
            "a: 'b\n",
            "found unexpected end of stream",
            "check indentation, quotes and brackets on this line and the one above",
        ),
        (
            "\ta: b\n",
            "found character that cannot start any token",
            "indent with spaces; YAML allows no tabs",
        ),
        (
            "a: 1e3\n",
            "some parsers read `1e3` as a number, others as text",
            'write "1e3" in quotes if it is text, or a whole number in decimal',
        ),
        ("a: *" + "b" * 50, "an alias (*" + "b" * 40 + ")", "write the value out"),
        (
            "k" * 70 + ": 1\n" + "k" * 70 + ": 2\n",
            "`" + "k" * 60 + "` is given twice here",
            "keep one of the two",
        ),
        (
            "a: \x07\n",
            "the character U+0007 is not allowed",
            "delete it; it is invisible, or ends lines for some parsers only",
        ),
    ],
)
def test_what_is_said_of_a_text(text: str, message: str, hint: str) -> None:
    found = outcome(read("x.yaml", text.encode())).findings
    assert [(finding.message, finding.hint) for finding in found] == [(message, hint)]


def test_a_library_without_libyaml_tells_nothing_of_the_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(yaml_reader, "_Parser", yaml.SafeLoader)
    value, found = outcome(read("x.yaml", 'a: "\\é"\n'.encode()))
    assert value is None
    assert [finding.message for finding in found] == ["found unknown escape character '?'"]


@pytest.mark.parametrize(
    "error", [yaml.reader.ReaderError("", 0, 0, "", ""), RecursionError(), ValueError()]
)
def test_what_the_library_cannot_place_is_told_at_the_top(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Loader:
        def __init__(self, text: str) -> None: ...

        def get_event(self) -> None:
            raise error

    monkeypatch.setattr(yaml_reader, "_Parser", Loader)
    value, found = outcome(read("x.yaml", b"a: b\n"))
    assert value is None
    assert [(finding.code, finding.place.mark, finding.message) for finding in found] == [
        ("GEN004", Mark(1, 1), "the text is not YAML")
    ]


def test_not_utf8() -> None:
    for raw in (b"a: b\nc: \xff\n", b"\nc: \xff\n\xff"):
        value, found = outcome(read("x.yaml", raw))
        assert value is None
        assert [(finding.code, finding.place.mark) for finding in found] == [("GEN002", Mark(2, 1))]


def test_one_file_cannot_change_how_the_next_is_read() -> None:
    outcome(read("x.yaml", b"%YAML 1.1\n---\na: no\n"))
    assert outcome(read("y.yaml", b"a: no\n")).value == {"a": "no"}


@pytest.mark.parametrize(
    "route, on_key, mark",
    [
        (("a", 0, "d", "e"), False, Mark(3, 12)),
        (("a", 0, "d", "e"), True, Mark(3, 9)),
        (("a", 0, "b"), True, Mark(2, 5)),
        (("a", 0, "missing"), True, Mark(2, 5)),
        ((), False, Mark(1, 1)),
    ],
)
def test_routes_lead_to_line_and_column(
    route: tuple[str | int, ...], on_key: bool, mark: Mark
) -> None:
    found = locate(b"a:\n  - b: c\n    d: {e: f}\n", Place("x", route, on_key))
    assert (found.line, found.column) == (mark.line, mark.column)


@pytest.mark.parametrize(
    "text, place, mark",
    [
        ("a:\n  - b: c\n    d: {e: f}\n", Place("x", ("a", 0, "d")), Mark(3, 8, 6)),
        (
            "a:\n  - b: c\n    d: {e: f}\n",
            Place("x", ("a",)),
            Mark(2, 3, 1),
        ),  # more than a line: its first character
        ("a:\n", Place("x", ("a",)), Mark(1, 3, 1)),  # nothing has a width too
        ("a: b\n", Place("x", ("a", "c")), Mark(1, 1, 1)),  # beyond what there is: the key above
        ("a: [b]\n", Place("x", ("a", "c")), Mark(1, 1, 1)),
        ("a: [b]\n", Place("x", ("a", 1)), Mark(1, 1, 1)),
        ("a: [bc]\n", Place("x", ("a", 0)), Mark(1, 5, 2)),
        ("a: [b]\n", Place("x", (0,)), Mark(1, 1, 1)),
        ("a: 1\n---\na: 22\n", Place("x", ("a",), document=1), Mark(3, 4, 2)),
        ("a: 1\n", Place("x", ("a",), document=1), Mark(1, 1, 1)),
        ("a: [b\n", Place("x", ("a",)), Mark(1, 1, 1)),  # no YAML
        ("\x00", Place("x", ("a",)), Mark(1, 1, 1)),
        ("a: 1\n", Place("x", ("a",), mark=Mark(7, 7, 7)), Mark(7, 7, 7)),
        ("a: |\n  a b\n  b\nc: b\n", Place("x", ("a",), word="b"), Mark(2, 5, 1)),
        ("b: b b\n", Place("x", ("b",), word="b"), Mark(1, 4, 1)),  # not what stands before it
        ("a: |\n  x\nword: b\n", Place("x", ("a",), word="word"), Mark(3, 1, 4)),
        ("a: bc\n", Place("x", ("a",), word="d"), Mark(1, 4, 2)),
        ("? [a]\n: b\nc: d\n", Place("x", ("c",)), Mark(3, 4, 1)),
        ("k: [a,b,b]\n", Place("x", ("k", 1), word=",b"), Mark(1, 8, 2)),
        ("w\na:\n", Place("x", word="w"), Mark(1, 1, 1)),
    ],
)
def test_a_place_becomes_a_mark(text: str, place: Place, mark: Mark) -> None:
    assert locate(text.encode(), place) == mark


@pytest.mark.parametrize(
    "text, width",
    [
        ("a: &x 12\n", 5),
        (": b\n", 1),
        ("a: &x 'b\n  c'\n", 1),
        ("a: &x [b]\n", 4),
        ("a: 12.30\n", 5),
        ("- " * 40 + "a\n", 1),
    ],
)
def test_the_width_of_a_mistake(text: str, width: int) -> None:
    value, found = outcome(read("x.yaml", text.encode()))
    assert value is None
    assert [finding.place.mark and finding.place.mark.width for finding in found] == [width]
