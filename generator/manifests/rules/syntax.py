"""The syntax of values, each as the API server has it. A check yields (route from the value, what
is wrong, what to do)."""

from __future__ import annotations

import binascii
import datetime as dt
import ipaddress
import re
from base64 import b64decode
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from generator.manifests.problem import shown
from generator.manifests.rules.rule import Check, Wrong, choice
from generator.manifests.wording import number
from generator.vocabulary import names
from generator.vocabulary.nodes import listed, mapping
from generator.vocabulary.source import Written

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))"
    r"(?P<unit>[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?"
)
_UNITS = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "k": Decimal(10**3),
    "M": Decimal(10**6), "G": Decimal(10**9), "T": Decimal(10**12), "P": Decimal(10**15),
    "E": Decimal(10**18), "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30),
    "Ti": Decimal(2**40), "Pi": Decimal(2**50), "Ei": Decimal(2**60),
}  # fmt: skip
_TIME = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"
_DURATION = r"[+-]?(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+"
_IMAGE = (
    r"(?a:(?:[a-zA-Z0-9]|[a-zA-Z0-9][-a-zA-Z0-9]*[a-zA-Z0-9])"
    r"(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][-a-zA-Z0-9]*[a-zA-Z0-9]))*(?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
    r"(?::[\w][\w.-]{0,127})?"
    r"(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?"
)
_LOWER = "use lower-case letters, digits and `-`, with a letter or digit at both ends"


def _matching(pattern: str, most: int, what: str, hint: str) -> Check:
    def check(value: Any) -> Iterator[Wrong]:
        if not isinstance(value, str) or value == "":
            return
        if len(value) > most:
            yield (), f"has {len(value)} characters; {most} are allowed", "shorten it"
        elif not re.fullmatch(pattern, value):
            yield (), f"cannot be `{shown(value)}`: it is not {what}", hint

    return check


dns_label = _matching(_LABEL, 63, "a name of one word (RFC 1123)", _LOWER)
dns_1035 = _matching(
    rf"(?=[a-z]){_LABEL}",
    63,
    "a name that begins with a letter (RFC 1035)",
    f"{_LOWER}; begin with a letter",
)
subdomain = _matching(
    _SUBDOMAIN, 253, "a DNS name in lower case", "use lower-case letters, digits, `-` and `.`"
)
data_key = _matching(
    r"(?!\.\.)(?!\.$)[-._a-zA-Z0-9]+",
    253,
    "a name of a file",
    "use letters, digits, `-`, `_` and `.`",
)
env_name = _matching(
    r"[ -<>-~]+", 10_000, "the name of a variable", "use printable ASCII without `=`"
)
label_value = _matching(
    rf"({_QUALIFIED})?",
    63,
    "the value of a label",
    "use letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
)
percent_or_number = _matching(
    r"[0-9]{1,3}%", 4, "a percentage", "write a whole number, or one with `%`"
)
image = _matching(
    _IMAGE,
    4096,
    "a reference of an image",
    "write registry/path:tag in lower case; only the tag may have capitals",
)
segment = _matching(r"(?!\.\.?$)[^/%]+", 253, "a part of a path", "use a name without `/` and `%`")
duration = _matching(_DURATION, 100, "a duration", 'write a number with a unit, such as "30s"')


def label_key(value: Any) -> Iterator[Wrong]:
    """`[prefix/]name`."""
    if not isinstance(value, str) or value == "":
        return
    prefix, slash, name = value.rpartition("/")
    hint = "write `name` or `domain/name`: 63 letters, digits, `-`, `_` and `.` at most"
    if slash and (len(prefix) > 253 or not re.fullmatch(_SUBDOMAIN, prefix)):
        yield (), f"cannot be `{shown(value)}`: the part before `/` is not a DNS name", hint
    elif len(name) > 63 or not re.fullmatch(_QUALIFIED, name):
        yield (), f"cannot be `{shown(value)}`: it is not a qualified name", hint


def annotation_key(value: Any) -> Iterator[Wrong]:
    """Unlike a label's, the domain may have capitals."""
    if isinstance(value, str):
        prefix, slash, name = value.rpartition("/")
        yield from label_key(prefix.lower() + slash + name)


