"""Tokens that the gateway can verify, signed with a key that only these tests have."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

ISSUER = "https://id.example.com"
AUDIENCE = "shop"
_KEY = b"a key for tests of the mesh only"


def jwks() -> str:
    return json.dumps({"keys": [{"kty": "oct", "alg": "HS256", "kid": "tests", "k": _encode(_KEY)}]})


def token(claims: dict[str, str], key: bytes = _KEY) -> str:
    """A signed token; another key makes one that must be refused."""
    head = _encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "tests"}).encode())
    body = _encode(json.dumps({"iss": ISSUER, "aud": AUDIENCE, "exp": 4102444800, "sub": "tests"} | claims).encode())
    return f"{head}.{body}.{_encode(hmac.new(key, f'{head}.{body}'.encode(), hashlib.sha256).digest())}"


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
