"""Standard streams that nobody may read, or that cannot be written: the work goes on all the same.

A reader that left (`gen … | head`), a full disk and a stream that was closed before gen started end
no command: what cannot be written is dropped, and remembered for the exit code.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_LEFT = (errno.EPIPE, errno.ECONNRESET)  # the reader has what it wanted


class Sink(io.RawIOBase):
    """A file descriptor to which writing never fails. `lost` is why something was not written."""

    def __init__(self, handle: int) -> None:
        super().__init__()
        self._handle = handle
        self._over = False
        self.lost: OSError | None = None

    def fileno(self) -> int:
        return self._handle

    def isatty(self) -> bool:
        return os.isatty(self._handle)

    def writable(self) -> bool:
        return True

    def write(self, content: ReadableBuffer, /) -> int:
        """All of it, or nothing more from now on."""
        left = memoryview(content).cast("B")
        size = len(left)
        while left and not self._over:
            try:
                left = left[os.write(self._handle, left) :]
            except BlockingIOError:  # a pipe that somebody made non-blocking is full for now
                select.select([], [self._handle], [])
            except OSError as error:
                self._over = True
                self.lost = None if error.errno in _LEFT else error
        return size


def secure() -> tuple[TextIO, TextIO]:
    """Puts such streams in the place of the process's own, and answers output and errors.

    A descriptor that is closed is opened on nothing first: the next file that gen opens would take
    its number, and what is printed would go into that file.
    """
    for handle in range(3):
        try:
            os.fstat(handle)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number, which is this one
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 stays
    sys.stdout, sys.stderr = _text(1, sys.stdout), _text(2, sys.stderr)
    return sys.stdout, sys.stderr


def _text(handle: int, before: TextIO | None) -> TextIO:
    """In the encoding of before; what that cannot say is escaped."""
    encoding = before.encoding if before is not None else "utf-8"
    buffer = io.BufferedWriter(Sink(handle))
    lines = handle == 2 or os.isatty(handle)
    return io.TextIOWrapper(buffer, encoding, errors="backslashreplace", line_buffering=lines)


def lost(stream: TextIO) -> OSError | None:
    """Why a stream could not be written to the end; None if it was, or if its reader left."""
    stream.flush()
    sink = getattr(getattr(stream, "buffer", None), "raw", None)
    return sink.lost if isinstance(sink, Sink) else None
