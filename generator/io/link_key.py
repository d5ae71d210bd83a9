"""The private key that signs links. It is read, used, and shown to nobody."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from generator.plan import links
from generator.plan.links import Link, Statement
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

MOST = 16_384  # bytes of a key's file


def load(path: Path) -> EllipticCurvePrivateKey:
    """The key of a PEM file that nobody else can read."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    text = _read(path)
    wrong = Refusal(
        f"{path} holds no private key on P-256, in PEM and without a passphrase",
        "make one: (umask 077; openssl ecparam -name prime256v1 -genkey -noout -out KEY)",
        exit_code=2,
    )
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError):  # another format; a passphrase. What they say may hold parts
        raise wrong from None
    except Exception:  # noqa: BLE001 a kind of key that the library does not know
        raise wrong from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise wrong
    return key


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise Refusal(f"{path} is no file", "give the file of a private key", exit_code=2)
        if state.st_mode & 0o077:
            raise Refusal(
                f"others may read {path}",
                f"keep the key to yourself: chmod 600 {path}",
                exit_code=4,
            )
        return file.read(MOST)


def public(key: EllipticCurvePrivateKey) -> bytes:
    """Its public half, as platform.yaml has it in base64."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def sign(platform: str, said: Statement, key: EllipticCurvePrivateKey) -> Link:
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    signature = key.sign(links.signed(platform, said).encode(), ec.ECDSA(SHA256()))
    r, s = utils.decode_dss_signature(signature)
    return Link(said, r, min(s, links.ORDER - s))
