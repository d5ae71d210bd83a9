"""Tokens that the gateway can verify, signed (RS256) with a key that only these tests have."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from typing import Any

ISSUER = "https://id.example.com"
AUDIENCE = "shop"
_MODULUS = int(
    "e2b3e15c02ec6398d879b4f526b959e143ac98700e660a4aa249917f9df94a96e4a4fb08515600fa419c9356f5af6910"
    "9f2f443047242da83f33253c63d65254f546924331e46c24c3453435ebd91864587fbe715b280caaf230ca352cf373ef"
    "008d5031cf3e240dc68f73b533134d14f95d791b49ec603729467601eac2df6b",
    16,
)
_SECRET = int(
    "cdc491cfaf439adf17d5d85f0fc7fb01d1282eb0bf10f5546adb35ba4ccc025cd5a9bdc4fdf67f2aa7351433410af6e5"
    "44676590207281128e52c1008069ff0d32c2f92d896107b82212e3aede9d38e4b876c8c135d64fa698f0d6e9f8f0b87d"
    "c00d42b142561cb6629670f5fd93bf421007b53b445443f31d3253139e692979",
    16,
)
_SIZE = 128  # bytes
_SHA256 = bytes.fromhex(
    "3031300d060960864801650304020105000420"
)  # what PKCS #1 puts before a digest


def jwks() -> str:
    return json.dumps(
        {
            "keys": [
                {
                    "kty": "RSA",
                    "alg": "RS256",
                    "kid": "tests",
                    "n": _encode(_MODULUS.to_bytes(_SIZE, "big")),
                    "e": "AQAB",
                }
            ]
        }
    )


def token(claims: dict[str, Any], forged: bool = False) -> str:
    """A signed token; a forged one must be refused."""
    return _token(json.dumps(claims), forged)


@functools.cache
def _token(claims: str, forged: bool) -> str:
    head = _encode(json.dumps({"alg": "RS256", "typ": "JWT", "kid": "tests"}).encode())
    body = _encode(
        json.dumps(
            {"iss": ISSUER, "aud": AUDIENCE, "exp": 4102444800, "sub": "tests"} | json.loads(claims)
        ).encode()
    )
    digest = _SHA256 + hashlib.sha256(f"{head}.{body}".encode()).digest()
    padded = b"\0\1" + b"\xff" * (_SIZE - len(digest) - 3) + b"\0" + digest
    signature = pow(int.from_bytes(padded, "big"), _SECRET + forged, _MODULUS).to_bytes(
        _SIZE, "big"
    )
    return f"{head}.{body}.{_encode(signature)}"


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
