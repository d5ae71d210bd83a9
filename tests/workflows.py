"""`make workflows`: zizmor and actionlint on what runs in GitHub's CI, here and where gen is used.

The starter names gen's own action by a placeholder; it is looked at as somebody has it who replaced
that by a commit.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).parent.parent
ZIZMOR = TOP / ".venv/workflows/bin/zizmor"
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
COMMIT = "0" * 39 + "1"


def starter(folder: Path) -> Path:
    """The starter's workflows as a repository of their own has them."""
    here = folder / ".github"
    shutil.copytree(TOP / "generator/starter/dot-github", here)
    for path in here.rglob("*.yaml"):
        path.write_text(path.read_text().replace("@COMMIT", f"@{COMMIT}"))
    return here / "workflows"


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        used = starter(Path(scratch))
        own = sorted((TOP / ".github/workflows").glob("*.yaml"))
        config = ["--config", str(TOP / "zizmor.yml"), "--offline", "--quiet", "--no-progress"]
        asked = [str(TOP / ".github"), str(TOP / "action.yml"), str(used)]
        zizmor = subprocess.run([ZIZMOR, *config, *asked], check=False)
        lint = ["go", "run", ACTIONLINT, *map(str, [*own, *sorted(used.glob("*.yaml"))])]
        actionlint = subprocess.run(lint, check=False)
    return 1 if zizmor.returncode or actionlint.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
