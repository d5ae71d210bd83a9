"""A translation says what its source says: it names the source's hash, and has the same commands, links and words of code.

After a change of a source, change its translation too, and then `python -m tests.test_translations` writes the new hash.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
# Translation → source.
PAGES = ("tutorial", "how-to", "bring-an-application", "see-it", "bases", "clusters", "delivery", "external-services", "private-rpc", "protocols", "pull-requests", "sleep", "stateful-sets")  # fmt: skip
TRANSLATED = {"README.zh.md": "README.md"} | {f"docs/{x}.zh.md": f"docs/{x}.md" for x in PAGES}
MORE = "\n## More\n"  # from here on a page lists others, and its translation is shorter
HEAD = re.compile(r"^<!-- Translation of (\S+), sha256 (\w+)\.")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def told(path: str) -> str:
    """What a translation says too: all but the list of pages, and the way to the translation."""
    text = (TOP / path).read_text().partition(MORE)[0]
    return text.replace(f"[中文]({Path(path).stem}.zh.md)\n\n", "")


def digest(path: str) -> str:
    return hashlib.sha256(told(path).encode()).hexdigest()[:16]


def parts(text: str) -> dict[str, Counter[str] | list[str]]:
    """What no translation changes."""
    prose = FENCE.sub("", text)
    return {
        "commands": FENCE.findall(text),
        "headings": re.findall(r"^(#+) (?:\d+\.)?", prose, re.MULTILINE),
        # A page that is there in both languages may be linked in the reader's.
        "links": Counter(re.findall(r"\]\(([^)]+)\)", prose.replace(".zh.md)", ".md)"))),
        "code": Counter(re.findall(r"`[^`\n]+`", prose)),
        "items": re.findall(r"^(?:\d+\.|-) ", prose, re.MULTILINE),
    }


@pytest.mark.parametrize("path", TRANSLATED)
def test_a_translation_changes_with_its_source(path: str) -> None:
    text, source = (TOP / path).read_text(), TRANSLATED[path]
    head, _, rest = text.partition("\n")
    named = HEAD.match(head)
    step = f"translate what changed in {source}, then `python -m tests.test_translations`"
    assert named and named.groups() == (Path(source).name, digest(source)), step
    back = f"[English]({Path(source).name})\n"
    assert back in rest
    rest = rest.replace(back, "").partition("\n## 更多\n")[0]
    assert parts(rest) == parts(told(source))


@pytest.mark.parametrize("change", [("gen validate", "gen check"), ("(protocols.md)", "(other.md)"), ("`calls`", "`x`"), ("\n## 7.", "\n7.")])  # fmt: skip
def test_a_side_that_changes_alone_is_noticed(change: tuple[str, str]) -> None:
    text = (TOP / "docs/tutorial.md").read_text()
    assert parts(text.replace(*change)) != parts(text)


if __name__ == "__main__":
    for translation, original in TRANSLATED.items():
        file = TOP / translation
        head_ = f"<!-- Translation of {Path(original).name}, sha256 {digest(original)}. `make test T=translations` holds the two together. -->"  # fmt: skip
        file.write_text(head_ + "\n" + file.read_text().partition("\n")[2])
