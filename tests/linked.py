"""Links for tests: keys that only these have, and links signed by them, right or wrong."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm

from generator.io import link_key
from generator.plan import links
from generator.plan.links import Link, Statement
from generator.vocabulary import curve

Private = ec.EllipticCurvePrivateKey

NEW, OLD, STRANGER = (ec.derive_private_key(10**60 + index, ec.SECP256R1()) for index in range(3))
PLATFORM, COLOUR = "shop", "x-lane"
HOST, PERF = "test.example.com", "perf.example.com"


def line(key: Private) -> str:
    """Its public half, as platform.yaml has it."""
    return base64.b64encode(link_key.public(key)).decode()


def name(key: Private) -> str:
    return curve.name(link_key.public(key))


def platform(lanes: str = "{test: [test, mixed]}", longest: str = "8h", more: str = "") -> str:
    """The text of platform.yaml with links."""
    keys = f"[{line(NEW)}, {line(OLD)}]"
    return (
        f"name: {PLATFORM}\nargocd: {{repository: https://git.example.com/shop.git}}\n"
        f"ingress: {{links: {{keys: {keys}, lanes: {lanes}, longest: {longest}}}}}\n{more}"
    )


def said(ends: int, **other: str) -> Statement:
    """A statement, with something other in it than usually."""
    usual = {"key": name(NEW), "host": HOST, "lane": "test/login", "path": "/"} | other
    return Statement(usual["key"], ends, usual["host"], usual["lane"], usual["path"])


def made(statement: Statement, key: Private = NEW, platform: str = PLATFORM) -> str:
    return str(link_key.sign(platform, statement, key))


def signed(words: str, head: str, key: Private = NEW, digest: HashAlgorithm | None = None) -> str:
    """Words with a signature of whatever they are put behind."""
    r, s = numbers(f"{head}{words}".encode(), key, digest)
    return f"{words}:{r:064x}{s:064x}"


def numbers(
    text: bytes, key: Private = NEW, digest: HashAlgorithm | None = None
) -> tuple[int, int]:
    r, s = utils.decode_dss_signature(key.sign(text, ec.ECDSA(digest or SHA256())))
    return r, min(s, links.ORDER - s)


def parsed(token: str) -> Link:
    link = links.read(token)
    assert link is not None
    return link
