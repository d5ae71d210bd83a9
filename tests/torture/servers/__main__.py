"""`python -m tests.torture.servers [nginx gitolite gitea | all]`: publishing to real servers, each with the rules by which
it refuses. Exit 1 if one is not told right, or anything was lost."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable

from generator.io import tags
from tests.torture.servers.cases import Case, each
from tests.torture.servers.gitea import Gitea
from tests.torture.servers.gitolite import Gitolite
from tests.torture.servers.nginx import Nginx
from tests.torture.servers.refusals import GITEA, GITOLITE, NGINX
from tests.torture.servers.server import Server

SERVERS: dict[str, tuple[Callable[[], Server], tuple[Case, ...]]] = {
    "nginx": (Nginx, NGINX),
    "gitolite": (Gitolite, GITOLITE),
    "gitea": (Gitea, GITEA),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("servers", nargs="*", choices=[*SERVERS, "all"], default=["all"])
    parser.add_argument("--only", default="", help="cases whose name holds this")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = SERVERS if "all" in options.servers else options.servers
    # Tags go as soon as nothing names them, so that a handful of publishes deletes some.
    tags.SECONDS, tags.TREES = -1, 1
    failed = count = 0
    for name in chosen:
        make, cases = SERVERS[name]
        cases = tuple(case for case in cases if options.only in case.name)
        wrong = 0
        server = make()
        try:
            server.start()
            began = time.monotonic()
            for case, lines in each(cases, server):
                wrong += bool(lines)
                took, began = time.monotonic() - began, time.monotonic()
                print(f"{name} {case}: {'wrong' if lines else 'right'}, {took:.1f} s", flush=True)
                for line in lines:
                    print(f"  {line}", flush=True)
        finally:
            server.close()
        failed, count = failed + wrong, count + len(cases)
    print(f"{count} cases on real servers, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
