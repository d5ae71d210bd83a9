"""`make import`: shapes of what people have, each taken over, compiled, brought again and proved."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from generator.command.main import run
from generator.io.terminal import Terminal
from tests.adoption.corpus import SHAPES, city

SECONDS = 3.0  # of processor time for a thousand objects


def main() -> int:
    failed = sum(not _holds(name, *shape) for name, shape in SHAPES.items())
    print(f"import: {len(SHAPES) - failed} of {len(SHAPES)} shapes are valid and taken once")
    taken = _city()
    print(f"import: 1,000 objects in {taken:.2f} s of processor time")
    return 1 if failed or taken > SECONDS else 0


def _holds(name: str, text: str, services: set[str]) -> bool:
    with tempfile.TemporaryDirectory(prefix="gen-import-") as scratch:
        root, brought = Path(scratch) / "shop", Path(scratch) / "shop.yaml"
        brought.write_text(text)
        with Path("/dev/null").open("w") as nowhere:
            there = Terminal(nowhere, nowhere)
            codes = [run(["init", "--empty", str(root)], there)]
            codes.append(run(["-C", str(root), "import", str(brought)], there))
            codes.append(run(["-C", str(root), "validate"], there))
            before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
            codes.append(run(["-C", str(root), "import", str(brought)], there))
        after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
        made = {path.stem for path in (root / "environments/services").glob("*.yaml")}
        good = codes == [0, 0, 0, 0] and before == after and made == services
        if not good:
            print(f"{name}: exits {codes}, services {sorted(made)}, again equal: {before == after}")
        return good


def _city() -> float:
    from generator.adoption.adopt import Here, adopt
    from generator.adoption.belongings import Asked
    from generator.adoption.items import read

    text = city(250).encode()
    started = time.process_time()
    made = adopt(read({"city": text}).items, "test", Asked({}), Here())
    assert len(made.taken) == 250 and not made.found
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main())
