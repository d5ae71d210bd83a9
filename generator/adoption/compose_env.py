"""The `.env` beside a Compose file: what its variables are, as far as it may be told in git."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Names of variables whose values are nobody's to read.
SECRET = re.compile(
    r"(?:^|_)(?:PASS|PASSWD|PASSWORD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|API_?KEY|PRIVATE_?KEY"
    r"|ACCESS_?KEY|SECRET_?KEY)(?:_|$)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=")
_BLANKS = " \t"
_COMMENT = re.compile(r"[ \t]#")


def variables(raw: bytes, *, secrets: bool) -> Mapping[str, str]:
    """Name → value; without those that look like secrets, unless `secrets` are asked for."""
    found: dict[str, str] = {}
    for line in raw.decode(errors="replace").removeprefix("\ufeff").splitlines():
        said = _NAME.match(line)
        if said is None or (SECRET.search(said[1]) and not secrets):
            continue
        if (value := _value(line[said.end() :].strip(_BLANKS))) is not None:
            found[said[1]] = value
    return found


def _value(text: str) -> str | None:
    """A value that all readers of such files take alike: without `$`, escapes and what goes on in
    the next line."""
    quote = text[:1]
    if quote in ("'", '"'):
        value, closed, rest = text[1:].partition(quote)
        if not closed or (rest and not (rest[0] in _BLANKS and rest.strip(_BLANKS)[0] == "#")):
            return None
    else:
        value = _COMMENT.split(text, maxsplit=1)[0].rstrip(_BLANKS)
        if "#" in value or "'" in value or '"' in value:
            return None
    return None if "$" in value or "\\" in value else value
