"""Text → Lua."""

from __future__ import annotations

import re


def quote(text: str) -> str:
    """A Lua string literal; what is not plain ASCII becomes decimal escapes of its UTF-8 bytes."""
    return '"' + re.sub(rb'[^ !#-\[\]-~]', lambda byte: b"\\%03d" % byte.group()[0], text.encode()).decode() + '"'
