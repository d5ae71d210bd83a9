"""`python -m tests.mesh.resident`: the compiler in a process that stays, and forks for each command, so that a case does
not wait for Python to start. Reads JSON lines {"arguments", "out", "err"} and answers each with the exit code.

GEN_UNDER_TEST names the folder of another compiler than this tree's.
"""

from __future__ import annotations

import importlib
import json
import os
import sys


def main() -> None:
    sys.path.insert(0, os.environ.get("GEN_UNDER_TEST", os.getcwd()))
    command = importlib.import_module("generator.command.main")
    for verb in command.VERBS:
        command.gen.get_command(None, verb)
    importlib.import_module("generator.compiler.compile")
    for line in sys.stdin:
        wanted = json.loads(line)
        process = os.fork()
        if not process:
            for place, descriptor in ((wanted["out"], 1), (wanted["err"], 2)):
                os.dup2(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
            command.main(wanted["arguments"])
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
