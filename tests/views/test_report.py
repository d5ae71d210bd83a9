"""`gen report`: the page as a file. What it does in a browser is `make page`."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from generator.views.diff import diff
from generator.views.report.data import About, data
from generator.views.report.links import link
from generator.views.report.page import LIVE, PROGRAMS, listed, live_page, live_policy, page
from generator.views.report.pieces import Pieces, pieces
from tests.conftest import TOP, compiled, installed
from tests.io.test_publish import Place, place  # noqa: F401 a fixture

Gen = Callable[..., tuple[int, str, str]]
ASSETS = TOP / "generator/views/report"
ABOUT = About("0" * 40, "a subject", "2027-01-31 10:00 UTC", "0.2.0")
BRANCH = "environments/test/branches/login.yaml"


def shown(text: str) -> dict[str, Any]:
    packed = re.search(r'<script type="application/octet-stream" id="data">([^<]*)</script>', text)
    assert packed
    found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed[1])))
    return found


def test_the_policy_lets_these_two_texts_run_and_nothing_else() -> None:
    text = page(data(compiled(), ABOUT))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for tag, name in (("style", "style-src"), ("script", "script-src")):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        hashes = [
            base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in inside
        ]
        assert rules[name] == " ".join(f"'sha256-{one}'" for one in hashes) and len(inside) == 1
    assert "unsafe" not in policy[1] and "*" not in policy[1]
    assert rules["require-trusted-types-for"] == "'script'" and rules["trusted-types"] == "'none'"


def test_no_text_of_a_configuration_stands_outside_the_packed_data() -> None:
    bad = "</script><img src=x onerror=alert(1)>%PROGRAM%%DATA%"
    plain, hostile = data(compiled(), ABOUT), data(compiled(), replace(ABOUT, subject=bad))
    texts = [page(one).replace(_block(page(one)), "") for one in (plain, hostile)]
    assert texts[0] == texts[1] and "a subject" not in texts[0] and "login" not in texts[0]
    assert shown(page(hostile))["subject"] == bad


def _block(text: str) -> str:
    found = re.search(r'id="data">([^<]*)<', text)
    assert found
    return found[1]


def test_the_page_asks_nobody_and_makes_no_markup_of_text() -> None:
    assert {*PROGRAMS, LIVE} == {path.stem for path in ASSETS.glob("*.js")}
    for path in (*ASSETS.glob("*.js"), *ASSETS.glob("*.css"), ASSETS / "page.html"):
        text = path.read_text()
        assert [line for line in text.splitlines() if len(line) > 130] == [], path
        loads = r"https?://(?=[a-z])(?!www\.w3\.org/2000/svg)|@import|url\((?!#)|src=|fetch\(|XMLHttpRequest|import\(|sendBeacon|WebSocket"
        assert not re.search(loads, text), path
        markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|DOMParser|createContextualFragment|\.style\b"
        assert not re.search(markup, text), path
        assert "localStorage" not in text and "document.cookie" not in text


def test_a_served_page_hears_from_who_served_it_and_from_nobody_else() -> None:
    shown_ = data(compiled(), ABOUT)
    told = Pieces().take(pieces(compiled(), ABOUT))
    plain, live = page(shown_), live_page(told, {"number": 1})
    assert "EventSource" not in plain and "connect-src" not in plain and 'id="live"' not in plain
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', live)
    assert policy and policy[1] == live_policy()
    (script,) = re.findall(r"<script>(.*?)</script>", live, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy[1]
    assert policy[1].endswith("connect-src 'self'") and "unsafe" not in policy[1]
    assert re.findall(r"new EventSource\((.*?)\)", live) == ["`events?after=${number}`"]
    assert _block(live) == listed(told)


def test_the_programs_are_well_formed() -> None:
    node = installed("node", "nodejs.org, or the system's packages")
    files = [str(ASSETS / f"{name}.js") for name in (*PROGRAMS, LIVE)]
    read = "for (const file of process.argv.slice(1)) new (require('node:vm').Script)(require('node:fs').readFileSync(file, 'utf8'), { filename: file })"
    done = subprocess.run([node, "-e", read, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    joined = live_page({}, {}).split("<script>")[1].partition("</script>")[0]  # no name twice
    one = "new (require('node:vm').Script)(require('node:fs').readFileSync(0, 'utf8'))"
    done = subprocess.run([node, "-e", one], input=joined, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_what_the_page_knows_is_what_the_verbs_say() -> None:
    before, after = compiled(), compiled({BRANCH: "runs:\n  api: {tag: b2}\n"})
    about = replace(ABOUT, since="1" * 40, difference=diff(before, after))
    told = json.loads(json.dumps(data(after, about)))
    assert [row["name"] for row in told["branches"]] == ["test/login"]
    assert told["branches"][0]["tenants"] == 1 and told["branches"][0]["runs"] == {"api": "b2"}
    assert told["files"]["branch"] == {"test/login": BRANCH}
    assert told["files"]["tenant"] == ["environments/tenants/acme.yaml"]
    assert told["changes"]["summary"].startswith("1 of 1 tenant changes")
    workloads = dict(told["changes"]["sections"])["Workloads"]
    assert workloads == [["~", "api in test/login: tag b1 → b2"]]
    callers = told["matrix"]["callers"]
    (let_in,) = (who for service, unit, who in told["matrix"]["allowed"] if (service, unit) == ("api", "test/login"))  # fmt: skip
    assert ["web", "test and its branches"] in [callers[number] for number in let_in]
    assert [edge[:2] for edge in told["calls"]["edges"]] == [[told["plan"]["order"].index("web"), told["plan"]["order"].index("api")]]  # fmt: skip
    assert data(after, ABOUT)["changes"] is None


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("https://github.com/shop/config.git", "https://github.com/shop/config/blob/abc/a%20b/{path}#L{line}"),
        ("git@gitlab.com:shop/deep/config.git", "https://gitlab.com/shop/deep/config/-/blob/abc/a%20b/{path}#L{line}"),
        ("https://codeberg.org/shop/config", "https://codeberg.org/shop/config/src/commit/abc/a%20b/{path}#L{line}"),
        ("https://git.example.com/shop/config.git", None),
        ("https://github.com.evil.example/shop/config", None),
        ("javascript:alert(1)//github.com/a/b", None),
    ],
)  # fmt: skip
def test_where_a_file_is_seen(repository: str, expected: str | None) -> None:
    assert link(repository, "abc", "a b/") == expected


def test_a_page_of_a_commit_whatever_the_folder_holds(place: Place, gen: Gen) -> None:
    first = place.commit("first again")
    (place.clone / BRANCH).write_text("runs:\n  api: {tag: b2}\n")
    second = place.commit("</title><b>second")
    (place.clone / BRANCH).write_text("broken: [")
    out = place.clone / "public"
    where = "https://git.example.com/{commit}/{path}#L{line}"
    code, told, err = gen("-C", place.clone, "report", "--out", out, "--since", first, "--link", where, "--format", "json")  # fmt: skip
    assert code == 0, err
    answer = json.loads(told)
    assert (answer["version"], answer["commit"], answer["since"]) == (1, second, first)
    assert answer["bytes"] == (out / "index.html").stat().st_size
    assert [path.name for path in out.iterdir()] == ["index.html"]
    data_ = shown((out / "index.html").read_text())
    assert (data_["commit"], data_["subject"]) == (second, "</title><b>second")
    assert data_["link"] == f"https://git.example.com/{second}/{{path}}#L{{line}}"
    assert data_["changes"]["since"] == first
    code, told, err = gen("-C", place.clone, "report", first)
    assert code == 0 and "site/index.html" in told, err
    assert gen("-C", place.clone, "report", "--link", "javascript:{path}")[0] == 2
    assert gen("-C", place.clone, "report", "--since", "nothing")[0] == 2


def test_programs_of_the_page_share_no_name() -> None:
    """They stand in one script: of two functions of a name the last would be both."""
    said = [(ASSETS / f"{name}.js").read_text() for name in (*PROGRAMS, LIVE)]
    names = re.findall(
        r"^(?:async )?(?:function\*?|const|let|class) (\w+)", "\n".join(said), re.MULTILINE
    )
    assert len(names) > 100
    assert sorted(names) == sorted({*names})
