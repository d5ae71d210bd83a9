"""What each verb loads: a library is paid for by those that use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import write

LIBRARIES = {"click", "git", "jsonschema", "pydantic", "re2", "ruamel", "yaml"}
MODELS = {"click", "pydantic", "yaml"}
# In one process, one after the other: what was loaded stays.
STEPS = (
    ("--help", 0, {"click"}),
    ("deploy --help", 0, {"click"}),
    ("-C ROOT validate", 0, MODELS),
    ("-C ROOT build", 0, MODELS),
    ("-C ROOT deploy test api=v2", 0, MODELS),
    ("deploy test api=v3 --push --repository /x", 1, MODELS | {"git"}),
)
PROGRAM = f"""\
import io, json, sys
from generator.command.main import run
from generator.io.terminal import Terminal
for words in json.loads(sys.argv[1]):
    code = run(words, Terminal(io.StringIO(), io.StringIO()))
    loaded = {{name.partition(".")[0] for name in sys.modules}} & {LIBRARIES}
    print(json.dumps([code, sorted(loaded)]), file=sys.stderr)
"""


def test_a_verb_loads_the_libraries_that_it_uses(tmp_path: Path) -> None:
    root = str(write(tmp_path))
    words = [line.replace("ROOT", root).split(" ") for line, _, _ in STEPS]
    asked = [sys.executable, "-c", PROGRAM, json.dumps(words)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    seen = [json.loads(line) for line in done.stderr.splitlines()]
    assert seen == [[code, sorted(loaded)] for _, code, loaded in STEPS]