def written_key(value: Any) -> Iterator[Wrong]:
    """A key that Kustomize writes itself, without quotes."""
    if isinstance(value, str) and names.matches(names.NO_TEXT, value):
        message = f"cannot be `{shown(value)}`: Kustomize takes it for something else than text"
        yield (), message, "add a letter, or a domain: `example.com/…`"


def finalizer(value: Any) -> Iterator[Wrong]:
    if isinstance(value, str) and "/" not in value:
        taken = ("orphan", "foregroundDeletion", "kubernetes")
        if value not in taken:
            hint = "write `domain/name`; only Kubernetes' own have no domain"
            yield (), f"cannot be `{shown(value)}`: it has no domain", hint
    else:
        yield from label_key(value)


def port_name(value: Any) -> Iterator[Wrong]:
    """A name of IANA: at most 15 characters with a letter among them."""
    if not isinstance(value, str) or value == "":
        return
    hint = "use at most 15 lower-case letters, digits and `-`, with a letter among them"
    if len(value) > 15:
        yield (), f"`{shown(value)}` has {len(value)} characters; 15 are allowed", hint
    elif not re.fullmatch(r"(?!.*--)(?=.*[a-z])[a-z0-9]([-a-z0-9]*[a-z0-9])?", value):
        yield (), f"cannot be `{shown(value)}`: it is not a name of a port", hint


def port_or_name(value: Any) -> Iterator[Wrong]:
    yield from (port_name if isinstance(value, str) else port)(value)


def port_or_same(value: Any) -> Iterator[Wrong]:
    """Of a Service; 0 is its own port."""
    yield from (port_name if isinstance(value, str) else port_or_none)(value)


def between(low: int, high: int | None = None) -> Check:
    """A whole number in a range, both ends included."""

    def check(value: Any) -> Iterator[Wrong]:
        size = number(value) if isinstance(value, Written) else value
        if isinstance(size, bool) or not isinstance(size, int | float):
            return
        if size < low or (high is not None and size > high):
            allowed = f"{low} or more" if high is None else f"{low} to {high}"
            yield (), f"cannot be {shown(value)}", f"write a whole number: {allowed}"

    return check


port = between(1, 65535)
port_or_none = between(0, 65535)
positive, natural = between(1), between(0)
percent = between(0, 100)


def mode(value: Any) -> Iterator[Wrong]:
    """Permissions. YAML takes `0644` for octal, and `644` for a decimal number that is none."""
    if isinstance(value, int) and not isinstance(value, bool) and not 0 <= value <= 0o777:
        octal = re.fullmatch(r"[0-7]{3}", str(value))
        hint = f"write 0{value}, with a leading zero" if octal else "write one up to 0777"
        yield (), f"cannot be {value}: permissions go up to 0777, which is 511", hint


def share(value: Any) -> Iterator[Wrong]:
    """A number of pods, or a percentage of them."""
    yield from (percent_or_number if isinstance(value, str) else natural)(value)


def amount(value: Any) -> Decimal | None:
    """What a quantity is worth; None if it is none."""
    if isinstance(value, Written):
        quantity = number(value)
        return None if quantity is None else Decimal(str(quantity))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = _QUANTITY.fullmatch(str(value)) if len(str(value)) <= 60 else None
    if match is None:
        return None
    worth, unit = Decimal(match["number"]), match["unit"] or ""
    if unit[:1] in ("e", "E") and len(unit) > 1 and unit[1:] != "i":
        return worth.scaleb(int(unit[1:])) if len(unit) < 6 else None
    return worth * _UNITS.get(unit, Decimal(1))


def quantity(value: Any) -> Iterator[Wrong]:
    if isinstance(value, str | int) and amount(value) is None:
        yield (), f"cannot be `{shown(value)}`: it is not a quantity", _unit(str(value))


def _unit(text: str) -> str:
    match = re.fullmatch(r"([0-9.]{1,30})\s*([A-Za-z]+)", text.strip())
    if match:
        figure, unit = match.groups()
        for known in _UNITS:
            if unit.lower() in (known.lower(), f"{known}b".lower()) and known != "m":
                return f"did you mean `{figure}{known}`?"
    return (
        "write a number with one of the units m, k, M, G, T, Ki, Mi, Gi, Ti, such as 500m or 512Mi"
    )


