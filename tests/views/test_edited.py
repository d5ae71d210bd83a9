"""What an edit did, as data and as a comment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.views.edited import Edited, PullRequest, code, markdown, read, touched, way
from generator.vocabulary.refusal import Refusal
from tests.conftest import compiled, write

Gen = Callable[..., tuple[int, str, str]]
LOGIN = "environments/test/branches/login.yaml"


def test_the_ways_to_a_unit() -> None:
    plan = compiled().plan
    there = way(plan, "test/login")
    assert there is not None and there.services == {"api": "b1"} and there.tenants == ("acme",)
    assert (there.lane, there.header, there.url, there.curl) == ("test/login", "x-lane", None, None)
    assert way(plan, "test/nothing") is None
    trusting = {
        "environments/test/environment.yaml": "hosts: [test.example.com]\ntrustColour: true\nruns:\n  web: {tag: v1}\n  api: {tag: v1}\n"
    }
    there = way(compiled(trusting).plan, "test/login")
    assert (
        there is not None and there.curl == "curl -H 'x-lane: test/login' http://test.example.com/"
    )
    hosted = {LOGIN: "hosts: [login.example.com]\nruns:\n  api: {tag: b1}\n"}
    there = way(compiled(hosted).plan, "test/login")
    assert there is not None and there.url == "http://login.example.com/"
    assert way(plan, "test").url == "http://test.example.com/"  # type: ignore[union-attr]


def test_whom_an_edit_touches() -> None:
    after = compiled({LOGIN: "runs:\n  api: {tag: b2}\n"})
    found = touched(compiled(), after)
    assert found.tenants == ("acme",) and "1 of 1 tenant changes" in found.summary


def edit(tmp_path: Path, gen: Gen, *words: str) -> bytes:
    write(tmp_path)
    code, out, err = gen("-C", tmp_path, *words, "--format", "json")
    assert code == 0, err
    return out.encode()


def test_an_edit_is_told_as_json_and_read_again(tmp_path: Path, gen: Gen) -> None:
    raw = edit(tmp_path, gen, "deploy", "test/Feature/X", "api=v7")
    told = json.loads(raw)
    assert told["version"] == 1 and told["about"] == "test/feature-x" and told["state"] == "written"
    assert told["files"] == {"environments/test/branches/feature-x.yaml": "written"}
    assert told["unit"]["lane"] == "test/feature-x" and told["unit"]["services"] == {"api": "v7"}
    assert json.loads(json.dumps(read(raw).json())) == told
    text = markdown(read(raw))
    assert text.startswith("<!-- gen edit test/feature-x -->\n") and "`api=v7`" in text
    assert "inside the mesh only" in text
    told = json.loads(edit(tmp_path, gen, "deploy", "test/Feature/X", "api=v7", "--dry-run"))
    assert told["state"] == "unchanged" and told["unit"]["lane"] == "test/feature-x"
    assert json.loads(edit(tmp_path, gen, "drop", "test/Feature/X"))["state"] == "written"
    told = json.loads(gen("-C", tmp_path, "drop", "test/feature-x", "--format", "json")[1])
    assert told["unit"] is None and told["about"] == "test/feature-x"
    assert "is gone" in markdown(read(json.dumps(told).encode()))


def test_a_comment_is_inert_whatever_is_in_it() -> None:
    evil = "x`--><script>@all\n# y\u202e"
    told = Edited(
        "deploy",
        evil,
        evil,
        "requested",
        None,
        evil,
        {},
        (evil,),
        None,
        None,
        PullRequest(1, "javascript:x", "opened"),
    )
    text = markdown(told)
    assert "\n#" not in text and "\u202e" not in text
    assert text.split("\n")[0] == "<!-- gen edit x-script-all-y- -->"
    assert text.count("<script>") == 1 and "`` x`--><script>@all\\u000a# y\\u202e ``" in text
    assert "<javascript" not in text


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"version": 1}', b'{"version": 1, "verb": 3}', b"\xff"]
)
def test_what_no_edit_printed(raw: bytes) -> None:
    with pytest.raises(Refusal, match="not what an edit of gen printed"):
        read(raw)


def test_code_holds_any_backticks() -> None:
    assert (
        code("a") == "`a`"
        and code("`") == "`` ` ``"
        and code("a``b") == "``` a``b ```"
        and code("") == "` `"
    )


def test_the_comment_verb_prints(tmp_path: Path, gen: Gen) -> None:
    file = tmp_path / "edit.json"
    raw = edit(tmp_path / "conf", gen, "deploy", "test", "web=v2")
    file.write_bytes(raw)
    assert gen("comment", file)[1] == markdown(read(raw))
    code, _, err = gen("comment", file, "--at", "https://github.com/x")
    assert code == 2 and "no address of a pull request" in err
    code, _, err = gen("comment", file, "--deployment")
    assert code == 2 and "needs --at" in err


def test_only_what_may_be_followed_is_a_link(tmp_path: Path, gen: Gen) -> None:
    told = json.loads(edit(tmp_path / "conf", gen, "deploy", "test", "web=v2"))
    for url, link in (
        ("https://test.example.com/", "https://test.example.com/"),
        ("javascript:alert(1)", None),
        ("https://a.example.com/ onclick", None),
        (None, None),
    ):
        told["unit"]["url"] = url
        assert read(json.dumps(told).encode()).link == link
