"""`make docs`: docs/ and the project's own pages as a site in build/docs/site, each page as plain Markdown beside it.

The pages are laid out as they stand in the repository, so that a link means the same on a Git host and on the site.
MkDocs fails where one leads nowhere: to a page, a part of a page, or a file. (It counts only warnings that it may
print: `--quiet` would make `--strict` find nothing.)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parent.parent
MKDOCS = TOP / ".venv/docs/bin/mkdocs"
OUT = TOP / "build/docs"
FENCE = re.compile(r"^(\s*```\w+) .*$", re.MULTILINE)  # tests read what stands behind the language
LOADS = re.compile(r'<(?:script|link|img|iframe|source)[^>]*(?:src|href)="(?:https?:)?//([^/"]+)')


def sources() -> list[Path]:
    """What the site is made of, below the repository: pages, pictures and examples."""
    paths = [*TOP.glob("*.md"), *(TOP / "docs").rglob("*")]
    return sorted(path.relative_to(TOP) for path in paths if path.is_file())


def laid_out(pages: Path) -> list[Path]:
    """The pages below a folder; which of them are Markdown."""
    found = sources()
    for path in found:
        (pages / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TOP / path, pages / path)
    written = [path for path in found if path.suffix == ".md"]
    for path in written:
        (pages / path).write_text(FENCE.sub(r"\1", (TOP / path).read_text()))
    return written


def asked(site: Path) -> set[str]:
    """Hosts from which a page would load something."""
    return {host for path in site.rglob("*.html") for host in LOADS.findall(path.read_text())}


def main() -> int:
    shutil.rmtree(OUT, ignore_errors=True)
    written = laid_out(OUT / "pages")
    told = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run([MKDOCS, "build", "--strict"], cwd=TOP, env=told, check=False)
    if done.returncode:
        return done.returncode
    for path in written:
        shutil.copy(TOP / path, OUT / "site" / path)
    if hosts := asked(OUT / "site"):
        print(f"the site asks {', '.join(sorted(hosts))}", file=sys.stderr)
        return 1
    print(f"docs: {len(written)} pages in {(OUT / 'site').relative_to(TOP)}, each as .md beside it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
