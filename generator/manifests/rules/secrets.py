"""Secrets: what the type of one demands of its data. No message shows a value."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from generator.manifests.problem import Problem, shown
from generator.manifests.rules.rule import Object, Rule, broken, conflict, refused
from generator.vocabulary.nodes import mapping, text
from generator.vocabulary.source import Route

_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
_PEM = ("tls.crt", "tls.key", "ssh-privatekey")
_LOGIN = '{"registry.example.com": {"auth": "…"}}'


def _secret(value: Object) -> Iterator[Problem]:
    known, kind = _known(value), text(value, "type")
    for key in _KEYS.get(kind, ()):
        if key not in known:
            message = f"a Secret of the type {kind} needs the key `{key}`"
            yield conflict(message, "add it, or change the type", "type")
        elif (said := _said(value, known[key])) is not None:
            yield from _wrong(key, said, known[key])
    if kind == "kubernetes.io/basic-auth" and not known.keys() & {"username", "password"}:
        message = "a Secret for basic authentication needs `username` or `password`"
        yield conflict(message, "add one of them, or change the type", "type")


def _known(value: Object) -> Mapping[str, Route]:
    """Keys of the data, and where each is said: a server puts `stringData` over `data`."""
    return {key: (field, key) for field in ("data", "stringData") for key in mapping(value, field)}


def _said(value: Object, route: Route) -> str | None:
    """What a key holds; None where it cannot be read, which is told of the value itself."""
    field, key = route
    there = mapping(value, str(field))[str(key)]
    if there is None or (field == "stringData" and isinstance(there, str)):
        return there or ""
    try:
        return b64decode(there, validate=False).decode(errors="replace")
    except (TypeError, ValueError):
        return None


def _wrong(key: str, said: str, route: Route) -> Iterator[Problem]:
    if key in _PEM:
        yield from _block(key, said, route)
        return
    try:
        logins = json.loads(said, parse_constant=_refuse)
    except (ValueError, RecursionError):
        logins = said
    if not isinstance(logins, dict | None):
        message = f"`{key}` is not a mapping in JSON, and the server refuses it"
        yield refused(message, "write what `docker login` keeps in its file, as JSON", *route)
    elif logins:
        yield from _logins(key, logins, route)


def _refuse(_: str) -> None:
    """Numbers that are none in JSON."""
    raise ValueError


def _block(key: str, said: str, route: Route) -> Iterator[Problem]:
    if key == "ssh-privatekey" and not said:
        yield refused("`ssh-privatekey` is empty, and the server refuses it", "add it", *route)
    elif said and "-----BEGIN " not in said:
        message = f"`{key}` is not in PEM, which is what reads a Secret of this type"
        yield broken(message, "write the block that begins with `-----BEGIN`", *route)


def _logins(key: str, logins: Mapping[str, Any], route: Route) -> Iterator[Problem]:
    """Who pulls images reads nothing of it, or fails, where an entry is of another form."""
    if key == ".dockercfg" and "auths" in logins:
        message = "`.dockercfg` holds registries, and `auths` is none: nobody would log in"
        yield broken(message, f"write {_LOGIN}, or the type of `.dockerconfigjson`", *route)
        return
    if key == ".dockerconfigjson":
        if not isinstance(logins.get("auths"), dict):
            message = "`.dockerconfigjson` has no mapping `auths`, so nobody would log in"
            yield broken(message, f'write {{"auths": {_LOGIN}}}', *route)
            return
        logins = logins["auths"]
    for registry, login in logins.items():
        if not _is_login(login):
            message = f"the login of {shown(registry)} cannot be read, and no image can be pulled"
            hint = "`auth` is base64 of `name:password`: `printf %s NAME:PASSWORD | base64 -w0`"
            yield broken(message, hint, *route)


def _is_login(login: Any) -> bool:
    """Whether `auth` is base64 of a name, a colon and a password; without it others say both."""
    if login is None:
        return True
    if not isinstance(login, dict):
        return False
    if (auth := login.get("auth")) in (None, ""):
        return True
    try:
        return b":" in b64decode(auth, validate=True)
    except (TypeError, ValueError):
        return False


RULES: tuple[tuple[str, Rule], ...] = (("core.v1.Secret", _secret),)
