"""What tells that a file is still the one that was read: the numbers that a file system changes
with it.

Two changes in one tick of the file system's clock look the same. So a stamp counts only if it was
older than any tick when the content was known; what is younger is read again the next time."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

Stamp = tuple[int, int, int, int, int]  # size, modified, changed (both in ns), inode, device
Seen = Mapping[str, tuple[Stamp, str]]  # path → stamp and blob id

_KINDS = (stat.S_IFREG, stat.S_IFDIR)
# ns; ticks of 10 ms at most, or (FAT, HFS+) of up to two seconds
_FINE, _COARSE = 30_000_000, 2_100_000_000


def stamp(status: os.stat_result) -> Stamp | None:
    """The stamp of a regular file or a folder, None for all else."""
    if stat.S_IFMT(status.st_mode) not in _KINDS:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev


def settled(stamp: Stamp, when: int) -> bool:
    """Whether no later change can have the stamp that stood there at `when` (ns of the clock)."""
    tick = _COARSE if stamp[1] % 1_000_000 == 0 or stamp[2] % 1_000_000 == 0 else _FINE
    return max(stamp[1], stamp[2]) + tick < when
