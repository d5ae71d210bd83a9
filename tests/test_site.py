"""The site's menu, and what links lead to; `make docs` builds it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.site import FENCE, TOP, asked, laid_out, sources

LINK = re.compile(r"\]\(([^)\s]+)\)")


def named(menu: Any) -> Iterator[str]:
    for entry in menu:
        if isinstance(entry, str):
            yield entry
        else:
            for below in entry.values():
                yield from named(below)


def test_the_menu_names_each_page_once(tmp_path: Path) -> None:
    menu = yaml.safe_load((TOP / "mkdocs.yml").read_text())
    pages = [str(path) for path in laid_out(tmp_path)]
    assert sorted(named(menu["nav"])) == sorted(pages)
    assert menu["strict"] and menu["validation"]["links"]["anchors"] == "warn"
    assert menu["theme"]["font"] is False


def test_links_between_pages_lead_to_files() -> None:
    there = {*sources()}
    wrong = []
    for path in (path for path in there if path.suffix == ".md"):
        text = re.sub(r"```.*?```|`[^`\n]*`", "", (TOP / path).read_text(), flags=re.DOTALL)
        for link in LINK.findall(text):
            file = link.partition("#")[0]
            if "://" in link or not file:
                continue
            target = (TOP / path.parent / file).resolve()
            if not target.is_relative_to(TOP) or target.relative_to(TOP) not in there:
                wrong.append((str(path), link))
    assert wrong == []


def test_a_fence_keeps_its_language_alone(tmp_path: Path) -> None:
    laid_out(tmp_path)
    text = (tmp_path / "docs/tutorial.md").read_text()
    assert "```sh exit" not in text and text.count("```sh\n") > 5
    assert FENCE.sub(r"\1", "```\nplain\n```\n") == "```\nplain\n```\n"


def test_what_a_page_would_load_from_elsewhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<a href="https://a.example/"></a><script src="//b.example/x.js"></script>')  # fmt: skip
    assert asked(tmp_path) == {"b.example"}