def base64(value: Any) -> Iterator[Wrong]:
    if isinstance(value, str):
        try:
            b64decode(re.sub(r"[\r\n]", "", value), validate=True)
        except (binascii.Error, ValueError):
            yield (
                (),
                "is not base64",
                "encode it: `base64 -w0 FILE`; a Secret takes plain text in `stringData`",
            )


def time(value: Any) -> Iterator[Wrong]:
    if not isinstance(value, str):
        return
    try:
        wrong = not re.fullmatch(_TIME, value) or not dt.datetime.fromisoformat(value.upper())
    except ValueError:
        wrong = True
    if wrong:
        yield (
            (),
            f"cannot be `{shown(value)}`: it is not a time",
            "write it as 2027-01-31T08:00:00Z",
        )


def address(value: Any) -> Iterator[Wrong]:
    if isinstance(value, str) and value:
        try:
            ipaddress.ip_address(value)
        except ValueError:
            yield (
                (),
                f"cannot be `{shown(value)}`: it is not an IP address",
                "write one, such as 10.0.0.1",
            )


def network(value: Any) -> Iterator[Wrong]:
    if not isinstance(value, str):
        return
    hint = "write an address with the length of its prefix, such as 10.0.0.0/16"
    try:
        ipaddress.ip_network(value if "/" in value else "", strict=False)
    except ValueError:
        yield (), f"cannot be `{shown(value)}`: it is not a range of addresses", hint


def host(value: Any) -> Iterator[Wrong]:
    """A host of an Ingress; the first word may be `*`."""
    if isinstance(value, str) and value:
        if re.fullmatch(r"[0-9.]+|[0-9a-f]*:[0-9a-f:]*", value):
            yield (), f"cannot be `{shown(value)}`: it is an address", "write a DNS name"
        else:
            yield from wildcard(value)


def wildcard(value: Any) -> Iterator[Wrong]:
    """A DNS name; its first word may be `*`."""
    if isinstance(value, str):
        yield from subdomain(value.removeprefix("*."))


def inside(value: Any) -> Iterator[Wrong]:
    """A path that stays below its folder."""
    if isinstance(value, str) and (value.startswith("/") or ".." in value.split("/")):
        yield (
            (),
            f"cannot be `{shown(value)}`: the path leads out of the volume",
            "write a path below it, without `..`",
        )


def one_of(*taken: str) -> Check:
    def check(value: Any) -> Iterator[Wrong]:
        if isinstance(value, str) and value and value not in taken:
            yield (), f"cannot be `{shown(value)}`", choice(value, taken)

    return check


def each(check: Check) -> Check:
    """For the items of a list."""

    def checked(value: Any) -> Iterator[Wrong]:
        for index, item in enumerate(listed(value)):
            for route, message, hint in check(item):
                yield (index, *route), message, hint

    return checked


def keys(check: Check) -> Check:
    """For the keys of a mapping."""

    def checked(value: Any) -> Iterator[Wrong]:
        for key in mapping(value):
            if key == "":
                yield (key,), "has an empty key", "write a name there"
            for _, message, hint in check(key):
                yield (key,), f"has a key that {message}", hint

    return checked


def values(check: Check) -> Check:
    """For the values of a mapping."""

    def checked(value: Any) -> Iterator[Wrong]:
        for key, item in mapping(value).items():
            for route, message, hint in check(item):
                yield (key, *route), f"has at {shown(key)} a value that {message}", hint

    return checked


def both(*checks: Check) -> Check:
    """The first that finds something."""

    def checked(value: Any) -> Iterator[Wrong]:
        for check in checks:
            if wrong := [*check(value)]:
                yield from wrong
                return

    return checked


def filled(value: Any) -> Iterator[Wrong]:
    if value == "":
        yield (), "is empty", "write it, or delete the key"


SCALARS = {"Quantity": quantity}
FORMATS = {"byte": base64, "date-time": time}
