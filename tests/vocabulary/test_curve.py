"""Public keys on P-256."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from generator.vocabulary import curve
from tests.linked import NEW, line


def test_a_key_is_read_and_has_a_name() -> None:
    key = curve.public(line(NEW))
    assert key is not None
    assert base64.b64encode(key).decode() == line(NEW)
    assert len(curve.name(key)) == 8


def other() -> list[str]:
    good = base64.b64decode(line(NEW))
    moved = good[:-1] + bytes([good[-1] ^ 1])
    big = ec.derive_private_key(7, ec.SECP384R1()).public_key()
    short = NEW.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    everywhere = base64.b64encode
    return [
        "",
        "x",
        line(NEW).rstrip("="),
        line(NEW) + "\n",
        line(NEW)[:-3] + "R==" if line(NEW)[-3] != "R" else line(NEW)[:-3] + "S==",
        everywhere(moved).decode(),  # no point of the curve
        everywhere(good[:-32] + b"\xff" * 32).decode(),  # beyond the field
        everywhere(good[27:]).decode(),
        everywhere(good[:26] + short).decode(),
        everywhere(big.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode(),
        "ключ",
    ]


@pytest.mark.parametrize("index", range(len(other())))
def test_what_is_no_such_key_is_none(index: int) -> None:
    assert curve.public(other()[index]) is None
