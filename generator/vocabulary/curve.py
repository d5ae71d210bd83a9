"""Public keys on the curve P-256, as OpenSSL writes them: a fixed beginning and a point."""

from __future__ import annotations

import base64
import binascii
import hashlib

_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_COORDINATE = 32  # bytes


def public(text: str) -> bytes | None:
    """The key that a line of base64 holds, or None; there is one line for each key."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    point = key.removeprefix(_HEAD)
    if len(key) != len(_HEAD) + 2 * _COORDINATE or point == key or _line(key) != text:
        return None
    x, y = (int.from_bytes(half) for half in (point[:_COORDINATE], point[_COORDINATE:]))
    on_curve = max(x, y) < _PRIME and (y * y - x**3 + 3 * x - _B) % _PRIME == 0
    return key if on_curve else None


def name(key: bytes) -> str:
    """What a link calls the key that proves it."""
    return hashlib.sha256(key).hexdigest()[:8]


def _line(key: bytes) -> str:
    return base64.b64encode(key).decode()
