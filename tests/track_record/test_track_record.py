"""The record is current: each piece stands where it says, and the page is printed from it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.mesh.syntax import exchanged
from tests.track_record import FINDERS, TOP, Fault, record
from tests.track_record.__main__ import put_back
from tests.track_record.page import PAGE, page

FAULTS = record()


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.what[:60] for fault in FAULTS])
def test_an_entry_can_be_put_back(fault: Fault) -> None:
    broken = exchanged(TOP / fault.path, fault.old, fault.new)
    assert broken is not None, "give the fault the piece that now mends it"
    if fault.path.endswith(".py"):
        whole = (TOP / fault.path).read_text()
        assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(whole))
    assert fault.found in FINDERS
    assert re.fullmatch(r"[0-9a-f]{7,}", fault.commit)
    assert all((TOP / word.partition("::")[0]).exists() for word in fault.test.split())


def test_the_page_is_printed_from_the_record() -> None:
    assert PAGE.read_text() == page(FAULTS), "python -m tests.track_record --page"


def test_each_fault_stands_once() -> None:
    assert (
        len({fault.what for fault in FAULTS})
        == len({fault[3:5] for fault in FAULTS})
        == len(FAULTS)
    )
    assert len(FAULTS) >= 40


def test_what_a_test_does_not_notice_is_told(tmp_path: Path) -> None:
    """A test that fails notices; one that passes, or cannot be asked, does not."""
    (tmp_path / "thing.py").write_text("def answer():\n    return 1\n")
    (tmp_path / "test_thing.py").write_text(
        "import thing\n\ndef test_right():\n    assert thing.answer() == 1\n\n"
        "def test_odd():\n    assert thing.answer() % 2\n"
    )
    fault = Fault("x", "0000000", "reading", "thing.py", "return 1", "return 3", "test_thing.py")
    assert put_back(tmp_path, fault, 10).noticed
    assert not put_back(tmp_path, fault._replace(test="test_thing.py::test_odd"), 20).noticed
    assert not put_back(tmp_path, fault._replace(test="test_missing.py"), 30).noticed
    assert "OUTDATED" in put_back(tmp_path, fault._replace(old="return 2"), 40).words
    assert (tmp_path / "thing.py").read_text() == "def answer():\n    return 1\n"
